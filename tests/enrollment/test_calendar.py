"""Due days in one's own calendar program: the same events for the same days, under a secret address."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import vobject
from django.db import IntegrityError, transaction
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import DjangoAssertNumQueries

from enrollment.actions.calendar import renew_calendar_feed, revoke_calendar_feed
from enrollment.calendar import calendar_of
from enrollment.choices import Status, Why
from enrollment.models import Assignment, CalendarFeed
from enrollment.queries import Standing
from people.actions import deactivate_person
from people.choices import AccessRole
from people.models import User
from records.models import Event
from tests.enrollment.workplace import AT, TODAY, a_course, complete, operator, switched_on
from tests.factories import BY, make_person

COURSE, ASSIGNMENT = UUID(int=1), UUID(int=2)
STANDING = Standing(
    user_id=UUID(int=3), course_id=COURSE, takes_id=COURSE, assignment_id=ASSIGNMENT, requirement_id=UUID(int=4),
    because={"job_role": "Tablet Operator", "since": "2026-11-03"}, assigned_at=AT, due_on=date(2026, 12, 21),
    zone="Europe/Zurich", today=TODAY, enrollment_id=None, version_id=None, completion_id=None, completed_on=None,
    valid_until=None, status=Status.TODO, why=Why.FIRST, late_on=date(2026, 12, 22), window_on=None,
    is_extended=False, is_moved=False,
)  # fmt: skip


def events(body: bytes) -> list[Any]:
    """Read a calendar with a library that did not write it."""
    return list(vobject.readOne(body.decode()).contents.get("vevent", []))


def test_due_day_is_an_event_of_the_whole_day(db: None) -> None:
    (event,) = events(calendar_of([STANDING], {COURSE: "Lockout, tagout; \\ and “more”"}))
    assert event.summary.value == "Due: Lockout, tagout; \\ and “more”"
    assert (event.dtstart.value, event.dtend.value) == (date(2026, 12, 21), date(2026, 12, 22))
    assert event.uid.value == f"{ASSIGNMENT}-20261221@testserver"
    assert event.dtstamp.value == event.last_modified.value == AT
    assert event.description.value == (
        f"Because your job role is Tablet Operator since 3 Nov 2026.\nhttp://testserver/courses/{COURSE}/start/"
    )
    assert event.url.value == f"http://testserver/courses/{COURSE}/start/"
    assert event.valarm.trigger.value == timedelta(hours=-15)


def test_completion_that_ends_is_due_on_its_last_day_and_one_without_end_is_not() -> None:
    ends = date(2027, 12, 1)
    done = replace(STANDING, completed_on=date(2026, 12, 1), valid_until=ends, due_on=ends, status=Status.DONE)
    (event,) = events(calendar_of([done], {COURSE: "Lockout"}))
    assert (event.summary.value, event.dtstart.value) == ("Expires: Lockout", date(2027, 12, 1))
    assert event.last_modified.value == datetime(2026, 12, 1, tzinfo=UTC)
    assert events(calendar_of([replace(done, valid_until=None, due_on=None)], {COURSE: "Lockout"})) == []


def test_event_keeps_its_name_until_the_day_moves() -> None:
    def uid(standing: Standing, title: str = "Lockout") -> str:
        return str(events(calendar_of([standing], {COURSE: title}))[0].uid.value)

    late = replace(STANDING, status=Status.LATE, today=date(2027, 1, 1))
    assert uid(STANDING) == uid(late) == uid(STANDING, "Renamed")
    assert uid(replace(STANDING, due_on=date(2026, 12, 22))) != uid(STANDING)


@given(st.text(max_size=300))
def test_any_title_survives_and_no_line_is_too_long(title: str) -> None:
    body = calendar_of([STANDING], {COURSE: title})
    lines = body.split(b"\r\n")
    assert lines[0] == b"BEGIN:VCALENDAR"
    assert lines[-2:] == [b"END:VCALENDAR", b""]
    assert all(len(line) <= 75 for line in lines), "RFC 5545, 3.1"
    assert not any(re.search(rb"[\r\n]", line) for line in lines)
    assert body.count(b"BEGIN:VEVENT") == 1
    assert sum(line.startswith(b"UID:") for line in lines) == 1


# The secret address


@pytest.fixture
def maya(db: None) -> User:
    return operator("Maya Lindqvist")


@pytest.fixture
def admin(db: None) -> User:
    return make_person(AccessRole.ADMINISTRATOR)


def test_secret_is_returned_once_and_only_its_hash_is_kept(maya: User) -> None:
    token = renew_calendar_feed(person=maya, at=AT)
    feed = CalendarFeed.objects.get()
    assert token not in str(CalendarFeed.objects.values().get())
    assert len(token) >= 43
    again = renew_calendar_feed(person=maya, at=AT)
    assert CalendarFeed.objects.get().token_sha256 != feed.token_sha256
    assert again != token
    assert revoke_calendar_feed(person=maya, at=AT)
    assert not revoke_calendar_feed(person=maya, at=AT)
    facts = Event.objects.filter(kind="fact", verb__startswith="enrollment.calendar").order_by("id")
    assert [fact.sentence for fact in facts] == [
        "Maya Lindqvist made a new address for their calendar",
        "Maya Lindqvist made a new address for their calendar",
        "Maya Lindqvist ended the address of their calendar",
    ]
    captured = Event.objects.filter(kind="capture", subject_type="enrollment_calendarfeed")
    assert feed.token_sha256 not in str(list(captured.values_list("old", "new")))


def test_second_address_of_a_person_is_refused_by_the_database(maya: User) -> None:
    renew_calendar_feed(person=maya, at=AT)
    with pytest.raises(IntegrityError, match="user_id"), transaction.atomic():
        CalendarFeed.objects.create(user=maya, token_sha256="0" * 64, created_at=AT)


def test_feed_is_read_without_a_session_and_is_the_persons_own(client: Client, maya: User, admin: User) -> None:
    course = a_course("Lockout")
    switched_on(course, by=admin)
    other = operator("Rosa")
    complete(other, course, on=TODAY, valid_until=date(2027, 11, 23))
    address = f"/calendar/{renew_calendar_feed(person=maya, at=AT)}.ics"
    answer = client.get(address)
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer["Cache-Control"] == "private, no-cache"
    assert not answer.cookies
    (event,) = events(answer.content)
    assignment = Assignment.objects.get(user=maya)
    assert event.uid.value.startswith(str(assignment.pk))
    assert event.dtstart.value == assignment.due_on
    unchanged = client.get(address, headers={"If-None-Match": answer["ETag"]})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert client.get(address, headers={"If-None-Match": '"other"'}).status_code == 200
    assert client.head(address).status_code == 200
    assert client.post(address).status_code == 405


def test_address_ends_when_it_is_renewed_revoked_or_its_person_leaves(client: Client, maya: User) -> None:
    first = f"/calendar/{renew_calendar_feed(person=maya, at=AT)}.ics"
    second = f"/calendar/{renew_calendar_feed(person=maya, at=AT)}.ics"
    assert [client.get(address).status_code for address in (first, second)] == [404, 200]
    revoke_calendar_feed(person=maya, at=AT)
    assert client.get(second).status_code == 404
    third = f"/calendar/{renew_calendar_feed(person=maya, at=AT)}.ics"
    deactivate_person(person=maya, by=BY, at=AT, left_on=TODAY, reason="left")
    assert client.get(third).status_code == 404


def test_guessing_and_polling_are_braked(client: Client, maya: User) -> None:
    for _ in range(20):
        assert client.get("/calendar/guess.ics").status_code == 404
    assert client.get("/calendar/guess.ics").status_code == 429
    address = f"/calendar/{renew_calendar_feed(person=maya, at=AT)}.ics"
    statuses = {client.get(address).status_code for _ in range(30)}
    assert statuses == {200}
    refused = client.get(address)
    assert (refused.status_code, refused["Retry-After"]) == (429, "600")


@pytest.mark.parametrize("count", [1, 3])
def test_feed_reads_the_same_number_of_times(
    client: Client, maya: User, admin: User, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(count):
        switched_on(a_course(f"Course {number}"), by=admin)
    address = f"/calendar/{renew_calendar_feed(person=maya, at=AT)}.ics"
    with django_assert_num_queries(5):
        assert len(events(client.get(address).content)) == count


def test_page_shows_the_address_once(client: Client, maya: User) -> None:
    client.force_login(maya)
    assert "/account/calendar/" in client.get("/account/").content.decode()
    assert "There is no address." in client.get("/account/calendar/").content.decode()
    page = client.post("/account/calendar/", {"do": "renew"}).content.decode()
    (path,) = set(re.findall(r"/calendar/[\w-]{43}\.ics", page))
    assert f"http://testserver{path}" in page
    assert f"webcal://testserver{path}" in page
    assert client.get(path).status_code == 200
    assert path not in client.get("/account/calendar/").content.decode()
    assert client.post("/account/calendar/", {"do": "end"})["Location"] == "/account/calendar/"
    assert client.get(path).status_code == 404
