"""Enrollments, how far they are, and what was completed."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q

from core.constraints import both_or_neither, in_order, one_of
from core.models import Row
from courses.models import Activity, Course, CourseVersion
from enrollment.choices import CompletionSource, EnrollmentState, ProgressState
from enrollment.models.assignments import Assignment
from enrollment.models.elsewhere import Claim, RecordedSession
from enrollment.models.histories import CompletionImport
from people.models import User
from records.models import Signature


def _nothing(*names: str) -> dict[str, Any]:
    return {f"{name}__isnull": True for name in names}


class Enrollment(Row):
    """That a person takes one version of a course.

    It ends completed, cancelled (what was required is no longer), or moved (another one goes on with a
    newer version). Without an assignment it was begun of their own will. What was cancelled may be
    opened again.
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, db_index=False, related_name="enrollments")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="enrollments")
    version = models.ForeignKey(CourseVersion, on_delete=models.PROTECT, related_name="enrollments")
    assignment = models.ForeignKey(
        Assignment, on_delete=models.PROTECT, null=True, blank=True, related_name="enrollments"
    )
    state = models.CharField(max_length=12, choices=EnrollmentState, default=EnrollmentState.OPEN)
    enrolled_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_because = models.CharField(max_length=200, blank=True, default="", db_default="")
    moved_from = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="moved_to")
    own_due_on = models.DateField(null=True)  # by which day the learner wants to be done

    class Meta:
        constraints = [
            one_of("state", EnrollmentState, name="enrollment_state_known"),
            models.CheckConstraint(
                condition=Q(moved_from__isnull=True) | ~Q(moved_from=F("id")), name="enrollment_moved_from_another"
            ),
            models.UniqueConstraint(
                fields=["user", "course"], condition=Q(state=EnrollmentState.OPEN), name="enrollment_one_open"
            ),
            models.CheckConstraint(
                condition=Q(state=EnrollmentState.OPEN, ended_at__isnull=True)
                | (~Q(state=EnrollmentState.OPEN) & Q(ended_at__isnull=False)),
                name="enrollment_ended_at_when_ended",
            ),
        ]
        indexes = [models.Index(fields=["user", "course", "-enrolled_at"], name="enrollment_of_user")]


class Place(models.Model):
    """Where a learner was last, for Resume; a convenience, so it is not in the trail."""

    enrollment = models.OneToOneField(Enrollment, on_delete=models.CASCADE, primary_key=True, related_name="place")
    activity = models.ForeignKey(Activity, on_delete=models.PROTECT, related_name="+")
    seen_at = models.DateTimeField()


class Progress(Row):
    """How far an enrollment is in one activity; it only ever goes forward."""

    enrollment = models.ForeignKey(Enrollment, on_delete=models.PROTECT, db_index=False, related_name="progress")
    activity = models.ForeignKey(Activity, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=12, choices=ProgressState)
    opened_at = models.DateTimeField()
    completed_at = models.DateTimeField(null=True)
    score = models.DecimalField(max_digits=7, decimal_places=2, null=True)
    max_score = models.DecimalField(max_digits=7, decimal_places=2, null=True)
    evidence_sha256 = models.CharField(max_length=64, blank=True, default="", db_default="")  # of the answers

    class Meta:
        constraints = [
            one_of("state", ProgressState, name="progress_state_known"),
            models.UniqueConstraint(fields=["enrollment", "activity"], name="progress_once_per_activity"),
            models.CheckConstraint(
                condition=Q(state=ProgressState.OPENED, completed_at__isnull=True)
                | Q(state=ProgressState.COMPLETED, completed_at__isnull=False),
                name="progress_completed_at_when_completed",
            ),
            both_or_neither("score", "max_score", name="progress_score_whole"),
        ]


class Playback(Row):
    """What a person has really watched of a video: the union of intervals that the server believes."""

    enrollment = models.ForeignKey(Enrollment, on_delete=models.PROTECT, db_index=False, related_name="playbacks")
    activity = models.ForeignKey(Activity, on_delete=models.PROTECT, related_name="+")
    session = models.UUIDField()  # the one player that may report; opening another takes over
    sequence = models.PositiveIntegerField(default=0)
    watched = models.TextField(default="{}")  # nummultirange in the database, seconds
    position_seconds = models.DecimalField(max_digits=9, decimal_places=3, default=0)
    beaten_at = models.DateTimeField()
    spare_seconds = models.DecimalField(max_digits=5, decimal_places=3, default=0)  # slack that is left
    spare_beats = models.DecimalField(max_digits=5, decimal_places=3, default=0)  # beats that may come at once

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["enrollment", "activity"], name="playback_once_per_activity"),
            models.CheckConstraint(condition=Q(position_seconds__gte=0), name="playback_position_not_negative"),
        ]


