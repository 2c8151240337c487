"""Who must or may take what, by when, and how far they are. Facts accumulate; nothing is deleted."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from core.constraints import both_or_neither, in_order, one_of
from core.models import Row
from courses.models import Activity, Course, CourseVersion
from enrollment.choices import CountedFrom, EnrollmentState, ProgressState, ReminderStep, RequirementState
from people.models import Department, JobRole, Site, User
from records.models import Signature


class Requirement(Row):
    """A rule: whose job role (at which site, in which department) must complete a course, by when."""

    number = models.PositiveIntegerField(unique=True)
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="requirements")
    job_role = models.ForeignKey(JobRole, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    department = models.ForeignKey(Department, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    due_within_days = models.PositiveSmallIntegerField()
    counted_from = models.CharField(max_length=12, choices=CountedFrom, default=CountedFrom.ROLE)
    validity_months = models.PositiveSmallIntegerField(null=True, blank=True)
    state = models.CharField(max_length=8, choices=RequirementState, default=RequirementState.DRAFT)
    reason = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    revision = models.PositiveIntegerField(default=1)  # counts the changes of the draft
    edited_at = models.DateTimeField(null=True)
    edited_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    switched_on_at = models.DateTimeField(null=True)
    switched_on_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    switched_off_at = models.DateTimeField(null=True)
    switched_off_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    off_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            one_of("state", RequirementState, name="requirement_state_known"),
            one_of("counted_from", CountedFrom, name="requirement_counted_from_known"),
            both_or_neither("edited_at", "edited_by", name="requirement_edited_by_somebody"),
            both_or_neither("switched_on_at", "switched_on_by", name="requirement_switched_on_by_somebody"),
            both_or_neither("switched_off_at", "switched_off_by", name="requirement_switched_off_by_somebody"),
            models.CheckConstraint(
                condition=Q(state=RequirementState.DRAFT, switched_on_at__isnull=True)
                | Q(state__in=[RequirementState.ON, RequirementState.OFF], switched_on_at__isnull=False),
                name="requirement_state_dated",
            ),
            models.CheckConstraint(
                condition=Q(state=RequirementState.OFF, switched_off_at__isnull=False)
                | (~Q(state=RequirementState.OFF) & Q(switched_off_at__isnull=True)),
                name="requirement_off_dated",
            ),
            models.CheckConstraint(condition=Q(due_within_days__lte=3650), name="requirement_due_within_ten_years"),
            models.CheckConstraint(
                condition=Q(validity_months__isnull=True) | Q(validity_months__gte=1, validity_months__lte=120),
                name="requirement_validity_one_to_120_months",
            ),
        ]


class Assignment(Row):
    """That a requirement holds for a person: since when, why, and due when (a day at their site)."""

    requirement = models.ForeignKey(Requirement, on_delete=models.PROTECT, related_name="assignments")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="assignments")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="+")
    since_on = models.DateField()
    because = models.JSONField()  # what `enrollment.rules.reason_sentence` says in words
    due_on = models.DateField()
    zone = models.CharField(max_length=64)
    assigned_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_because = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["requirement", "user"], condition=Q(ended_at__isnull=True), name="assignment_once_while_open"
            ),
            in_order("assigned_at", "ended_at", name="assignment_ends_after_it_begins"),
        ]
        indexes = [
            models.Index(fields=["user", "course"], condition=Q(ended_at__isnull=True), name="assignment_of_user"),
            models.Index(fields=["due_on"], condition=Q(ended_at__isnull=True), name="assignment_due"),
            models.Index(fields=["assigned_at"], condition=Q(ended_at__isnull=True), name="assignment_recent"),
        ]


class CalendarFeed(Row):
    """That a person's due days can be read under a secret address; of the secret only its hash is kept."""

    user = models.OneToOneField(User, on_delete=models.PROTECT, related_name="calendar_feed")
    token_sha256 = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()


class Enrollment(Row):
    """That a person takes one version of a course."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="enrollments")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="enrollments")
    version = models.ForeignKey(CourseVersion, on_delete=models.PROTECT, related_name="enrollments")
    assignment = models.ForeignKey(
        Assignment, on_delete=models.PROTECT, null=True, blank=True, related_name="enrollments"
    )
    state = models.CharField(max_length=12, choices=EnrollmentState, default=EnrollmentState.OPEN)
    enrolled_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            one_of("state", EnrollmentState, name="enrollment_state_known"),
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

    enrollment = models.ForeignKey(Enrollment, on_delete=models.PROTECT, related_name="progress")
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

    enrollment = models.ForeignKey(Enrollment, on_delete=models.PROTECT, related_name="playbacks")
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
    """That a person finished exactly this version, with this score, valid until that day. Append-only."""

    enrollment = models.OneToOneField(Enrollment, on_delete=models.PROTECT, related_name="completion")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="completions")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="completions")
    version = models.ForeignKey(CourseVersion, on_delete=models.PROTECT, related_name="completions")
    completed_at = models.DateTimeField()
    completed_on = models.DateField()  # the day at the person's site
    zone = models.CharField(max_length=64)
    valid_until = models.DateField(null=True)
    score = models.DecimalField(max_digits=7, decimal_places=2, null=True)
    max_score = models.DecimalField(max_digits=7, decimal_places=2, null=True)
    signature = models.OneToOneField(Signature, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            in_order("completed_on", "valid_until", name="completion_valid_after_completed"),
            both_or_neither("score", "max_score", name="completion_score_whole"),
        ]
        indexes = [
            models.Index(fields=["user", "course", "-completed_at"], name="completion_of_user"),
            models.Index(fields=["valid_until"], condition=Q(valid_until__isnull=False), name="completion_ending"),
        ]


class ReminderSent(models.Model):
    """That one step of the ladder was taken for one due date: claimed before anything is sent.

    A step that an outage has made pointless is claimed as skipped, and nothing was sent.
    """

    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="reminders")
    due_on = models.DateField()
    step = models.CharField(max_length=16, choices=ReminderStep)
    sent_at = models.DateTimeField()
    skipped = models.BooleanField(default=False)

    class Meta:
        constraints = [
            one_of("step", ReminderStep, name="reminder_step_known"),
            models.UniqueConstraint(fields=["assignment", "due_on", "step"], name="reminder_once"),
        ]
