"""The same session again: on another day, or every few weeks, with holidays named and the days chosen in sight."""

from __future__ import annotations

import re
from datetime import date, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from core.ids import new_id
from enrollment.actions import series
from enrollment.actions.planning import PlanRefused, cancel_session, plan_session
from enrollment.actions.qualifying import add_task
from enrollment.actions.seating import take_seat
from enrollment.models import PlannedSession
from enrollment.rules.meetings import Span
from people.actions import deactivate_person
from people.choices import AccessRole
from people.models import Holiday, User
from tests.enrollment.booking import LATER, STARTS, a_session, in_days, said, terms, told
from tests.enrollment.classroom import retire
from tests.enrollment.workplace import AT, a_course, browser, complete, operator, write
from tests.factories import BY, LONG_AGO, make_person

DAY, WEEK, HOURS = timedelta(days=1), timedelta(weeks=1), timedelta(hours=2)
FIRST = date(2026, 12, 10)


def found(session: PlannedSession, by: User, **asked: Any) -> list[series.Candidate]:
    values = {"first": FIRST, "times": 3, "weeks": 1, **asked}
    return series.candidates(session=session, by=by, at=LATER, **values)


def test_holidays_and_free_days_are_named_and_not_proposed(boss: User) -> None:
    session = a_session(boss, later=[Span(STARTS + DAY, STARTS + DAY + HOURS)])  # Thursday and Friday
    write([Holiday(site=session.site, on=date(2026, 12, 25), name="Christmas Day")])
    days = found(session, boss, times=4)
    assert [each.on for each in days] == [FIRST + count * WEEK for count in range(4)]
    assert [each.is_chosen for each in days] == [True, True, False, True]
    assert days[2].free == ["Friday 25 December 2026: Christmas Day"]
    assert days[1].days == tuple(Span(each.starts_at + 2 * WEEK, each.ends_at + 2 * WEEK) for each in session.spans)
    assert found(session, boss, first=date(2026, 12, 12), times=1)[0].free == [
        "Saturday 12 December 2026: a free day", "Sunday 13 December 2026: a free day",
    ]  # fmt: skip


def test_several_days_that_would_meet_the_ones_before_are_not_proposed(boss: User) -> None:
    session = a_session(boss, later=[Span(STARTS + WEEK, STARTS + WEEK + HOURS)])
    days = found(session, boss, times=4)
    assert [(each.overlaps, each.is_chosen) for each in days] == [
        (False, True), (True, False), (False, True), (True, False),
    ]  # fmt: skip


def test_hours_stay_those_of_the_clocks_there(boss: User) -> None:
    session = a_session(boss)
    [summer] = found(session, boss, first=date(2027, 6, 3), times=1)
    local = summer.days[0].starts_at.astimezone(ZoneInfo(session.site.time_zone))
    assert (local.hour, summer.days[0].starts_at.hour) == (10, 8)


def test_what_is_planned_again_is_the_same_but_for_its_day(boss: User) -> None:
    trainer = operator("Tara")
    session = a_session(boss, led_by=trainer, capacity=7, words="Bring a pen", link="https://meet.test/7")
    take_seat(session=session, by=operator("Ana", manager=boss), at=AT)
    [made] = series.plan_again(session=session, planned=[found(session, boss)[0].days], by=boss, at=LATER)
    same = ("course", "site", "place", "link", "trainer", "led_by", "capacity", "words")
    assert [getattr(made, name) for name in same] == [getattr(session, name) for name in same]
    assert made.starts_at == STARTS + WEEK
    assert (made.state, made.seats.count(), made.planned_at) == ("planned", 0, LATER)
    assert len(said("session_planned")) == 2
    cancel_session(session=session, by=boss, at=LATER, reason="The room is flooded")
    assert series.plan_again(session=session, planned=[found(session, boss)[1].days], by=boss, at=LATER)