class Completion(Row):
    """That a person finished exactly this version, with this score, valid until that day. Append-only.

    What was taken here has its enrollment and its signature. What is known otherwise says how, and
    when it was written down: by a line of a list, a claim that was verified, or a session that two
    people signed for. A trigger asks that claim or session to be decided first, and for this person.
    """

    enrollment = models.OneToOneField(Enrollment, on_delete=models.PROTECT, null=True, related_name="completion")
    source = models.CharField(
        max_length=10, choices=CompletionSource, default=CompletionSource.TAKEN, db_default="taken"
    )
    recorded_at = models.DateTimeField(null=True)  # where it was written down later than it happened
    user = models.ForeignKey(User, on_delete=models.PROTECT, db_index=False, related_name="completions")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="completions")
    version = models.ForeignKey(CourseVersion, on_delete=models.PROTECT, related_name="completions")
    completed_at = models.DateTimeField()
    completed_on = models.DateField()  # the day at the person's site
    zone = models.CharField(max_length=64)
    valid_until = models.DateField(null=True)
    score = models.DecimalField(max_digits=7, decimal_places=2, null=True)
    max_score = models.DecimalField(max_digits=7, decimal_places=2, null=True)
    signature = models.OneToOneField(Signature, on_delete=models.PROTECT, null=True, related_name="+")
    imported_from = models.ForeignKey(
        CompletionImport, on_delete=models.PROTECT, null=True, db_index=False, related_name="completions"
    )
    imported_line = models.PositiveIntegerField(null=True)
    reference = models.CharField(max_length=120, blank=True, default="", db_default="")  # to a record on paper
    claim = models.OneToOneField(Claim, on_delete=models.PROTECT, null=True, related_name="completion")
    session = models.ForeignKey(
        RecordedSession, on_delete=models.PROTECT, null=True, db_index=False, related_name="completions"
    )

    class Meta:
        constraints = [
            one_of("source", CompletionSource, name="completion_source_known"),
            models.CheckConstraint(
                condition=~Q(source=CompletionSource.TAKEN) | Q(enrollment__isnull=False, signature__isnull=False),
                name="completion_taken_here_is_signed",
            ),
            models.CheckConstraint(
                condition=Q(source=CompletionSource.TAKEN) | Q(enrollment__isnull=True, recorded_at__isnull=False),
                name="completion_known_otherwise_is_dated",
            ),
            models.CheckConstraint(
                condition=Q(source=CompletionSource.TAKEN, **_nothing("imported_from", "claim", "session"))
                | Q(
                    source=CompletionSource.IMPORTED,
                    imported_from__isnull=False,
                    imported_line__isnull=False,
                    **_nothing("claim", "session"),
                )
                | Q(source=CompletionSource.EXTERNAL, claim__isnull=False, **_nothing("imported_from", "session"))
                | Q(source=CompletionSource.PROXY, session__isnull=False, **_nothing("imported_from", "claim")),
                name="completion_whence_known",
            ),
            models.UniqueConstraint(
                fields=["user", "version", "completed_on"],
                condition=~Q(source=CompletionSource.TAKEN),
                name="completion_known_otherwise_once",
            ),
            in_order("completed_on", "valid_until", name="completion_valid_after_completed"),
            both_or_neither("score", "max_score", name="completion_score_whole"),
        ]
        indexes = [
            models.Index(fields=["user", "course", "-completed_at"], name="completion_of_user"),
            models.Index(fields=["valid_until"], condition=Q(valid_until__isnull=False), name="completion_ending"),
            models.Index(fields=["session"], condition=Q(session__isnull=False), name="completion_of_session"),
            models.Index(
                fields=["imported_from", "imported_line"],
                condition=Q(imported_from__isnull=False),
                name="completion_of_import",
            ),
        ]
