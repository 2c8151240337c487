"""What people type about what is done for several at once: a list of them, and what they get."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, BinaryIO, cast
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from core.forms import DayField
from enrollment.forms.exceptions import WhyField
from enrollment.rules.joining import why_not_wished
from enrollment.rules.listing import ListRow, rows_of_text
from people.models import Site
from people.uploads import ACCEPTED, UploadRefused, every_row

MOST_PEOPLE = 5000

Options = Sequence[tuple[str, str]]


class PeopleListForm(forms.Form):
    """Whom a list names, pasted or as a file, and where the kind needs it, what it is about."""

    not_called_optional = ("text", "file")
    of = forms.ChoiceField(label=_("Training"))
    text = forms.CharField(
        label=_("Employee numbers or e-mail addresses"),
        help_text=_("One person a line. What else stands on a line, such as a name, does not matter."),
        required=False,
        max_length=500_000,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}),
    )
    file = forms.FileField(
        label=_("Or a file"),
        help_text=_("CSV or XLSX, at most 5,000 people."),
        required=False,
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ACCEPTED}),
    )
    rows: Sequence[ListRow] = ()

    def __init__(self, asked: Any = None, files: Any = None, *, about: str, options: Options) -> None:
        """Offer what the list may be about; `about` names it, and is empty where the list is all that is needed."""
        super().__init__(asked, files)
        if not about:
            del self.fields["of"]
            return
        field = self.fields["of"]
        field.label = about
        field.choices = [("", _("choose one")), *options]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        file = cleaned.get("file")
        rows = self._in_file(file) if isinstance(file, UploadedFile) else list(rows_of_text(cleaned.get("text") or ""))
        if len(rows) > MOST_PEOPLE:
            raise ValidationError(_("The list has more than 5,000 lines. Send it in parts."), code="too_many")
        if not rows and not self.errors:
            self.add_error("text", _("Paste at least one employee number or e-mail address, or choose a file."))
        self.rows = rows
        return cleaned

    def _in_file(self, file: UploadedFile) -> list[ListRow]:
        try:
            return [ListRow(line, cells) for line, cells in every_row(cast(BinaryIO, file.file), most=MOST_PEOPLE + 1)]
        except UploadRefused as refusal:
            self.add_error("file", str(refusal))
            return []


class RequireForm(forms.Form):
    """Which training is required of people by name, by when, and why."""

    course = forms.ChoiceField(label=_("Training"))
    due_on = DayField(label=_("Due day"), help_text=_("It ends at midnight at each person's site."))
    site = forms.ChoiceField(label=_("Site"), required=False)
    reason = WhyField()

    def __init__(self, asked: Any = None, *, courses: Options, sites: frozenset[UUID] | None, today: date) -> None:
        """Offer courses; an administrator of some sites does it at one of them."""
        super().__init__(asked)
        self.today = today
        self.fields["course"].choices = [("", _("choose a training")), *courses]  # type: ignore[attr-defined]
        if sites is None:
            del self.fields["site"]
        else:
            named = Site.objects.filter(pk__in=sites).order_by("name").values_list("pk", "name")
            self.fields["site"].choices = [(str(pk), name) for pk, name in named]  # type: ignore[attr-defined]
            self.fields["site"].required = True

    def clean_due_on(self) -> date:
        day: date = self.cleaned_data["due_on"]
        refusal = why_not_wished(day, today=self.today)
        if refusal:
            raise ValidationError(refusal, code="day")
        return day

    @property
    def terms(self) -> dict[str, Any]:
        """What is required of each."""
        typed = self.cleaned_data
        return {
            "course": typed["course"],
            "due_on": typed["due_on"],
            "site": typed.get("site") or None,
            "reason": typed["reason"],
        }


class ForAllForm(forms.Form):
    """Why it is done for all of them."""

    reason = WhyField()

    @property
    def terms(self) -> dict[str, Any]:
        """What holds for each."""
        return {"reason": self.cleaned_data["reason"]}
