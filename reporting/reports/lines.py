"""Comma-separated values, row by row, that no spreadsheet takes for a formula."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from django.http import StreamingHttpResponse
from django.utils.translation import gettext as _

from enrollment.queries.marks import Mark
from reporting.queries.boards import Board
from reporting.rules import export_words, safe_cell

ROWS_A_CHUNK = 200


class _Echo:
    """Hand each line that the writer makes to whoever asked for it."""

    def write(self, line: str) -> str:
        return line


def csv_answer(rows: Iterable[Iterable[Any]], *, name: str) -> StreamingHttpResponse:
    """Answer with a CSV file, written while it is sent. It begins with the mark by which Excel knows UTF-8."""
    answer = StreamingHttpResponse(_chunks(rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    answer["Cache-Control"] = "private, no-store"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def _chunks(rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    waiting = ["\ufeff"]
    for row in rows:
        waiting.append(writer.writerow(row))
        if len(waiting) >= ROWS_A_CHUNK:
            yield "".join(waiting)
            waiting.clear()
    yield "".join(waiting)


def board_rows(board: Board) -> Iterator[list[str]]:
    """Yield the matrix as the screen shows it: a head, then one row a person."""
    head = [_("Name"), _("Employee number"), _("Job role"), _("Site"), _("Department")]
    yield head + [safe_cell(f"{column.code} {column.title}") for column in board.columns]
    missing = _("Not required")
    ids = [column.id for column in board.columns]
    for person in board.people:
        found = board.marks.get(person.id, {})
        cells = [safe_cell(each) for each in person[1:6]]
        yield cells + [_words(mark) if (mark := found.get(course)) else missing for course in ids]


@lru_cache(maxsize=16384)
def _words(mark: Mark) -> str:
    return export_words(mark.status, mark.due_on, mark.valid_until)
