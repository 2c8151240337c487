"""Mail that comes back is noted on the message, whoever sent the notification and however it is spelled."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings

from core.clock import now
from notifications.actions import gather_digests, note_bounce, queue_message, queue_notice
from notifications.bounces import LONGEST, Bounce, bounce_in
from notifications.choices import MailState
from notifications.models import Digest, Message
from notifications.tasks import send_waiting_mail
from people.actions import change_person
from people.choices import AccessRole
from people.models import User
from tests.factories import BY, make_person
from tests.notifications.mail_server import MailServer
from tests.notifications.saying import news

HOST = "testserver"
ID = UUID("01a20639-9727-7b6a-b696-0ec5fde3aca7")
AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
NOTIFICATION = """\
From: MAILER-DAEMON@mx.example (Mail Delivery System)
To: bounces@example.com
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="x"

--x
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.

--x
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example
Arrival-Date: Mon, 23 Nov 2026 09:00:00 +0000

Final-Recipient: rfc822; maya@demo.test
Action: {action}
Status: {status}
Diagnostic-Code: {diagnostic}

--x
Content-Type: {original}

From: Attest <no-reply@testserver>
Message-ID: {message_id}
Subject: Lockout is due

Body.
--x--
"""


def notification(mail_id: UUID | str = ID, *, host: str = HOST, **changes: str) -> bytes:
    values = {
        "action": "failed",
        "status": "5.1.1",
        "diagnostic": "smtp; 550 5.1.1 <maya@demo.test>: No such mailbox",
        "original": "message/rfc822",
        "message_id": f"<{mail_id}@{host}>",
    }
    return NOTIFICATION.format(**{**values, **changes}).encode()


@pytest.mark.parametrize("original", ["message/rfc822", "text/rfc822-headers"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_notification_names_the_mail_the_answer_and_that_it_is_final(original: str, end: str) -> None:
    raw = notification(original=original).decode().replace("\n", end).encode()
    assert bounce_in(raw, host=HOST) == Bounce(ID, "550 5.1.1 <maya@demo.test>: No such mailbox", is_hard=True)


@pytest.mark.parametrize(("status", "is_hard"), [("5.2.2", True), ("4.4.7", False), ("nonsense", False), ("", False)])
def test_only_class_five_is_final(status: str, is_hard: bool) -> None:
    bounce = bounce_in(notification(status=status), host=HOST)
    assert bounce is not None
    assert bounce.is_hard == is_hard


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00\xff" * 100,
        b"Subject: Hello\n\nI am away until Monday.",
        notification(action="delayed"),
        notification(action="delivered"),
        notification(host="elsewhere.example"),
        notification("not-a-uuid"),
        notification(message_id=""),
        notification().replace(b"delivery-status; boundary", b"disposition-notification; boundary"),
        notification().replace(b"message/delivery-status", b"text/plain"),
        notification().replace(b'boundary="x"', b""),
        notification() + b" " * LONGEST,
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=x\n\n" + b"--x\n\n\n" * 10_000,
        b"Content-Type: message/rfc822\n\n" * 3000,
    ],
    ids=range(14),
)
def test_any_other_mail_is_no_bounce(raw: bytes) -> None:
    assert bounce_in(raw, host=HOST) is None


def test_answer_is_one_short_printable_line() -> None:
    bounce = bounce_in(notification(diagnostic="smtp; \x1b[31m<script>\n\t" + "x" * 5000), host=HOST)
    assert bounce is not None
    assert bounce.answer.startswith("[31m<script> xxx")
    assert len(bounce.answer) == 400


@given(st.binary(max_size=2000), st.integers(min_value=0, max_value=900))
def test_hostile_mail_is_read_or_not_and_never_breaks(garbage: bytes, place: int) -> None:
    whole = notification()
    for raw in (garbage, whole[:place] + garbage + whole[place:], whole[:place] + garbage):
        bounce = bounce_in(raw, host=HOST)
        assert bounce is None or bounce.mail_id == ID


def sent_mail(person: User, mail_server: MailServer) -> Message:
    message = queue_message(recipient=person, kind="due", once=f"{person.pk}", subject="S", body="B", at=now())
    assert message is not None
    send_waiting_mail()
    return message


@pytest.fixture
def maya(db: None) -> User:
    return make_person(name="Maya Lindqvist", email="maya@demo.test")


def take(raw: bytes, monkeypatch: pytest.MonkeyPatch) -> str:
    out = io.StringIO()
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(raw)))
    call_command("take_bounces", stdout=out)
    return out.getvalue()


def test_bounce_is_noted_once_on_the_mail(maya: User, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    message = sent_mail(maya, mail_server)
    raw = notification(str(mail_server.accepted[0]["Message-ID"]).strip("<>").split("@")[0])
    assert "1 read, 1 of them" in take(raw, monkeypatch)
    message.refresh_from_db()
    first = message.mail_ended_at
    assert (message.mail_state, message.mail_due_at) == (MailState.BOUNCED, None)
    assert message.mail_error == "550 5.1.1 <maya@demo.test>: No such mailbox"
    assert (message.bounced_address, message.bounced_hard) == ("maya@demo.test", True)
    assert "1 read, 0 of them" in take(raw, monkeypatch)
    message.refresh_from_db()
    assert message.mail_ended_at == first
    send_waiting_mail()
    assert len(mail_server.accepted) == 1


def test_bounce_of_a_digest_is_shown_with_its_messages(maya: User, client: Client) -> None:
    queue_notice(recipient=maya, notice=news(), once="1", at=AT)
    gather_digests(at=AT + timedelta(days=1))
    digest = Digest.objects.get()
    Digest.objects.update(mail_state=MailState.SENT, mail_due_at=None)
    assert note_bounce(bounce=Bounce(digest.pk, "No such mailbox", is_hard=True), at=AT)
    client.force_login(make_person(AccessRole.ADMINISTRATOR))
    (line,) = client.get("/messages/?state=bounced&kind=news").context["lines"]
    assert line.state.startswith("Bounced 23 Nov 2026")
    assert line.detail == "No such mailbox"


def test_mail_that_never_went_out_cannot_bounce(maya: User) -> None:
    message = queue_message(recipient=maya, kind="due", once="1", subject="S", body="B", at=now())
    assert not note_bounce(bounce=Bounce(message.pk, "x", is_hard=True), at=AT)
    assert not note_bounce(bounce=Bounce(ID, "x", is_hard=True), at=AT)
    message.refresh_from_db()
    assert message.mail_state == MailState.WAITING


def test_folder_is_read_and_what_was_read_is_moved(
    maya: User, mail_server: MailServer, tmp_path: Path, settings: Settings
) -> None:
    message = sent_mail(maya, mail_server)
    for name in ("new", "cur", "tmp"):
        (tmp_path / name).mkdir()
    (tmp_path / "new" / "1.mx").write_bytes(notification(message.pk))
    (tmp_path / "new" / "2.mx").write_bytes(b"Subject: spam\n\nx")
    (tmp_path / "new" / "link").symlink_to("/etc/passwd")
    settings.BOUNCES_FOLDER = str(tmp_path)
    out = io.StringIO()
    call_command("take_bounces", folder=str(tmp_path), stdout=out)
    assert "2 read, 1 of them" in out.getvalue()
    assert sorted(path.name for path in (tmp_path / "cur").iterdir()) == ["1.mx:2,S", "2.mx:2,S"]
    call_command("take_bounces", folder=str(tmp_path), stdout=out)
    assert "0 read" in out.getvalue()
    with pytest.raises(CommandError, match="not a Maildir folder"):
        call_command("take_bounces", folder=str(tmp_path / "none"))


def test_mail_returns_to_the_address_for_bounces(maya: User, mail_server: MailServer, settings: Settings) -> None:
    settings.BOUNCE_ADDRESS = "bounces@example.com"
    sent_mail(maya, mail_server)
    (mail,) = mail_server.accepted
    assert "no-reply@testserver" in mail["From"]
    assert mail_server.senders == ["bounces@example.com"]


@pytest.fixture
def hints(client: Client, maya: User) -> str:
    client.force_login(make_person(AccessRole.ADMINISTRATOR))
    return f"/messages/people/{maya.pk}/bounced/"


@pytest.mark.parametrize(("is_hard", "shown"), [(True, True), (False, False)])
def test_administrator_sees_a_hint_until_the_address_is_changed(
    client: Client, maya: User, hints: str, mail_server: MailServer, is_hard: bool, shown: bool
) -> None:
    assert f'hx-get="{hints}"' in client.get(f"/directory/{maya.pk}/").content.decode()
    assert client.get(hints).content.strip() == b""
    message = sent_mail(maya, mail_server)
    note_bounce(bounce=Bounce(message.pk, "550 <b>No</b> such mailbox.", is_hard=is_hard), at=AT)
    page = client.get(hints).content.decode()
    assert ("550 &lt;b&gt;No&lt;/b&gt; such mailbox." in page) == shown
    assert ("came back" in client.get(f"/messages/people/{maya.pk}/").content.decode()) == shown
    change_person(person=maya, by=BY, at=AT, reason="new address", email="maya.l@demo.test")
    assert client.get(hints).content.strip() == b""
