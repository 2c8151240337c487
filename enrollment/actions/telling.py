"""Messages of this room, queued in the transaction of what they tell."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.urls import reverse
from django.utils import translation

from notifications.actions import queue_messages
from notifications.models import Message
from notifications.wording import Notice
from people.models import User


def tell(recipient: User, wording: Callable[[], Notice], *, once: str, path: str, at: datetime) -> bool:
    """Queue a notice for a person; say whether it is the first with this name."""
    return bool(queue_messages([addressed(recipient, wording, once=once, path=path)], at=at))


def addressed(recipient: User, wording: Callable[[], Notice], *, once: str, path: str) -> Message:
    """Return a notice as a message for its reader, to be queued; what fills it is said in their language."""
    with translation.override(recipient.language):
        return Message.of(wording(), recipient=recipient, once=once, path=path)


def course_path(course_id: UUID) -> str:
    """Return the address on which a learner begins a course or goes on with it."""
    return reverse("enrollment:start", kwargs={"course_id": course_id})
