"""Sessions with a date: planned, changed, cancelled, recorded once they were held; and what people hear of it."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from enrollment.actions.planning import PlanRefused, cancel_session, change_session, plan_session
from enrollment.actions.qualifying import add_task
from enrollment.actions.sessions import SessionRefused, discard_session
from enrollment.choices import PlannedState
from people.actions import grant_role
from people.choices import AccessRole
from people.models import User
from tests.enrollment.booking import (
    LATER,
    MINUTE,
    STARTS,
    a_session,
    recorded,
    row_of,
    said,
    seated,
    terms,
    told,
)
from tests.enrollment.classroom import retire
from tests.enrollment.workplace import AT, a_course, complete, newark, operator
from tests.factories import BY, LONG_AGO, make_person, make_site

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


def test_who_came_is_recorded_once_and_again_when_that_is_void(boss: User, team: list[User]) -> None:
    session, after = a_session(boss), STARTS + timedelta(hours=3)
    seated(session, *team[:2])
    with pytest.raises(PlanRefused, match="not begun"):
        recorded(session, team, boss, at=LATER)
    with pytest.raises(PlanRefused, match="another course"):
        recorded(session, team, boss, at=after, course=a_course())
    with pytest.raises(SessionRefused):
        recorded(session, [boss], boss, at=after)
    assert row_of(session).get().state == PlannedState.PLANNED, "what was refused leaves nothing"
    first = recorded(session, team, boss, at=after)
    held = row_of(session).get()
    assert (held.state, held.record) == (PlannedState.HELD, first)
    with pytest.raises(PlanRefused, match="already"):
        recorded(session, team, boss, at=after)
    discard_session(session=first, by=boss, at=after, reason="Wrong sheet")
    second = recorded(session, team, boss, at=after)
    assert row_of(session).get().record == second
    assert len(said("plan_held")) == 2
