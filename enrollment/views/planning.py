"""Planning sessions: new ones, changes, cancelling, seating people and taking them off."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from core.clock import now
from core.once import form_id, made_once
from core.views import requires
from enrollment.actions import planning, seating
from enrollment.choices import SeatState
from enrollment.forms.elsewhere import MOST_BOXES
from enrollment.forms.planned import OffForm, PlanForm, SeatForm
from enrollment.models import PlannedSession, Seat
from enrollment.models.planned import OPEN_SEATS
from enrollment.permissions import may_plan, planned_run_by, planning_sites_of, seatable_by, seats_removable_by
from enrollment.queries.planned import planned_with
from enrollment.rules import day_in
from enrollment.rules.seats import why_no_change
from enrollment.views.planned import seen
from enrollment.views.session_lines import lines_of
from people.models import Site, User
from people.permissions import signed_in
from people.queries import reports_of
from people.requests import PersonRequest

either = require_http_methods(["GET", "HEAD", "POST"])


@requires(may_plan)
@either
def new_planned(request: PersonRequest) -> HttpResponse:
    """Plan a session."""
    at, user = now(), request.user
    id, theirs = form_id(request.POST), PlannedSession.objects.filter(planned_by=user)
    if theirs.filter(pk=id).exists():  # the same form twice
        return redirect("enrollment:planned", id)
    form = _form(request, at=at, initial=_first_values(user, at=at, course=request.GET.get("course", "")))
    if form.is_valid():
        try:
            made, _is_new = made_once(
                id=id,
                among=theirs,
                make=lambda: planning.plan_session(
                    id=id, course=form.cleaned_data["course"], terms=form.terms, by=user, at=at
                ),
            )
        except planning.PlanRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Planned. It stands on the page of the training."))
            return redirect("enrollment:planned", made.pk)
    listed = reverse("enrollment:planned_sessions")
    context = {"form": form, "id": id, "back": listed, "trail": [(_("Planned sessions"), listed), (_("New"), "")]}
    request.section = "enrollment:completions"
    return render(request, "enrollment/planned/edit.html", context, status=422 if form.is_bound else 200)


@requires(signed_in)
@either
def change_planned(request: PersonRequest, planned_id: UUID) -> HttpResponse:
    """Change a session whose last day has not begun."""
    at, session = now(), run_by(request, planned_id)
    back = reverse("enrollment:planned", args=[session.pk])
    if _is_too_late(request, session, at=at, begins_at=session.spans[-1].starts_at):
        return redirect(back)
    form = _form(request, at=at, session=session, initial=_values_of(session))
    if form.is_valid():
        try:
            planning.change_session(session=session, terms=form.terms, seen_at=form.seen_at, by=request.user, at=at)
        except planning.PlanRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Saved. Whoever has a seat was told what is different."))
            return redirect(back)
    [line] = lines_of([session], reader=request.user)
    listed = reverse("enrollment:planned_sessions")
    context = {
        "form": form,
        "session": session,
        "line": line,
        "back": back,
        "trail": [(_("Planned sessions"), listed), (line.title, back), (_("Change"), "")],
    }
    request.section = "enrollment:completions"
    return render(request, "enrollment/planned/edit.html", context, status=422 if form.is_bound else 200)


@requires(signed_in)
@either
def cancel_planned(request: PersonRequest, planned_id: UUID) -> HttpResponse:
    """Cancel a session that has not begun, with a reason."""
    at, session = now(), run_by(request, planned_id)
    back, refusal = reverse("enrollment:planned", args=[session.pk]), ""
    if _is_too_late(request, session, at=at):
        return redirect(back)
    form = OffForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            planning.cancel_session(session=session, by=request.user, at=at, reason=form.cleaned_data["reason"])
        except planning.PlanRefused as refused:
            refusal = str(refused)
        else:
            messages.success(request, _("Cancelled. Whoever had a seat or waited was told."))
            return redirect(back)
    [line] = lines_of([session], reader=request.user)
    context = {"session": session, "line": line, "form": form, "refusal": refusal, "back": back}
    return render(request, "enrollment/planned/cancel.html", context, status=422 if form.is_bound else 200)


@requires(may_plan)
@either
def seat_people(request: PersonRequest, planned_id: UUID) -> HttpResponse:
    """Give people of one's own seats in a session."""
    at, user, session = now(), request.user, seen(request, planned_id)
    back = reverse("enrollment:planned", args=[session.pk])
    if _is_too_late(request, session, at=at):
        return redirect(back)
    known = seatable_by(user, on=at.date())
    have = Seat.objects.filter(session=session, state__in=OPEN_SEATS).values("user")
    reports = reports_of(manager=user, on=at.date()).values("pk")
    team = list(known.filter(pk__in=reports).exclude(pk__in=have).order_by("name")[:MOST_BOXES])
    form = SeatForm(request.POST if request.method == "POST" else None, team=team, known=known)
    refusal = ""
    if form.is_valid():
        try:
            seats = seating.seat_people(session=session, user_ids=form.user_ids, by=user, at=at)
        except seating.SeatRefused as refused:
            refusal = str(refused)
        else:
            messages.success(request, _outcome(seats))
            return redirect(back)
    [line] = lines_of([session], reader=user)
    context = {"session": session, "line": line, "form": form, "refusal": refusal, "back": back}
    return render(request, "enrollment/planned/seat.html", context, status=422 if form.is_bound else 200)


