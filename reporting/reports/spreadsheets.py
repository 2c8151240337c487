"""Spreadsheets with typed cells, written row by row so that their size does not matter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import xlsxwriter
from django.conf import settings
from django.utils.translation import gettext as _

from core.components.states import MARKS
from enrollment.choices import BY_URGENCY, Status
from enrollment.queries.marks import Mark
from reporting.queries.boards import Board
from reporting.queries.dossiers import Dossier
from reporting.reports.dossier_tables import dossier_tables
from reporting.rules import export_words, percent_current

OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "default_date_format": "yyyy-mm-dd",
    "remove_timezone": True,
}
ATTENTION = (Status.LATE, Status.EXPIRED, Status.SOON)
PEOPLE_BETWEEN_NEWS = 50

Progress = Callable[[int], None]  # how many people are written


def board_workbook(
    board: Board,
    *,
    head: Sequence[tuple[str, str]],
    at: datetime,
    zone: str,
    progress: Progress | None = None,
    dossier: Dossier | None = None,
) -> bytes:
    """Return a board as a workbook: what it is, courses in sum, people × courses, and one row a requirement.

    With a dossier the other parts of that person's record follow, a sheet each.
    """
    stream = BytesIO()
    with xlsxwriter.Workbook(stream, OPTIONS) as book:
        book.set_properties({"author": settings.ORGANISATION, "comments": f"Attest {settings.VERSION}", "created": at})
        sheets = _Sheets(book)
        local = at.astimezone(ZoneInfo(zone))
        facts = [(_("Organisation"), settings.ORGANISATION), *head]
        facts.append((_("Numbers as of"), f"{local:%Y-%m-%d %H:%M:%S} {local.tzname()} (UTC{local:%z})"))
        sheets.about(board, facts)
        sheets.courses(board)
        sheets.matrix(board, progress)
        sheets.requirements(board)
        if dossier is not None:
            for title, names, rows in dossier_tables(dossier):
                sheets.table(title, names, rows)
    return stream.getvalue()


class _Sheets:
    """The sheets of one workbook; each row is written once and in order."""

    def __init__(self, book: Any) -> None:
        self.book = book
        self.bold = book.add_format({"bold": True})
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "bottom"})
        self.day = book.add_format({"num_format": "yyyy-mm-dd", "align": "left"})
        self.instant = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss", "align": "left"})
        self.marked = {status: book.add_format({"font_color": MARKS[status.value]}) for status in ATTENTION}

    def about(self, board: Board, facts: Iterable[tuple[str, str]]) -> None:
        """What this file is, and its numbers in sum."""
        sheet = self._sheet(_("About"), [(0, 28), (1, 60)])
        sheet.write_string(0, 0, _("Compliance"), self.title)
        line = 2
        for name, words in facts:
            sheet.write_string(line, 0, name, self.bold)
            sheet.write_string(line, 1, words)
            line += 1
        numbers: list[tuple[str, int]] = [
            (_("People"), len(board.people)),
            (_("Requirements"), board.requirement_count),
        ]
        numbers += [(str(status.label), board.counts[status]) for status in BY_URGENCY]
        percent = percent_current(board.counts)
        if percent is not None:
            numbers.append((_("Percent current"), percent))
        for name, number in numbers:
            sheet.write_string(line, 0, name, self.bold)
            sheet.write_number(line, 1, number)
            line += 1

    def courses(self, board: Board) -> None:
        """How people stand with each course."""
        sheet = self._sheet(_("Courses"), [(0, 14), (1, 48), (2, 12)])
        self._head(
            sheet,
            [_("Code"), _("Course"), _("People"), *(str(status.label) for status in BY_URGENCY), _("Percent current")],
        )
        for line, column in enumerate(board.columns, start=1):
            counts = board.counts_of(column)
            sheet.write_string(line, 0, column.code)
            sheet.write_string(line, 1, column.title)
            sheet.write_number(line, 2, sum(counts.values()))
            for place, status in enumerate(BY_URGENCY, start=3):
                sheet.write_number(line, place, counts[status])
            sheet.write_number(line, 3 + len(BY_URGENCY), percent_current(counts) or 0)

    def matrix(self, board: Board, progress: Progress | None) -> None:
        """People × courses, as the screen shows them."""
        sheet = self._sheet(
            _("People"),
            [(0, 26), (1, 14), (2, 22), (3, 14), (4, 20), *((5 + n, 30) for n in range(len(board.columns)))],
        )
        names = [_("Name"), _("Employee number"), _("Job role"), _("Site"), _("Department")]
        self._head(sheet, names + [f"{column.code} {column.title}" for column in board.columns], freeze=1)
        for line, person in enumerate(board.people, start=1):
            for place, words in enumerate(person[1:6]):
                sheet.write_string(line, place, words)
            found = board.marks.get(person.id, {})
            for place, column in enumerate(board.columns, start=5):
                mark = found.get(column.id)
                words = export_words(mark.status, mark.due_on, mark.valid_until) if mark else _("Not required")
                sheet.write_string(line, place, words, self.marked.get(mark.status) if mark else None)
            if progress and line % PEOPLE_BETWEEN_NEWS == 0:
                progress(line)

    def requirements(self, board: Board) -> None:
        """One row for each requirement of each person, with dates that can be sorted and filtered."""
        sheet = self._sheet(
            _("Requirements"),
            [(0, 26), (1, 14), (2, 22), (3, 14), (4, 20), (5, 14), (6, 48), (7, 14), (8, 12), (9, 12), (10, 10)],
        )
        names = [_("Name"), _("Employee number"), _("Job role"), _("Site"), _("Department"), _("Code"), _("Course")]
        self._head(sheet, [*names, _("Status"), _("Due"), _("Valid until"), _("Days late")], freeze=1)
        lines = board.lines()
        for line, (person, course, mark) in enumerate(lines, start=1):
            words = (
                person.name,
                person.number,
                person.title,
                person.site,
                person.department,
                course.code,
                course.title,
            )
            for place, word in enumerate(words):
                sheet.write_string(line, place, word)
            self._standing(sheet, line, mark)
        sheet.autofilter(0, 0, len(lines), 10)

    def table(self, title: str, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Write a sheet of plain rows; each value keeps its type."""
        sheet = self._sheet(title, [(place, 24) for place in range(len(names))])
        self._head(sheet, names, freeze=1)
        for line, row in enumerate(rows, start=1):
            for place, value in enumerate(row):
                if isinstance(value, datetime):
                    sheet.write_datetime(line, place, value.astimezone(UTC).replace(tzinfo=None), self.instant)
                elif isinstance(value, date):
                    self._day(sheet, line, place, value)
                elif isinstance(value, int | Decimal):
                    sheet.write_number(line, place, value)
                elif value is not None:
                    sheet.write_string(line, place, str(value))

    def _standing(self, sheet: Any, line: int, mark: Mark) -> None:
        sheet.write_string(line, 7, str(mark.status.label), self.marked.get(mark.status))
        self._day(sheet, line, 8, mark.due_on)
        self._day(sheet, line, 9, mark.valid_until)
        if mark.days_late:
            sheet.write_number(line, 10, mark.days_late)

    def _day(self, sheet: Any, line: int, place: int, day: date | None) -> None:
        if day is not None:
            sheet.write_datetime(line, place, datetime(day.year, day.month, day.day), self.day)  # noqa: DTZ001  a cell has no zone

    def _sheet(self, name: str, widths: Iterable[tuple[int, int]]) -> Any:
        sheet = self.book.add_worksheet(name)
        for place, width in widths:
            sheet.set_column(place, place, width)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.set_footer(f"&L{settings.ORGANISATION.replace('&', '&&')}&RPage &P of &N")
        return sheet

    def _head(self, sheet: Any, names: Iterable[str], *, freeze: int = 0) -> None:
        for place, name in enumerate(names):
            sheet.write_string(0, place, name, self.head)
        sheet.freeze_panes(1, freeze)
