"""The form with which people ask about a past day, and what was known of it then; on pages of other rooms, too."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.days import why_no_day
from core.forms import DayField
from enrollment.rules.questions import Question, question_of


class QuestionForm(forms.Form):
    """About which day, and which knowledge of it, somebody asks who was qualified."""

    asks_for_nothing = True  # so no field of it is called optional

    day = DayField(label=_("On the day"), required=False)
    known_at = forms.DateTimeField(
        label=_("As known on (now, if empty)"),
        required=False,
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
        error_messages={"invalid": _("Write a day and a time, such as 2026-03-14 12:00.")},
    )

    def __init__(self, asked: Any, *, at: datetime, zone: str) -> None:
        self._at, self._zone = at, zone
        filled = asked.copy()
        if not filled.get("day"):  # asked about today, and shows it
            filled["day"] = question_of(None, zone=zone, at=at).day.isoformat()
        super().__init__(filled)

    def clean_known_at(self) -> datetime | None:
        known_at: datetime | None = self.cleaned_data["known_at"]
        if known_at is not None and (refusal := why_no_day(known_at.date())):
            raise forms.ValidationError(refusal, code="day")
        if known_at is not None and known_at > self._at:
            raise forms.ValidationError(_("Nothing is known yet of a moment to come."))
        return known_at

    @property
    def question(self) -> Question:
        """What is asked, once the form is valid."""
        asked = self.cleaned_data
        return question_of(asked["day"], zone=self._zone, at=self._at, known_at=asked["known_at"])
