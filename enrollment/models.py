"""Who must or may take what, by when, and how far they are. Facts accumulate; nothing is deleted."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from core.constraints import both_or_neither, in_order, one_of
from core.models import Row
from courses.models import Activity, Asset, Course, CourseVersion
from enrollment.choices import (
    CompletionSource,
    CountedFrom,
    EnrollmentState,
    ExceptionKind,
    ProgressState,
    ReminderStep,
    Renewal,
    RequirementState,
    Status,
    WaiverState,
    Why,
)
from enrollment.rules.audiences import EVERYONE
from enrollment.rules.exceptions import Limits
from enrollment.rules.terms import Terms
from people.models import Site, User
from records.models import Signature


def everyone() -> dict[str, Any]:
    """Return the audience to which everyone belongs."""
    return dict(EVERYONE)


class Requirement(Row):
    """A rule: who must complete a course, by when, and how often again.

    Its terms change as a whole: each wording that was in force is kept as `RequirementTerms`.
    """

    number = models.PositiveIntegerField(unique=True)
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="requirements")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    audience = models.JSONField(default=everyone)  # as enrollment.rules.audiences reads it; of the site, if one is set
    counted_from = models.CharField(max_length=12, choices=CountedFrom, default=CountedFrom.ROLE)
    due_within_days = models.SmallIntegerField()
    due_in_working_days = models.BooleanField(default=False, db_default=False)
    due_fixed_on = models.DateField(null=True, blank=True)
    grace_days = models.PositiveSmallIntegerField(default=0, db_default=0)
    renewal = models.CharField(max_length=12, choices=Renewal, default=Renewal.COURSE, db_default="course")
    validity_months = models.PositiveSmallIntegerField(null=True, blank=True)  # a renewal comes every so many
    anchor_month = models.PositiveSmallIntegerField(null=True, blank=True)
    anchor_day = models.PositiveSmallIntegerField(null=True, blank=True)
    window_days = models.PositiveSmallIntegerField(default=60, db_default=60)
    minimum_active_days = models.PositiveSmallIntegerField(default=0, db_default=0)
    renewal_days = models.PositiveSmallIntegerField(default=0, db_default=0)
    refreshers = ArrayField(models.UUIDField(), default=list, db_default=[], blank=True)  # courses, in turn
    terms_number = models.PositiveIntegerField(default=1, db_default=1)  # counts the wordings that were in force
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
            one_of("renewal", Renewal, name="requirement_renewal_known"),
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
            models.CheckConstraint(
                condition=Q(due_within_days__gte=-365, due_within_days__lte=3650),
                name="requirement_due_within_ten_years",
            ),
            models.CheckConstraint(
                condition=Q(due_within_days__gte=0) | Q(counted_from=CountedFrom.VERSION),
                name="requirement_due_before_a_version_only",
            ),
            models.CheckConstraint(
                condition=Q(counted_from=CountedFrom.FIXED, due_fixed_on__isnull=False)
                | (~Q(counted_from=CountedFrom.FIXED) & Q(due_fixed_on__isnull=True)),
                name="requirement_fixed_day_set",
            ),
            models.CheckConstraint(
                condition=Q(validity_months__isnull=True) | Q(validity_months__gte=1, validity_months__lte=120),
                name="requirement_validity_one_to_120_months",
            ),
            models.CheckConstraint(
                condition=Q(renewal__in=[Renewal.COURSE, Renewal.ONCE], validity_months__isnull=True)
                | Q(renewal__in=[Renewal.COMPLETION, Renewal.EXPIRY, Renewal.CALENDAR], validity_months__isnull=False),
                name="requirement_renewal_every_so_often",
            ),
            models.CheckConstraint(
                condition=Q(
                    renewal=Renewal.CALENDAR,
                    anchor_month__isnull=False,
                    anchor_day__isnull=False,
                    anchor_month__gte=1,
                    anchor_month__lte=12,
                    anchor_day__gte=1,
                    anchor_day__lte=31,
                    validity_months__in=[12, 24, 36, 48, 60],
                )
                | (~Q(renewal=Renewal.CALENDAR) & Q(anchor_month__isnull=True, anchor_day__isnull=True)),
                name="requirement_anchor_of_the_year",
            ),
            models.CheckConstraint(
                condition=Q(
                    grace_days__lte=365, window_days__lte=730, minimum_active_days__lte=730, renewal_days__lte=365
                ),
                name="requirement_days_in_bounds",
            ),
        ]

    @property
    def terms(self) -> Terms:
        """Its terms as the rules take them."""
        return Terms(
            counted_from=CountedFrom(self.counted_from),
            within_days=self.due_within_days,
            in_working_days=self.due_in_working_days,
            fixed_on=self.due_fixed_on,
            grace_days=self.grace_days,
            renewal=Renewal(self.renewal),
            every_months=self.validity_months,
            anchor_month=self.anchor_month,
            anchor_day=self.anchor_day,
            window_days=self.window_days,
            minimum_active_days=self.minimum_active_days,
            renewal_days=self.renewal_days,
            refreshers=tuple(self.refreshers),
        )

    @property
    def whom(self) -> dict[str, Any]:
        """The whole audience: its condition, at its site where it has one."""
        if self.site_id is None:
            return dict(self.audience)
        at_site = {"field": "site", "is": [str(self.site_id)]}
        parts = self.audience.get("all")
        return {"all": [*parts, at_site] if parts is not None else [self.audience, at_site]}


class RequirementTerms(Row):
    """One wording of a requirement, as it was in force from a moment until the next. Append-only."""

    requirement = models.ForeignKey(Requirement, on_delete=models.PROTECT, related_name="wordings")
    number = models.PositiveIntegerField()
    terms = models.JSONField()
    in_force_at = models.DateTimeField()
    reason = models.CharField(max_length=300)
    put_in_force_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["requirement", "number"], name="terms_number_once")]


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
            models.Index(fields=["assigned_at"], condition=Q(ended_at__isnull=True), name="assignment_recent"),
        ]


class Standing(models.Model):
    """How a person stands with a requirement, for every day to come: what `obligation_of` makes of the facts.

    Kept for reading, one row for each open assignment, written in the transaction of the fact that
    changes it. It holds nothing that could not be computed again, so it is not in the trail, and its
    references are not checked by the database. `statuses[n]` holds from `days[n]` on.
    """

    assignment = models.OneToOneField(Assignment, on_delete=models.CASCADE, primary_key=True, related_name="standing")
    requirement = models.ForeignKey(
        Requirement, on_delete=models.DO_NOTHING, db_constraint=False, related_name="standings"
    )
    user = models.ForeignKey(
        User, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="standings"
    )
    course = models.ForeignKey(Course, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+")
    takes = models.ForeignKey(  # the course to take next: the required one, or a refresher in its turn
        Course, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    zone = models.CharField(max_length=64)
    days = ArrayField(models.DateField())
    statuses = ArrayField(models.CharField(max_length=8, choices=Status))
    rounds_done = models.PositiveSmallIntegerField()
    completion = models.ForeignKey(
        "Completion", on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, null=True, related_name="+"
    )
    completed_on = models.DateField(null=True)
    valid_until = models.DateField(null=True)
    due_on = models.DateField(null=True)
    late_on = models.DateField(null=True)
    window_on = models.DateField(null=True)
    why = models.CharField(max_length=12, choices=Why)
    is_extended = models.BooleanField()
    is_moved = models.BooleanField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(days__len__gt=0) & Q(days__len=F("statuses__len")), name="standing_days_have_statuses"
            ),
            one_of("why", Why, name="standing_why_known"),
            both_or_neither("completion", "completed_on", name="standing_completion_dated"),
        ]
        indexes = [
            models.Index(fields=["user", "course"], name="standing_of_user"),
            models.Index(fields=["due_on"], name="standing_due"),
            models.Index(fields=["valid_until"], condition=Q(valid_until__isnull=False), name="standing_ending"),
        ]


class Extension(Row):
    """That a person was given more time for what was due on one day. Append-only."""

    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="extensions")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    was_due_on = models.DateField()
    due_on = models.DateField()
    reason = models.CharField(max_length=300)
    granted_at = models.DateTimeField()
    granted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            in_order("was_due_on", "due_on", name="extension_gives_time"),
            models.CheckConstraint(condition=~Q(granted_by=F("user")), name="extension_by_somebody_else"),
            models.CheckConstraint(condition=~Q(reason=""), name="extension_has_a_reason"),
        ]


class ExceptionPolicy(models.Model):
    """How far exceptions may go: one row for the whole organisation, or none while nobody has changed it."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    longest_extension_days = models.PositiveSmallIntegerField(default=30)
    most_extensions = models.PositiveSmallIntegerField(default=2)  # one after the other, of one due day
    longest_waiver_days = models.PositiveSmallIntegerField(default=366)
    revision = models.PositiveIntegerField(default=0)  # counts the changes
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="exception_policy_is_one"),
            models.CheckConstraint(
                condition=Q(
                    longest_extension_days__gte=1,
                    longest_extension_days__lte=365,
                    most_extensions__lte=20,
                    longest_waiver_days__gte=1,
                    longest_waiver_days__lte=3660,
                ),
                name="exception_policy_in_bounds",
            ),
        ]

    @property
    def limits(self) -> Limits:
        """Its limits as the rules take them."""
        return Limits(
            longest_extension_days=self.longest_extension_days,
            most_extensions=self.most_extensions,
            longest_waiver_days=self.longest_waiver_days,
        )


