"""What is open and why, and what an activity reports."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any, Protocol
from uuid import UUID

from django.utils.translation import gettext as _


@dataclass(frozen=True, slots=True)
class Lock:
    """Why an activity is not open yet, in words, and what opens it."""

    words: str
    opened_by: UUID | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """A part of which some activities are enough: any `needed` of them."""

    id: UUID
    title: str
    needed: int


@dataclass(frozen=True, slots=True)
class Step:
    """One activity as the rules of sequence see it."""

    id: UUID
    title: str
    is_assessment: bool
    choice: Choice | None = None  # the part of which it is one of several; nothing where all are needed
    minutes: int = 0


class HasModules(Protocol):
    """An outline of a version, as far as its sequence matters."""

    @property
    def modules(self) -> Sequence[Any]: ...


def steps_of(outline: HasModules) -> list[Step]:
    """Return the activities of a version as the rules of sequence see them."""
    steps = []
    for module in outline.modules:
        choice = None if module.needed is None else Choice(module.id, module.title, module.needed_count)
        steps += [Step(each.id, each.title, each.is_assessment, choice, each.minutes) for each in module.activities]
    return steps


@dataclass(frozen=True, slots=True)
class Tally:
    """How far somebody is: of what is needed, how much is done, and how many minutes are left at most."""

    done: int
    needed: int
    minutes_left: int


def tally(steps: Sequence[Step], *, completed: Iterable[UUID]) -> Tally:
    """Count what is done of what is needed; of a choice no more counts than it needs."""
    finished = set(completed)
    done = needed = left = 0
    for choice, members in _parts(steps):
        missing = [step for step in members if step.id not in finished]
        asked = len(members) if choice is None else choice.needed
        counted = min(len(members) - len(missing), asked)
        done, needed = done + counted, needed + asked
        left += sum(sorted((step.minutes for step in missing), reverse=True)[: asked - counted])
    return Tally(done, needed, left)


def locks(steps: Sequence[Step], *, completed: Iterable[UUID]) -> dict[UUID, Lock]:
    """Return the locked activities with their reason: an assessment opens when all before it is done.

    Of a choice as many as it needs, and none of its own activities waits for the others.
    """
    done = set(completed)
    locked: dict[UUID, Lock] = {}
    before: list[Step] = []
    for choice, members in _parts(steps):
        for place, step in enumerate(members):
            if step.is_assessment and step.id not in done:
                lock = _lock([*before, *(members[:place] if choice is None else ())], done)
                if lock:
                    locked[step.id] = lock
        before += members
    return locked


def _lock(before: Sequence[Step], done: set[UUID]) -> Lock | None:
    missing = outstanding(before, completed=done)
    if not missing:
        return None
    first, count = missing[0], _count(before, done)
    if first.choice is None:
        words, others = _("Opens when you complete “{title}”").format(title=first.title), count - 1
    else:
        needed = _lacking([step for step in before if step.choice == first.choice], done)
        words = _("Opens when you complete any {count} of “{part}”").format(count=needed, part=first.choice.title)
        others = count - needed
    if others:
        words = _("{words} and {count} more").format(words=words, count=others)
    return Lock(words, first.id)


def outstanding(steps: Sequence[Step], *, completed: Iterable[UUID]) -> list[Step]:
    """Return what is still to be done before the training can be signed; of a choice, what it may be done with."""
    done = set(completed)
    missing = []
    for _choice, members in _parts(steps):
        if _lacking(members, done):
            missing += [step for step in members if step.id not in done]
    return missing


def spare(steps: Sequence[Step], *, completed: Iterable[UUID]) -> set[UUID]:
    """Return what is not done and not needed any more, since enough of its part is done."""
    done = set(completed)
    return {
        step.id
        for choice, members in _parts(steps)
        if choice is not None and not _lacking(members, done)
        for step in members
        if step.id not in done
    }


def _parts(steps: Sequence[Step]) -> list[tuple[Choice | None, list[Step]]]:
    """Return the steps in order, those of one choice together."""
    return [(choice, list(members)) for choice, members in groupby(steps, key=lambda step: step.choice)]


def _lacking(members: Sequence[Step], done: set[UUID]) -> int:
    """Return how many more of one part are needed."""
    count = sum(step.id in done for step in members)
    choice = members[0].choice
    return max((len(members) if choice is None else choice.needed) - count, 0)


def _count(steps: Sequence[Step], done: set[UUID]) -> int:
    """Return how many more activities are needed."""
    return sum(_lacking(members, done) for _choice, members in _parts(steps))


def goes_on_with(steps: Sequence[Step], *, completed: Iterable[UUID], last: UUID | None) -> Step | None:
    """Return where a learner goes on: where they were last, else the next thing to do; nothing when all is done.

    An activity that is finished, locked or not needed any more is passed over.
    """
    done = set(completed)
    passed = locks(steps, completed=done).keys() | spare(steps, completed=done)
    open_ones = [step for step in steps if step.id not in done and step.id not in passed]
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
