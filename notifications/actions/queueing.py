"""Messages are queued in the transaction of what they tell, each once."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.utils import translation
from psycopg2.extras import execute_values

from core.components.states import SHAPES
from core.ids import new_id
from core.jobs import enqueue
from notifications.actions.pushing import queue_pushes
from notifications.choices import MailState
from notifications.models import Message
from notifications.queries import OwnWordings, Reader, mail_policy, own_wordings, readers
from notifications.rules import Plan, Policy
from notifications.wording import LONGEST_SUBJECT, MessageKind, Notice, kind_of
from people.models import User

_INSERT = """
    INSERT INTO notifications_message (id, recipient_id, address, kind, once, subject, body, path, action, glyph,
        lines, created_at, mail_state, mail_attempts, mail_due_at, mail_error)
    VALUES %s ON CONFLICT (once) DO NOTHING RETURNING id
"""
_VALUES = "(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 0, %s, '')"


def queue_notice(
    *, recipient: User, notice: Notice, once: str, at: datetime, path: str = "", by_mail: bool = True
) -> Message | None:
    """Let a person have a message, in their inbox and, unless they have left, by e-mail.

    Belongs inside the transaction of what it tells. `once` names what it is about; where a message with
    that name exists, nothing happens and nothing is returned. The texts of the notice were made in the
    language of the recipient. Raises RuntimeError outside a transaction.
    """
    message = Message.of(notice, recipient=recipient, once=once, path=path)
    return message if _queue([message], at=at, by_mail=by_mail) else None


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
    """Let a person have a message whose words are made already; otherwise as `queue_notice`.

    `path` begins with a slash; `glyph` is one of the nine states. Raises ValueError for another one, and
    for a kind that no room has declared.
    """
    message = Message(
        recipient=recipient, kind=kind, once=once, subject=subject, body=body, path=path, action=action, glyph=glyph
    )
    return message if _queue([message], at=at, by_mail=by_mail) else None


def queue_messages(messages: Sequence[Message], *, at: datetime) -> int:
    """Queue many messages in few statements; return how many are new.

    Each was made by `Message.of`, or has recipient, kind, once, subject and body, and where it leads.
    """
    return _queue(messages, at=at, by_mail=True)


def queue_mail(*, address: str, notice: Notice, once: str, at: datetime) -> Message | None:
    """Let a message go out to an address that belongs to no account, such as the security contact."""
    message = Message.of(notice, address=address, once=once)
    return message if _queue([message], at=at, by_mail=True) else None


def _queue(messages: Sequence[Message], *, at: datetime, by_mail: bool) -> int:
    if not connection.in_atomic_block:
        raise RuntimeError(f"{len(messages)} messages were queued outside a transaction")
    own = own_wordings({message.kind for message in messages})
    policy = mail_policy()
    found = readers({message.recipient_id for message in messages if message.recipient_id}, at=at)
    rows, wakes = [], dict[UUID, datetime]()
    for message in messages:
        kind = kind_of(message.kind)
        if kind is None:
            raise ValueError(f"no room has declared messages of the kind {message.kind!r}")
        if message.glyph not in SHAPES:
            raise ValueError(f"{message.glyph!r} is not one of {', '.join(SHAPES)}")
        _word(message, own)
        mail = _mail(message, kind, policy, found, at=at) if by_mail else Plan(MailState.NONE)
        message.id, message.created_at = new_id(), at
        message.mail_state, message.mail_due_at = mail.state, mail.due_at
        if by_mail and message.recipient is not None and message.recipient.is_active:
            wakes_at = found[message.recipient.pk].push_at(kind, policy=policy, at=at)
            if wakes_at is not None:
                wakes[message.id] = wakes_at
        to_whom = (message.id, message.recipient_id, message.address, message.kind, message.once)
        what = (message.subject, message.body, message.path, message.action, message.glyph)
        listed = json.dumps(message.lines)
        rows.append((*to_whom, *what, listed, at, message.mail_state, message.mail_due_at))
    with connection.cursor() as cursor:
        written = execute_values(cursor.cursor, _INSERT, rows, template=_VALUES, page_size=500, fetch=True)
    queue_pushes({pk: wakes[pk] for (pk,) in written if pk in wakes})
    if written and any(message.mail_state == MailState.WAITING for message in messages):
        enqueue("notifications.send_waiting_mail")
    return len(written)


def _mail(message: Message, kind: MessageKind, policy: Policy, found: Mapping[UUID, Reader], *, at: datetime) -> Plan:
    """Return what becomes of the mail of a message that is being written."""
    if message.recipient is None:
        return Plan(MailState.WAITING, at)
    planned = found[message.recipient.pk].plan(kind, policy=policy, at=at, since=at)
    if planned.due_at is not None and not message.recipient.is_active:
        return Plan(MailState.NEEDLESS)
    return planned


def _word(message: Message, own: OwnWordings) -> None:
    """Give a message its words: those of its notice, in its reader's language."""
    notice = message.notice
    if notice is None:
        message.subject = message.subject[:LONGEST_SUBJECT]
        return
    language = message.recipient.language if message.recipient else settings.LANGUAGE_CODE
    with translation.override(language):
        said = notice.said(own.get((message.kind, notice.variant, language)))
    message.subject, message.body, message.action = str(said.subject), str(said.body), str(said.action)