class Waiver(Row):
    """That a requirement asks nothing of a person for a time: proposed by one, decided by another.

    Neither of the two is the person (constraints). In force from its first day once it is granted,
    until its last day, or until it is withdrawn.
    """

    requirement = models.ForeignKey(Requirement, on_delete=models.PROTECT, related_name="waivers")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="waivers")
    valid_from = models.DateField()
    valid_until = models.DateField()  # the first day on which it holds no longer
    reason = models.CharField(max_length=300)
    evidence = models.ForeignKey(Asset, on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=WaiverState, default=WaiverState.PROPOSED)
    proposed_at = models.DateTimeField()
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decision = models.CharField(max_length=300, blank=True)
    signature = models.OneToOneField(Signature, on_delete=models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    withdrawn_because = models.CharField(max_length=300, blank=True, default="", db_default="")

    class Meta:
        constraints = [
            one_of("state", WaiverState, name="waiver_state_known"),
            both_or_neither("decided_at", "signature", name="waiver_decision_signed"),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_because="")
                | (Q(withdrawn_at__isnull=False) & ~Q(withdrawn_because="")),
                name="waiver_withdrawn_with_a_reason",
            ),
            models.CheckConstraint(
                condition=~Q(state=WaiverState.RETURNED) | ~Q(decision=""), name="waiver_returned_with_words"
            ),
            in_order("valid_from", "valid_until", name="waiver_period_in_order"),
            both_or_neither("decided_at", "decided_by", name="waiver_decided_by_somebody"),
            both_or_neither("withdrawn_at", "withdrawn_by", name="waiver_withdrawn_by_somebody"),
            models.CheckConstraint(condition=~Q(reason=""), name="waiver_has_a_reason"),
            models.CheckConstraint(condition=~Q(proposed_by=F("user")), name="waiver_not_for_oneself"),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | (~Q(decided_by=F("user")) & ~Q(decided_by=F("proposed_by"))),
                name="waiver_decided_by_a_third",
            ),
            models.CheckConstraint(
                condition=Q(state=WaiverState.PROPOSED, decided_at__isnull=True)
                | Q(state__in=[WaiverState.GRANTED, WaiverState.RETURNED], decided_at__isnull=False)
                | Q(state=WaiverState.WITHDRAWN, withdrawn_at__isnull=False),
                name="waiver_state_dated",
            ),
            models.UniqueConstraint(
                fields=["requirement", "user"], condition=Q(state=WaiverState.PROPOSED), name="waiver_one_proposed"
            ),
        ]
        indexes = [
            models.Index(fields=["-proposed_at"], name="waiver_newest"),
            models.Index(fields=["user"], condition=Q(state=WaiverState.PROPOSED), name="waiver_waiting"),
        ]

    @property
    def last_on(self) -> date:
        """The last day on which it holds."""
        return self.valid_until - timedelta(days=1)


