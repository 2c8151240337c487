"""Lists that somebody brings as a file, of people or, in higher rooms, of anything else: what they share."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.actions import report_progress
from core.clock import now
from core.models import Job
from people.queries.imports import Stored, file_of
from people.uploads import ACCEPTED, SAMPLE, Cells, Sheet, UploadRefused, data_rows, examine

SECONDS_AT_WORK = 200  # of one job; what is left over is the work of the next, well within the limit of a task


class ListForm(forms.Form):
    """A file with a list; what it really is decides its content, and `sheet` says what was found in it."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        widget=forms.FileInput(attrs={"accept": ACCEPTED}),
        allow_empty_file=True,  # refused below, with words that say what to do
    )
    sheet: Sheet

    def __init__(self, *args: Any, help_text: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].help_text = help_text

    def clean_file(self) -> UploadedFile[Any]:
        file: UploadedFile[Any] = self.cleaned_data["file"]
        try:
            self.sheet = examine(cast(Any, file.file))
        except UploadRefused as refusal:
            raise ValidationError(str(refusal), code="refused") from refusal
        return file


def sample_of(run: Stored) -> list[Cells]:
    """Return the first rows of a list."""
    with file_of(run) as file:
        return [cells for _line, cells in islice(data_rows(file), SAMPLE)]


def rows_with_reasons(run: Stored, reasons: Mapping[int, str]) -> Iterator[list[str]]:
    """Yield the headings of a list, and its rows of these lines as they stand in the file, each with the reason."""
    yield [*run.headings, _("Line"), _("Reason")]
    with file_of(run) as file:
        try:
            for line, cells in data_rows(file):
                if line in reasons:
                    yield [*cells, str(line), reasons[line]]
        except UploadRefused as refusal:
            yield [*[""] * len(run.headings), "", str(refusal)]


def written_in_time(rows: QuerySet[Any], *, job: Job, write: Callable[[], int], words: str) -> bool:
    """Write rows part by part, telling how far that is; say whether it was done before the job had worked enough.

    `write` writes the next part and returns how many rows are left.
    """
    whole, left = rows.count(), rows.filter(is_done=False).count()
    ends = time.monotonic() + SECONDS_AT_WORK
    while left:
        message = words.format(done=whole - left, rows=whole)
        report_progress(job=job, percent=5 + 94 * (whole - left) // whole, message=message, at=now())
        if time.monotonic() > ends:
            return False
        left = write()
    return True
