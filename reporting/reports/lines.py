"""The matrix as lines of a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from enrollment.queries.marks import Mark
from reporting.queries.boards import Board
from reporting.rules import export_words


def board_rows(board: Board) -> Iterator[list[str]]:
    """Yield the matrix as the screen shows it: a head, then one row a person."""
    head = [_("Name"), _("Employee number"), _("Job role"), _("Site"), _("Department")]
    yield head + [f"{column.code} {column.title}" for column in board.columns]
    missing = _("Not required")
    ids = [column.id for column in board.columns]
    language = get_language()
    for person in board.people:
        found = board.marks.get(person.id, {})
        yield list(person[1:6]) + [_words(mark, language) if (mark := found.get(course)) else missing for course in ids]


@lru_cache(maxsize=16384)
def _words(mark: Mark, language: str | None) -> str:
    """Say a cell in full; `language` keeps the cache apart."""
    return export_words(mark.status, mark.due_on, mark.valid_until)
