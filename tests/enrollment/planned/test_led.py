"""Sessions that somebody leads, whatever their role: their list, what they do there, their calendar, what they hear."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import vobject
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from courses.models import Course
from enrollment.actions.calendar import renew_calendar_feed
from enrollment.actions.planning import cancel_session, change_session, plan_session
from enrollment.actions.seating import take_seat
from enrollment.models import PlannedSession
from people.models import User
from tests.enrollment.booking import LATER, MINUTE, a_session, happens, in_days, seated, terms, told
from tests.enrollment.classroom import retire
from tests.enrollment.workplace import a_course, browser, operator


@pytest.fixture
def trainer(boss: User) -> User:
    return operator("Tara")


@pytest.fixture
def course(db: None) -> Course:
    return a_course("Aseptic filling")


LIST = "/sessions/led/"


def planned(by: User, course: Course, *, days: float = 10, **changed: Any) -> PlannedSession:
    return plan_session(course=course, terms=terms(starts_at=in_days(days), **changed), by=by, at=timezone.now())


def shown(client: Client, url: str) -> str:
    reply = client.get(url)
    assert reply.status_code == 200, url
    return re.sub(r"\s+", " ", strip_tags(reply.content.decode())).replace("&nbsp;", " ")


def address(session: PlannedSession, name: str = "planned") -> str:
    return reverse(f"enrollment:{name}", args=[session.pk])


def test_trainer_without_a_role_finds_what_they_lead(boss: User, trainer: User, course: Course) -> None:
    assert "Sessions that I lead" not in shown(browser(trainer), "/")
    session = planned(boss, course, led_by=trainer)
    planned(boss, a_course("Of somebody else"))
    ana = operator("Ana", manager=boss)
    take_seat(session=session, by=ana, at=timezone.now())
    client = browser(trainer)
    assert "Sessions that I lead" in shown(client, "/")
    html = client.get(LIST).content.decode()
    assert "Aseptic filling" in html
    assert "Of somebody else" not in html
    assert address(session, "sign_in_sheet") in html
    said = shown(client, address(session))
    assert "You lead this session" in said
    assert "Take a seat" not in said
    assert "Ana" in said
    assert "Ana" in shown(client, address(session, "sign_in_sheet"))
    refused = client.post(address(session, "take_seat"))
    assert (refused.status_code, "so you need no seat" in refused.content.decode()) == (409, True)
    assert "Sessions that I lead" not in shown(browser(ana), "/")
    assert "You lead no session" in shown(browser(ana), LIST)


def test_who_is_named_meanwhile_finds_the_link_after_opening_the_session(
    boss: User, trainer: User, course: Course
) -> None:
    client = browser(trainer)
    session = planned(boss, course, led_by=trainer)
    assert "Sessions that I lead" not in shown(client, "/")
    shown(client, address(session))
    assert "Sessions that I lead" in shown(client, "/")


def test_trainer_reads_their_session_also_when_the_course_is_offered_no_more(
    boss: User, trainer: User, course: Course
) -> None:
    session = planned(boss, course, led_by=trainer)
    retire(course.versions.get())
    assert "Aseptic filling" in shown(browser(trainer), LIST)
    shown(browser(trainer), address(session))


def test_who_came_is_recorded_by_whom_the_rules_let(boss: User, trainer: User, course: Course) -> None:
    theirs, own = planned(boss, course, led_by=trainer), planned(boss, course, led_by=boss)
    for each in (theirs, own):
        take_seat(session=each, by=operator("Ana", manager=boss), at=timezone.now())
        happens(each, in_days(-1), in_days(-1) + timedelta(hours=2))
    said = shown(browser(trainer), address(theirs))
    assert "Record who came" not in said
    assert "Who came is recorded by a manager or administrator of these people." in said
    assert "Jonas Keller" in said
    assert browser(trainer).get(reverse("enrollment:new_session")).status_code == 403
    assert "Record who came" in shown(browser(boss), address(own))
    assert "Not recorded yet" in shown(browser(trainer), LIST)


def test_what_is_over_stands_apart(boss: User, trainer: User, course: Course) -> None:
    session = planned(boss, course, led_by=trainer)
    cancel_session(session=session, by=boss, at=timezone.now(), reason="The room is flooded")
    client = browser(trainer)
    assert "You lead no session" in shown(client, LIST)
    assert "Cancelled" in shown(client, f"{LIST}?past=1")


def test_list_asks_as_much_for_many_as_for_one(boss: User, trainer: User, course: Course) -> None:
    session = planned(boss, course, led_by=trainer)
    client = browser(trainer)

    def asked() -> int:
        client.get(LIST)
        with CaptureQueriesContext(connection) as found:
            assert client.get(LIST).status_code == 200
        return len(found)

    before = asked()
    take_seat(session=session, by=operator("Ana", manager=boss), at=timezone.now())
    for days in (11, 12, 13):
        planned(boss, a_course(), days=days, led_by=trainer)
    assert asked() == before


def test_trainer_has_it_in_their_calendar(client: Client, boss: User, trainer: User, course: Course) -> None:
    online = planned(boss, course, led_by=trainer, place="", link="https://meet.test/7")
    off = planned(boss, course, days=11, led_by=trainer)
    cancel_session(session=off, by=boss, at=timezone.now(), reason="The room is flooded")
    url = reverse("enrollment:calendar_feed", args=[renew_calendar_feed(person=trainer, at=timezone.now())])
    for body in (client.get(url), browser(trainer).get(address(online, "session_ics"))):
        [event] = vobject.readOne(body.content.decode()).contents["vevent"]
        assert (event.summary.value, event.status.value) == ("You lead: Aseptic filling", "CONFIRMED")
        assert (event.dtstart.value, event.location.value) == (online.starts_at, "https://meet.test/7")


def test_who_leads_it_no_longer_is_told_and_the_new_one_hears_it_once(boss: User, trainer: User) -> None:
    other = operator("Uma")
    session = a_session(boss, led_by=trainer)
    seated(session, operator("Ana", manager=boss))
    change_session(session=session, terms=terms(led_by=other, place="Room 5"), seen_at=None, by=boss, at=LATER)
    assert "Jonas Keller named somebody else. It was this one: Thursday 3" in told("session_not_to_lead")["Tara"]
    assert set(told("session_to_lead")) == {"Tara", "Uma"}
    assert set(told("session_changed")) == {"Ana"}
    change_session(session=session, terms=terms(led_by=boss), seen_at=LATER, by=boss, at=LATER + MINUTE)
    assert set(told("session_not_to_lead")) == {"Tara", "Uma"}
    assert set(told("session_to_lead")) == {"Tara", "Uma"}, "who names themselves knows"


def test_who_leads_another_at_that_time_is_shown_to_whoever_runs_it(boss: User, trainer: User, course: Course) -> None:
    session = planned(boss, course, led_by=trainer)
    clash = plan_session(
        course=a_course("Gowning"), terms=terms(starts_at=session.starts_at, led_by=trainer), by=boss,
        at=timezone.now(),
    )  # fmt: skip
    learning = plan_session(
        course=a_course("Learning"), terms=terms(starts_at=session.starts_at), by=boss, at=timezone.now()
    )
    take_seat(session=learning, by=trainer, at=timezone.now())
    said = shown(browser(boss), address(session))
    assert "At the same time Tara leads: Gowning" in said
    assert "Learning" not in said, "where they learn is their own business"
    said = shown(browser(trainer), address(session))
    assert "At the same time you lead Gowning" in said
    assert "At the same time you have a seat in Learning" in said
    assert address(clash) in browser(trainer).get(address(session)).content.decode()
