"""Mail on its way out: woken when a message commits, and swept by beat."""

from __future__ import annotations

import logging
import time
from contextlib import closing

from celery import shared_task
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.urls import reverse

from core.clock import now
from notifications import actions, mail, webpush
from notifications.wording import kind_of

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


@shared_task(name="notifications.send_waiting_pushes")
def send_waiting_pushes() -> None:
    """Wake the browsers whose time has come, each at most once for a message."""
    actions.give_up_on_lost_pushes(at=now())
    ends = time.monotonic() + DRAIN_SECONDS
    while _push_next() and time.monotonic() < ends:
        pass


def _push_next() -> bool:
    """Send one push and note what became of it; say whether there may be more."""
    push = actions.claim_next_push(at=now())
    if push is None:
        return False
    message = push.message
    if message.read_at is not None or message.recipient is None or not message.recipient.is_active:
        actions.note_push_needless(push=push, at=now())
        return True
    kind = kind_of(message.kind)
    payload = {
        "title": message.subject,
        "url": reverse("notifications:open", args=[message.pk]),
        "tag": str(message.pk),
    }
    address = webpush.Address(push.device.endpoint, push.device.p256dh, push.device.auth)
    try:
        status = webpush.send(address, payload, urgent=kind is not None and kind.urgent, at=now())
    except webpush.NotAsked as error:
        actions.note_push_not_sent(push=push, error=str(error), at=now())
    except webpush.NoAnswer as error:
        actions.note_push_unclear(push=push, error=str(error), at=now())
    else:
        actions.note_push_answered(push=push, status=status, at=now())
    return True


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
