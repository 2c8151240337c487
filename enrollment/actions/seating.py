"""Seats in planned sessions: taken, awaited, given up, given by others, taken away; and who moves up.

Everything about the seats of a session happens while its row is held, so that of two who ask for the
last one at the same moment exactly one gets it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from core.ids import new_id
from core.reasons import is_reason
from enrollment import facts
from enrollment.actions.telling import addressed
from enrollment.choices import PlannedState, SeatState
from enrollment.models import PlannedSession, Seat
from enrollment.models.planned import OPEN_SEATS
from enrollment.notices import planned as notices
from enrollment.permissions import seatable_by, seats_removable_by
from enrollment.queries import course_titles
from enrollment.queries.planned import (
    asked_of,
    is_offered,
    open_seat,
    readers_of,
    seats_to_release,
    to_remind,
    why_not_for,
)
from enrollment.rules import day_in
from enrollment.rules.meetings import SOON, Plan, Span, reminded_of
from enrollment.rules.seats import moving_up, place_in_line, seat_for, why_no_seat
from notifications.actions import queue_messages
from notifications.models import Message
from notifications.wording import Notice
from people.models import User
from records.actions import Said, record_facts
from records.facts import Actor, FactKind, SystemActor

LEAVERS = SystemActor("leavers")


class SeatRefused(Exception):
    """The seat can not be taken, given up or taken away; the words say why."""


@transaction.atomic
def take_seat(*, session: PlannedSession, by: User, at: datetime) -> Seat:
    """Give somebody who asks a seat, or a place on the waiting list where the session is full. Raises SeatRefused."""
    held = hold_session(session)
    own = open_seat(held, by)
    refusal = why_no_seat(
        held.state,
        has_begun=held.starts_at <= at,
        has_seat=own is not None and own.state == SeatState.TAKEN,
        waits=own is not None and own.state == SeatState.WAITING,
        leads=held.led_by_id == by.pk,
        is_offered=is_offered(held.course),
        not_for=why_not_for(held.course, by),
    )
    if refusal:
        raise SeatRefused(refusal)
    [seat] = _seat(held, [by], by=by, at=at)
    return seat


@transaction.atomic
def seat_people(*, session: PlannedSession, user_ids: Collection[UUID], by: User, at: datetime) -> list[Seat]:
    """Give people seats, in the order of their names, the rest a place on the waiting list; return what is new.

    Whoever has a seat or waits already keeps what they have. Who may seat somebody also lets them
    take a course that one has to ask for. Raises SeatRefused, and then nobody is seated.
    """
    held = hold_session(session)
    refusal = why_no_seat(held.state, has_begun=held.starts_at <= at, is_offered=is_offered(held.course))
    if refusal:
        raise SeatRefused(refusal)
    yours = seatable_by(by, on=at.date()).filter(pk__in=user_ids)
    if yours.count() != len(set(user_ids)):
        raise SeatRefused(_("You neither manage nor look after all of these people."))
    have = Seat.objects.filter(session=held, state__in=OPEN_SEATS).values("user")
    return _seat(held, yours.exclude(pk__in=have).order_by("name", "pk"), by=by, at=at)


@transaction.atomic
def give_up_seat(*, session: PlannedSession, by: User, at: datetime) -> None:
    """Let somebody give up their own seat, or wait no longer; the next one moves up. Raises SeatRefused."""
    held = hold_session(session)
    seat = open_seat(held, by)
    if seat is None:
        raise SeatRefused(_("You have no seat in this session."))
    refusal = why_no_seat(held.state, has_begun=held.starts_at <= at)
    if refusal:
        raise SeatRefused(refusal)
    kind = facts.SEAT_GIVEN_UP if seat.state == SeatState.TAKEN else facts.WAITING_ENDED
    say_of_seats(kind, held, [seat], by=by, at=at)
    seat.state, seat.ended_at, seat.ended_by = SeatState.GIVEN_UP, at, by
    seat.save(update_fields=["state", "ended_at", "ended_by"])
    fill_up(held, by=by, at=at)


@transaction.atomic
def remove_seat(*, seat: Seat, by: User, at: datetime, reason: str) -> None:
    """Take somebody off a session, with a reason, and tell them; the next one moves up. Raises SeatRefused."""
    held = hold_session(seat.session)
    found = Seat.objects.select_related("user").get(pk=seat.pk)
    refusal = why_no_seat(held.state, has_begun=held.starts_at <= at)
    if not refusal and found.state not in OPEN_SEATS:
        refusal = _("They have no seat in this session any more.")
    if not refusal and not is_reason(reason):
        refusal = _("Say why in at least two words.")
    if not refusal and not seats_removable_by(by, session=held, on=at.date()).filter(pk=found.pk).exists():
        refusal = _("You neither run this session nor look after this person.")
    if refusal:
        raise SeatRefused(refusal)
    _remove(held, found, reason=reason.strip(), by=by, at=at)
    wording = partial(notices.seat_removed, name=by.name, reason=reason.strip())
    tell_of_session(held, {found.user_id: wording}, once=f"seat-removed:{found.pk}", at=at)
    fill_up(held, by=by, at=at)


@transaction.atomic
def release_seats(*, user_id: UUID, at: datetime) -> None:
    """Free the seats of somebody whose account was closed, so that others move up. Doing it again changes nothing."""
    if User.objects.filter(pk=user_id, is_active=True).exists():
        return
    for session_id in seats_to_release(user_id, at=at):
        held = hold_session(PlannedSession(pk=session_id))
        seat = Seat.objects.select_related("user").filter(session=held, user=user_id, state__in=OPEN_SEATS).first()
        if seat is not None and held.state == PlannedState.PLANNED:
            _remove(held, seat, reason=_("Left the organisation"), by=LEAVERS, at=at)
            fill_up(held, by=LEAVERS, at=at)


@transaction.atomic
def remind_of_session(*, session_id: UUID, at: datetime) -> int:
    """Remind everybody with a seat of the next day of a session, each once; return how many hear of it.

    Of a day that follows another within a day nobody is reminded: they are there.
    """
    held = hold_session(PlannedSession(pk=session_id))
    days = held.spans
    count = next((count for count, each in enumerate(days) if each.starts_at > at), None)
    if held.state != PlannedState.PLANNED or count is None:
        return 0
    day = days[count]
    if day.starts_at > at + SOON or day not in reminded_of(days):
        return 0
    name = f"session-tomorrow:{held.pk}:{day.starts_at:%Y%m%dT%H%M}"
    seated = set(to_remind(held, day.starts_at).filter(user__is_active=True).values_list("user_id", flat=True))
    seated -= set(
        Message.objects.filter(recipient__in=seated, once__startswith=name).values_list("recipient", flat=True)
    )
    wordings = dict.fromkeys(seated, partial(notices.session_tomorrow, number=count + 1, of=len(days)))
    plan = plan_of(held, days=days if not count else [day])
    return tell_of_session(held, wordings, once=name, at=at, plan=plan)


def hold_session(session: PlannedSession) -> PlannedSession:
    """Return a session as it is now, held until this transaction ends."""
    held = PlannedSession.objects.select_for_update(of=("self",), no_key=True)
    return held.select_related("course", "site", "record", "led_by").get(pk=session.pk)


def fill_up(held: PlannedSession, *, by: Actor, at: datetime) -> list[Seat]:
    """Give free seats to those who wait, in the order of asking, and tell them. The caller holds the session."""
    ids = moving_up(asked_of(held), capacity=held.capacity)
    seats = {each.pk: each for each in Seat.objects.select_related("user").filter(pk__in=ids)}
    moved = [seats[pk] for pk in ids]
    if not moved:
        return []
    say_of_seats(facts.SEAT_MOVED_UP, held, moved, by=by, at=at)
    Seat.objects.filter(pk__in=ids).update(state=SeatState.TAKEN, taken_at=at)
    wordings = {each.user_id: partial(notices.seat_moved_up, at=at) for each in moved}
    tell_of_session(held, wordings, once=f"seat-moved-up:{held.pk}:{at.isoformat()}", at=at)
    return moved


def say_of_seats(
    kind: FactKind, session: PlannedSession, seats: Collection[Seat], *, by: Actor, at: datetime, words: str = ""
) -> None:
    """Record a fact about each of these seats."""
    about = told_of(session)
    said = [
        Said(subject_id=each.pk, person_id=each.user_id, payload={**about, "name": each.user.name, "words": words})
        for each in seats
    ]
    record_facts(kind, by=by, at=at, subject_type="seat", about=said, reason=words)


def told_of(session: PlannedSession, *, days: Sequence[Span] | None = None) -> dict[str, Any]:
    """Return what every fact about a session says of it; its day is that of its site.

    `days` are those that it is about to have, where they are not written yet.
    """
    zone = session.site.time_zone
    return {
        "course": course_titles([session.course_id])[session.course_id],
        "code": session.course.code,
        "session_id": session.pk,
        "on": day_in(zone, session.starts_at),
        "when": plan_of(session, days=days).when(),
    }


def plan_of(session: PlannedSession, *, days: Sequence[Span] | None = None) -> Plan:
    """Return what people with a seat have to know of a session; `days` are those that it is about to have."""
    return Plan(
        days=session.spans if days is None else tuple(sorted(days)),
        zone=session.site.time_zone,
        place=session.place,
        link=session.link,
        trainer=session.trainer,
        words=session.words,
    )


def tell_of_session(
    session: PlannedSession,
    wordings: Mapping[UUID, Callable[[notices.OfSession], Notice]],
    *,
    once: str,
    at: datetime,
    plan: Plan | None = None,
    path: str = "",
) -> int:
    """Queue a notice for each of these people, each in their language and their time zone; return how many are new.

    It is about the session as it is now, or about another `plan` of it, and leads to its page, or to `path`.
    """
    if not wordings:
        return 0
    title = course_titles([session.course_id])[session.course_id]
    about = plan or plan_of(session)
    address = path or reverse("enrollment:planned", args=[session.pk])
    messages = [
        addressed(
            each,
            partial(wordings[each.pk], notices.OfSession(title, about, each.zone_name)),
            once=f"{once}:{each.pk}",
            path=address,
        )
        for each in readers_of(wordings.keys(), on=at.date())
        if each.is_active
    ]
    return queue_messages(messages, at=at)


def _seat(held: PlannedSession, people: Iterable[User], *, by: User, at: datetime) -> list[Seat]:
    """Write what each of these people gets, one after the other, and tell them."""
    asked = asked_of(held)
    taken, waiting = sum(each.has_seat for each in asked), sum(not each.has_seat for each in asked)
    seats = []
    for person in people:
        state = seat_for(held.capacity, taken=taken, waiting=waiting)
        has_seat = state == SeatState.TAKEN
        taken, waiting = taken + has_seat, waiting + (not has_seat)
        seats.append(
            Seat(
                id=new_id(), session=held, user=person, state=state, asked_at=at, asked_by=by,
                taken_at=at if has_seat else None,
            )
        )  # fmt: skip
    for kind, state, is_own in (
        (facts.SEAT_TAKEN, SeatState.TAKEN, True),
        (facts.SEAT_AWAITED, SeatState.WAITING, True),
        (facts.SEAT_GIVEN, SeatState.TAKEN, False),
        (facts.SEAT_ASKED_FOR, SeatState.WAITING, False),
    ):
        of_kind = [each for each in seats if each.state == state and (each.user_id == by.pk) == is_own]
        if of_kind:
            say_of_seats(kind, held, of_kind, by=by, at=at)
    Seat.objects.bulk_create(seats)
    in_line = asked_of(held)
    wordings: dict[UUID, Callable[[notices.OfSession], Notice]] = {}
    for each in seats:
        name = "" if each.user_id == by.pk else by.name
        wordings[each.user_id] = partial(notices.seat_taken, name=name, at=at)
        if each.state == SeatState.WAITING:
            place = place_in_line(in_line, each.pk)
            wordings[each.user_id] = partial(notices.seat_awaited, place=place, name=name)
    tell_of_session(held, wordings, once=f"seat:{held.pk}:{at.isoformat()}", at=at)
    return seats


def _remove(held: PlannedSession, seat: Seat, *, reason: str, by: Actor, at: datetime) -> None:
    say_of_seats(facts.SEAT_REMOVED, held, [seat], by=by, at=at, words=reason)
    seat.state, seat.ended_at, seat.reason = SeatState.REMOVED, at, reason
    seat.ended_by = by if isinstance(by, User) else None
    seat.save(update_fields=["state", "ended_at", "ended_by", "reason"])
