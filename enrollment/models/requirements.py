"""Requirements: who must complete what, by when, and how often again."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from core.constraints import both_or_neither, one_of
from core.models import Row
from courses.models import Course
from enrollment.choices import CountedFrom, Renewal, RequirementState
from enrollment.rules.audiences import EVERYONE
from enrollment.rules.terms import Terms
from people.models import Site, User


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
    removed_at = models.DateTimeField(null=True)
    removed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            one_of("state", RequirementState, name="requirement_state_known"),
            one_of("counted_from", CountedFrom, name="requirement_counted_from_known"),
            one_of("renewal", Renewal, name="requirement_renewal_known"),
            both_or_neither("edited_at", "edited_by", name="requirement_edited_by_somebody"),
            both_or_neither("switched_on_at", "switched_on_by", name="requirement_switched_on_by_somebody"),
            both_or_neither("switched_off_at", "switched_off_by", name="requirement_switched_off_by_somebody"),
            models.CheckConstraint(
                condition=Q(state__in=[RequirementState.DRAFT, RequirementState.REMOVED], switched_on_at__isnull=True)
                | Q(state__in=[RequirementState.ON, RequirementState.OFF], switched_on_at__isnull=False),
                name="requirement_state_dated",
            ),
            models.CheckConstraint(
                condition=Q(state=RequirementState.OFF, switched_off_at__isnull=False)
                | (~Q(state=RequirementState.OFF) & Q(switched_off_at__isnull=True)),
                name="requirement_off_dated",
            ),
            both_or_neither("removed_at", "removed_by", name="requirement_removed_by_somebody"),
            models.CheckConstraint(
                condition=Q(state=RequirementState.REMOVED, removed_at__isnull=False)
                | (~Q(state=RequirementState.REMOVED) & Q(removed_at__isnull=True)),
                name="requirement_removed_dated",
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

    requirement = models.ForeignKey(Requirement, on_delete=models.PROTECT, db_index=False, related_name="wordings")
    number = models.PositiveIntegerField()
    terms = models.JSONField()
    in_force_at = models.DateTimeField()
    reason = models.CharField(max_length=300)
    put_in_force_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["requirement", "number"], name="terms_number_once")]
