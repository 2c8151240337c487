"""What is open and why, and what an activity reports."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext as _


@dataclass(frozen=True, slots=True)
class Lock:
    """Why an activity is not open yet, in words, and what opens it."""

    words: str
    opened_by: UUID | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One activity as the rules of sequence see it."""

    id: UUID
    title: str
    is_assessment: bool


def locks(steps: Sequence[Step], *, completed: Iterable[UUID]) -> dict[UUID, Lock]:
    """Return the locked activities with their reason: an assessment opens when all before it is done."""
    done = set(completed)
    locked: dict[UUID, Lock] = {}
    missing: list[Step] = []
    for step in steps:
        if step.is_assessment and missing and step.id not in done:
            first = missing[0]
            if len(missing) == 1:
                words = _("Opens when you complete “{title}”").format(title=first.title)
            else:
                words = _("Opens when you complete “{title}” and {count} more").format(
                    title=first.title, count=len(missing) - 1
                )
            locked[step.id] = Lock(words, first.id)
        if step.id not in done:
            missing.append(step)
    return locked


def outstanding(steps: Sequence[Step], *, completed: Iterable[UUID]) -> list[Step]:
    """Return what is still to be done before the training can be signed."""
    done = set(completed)
    return [step for step in steps if step.id not in done]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an activity reports: finished or not, and points where it is graded."""

    completed: bool
    score: Decimal | None = None
    max_score: Decimal | None = None
    passed: bool | None = None
