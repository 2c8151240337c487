"""The manager's team: people × required courses, and the same as files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from core.clock import now
from core.ids import ids_in
from core.sheets import csv_answer, xlsx_answer
from core.views import requires
from enrollment.actions.excepting import NobodyChosen, begin_batch
from enrollment.choices import BY_URGENCY, ExceptionKind, Status
from enrollment.queries.exceptions import waivers_of_assignments
from enrollment.rules import short_day
from people.permissions import manager
from reporting.actions import note_export
from reporting.cells import matrix_rows
from reporting.queries.boards import Board, Line
from reporting.queries.kept import kept_team_board
from reporting.reports.lines import board_rows
from reporting.reports.spreadsheets import board_workbook
from reporting.rules import NOT_ASKED, PRESSING, Filters, PersonRow, percent_current
from reporting.views.common import PAGE, address, as_query, chips_for, day_of, filters_from, reader_of, shown
from reporting.words import filter_words

LOOK_FIRST = 3


@requires(manager)
@require_safe
def team(request: HttpRequest) -> HttpResponse:
    """Show where the team stands, whom to look at first, and everyone's standing as matrix or list."""
    at, user = now(), reader_of(request)
    whole = kept_team_board(user, at=at, on=day_of(user, at))
    filters = filters_from(request.GET)
    board = whole.narrowed(filters, manager_id=str(user.pk))
    # The five numbers lead to a status, so they are counted as if none were chosen.
    counted = whole.narrowed(filters.without_status(), manager_id=str(user.pk)) if filters.status else board
    in_list = request.GET.get("view") == "list"
    rows: Sequence[Any] = board.lines(status=filters.status) if in_list else board.people
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    waived = [line.mark.assignment_id for line in page if line.mark.status == Status.WAIVED] if in_list else []
    context = {
        **board_context(board, counted, request=request),
        "whole": whole,
        "board": board,
        "filters": filters,
        "chips": chips_for(request, filters, whole, with_level=True),
        "page": page,
        "in_list": in_list,
        "lines": list(page) if in_list else [],
        "waivers": waivers_of_assignments(waived, on=day_of(user, at)),
        "rows": "" if in_list else matrix_rows(page, board.columns, board.marks),
        "first": [_attention(person, board=counted) for person in counted.most_pressing[:LOOK_FIRST]],
        "views": [
            (_("Matrix"), address(request, view=""), not in_list),
            (_("List"), address(request, view="list"), in_list),
        ],
        "kept": [(name, value) for name, value in request.GET.items() if name not in ("q", "page")],
        "query": urlencode(as_query(filters)),
        "report_query": urlencode({"scope": "team", **as_query(filters)}),
    }
    return shown(request, "reporting/team.html", context, at=at)


def board_context(board: Board, counted: Board, *, request: HttpRequest) -> dict[str, Any]:
    """Return the numbers of a board as the page prints them."""
    order = [status for status in BY_URGENCY if status not in (Status.EXPIRED, *NOT_ASKED) or counted.counts[status]]
    return {
        "counts": {status.value: counted.counts[status] for status in Status},
        "numbers": [(status.value, counted.counts[status], address(request, status=status.value)) for status in order],
        "requirement_count": counted.requirement_count,
        "percent": percent_current(counted.counts),
        "found": ngettext("%(n)s person", "%(n)s people", len(board.people)) % {"n": len(board.people)},
    }


def _attention(person: PersonRow, *, board: Board) -> dict[str, Any]:
    """Say why a person comes first, and of which requirement a reminder would speak: the longest overdue."""
    alone = replace(board, people=(person,))
    pressing = [line for line in alone.lines() if line.mark.status in PRESSING]
    worst = pressing[0]
    return {
        "person": person,
        "url": reverse("reporting:person", args=[person.id]),
        "why": _why(pressing),
        "course": worst.course.title,
        "assignment_id": worst.mark.assignment_id,
    }


def _why(pressing: list[Line]) -> str:
    late = [line.mark.days_late for line in pressing if line.mark.days_late]
    course = pressing[0].course.title
    if len(pressing) == 1 and late:
        words = ngettext("%(course)s overdue %(n)s day", "%(course)s overdue %(n)s days", late[0])
        return words % {"course": course, "n": late[0]}
    if len(pressing) == 1:
        return _("%(course)s expired on %(day)s") % {
            "course": course,
            "day": short_day(pressing[0].mark.valid_until) if pressing[0].mark.valid_until else "",
        }
    parts = []
    if late:
        words = ngettext("%(count)s overdue, up to %(n)s day", "%(count)s overdue, up to %(n)s days", max(late))
        parts.append(words % {"count": len(late), "n": max(late)})
    if expired := len(pressing) - len(late):
        parts.append(ngettext("%(n)s expired", "%(n)s expired", expired) % {"n": expired})
    return ", ".join(parts)


def _exported(request: HttpRequest, *, format: str) -> tuple[Board, Filters, str]:
    """Return the board that a download is of, after writing to the trail that it leaves."""
    at, user = now(), reader_of(request)
    whole = kept_team_board(user, at=at, on=day_of(user, at))
    filters = filters_from(request.GET)
    board = whole.narrowed(filters, manager_id=str(user.pk))
    words = filter_words(filters, whole)
    note_export(what=_("the team matrix"), format=format, rows=len(board.people), filters=words, by=user, at=at)
    return board, filters, words


@requires(manager)
@require_POST
def team_exceptions(request: HttpRequest) -> HttpResponse:
    """Begin an exception for several of the team: those chosen in the list, or all whom its filters show."""
    at, user = now(), reader_of(request)
    filters = filters_from(request.GET)
    if request.POST.get("all"):
        board = kept_team_board(user, at=at, on=day_of(user, at)).narrowed(filters, manager_id=str(user.pk))
        chosen = [line.mark.assignment_id for line in board.lines(status=filters.status)]
    else:
        chosen = request.POST.getlist("assignment")
    kind = request.POST.get("kind", "")
    try:
        batch = begin_batch(
            kind=ExceptionKind(kind) if kind in ExceptionKind.values else ExceptionKind.EXTEND,
            assignment_ids=ids_in(chosen),
            by=user,
            at=at,
        )
    except NobodyChosen as refusal:
        messages.warning(request, str(refusal))
        return redirect(reverse("reporting:team") + "?" + urlencode({"view": "list", **as_query(filters)}))
    return redirect("enrollment:batch", batch.pk)


@requires(manager)
@require_safe
def team_csv(request: HttpRequest) -> HttpResponseBase:
    """Send the matrix as CSV: the same people, courses and standings as the screen with these filters."""
    board, _filters, _words = _exported(request, format="CSV")
    return csv_answer(board_rows(board), name="team")


@requires(manager)
@require_safe
def team_xlsx(request: HttpRequest) -> HttpResponse:
    """Send the matrix as a spreadsheet with typed cells."""
    board, _filters, words = _exported(request, format="XLSX")
    user = reader_of(request)
    head = [(_("Team of"), user.name), (_("Filters"), words or _("none"))]
    return xlsx_answer(board_workbook(board, head=head, at=now(), zone=user.zone_name), name="team")
