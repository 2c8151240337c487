"""Sessions with a date: what comes, one of them, a seat in it, and who has one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.clock import now
from core.components.times import moment_words
from core.sheets import csv_answer
from core.views import requires
from enrollment.actions import planning, seating
from enrollment.calendar import calendar_of
from enrollment.choices import LEADS_SESSIONS, PlannedState, SeatState
from enrollment.models import PlannedSession, Seat
from enrollment.permissions import (
    may_plan,
    planned_run_by,
    planned_seen_by,
    rosters_readable_by,
    seats_readable_by,
    seats_removable_by,
    sessions_readable_by,
)
from enrollment.queries import course_titles
from enrollment.queries.planned import (
    Clash,
    asked_of,
    clashes,
    in_rows,
    is_offered,
    open_seat,
    planned_matching,
    planned_with,
    why_not_for,
)
from enrollment.rules.meetings import soon_words
from enrollment.rules.seats import (
    line_words,
    place_in_line,
    why_no_change,
    why_no_seat,
    why_not_held,
)
from enrollment.views.claims import may_verify
from enrollment.views.completions import tabs_of, waiting_for
from enrollment.views.session_lines import SEAT_GLYPHS, lines_of
from people.models import User
from people.permissions import overseer, signed_in
from people.requests import PersonRequest

PAGE = 25
SIGNED_ON_A_SHEET = 4  # days beside each other


@dataclass(frozen=True, slots=True)
class RosterLine:
    """Somebody who has a seat, or waits for one."""

    seat: Seat
    glyph: str
    word: str
    may_remove: bool


@requires(overseer)
@require_safe
def planned_sessions(request: PersonRequest) -> HttpResponse:
    """Sessions that come, or that were, in the order of their days."""
    at, in_past = now(), "past" in request.GET
    request.section = "enrollment:completions"
    over = Q(ends_at__lte=at) | ~Q(state=PlannedState.PLANNED)
    q = request.GET.get("q", "").strip()[:100]
    theirs = planned_with(planned_matching(planned_seen_by(request.user), q))
    over_ones, coming = theirs.filter(over), theirs.exclude(over)
    found = over_ones.order_by("-starts_at", "pk") if in_past else coming.order_by("starts_at", "pk")
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    count = page.paginator.count
    context = {
        "page": page,
        "lines": lines_of(page, reader=request.user),
        "in_past": in_past,
        "q": q,
        "kept": [("past", "1")] if in_past else [],
        "found": ngettext("{count} session", "{count} sessions", count).format(count=count),
        "tabs": tabs_of(*waiting_for(request.user), current="planned"),
        "may_plan": may_plan(request.user),
    }
    return render(request, "enrollment/planned/list.html", context)


@requires(signed_in)
@require_safe
def planned(request: PersonRequest, planned_id: UUID) -> HttpResponse:
    """One session: when, where, by whom, one's own seat, and for who may read it who else has one."""
    return _page(request, seen(request, planned_id))


