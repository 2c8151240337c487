"""Every write about messages: queued once, read, and mailed at most once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from psycopg2.extras import execute_values

from core.components.states import SHAPES
from core.ids import new_id
from core.jobs import enqueue
from notifications.choices import MailState
from notifications.models import Message
from notifications.rules import SENDING_AT_MOST, next_try_at
from people.models import User

_INSERT = """
    INSERT INTO notifications_message (id, recipient_id, address, kind, once, subject, body, path, action, glyph,
        created_at, mail_state, mail_attempts, mail_due_at, mail_error)
    VALUES %s ON CONFLICT (once) DO NOTHING RETURNING id
"""
_VALUES = "(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 0, %s, '')"


def queue_message(
    *,
    recipient: User,
    kind: str,
    once: str,
    subject: str,
    body: str,
    at: datetime,
    path: str = "",
    action: str = "",
    glyph: str = "todo",
    by_mail: bool = True,
) -> Message | None:
    """Write a message to a person's inbox and, unless they have left, let it go out by e-mail.

    Belongs inside the transaction of what it tells. `once` names what it is about; where a message
    with that name exists, nothing happens and nothing is returned. `path` begins with a slash; `glyph`
    is one of the nine states. Raises ValueError for another one, RuntimeError outside a transaction.
    """
    message = Message(
        recipient=recipient, kind=kind, once=once, subject=subject, body=body, path=path, action=action, glyph=glyph
    )
    return message if _queue([message], at=at, by_mail=by_mail) else None


def queue_messages(messages: Sequence[Message], *, at: datetime) -> int:
    """Write many messages in few statements, otherwise as `queue_message`; return how many are new.

    Each has recipient, kind, once, subject and body, and where it leads.
    """
    return _queue(messages, at=at, by_mail=True)


def queue_mail(*, address: str, kind: str, once: str, subject: str, body: str, at: datetime) -> Message | None:
    """Let a message go out to an address that belongs to no account, such as the security contact."""
    message = Message(address=address, kind=kind, once=once, subject=subject, body=body)
    return message if _queue([message], at=at, by_mail=True) else None


def _queue(messages: Sequence[Message], *, at: datetime, by_mail: bool) -> int:
    if not connection.in_atomic_block:
        raise RuntimeError(f"{len(messages)} messages were queued outside a transaction")
    rows = []
    for message in messages:
        if message.glyph not in SHAPES:
            raise ValueError(f"{message.glyph!r} is not one of {', '.join(SHAPES)}")
        mailed = by_mail and (message.recipient is None or message.recipient.is_active)
        message.id, message.created_at = new_id(), at
        message.mail_state = MailState.WAITING if mailed else MailState.NONE
        message.mail_due_at = at if mailed else None
        to_whom = (message.id, message.recipient_id, message.address, message.kind, message.once)
        what = (message.subject, message.body, message.path, message.action, message.glyph)
        rows.append((*to_whom, *what, at, message.mail_state, message.mail_due_at))
    with connection.cursor() as cursor:
        written = execute_values(cursor.cursor, _INSERT, rows, template=_VALUES, page_size=500, fetch=True)
    if written and by_mail:
        enqueue("notifications.send_waiting_mail")
    return len(written)


def mark_read(*, message: Message, at: datetime) -> None:
    """Note when a message was first opened."""
    Message.objects.filter(pk=message.pk, read_at__isnull=True).update(read_at=at)


def mark_unread(*, message: Message) -> None:
    """Put a message back among those to be read."""
    Message.objects.filter(pk=message.pk).update(read_at=None)


def mark_all_read(*, recipient: User, ids: Iterable[UUID], at: datetime) -> int:
    """Mark these messages of a person as read, those that were shown and no others; return how many."""
    shown = Message.objects.filter(recipient=recipient, pk__in=list(ids), read_at__isnull=True)
    return shown.update(read_at=at)


@transaction.atomic(durable=True)
def claim_next_mail(*, at: datetime) -> Message | None:
    """Take the next mail that is due, and commit that it is being sent before it is.

    So a crash while sending leaves a row that says so, and the mail is not sent a second time.
    """
    message = (
        Message.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(mail_state=MailState.WAITING, mail_due_at__lte=at)
        .select_related("recipient")
        .order_by("mail_due_at")
        .first()
    )
    if message is None:
        return None
    message.mail_state, message.mail_due_at = MailState.SENDING, at + SENDING_AT_MOST
    message.mail_attempts += 1
    message.save(update_fields=["mail_state", "mail_due_at", "mail_attempts"])
    return message


def mark_sent(*, message: Message) -> None:
    """Note that the mail server accepted the mail."""
    _end(message, MailState.SENT)


def mark_not_accepted(*, message: Message, error: str, at: datetime) -> None:
    """Let mail that was certainly not accepted be tried again later, or give up after the last try."""
    due_at = next_try_at(tries=message.mail_attempts, at=at)
    _end(message, MailState.REFUSED if due_at is None else MailState.WAITING, error=error, due_at=due_at)


def mark_unclear(*, message: Message, error: str) -> None:
    """Note that nobody can say whether the mail was accepted; it is not repeated."""
    _end(message, MailState.UNKNOWN, error=error)


def mark_needless(*, message: Message) -> None:
    """Note that the recipient has left since the message was written."""
    _end(message, MailState.NONE)


def _end(message: Message, state: MailState, *, error: str = "", due_at: datetime | None = None) -> None:
    Message.objects.filter(pk=message.pk, mail_state=MailState.SENDING).update(
        mail_state=state, mail_error=error[:500], mail_due_at=due_at
    )


def give_up_on_lost_mail(*, at: datetime) -> int:
    """Call mail unclear whose sender has died while sending; return how many."""
    lost = Message.objects.filter(mail_state=MailState.SENDING, mail_due_at__lte=at)
    return lost.update(
        mail_state=MailState.UNKNOWN,
        mail_due_at=None,
        mail_error="The sending process ended before the mail server's answer was noted.",
    )
