"""What people type when they plan a session and seat people in it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.forms import DayField
from courses.choices import VersionState
from enrollment.actions.planning import Terms
from enrollment.forms.elsewhere import CourseField, LedForm, PeopleForm
from enrollment.forms.exceptions import WhyField
from enrollment.models import PlannedSession
from enrollment.models.elsewhere import MOST_IN_A_SESSION
from enrollment.rules import day_in
from enrollment.rules.meetings import MOST_AGAIN, MOST_DAYS, Span, instant_of, why_not_dated, why_not_on_days
from people.models import Site, User

ClockInput = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
MORE = range(2, MOST_DAYS + 1)  # the numbers of the days after the first
SHOWN = 3  # so many more days can be filled in at first; there is always room for two
PARTS = ("day", "begins", "ends")


class OfferedField(CourseField):
    """One of the courses that are in effect."""

    states = (VersionState.EFFECTIVE,)


class PlanForm(LedForm):
    """A session: of which course, when by the clocks of which site, where, by whom, and for how many."""

    not_called_optional = (
        *("trainer", "trainer_number", "place", "link"),
        *(f"{part}_{number}" for number in MORE for part in PARTS),
    )
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
        for number in MORE:
            self.fields[f"day_{number}"] = DayField(label=_("Day {number}").format(number=number), required=False)
            for part, label in (("begins", _("From, day {number}")), ("ends", _("To, day {number}"))):
                words = label.format(number=number)
                self.fields[f"{part}_{number}"] = forms.TimeField(label=words, widget=ClockInput, required=False)
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
        self._find_days(cleaned)
        course = self.session.course if self.session else cleaned.get("course")
        site = cleaned.get("site")
        on, zone = self._first_day_to_come(cleaned), site.time_zone if site else ""
        self._find_trainer(cleaned, course=course, on=on, zone=zone, is_planned=True)
        return cleaned

    def _first_day_to_come(self, cleaned: dict[str, Any]) -> date | None:
        """Return the first of its days, at the site, that has not begun; else the day that was typed first."""
        to_come = (each.starts_at for each in cleaned.get("days", ()) if each.starts_at > self.asked_at)
        first = next(to_come, None)
        typed: date | None = cleaned.get("day")
        return day_in(cleaned["site"].time_zone, first) if first else typed

    def _find_days(self, cleaned: dict[str, Any]) -> None:
        """Read the days as instants by the clocks of the site; a later day without hours has those of the first."""
        site = cleaned.get("site")
        if not site or not cleaned.get("day"):
            return
        before = self.session.spans if self.session else ()
        days = [self._span(cleaned, "", site.time_zone, before)]
        for number in MORE:
            end = f"_{number}"
            if cleaned.get(f"day{end}"):
                days.append(self._span(cleaned, end, site.time_zone, before))
            elif any(cleaned.get(part + end) for part in PARTS):
                self.add_error(f"day{end}", _("Say on which day, or leave its hours empty, too."))
        found = [each for each in days if each is not None]
        cleaned["days"] = tuple(sorted(found))
        is_whole = len(found) == len(days) and not self.errors
        if is_whole and (refusal := why_not_on_days(cleaned["days"], at=self.asked_at, before=before)):
            self.add_error("day", refusal)

    def _span(self, cleaned: dict[str, Any], end: str, zone: str, before: Sequence[Span]) -> Span | None:
        """Read one of the days, whose fields end so; nothing, with words beside it, where it can not be."""
        day = cleaned[f"day{end}"]
        begins, ends = (cleaned.get(part + end) or cleaned.get(part) for part in PARTS[1:])
        if begins is None or ends is None:
            return None
        instants = [instant_of(day, clock, zone) for clock in (begins, ends)]
        for part, instant in zip(PARTS[1:], instants, strict=True):
            if instant is None:
                self.add_error(part + end, _("On that day the clocks go forward and never show this time."))
        if instants[0] is None or instants[1] is None:
            return None
        span = Span(instants[0], instants[1])
        refusal = "" if span in before else why_not_dated(span.starts_at, span.ends_at, at=self.asked_at)
        if refusal:
            self.add_error(("ends" if span.ends_at <= span.starts_at else "day") + end, refusal)
            return None
        return span

    @property
    def main_fields(self) -> list[BoundField]:
        """Return the fields that stand for themselves."""
        later = {f"{part}_{number}" for number in MORE for part in PARTS}
        return [field for field in self.visible_fields() if field.name not in later]

    @property
    def more_days(self) -> list[list[BoundField]]:
        """Return the fields of the days after the first, as many as are filled in and room for more."""
        rows = [[self[f"{part}_{number}"] for part in PARTS] for number in MORE]
        filled = [count for count, row in enumerate(rows, 1) if any(field.value() for field in row)]
        return rows[: max(SHOWN, max(filled, default=0) + 2)]

    @property
    def has_more_days(self) -> bool:
        """Say whether there is anything to see beside the first day."""
        return any(field.value() or field.errors for row in self.more_days for field in row)

    @property
    def terms(self) -> Terms:
        """What was typed, for the action."""
        typed = self.cleaned_data
        names = ("site", "days", "trainer", "led_by", "place", "link", "capacity", "words")
        return Terms(**{name: typed[name] for name in names})

    @property
    def seen_at(self) -> datetime | None:
        """When the session had been changed last, as far as who typed this knows."""
        try:
            return datetime.fromisoformat(self.cleaned_data["seen"])
        except ValueError:
            return None


class AgainForm(forms.Form):
    """From which day on a session is planned again, how often, and every how many weeks."""

    first = DayField(label=gettext_lazy("First day"))
    times = forms.IntegerField(
        label=gettext_lazy("How many times"),
        min_value=1,
        max_value=MOST_AGAIN,
        help_text=gettext_lazy("1 plans it once more; at most 26."),
    )
    weeks = forms.TypedChoiceField(
        label=gettext_lazy("Every"),
        coerce=int,
        choices=[(1, gettext_lazy("week")), (2, gettext_lazy("2 weeks")), (4, gettext_lazy("4 weeks"))],
    )


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
