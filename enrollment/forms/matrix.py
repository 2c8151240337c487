"""What people type and upload about the training matrix."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, BinaryIO
from uuid import UUID

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.days import why_no_day
from core.forms import DayField
from enrollment.queries.matrix import Column
from enrollment.rules.matrix import CellChange
from people.uploads import ACCEPTED, UploadRefused, data_rows, examine, headings_of

_PERIOD = re.compile(r"(\d{4}-\d{2}-\d{2})(?:\s*(?:to|until|/)\s*(\d{4}-\d{2}-\d{2}))?$")
_TICKS = frozenset({"x", "yes", "y", "1", "ja", "oui", "✓", "required"})


class SinceForm(forms.Form):
    """From which day changes of the matrix hold."""

    since = DayField(label=gettext_lazy("From"))


class MatrixFileForm(SinceForm):
    """A file with the matrix, and from which day on its ticks hold."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("XLSX or CSV"),
        widget=forms.FileInput(attrs={"accept": ACCEPTED}),
        allow_empty_file=True,  # refused below, with words that say what to do
        error_messages={"required": gettext_lazy("Choose a file.")},
    )
    field_order = ("file", "since")

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        try:
            examine(file)  # type: ignore[arg-type]
        except UploadRefused as refusal:
            raise forms.ValidationError(str(refusal)) from refusal
        return file


class CellForm(SinceForm):
    """One cell: set from a day until another, or taken away from a day on."""

    requirement = forms.ChoiceField(label=gettext_lazy("Training"))
    do = forms.ChoiceField(
        label=gettext_lazy("Change"),
        choices=[("set", gettext_lazy("is required")), ("take", gettext_lazy("is no longer required"))],
    )
    until = DayField(label=gettext_lazy("Until, if it ends"), required=False)

    def __init__(self, *args: Any, columns: Sequence[Column], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(str(column.id), f"{column.title} (R-{column.number})") for column in columns]
        self.fields["requirement"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and until <= since:
            self.add_error("until", _("It ends after it begins: choose a later day."))
        return cleaned

    def change(self, job_role: UUID) -> CellChange:
        """Return what was typed about a job role."""
        typed = self.cleaned_data
        is_set = typed["do"] == "set"
        until = typed["until"] if is_set else None
        return CellChange(job_role, UUID(typed["requirement"]), is_set, typed["since"], until)


@dataclass(slots=True)
class ReadMatrix:
    """What a file says: changes, and lines that could not be read, in words."""

    changes: list[CellChange] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def read_matrix(file: BinaryIO, *, columns: Sequence[Column], roles: Mapping[str, UUID], since: date) -> ReadMatrix:
    """Read a matrix as it is exported: a row for each job role, a column for each requirement.

    A cell is empty, ticked, a day, or two days. What is empty or ticked holds from `since` on. Raises
    people.uploads.UploadRefused.
    """
    found = ReadMatrix()
    by_number = {column.number: column for column in columns}
    asked: list[Column | None] = []
    for heading in headings_of(file)[1:]:
        number = re.match(r"R-(\d+)\b", heading)
        column = by_number.get(int(number[1])) if number else None
        if column is None:
            found.refused.append(_("There is no column “{heading}” in the matrix.").format(heading=heading))
        asked.append(column)
    seen: set[UUID] = set()
    for line, cells in data_rows(file):
        name = " ".join(cells[0].split())
        role = roles.get(name.casefold())
        if role is None:
            found.refused.append(_("Line {line}: there is no job role “{name}”.").format(line=line, name=name))
        elif role in seen:
            found.refused.append(_("Line {line}: {name} was there already.").format(line=line, name=name))
        else:
            seen.add(role)
            _read_line(found, line, role, zip(asked, cells[1:], strict=False), since)
    return found


def changes_ticked(
    *, columns: Sequence[Column], roles: Iterable[UUID], ticked: Collection[str], was: Collection[str], since: date
) -> list[CellChange]:
    """Return what the grid was made to say: every cell whose tick is another than when it was shown."""
    names = {f"{role}:{column.id}": (role, column.id) for role in roles for column in columns}
    return [
        CellChange(role, what, name in ticked, since)
        for name, (role, what) in names.items()
        if (name in ticked) != (name in was)
    ]


def _read_line(
    found: ReadMatrix, line: int, role: UUID, cells: Iterable[tuple[Column | None, str]], since: date
) -> None:
    for column, text in cells:
        if column is None:
            continue
        word = text.strip()
        if not word:
            found.changes.append(CellChange(role, column.id, False, since))
        elif word.casefold() in _TICKS:
            found.changes.append(CellChange(role, column.id, True, since))
        else:
            try:
                found.changes.append(CellChange(role, column.id, True, *_period(word)))
            except ValueError:
                words = _("Line {line}, R-{number}: “{text}” is no day, such as 2027-01-31.")
                found.refused.append(words.format(line=line, number=column.number, text=word[:40]))


def _period(word: str) -> tuple[date, date | None]:
    days = _PERIOD.match(word)
    if not days:
        raise ValueError(word)
    since = date.fromisoformat(days[1])
    until = date.fromisoformat(days[2]) if days[2] else None
    if why_no_day(since) or (until is not None and (until <= since or why_no_day(until))):
        raise ValueError(word)
    return since, until
