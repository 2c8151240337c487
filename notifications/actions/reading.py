"""What people do with their messages."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from notifications.models import Message
from people.models import User


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
