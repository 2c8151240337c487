"""Browsers that may be woken, and each message that wakes one at most once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from psycopg2.extras import execute_values

from core.ids import new_id
from core.jobs import enqueue
from notifications import facts
from notifications.choices import PushState
from notifications.models import Push, PushDevice
from notifications.rules import SENDING_AT_MOST, next_try_at
from notifications.webpush import Address, is_on, is_usable
from people.models import User
from records.actions import record_fact

MOST_DEVICES = 10
GONE = (404, 410)  # the browser has forgotten its address (RFC 8030, 7.3)
_INSERT = """
    INSERT INTO notifications_push (id, message_id, device_id, state, attempts, due_at, error)
    SELECT gen_random_uuid(), m.id, d.id, 'waiting', 0, v.due_at, ''
    FROM (VALUES %s) AS v (message, due_at)
    JOIN notifications_message m ON m.id = v.message::uuid
    JOIN notifications_pushdevice d ON d.user_id = m.recipient_id
    ON CONFLICT (message_id, device_id) DO NOTHING RETURNING id
"""


class NotUsable(ValueError):
    """What a browser sent is no address of a push service that Attest speaks to."""


@transaction.atomic
def add_device(*, person: User, address: Address, name: str, at: datetime) -> PushDevice:
    """Let messages to a person wake a browser, instead of whoever used the same browser before.

    The oldest of more than ten is forgotten. Raises NotUsable.
    """
    if not is_on() or not is_usable(address):
        raise NotUsable(address.endpoint)
    PushDevice.objects.filter(endpoint=address.endpoint).delete()
    _report(person, at=at, what=f"on in {name}")
    device = PushDevice.objects.create(
        id=new_id(), user=person, endpoint=address.endpoint, p256dh=address.p256dh, auth=address.auth,
        name=name[:100], created_at=at,
    )  # fmt: skip
    kept = PushDevice.objects.filter(user=person).order_by("-created_at", "-id")[:MOST_DEVICES]
    PushDevice.objects.filter(user=person).exclude(pk__in=list(kept.values_list("pk", flat=True))).delete()
    return device


@transaction.atomic
def remove_device(*, device: PushDevice, at: datetime) -> None:
    """Let no message wake this browser any more."""
    _report(device.user, at=at, what=f"off in {device.name}")
    device.delete()


def _report(person: User, *, at: datetime, what: str) -> None:
    record_fact(
        facts.DEVICE_CHANGED,
        by=person,
        at=at,
        subject_type="user",
        subject_id=person.pk,
        person_id=person.pk,
        payload={"what": what},
    )


def queue_pushes(due: Mapping[UUID, datetime]) -> None:
    """Let messages that were just written wake the browsers of their recipients, each from its instant on."""
    if not due or not is_on():
        return
    values = [(str(message), at) for message, at in due.items()]
    with connection.cursor() as cursor:
        made = execute_values(
            cursor.cursor, _INSERT, values, template="(%s, %s::timestamptz)", page_size=1000, fetch=True
        )
    if made:
        enqueue("notifications.send_waiting_pushes")


@transaction.atomic(durable=True)
def claim_next_push(*, at: datetime) -> Push | None:
    """Take the next push that is due, and commit that it is being sent before it is; never the same one again."""
    push = (
        Push.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(state=PushState.WAITING, due_at__lte=at)
        .select_related("message__recipient", "device")
        .order_by("due_at")
        .first()
    )
    if push is None:
        return None
    push.state, push.due_at = PushState.SENDING, at + SENDING_AT_MOST
    push.attempts += 1
    push.save(update_fields=["state", "due_at", "attempts"])
    return push


def note_push_answered(*, push: Push, status: int, at: datetime) -> None:
    """Note what the push service answered; an address that is gone is forgotten."""
    if status in GONE:
        PushDevice.objects.filter(pk=push.device_id).delete()
    elif 200 <= status < 300:
        _end(push, PushState.SENT, at=at)
    elif status == 429 or status >= 500:
        note_push_not_sent(push=push, error=f"The push service answered {status}.", at=at)
    else:
        _end(push, PushState.REFUSED, error=f"The push service answered {status}.", at=at)


def note_push_not_sent(*, push: Push, error: str, at: datetime) -> None:
    """Let what was certainly not taken be tried again later, or give up after the last try."""
    due_at = next_try_at(tries=push.attempts, at=at)
    if due_at is None:
        _end(push, PushState.REFUSED, error=error, at=at)
    else:
        _end(push, PushState.WAITING, error=error, due_at=due_at)


def note_push_unclear(*, push: Push, error: str, at: datetime) -> None:
    """Note that nobody can say whether it arrived; it is not repeated."""
    _end(push, PushState.UNKNOWN, error=error, at=at)


def note_push_needless(*, push: Push, at: datetime) -> None:
    """Note that the message was read, or its reader has left, before it went out."""
    _end(push, PushState.NEEDLESS, at=at)


def give_up_on_lost_pushes(*, at: datetime) -> int:
    """Call a push unclear whose sender has died while sending; return how many."""
    lost = Push.objects.filter(state=PushState.SENDING, due_at__lte=at)
    return lost.update(state=PushState.UNKNOWN, due_at=None, ended_at=at, error="The sending process ended.")


def _end(
    push: Push, state: PushState, *, error: str = "", due_at: datetime | None = None, at: datetime | None = None
) -> None:
    Push.objects.filter(pk=push.pk, state=PushState.SENDING).update(
        state=state, error=error[:300], due_at=due_at, ended_at=at
    )
