"""Mail on its way out: woken when a message commits, and swept by beat."""

from __future__ import annotations

import logging
import time
from contextlib import closing

from celery import shared_task
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend

from core.clock import now
from notifications import actions, mail

log = logging.getLogger(__name__)
DRAIN_SECONDS = 60  # one run; what is left over is taken by the next
AT_ONCE = 50  # mails over one connection


@shared_task(name="notifications.gather_digests")
def gather_digests() -> None:
    """Make the digests whose hour has come; they are sent as mail is."""
    actions.gather_digests(at=now())


@shared_task(name="notifications.send_waiting_mail")
def send_waiting_mail() -> None:
    """Send the mail that is due, each at most once."""
    actions.give_up_on_lost_mail(at=now())
    ends, mails = time.monotonic() + DRAIN_SECONDS, 0
    with closing(get_connection()) as connection:
        while _send_next(connection) and time.monotonic() < ends:
            mails += 1
            if mails % AT_ONCE == 0:
                connection.close()


def _send_next(connection: BaseEmailBackend) -> bool:
    """Send one mail and note what became of it; say whether to go on with the next."""
    claimed = actions.claim_next_mail(at=now())
    if claimed is None:
        return False
    if claimed.recipient is not None and not claimed.recipient.is_active:
        actions.mark_needless(mail=claimed, at=now())
        return True
    try:
        composed = mail.compose(claimed)
        if composed is None:
            actions.mark_needless(mail=claimed, at=now())
            return True
        connection.open()
    except Exception as error:  # nothing was sent yet, whatever went wrong
        log.warning("Mail %s was not sent: %s", claimed.id, error)
        actions.mark_not_accepted(mail=claimed, error=mail.explain(error), at=now())
        return False
    try:
        connection.send_messages([composed])
    except mail.CERTAINLY_NOT_ACCEPTED as error:
        log.warning("Mail %s was not accepted: %s", claimed.id, error)
        actions.mark_not_accepted(mail=claimed, error=mail.explain(error), at=now())
        connection.close()
    except OSError as error:
        log.warning("Nobody knows whether mail %s was accepted: %s", claimed.id, error)
        actions.mark_unclear(mail=claimed, error=mail.explain(error), at=now())
        return False
    else:
        actions.mark_sent(mail=claimed, at=now())
    return True
