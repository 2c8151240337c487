"""What the database holds of sessions with a date and their seats, also when two write at the same moment."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from enrollment.actions import seating
from enrollment.actions.planning import cancel_session
from enrollment.actions.seating import SeatRefused, give_up_seat, take_seat
from enrollment.choices import SeatState
from enrollment.models import PlannedSession, Seat
from people.models import User
from records.triggers import NO_FACT
from tests.enrollment.booking import LATER, STARTS, a_boss, a_session, recorded, row_of, seated, states
from tests.enrollment.classroom import at_once
from tests.enrollment.workplace import AT, a_course, operator, rewrite, write

# What the database holds


@pytest.mark.parametrize(
    ("changed", "constraint"),
    [
        ({"state": "maybe"}, "planned_state_known"),
        ({"ends_at": STARTS}, "planned_ends_after_it_starts"),
        ({"capacity": 0}, "planned_for_somebody"),
        ({"capacity": 201}, "planned_for_somebody"),
        ({"trainer": ""}, "planned_names_its_trainer"),
        ({"link": "http://meet.test"}, "planned_link_is_safe"),
        ({"place": ""}, "planned_somewhere"),
        ({"changed_at": AT}, "planned_changed_by_somebody"),
        ({"cancelled_at": AT}, "planned_cancelled_by_somebody"),
        ({"state": "cancelled"}, "planned_state_told"),
        ({"state": "held"}, "planned_state_told"),
        ({"reason": "Just so"}, "planned_state_told"),
    ],
)
def test_constraints_of_a_session(boss: User, changed: dict[str, Any], constraint: str) -> None:
    session = a_session(boss)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        rewrite(row_of(session), **changed)


@pytest.mark.parametrize(
    ("changed", "constraint"),
    [
        ({"state": "maybe"}, "seat_state_"),
        ({"state": "taken"}, "seat_state_dated"),
        ({"state": "removed", "ended_at": AT}, "seat_removed_with_a_reason"),
        ({"state": "given_up", "ended_at": AT}, "seat_given_up_by_themselves"),
        ({"state": "given_up", "ended_at": AT, "ended_by": "boss"}, "seat_given_up_by_themselves"),
        ({"ended_by": "boss"}, "seat_ended_when_by_somebody"),
    ],
)
def test_constraints_of_a_seat(boss: User, team: list[User], changed: dict[str, Any], constraint: str) -> None:
    seated(a_session(boss, capacity=1), *team[:2])
    if "ended_by" in changed:
        changed = {**changed, "ended_by": boss}
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        rewrite(Seat.objects.filter(user=team[1]), **changed)


def test_one_open_seat_for_each_person(boss: User, team: list[User]) -> None:
    session = a_session(boss)
    [seat] = seated(session, team[0])
    again = Seat(session=session, user=team[0], state="waiting", asked_at=AT, asked_by=team[0])
    with pytest.raises(IntegrityError, match="seat_once_while_open"), transaction.atomic():
        write([again])
    give_up_seat(session=session, by=team[0], at=LATER)
    write([again])
    assert seat.pk != again.pk


def test_database_lets_nobody_have_a_seat_that_is_not_there(boss: User, team: list[User]) -> None:
    session = a_session(boss)
    seated(session, *team)
    with pytest.raises(IntegrityError, match="more seats are taken"), transaction.atomic():
        rewrite(Seat.objects.filter(user=team[2]), state="taken", taken_at=AT)
    more = Seat(session=session, user=boss, state="taken", asked_at=AT, asked_by=boss, taken_at=AT)
    with pytest.raises(IntegrityError, match="more seats are taken"), transaction.atomic():
        write([more])
    with pytest.raises(IntegrityError, match="more seats are taken"), transaction.atomic():
        rewrite(row_of(session), capacity=1)
    rewrite(row_of(session), capacity=3)


def test_what_is_over_stays_as_it_is(boss: User, team: list[User]) -> None:
    session = a_session(boss)
    seated(session, *team)
    give_up_seat(session=session, by=team[0], at=LATER)
    gone, kept = Seat.objects.filter(user=team[0]), Seat.objects.filter(user=team[1])
    for refused in (
        partial(rewrite, gone, state="taken", taken_at=AT, ended_at=None, ended_by=None),
        partial(rewrite, kept, asked_at=LATER),
        partial(rewrite, kept, state="waiting", taken_at=None),
        partial(rewrite, row_of(session), planned_by=team[0]),
        partial(rewrite, row_of(session), course=a_course()),
        kept.delete,
        row_of(session).delete,
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            refused()
    cancel_session(session=session, by=boss, at=LATER, reason="The trainer is ill")
    for rows, change in (
        (row_of(session), {"place": "Room 9"}),
        (row_of(session), {"state": "planned"}),
        (kept, {"reason": "x"}),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            rewrite(rows, **change)


def test_held_session_keeps_all_but_its_record(boss: User, team: list[User]) -> None:
    session = a_session(boss)
    seated(session, team[0])
    recorded(session, team[:1], boss, at=STARTS + timedelta(hours=3))
    for change in ({"place": "Room 9"}, {"state": "planned", "record": None}):
        with pytest.raises(DatabaseError, match="is over"), transaction.atomic():
            rewrite(row_of(session), **change)


@pytest.mark.usefixtures("committed_db")
def test_writes_need_a_fact() -> None:
    boss = a_boss()
    session = a_session(boss)
    [seat] = seated(session, operator("Ana", manager=boss))
    for write_silently in (
        lambda: row_of(session).update(place="Elsewhere"),
        lambda: Seat.objects.filter(pk=seat.pk).update(reason="silently"),
    ):
        with pytest.raises(DatabaseError) as refused, transaction.atomic():
            write_silently()
        assert refused.value.__cause__.pgcode == NO_FACT


# At the same moment


@pytest.mark.usefixtures("committed_db")
def test_of_two_who_want_the_last_seat_one_has_it_and_the_other_waits() -> None:
    boss = a_boss()
    people = [operator(name, manager=boss) for name in ("Ana", "Ben", "Cleo")]
    session = a_session(boss)
    take_seat(session=session, by=people[0], at=AT)
    raised = at_once(*(partial(take_seat, session=session, by=each, at=LATER) for each in people[1:]))
    assert raised == []
    assert sorted(states(session).values()) == ["taken", "taken", "waiting"]


@pytest.mark.usefixtures("committed_db")
def test_seat_given_up_twice_at_once_lets_one_move_up() -> None:
    boss = a_boss()
    people = [operator(name, manager=boss) for name in ("Ana", "Ben", "Cleo", "Dora")]
    session = a_session(boss)
    seated(session, *people)
    raised = at_once(*(partial(give_up_seat, session=session, by=each, at=LATER) for each in (people[0], people[0])))
    assert [type(each) for each in raised] == [SeatRefused]
    assert states(session) == {"Ana": "given_up", "Ben": "taken", "Cleo": "taken", "Dora": "waiting"}


@pytest.mark.usefixtures("committed_db")
def test_database_counts_what_another_connection_is_writing(monkeypatch: Any) -> None:
    """Without the lock of the action the trigger still lets only one of two have the last seat."""
    boss = a_boss()
    people = [operator(name, manager=boss) for name in ("Ana", "Ben")]
    session = a_session(boss, capacity=1)
    monkeypatch.setattr(
        seating,
        "hold_session",
        lambda session: PlannedSession.objects.select_related("course", "site").get(pk=session.pk),
    )
    raised = at_once(*(partial(take_seat, session=session, by=each, at=LATER) for each in people))
    assert Seat.objects.filter(state=SeatState.TAKEN).count() == 1
    assert len(raised) + Seat.objects.filter(state=SeatState.WAITING).count() == 1
