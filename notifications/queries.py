"""Named reads about messages."""

from __future__ import annotations

from django.db.models import QuerySet

from core.sql import rows
from notifications.models import Message
from people.models import User

_UNREAD = "SELECT count(*) FROM notifications_message WHERE recipient_id = %s AND read_at IS NULL"


def inbox_of(user: User) -> QuerySet[Message]:
    """Return the messages of a person."""
    return Message.objects.filter(recipient=user)


def unread_count(user: User) -> int:
    """Return how many messages a person has not opened. Every page asks, so it is asked without detours."""
    return int(rows(_UNREAD, [user.pk])[0][0])
