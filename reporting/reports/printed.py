"""Compliance reports as tagged PDFs: what was asked, the numbers, whom to look at, and everyone's standing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.utils.formats import date_format
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from core.pdf import render_pdf
from enrollment.choices import BY_URGENCY, Status
from enrollment.queries.marks import Mark
from reporting.queries.boards import Board, Column
from reporting.rules import PRESSING, percent_current

COURSES_A_TABLE = 11  # as many columns as an A4 page in landscape holds
PEOPLE_AT_MOST = 600  # more would take minutes to lay out; the spreadsheet names everyone


def render_report(board: Board, context: dict[str, Any]) -> bytes:
    """Return the report as PDF/UA-1. Raises core.pdf.PdfUnavailable without Pango."""
    return render_pdf("pdf/report.html", {**context, **printed(board)}, variant="pdf/ua-1")


def printed(board: Board) -> dict[str, Any]:
    """Return what the template prints of a board."""
    is_printed = len(board.people) <= PEOPLE_AT_MOST
    return {
        "organisation": settings.ORGANISATION,
        "version": settings.VERSION,
        "counts": [(status.value, str(status.label), board.counts[status]) for status in BY_URGENCY],
        "percent": percent_current(board.counts),
        "people_count": len(board.people),
        "requirement_count": board.requirement_count,
        "courses": [
            (column, [counts[status] for status in BY_URGENCY], percent_current(counts), sum(counts.values()))
            for column in board.columns
            for counts in (board.counts_of(column),)
        ],
        "statuses": [str(status.label) for status in BY_URGENCY],
        "attention": [line for line in board.lines() if line.mark.status in PRESSING],
        "blocks": [(columns, _rows(board, columns)) for columns in _in_parts(board.columns, COURSES_A_TABLE)]
        if is_printed
        else [],
        "is_printed": is_printed,
    }


def _in_parts(columns: Sequence[Column], size: int) -> list[Sequence[Column]]:
    return [columns[first : first + size] for first in range(0, len(columns), size)]


def _rows(board: Board, columns: Sequence[Column]) -> SafeString:
    """Return the rows of one table, joined: a template would take longer than the drawing."""
    missing = escape(_("not required"))
    rows = []
    for person in board.people:
        found = board.marks.get(person.id, {})
        about = " · ".join(each for each in (person.number, person.title, person.site) if each)
        rows.append(f'<tr><th scope="row">{escape(person.name)}<small>{escape(about)}</small></th>')
        for column in columns:
            mark = found.get(column.id)
            if mark is None:
                rows.append(f'<td class="none">{missing}</td>')
            else:
                rows.append(
                    f'<td class="is-{mark.status.value}"><b>{escape(mark.status.label)}</b><br>{_day(mark)}</td>'
                )
        rows.append("</tr>")
    return SafeString("".join(rows))  # names and words were escaped above


def _day(mark: Mark) -> str:
    if mark.status in (Status.DONE, Status.EXPIRED):
        words = _("to %(day)s") % {"day": date_format(mark.valid_until, "j M Y")} if mark.valid_until else _("no end")
    else:
        words = _("due %(day)s") % {"day": date_format(mark.due_on, "j M Y")} if mark.due_on else _("no day yet")
    return str(escape(words))
