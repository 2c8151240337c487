"""The ladder of messages as an administrator has changed it, and what was told of it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from core.constraints import one_of
from core.models import Row
from enrollment import rules
from enrollment.choices import ASSIGNED_STEP, Anchor, Why
from enrollment.models.assignments import Assignment
from enrollment.rules.ladder import HEARERS, KEY, MOST_DAYS
from notifications.choices import Audience
from people.models import User


class Ladder(Row):
    """That the ladder for one kind of due day was changed; without a row, what Attest brings holds."""

    why = models.CharField(max_length=12, choices=Why, unique=True)
    revision = models.PositiveIntegerField(default=1)  # counts the changes
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [one_of("why", Why, name="ladder_why_known")]


class LadderStep(Row):
    """One step of a changed ladder: to whom, and how many days from which day."""

    ladder = models.ForeignKey(Ladder, on_delete=models.CASCADE, db_index=False, related_name="steps")
    why = models.CharField(max_length=12, choices=Why)  # that of the ladder
    audience = models.CharField(max_length=16, choices=[(each.value, each.label) for each in HEARERS])
    anchor = models.CharField(max_length=8, choices=Anchor)
    days = models.SmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ladder", "audience", "anchor", "days"], name="ladder_step_once"),
            one_of("why", Why, name="ladder_step_why_known"),
            one_of("anchor", Anchor, name="ladder_step_anchor_known"),
            models.CheckConstraint(
                condition=Q(audience__in=[each.value for each in HEARERS]), name="ladder_step_to_somebody_known"
            ),
            models.CheckConstraint(
                condition=Q(anchor=Anchor.DUE, days__gte=-MOST_DAYS, days__lte=0)
                | Q(anchor=Anchor.LATE, days__gte=1, days__lte=MOST_DAYS)
                | Q(anchor=Anchor.WINDOW, why=Why.RENEWAL, days__gte=0, days__lte=MOST_DAYS)
                | Q(anchor=Anchor.EXPIRY, why=Why.RENEWAL, days__gte=-MOST_DAYS, days__lte=MOST_DAYS),
                name="ladder_step_on_a_day_it_has",
            ),
            models.CheckConstraint(
                condition=Q(audience=Audience.LEARNER) | Q(anchor=Anchor.LATE) | Q(anchor=Anchor.EXPIRY, days__gte=1),
                name="ladder_step_before_for_the_learner",
            ),
        ]

    @property
    def step(self) -> rules.LadderStep:
        """The step as the rules take it."""
        return rules.LadderStep(Audience(self.audience), Anchor(self.anchor), self.days)


class ReminderSent(models.Model):
    """That one step of the ladder was taken for one day: claimed before anything is sent.

    `step` names it, and `due_on` is the day that it speaks of. A step that was overtaken, or for which
    there is nobody, is claimed as skipped, and nothing was sent.
    """

    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="reminders")
    due_on = models.DateField()
    step = models.CharField(max_length=32)
    sent_at = models.DateTimeField()
    skipped = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(step__regex=rf"^({ASSIGNED_STEP}|{KEY})$"), name="reminder_step_known"),
            models.UniqueConstraint(fields=["due_on", "assignment", "step"], name="reminder_once"),
        ]


class WeeklySummary(models.Model):
    """That the week of a manager was looked at: claimed before anything is told. Without lines nothing was."""

    manager = models.ForeignKey(User, on_delete=models.PROTECT, db_index=False, related_name="+")
    week_on = models.DateField()  # its Monday
    told_at = models.DateTimeField()
    lines = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["manager", "week_on"], name="weekly_summary_once"),
            models.CheckConstraint(condition=Q(week_on__iso_week_day=1), name="weekly_summary_of_a_monday"),
        ]
