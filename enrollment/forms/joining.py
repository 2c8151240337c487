"""What people type when they ask to take a course, decide about it, and choose a day of their own."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from core.forms import DayField
from enrollment.forms.exceptions import WhyField
from enrollment.rules.joining import why_not_wished


class _WishedForm(forms.Form):
    """A day by which somebody wants to be done."""

    wished_on = DayField(label=_("I want to be done by"), required=False)

    def __init__(self, asked: Any = None, *, today: date, **options: Any) -> None:
        super().__init__(asked, **options)
        self.today = today

    def clean_wished_on(self) -> date | None:
        day: date | None = self.cleaned_data["wished_on"]
        refusal = why_not_wished(day, today=self.today)
        if refusal:
            raise ValidationError(refusal, code="day")
        return day


class AskToJoinForm(_WishedForm):
    """Why somebody wants to take a course, and by when."""

    words = forms.CharField(
        label=_("What should your manager know?"),
        required=False,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    field_order = ("words", "wished_on")

    def __init__(self, asked: Any = None, *, today: date, **options: Any) -> None:
        super().__init__(asked, today=today, **options)
        self.fields["wished_on"].help_text = _("A day of your own; nothing becomes overdue.")


class OwnDayForm(_WishedForm):
    """By which day somebody wants to be done; left empty, there is no such day."""

    def __init__(self, asked: Any = None, *, today: date, **options: Any) -> None:
        super().__init__(asked, today=today, **options)
        self.fields["wished_on"].help_text = _("A day of your own; nothing becomes overdue. Leave it empty for none.")


class DeclineForm(forms.Form):
    """Why somebody does not take a course now."""

    words = WhyField(label=_("Why not now"), help_text=_("Goes to who asked. At least two words."))
