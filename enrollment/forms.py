"""What people type about requirements and reminders."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from courses.models import Course
from enrollment.choices import AudienceField, CountedFrom, Renewal
from enrollment.models import Requirement, Task
from enrollment.queries import course_titles, courses_offered
from enrollment.rules import tests_in, those_with
from enrollment.rules.questions import Question, question_of
from people.models import Department, JobRole, Site
from people.rules.sign_in import is_reason

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


def two_words(reason: str) -> str:
    """Return a reason that says something. Raises ValidationError for any other."""
    if not is_reason(reason):
        raise forms.ValidationError(_("Say why in at least two words."))
    return reason


class TaskForm(forms.Form):
    """What a task is called, and which courses it asks for; a change needs its reason."""

    name = forms.CharField(
        label=_("What is done"),
        max_length=120,
        help_text=_("As people say it, such as “Release a batch”."),
        error_messages={"required": _("Say what is done.")},
    )
    courses = forms.ModelMultipleChoiceField(
        Course.objects.none(),
        label=_("Whoever does it must have"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one training: a task that asks for none qualifies nobody.")},
    )
    reason = forms.CharField(
        label=_("Reason for the change"),
        max_length=300,
        help_text=_("Kept in the trail with your name. At least two words."),
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Say why in at least two words.")},
    )

    def __init__(self, asked: Any = None, *, task: Task | None = None) -> None:
        """Show a task as it is now, or the beginning of one."""
        kept = list(task.asked.filter(removed_at__isnull=True).values_list("course_id", flat=True)) if task else []
        super().__init__(asked, initial={"name": task.name, "courses": kept} if task else None)
        self._task = task
        offered = {*courses_offered().values_list("pk", flat=True), *kept}
        codes = dict(Course.objects.filter(pk__in=offered).values_list("pk", "code"))
        titles = course_titles(offered)
        field = self.fields["courses"]
        field.queryset = Course.objects.filter(pk__in=offered)  # type: ignore[attr-defined]
        field.choices = [  # type: ignore[attr-defined]
            (pk, f"{titles[pk]} ({code})") for pk, code in sorted(codes.items(), key=lambda pair: pair[1])
        ]
        if task is None:
            del self.fields["reason"]

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        others = Task.objects.filter(name__iexact=name)
        if self._task is not None:
            others = others.exclude(pk=self._task.pk)
        if others.exists():
            raise forms.ValidationError(_("There is a task of this name already."))
        return name

    def clean_reason(self) -> str:
        return two_words(self.cleaned_data["reason"])


class QualifiedForm(forms.Form):
    """About whom, which day and which knowledge somebody asks who is qualified."""

    day = forms.DateField(
        label=_("On the day"), required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    known_at = forms.DateTimeField(
        label=_("As known on (now, if empty)"),
        required=False,
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
        error_messages={"invalid": _("Write a day and a time, such as 2026-03-14 12:00.")},
    )
    site = forms.ModelChoiceField(
        Site.objects.order_by("name"), label=_("Site"), required=False, empty_label=_("any site")
    )
    department = forms.ModelChoiceField(
        Department.objects.order_by("name"), label=_("Department"), required=False, empty_label=_("any department")
    )
    job_role = forms.ModelChoiceField(
        JobRole.objects.order_by("name"), label=_("Job role"), required=False, empty_label=_("any job role")
    )
    missing = forms.BooleanField(label=_("Only who is not qualified"), required=False)

    def __init__(self, asked: Any, *, at: datetime, zone: str) -> None:
        self._at, self._zone = at, zone
        filled = asked.copy()
        if not filled.get("day"):  # asked about today, and shows it
            filled["day"] = question_of(None, zone=zone, at=at).day.isoformat()
        super().__init__(filled)

    def clean_known_at(self) -> datetime | None:
        known_at: datetime | None = self.cleaned_data["known_at"]
        if known_at is not None and known_at > self._at:
            raise forms.ValidationError(_("Nothing is known yet of a moment to come."))
        return known_at

    @property
    def question(self) -> Question:
        """What is asked, once the form is valid."""
        asked = self.cleaned_data
        return question_of(asked["day"], zone=self._zone, at=self._at, known_at=asked["known_at"])


class TokenForm(forms.Form):
    """A token of another system."""

    name = forms.CharField(
        label=_("What uses it"),
        max_length=80,
        help_text=_("Such as the batch record system."),
        error_messages={"required": _("Say which system will use it.")},
    )


class RevokeForm(forms.Form):
    """Why a token is revoked."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        help_text=_("Kept in the trail with your name. At least two words."),
        error_messages={"required": _("Say why in at least two words.")},
    )

    def clean_reason(self) -> str:
        return two_words(self.cleaned_data["reason"])


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
