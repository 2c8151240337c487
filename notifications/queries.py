"""Named reads about messages."""

from __future__ import annotations

from django.db.models import QuerySet

from notifications.models import Message
from people.models import User


def inbox_of(user: User) -> QuerySet[Message]:
    """Return the messages of a person."""
    return Message.objects.filter(recipient=user)


def unread_count(user: User) -> int:
    """Return how many messages a person has not opened."""
    return inbox_of(user).filter(read_at__isnull=True).count()
