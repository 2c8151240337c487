"""What people do with their messages."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from core.ids import new_id
from notifications import facts
from notifications.models import Message
from people.models import User
from records.actions import record_fact


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


@transaction.atomic
def note_log_exported(*, rows: int, filters: str, by: User, at: datetime) -> None:
    """Write to the trail that somebody took the log of messages out of the system, before it leaves."""
    payload = {"rows": rows, "filters": filters or _("without filters")}
    record_fact(facts.LOG_EXPORTED, by=by, at=at, subject_type="export", subject_id=new_id(), payload=payload)
