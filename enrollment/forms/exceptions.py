"""What people type about more time and waivers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, BinaryIO, cast

import filetype
from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from core.days import later
from core.forms import DayField, ReasonField
from courses.choices import UploadKind
from courses.uploads import MEGABYTE, MOST_BYTES, Upload, UploadRefused, examine
from enrollment.rules import long_day
from enrollment.rules.exceptions import Due, Limits, new_day, proposed_days, why_not_until, why_not_waived

ANOTHER_DAY = "another"


class WhyField(ReasonField):
    """A reason that may take some lines."""

    widget = forms.Textarea(attrs={"rows": 2})


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
    until = DayField(label=_("New due day"), required=False)
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
        day = self.becomes(later(self.due.counted_from, days))
        return _("{days}: due on {day}").format(days=words, day=long_day(day)) if day else words

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("days") == ANOTHER_DAY and not cleaned.get("until") and "until" not in self.errors:
            self.add_error("until", _("Choose the new due day."))
        if cleaned.get("days") not in (None, ANOTHER_DAY) and cleaned.get("until"):
            self.add_error("until", _("Choose “Another day” for this, or leave it empty."))
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

    first_on = DayField(label=_("First day"))
    last_on = DayField(label=_("Last day"))
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


class WordsForm(forms.Form):
    """What is said with a decision, where nothing has to be said."""

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
