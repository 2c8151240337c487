"""What people type about requirements and reminders."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, BinaryIO, cast
from uuid import UUID

import filetype
from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from courses.choices import UploadKind
from courses.models import Course
from courses.uploads import MEGABYTE, MOST_BYTES, Upload, UploadRefused, examine
from enrollment.choices import AudienceField, CountedFrom, Renewal
from enrollment.models import Requirement
from enrollment.queries import course_titles, courses_offered
from enrollment.rules import long_day, tests_in, those_with
from enrollment.rules.exceptions import Due, Limits, new_day, proposed_days, why_not_until, why_not_waived
from people.models import Department, JobRole, Site
from people.rules import is_reason

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


DayInput = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
ANOTHER_DAY = "another"


class WhyField(forms.CharField):
    """Why an exception is made; it stands in the trail, so it says something."""

    widget = forms.Textarea(attrs={"rows": 2})

    def __init__(self, **options: Any) -> None:
        options.setdefault("label", _("Reason"))
        options.setdefault("help_text", _("Kept in the trail with your name. At least two words."))
        super().__init__(max_length=300, **options)

    def validate(self, value: str) -> None:
        super().validate(value)
        if value and not is_reason(value):
            raise ValidationError(_("Say why in at least two words."), code="reason")


class EvidenceField(forms.FileField):
    """A file that proves something, recognised by its content; its clean value is a `courses.uploads.Upload`."""

    KINDS = {
        "application/pdf": UploadKind.DOCUMENT,
        "image/png": UploadKind.IMAGE,
        "image/jpeg": UploadKind.IMAGE,
    }  # fmt: skip

    def __init__(self, **options: Any) -> None:
        words = _("PDF, at most {document} MB; PNG or JPEG, at most {image} MB. Who may read the waiver may open it.")
        most = {"document": MOST_BYTES[UploadKind.DOCUMENT], "image": MOST_BYTES[UploadKind.IMAGE]}
        options.setdefault("help_text", words.format(**{name: size // MEGABYTE for name, size in most.items()}))
        super().__init__(required=False, label=_("Proof"), **options)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {**super().widget_attrs(widget), "accept": ",".join(self.KINDS)}

    def clean(self, data: Any, initial: Any = None) -> Upload | None:
        file = super().clean(data, initial)
        if not isinstance(file, UploadedFile):
            return None
        head = file.read(8192)
        file.seek(0)
        guess = filetype.guess(head)
        kind = self.KINDS.get(guess.mime if guess else "")
        if kind is None:
            raise ValidationError(_("This is not a PDF, PNG or JPEG. Choose another file."), code="refused")
        try:
            return examine(cast(BinaryIO, file), name=file.name or "", kind=kind)
        except UploadRefused as refusal:
            raise ValidationError(str(refusal), code="refused") from refusal


class MoreTimeForm(forms.Form):
    """By how many days more, or until which day, and why."""

    days = forms.ChoiceField(label=_("More time"), widget=forms.RadioSelect)
    until = forms.DateField(label=_("New due day"), required=False, widget=DayInput)
    reason = WhyField()
    was_due_on = forms.DateField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        asked: Any = None,
        *,
        limits: Limits,
        may_go_beyond: bool,
        due: Due | None = None,
        becomes: Callable[[date], date | None] | None = None,
    ) -> None:
        """Ask about one person's due day, or without one about many; `becomes` says where a new day ends up."""
        self.due, self.limits, self.may_go_beyond, self.becomes = due, limits, may_go_beyond, becomes
        days = proposed_days(limits, may_go_beyond=may_go_beyond)
        was_due_on = due.due_on if due else None
        super().__init__(asked, initial={"days": str(days[0]), "was_due_on": was_due_on})
        options = [(str(each), self._option(each)) for each in days]
        field = self.fields["days"]
        field.choices = [*options, (ANOTHER_DAY, _("Another day, chosen below"))]  # type: ignore[attr-defined]
        self.fields["until"].help_text = _("Only for another day. It ends at midnight at the person's site.")

    def _option(self, days: int) -> str:
        words = ngettext("{count} day", "{count} days", days).format(count=days)
        if self.due is None or self.becomes is None:
            return words
        day = self.becomes(self.due.counted_from + timedelta(days=days))
        return _("{days}: due on {day}").format(days=words, day=long_day(day)) if day else words

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("days") == ANOTHER_DAY and not cleaned.get("until") and "until" not in self.errors:
            self.add_error("until", _("Choose the new due day."))
        if self.due is not None and not self.errors:
            refusal = why_not_until(self.due, self.new_due_on(self.due), self.limits, may_go_beyond=self.may_go_beyond)
            if refusal:
                self.add_error("until" if cleaned["days"] == ANOTHER_DAY else "days", refusal)
        return cleaned

    def new_due_on(self, due: Due) -> date:
        """Return the new due day of a person."""
        return new_day(due, days=self.terms["days"], until=self.terms["until"])

    @property
    def terms(self) -> dict[str, Any]:
        """What is given to each: so many days more, or until a day, and why."""
        typed = self.cleaned_data
        is_day = typed["days"] == ANOTHER_DAY
        return {
            "days": None if is_day else int(typed["days"]),
            "until": typed["until"] if is_day else None,
            "reason": typed["reason"],
        }


