"""Seats in planned sessions: taken, awaited, given up, given by others; who moves up, and who is reminded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from courses.actions.joining import change_joining
from courses.choices import Joining
from enrollment import followers, tasks
from enrollment.actions import follow_person
from enrollment.actions.joining import ask_to_join, grant_joining
from enrollment.actions.planning import cancel_session, change_session
from enrollment.actions.seating import (
    SeatRefused,
    give_up_seat,
    release_seats,
    remind_of_session,
    remove_seat,
    seat_people,
    take_seat,
)
from enrollment.models import Seat
from notifications.models import Message
from people.actions import deactivate_person, grant_role
from people.choices import AccessRole
from people.models import User
from records.models import Event
from tests.enrollment.booking import (
    LATER,
    MINUTE,
    STARTS,
    a_session,
    happens,
    said,
    seated,
    states,
    terms,
    told,
)
from tests.enrollment.classroom import retire
from tests.enrollment.workplace import (
    AT,
    a_course,
    analyst,
    deliver,
    laboratory,
    move,
    newark,
    operator,
    switched_on,
)
from tests.factories import BY, LONG_AGO, make_person

SOON = "It begins in less than a day, so no reminder follows."


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
        (lambda session, boss: happens(session, AT, STARTS), "has begun"),
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


# Leavers and reminders


def test_leaver_frees_their_seats_and_others_move_up(boss: User, team: list[User], monkeypatch: Any) -> None:
    monkeypatch.setattr(followers, "now", lambda: LATER)
    session, past = a_session(boss, capacity=1), a_session(boss, capacity=1)
    for each in (session, past):
        seated(each, *team[:2])
    happens(past, AT, AT + timedelta(hours=1))
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


def test_who_takes_a_seat_on_the_last_day_hears_all_of_it_at_once(boss: User, team: list[User]) -> None:
    session, late = a_session(boss, words="Bring a pen"), STARTS - timedelta(hours=5)
    take_seat(session=session, by=team[0], at=late)
    seat_people(session=session, user_ids=[team[1].pk], by=boss, at=late)
    assert remind_of_session(session_id=session.pk, at=late + MINUTE) == 0
    for heard in (told("seat_taken")["Ana"], told("seat_soon")["Ben"]):
        for part in ("Thursday 3 December 2026, 10:00 to 12:00 CET", "Where: Room 4", "Bring a pen", SOON):
            assert part in heard
    assert "Jonas Keller gave you this seat." in told("seat_soon")["Ben"]


def test_who_moves_up_on_the_last_day_hears_that_it_is_soon(boss: User, team: list[User]) -> None:
    session = a_session(boss, capacity=1)
    seated(session, *team)
    give_up_seat(session=session, by=team[0], at=STARTS - timedelta(days=2))
    give_up_seat(session=session, by=team[1], at=STARTS - timedelta(hours=20))
    early, late = told("seat_moved_up")["Ben"], told("seat_soon")["Cleo"]
    assert "You moved up from the waiting list" in late
    for heard in (early, late):
        assert "When: Thursday 3 December 2026, 10:00 to 12:00 CET\nWhere: Room 4" in heard
    assert (SOON in early, SOON in late) == (False, True)
    mail = Message.objects.get(kind="enrollment.seat_soon")
    assert mail.mail_due_at == mail.created_at, "it waits neither for a digest nor for the morning"
    assert remind_of_session(session_id=session.pk, at=STARTS - timedelta(hours=19)) == 0