def _page(request: PersonRequest, session: PlannedSession, *, refusal: str = "") -> HttpResponse:
    at, user = now(), request.user
    [line] = lines_of([session], reader=user)
    own, asked, days = open_seat(session, user), asked_of(session), session.spans
    leads = session.led_by_id == user.pk
    runs = planned_run_by(user).filter(pk=session.pk).exists()
    reads = runs or rosters_readable_by(user).filter(pk=session.pk).exists()
    has_begun, is_last_begun = session.starts_at <= at, days[-1].starts_at <= at
    shows_roster = reads or overseer(user)
    request.section = _section(user, session) if shows_roster else "enrollment:training"
    if leads:
        request.session.setdefault(LEADS_SESSIONS, True)
    is_open = session.state == PlannedState.PLANNED and not has_begun
    why_not = "" if own or leads else _why_no_seat(session, user, has_begun=has_begun)
    roster = roster_of(session, user, at=at) if shows_roster else []
    is_void = session.record is not None and session.record.state in planning.VOID
    why_unheld = why_not_held(session.state, has_begun=is_last_begun, is_record_void=is_void, days=len(days))
    place = place_in_line(asked, own.pk) if own else 0
    is_coming = session.state == PlannedState.PLANNED and session.ends_at > at
    context = {
        "session": session,
        "line": line,
        "own": own,
        "leads": leads,
        "place": line_words(place) if place else "",
        "is_full": not why_not and session.capacity is not None and len(asked) >= session.capacity,
        "why_not": why_not,
        "over": why_no_seat(session.state, has_begun=has_begun),
        "is_locked": why_not and is_open,
        "may_give_up": own is not None and is_open,
        "soon": soon_words(days, at=own.taken_at) if own and own.taken_at else "",
        "clashes": clashes(user, days, but=session.pk) if is_coming else [],
        "trainer_clashes": _clashes_of_trainer(session) if is_coming and runs and not leads else [],
        "shows_link": bool(session.link) and (reads or (own is not None and own.state == SeatState.TAKEN)),
        "roster": roster,
        "may_remove": any(each.may_remove for each in roster),
        "shows_roster": shows_roster,
        "others": len(asked) - len(roster) if shows_roster else 0,
        "reads": reads,
        "may_change": runs and not why_no_change(session.state, has_begun=is_last_begun),
        "may_cancel": runs and is_open,
        "may_plan_again": runs and may_plan(user),
        "may_seat": may_plan(user) and is_open,
        "may_record": runs and may_verify(user) and not why_unheld,
        "is_for_others": runs and not may_verify(user) and not why_unheld,
        "record": session.record,
        "may_open_record": session.record is not None
        and overseer(user)
        and sessions_readable_by(user, on=at.date()).filter(pk=session.record.pk).exists(),
        "refusal": refusal,
        "trail": _trail(user, session, line.title),
    }
    return render(request, "enrollment/planned/session.html", context, status=409 if refusal else 200)


def _clashes_of_trainer(session: PlannedSession) -> list[Clash]:
    """Return the sessions that the trainer leads at the same time; where else they learn is their own business."""
    if session.led_by is None:
        return []
    return [each for each in clashes(session.led_by, session.spans, but=session.pk) if each.leads]


@requires(signed_in)
@require_POST
def take(request: PersonRequest, planned_id: UUID) -> HttpResponse:
    """Take a seat, or wait for one."""
    session = seen(request, planned_id)
    try:
        seat = seating.take_seat(session=session, by=request.user, at=now())
    except seating.SeatRefused as refused:
        if open_seat(session, request.user):  # the same form twice
            return redirect("enrollment:planned", session.pk)
        return _page(request, session, refusal=str(refused))
    if seat.state == SeatState.TAKEN:
        messages.success(request, _("You have a seat."))
    else:
        place = line_words(place_in_line(asked_of(session), seat.pk))
        messages.success(request, _("You are {place}. You hear when a seat becomes free.").format(place=place))
    return redirect("enrollment:planned", session.pk)


@requires(signed_in)
@require_http_methods(["GET", "HEAD", "POST"])
def give_up(request: PersonRequest, planned_id: UUID) -> HttpResponse:
    """Give up one's own seat, or wait no longer."""
    at, session = now(), seen(request, planned_id)
    if not Seat.objects.filter(session=session, user=request.user).exists():
        raise Http404("no seat of this person")
    own, refusal = open_seat(session, request.user), ""
    back = reverse("enrollment:planned", args=[session.pk])
    if own is None:
        messages.info(request, _("You have no seat in this session."))
        return redirect(back)
    if request.method == "POST":
        try:
            seating.give_up_seat(session=session, by=request.user, at=at)
        except seating.SeatRefused as refused:
            refusal = str(refused)
        else:
            words = _("You gave up your seat.") if own.state == SeatState.TAKEN else _("You wait no longer.")
            messages.success(request, words)
            return redirect(back)
    [line] = lines_of([session], reader=request.user)
    context = {"session": session, "line": line, "own": own, "refusal": refusal, "back": back}
    return render(request, "enrollment/planned/give_up.html", context, status=409 if refusal else 200)


@requires(signed_in)
@require_safe
def session_ics(request: PersonRequest, planned_id: UUID) -> HttpResponse:
    """The session for one's own calendar program."""
    session = seen(request, planned_id)
    titles = course_titles([session.course_id])
    if session.led_by_id == request.user.pk:
        body = calendar_of([], titles, led=[session])
    else:
        own = open_seat(session, request.user) or Seat(
            session=session, state=SeatState.WAITING, asked_at=session.planned_at
        )
        own.session = session
        body = calendar_of([], titles, seats=[own])
    answer = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="session-{session.starts_at:%Y-%m-%d}.ics"'
    return answer


