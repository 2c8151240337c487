"""What people type about requirements and reminders."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from courses.models import Course
from enrollment.choices import AudienceField, CountedFrom, Renewal
from enrollment.models import Requirement
from enrollment.queries import course_titles, courses_offered
from enrollment.rules import tests_in, those_with
from people.models import Department, JobRole, Site

DAYS = (1, 3, 7, 14, 21, 30, 45, 60, 90, 180, 365)
MONTHS = (1, 3, 6, 12, 18, 24, 36, 60)


class RequirementForm(forms.Form):
    """A requirement as a sentence: whose, where, what, within which time, from when, how often."""

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
    reason = forms.CharField(
        label=_("Reason for this rule"),
        max_length=300,
        required=False,
        help_text=_("Kept in the trail. Switching on needs one."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, asked: Any = None, *, requirement: Requirement | None = None, sites: frozenset[UUID] | None = None
    ) -> None:
        """Show a draft, or the beginning of one; `sites` are those to which an administrator is limited."""
        super().__init__(asked, initial=_initial(requirement))
        self._offer_courses(requirement)
        self.fields["due_within_days"].choices = _days(requirement)  # type: ignore[attr-defined]
        self.fields["validity_months"].choices = _months(requirement)  # type: ignore[attr-defined]
        if sites is not None:
            site = self.fields["site"]
            site.queryset = Site.objects.filter(pk__in=sites).order_by("name")  # type: ignore[attr-defined]
            site.empty_label, site.required = _("choose a site"), True  # type: ignore[attr-defined]
            site.error_messages["required"] = _("Choose one of the sites that you look after.")
        for name in self.fields:
            if name != "reason":
                self.fields[name].widget.attrs["aria-label"] = self.fields[name].label

    def _offer_courses(self, requirement: Requirement | None) -> None:
        """Offer what has an effective version, and what the draft names already, by title."""
        kept = [requirement.course_id] if requirement else []
        offered = {*courses_offered().values_list("pk", flat=True), *kept}
        titles = sorted(course_titles(offered).items(), key=lambda course: course[1].casefold())
        field = self.fields["course"]
        field.queryset = Course.objects.filter(pk__in=offered)  # type: ignore[attr-defined]
        field.choices = [("", field.empty_label), *titles]  # type: ignore[attr-defined]

    @property
    def terms(self) -> dict[str, Any]:
        """The terms as `draft_requirement` and `change_requirement` take them."""
        typed = self.cleaned_data
        named = {field: typed[field].pk for field in ("job_role", "department") if typed[field]}
        months = typed["validity_months"]
        return {
            "course": typed["course"],
            "site": typed["site"],
            "audience": those_with(**named),
            "due_within_days": typed["due_within_days"],
            "counted_from": typed["counted_from"],
            "renewal": Renewal.COMPLETION if months else Renewal.COURSE,
            "validity_months": months,
            "reason": typed["reason"],
        }


class ReasonForm(forms.Form):
    """Why a requirement is switched off."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        help_text=_("Kept in the trail."),
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Say why this rule is no longer needed.")},
    )


class ReminderForm(forms.Form):
    """What a manager adds to a reminder."""

    text = forms.CharField(label=_("Your words"), max_length=500, required=False)


def _initial(requirement: Requirement | None) -> dict[str, Any]:
    if requirement is None:
        return {"due_within_days": 14, "counted_from": CountedFrom.ROLE, "validity_months": ""}
    return {
        "job_role": _first(requirement, AudienceField.JOB_ROLE),
        "site": requirement.site_id,
        "department": _first(requirement, AudienceField.DEPARTMENT),
        "course": requirement.course_id,
        "due_within_days": requirement.due_within_days,
        "counted_from": requirement.counted_from,
        "validity_months": requirement.validity_months or "",
        "reason": requirement.reason,
        "revision": requirement.revision,
    }


def _first(requirement: Requirement, field: AudienceField) -> str | None:
    """Return the first value for which an audience asks in a field."""
    return next((test.values[0] for test in tests_in(requirement.audience) if test.field == field), None)


def _days(requirement: Requirement | None) -> list[tuple[int, str]]:
    offered = sorted({*DAYS, *([requirement.due_within_days] if requirement else [])})
    return [(days, ngettext("{count} day", "{count} days", days).format(count=days)) for days in offered]


def _months(requirement: Requirement | None) -> list[tuple[int | str, Any]]:
    kept = [requirement.validity_months] if requirement and requirement.validity_months else []
    every = [
        (months, ngettext("every {count} month", "every {count} months", months).format(count=months))
        for months in sorted({*MONTHS, *kept})
    ]
    return [("", _("as often as the training says")), *every]