class ExceptionBatch(Row):
    """That somebody gives several people more time, or proposes a waiver for each of them: whom, what, what came out.

    What is given to each is an extension or a waiver of its own, with its own fact.
    """

    kind = models.CharField(max_length=8, choices=ExceptionKind)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    assignment_ids = ArrayField(models.UUIDField())
    terms = models.JSONField(default=dict)  # what was typed, once it is confirmed
    evidence = models.ForeignKey(Asset, on_delete=models.PROTECT, null=True, related_name="+")
    results = models.JSONField(default=dict)  # by assignment: whether it was done, and in words
    job_id = models.UUIDField(null=True)  # of core, where a job does it
    created_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            one_of("kind", ExceptionKind, name="batch_kind_known"),
            models.CheckConstraint(
                condition=Q(assignment_ids__len__gte=1, assignment_ids__len__lte=5000), name="batch_of_somebody"
            ),
            models.CheckConstraint(
                condition=Q(finished_at__isnull=True) | Q(confirmed_at__isnull=False), name="batch_confirmed_first"
            ),
        ]


class RetrainingDue(Row):
    """That a person trained on an older version must be trained on this one by a day. Append-only."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey(CourseVersion, on_delete=models.PROTECT, related_name="+")
    effective_on = models.DateField()
    due_on = models.DateField()
    asked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "version"], name="retraining_once"),
            models.CheckConstraint(condition=Q(due_on__gte=F("effective_on")), name="retraining_due_after_effective"),
        ]
        indexes = [models.Index(fields=["user", "course"], name="retraining_of_user")]


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
    """That a person finished exactly this version, with this score, valid until that day. Append-only.

    What was taken here has its enrollment and its signature. What is known otherwise says how, and
    when it was written down.
    """

    enrollment = models.OneToOneField(Enrollment, on_delete=models.PROTECT, null=True, related_name="completion")
    source = models.CharField(
        max_length=10, choices=CompletionSource, default=CompletionSource.TAKEN, db_default="taken"
    )
    recorded_at = models.DateTimeField(null=True)  # where it was written down later than it happened
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="completions")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="completions")
    version = models.ForeignKey(CourseVersion, on_delete=models.PROTECT, related_name="completions")
    completed_at = models.DateTimeField()
    completed_on = models.DateField()  # the day at the person's site
    zone = models.CharField(max_length=64)
    valid_until = models.DateField(null=True)
    score = models.DecimalField(max_digits=7, decimal_places=2, null=True)
    max_score = models.DecimalField(max_digits=7, decimal_places=2, null=True)
    signature = models.OneToOneField(Signature, on_delete=models.PROTECT, null=True, related_name="+")

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


class Task(Row):
    """Something that only qualified people may do, such as releasing a batch."""

    name = models.CharField(max_length=120, unique=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return self.name


class TaskCourse(Row):
    """That a task asks for a course, from one moment until another."""

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="asked")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            in_order("added_at", "removed_at", name="task_course_ends_after_it_begins"),
            models.UniqueConstraint(
                fields=["task", "course"], condition=Q(removed_at__isnull=True), name="task_course_once"
            ),
        ]


class ReadingToken(Row):
    """A secret with which another system asks who is qualified; only its hash is kept."""

    name = models.CharField(max_length=80)
    token_sha256 = models.CharField(max_length=64, unique=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)  # written at most once an hour
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [both_or_neither("revoked_at", "revoked_by", name="reading_token_revoked_by_somebody")]


class StandingCheck(models.Model):
    """That every standing was computed again, and what was not as it should be: nothing, if all is well."""

    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    checked = models.PositiveIntegerField(default=0)
    differences = models.PositiveIntegerField(default=0)
    examples = models.JSONField(default=list)  # the first of them: assignment, what was kept, what it is

    class Meta:
        constraints = [in_order("started_at", "finished_at", name="check_ends_after_it_begins")]
