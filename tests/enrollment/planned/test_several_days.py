"""Sessions over several days: a seat is one on all of them, and each day is told, kept and in the calendar."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import vobject
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from core.ids import new_id
from courses.models import Course
from enrollment import tasks
from enrollment.actions.calendar import renew_calendar_feed
from enrollment.actions.planning import PlanRefused, cancel_session, change_session, plan_session
from enrollment.actions.qualifying import add_task
from enrollment.actions.seating import SeatRefused, give_up_seat, take_seat
from enrollment.models import Meeting, PlannedSession
from enrollment.queries.planned import booked_by, coming_of, values_of_record
from enrollment.rules import short_day
from enrollment.rules.meetings import Span
from notifications.models import Message
from people.choices import AccessRole
from people.models import User
from records.models import Event
from records.triggers import NO_FACT
from tests.enrollment.booking import (
    LATER,
    STARTS,
    a_boss,
    a_session,
    in_days,
    recorded,
    row_of,
    said,
    seated,
    states,
    terms,
    told,
)
from tests.enrollment.workplace import AT, a_course, browser, complete, operator, rewrite, write
from tests.factories import LONG_AGO, make_person, make_site

HOURS, DAY = timedelta(hours=2), timedelta(days=1)


def after(days: float) -> Span:
    """Return the same hours so many days after the first day."""
    return Span(STARTS + days * DAY, STARTS + days * DAY + HOURS)


def test_session_goes_from_its_first_day_to_its_last(boss: User, team: list[User]) -> None:
    session = a_session(boss, course=a_course("Aseptic filling"), later=[after(7), after(1)])
    assert (session.starts_at, session.ends_at) == (STARTS, STARTS + 7 * DAY + HOURS)
    assert session.spans == (after(0), after(1), after(7))
    seated(session, *team)
    whole = (
        "Thursday 3 December 2026, 10:00 to 12:00 CET; Friday 4 December 2026, 10:00 to 12:00 CET; "
        "Thursday 10 December 2026, 10:00 to 12:00 CET"
    )
    assert f"When: {whole}\n" in told("seat_taken")["Ana"]
    assert "CET, and 2 more days until Thursday 10 December 2026 is full." in told("seat_awaited")["Cleo"]
    assert said("session_planned") == [f"Jonas Keller planned a session of Aseptic filling: {whole}"]


def test_change_writes_only_what_is_different_and_tells_it(boss: User, team: list[User]) -> None:
    session = a_session(boss, later=[after(1), after(2)])
    seated(session, team[0])
    kept = set(Meeting.objects.values_list("pk", flat=True)) - {Meeting.objects.get(starts_at=after(2).starts_at).pk}
    change_session(session=session, terms=terms(later=[after(1), after(3)]), seen_at=None, by=boss, at=LATER)
    assert session.spans == (after(0), after(1), after(3))
    assert kept < set(Meeting.objects.values_list("pk", flat=True))
    assert "Sunday 6 December 2026, 10:00 to 12:00 CET (was: " in told("session_changed")["Ana"]
    caught = Event.objects.filter(kind="capture", subject_type="enrollment_meeting")
    assert sorted(caught.values_list("verb", flat=True)) == ["deleted", *["inserted"] * 4]
    change_session(session=session, terms=terms(), seen_at=LATER, by=boss, at=LATER)
    assert row_of(session).get().ends_at == STARTS + HOURS


def test_days_that_are_not_held_yet_change_and_the_others_stay(boss: User, team: list[User]) -> None:
    session = a_session(boss, capacity=1, later=[after(7), after(14)])
    seated(session, *team[:2])
    midway = STARTS + DAY
    change = partial(change_session, session=session, by=boss, at=midway)
    with pytest.raises(PlanRefused, match="has passed"):
        change(terms=terms(capacity=1, later=[after(7), after(0.5)]), seen_at=None)
    change(terms=terms(capacity=2, later=[after(21)]), seen_at=None)
    assert session.spans == (after(0), after(21))
    assert states(session) == {"Ana": "taken", "Ben": "waiting"}, "seats stay as they are once it has begun"
    with pytest.raises(PlanRefused, match="A day that has begun stays"):
        change(terms=terms(starts_at=STARTS + 2 * DAY, later=[after(21)]), seen_at=midway)
    for act in (partial(take_seat, by=team[2]), partial(give_up_seat, by=team[0])):
        with pytest.raises(SeatRefused, match="has begun"):
            act(session=session, at=midway)
    with pytest.raises(PlanRefused, match="has begun"):
        cancel_session(session=session, by=boss, at=midway, reason="The trainer is ill")
    with pytest.raises(PlanRefused, match="has begun"):
        change_session(session=session, terms=terms(), seen_at=midway, by=boss, at=after(21).starts_at)


def test_who_came_is_recorded_once_the_last_day_has_begun(boss: User, team: list[User]) -> None:
    session = a_session(boss, later=[after(7)])
    seated(session, *team[:2])
    with pytest.raises(PlanRefused, match="The last day of this session has not begun yet"):
        recorded(session, team, boss, at=STARTS + DAY)
    last = after(7).starts_at.date()
    assert values_of_record(row_of(session).get(), [])["held_on"] == last
    assert recorded(session, team, boss, at=after(7).ends_at, held_on=last).held_on == last


def test_trainer_is_qualified_on_every_day(boss: User) -> None:
    taught, asked = a_course("Gowning"), a_course("Teaching gowning")
    admin = make_person(AccessRole.ADMINISTRATOR, signs=True)
    add_task(name="Teach gowning", courses=[asked], leads=[taught], by=admin, at=LONG_AGO)
    complete(boss, asked, on=AT.date() - timedelta(days=9), valid_until=STARTS.date() + timedelta(days=3))
    assert a_session(boss, course=taught, led_by=boss, later=[after(1)])
    with pytest.raises(PlanRefused, match="not qualified for this on 10 Dec 2026"):
        a_session(boss, course=taught, led_by=boss, later=[after(1), after(7)])


def test_people_are_reminded_of_a_day_that_does_not_follow_another(
    boss: User, team: list[User], monkeypatch: Any
) -> None:
    session = a_session(boss, later=[after(1), after(8)])
    seated(session, *team)
    sweep = {"at": STARTS}
    monkeypatch.setattr(tasks, "now", lambda: sweep["at"])
    for days, expected in ((-2, 0), (-0.9, 2), (0.1, 0), (0.9, 0), (6, 0), (7.1, 2), (7.5, 0), (8, 0)):
        sweep["at"] = STARTS + days * DAY
        before = len(_reminded())
        tasks.remind_of_sessions()
        tasks.remind_of_sessions()
        assert len(_reminded()) - before == expected, days
    first, last = _reminded()[0], _reminded()[-1]
    assert "Friday 4 December" in first
    assert "give up your seat" in first
    assert "When: Friday 11 December 2026, 10:00 to 12:00 CET\n" in last
    assert "This is day 3 of 3." in last


def test_who_takes_a_seat_late_hears_which_reminder_follows(boss: User, team: list[User], monkeypatch: Any) -> None:
    session = a_session(boss, later=[after(7)])
    take_seat(session=session, by=team[0], at=STARTS - timedelta(hours=3))
    assert "so no reminder of the first day follows." in told("seat_taken")["Ana"]
    monkeypatch.setattr(tasks, "now", lambda: STARTS - timedelta(hours=2))
    tasks.remind_of_sessions()
    assert _reminded() == []
    monkeypatch.setattr(tasks, "now", lambda: STARTS + 6.2 * DAY)
    tasks.remind_of_sessions()
    assert len(_reminded()) == 1
    close = a_session(boss, later=[after(1)])
    take_seat(session=close, by=team[1], at=STARTS - timedelta(hours=3))
    assert "so no reminder follows." in told("seat_taken")["Ben"]


def _reminded() -> list[str]:
    found = Message.objects.filter(kind="enrollment.session_tomorrow").order_by("created_at", "pk")
    return list(found.values_list("body", flat=True))


def test_who_waits_hears_of_it_no_longer_once_it_has_begun(boss: User, team: list[User]) -> None:
    session = a_session(boss, capacity=1, later=[after(7)])
    seated(session, *team[:2])
    moved = terms(capacity=1, place="Room 9", later=[after(7)])
    for person, before, midway in ((team[0], 1, 1), (team[1], 1, 0)):
        for listed in (coming_of, booked_by):
            assert len(listed(person, at=LATER)) == before
            assert len(listed(person, at=STARTS + DAY)) == midway
    change_session(session=session, terms=moved, seen_at=None, by=boss, at=STARTS + DAY)
    assert set(told("session_changed")) == {"Ana"}
    assert states(session)["Ben"] == "waiting", "the record of it stays"


# What the database holds


def test_days_of_one_session_never_overlap_and_those_of_two_may(boss: User) -> None:
    session, other = a_session(boss, later=[after(1)]), a_session(boss, later=[after(1)])
    assert other.spans == session.spans
    within = Meeting(session=session, starts_at=STARTS + HOURS / 2, ends_at=STARTS + HOURS)
    with pytest.raises(IntegrityError, match="meeting_one_at_a_time"), transaction.atomic():
        write([within])
    with pytest.raises(IntegrityError, match="meeting_ends_after_it_starts"), transaction.atomic():
        rewrite(Meeting.objects.filter(session=session), ends_at=STARTS)


@pytest.mark.parametrize("break_it", ["session", "longer", "gone", "more"])
def test_session_spans_its_days(boss: User, break_it: str) -> None:
    session = a_session(boss, later=[after(1)])
    last = Meeting.objects.filter(session=session, starts_at=after(1).starts_at)
    broken: dict[str, Callable[[], Any]] = {
        "session": lambda: rewrite(row_of(session), ends_at=STARTS + 3 * DAY),
        "longer": lambda: rewrite(last, ends_at=STARTS + 2 * DAY),
        "gone": last.delete,
        "more": lambda: write([Meeting(session=session, starts_at=after(3).starts_at, ends_at=after(3).ends_at)]),
    }
    broken[break_it]()
    with pytest.raises(IntegrityError, match="from its first day to its last"), transaction.atomic():
        _check_now()
    change_session(session=session, terms=terms(later=[after(2)]), seen_at=None, by=boss, at=LATER)  # and it is whole


def _check_now() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_days_of_what_is_over_stay(boss: User, team: list[User]) -> None:
    off, held, other = (a_session(boss, later=[after(1)]) for _count in range(3))
    with pytest.raises(DatabaseError, match="stays with its session"), transaction.atomic():
        rewrite(Meeting.objects.filter(session=off), session=other)
    cancel_session(session=off, by=boss, at=LATER, reason="The trainer is ill")
    recorded(held, team[:1], boss, at=after(1).ends_at)
    for session in (off, held):
        days = Meeting.objects.filter(session=session)
        for act in (
            partial(rewrite, days, ends_at=STARTS + 9 * DAY),
            days.delete,
            partial(write, [Meeting(session=session, starts_at=STARTS - DAY, ends_at=STARTS - HOURS)]),
        ):
            with pytest.raises(DatabaseError, match="over do not change"), transaction.atomic():
                act()


@pytest.mark.usefixtures("committed_db")
def test_days_need_a_fact() -> None:
    session = a_session(a_boss())
    with pytest.raises(DatabaseError) as refused, transaction.atomic():
        Meeting.objects.filter(session=session).update(ends_at=STARTS + DAY)
    assert refused.value.__cause__.pgcode == NO_FACT


# Pages


def a_long_one(by: User, course: Course, **changed: Any) -> PlannedSession:
    first = in_days(10)
    later = [Span(first + days * DAY, first + days * DAY + HOURS) for days in (1, 7)]
    return plan_session(course=course, terms=terms(starts_at=first, later=later, **changed), by=by, at=timezone.now())


def begin(session: PlannedSession) -> None:
    """Let the first day of a session be over since yesterday."""
    first = Meeting.objects.filter(session=session, starts_at=session.starts_at)
    rewrite(row_of(session), starts_at=in_days(-1))
    rewrite(first, starts_at=in_days(-1), ends_at=in_days(-1) + HOURS)


def words(html: str) -> str:
    return re.sub(r"\s+", " ", strip_tags(html)).replace("&nbsp;", " ")


def typed(course: Course | None, **changed: Any) -> dict[str, Any]:
    day = (timezone.now() + timedelta(days=10)).date()
    values = {
        "id": str(new_id()), "site": str(make_site().pk), "day": day.isoformat(), "begins": "09:00", "ends": "11:00",
        "day_2": (day + DAY).isoformat(), "day_4": (day + 7 * DAY).isoformat(), "begins_4": "13:00", "ends_4": "15:30",
        "place": "Room 4", "trainer": "Dr. Steiner", "capacity": "8",
    }  # fmt: skip
    return {**values, **({"course": str(course.pk)} if course else {}), **changed}


def hours(session: PlannedSession) -> list[str]:
    zone = session.site.zone
    return [f"{each.starts_at.astimezone(zone):%H:%M}-{each.ends_at.astimezone(zone):%H:%M}" for each in session.spans]


def test_manager_plans_several_days_and_takes_one_away(boss: User) -> None:
    client = browser(boss)
    reply = client.post(reverse("enrollment:new_planned"), typed(a_course()))
    session = PlannedSession.objects.get()
    assert reply["Location"] == reverse("enrollment:planned", args=[session.pk])
    assert hours(session) == ["09:00-11:00", "09:00-11:00", "13:00-15:30"]
    html = client.get(reply["Location"]).content.decode()
    assert "and 2 more days until" in words(html)
    assert "13:00 to 15:30" in words(html)
    change = reverse("enrollment:change_planned", args=[session.pk])
    html = client.get(change).content.decode()
    assert 'value="15:30"' in html
    assert re.search(r"<details[^>]* open", html), "what is filled in is in sight"
    fields = typed(None, seen="")
    assert client.post(change, {**fields, "day_2": ""}).status_code == 302
    assert hours(session) == ["09:00-11:00", "13:00-15:30"]


@pytest.mark.parametrize(
    ("changed", "field", "said_of_it"),
    [
        ({"day_3": "", "begins_3": "10:00"}, "day_3", "Say on which day, or leave its hours empty, too."),
        ({"begins_4": "16:00"}, "ends_4", "It ends before it begins."),
        ({"day_4": "2020-01-01"}, "day_4", "That time has passed."),
        ({"day_4": "2027-03-28", "begins_4": "02:30"}, "begins_4", "never show this time"),
        ({"day_2": "same"}, "day", "Two of its days overlap."),
    ],
)
def test_what_is_wrong_with_a_day_is_said_beside_it(
    boss: User, changed: dict[str, str], field: str, said_of_it: str
) -> None:
    fields = typed(a_course(), **changed)
    if fields["day_2"] == "same":
        fields["day_2"] = fields["day"]
    reply = browser(boss).post(reverse("enrollment:new_planned"), fields)
    html = reply.content.decode()
    assert (reply.status_code, PlannedSession.objects.exists()) == (422, False)
    assert said_of_it in html.partition(f'id="id_{field}_error"')[2][:300]
    assert 'value="15:30"' in html


def test_sheet_has_a_column_to_sign_for_each_day(boss: User, team: list[User]) -> None:
    first = in_days(10)
    later = [Span(first + days * DAY, first + days * DAY + HOURS) for days in range(1, 6)]
    session = plan_session(course=a_course(), terms=terms(starts_at=first, later=later), by=boss, at=timezone.now())
    take_seat(session=session, by=team[0], at=timezone.now())
    html = browser(boss).get(reverse("enrollment:sign_in_sheet", args=[session.pk])).content.decode()
    assert html.count("Signature, ") == 6
    assert html.count(">Ana</th>") == 2, "once on each sheet of four days"


def test_each_day_stands_in_the_calendar(client: Client, boss: User, team: list[User]) -> None:
    session = a_long_one(boss, a_course("Aseptic filling"))
    take_seat(session=session, by=team[0], at=timezone.now())
    url = reverse("enrollment:calendar_feed", args=[renew_calendar_feed(person=team[0], at=timezone.now())])
    for body in (client.get(url), browser(team[0]).get(reverse("enrollment:session_ics", args=[session.pk]))):
        events = vobject.readOne(body.content.decode()).contents["vevent"]
        assert [each.dtstart.value for each in events] == [each.starts_at for each in session.spans]
        assert [each.summary.value for each in events][1] == "Session: Aseptic filling (day 2 of 3)"
        names = [each.uid.value.partition("@")[0] for each in events]
        assert names == [str(session.pk), f"{session.pk}-2", f"{session.pk}-3"]


def test_who_is_elsewhere_on_one_of_the_days_sees_it(boss: User, team: list[User]) -> None:
    session = a_long_one(boss, a_course())
    second = session.spans[1]
    other = plan_session(
        course=a_course("Gowning"), terms=terms(starts_at=second.starts_at), by=boss, at=timezone.now()
    )
    beside = plan_session(course=a_course("Beside"), terms=terms(starts_at=second.ends_at), by=boss, at=timezone.now())
    for each in (other, beside):
        take_seat(session=each, by=team[0], at=timezone.now())
    page = reverse("enrollment:planned", args=[session.pk])
    html = words(browser(team[0]).get(page).content.decode())
    assert "At the same time you have a seat in Gowning" in html
    assert "Beside" not in html
    assert "At the same time" not in words(browser(team[1]).get(page).content.decode())


def test_page_of_a_session_midway_lets_its_days_change_and_nothing_else(boss: User, team: list[User]) -> None:
    session, client = a_long_one(boss, a_course()), browser(boss)
    take_seat(session=session, by=team[0], at=timezone.now())
    begin(session)
    page = words(client.get(reverse("enrollment:planned", args=[session.pk])).content.decode())
    assert "Change" in page
    for locked in ("Cancel the session", "Take off", "Seat people", "Record who came"):
        assert locked not in page
    change = reverse("enrollment:change_planned", args=[session.pk])
    assert client.get(change).status_code == 200
    assert client.get(reverse("enrollment:cancel_planned", args=[session.pk])).status_code == 302
    zone = session.site.zone
    begun, second, last = row_of(session).get().spans
    fields = {
        "seen": "", "site": str(session.site_id), "place": "Room 5", "trainer": "Dr. Steiner", "capacity": "2",
        "day": f"{begun.starts_at.astimezone(zone):%Y-%m-%d}", "begins": f"{begun.starts_at.astimezone(zone):%H:%M}",
        "ends": f"{begun.ends_at.astimezone(zone):%H:%M}", "day_2": f"{last.starts_at.astimezone(zone):%Y-%m-%d}",
        "begins_2": "09:00", "ends_2": "10:00",
    }  # fmt: skip
    assert client.post(change, fields).status_code == 302
    assert second not in row_of(session).get().spans
    assert hours(session)[-1] == "09:00-10:00"


def test_page_says_which_reminder_follows(boss: User, team: list[User]) -> None:
    session = plan_session(
        course=a_course(),
        terms=terms(starts_at=in_days(0.2), later=[Span(in_days(7), in_days(7) + HOURS)]),
        by=boss,
        at=timezone.now(),
    )
    take_seat(session=session, by=team[0], at=timezone.now())
    html = browser(team[0]).get(reverse("enrollment:planned", args=[session.pk])).content.decode()
    assert "so no reminder of the first day follows. You are told when something changes." in words(html)


def test_page_says_nothing_of_the_waiting_list_once_it_has_begun(boss: User, team: list[User]) -> None:
    session = a_long_one(boss, a_course(), capacity=1)
    for each in team[:2]:
        take_seat(session=session, by=each, at=timezone.now())
    client, url = browser(team[1]), reverse("enrollment:planned", args=[session.pk])
    assert "You are on the waiting list" in words(client.get(url).content.decode())
    begin(session)
    page = words(client.get(url).content.decode())
    assert "has begun" in page
    assert "on the waiting list" not in page


def test_who_takes_over_midway_is_qualified_on_the_days_to_come(boss: User) -> None:
    taught, asked = a_course("Gowning"), a_course("Teaching gowning")
    admin = make_person(AccessRole.ADMINISTRATOR, signs=True)
    add_task(name="Teach gowning", courses=[asked], leads=[taught], by=admin, at=LONG_AGO)
    today = timezone.now().date()
    complete(boss, asked, on=today - 9 * DAY, valid_until=today + 900 * DAY)
    newly, never = operator("Newly", manager=boss), operator("Never", manager=boss)
    complete(newly, asked, on=today, valid_until=today + 900 * DAY)
    session = a_long_one(boss, taught, led_by=boss)
    begin(session)
    client, url = browser(boss), reverse("enrollment:change_planned", args=[session.pk])
    form = client.get(url).context["form"]
    shown = {name: form[name].value() for name in form.fields}
    fields = {name: value if value is not None else "" for name, value in shown.items()} | {"trainer": ""}
    reply = client.post(url, {**fields, "trainer_number": never.employee_number})
    [refusal] = reply.context["form"].errors["trainer_number"]
    second = row_of(session).get().spans[1].starts_at.astimezone(session.site.zone).date()
    assert f"is not qualified for this on {short_day(second)}: Teach gowning." in refusal
    assert client.post(url, {**fields, "trainer_number": newly.employee_number}).status_code == 302
    assert row_of(session).get().led_by == newly
