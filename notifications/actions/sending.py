"""Mail on its way out: claimed before it is sent, and never sent a second time."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from notifications.choices import MailState
from notifications.models import Message
from notifications.rules import SENDING_AT_MOST, next_try_at


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
