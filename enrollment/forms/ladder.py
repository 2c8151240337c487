"""What people type about the ladder of messages."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.forms import DayField
from enrollment.choices import Anchor, Why
from enrollment.forms.exceptions import WhyField
from enrollment.rules import RENEWAL_WINDOW, LadderStep, Milestones
from enrollment.rules.ladder import HEARERS, MOST_DAYS, why_no_step
from notifications.choices import Audience


class When(models.TextChoices):
    """On which side of which day a step stands, as somebody chooses it."""

    BEFORE_DUE = "before_due", _("days before the due day")
    OVERDUE = "overdue", _("days overdue")
    RENEWABLE = "renewable", _("days after it may be renewed")
    BEFORE_END = "before_end", _("days before the completion ends")
    AFTER_END = "after_end", _("days after the completion ended")


_ANCHORS = {
    When.BEFORE_DUE: (Anchor.DUE, -1),
    When.OVERDUE: (Anchor.LATE, 1),
    When.RENEWABLE: (Anchor.WINDOW, 1),
    When.BEFORE_END: (Anchor.EXPIRY, -1),
    When.AFTER_END: (Anchor.EXPIRY, 1),
}
OF_RENEWALS = (When.RENEWABLE, When.BEFORE_END, When.AFTER_END)


class StepForm(forms.Form):
    """One step: who hears, and when."""

    audience = forms.ChoiceField(label=_("Who hears"), choices=[(each.value, each.label) for each in HEARERS])
    days = forms.IntegerField(
        label=_("How many days"),
        min_value=0,
        max_value=MOST_DAYS,
        help_text=_("0 is the day itself. Overdue is counted from 1, after the grace period."),
    )
    when = forms.ChoiceField(label=_("Counted as"), widget=forms.RadioSelect)
    reason = WhyField()
    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, asked: Any = None, *, why: Why, revision: int, step: LadderStep | None = None) -> None:
        initial: dict[str, Any] = {"revision": revision, "when": When.BEFORE_DUE}
        if step is not None:
            initial |= {"audience": step.audience.value, "days": abs(step.days), "when": _when_of(step).value}
        super().__init__(asked, initial=initial)
        self._why = why
        options = [each for each in When if why == Why.RENEWAL or each not in OF_RENEWALS]
        self.fields["when"].choices = [(each.value, each.label) for each in options]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if {"audience", "days", "when"} <= cleaned.keys():
            refusal = why_no_step(self._why, self.step)
            if refusal:
                self.add_error("audience" if self.step.is_before and cleaned["days"] else "days", refusal)
        return cleaned

    @property
    def step(self) -> LadderStep:
        """The step that was typed."""
        typed = self.cleaned_data
        anchor, sign = _ANCHORS[When(typed["when"])]
        return LadderStep(Audience(typed["audience"]), anchor, sign * typed["days"])


class RemoveStepForm(forms.Form):
    """Why a step is taken away."""

    reason = WhyField()
    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=0)


class LadderPreviewForm(forms.Form):
    """For which due day somebody wants to see the messages."""

    due = DayField(label=_("Due on"))
    grace = forms.IntegerField(label=_("Days of grace"), min_value=0, max_value=365)

    def __init__(self, asked: Any, *, today: date) -> None:
        filled = asked.copy()
        filled.setdefault("due", (today + timedelta(days=28)).isoformat())
        filled.setdefault("grace", "0")
        super().__init__(filled)

    def milestones(self, why: Why) -> Milestones:
        """Return the days of somebody who has had this requirement for long."""
        due: date = self.cleaned_data["due"]
        days = Milestones(due, due + timedelta(days=self.cleaned_data["grace"] + 1), date.min)
        if why != Why.RENEWAL:
            return days
        return Milestones(due, days.late_on, date.min, window_on=due - RENEWAL_WINDOW, ends_on=due)


def _when_of(step: LadderStep) -> When:
    if step.anchor == Anchor.EXPIRY:
        return When.BEFORE_END if step.is_before else When.AFTER_END
    return {Anchor.DUE: When.BEFORE_DUE, Anchor.LATE: When.OVERDUE}.get(step.anchor, When.RENEWABLE)