def test_who_leads_several_is_told_once(boss: User) -> None:
    trainer = operator("Tara")
    session = a_session(boss, led_by=trainer)
    days = [each.days for each in reversed(found(session, boss))]
    made = series.plan_again(session=session, planned=days, by=boss, at=LATER)
    assert [each.starts_at for each in made] == [STARTS + WEEK, STARTS + 2 * WEEK, STARTS + 3 * WEEK]
    message = told("sessions_to_lead")["Tara"]
    for day in ("Thursday 10 December", "Thursday 17 December", "Thursday 24 December"):
        assert day in message
    assert told("session_to_lead")["Tara"].count("Thursday") == 1, "of the first one only"


def test_all_or_none_are_planned(boss: User) -> None:
    session = a_session(boss)
    past = (Span(AT - DAY, AT - DAY + HOURS),)
    with pytest.raises(PlanRefused, match="has passed"):
        series.plan_again(session=session, planned=[found(session, boss)[0].days, past], by=boss, at=LATER)
    with pytest.raises(PlanRefused, match="at least one day"):
        series.plan_again(session=session, planned=[], by=boss, at=LATER)
    assert PlannedSession.objects.count() == 1


def test_why_it_can_not_be_planned_again(boss: User) -> None:
    trainer, course = operator("Tara"), a_course()
    session = a_session(boss, led_by=trainer, course=course)
    assert [each.refusal for each in found(session, boss, first=date(2026, 11, 12), times=2)] == [
        "That time has passed. Choose a later one.", "That time has passed. Choose a later one.",
    ]  # fmt: skip
    retire(course.versions.get())
    assert "No version of this training is in effect" in found(session, boss)[0].refusal
    deactivate_person(person=trainer, by=BY, at=LATER, left_on=AT.date(), reason="left the company")
    session.refresh_from_db()
    assert "The account of Tara is closed" in found(session, boss)[0].refusal


def test_trainer_is_qualified_on_some_of_the_days(boss: User) -> None:
    taught, asked = a_course("Gowning"), a_course("Teaching gowning")
    add_task(
        name="Teach gowning", courses=[asked], leads=[taught], by=make_person(AccessRole.ADMINISTRATOR), at=LONG_AGO
    )
    complete(boss, asked, on=AT.date() - DAY, valid_until=date(2026, 12, 14))
    session = a_session(boss, course=taught, led_by=boss)
    first, second, _third = found(session, boss)
    assert first.refusal == ""
    assert "Jonas Keller is not qualified for this on 17 Dec 2026" in second.refusal


def test_day_on_which_the_trainer_leads_another_is_not_proposed(boss: User) -> None:
    trainer = operator("Tara")
    session = a_session(boss, led_by=trainer)
    a_session(boss, course=a_course("Gowning"), starts_at=STARTS + 2 * WEEK + HOURS / 2, led_by=trainer)
    a_session(boss, course=a_course("Beside"), starts_at=STARTS + WEEK + HOURS, led_by=trainer)
    days = found(session, boss)
    assert [[each.title for each in day.clashes] for day in days] == [[], ["Gowning"], []]
    assert [day.is_chosen for day in days] == [True, False, True]


# The page


def planned(by: User, **changed: Any) -> PlannedSession:
    made = {"starts_at": in_days(10), **changed}
    return plan_session(course=a_course("Aseptic filling"), terms=terms(**made), by=by, at=timezone.now())


def words(html: str) -> str:
    return re.sub(r"\s+", " ", strip_tags(html)).replace("&nbsp;", " ")


def ticked(html: str) -> list[bool]:
    return [" checked" in each for each in re.findall(r'<input[^>]* name="on"[^>]*>', html)]


def test_manager_sees_the_days_first_and_plans_those_that_are_chosen(boss: User) -> None:
    session = planned(boss, later=[Span(in_days(11), in_days(11) + HOURS)])
    url, client = reverse("enrollment:plan_again", args=[session.pk]), browser(boss)
    assert url in client.get(reverse("enrollment:planned", args=[session.pk])).content.decode()
    html = client.get(url).content.decode()
    first = (session.starts_at + WEEK).astimezone(session.site.zone).date()
    assert f'value="{first.isoformat()}"' in html
    assert len(ticked(html)) == 1
    write([Holiday(site=session.site, on=first + WEEK, name="Founders Day")])
    asked = {"first": first.isoformat(), "times": "3", "weeks": "1"}
    html = client.get(url, asked).content.decode()
    assert "Founders Day" in html
    assert ticked(html)[1] is False
    chosen = [(first + count * WEEK).isoformat() for count in (0, 2)]
    form = {**asked, "id": str(new_id()), "on": chosen}
    reply = client.post(url, form, follow=True)
    assert "2 sessions are planned." in words(reply.content.decode())
    assert sorted(PlannedSession.objects.values_list("starts_at", flat=True))[1:] == [
        session.starts_at + WEEK, session.starts_at + 3 * WEEK,
    ]  # fmt: skip
    assert client.post(url, form).status_code == 302, "the same form twice"
    assert PlannedSession.objects.count() == 3


