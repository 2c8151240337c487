"""Messages of this room, queued in the transaction of what they tell."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.urls import reverse
from django.utils import translation

from enrollment.notices import Notice
from notifications.actions import queue_messages
from notifications.models import Message
from people.models import User


def tell(recipient: User, wording: Callable[[], Notice], *, once: str, path: str, at: datetime) -> bool:
    """Queue a notice for a person; say whether it is the first with this name."""
    return bool(queue_messages([addressed(recipient, wording, once=once, path=path)], at=at))


def addressed(recipient: User, wording: Callable[[], Notice], *, once: str, path: str) -> Message:
    """Return a notice as a message in the language of its reader, to be queued."""
    with translation.override(recipient.language):
        notice = wording()
    return Message(
        recipient=recipient,
        kind=notice.kind,
        once=once,
        subject=notice.subject[:200],
        body=notice.body,
        path=path,
        action=notice.action,
        glyph=notice.glyph,
    )


def course_path(course_id: UUID) -> str:
    """Return the address on which a learner begins a course or goes on with it."""
    return reverse("enrollment:start", kwargs={"course_id": course_id})
