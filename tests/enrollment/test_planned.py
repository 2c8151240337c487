"""Sessions with a date: planned, changed and cancelled; seats taken, awaited, given up; and what people hear of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from courses.actions.joining import change_joining
from courses.choices import Joining
from enrollment import followers, tasks
from enrollment.actions import follow_person, seating
from enrollment.actions.joining import ask_to_join, grant_joining
from enrollment.actions.planning import (
    PlanRefused,
    cancel_session,
    change_session,
    plan_session,
    record_who_came,
)
from enrollment.actions.qualifying import add_task
from enrollment.actions.seating import (
    SeatRefused,
    give_up_seat,
    release_seats,
    remind_of_session,
    remove_seat,
    seat_people,
    take_seat,
)
from enrollment.actions.sessions import SessionRefused, discard_session
from enrollment.choices import PlannedState, SeatState
from enrollment.models import PlannedSession, Seat
from notifications.models import Message
from people.actions import deactivate_person, grant_role
from people.choices import AccessRole
from people.models import User
from records.models import Event
from records.triggers import NO_FACT
from tests.enrollment.booking import MINUTE, STARTS, a_session, seated, states, terms
from tests.enrollment.classroom import at_once, retire
from tests.enrollment.workplace import (
    AT,
    a_course,
    a_scan,
    analyst,
    complete,
    deliver,
    laboratory,
    move,
    newark,
    operator,
    rewrite,
    switched_on,
    write,
)
from tests.factories import BY, LONG_AGO, make_person, make_site, place

LATER = AT + timedelta(hours=1)


@pytest.fixture
def admin(db: None) -> User:
    return make_person(AccessRole.ADMINISTRATOR, name="Tomás Ferreira", signs=True)


def a_boss() -> User:
    """Add a manager in Basel with somebody to manage."""
    person = make_person(name="Jonas Keller", signs=True)
    place(person)
    operator("Zoe", manager=person)
    return User.objects.get(pk=person.pk)


@pytest.fixture
def boss(db: None) -> User:
    return a_boss()


@pytest.fixture
def team(boss: User) -> list[User]:
    return [operator(name, manager=boss) for name in ("Ana", "Ben", "Cleo")]


def told(kind: str) -> dict[str, str]:
    """Return what people were told, by their name."""
    found = Message.objects.filter(kind=f"enrollment.{kind}").select_related("recipient").order_by("created_at")
    return {each.recipient.name: each.body for each in found}


def said(kind: str) -> list[str]:
    """Return what the trail says of a kind of fact."""
    return [each.sentence for each in Event.objects.filter(kind="fact", verb=f"enrollment.{kind}").order_by("id")]


# Seats


def test_first_come_have_seats_and_the_rest_waits(boss: User, team: list[User]) -> None:
    session = a_session(boss, course=a_course("Aseptic filling"))
    seats = seated(session, *team)
    assert states(session) == {"Ana": "taken", "Ben": "taken", "Cleo": "waiting"}
    assert (seats[0].taken_at, seats[2].taken_at, seats[2].asked_by) == (AT, None, team[2])
    assert set(told("seat_taken")) == {"Ana", "Ben"}
    assert (
        "Thursday 3 December 2026, 10:00 to 12:00 CET is full. You are 1st on the waiting"
        in told("seat_awaited")["Cleo"]
    )
    assert said("session_planned") == [
        "Jonas Keller planned a session of Aseptic filling: Thursday 3 December 2026, 10:00 to 12:00 CET"
    ]
    assert said("seat_taken") == [
        "Ana took a seat: Aseptic filling on 3 Dec 2026",
        "Ben took a seat: Aseptic filling on 3 Dec 2026",
    ]
    assert said("seat_awaited") == ["Cleo waits for a seat: Aseptic filling on 3 Dec 2026"]
    assert Event.objects.get(kind="fact", verb="enrollment.seat_awaited").person_id == team[2].pk


def test_without_a_limit_everybody_has_a_seat(boss: User, team: list[User]) -> None:
    session = a_session(boss, capacity=None)
    seated(session, *team)
    assert set(states(session).values()) == {"taken"}


def test_seat_given_up_goes_to_who_asked_first(boss: User, team: list[User]) -> None:
    session = a_session(boss, capacity=1)
    seated(session, *team)
    give_up_seat(session=session, by=team[0], at=LATER)
    assert states(session) == {"Ana": "given_up", "Ben": "taken", "Cleo": "waiting"}
    assert list(told("seat_moved_up")) == ["Ben"]
    assert said("seat_given_up")[0].startswith("Ana gave up their seat: ")
    assert said("seat_moved_up")[0].startswith("Ben moved up from the waiting list: ")
    take_seat(session=session, by=team[0], at=LATER + MINUTE)  # and comes last now
    give_up_seat(session=session, by=team[1], at=LATER + 2 * MINUTE)
    assert states(session) == {"Ana": "waiting", "Ben": "given_up", "Cleo": "taken"}


def test_who_waits_may_wait_no_longer_and_nobody_moves_up_for_it(boss: User, team: list[User]) -> None:
    session = a_session(boss, capacity=1)
    seated(session, *team)
    give_up_seat(session=session, by=team[1], at=LATER)
    assert states(session) == {"Ana": "taken", "Ben": "given_up", "Cleo": "waiting"}
    assert (len(said("waiting_ended")), said("seat_given_up")) == (1, [])
    with pytest.raises(SeatRefused, match="no seat"):
        give_up_seat(session=session, by=team[1], at=LATER)


def test_more_seats_let_several_move_up(boss: User, team: list[User]) -> None:
    session = a_session(boss, capacity=1)
    seated(session, *team)
    change_session(session=session, terms=terms(capacity=None), seen_at=None, by=boss, at=LATER)
    assert set(states(session).values()) == {"taken"}
    assert set(told("seat_moved_up")) == {"Ben", "Cleo"}
    assert told("session_changed") == {}, "nothing is different for those who had a seat"


@pytest.mark.parametrize(
    ("prepare", "words"),
    [
        (lambda session, boss: cancel_session(session=session, by=boss, at=LATER, reason="he is ill"), "cancelled"),
        (lambda session, boss: rewrite(_row(session), starts_at=AT, ends_at=STARTS), "has begun"),
        (lambda session, boss: retire(session.course.versions.get()), "No version"),
    ],
)  # fmt: skip
def test_why_nobody_takes_a_seat_any_more(
    boss: User, team: list[User], prepare: Callable[..., Any], words: str
) -> None:
    session = a_session(boss)
    take_seat(session=session, by=team[0], at=AT)
    prepare(session, boss)
    with pytest.raises(SeatRefused, match=words):
        take_seat(session=session, by=team[1], at=LATER)
    with pytest.raises(SeatRefused, match=words):
        seat_people(session=session, user_ids=[team[1].pk], by=boss, at=LATER)
    if words != "No version":
        with pytest.raises(SeatRefused, match=words):
            give_up_seat(session=session, by=team[0], at=LATER)
        with pytest.raises(SeatRefused, match=words):
            remove_seat(seat=Seat.objects.get(), by=boss, at=LATER, reason="not this time")
    assert states(session) == {"Ana": "taken"}


def _row(session: PlannedSession) -> Any:
    return PlannedSession.objects.filter(pk=session.pk)


def test_nobody_has_two_seats(boss: User, team: list[User]) -> None:
    session = a_session(boss, capacity=1)
    seated(session, *team[:2])
    for person, words in ((team[0], "have a seat already"), (team[1], "waiting list already")):
        with pytest.raises(SeatRefused, match=words):
            take_seat(session=session, by=person, at=LATER)


def test_course_that_one_asks_for_asks_here_too(admin: User, boss: User, team: list[User]) -> None:
    ana, ben, cleo = team
    course = a_course()
    session = a_session(boss, course=course, capacity=9)
    change_joining(course=course, joining=Joining.APPROVAL, by=admin, at=AT, reason="few places only")
    with pytest.raises(SeatRefused, match="Ask first"):
        take_seat(session=session, by=ana, at=LATER)
    grant_joining(asked=ask_to_join(course=course, by=ana, at=LATER)[0], by=boss, at=LATER)
    take_seat(session=session, by=ana, at=LATER)
    seat_people(session=session, user_ids=[ben.pk], by=boss, at=LATER)  # who decides about asking decides so
    switched_on(course, by=admin)  # required of who works there
    take_seat(session=session, by=cleo, at=LATER)
    assert set(states(session).values()) == {"taken"}


# Seats by others


def test_people_are_seated_by_name_and_the_rest_waits(boss: User, team: list[User]) -> None:
    session = a_session(boss)
    seated(session, team[1])
    new = seat_people(session=session, user_ids=[each.pk for each in team], by=boss, at=LATER)
    assert [each.user.name for each in new] == ["Ana", "Cleo"]
    assert states(session) == {"Ben": "taken", "Ana": "taken", "Cleo": "waiting"}
    assert "Jonas Keller gave you this seat." in told("seat_taken")["Ana"]
    assert "Jonas Keller put you on the list." in told("seat_awaited")["Cleo"]
    assert said("seat_given")[0].startswith("Jonas Keller gave Ana a seat: ")
    assert said("seat_asked_for")[0].startswith("Jonas Keller put Cleo on the waiting list: ")


def test_who_may_seat_whom(admin: User, boss: User, team: list[User]) -> None:
    session = a_session(boss, capacity=None)
    stranger = operator("Stranger")
    coordinator = make_person(name="Denise")
    grant_role(person=coordinator, role=AccessRole.COORDINATOR, by=BY, at=LONG_AGO, reason="for a test", site=newark())
    coordinator = User.objects.get(pk=coordinator.pk)
    far = operator("Far", site=newark())
    for user, person in ((boss, stranger), (team[0], team[1]), (coordinator, stranger), (boss, boss)):
        with pytest.raises(SeatRefused, match="neither manage nor look after"):
            seat_people(session=session, user_ids=[person.pk], by=user, at=LATER)
    for user, person in ((boss, team[0]), (coordinator, far), (admin, stranger)):
        seat_people(session=session, user_ids=[person.pk], by=user, at=LATER)
    assert set(states(session)) == {"Ana", "Far", "Stranger"}


def test_somebody_is_taken_off_with_a_reason_and_told(admin: User, boss: User, team: list[User]) -> None:
    session = a_session(admin, capacity=1)
    seat = seated(session, *team)[0]
    other = make_person(name="Other boss")
    operator("Their own", manager=other)
    for user, words in ((other, "neither run"), (team[1], "neither run"), (team[0], "neither run")):
        with pytest.raises(SeatRefused, match=words):
            remove_seat(seat=seat, by=user, at=LATER, reason="not this time")
    with pytest.raises(SeatRefused, match="at least two words"):
        remove_seat(seat=seat, by=boss, at=LATER, reason="no")
    remove_seat(seat=seat, by=boss, at=LATER, reason="Needed on the line")
    assert states(session) == {"Ana": "removed", "Ben": "taken", "Cleo": "waiting"}
    assert "Why: Needed on the line" in told("seat_removed")["Ana"]
    assert said("seat_removed")[0].startswith("Jonas Keller took Ana off the session of ")
    with pytest.raises(SeatRefused, match="any more"):
        remove_seat(seat=seat, by=boss, at=LATER, reason="Needed on the line")
    waiting = Seat.objects.get(user=team[2])
    remove_seat(seat=waiting, by=admin, at=LATER, reason="Planned by mistake")  # who runs it may, too
    assert states(session)["Cleo"] == "removed"


# Planning


def test_plan_says_who_when_and_where(boss: User) -> None:
    course = a_course()
    for changed, words in (
        ({"starts_at": AT}, "has passed"),
        ({"ends_at": STARTS}, "ends before"),
        ({"place": " "}, "Say where"),
    ):
        with pytest.raises(PlanRefused, match=words):
            plan_session(course=course, terms=terms(**changed), by=boss, at=AT)
    retire(course.versions.get())
    with pytest.raises(PlanRefused, match="No version"):
        plan_session(course=course, terms=terms(), by=boss, at=AT)


def test_who_plans_where(admin: User, boss: User, team: list[User]) -> None:
    far = make_person(name="Newark only")
    grant_role(person=far, role=AccessRole.ADMINISTRATOR, by=BY, at=LONG_AGO, reason="for a test", site=newark())
    far = User.objects.get(pk=far.pk)
    for user, site, may in ((far, newark(), True), (far, make_site(), False), (team[0], make_site(), False)):
        if may:
            assert a_session(user, site=site).site == site
        else:
            with pytest.raises(PlanRefused, match="no sessions at this site"):
                a_session(user, site=site)
    assert a_session(boss, site=newark()).planned_by == boss


def test_trainer_has_to_be_qualified_where_the_course_asks_for_it(admin: User, boss: User) -> None:
    taught, asked = a_course("Gowning"), a_course("Teaching gowning")
    add_task(name="Teach gowning", courses=[asked], leads=[taught], by=admin, at=LONG_AGO)
    with pytest.raises(PlanRefused, match="must be qualified for: Teach gowning"):
        a_session(boss, course=taught)
    with pytest.raises(PlanRefused, match="As things stand, Jonas Keller is not qualified for this on 3 Dec 2026"):
        a_session(boss, course=taught, led_by=boss)
    complete(boss, asked, on=AT.date() - timedelta(days=9), valid_until=STARTS.date() - timedelta(days=2))
    with pytest.raises(PlanRefused, match="not qualified"):  # by then it has ended
        a_session(boss, course=taught, led_by=boss)
    complete(boss, asked, on=AT.date() - timedelta(days=8))
    session = a_session(boss, course=taught, led_by=boss)
    assert (session.trainer, session.led_by) == ("Jonas Keller", boss)


def test_trainer_hears_that_they_lead_it_and_what_becomes_of_it(boss: User, team: list[User]) -> None:
    ana, ben, _cleo = team
    session = a_session(boss, led_by=ana)
    assert "Jonas Keller planned it with you." in told("session_to_lead")["Ana"]
    change_session(session=session, terms=terms(led_by=ana, place="Room 5"), seen_at=None, by=boss, at=LATER)
    assert "Place: Room 5" in told("session_changed")["Ana"]
    change_session(session=session, terms=terms(led_by=ben, place="Room 5"), seen_at=LATER, by=boss, at=LATER + MINUTE)
    assert set(told("session_to_lead")) == {"Ana", "Ben"}
    cancel_session(session=session, by=boss, at=LATER + MINUTE, reason="The room is flooded")
    assert set(told("session_cancelled")) == {"Ben"}
    a_session(boss, led_by=boss)
    assert set(told("session_to_lead")) == {"Ana", "Ben"}, "who plans it themselves knows"


def test_change_is_told_to_who_has_a_seat_or_waits_in_their_own_time(boss: User, team: list[User]) -> None:
    session = a_session(boss, capacity=1)
    far = operator("Far", site=newark())
    seated(session, team[0], far)
    later = STARTS + timedelta(hours=3)
    change_session(session=session, terms=terms(starts_at=later, capacity=1), seen_at=None, by=boss, at=LATER)
    messages = told("session_changed")
    assert set(messages) == {"Ana", "Far"}
    assert "13:00 to 15:00 CET (was: Thursday 3 December 2026, 10:00 to 12:00 CET)" in messages["Ana"]
    assert "For you: 07:00 to 09:00 EST" in messages["Far"]
    assert "Time: " in said("plan_changed")[0]
    session.refresh_from_db()
    assert (session.changed_by, session.changed_at, session.starts_at) == (boss, LATER, later)


def test_change_that_changes_nothing_is_not_told(boss: User, team: list[User]) -> None:
    session = a_session(boss)
    seated(session, team[0])
    change_session(session=session, terms=terms(), seen_at=None, by=boss, at=LATER)
    session.refresh_from_db()
    assert (session.changed_at, said("plan_changed"), told("session_changed")) == (None, [], {})


def test_of_two_who_change_it_the_second_looks_again(admin: User, boss: User) -> None:
    session = a_session(boss)
    change_session(session=session, terms=terms(place="Room 5"), seen_at=None, by=boss, at=LATER)
    with pytest.raises(PlanRefused, match="meanwhile"):
        change_session(session=session, terms=terms(place="Room 6"), seen_at=None, by=admin, at=LATER + MINUTE)
    change_session(session=session, terms=terms(place="Room 6"), seen_at=LATER, by=admin, at=LATER + MINUTE)


def test_seats_become_no_fewer_than_are_taken(boss: User, team: list[User]) -> None:
    session = a_session(boss)
    seated(session, *team)
    with pytest.raises(PlanRefused, match="2 people have a seat"):
        change_session(session=session, terms=terms(capacity=1), seen_at=None, by=boss, at=LATER)


def test_cancelling_is_told_with_the_reason_and_final(boss: User, team: list[User]) -> None:
    session = a_session(boss)
    seated(session, *team)
    with pytest.raises(PlanRefused, match="two words"):
        cancel_session(session=session, by=boss, at=LATER, reason="no")
    cancel_session(session=session, by=boss, at=LATER, reason="The trainer is ill")
    assert set(told("session_cancelled")) == {"Ana", "Ben", "Cleo"}
    assert "Why: The trainer is ill" in told("session_cancelled")["Cleo"]
    assert said("plan_cancelled")[0].endswith("on 3 Dec 2026: The trainer is ill")
    for act in (
        partial(cancel_session, reason="Once more please"),
        partial(change_session, terms=terms(), seen_at=None),
    ):
        with pytest.raises(PlanRefused, match="cancelled"):
            act(session=session, by=boss, at=LATER)


# Once it was held


def recorded(session: PlannedSession, people: list[User], by: User, *, at: datetime, **changed: Any) -> Any:
    details: dict[str, Any] = {
        "course": session.course, "held_on": STARTS.date(), "trainer": "Dr. Steiner", "upload": a_scan("sheet.png"),
    }  # fmt: skip
    return record_who_came(
        session=session, user_ids=[each.pk for each in people], by=by, at=at, **{**details, **changed}
    )


def test_who_came_is_recorded_once_and_again_when_that_is_void(boss: User, team: list[User]) -> None:
    session, after = a_session(boss), STARTS + timedelta(hours=3)
    seated(session, *team[:2])
    with pytest.raises(PlanRefused, match="not begun"):
        recorded(session, team, boss, at=LATER)
    with pytest.raises(PlanRefused, match="another course"):
        recorded(session, team, boss, at=after, course=a_course())
    with pytest.raises(SessionRefused):
        recorded(session, [boss], boss, at=after)
    assert _row(session).get().state == PlannedState.PLANNED, "what was refused leaves nothing"
    first = recorded(session, team, boss, at=after)
    held = _row(session).get()
    assert (held.state, held.record) == (PlannedState.HELD, first)
    with pytest.raises(PlanRefused, match="already"):
        recorded(session, team, boss, at=after)
    discard_session(session=first, by=boss, at=after, reason="Wrong sheet")
    second = recorded(session, team, boss, at=after)
    assert _row(session).get().record == second
    assert len(said("plan_held")) == 2


# Leavers and reminders


def test_leaver_frees_their_seats_and_others_move_up(boss: User, team: list[User], monkeypatch: Any) -> None:
    monkeypatch.setattr(followers, "now", lambda: LATER)
    session, past = a_session(boss, capacity=1), a_session(boss, capacity=1)
    for each in (session, past):
        seated(each, *team[:2])
    rewrite(_row(past), starts_at=AT, ends_at=AT + timedelta(hours=1))
    release_seats(user_id=team[0].pk, at=LATER)  # still here
    assert states(session)["Ana"] == "taken"
    deactivate_person(person=team[0], by=BY, at=LATER, left_on=AT.date(), reason="left the company")
    deliver()
    assert states(session) == {"Ana": "removed", "Ben": "taken"}
    assert states(past) == {"Ana": "taken", "Ben": "waiting"}, "what has begun stays"
    assert list(told("seat_moved_up")) == ["Ben"]
    assert told("seat_removed") == {}
    assert said("seat_removed")[0].startswith("Attest, leavers took Ana off the session of ")
    release_seats(user_id=team[0].pk, at=LATER)
    assert len(said("seat_removed")) == 1


def test_who_leaves_the_audience_keeps_their_seat(admin: User, boss: User, team: list[User]) -> None:
    course = a_course()
    switched_on(course, by=admin)
    change_joining(course=course, joining=Joining.REQUIRED, by=admin, at=AT, reason="only who needs it")
    session, ana = a_session(boss, course=course), team[0]
    take_seat(session=session, by=ana, at=AT)
    move(ana, since=AT.date(), job_role=analyst(), department=laboratory(), site=newark())
    follow_person(user_id=ana.pk, at=LATER)
    assert not ana.assignments.filter(ended_at=None).exists()
    assert states(session) == {"Ana": "taken"}
    give_up_seat(session=session, by=ana, at=LATER)
    with pytest.raises(SeatRefused, match="Only those of whom it is required"):
        take_seat(session=session, by=ana, at=LATER + MINUTE)


def test_people_with_a_seat_are_reminded_once_a_day_before(boss: User, team: list[User], monkeypatch: Any) -> None:
    session = a_session(boss)
    seated(session, *team)  # the third one waits
    sweep = {"at": STARTS - timedelta(hours=25)}
    monkeypatch.setattr(tasks, "now", lambda: sweep["at"])
    tasks.remind_of_sessions()
    assert told("session_tomorrow") == {}
    sweep["at"] = STARTS - timedelta(hours=23)
    tasks.remind_of_sessions()
    tasks.remind_of_sessions()
    assert set(told("session_tomorrow")) == {"Ana", "Ben"}
    assert Message.objects.filter(kind="enrollment.session_tomorrow").count() == 2
    sweep["at"] = STARTS + timedelta(hours=1)
    assert remind_of_session(session_id=session.pk, at=sweep["at"]) == 0


def test_who_takes_a_seat_on_the_last_day_is_not_reminded_of_it(boss: User, team: list[User]) -> None:
    session, late = a_session(boss), STARTS - timedelta(hours=5)
    take_seat(session=session, by=team[0], at=late)
    assert remind_of_session(session_id=session.pk, at=late + MINUTE) == 0


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
        rewrite(_row(session), **changed)


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
        rewrite(_row(session), capacity=1)
    rewrite(_row(session), capacity=3)


def test_what_is_over_stays_as_it_is(boss: User, team: list[User]) -> None:
    session = a_session(boss)
    seated(session, *team)
    give_up_seat(session=session, by=team[0], at=LATER)
    gone, kept = Seat.objects.filter(user=team[0]), Seat.objects.filter(user=team[1])
    for refused in (
        partial(rewrite, gone, state="taken", taken_at=AT, ended_at=None, ended_by=None),
        partial(rewrite, kept, asked_at=LATER),
        partial(rewrite, kept, state="waiting", taken_at=None),
        partial(rewrite, _row(session), planned_by=team[0]),
        partial(rewrite, _row(session), course=a_course()),
        kept.delete,
        _row(session).delete,
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            refused()
    cancel_session(session=session, by=boss, at=LATER, reason="The trainer is ill")
    for rows, change in (
        (_row(session), {"place": "Room 9"}),
        (_row(session), {"state": "planned"}),
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
            rewrite(_row(session), **change)


@pytest.mark.usefixtures("committed_db")
def test_writes_need_a_fact() -> None:
    boss = a_boss()
    session = a_session(boss)
    [seat] = seated(session, operator("Ana", manager=boss))
    for write_silently in (
        lambda: _row(session).update(place="Elsewhere"),
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