@pytest.mark.parametrize(
    ("changed", "said_of_it"),
    [
        ({"on": []}, "Choose at least one day."),
        ({"on": ["2026-01-01"]}, "One of these days can not be chosen any more."),
        ({"times": "27"}, "At most 26."),
        ({"first": "2020-01-02", "on": ["2020-01-02"]}, "One of these days can not be chosen any more."),
        ({"first": "soon"}, "First day: "),
    ],
)
def test_what_is_wrong_is_said(boss: User, changed: dict[str, Any], said_of_it: str) -> None:
    session = planned(boss)
    first = (session.starts_at + WEEK).astimezone(session.site.zone).date().isoformat()
    form = {"first": first, "times": "2", "weeks": "1", "id": str(new_id()), "on": [first], **changed}
    reply = browser(boss).post(reverse("enrollment:plan_again", args=[session.pk]), form)
    assert (reply.status_code, PlannedSession.objects.count()) == (422, 1)
    assert said_of_it in words(reply.content.decode())


def test_who_may_plan_it_again(boss: User) -> None:
    trainer, other = operator("Tara"), make_person(name="Other boss")
    operator("Their own", manager=other)
    url = reverse("enrollment:plan_again", args=[planned(boss, led_by=trainer).pk])
    assert browser(trainer).get(url).status_code == 403
    assert browser(User.objects.get(pk=other.pk)).get(url).status_code == 404
    assert browser(make_person(AccessRole.ADMINISTRATOR)).get(url).status_code == 200


@pytest.mark.parametrize("tasks", [0, 2])
def test_page_asks_as_much_for_many_as_for_one(boss: User, tasks: int) -> None:
    session, client = planned(boss, led_by=boss, later=[Span(in_days(11), in_days(11) + HOURS)]), browser(boss)
    _has_to_be_qualified(boss, session, tasks)
    url = reverse("enrollment:plan_again", args=[session.pk])

    def asked(times: int) -> int:
        first = (session.starts_at + WEEK).date().isoformat()
        with CaptureQueriesContext(connection) as queries:
            reply = client.get(url, {"first": first, "times": times, "weeks": 1})
        assert [each.refusal for each in reply.context["choices"]] == [""] * times
        return len(queries)

    asked(1)
    assert asked(26) == asked(2)


def test_planning_again_asks_once_whether_the_trainer_is_qualified(boss: User) -> None:
    session = planned(boss, led_by=boss, later=[Span(in_days(11), in_days(11) + HOURS)])
    _has_to_be_qualified(boss, session, 2)
    weeks = iter(range(1, 99))

    def asked(times: int) -> int:
        days = [
            tuple(Span(each.starts_at + ahead * WEEK, each.ends_at + ahead * WEEK) for each in session.spans)
            for ahead in islice(weeks, times)
        ]
        with CaptureQueriesContext(connection) as queries:
            series.plan_again(session=session, planned=days, by=boss, at=timezone.now())
        return sum("enrollment_completion" in each["sql"] for each in queries)

    assert (asked(2), asked(26)) == (1, 1)


def _has_to_be_qualified(trainer: User, session: PlannedSession, many: int) -> None:
    """Let so many tasks be asked of whoever leads the course of a session; the trainer is qualified for them."""
    admin, today = make_person(AccessRole.ADMINISTRATOR), timezone.now().date()
    for count in range(many):
        asked = a_course(f"Teaching {count}")
        add_task(name=f"Teach {count}", courses=[asked], leads=[session.course], by=admin, at=LONG_AGO)
        complete(trainer, asked, on=today - DAY, valid_until=today + 1000 * DAY)
