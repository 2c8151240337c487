"""The inbox: by day, unread first, one's own alone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries

from core.clock import now
from notifications.actions import mark_read, queue_message
from notifications.models import Message
from notifications.views.inbox import ON_A_PAGE, by_day
from people.models import User
from tests.factories import make_person

AT = datetime(2026, 3, 14, 9, 0, tzinfo=UTC)


def queue(recipient: User, subject: str, *, at: datetime = AT, path: str = "/account/", read: bool = False) -> Message:
    message = queue_message(
        recipient=recipient,
        kind="due",
        once=f"{recipient.pk}{subject}",
        subject=subject,
        body="Words.",
        path=path,
        at=at,
    )
    assert message is not None
    if read:
        mark_read(message=message, at=at)
    return message


def subjects(client: Client, address: str = "/inbox/") -> list[str]:
    days = client.get(address).context["days"]
    return [message.subject for day in days for message in day.messages]


def test_inbox_stands_by_day_with_unread_first(client: Client, db: None) -> None:
    person = make_person()
    for subject, age, read in [("old", 3, False), ("read", 0, True), ("new", 1, False), ("newer", 0, False)]:
        queue(person, subject, at=AT - timedelta(days=age), read=read)
    client.force_login(person)
    assert subjects(client) == ["newer", "read", "new", "old"]
    assert subjects(client, "/inbox/?show=unread") == ["newer", "new", "old"]


def test_day_is_the_readers_day(client: Client, db: None) -> None:
    person = make_person()
    late, early = (queue(person, name, at=at) for name, at in [("late", AT.replace(hour=23)), ("early", AT)])
    assert [day.on for day in by_day([late, early], today=date(2026, 3, 14))] == [date(2026, 3, 14)]
    person.time_zone = "Asia/Tokyo"
    from django.utils import timezone

    with timezone.override("Asia/Tokyo"):
        days = by_day([late, early], today=date(2026, 3, 15))
    assert [(day.on.day, day.is_today) for day in days] == [(15, True), (14, False)]


def test_opening_reads_the_message_and_leads_on(client: Client, db: None) -> None:
    person = make_person()
    message = queue(person, "Due", path="/training/1/?at=192")
    client.force_login(person)
    answer = client.get(f"/inbox/{message.pk}/")
    assert (answer.status_code, answer["Location"]) == (302, "/training/1/?at=192")
    message.refresh_from_db()
    assert message.read_at is not None
    client.post(f"/inbox/{message.pk}/unread/")
    message.refresh_from_db()
    assert message.read_at is None


@pytest.mark.parametrize("path", ["", "//evil.example/", "https://evil.example/", "javascript:alert(1)"])
def test_message_that_leads_nowhere_safe_stays_in_the_inbox(client: Client, db: None, path: str) -> None:
    person = make_person()
    message = queue(person, "Changed", path=path)
    client.force_login(person)
    assert client.get(f"/inbox/{message.pk}/")["Location"] == f"/inbox/#message-{message.pk}"


def test_button_marks_what_was_shown_and_not_what_came_since(client: Client, db: None) -> None:
    person = make_person()
    shown = queue(person, "shown")
    client.force_login(person)
    page = client.get("/inbox/").content.decode()
    assert "Mark 1 as read" in page
    queue(person, "since")
    answer = client.post("/inbox/read/", {"ids": [str(shown.pk)]}, follow=True)
    assert "1 message is marked as read." in answer.content.decode()
    assert subjects(client, "/inbox/?show=unread") == ["since"]


@pytest.mark.parametrize("ids", [[], ["not-an-id"], [""]])
def test_button_without_messages_changes_nothing(client: Client, db: None, ids: list[str]) -> None:
    person = make_person()
    queue(person, "unread")
    client.force_login(person)
    assert client.post("/inbox/read/", {"ids": ids}).status_code == 302
    assert subjects(client, "/inbox/?show=unread") == ["unread"]


def test_messages_of_others_do_not_exist(client: Client, db: None) -> None:
    person, stranger = make_person(), make_person()
    message = queue(person, "private")
    client.force_login(stranger)
    assert subjects(client) == []
    assert client.get(f"/inbox/{message.pk}/").status_code == 404
    assert client.post(f"/inbox/{message.pk}/unread/").status_code == 404
    client.post("/inbox/read/", {"ids": [str(message.pk)]})
    message.refresh_from_db()
    assert message.read_at is None


def test_visitor_is_led_to_sign_in(client: Client, db: None) -> None:
    assert client.get("/inbox/")["Location"] == "/accounts/login/?next=/inbox/"


def test_empty_inbox_differs_from_one_with_nothing_unread(client: Client, db: None) -> None:
    person = make_person()
    client.force_login(person)
    assert "No messages yet" in client.get("/inbox/").content.decode()
    queue(person, "read", read=True)
    assert "Nothing unread" in client.get("/inbox/?show=unread").content.decode()


def test_inbox_has_pages_that_keep_the_filter(client: Client, db: None) -> None:
    person = make_person()
    for number in range(ON_A_PAGE + 1):
        queue(person, f"{number}", at=AT - timedelta(minutes=number))
    client.force_login(person)
    page = client.get("/inbox/?show=unread")
    assert "?show=unread&amp;page=2" in page.content.decode()
    assert subjects(client, "/inbox/?show=unread&page=2") == [f"{ON_A_PAGE}"]
    assert subjects(client, "/inbox/?page=nonsense")[0] == "0"


@pytest.mark.parametrize("count", [1, 3])
def test_inbox_reads_the_same_number_of_times(
    client: Client, db: None, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    person = make_person()
    for number in range(count):
        queue(person, f"{number}", at=now())
    client.force_login(person)
    client.get("/inbox/")
    with django_assert_num_queries(5):
        client.get("/inbox/")
