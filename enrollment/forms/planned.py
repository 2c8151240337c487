"""What people type when they plan a session and seat people in it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.forms import DayField
from courses.choices import VersionState
from enrollment.actions.planning import Terms
from enrollment.forms.elsewhere import CourseField, LedForm, PeopleForm
from enrollment.forms.exceptions import WhyField
from enrollment.models import PlannedSession
from enrollment.models.elsewhere import MOST_IN_A_SESSION
from enrollment.rules.seats import instant_of, why_not_dated
from people.models import Site, User

ClockInput = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


class OfferedField(CourseField):
    """One of the courses that are in effect."""

    states = (VersionState.EFFECTIVE,)


class PlanForm(LedForm):
    """A session: of which course, when by the clocks of which site, where, by whom, and for how many."""

    not_called_optional = ("trainer", "trainer_number", "place", "link")
    field_order = (
        *("course", "site", "day", "begins", "ends", "place", "link", "trainer", "trainer_number"),
        *("capacity", "words"),
    )
    course = OfferedField(label=gettext_lazy("Course"))
    site = forms.ModelChoiceField(
        Site.objects.none(),
        label=gettext_lazy("Site"),
        help_text=gettext_lazy("Its clocks are meant, wherever you are."),
    )
    day = DayField(label=gettext_lazy("Day"))
    begins = forms.TimeField(label=gettext_lazy("From"), widget=ClockInput)
    ends = forms.TimeField(label=gettext_lazy("To"), widget=ClockInput)
    place = forms.CharField(label=gettext_lazy("Place"), max_length=120, required=False)
    link = forms.URLField(
        label=gettext_lazy("Or a link"),
        max_length=300,
        required=False,
        assume_scheme="https",
        help_text=gettext_lazy("Where it is held online; it begins with https. Only people with a seat see it."),
    )
    capacity = forms.IntegerField(
        label=gettext_lazy("Seats"),
        required=False,
        min_value=1,
        max_value=MOST_IN_A_SESSION,
        help_text=gettext_lazy("Whoever comes later is put on a waiting list. Empty for no limit."),
    )
    words = forms.CharField(
        label=gettext_lazy("What people should know"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        sites: QuerySet[Site],
        known: QuerySet[User],
        session: PlannedSession | None = None,
        **kwargs: Any,
    ) -> None:
        """`session` is the one that is changed; its course stays."""
        self.known, self.session = known, session
        super().__init__(*args, **kwargs)
        self.fields["site"].queryset = sites.order_by("name")  # type: ignore[attr-defined]
        self.fields["site"].label_from_instance = lambda site: f"{site.name} ({site.time_zone})"  # type: ignore[attr-defined]
        if session is None:
            self.fields["course"].offer()  # type: ignore[attr-defined]
        else:
            del self.fields["course"]

    def clean_link(self) -> str:
        link: str = self.cleaned_data["link"]
        if link and not link.startswith("https://"):
            raise ValidationError(_("The link has to begin with https."), code="https")
        return link

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not cleaned.get("place") and not cleaned.get("link") and not {"place", "link"} & self.errors.keys():
            self.add_error("place", _("Say where it is held: a place, or a link."))
        self._find_instants(cleaned)
        course = self.session.course if self.session else cleaned.get("course")
        self._find_trainer(cleaned, course=course, on=cleaned.get("day"), is_planned=True)
        return cleaned

    def _find_instants(self, cleaned: dict[str, Any]) -> None:
        site, day = cleaned.get("site"), cleaned.get("day")
        if not site or not day:
            return
        for name, instant in (("begins", "starts_at"), ("ends", "ends_at")):
            clock = cleaned.get(name)
            cleaned[instant] = instant_of(day, clock, site.time_zone) if clock else None
            if clock and cleaned[instant] is None:
                self.add_error(name, _("On that day the clocks go forward and never show this time."))
        if cleaned["starts_at"] and cleaned["ends_at"]:
            refusal = why_not_dated(cleaned["starts_at"], cleaned["ends_at"], at=self.asked_at)
            if refusal:
                self.add_error("ends" if cleaned["ends_at"] <= cleaned["starts_at"] else "day", refusal)

    @property
    def terms(self) -> Terms:
        """What was typed, for the action."""
        typed = self.cleaned_data
        names = ("site", "starts_at", "ends_at", "trainer", "led_by", "place", "link", "capacity", "words")
        return Terms(**{name: typed[name] for name in names})

    @property
    def seen_at(self) -> datetime | None:
        """When the session had been changed last, as far as who typed this knows."""
        try:
            return datetime.fromisoformat(self.cleaned_data["seen"])
        except ValueError:
            return None


class SeatForm(PeopleForm):
    """Whom to give a seat."""

    not_called_optional = ("people", "numbers")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        self._gather_people(cleaned)
        return cleaned

    @property
    def user_ids(self) -> Sequence[UUID]:
        ids: list[UUID] = self.cleaned_data["user_ids"]
        return ids


class OffForm(forms.Form):
    """Why a session is cancelled, or somebody is taken off it; they read it."""

    reason = WhyField(help_text=gettext_lazy("They read it, and it is kept in the trail. At least two words."))
