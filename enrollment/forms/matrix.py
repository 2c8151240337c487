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
from openpyxl.utils import get_column_letter

from core.columns import SHOWN_LETTERS
from core.forms import DayField
from enrollment.queries.matrix import Column
from enrollment.rules.matrix import CellChange, read_cell
from people.uploads import ACCEPTED, UploadRefused, data_rows, examine, headings_of


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
    until = DayField(
        label=gettext_lazy("Until, if it ends"),
        required=False,
        help_text=gettext_lazy("The first day on which it is required no longer."),
    )

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
    asked = _columns_asked(found, headings_of(file)[1:], columns)
    seen: dict[UUID, int] = {}
    for line, cells in data_rows(file):
        name = " ".join(cells[0].split())
        role = roles.get(name.casefold())
        if not name:
            found.refused.append(_("Line {line}: the first cell is empty. It names the job role.").format(line=line))
        elif role is None:
            words = _("Line {line}: there is no job role “{name}”.")
            found.refused.append(words.format(line=line, name=name[:SHOWN_LETTERS]))
        elif role in seen:
            words = _("Line {line}: {name} stands on line {first} already, which counts.")
            found.refused.append(words.format(line=line, name=name, first=seen[role]))
        else:
            seen[role] = line
            _read_line(found, line, role, zip(asked, cells[1:], strict=False), since)
    return found


def _columns_asked(found: ReadMatrix, headings: Sequence[str], columns: Sequence[Column]) -> list[Column | None]:
    """Return the column of the matrix that each heading names, or none where it names none, which is told."""
    by_number = {column.number: column for column in columns}
    asked: list[Column | None] = []
    for place, heading in enumerate(headings, start=2):
        number = re.match(r"R-(\d+)\b", heading)
        column = by_number.get(int(number[1])) if number else None
        words = ""
        if number is None:
            words = _("Column {place}, “{heading}”: it begins with no number of a requirement, such as R-12.")
        elif column is None:
            words = _("Column {place}, “{heading}”: the matrix has no column {number} that you may change.")
        elif column in asked:
            words = _("Column {place}, “{heading}”: {number} is in column {first} already, which counts.")
        if words:
            first = get_column_letter(asked.index(column) + 2) if column in asked else ""
            said = {"heading": heading[:SHOWN_LETTERS], "number": number and number[0], "first": first}
            found.refused.append(words.format(place=get_column_letter(place), **said))
            column = None
        asked.append(column)
    return asked


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
        try:
            is_set, begins, ends = read_cell(text, since)
        except ValueError as fault:
            words = _("Line {line}, R-{number}: {fault}")
            found.refused.append(words.format(line=line, number=column.number, fault=fault))
        else:
            found.changes.append(CellChange(role, column.id, is_set, begins, ends))
