"""What is open and why, and what an activity reports."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol
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


class HasActivities(Protocol):
    """An outline of a version, as far as its sequence matters."""

    @property
    def activities(self) -> Sequence[Any]: ...


def steps_of(outline: HasActivities) -> list[Step]:
    """Return the activities of a version as the rules of sequence see them."""
    return [Step(each.id, each.title, each.is_assessment) for each in outline.activities]


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


def goes_on_with(steps: Sequence[Step], *, completed: Iterable[UUID], last: UUID | None) -> Step | None:
    """Return where a learner goes on: where they were last, else the next thing to do; nothing when all is done.

    An activity that is finished or locked is passed over.
    """
    done = set(completed)
    locked = locks(steps, completed=done)
    open_ones = [step for step in steps if step.id not in done and step.id not in locked]
    order = {step.id: place for place, step in enumerate(steps)}
    from_here = order.get(last, 0) if last else 0
    later = [step for step in open_ones if order[step.id] >= from_here]
    return next(iter(later or open_ones), None)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an activity reports: finished or not, and points where it is graded.

    `evidence_sha256` is the hash of what the report rests on, such as the answers to a quiz. It goes
    under the learner's signature, so that what was answered is signed along with the score.
    """

    completed: bool
    score: Decimal | None = None
    max_score: Decimal | None = None
    passed: bool | None = None
    evidence_sha256: str = ""