class WaiverForm(forms.Form):
    """For which days nothing is asked, why, and a file that proves it."""

    first_on = forms.DateField(label=_("First day"), widget=DayInput)
    last_on = forms.DateField(label=_("Last day"), widget=DayInput)
    reason = WhyField()
    evidence = EvidenceField()

    def __init__(self, asked: Any = None, files: Any = None, *, limits: Limits, today: date) -> None:
        self.limits, self.today = limits, today
        super().__init__(asked, files, initial={"first_on": today})
        self.fields["last_on"].help_text = ngettext(
            "The day on which it still holds; at most {count} day.",
            "The day on which it still holds; at most {count} days.",
            limits.longest_waiver_days,
        ).format(count=limits.longest_waiver_days)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("first_on"), cleaned.get("last_on")
        if first and last:
            until = last + timedelta(days=1)
            cleaned["valid_until"] = until
            refusal = why_not_waived(valid_from=first, valid_until=until, today=self.today, limits=self.limits)
            if refusal:
                self.add_error("first_on" if first < self.today else "last_on", refusal)
        if self.errors and cleaned.get("evidence"):
            self.add_error("evidence", _("Choose the file again: a browser does not keep it."))
        return cleaned

    @property
    def terms(self) -> dict[str, Any]:
        """What is proposed for each."""
        typed = self.cleaned_data
        return {"valid_from": typed["first_on"], "valid_until": typed["valid_until"], "reason": typed["reason"]}


class WhyForm(forms.Form):
    """Why something is asked for or taken back."""

    reason = WhyField()


class GrantForm(forms.Form):
    """What is said with a waiver that is granted."""

    words = forms.CharField(
        label=_("Your words"), required=False, max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )


class ReturnWaiverForm(forms.Form):
    """Why a waiver is not granted."""

    words = WhyField(label=_("What speaks against it"), help_text=_("Goes to who proposed it. At least two words."))


class LimitsForm(forms.Form):
    """How far exceptions may go, and why that changes."""

    longest_extension_days = forms.IntegerField(
        label=_("Longest time that a manager may give at once, in days"), min_value=1, max_value=365
    )
    most_extensions = forms.IntegerField(
        label=_("How often a manager may give more time for the same due day"),
        min_value=0,
        max_value=20,
        help_text=_("One after the other. An administrator may go beyond both, with a reason."),
    )
    longest_waiver_days = forms.IntegerField(label=_("Longest waiver, in days"), min_value=1, max_value=3660)
    reason = WhyField()
    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=0)


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
