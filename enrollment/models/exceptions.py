"""More time and waivers, for one person or several, and how far they may go."""

from __future__ import annotations

from datetime import date, timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from core.constraints import both_or_neither, in_order, one_of
from core.models import Row
from courses.models import Asset
from enrollment.choices import ExceptionKind, WaiverState
from enrollment.models.assignments import Assignment
from enrollment.models.requirements import Requirement
from enrollment.rules.exceptions import Limits
from people.models import User
from records.models import Signature


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
    withdrawn_on = models.DateField(null=True)  # at the person's site; older rows have none: it was the day in UTC
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
                condition=Q(withdrawn_on__isnull=True) | Q(withdrawn_at__isnull=False), name="waiver_withdrawn_on_a_day"
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
    """That somebody does the same for several people: for whom, what, and what came out.

    What is made for each has its own fact. `subject_ids` are what the kind is done to: assignments for
    more time and waivers, people for required training, certificates to revoke, enrollments otherwise.
    """

    kind = models.CharField(max_length=8, choices=ExceptionKind)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    subject_ids = ArrayField(models.UUIDField())
    left_out = models.JSONField(default=list, db_default=[])  # lines of a list for which nothing was found, and why
    terms = models.JSONField(default=dict)  # what was typed, once it is confirmed
    evidence = models.ForeignKey(Asset, on_delete=models.PROTECT, null=True, related_name="+")
    results = models.JSONField(default=dict)  # by subject: whether it was done, and in words
    job_id = models.UUIDField(null=True)  # of core, where a job does it
    created_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            one_of("kind", ExceptionKind, name="batch_kind_known"),
            models.CheckConstraint(
                condition=Q(subject_ids__len__gte=1, subject_ids__len__lte=5000), name="batch_of_somebody"
            ),
            models.CheckConstraint(
                condition=Q(finished_at__isnull=True) | Q(confirmed_at__isnull=False), name="batch_confirmed_first"
            ),
        ]
