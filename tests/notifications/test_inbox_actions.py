"""A message is written once, and read by its recipient alone."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from notifications.actions import mark_all_read, mark_read, mark_unread, queue_mail, queue_message, queue_messages
from notifications.choices import MailState
from notifications.models import Message
from notifications.queries import unread_count
from notifications.wording import Notice
from people.models import User
from tests.factories import make_leaver, make_person
from tests.notifications.saying import DUE

AT = datetime(2026, 3, 14, 9, 0, tzinfo=UTC)


def queue(recipient: User, **changes: Any) -> Message | None:
    words = {"kind": "due", "once": "due:1", "subject": "Lockout is due", "body": "On Thursday.", "path": "/courses/"}
    return queue_message(recipient=recipient, at=AT, **{**words, **changes})


def test_message_waits_in_the_inbox_and_for_the_mail(db: None) -> None:
    person = make_person()
    queued = queue(person, action="Resume", glyph="soon")
    kept = Message.objects.get()
    assert queued is not None
    assert (kept.pk, kept.recipient, kept.once, kept.subject) == (queued.pk, person, "due:1", "Lockout is due")
    assert (kept.path, kept.action, kept.glyph, kept.created_at) == ("/courses/", "Resume", "soon", AT)
    assert (kept.mail_state, kept.mail_due_at, kept.read_at) == (MailState.WAITING, AT, None)
    assert unread_count(person) == 1


def test_second_message_of_the_same_name_is_not_written(db: None) -> None:
    person = make_person()
    assert queue(person) is not None
    assert queue(person, subject="Again") is None
    assert Message.objects.get().subject == "Lockout is due"
    assert queue(person, once="due:2") is not None


@pytest.mark.parametrize(("by_mail", "state"), [(True, MailState.NEEDLESS), (False, MailState.NONE)])
def test_leaver_gets_the_message_and_no_mail(db: None, by_mail: bool, state: MailState) -> None:
    queue(make_leaver(), by_mail=by_mail)
    kept = Message.objects.get()
    assert (kept.mail_state, kept.mail_due_at) == (state, None)


def test_message_that_is_not_for_mail_stays_in_the_inbox(db: None) -> None:
    queue(make_person(), by_mail=False)
    assert Message.objects.get().mail_state == MailState.NONE


def test_many_are_queued_and_known_ones_left_out(db: None) -> None:
    person, leaver = make_person(), make_leaver()
    queue(person)
    many = [
        Message(recipient=each, kind="due", once=once, subject="Due", body="On Thursday.")
        for each, once in ((person, "due:1"), (person, "due:2"), (leaver, "due:3"))
    ]
    assert queue_messages(many, at=AT) == 2
    states = dict(Message.objects.values_list("once", "mail_state"))
    assert states == {"due:1": MailState.WAITING, "due:2": MailState.WAITING, "due:3": MailState.NEEDLESS}
    assert queue_messages([], at=AT) == 0


def test_message_outside_a_transaction_is_refused(committed_db: str) -> None:
    person = make_person()
    with pytest.raises(RuntimeError, match="outside a transaction"):
        queue(person)
    assert not Message.objects.exists()


def test_message_of_a_kind_that_nobody_declared_is_refused(db: None) -> None:
    with pytest.raises(ValueError, match="no room has declared messages of the kind 'unheard'"):
        queue(make_person(), kind="unheard")


def test_mail_to_an_address_has_no_inbox(db: None) -> None:
    queue_mail(address="security@demo.test", notice=Notice(DUE, {"course": "Lockout"}), once="x", at=AT)
    kept = Message.objects.get()
    assert (kept.recipient, kept.address, kept.mail_state) == (None, "security@demo.test", MailState.WAITING)


def test_reading_keeps_the_first_time(db: None) -> None:
    person = make_person()
    message = queue(person)
    assert message is not None
    mark_read(message=message, at=AT)
    mark_read(message=message, at=AT + timedelta(hours=1))
    assert Message.objects.get().read_at == AT
    assert unread_count(person) == 0
    mark_unread(message=message)
    assert unread_count(person) == 1


def test_marking_all_read_touches_only_what_was_shown_to_this_person(db: None) -> None:
    person, other = make_person(), make_person()
    shown = [queue(person, once=f"mine:{number}") for number in range(2)]
    later = queue(person, once="mine:later")
    theirs = queue(other, once="theirs")
    ids = [message.pk for message in [*shown, theirs] if message]
    assert mark_all_read(recipient=person, ids=ids, at=AT) == 2
    unread = set(Message.objects.filter(read_at__isnull=True))
    assert unread == {later, theirs}
    assert mark_all_read(recipient=person, ids=ids, at=AT) == 0


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"mail_state": "lost"}, "message_mail_state_known"),
        ({"address": "somebody@demo.test"}, "message_to_a_person_or_an_address"),
        ({"recipient": None}, "message_to_a_person_or_an_address"),
        ({"mail_due_at": None}, "message_open_mail_is_due"),
        ({"mail_state": "gathered", "mail_due_at": None}, "message_open_mail_is_due"),
        ({"mail_state": "digested"}, "message_digest_when_digested"),
        ({"mail_state": "gathered", "recipient": None, "address": "x@demo.test"}, "message_gathered_for_a_person"),
    ],
)
def test_table_refuses_what_makes_no_sense(db: None, changes: dict[str, Any], constraint: str) -> None:
    message = queue(make_person())
    assert message is not None
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Message.objects.filter(pk=message.pk).update(**changes)