@requires(signed_in)
@require_safe
def roster_csv(request: PersonRequest, planned_id: UUID) -> HttpResponseBase:
    """Who has a seat and who waits, as on the page."""
    session = _with_roster(request, planned_id)
    rows: list[Sequence[Any]] = [
        (_("Person"), _("Employee number"), _("State"), _("Since"), _("Given by")),
        *(
            (
                each.seat.user.name,
                each.seat.user.employee_number,
                each.word,
                moment_words(each.seat.asked_at),
                each.seat.asked_by.name,
            )
            for each in roster_of(session, request.user, at=now())
        ),
    ]
    return csv_answer(rows, name=f"session-{session.starts_at:%Y-%m-%d}")


@requires(signed_in)
@require_safe
def sign_in_sheet(request: PersonRequest, planned_id: UUID) -> HttpResponse:
    """A sheet to print, on which whoever comes signs."""
    session = _with_roster(request, planned_id)
    [line] = lines_of([session], reader=request.user)
    seated = [each for each in roster_of(session, request.user, at=now()) if each.seat.state == SeatState.TAKEN]
    context = {
        "session": session,
        "line": line,
        "seated": seated,
        "spare": range(3),
        "columns": columns_of(session),
        "printed_at": now(),
        "trail": _trail(request.user, session, line.title, _("Sign-in sheet")),
    }
    return render(request, "enrollment/planned/sheet.html", context)


def seen(request: PersonRequest, planned_id: UUID) -> PlannedSession:
    """Return a session that exists for this person; to anyone else it does not."""
    return get_object_or_404(planned_with(planned_seen_by(request.user)), pk=planned_id)


def roster_of(session: PlannedSession, reader: User, *, at: datetime) -> list[RosterLine]:
    """Return who has a seat and who waits, as far as this person may read it."""
    seats = in_rows(seats_readable_by(reader, session=session, on=at.date()))
    removable: set[UUID] = set()
    if session.state == PlannedState.PLANNED and session.starts_at > at:
        removable = set(seats_removable_by(reader, session=session, on=at.date()).values_list("pk", flat=True))
    asked, lines = asked_of(session), []
    for seat in seats:
        place = place_in_line(asked, seat.pk)
        word = line_words(place) if place else str(SeatState(seat.state).label)
        lines.append(RosterLine(seat, SEAT_GLYPHS[seat.state], word, seat.pk in removable))
    return lines


def columns_of(session: PlannedSession) -> list[list[str]]:
    """Return the columns of a sign-in sheet in which people sign, one for each day, as many as fit a page beside it."""
    zone = session.site.zone
    days = [each.starts_at.astimezone(zone) for each in session.spans]
    if len(days) == 1:
        return [[_("Signature")]]
    named = [_("Signature, {day}").format(day=date_format(each, "j M")) for each in days]
    return [named[start : start + SIGNED_ON_A_SHEET] for start in range(0, len(named), SIGNED_ON_A_SHEET)]


def _with_roster(request: PersonRequest, planned_id: UUID) -> PlannedSession:
    found = get_object_or_404(planned_with(rosters_readable_by(request.user)), pk=planned_id)
    request.section = _section(request.user, found)
    return found


def _section(user: User, session: PlannedSession) -> str:
    """Return under which page of the navigation a session lies for somebody who reads who has a seat in it."""
    if overseer(user):
        return "enrollment:completions"
    return "enrollment:led_sessions" if session.led_by_id == user.pk else "enrollment:training"


def _why_no_seat(session: PlannedSession, user: User, *, has_begun: bool) -> str:
    refusal = why_no_seat(session.state, has_begun=has_begun)
    if refusal:
        return refusal
    offered = is_offered(session.course)
    return why_no_seat(session.state, has_begun=False, is_offered=offered, not_for=why_not_for(session.course, user))


def _trail(user: User, session: PlannedSession, title: str, *more: str) -> list[tuple[str, str]]:
    """Return the way to a session, or to a part of it that `more` names."""
    if overseer(user):
        way = [
            (_("Completions"), reverse("enrollment:completions")),
            (_("Planned sessions"), reverse("enrollment:planned_sessions")),
        ]
    elif session.led_by_id == user.pk:
        way = [(_("Sessions that I lead"), reverse("enrollment:led_sessions"))]
    else:
        way = [(_("My training"), reverse("enrollment:training"))]
    here = reverse("enrollment:planned", args=[session.pk]) if more else ""
    return [*way, (title, here), *((part, "") for part in more)]
