"""Every message can be found again: for whom, on which way, and what became of it."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries

from core.clock import now
from notifications.actions import gather_digests, queue_mail, queue_message, queue_notice
from notifications.choices import MailState
from notifications.models import Digest, Message
from notifications.queries import line_of
from notifications.wording import Notice
from people.actions import grant_role
from people.choices import AccessRole
from people.models import User
from records.models import Event
from tests.factories import BY, LONG_AGO, make_leaver, make_person, make_site, place
from tests.notifications.saying import DUE, news

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def tell(person: User, once: str = "1", *, at: datetime = MONDAY) -> Message:
    message = queue_notice(recipient=person, notice=news(), once=f"{person.pk}:{once}", path="/inbox/", at=at)
    assert message is not None
    return message


def states(client: Client, address: str = "/messages/") -> list[tuple[str, str]]:
    return [(line.name, line.state) for line in client.get(address).context["lines"]]


@pytest.mark.parametrize(
    ("changes", "channel", "words"),
    [
        ({"mail_state": "none", "mail_due_at": None}, "Inbox", "In the inbox only"),
        ({"mail_state": "needless", "mail_due_at": None}, "Inbox", "Not needed: the account is closed"),
        ({}, "Inbox and digest", "Waiting for the digest of 24 Nov 2026, 08:00 UTC"),
        ({"mail_state": "waiting"}, "Inbox and e-mail", "Quiet until 24 Nov 2026, 08:00 UTC"),
        ({"mail_state": "waiting", "mail_due_at": MONDAY}, "Inbox and e-mail", "Waiting"),
        (
            {"mail_state": "waiting", "mail_attempts": 2},
            "Inbox and e-mail",
            "Not accepted yet, tried again 24 Nov 2026, 08:00 UTC",
        ),
        ({"mail_state": "sending"}, "Inbox and e-mail", "Being sent"),
        ({"mail_state": "sent", "mail_ended_at": MONDAY}, "Inbox and e-mail", "Sent 23 Nov 2026, 09:00 UTC"),
        ({"mail_state": "sent"}, "Inbox and e-mail", "Sent"),
        ({"mail_state": "refused"}, "Inbox and e-mail", "Refused by the mail server"),
        ({"mail_state": "unknown"}, "Inbox and e-mail", "Unclear whether it arrived, not repeated"),
        ({"mail_state": "bounced", "mail_ended_at": MONDAY}, "Inbox and e-mail", "Bounced 23 Nov 2026, 09:00 UTC"),
    ],
)
def test_state_is_said_in_words(db: None, changes: dict[str, Any], channel: str, words: str) -> None:
    message = tell(make_person())
    Message.objects.filter(pk=message.pk).update(**changes)
    message.refresh_from_db()
    with timezone.override("UTC"):
        line = line_of(message, at=MONDAY)
    assert (line.channel, line.state) == (channel, words)


def test_message_in_a_digest_shows_what_became_of_the_digest(db: None) -> None:
    message = tell(make_person())
    gather_digests(at=MONDAY + timedelta(days=1))
    Digest.objects.update(mail_state=MailState.UNKNOWN, mail_due_at=None, mail_error="SMTPServerDisconnected")
    message.refresh_from_db()
    line = line_of(message, at=MONDAY)
    assert (line.channel, line.state) == ("Inbox and digest", "Unclear whether it arrived, not repeated")
    assert (line.detail, line.glyph) == ("SMTPServerDisconnected", "late")


# Pages


@pytest.fixture
def maya(db: None) -> User:
    person = make_person(name="Maya Lindqvist", employee_number="E-MAYA")
    place(person)
    return person


@pytest.fixture
def admin(db: None, client: Client) -> User:
    person = make_person(AccessRole.ADMINISTRATOR)
    client.force_login(person)
    return person


def test_log_narrows_down_by_what_the_address_says(client: Client, admin: User, maya: User) -> None:
    tell(maya)
    queue_message(recipient=maya, kind="due", once="2", subject="Lockout is due", body="B", at=now())
    queue_mail(address="security@demo.test", notice=Notice(DUE, {"course": "X"}), once="3", at=MONDAY)
    everything = states(client)
    assert sorted(name for name, _state in everything) == ["Maya Lindqvist", "Maya Lindqvist", "security@demo.test"]
    assert len(states(client, "/messages/?kind=news")) == 1
    assert len(states(client, "/messages/?state=gathered")) == 1
    assert len(states(client, "/messages/?state=digested")) == 3  # not one of the offered
    assert len(states(client, "/messages/?q=E-MAYA")) == 2
    assert len(states(client, "/messages/?q=lockout+is")) == 1
    assert len(states(client, "/messages/?q=security")) == 1
    day = MONDAY.date().isoformat()
    assert len(states(client, f"/messages/?until={day}&since={day}&kind=news")) == 1
    assert states(client, "/messages/?until=2020-01-01") == []
    assert len(states(client, "/messages/?since=nonsense&kind=nonsense")) == 3


def test_state_of_a_digest_is_found_by_the_state(client: Client, admin: User, maya: User) -> None:
    tell(maya)
    gather_digests(at=MONDAY + timedelta(days=1))
    Digest.objects.update(mail_state=MailState.SENT, mail_due_at=None)
    assert len(states(client, "/messages/?state=sent")) == 1


def test_file_says_what_the_screen_says(client: Client, admin: User, maya: User) -> None:
    for number in range(3):
        tell(maya, str(number), at=MONDAY + timedelta(minutes=number))
    Message.objects.filter(once__endswith=":0").update(subject="=cmd()")
    shown = client.get("/messages/?kind=news").context["lines"]
    answer: Any = client.get("/messages/log.csv?kind=news")
    text = b"".join(answer.streaming_content).decode().removeprefix("\ufeff")
    header, *rows = list(csv.reader(io.StringIO(text)))
    assert header == ["Written", "To", "Number", "Kind", "Subject", "Channel", "State", "What was answered"]
    expected = [
        [line.written, line.name, line.number, line.kind, line.subject, line.channel, line.state, line.detail]
        for line in shown
    ]
    expected[-1][4] = "'=cmd()"
    assert rows == expected
    fact = Event.objects.get(verb="notifications.log_exported")
    assert (fact.payload["rows"], fact.payload["filters"]) == (3, "Kind: News")


def test_administrator_of_a_site_reads_about_its_people_alone(client: Client, maya: User) -> None:
    tell(maya)
    tell(make_person(name="Somebody else"))
    queue_mail(address="security@demo.test", notice=Notice(DUE, {"course": "X"}), once="3", at=MONDAY)
    local = make_person()
    grant_role(person=local, role=AccessRole.ADMINISTRATOR, site=make_site(), by=BY, at=LONG_AGO, reason="for a test")
    client.force_login(local)
    assert {name for name, _state in states(client)} == {"Maya Lindqvist"}


def test_person_sees_their_own_and_strangers_see_nothing(client: Client, maya: User) -> None:
    tell(maya)
    client.force_login(maya)
    page = client.get(f"/messages/people/{maya.pk}/")
    assert "What you were told" in page.content.decode()
    assert [line.subject for line in page.context["lines"]] == ["News of Lockout/tagout"]
    assert client.get("/messages/").status_code == 403
    assert client.get("/messages/log.csv").status_code == 403
    client.force_login(make_person())
    assert client.get(f"/messages/people/{maya.pk}/").status_code == 404


def test_person_of_somebody_who_left_can_be_read(client: Client, admin: User) -> None:
    leaver = make_leaver()
    tell(leaver)
    assert states(client, f"/messages/people/{leaver.pk}/") == [(leaver.name, "Not needed: the account is closed")]


def test_empty_log_differs_from_one_without_matches(client: Client, admin: User) -> None:
    assert "No message matches" in client.get("/messages/?q=nobody").content.decode()
    Message.objects.all().delete()
    assert "Nobody was told anything yet" in client.get("/messages/").content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_log_reads_the_same_number_of_times(
    client: Client, admin: User, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(count):
        tell(make_person())
    gather_digests(at=MONDAY + timedelta(days=1))
    for _ in range(count):
        tell(make_person())
    client.get("/messages/")
    with django_assert_num_queries(8):
        client.get("/messages/")
