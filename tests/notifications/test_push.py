"""A message wakes a browser at most once, outside the quiet hours, and only where somebody turned it on."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.test import Client
from pytest_django.fixtures import Settings

from notifications import tasks
from notifications.actions import (
    NotUsable,
    add_device,
    give_up_on_lost_pushes,
    mark_read,
    queue_message,
    queue_notice,
    set_preferences,
)
from notifications.models import Message, Push, PushDevice
from notifications.webpush import Address, is_usable, new_key, public_key
from people.actions import deactivate_person
from people.models import User
from records.models import Event
from tests.factories import BY, make_person, place
from tests.notifications.push_server import Browser, PushServer
from tests.notifications.saying import news

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
def push_server(settings: Settings) -> Iterator[PushServer]:
    with PushServer().running() as server:
        settings.WEB_PUSH_KEY, settings.WEB_PUSH_CONTACT = new_key(), "security@demo.test"
        settings.WEB_PUSH_SERVICES = [server.origin]
        yield server


@pytest.fixture
def maya(db: None) -> User:
    person = make_person(name="Maya Lindqvist")
    place(person)
    return person


@pytest.fixture
def browser(maya: User, push_server: PushServer) -> Browser:
    """Turn notifications on in a browser of Maya's."""
    browser = Browser()
    add_device(person=maya, address=browser.address(f"{push_server.origin}/1?x=y"), name="Firefox", at=MONDAY)
    return browser


def tell(person: User, once: str = "1", *, at: datetime = MONDAY, kind: str = "enrollment.overdue") -> Message:
    message = queue_message(recipient=person, kind=kind, once=once, subject="Overdue: Lockout", body="B", at=at)
    assert message is not None
    return message


def send(at: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "now", lambda: at)
    tasks.send_waiting_pushes()


def decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_browser_reads_subject_and_address_and_nobody_else_can(
    maya: User, browser: Browser, push_server: PushServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = tell(maya)
    for _ in range(3):
        send(MONDAY, monkeypatch)
    ((path, headers, body),) = push_server.taken
    assert path == "/1?x=y"
    assert browser.read(body) == {
        "title": "Overdue: Lockout", "url": f"/inbox/{message.pk}/", "tag": str(message.pk)
    }  # fmt: skip
    assert b"Overdue" not in body
    assert (headers["Content-Encoding"], headers["Urgency"], headers["TTL"]) == ("aes128gcm", "high", "86400")
    push = Push.objects.get()
    assert (push.state, push.attempts, push.ended_at) == ("sent", 1, MONDAY)


def test_token_says_who_asks_and_is_signed(
    maya: User, browser: Browser, push_server: PushServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(maya)
    send(MONDAY, monkeypatch)
    _scheme, token, key = push_server.taken[0][1]["Authorization"].replace(", k=", " ").replace("t=", "").split(" ")
    head, claims, signature = token.split(".")
    assert json.loads(decoded(head)) == {"typ": "JWT", "alg": "ES256"}
    assert json.loads(decoded(claims)) == {
        "aud": push_server.origin,
        "exp": int((MONDAY + timedelta(hours=12)).timestamp()),
        "sub": "mailto:security@demo.test",
    }
    assert key == public_key()
    raw = decoded(signature)
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(key))
    pair = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
    public.verify(pair, f"{head}.{claims}".encode(), ec.ECDSA(SHA256()))


def test_quiet_hours_hold_and_inbox_only_wakes_nobody(maya: User, browser: Browser) -> None:
    tell(maya, at=MONDAY + timedelta(hours=11))
    assert Push.objects.get().due_at == datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
    set_preferences(person=maya, ways={"news": "inbox"}, hour=None, at=MONDAY)
    queue_notice(recipient=maya, notice=news(), once="2", at=MONDAY)
    assert Push.objects.count() == 1


def test_what_was_read_or_whose_reader_left_is_not_pushed(
    maya: User, browser: Browser, push_server: PushServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark_read(message=tell(maya, "1"), at=MONDAY)
    send(MONDAY, monkeypatch)
    tell(maya, "2")
    deactivate_person(person=maya, by=BY, at=MONDAY, left_on=MONDAY.date(), reason="left the company")
    send(MONDAY, monkeypatch)
    maya.refresh_from_db()
    tell(maya, "3")
    assert list(Push.objects.values_list("state", flat=True)) == ["needless", "needless"]
    assert push_server.taken == []


@pytest.mark.parametrize("status", [404, 410])
def test_browser_that_is_gone_is_forgotten(
    maya: User, browser: Browser, push_server: PushServer, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    push_server.status = status
    tell(maya)
    send(MONDAY, monkeypatch)
    assert not PushDevice.objects.exists()
    tell(maya, "2")
    send(MONDAY, monkeypatch)
    assert len(push_server.taken) == 1


@pytest.mark.parametrize(
    ("status", "state", "due_at"),
    [
        (429, "waiting", MONDAY + timedelta(minutes=1)),
        (503, "waiting", MONDAY + timedelta(minutes=1)),
        (403, "refused", None),
        (302, "refused", None),
    ],
)
def test_refusal_is_tried_again_or_kept(
    maya: User, browser: Browser, push_server: PushServer, monkeypatch: pytest.MonkeyPatch, status: int, state: str,
    due_at: datetime | None,
) -> None:  # fmt: skip
    push_server.status = status
    tell(maya)
    send(MONDAY, monkeypatch)
    push = Push.objects.get()
    assert (push.state, push.due_at, push.error) == (state, due_at, f"The push service answered {status}.")
    assert len(push_server.taken) == 1, "a redirection is not followed"


def test_unclear_answer_is_not_repeated(
    maya: User, browser: Browser, push_server: PushServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    push_server.hangs_up = True
    tell(maya)
    for minutes in (0, 5, 60):
        send(MONDAY + timedelta(minutes=minutes), monkeypatch)
    assert Push.objects.get().state == "unknown"
    assert len(push_server.taken) == 1


def test_service_that_is_away_is_asked_again_and_then_given_up(
    maya: User, browser: Browser, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    PushDevice.objects.update(endpoint="http://127.0.0.1:1/x")
    settings.WEB_PUSH_SERVICES = ["http://127.0.0.1:1"]
    tell(maya)
    send(MONDAY, monkeypatch)
    push = Push.objects.get()
    assert (push.state, push.attempts) == ("waiting", 1)
    assert "ConnectionRefusedError" in push.error
    Push.objects.update(attempts=7, due_at=MONDAY)
    send(MONDAY, monkeypatch)
    assert Push.objects.get().state == "refused"


def test_push_lost_while_sending_is_called_unclear(maya: User, browser: Browser) -> None:
    tell(maya)
    Push.objects.update(state="sending")
    assert give_up_on_lost_pushes(at=MONDAY + timedelta(minutes=11)) == 1
    assert Push.objects.get().state == "unknown"


def test_second_push_of_a_message_to_a_browser_is_refused_by_the_database(maya: User, browser: Browser) -> None:
    tell(maya)
    push = Push.objects.get()
    row = {"message": push.message, "device": push.device}
    for changes, constraint in (
        ({"state": "waiting", "due_at": MONDAY}, "push_once"),
        ({"state": "lost", "due_at": MONDAY}, "push_state_known"),
        ({"state": "waiting"}, "push_open_is_due"),
    ):
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            Push.objects.create(**row, **changes)


def test_log_says_that_a_browser_was_woken(maya: User, browser: Browser, client: Client) -> None:
    tell(maya)
    client.force_login(maya)
    (line,) = client.get(f"/messages/people/{maya.pk}/").context["lines"]
    assert line.channel == "Inbox and e-mail, browser"


# Whose browser, and which addresses


def test_browser_belongs_to_whoever_turned_it_on_last(maya: User, browser: Browser, push_server: PushServer) -> None:
    other = make_person(name="Rosa Delgado")
    add_device(person=other, address=Browser().address(f"{push_server.origin}/1?x=y"), name="Firefox", at=MONDAY)
    assert PushDevice.objects.get().user == other
    tell(maya)
    assert not Push.objects.exists()
    facts = Event.objects.filter(verb="notifications.device_changed").order_by("id")
    assert [fact.sentence for fact in facts] == [
        "Maya Lindqvist turned notifications on in Firefox",
        "Rosa Delgado turned notifications on in Firefox",
    ]


def test_eleventh_browser_lets_the_oldest_be_forgotten(maya: User, push_server: PushServer) -> None:
    for number in range(11):
        at = MONDAY + timedelta(minutes=number)
        add_device(person=maya, address=Browser().address(f"{push_server.origin}/{number}"), name="x", at=at)
    assert PushDevice.objects.count() == 10
    assert not PushDevice.objects.filter(endpoint__endswith="/0").exists()


@pytest.mark.parametrize(
    ("endpoint", "usable"),
    [
        ("https://fcm.googleapis.com/fcm/send/abc", True),
        ("https://web.push.apple.com/abc", True),
        ("https://push.apple.com/abc", False),
        ("https://evil-push.apple.com.example/abc", False),
        ("https://fcm.googleapis.com:8443/abc", False),
        ("https://fcm.googleapis.com@evil.example/abc", False),
        ("https://user@fcm.googleapis.com/abc", False),
        ("http://fcm.googleapis.com/abc", False),
        ("https://127.0.0.1/abc", False),
        ("https://169.254.169.254/latest/meta-data/", False),
        ("https://fcm.googleapis.com/a\r\nX: y", False),
        ("file:///etc/passwd", False),
        ("https://[::1", False),
        ("https://fcm.googleapis.com/" + "x" * 1000, False),
        ("", False),
    ],
)
def test_only_known_push_services_are_spoken_to(endpoint: str, usable: bool) -> None:
    assert is_usable(Browser().address(endpoint)) == usable


@pytest.mark.parametrize(("p256dh", "auth"), [("x", "y"), ("", ""), ("BAAA" * 22, "A" * 22), ("\x00" * 88, "A" * 22)])
def test_keys_that_are_none_are_refused(p256dh: str, auth: str) -> None:
    assert not is_usable(Address("https://fcm.googleapis.com/a", p256dh, auth))


def test_without_a_key_nothing_is_offered(client: Client, maya: User, settings: Settings) -> None:
    assert settings.WEB_PUSH_KEY == ""
    client.force_login(maya)
    page = client.get("/account/messages/").content.decode()
    assert "data-push" not in page
    with pytest.raises(NotUsable):
        add_device(person=maya, address=Browser().address("https://fcm.googleapis.com/a"), name="x", at=MONDAY)


def test_person_turns_it_on_and_off_on_the_account_page(client: Client, maya: User, push_server: PushServer) -> None:
    client.force_login(maya)
    assert f'data-key="{public_key()}"' in client.get("/account/messages/").content.decode()
    address = Browser().address(f"{push_server.origin}/1")
    typed = {"endpoint": address.endpoint, "p256dh": address.p256dh, "auth": address.auth}
    agent = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
    page: Any = client.post("/account/messages/devices/", typed, headers=agent, follow=True)
    assert "Firefox, Linux" in page.content.decode()
    device = PushDevice.objects.get()
    client.force_login(make_person())
    assert client.post(f"/account/messages/devices/{device.pk}/remove/").status_code == 404
    client.force_login(maya)
    client.post(f"/account/messages/devices/{device.pk}/remove/")
    assert not PushDevice.objects.exists()


@pytest.mark.parametrize("typed", [{}, {"endpoint": "https://evil.example/", "p256dh": "x", "auth": "y"}])
def test_address_that_is_none_is_refused_in_words(
    client: Client, maya: User, push_server: PushServer, typed: dict[str, str]
) -> None:
    client.force_login(maya)
    page = client.post("/account/messages/devices/", typed, follow=True).content.decode()
    assert "This browser cannot be reached" in page
    assert not PushDevice.objects.exists()


def test_service_worker_stands_at_the_root(client: Client, db: None) -> None:
    answer = client.get("/sw.js")
    assert answer["Content-Type"] == "text/javascript; charset=utf-8"
    assert (answer["Service-Worker-Allowed"], answer["Cache-Control"]) == ("/", "no-cache")
    assert "worker-src 'self'" in answer["Content-Security-Policy"]
    assert "showNotification" in answer.content.decode()


def test_key_is_made_by_a_command(capsys: pytest.CaptureFixture[str], settings: Settings) -> None:
    call_command("make_push_key")
    settings.WEB_PUSH_KEY = capsys.readouterr().out.strip()
    assert len(decoded(public_key())) == 65
