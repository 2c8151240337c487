"""Mail on its way out: claimed before it is sent, and never sent a second time."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from notifications.choices import MailState
from notifications.models import Digest, Message
from notifications.queries import mail_policy, readers
from notifications.rules import SENDING_AT_MOST, goes_out_at, next_try_at
from notifications.wording import kind_of

Outgoing = Message | Digest
_LOST = "The sending process ended before the mail server's answer was noted."


@transaction.atomic(durable=True)
def claim_next_mail(*, at: datetime) -> Outgoing | None:
    """Take the next mail that is due, a single one or a digest, and commit that it is being sent before it is.

    So a crash while sending leaves a row that says so, and the mail is not sent a second time.
    """
    for model in (Message, Digest):
        mail: Outgoing | None = (
            model._default_manager.select_for_update(skip_locked=True, of=("self",))
            .filter(mail_state=MailState.WAITING, mail_due_at__lte=at)
            .select_related("recipient")
            .order_by("mail_due_at")
            .first()
        )
        if mail is not None:
            mail.mail_state, mail.mail_due_at = MailState.SENDING, at + SENDING_AT_MOST
            mail.mail_attempts += 1
            mail.save(update_fields=["mail_state", "mail_due_at", "mail_attempts"])
            return mail
    return None


def mark_sent(*, mail: Outgoing, at: datetime) -> None:
    """Note that the mail server accepted the mail."""
    _end(mail, MailState.SENT, at=at)


def mark_not_accepted(*, mail: Outgoing, error: str, at: datetime) -> None:
    """Let mail that was certainly not accepted be tried again later, or give up after the last try."""
    due_at = next_try_at(tries=mail.mail_attempts, at=at)
    if due_at is None:
        _end(mail, MailState.REFUSED, error=error, at=at)
    else:
        _end(mail, MailState.WAITING, error=error, due_at=_not_at_night(mail, due_at))


def mark_unclear(*, mail: Outgoing, error: str, at: datetime) -> None:
    """Note that nobody can say whether the mail was accepted; it is not repeated."""
    _end(mail, MailState.UNKNOWN, error=error, at=at)


def mark_needless(*, mail: Outgoing, at: datetime) -> None:
    """Note that the recipient has left since the message was written."""
    _end(mail, MailState.NEEDLESS, at=at)


def _end(
    mail: Outgoing,
    state: MailState,
    *,
    error: str = "",
    due_at: datetime | None = None,
    at: datetime | None = None,
) -> None:
    type(mail)._default_manager.filter(pk=mail.pk, mail_state=MailState.SENDING).update(
        mail_state=state, mail_error=error[:500], mail_due_at=due_at, mail_ended_at=at
    )


def _not_at_night(mail: Outgoing, at: datetime) -> datetime:
    """Return when mail that is tried again may go out."""
    kind = kind_of(mail.kind) if isinstance(mail, Message) else None
    if mail.recipient is None or (kind is not None and kind.any_hour):
        return at
    calendar = readers([mail.recipient.pk], at=at)[mail.recipient.pk].calendar
    return goes_out_at(mail_policy(), calendar, at, since=mail.created_at)


def give_up_on_lost_mail(*, at: datetime) -> int:
    """Call mail unclear whose sender has died while sending; return how many."""
    found = 0
    for model in (Message, Digest):
        lost = model._default_manager.filter(mail_state=MailState.SENDING, mail_due_at__lte=at)
        found += lost.update(mail_state=MailState.UNKNOWN, mail_due_at=None, mail_ended_at=at, mail_error=_LOST)
    return found