@requires(signed_in)
@either
def remove_seat(request: PersonRequest, planned_id: UUID, seat_id: UUID) -> HttpResponse:
    """Take somebody off a session, with a reason."""
    at, session = now(), seen(request, planned_id)
    removable = seats_removable_by(request.user, session=session, on=at.date())
    seat = get_object_or_404(removable.select_related("user"), pk=seat_id)
    back, refusal = reverse("enrollment:planned", args=[session.pk]), ""
    if _is_too_late(request, session, at=at):
        return redirect(back)
    if seat.state not in OPEN_SEATS:
        messages.info(request, _("They have no seat in this session any more."))
        return redirect(back)
    form = OffForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            seating.remove_seat(seat=seat, by=request.user, at=at, reason=form.cleaned_data["reason"])
        except seating.SeatRefused as refused:
            refusal = str(refused)
        else:
            messages.success(request, _("{name} was told.").format(name=seat.user.name))
            return redirect(back)
    [line] = lines_of([session], reader=request.user)
    context = {"session": session, "line": line, "seat": seat, "form": form, "refusal": refusal, "back": back}
    return render(request, "enrollment/planned/remove.html", context, status=422 if form.is_bound else 200)


def run_by(request: PersonRequest, planned_id: UUID) -> PlannedSession:
    """Return a session that this person runs; to anyone else it does not exist."""
    return get_object_or_404(planned_with(planned_run_by(request.user)), pk=planned_id)


def _is_too_late(
    request: PersonRequest, session: PlannedSession, *, at: datetime, begins_at: datetime | None = None
) -> bool:
    """Say, also to the reader, whether a session has begun (or its day that does then) or is over."""
    refusal = why_no_change(session.state, has_begun=(begins_at or session.starts_at) <= at)
    if refusal:
        messages.info(request, refusal)
    return bool(refusal)


def _form(
    request: PersonRequest, *, at: datetime, initial: dict[str, Any], session: PlannedSession | None = None
) -> PlanForm:
    user, known_ids, sites = request.user, [request.user.pk], planning_sites_of(request.user)
    if session is not None:
        sites |= Site.objects.filter(pk=session.site_id)
        known_ids += [session.led_by_id] if session.led_by_id else []
    known = seatable_by(user, on=at.date()) | User.objects.filter(pk__in=known_ids)
    return PlanForm(
        request.POST if request.method == "POST" else None,
        sites=sites,
        known=known,
        session=session,
        asked_at=at,
        zone=user.zone_name,
        initial=initial,
    )


def _first_values(user: User, *, at: datetime, course: str) -> dict[str, Any]:
    """Return what a new session says at first: where the planner works, a week from now, led by themselves."""
    held = user.position_on(day_in(user.zone_name, at))
    day = day_in(user.zone_name, at) + timedelta(days=7)
    return {"course": course, "site": held.site_id if held else None, "day": day, "trainer": user.name}


def _values_of(session: PlannedSession) -> dict[str, Any]:
    zone = ZoneInfo(session.site.time_zone)
    first, *more = (
        {"day": each.starts_at.astimezone(zone).date(),
         "begins": each.starts_at.astimezone(zone).time(), "ends": each.ends_at.astimezone(zone).time()}
        for each in session.spans
    )  # fmt: skip
    later = {f"{part}_{number}": value for number, day in enumerate(more, 2) for part, value in day.items()}
    return {
        "site": session.site_id,
        **first,
        "place": session.place,
        "link": session.link,
        "trainer": "" if session.led_by else session.trainer,
        "trainer_number": session.led_by.employee_number if session.led_by else "",
        "capacity": session.capacity,
        "words": session.words,
        **later,
        "seen": session.changed_at.isoformat() if session.changed_at else "",
    }


def _outcome(seats: list[Seat]) -> str:
    taken = sum(each.state == SeatState.TAKEN for each in seats)
    waiting = len(seats) - taken
    if not seats:
        return _("Everybody of them has a seat or waits already.")
    words = ngettext("{count} person has a seat now.", "{count} people have a seat now.", taken).format(count=taken)
    if waiting:
        more = ngettext("{count} is on the waiting list.", "{count} are on the waiting list.", waiting)
        words += " " + more.format(count=waiting)
    return words
