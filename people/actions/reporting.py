"""What the actions of this room share: how they report, and what they refuse."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from people.models import User
from records.actions import record_fact
from records.facts import Actor, FactKind


class NotAllowed(Exception):
    """A rule forbids this; the words say which, and what to do. `field` is the one that they are about, if any."""

    def __init__(self, words: str, *, field: str = "") -> None:
        super().__init__(words)
        self.field = field


def report_about(person: User, kind: FactKind, *, by: Actor, at: datetime, reason: str = "", **payload: Any) -> None:
    """Write a fact that belongs to a person's history."""
    record_fact(
        kind,
        by=by,
        at=at,
        subject_type="user",
        subject_id=person.pk,
        person_id=person.pk,
        payload={"name": person.name, "person_id": person.pk, **payload},
        reason=reason,
    )
