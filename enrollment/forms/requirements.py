"""What people type about requirements and reminders."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.dates import MONTHS as MONTH_NAMES
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from core.forms import DayField
from courses.models import Course
from enrollment.choices import AudienceField, CountedFrom, Renewal
from enrollment.forms.conditions import Conditions, in_sentence
from enrollment.forms.exceptions import WhyField
from enrollment.models import Requirement
from enrollment.queries import course_titles, courses_offered
from enrollment.rules import EVERYONE
from people.models import Department, JobRole, Site

DAYS = (1, 3, 7, 14, 21, 30, 45, 60, 90, 180, 365)
MONTHS = (1, 3, 6, 12, 18, 24, 36, 60)
PERIODIC = (Renewal.COMPLETION, Renewal.EXPIRY, Renewal.CALENDAR)
NUMBERS = ("grace_days", "window_days", "minimum_active_days", "renewal_days")


def _count(label: Any, *, most: int, help_text: Any = "") -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=0, max_value=most, required=False, help_text=help_text)


class RequirementForm(forms.Form):
    """A requirement as a sentence: whose, where, what, within which time, from when, how often; and the rest of it."""

    job_role = forms.ModelChoiceField(
        JobRole.objects.order_by("name"), label=_("Job role"), required=False, empty_label=_("any job role")
    )
    site = forms.ModelChoiceField(
        Site.objects.order_by("name"), label=_("Site"), required=False, empty_label=_("any site")
    )
    department = forms.ModelChoiceField(
        Department.objects.order_by("name"), label=_("Department"), required=False, empty_label=_("any department")
    )
    course = forms.ModelChoiceField(
        Course.objects.none(),
        label=_("Training"),
        empty_label=_("choose a training"),
        error_messages={"required": _("Choose the training that people must complete.")},
    )
    due_within_days = forms.TypedChoiceField(label=_("Time allowed"), coerce=int)
    counted_from = forms.ChoiceField(label=_("Counted from"), choices=CountedFrom)
    validity_months = forms.TypedChoiceField(label=_("Again"), coerce=int, empty_value=None, required=False)
    due_in_working_days = forms.BooleanField(label=_("Count working days of the site only"), required=False)
    due_before = forms.BooleanField(label=_("So many days before the version takes effect"), required=False)
    due_fixed_on = DayField(label=_("The fixed day"), required=False)
    grace_days = _count(_("Days of grace after the due day"), most=365)
    renewal = forms.ChoiceField(label=_("How it is renewed"), choices=Renewal, required=False)
    anchor_day = _count(_("Day of the month"), most=31)
    anchor_month = forms.TypedChoiceField(
        label=_("Month"), coerce=int, empty_value=None, required=False, choices=[("", "–"), *MONTH_NAMES.items()]
    )
    window_days = _count(
        _("May be renewed so many days before its end"), most=730, help_text=_("Earlier completions change nothing.")
    )
    minimum_active_days = _count(_("Not asked again within so many days"), most=730)
    renewal_days = _count(_("A renewal is due so many days after the end"), most=365)
    refreshers = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        label=_("Refreshers, in turn"),
        required=False,
        help_text=_("Renewals take these instead of the training."),
    )
    reason = forms.CharField(
        label=_("Reason for this rule"),
        max_length=300,
        required=False,
        help_text=_("Kept in the trail. Switching on needs at least two words."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)
    SENTENCE = ("job_role", "site", "department", "course", "due_within_days", "counted_from", "validity_months")

    def __init__(
        self,
        asked: Any = None,
        *,
        requirement: Requirement | None = None,
        sites: frozenset[UUID] | None = None,
        typed: Any = None,
    ) -> None:
        """Show a draft, or the beginning of one; `sites` are those to which an administrator is limited.

        `typed` are conditions that are not complete yet, to be shown again beside what was kept.
        """
        super().__init__(asked, initial=_initial(requirement))
        self.conditions = Conditions(asked or typed, requirement.audience if requirement else EVERYONE)
        self.kept_audience = requirement.audience if requirement else dict(EVERYONE)
        self._offer_courses(requirement)
        self.fields["due_within_days"].choices = _days(requirement)  # type: ignore[attr-defined]
        self.fields["validity_months"].choices = _months(requirement)  # type: ignore[attr-defined]
        if sites is not None:
            site = self.fields["site"]
            site.queryset = Site.objects.filter(pk__in=sites).order_by("name")  # type: ignore[attr-defined]
            site.empty_label, site.required = _("choose a site"), True  # type: ignore[attr-defined]
            site.error_messages["required"] = _("Choose one of the sites that you look after.")
        for name in self.SENTENCE:
            self.fields[name].widget.attrs["aria-label"] = self.fields[name].label

    def _offer_courses(self, requirement: Requirement | None) -> None:
        """Offer what has an effective version, and what the draft names already, by title."""
        kept = [requirement.course_id, *requirement.refreshers] if requirement else []
        offered = {*courses_offered().values_list("pk", flat=True), *kept}
        titles = sorted(course_titles(offered).items(), key=lambda course: course[1].casefold())
        field = self.fields["course"]
        field.queryset = Course.objects.filter(pk__in=offered)  # type: ignore[attr-defined]
        field.choices = [("", field.empty_label), *titles]  # type: ignore[attr-defined]
        self.fields["refreshers"].choices = [(str(pk), title) for pk, title in titles]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("counted_from") == CountedFrom.FIXED and not cleaned.get("due_fixed_on"):
            self.add_error("due_fixed_on", _("Give the day by which it is due."))
        if cleaned.get("renewal") == Renewal.CALENDAR:
            if not (cleaned.get("anchor_day") and cleaned.get("anchor_month")):
                self.add_error("anchor_day", _("Give the day of the year by which it is renewed."))
            if (cleaned.get("validity_months") or 12) % 12:
                self.add_error("validity_months", _("On a day of the year it is renewed every 12, 24 or 36 months."))
        return cleaned

    def is_kept_as(self, requirement: Requirement) -> None:
        """Let the form go on from what was kept of it, so that the next change is not taken for an old one."""
        kept = cast("QueryDict", self.data).copy()
        kept["revision"] = str(requirement.revision)
        self.data = kept

    @property
    def terms(self) -> dict[str, Any]:
        """The terms as `draft_requirement` and `change_requirement` take them."""
        typed = self.cleaned_data
        named = [("job_role", typed["job_role"]), ("department", typed["department"])]
        sentence = [{"field": field, "is": [str(row.pk)]} for field, row in named if row]
        audience = self.kept_audience if self.conditions.is_foreign else self.conditions.audience(sentence)
        numbers = {name: typed[name] if typed[name] is not None else _DEFAULTS[name] for name in NUMBERS}
        return {
            **{name: typed[name] for name in ("course", "site", "counted_from", "due_in_working_days", "reason")},
            **numbers,
            **self._again(),
            "audience": audience,
            "due_within_days": self._within(),
            "due_fixed_on": typed["due_fixed_on"] if typed["counted_from"] == CountedFrom.FIXED else None,
            "refreshers": [UUID(value) for value in typed["refreshers"]],
        }

    def _within(self) -> int:
        days: int = self.cleaned_data["due_within_days"]
        before = self.cleaned_data["due_before"] and self.cleaned_data["counted_from"] == CountedFrom.VERSION
        return -days if before else days

    def _again(self) -> dict[str, Any]:
        """Return when it is renewed: months and the way of counting fit each other."""
        months, way = self.cleaned_data["validity_months"], self.cleaned_data["renewal"] or Renewal.COURSE
        if way == Renewal.CALENDAR:
            anchor = {name: self.cleaned_data[name] for name in ("anchor_month", "anchor_day")}
            return {"renewal": way, "validity_months": months or 12, **anchor}
        if months is None:
            way = Renewal.ONCE if way == Renewal.ONCE else Renewal.COURSE
        elif way not in PERIODIC:
            way = Renewal.COMPLETION
        return {"renewal": way, "validity_months": months, "anchor_month": None, "anchor_day": None}


class ReasonForm(forms.Form):
    """Why a requirement is switched off."""

    reason = WhyField(error_messages={"required": _("Say why this rule is no longer needed.")})


class ReminderForm(forms.Form):
    """What a manager adds to a reminder."""

    text = forms.CharField(label=_("Your words"), max_length=500, required=False)


_DEFAULTS = {"grace_days": 0, "window_days": 60, "minimum_active_days": 0, "renewal_days": 0}


def _initial(requirement: Requirement | None) -> dict[str, Any]:
    if requirement is None:
        start = {"due_within_days": 14, "counted_from": CountedFrom.ROLE, "validity_months": ""}
        return {**start, "renewal": Renewal.COURSE, **_DEFAULTS}
    [first, *_others] = requirement.audience.get("any") or [requirement.audience]
    said = in_sentence(first.get("all", ()))
    return {
        "job_role": said.get(AudienceField.JOB_ROLE),
        "site": requirement.site_id,
        "department": said.get(AudienceField.DEPARTMENT),
        "course": requirement.course_id,
        "due_within_days": abs(requirement.due_within_days),
        "due_before": requirement.due_within_days < 0,
        "validity_months": requirement.validity_months or "",
        "refreshers": [str(each) for each in requirement.refreshers],
        **{name: getattr(requirement, name) for name in _AS_KEPT},
    }


_AS_KEPT = (
    *("counted_from", "due_in_working_days", "due_fixed_on", "renewal", "anchor_day", "anchor_month"),
    *("reason", "revision", *NUMBERS),
)


def _days(requirement: Requirement | None) -> list[tuple[int, str]]:
    offered = sorted({*DAYS, *([abs(requirement.due_within_days)] if requirement else [])})
    return [(days, ngettext("{count} day", "{count} days", days).format(count=days)) for days in offered]


def _months(requirement: Requirement | None) -> list[tuple[int | str, Any]]:
    kept = [requirement.validity_months] if requirement and requirement.validity_months else []
    every = [
        (months, ngettext("every {count} month", "every {count} months", months).format(count=months))
        for months in sorted({*MONTHS, *kept})
    ]
    return [("", _("as often as the training says")), *every]
