"""What may be done for several people at once, one kind after the other, as `excepting` asks for it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from enrollment.choices import ExceptionKind, Status
from enrollment.models import Assignment, ExceptionBatch
from enrollment.permissions import may_except
from people.models import User


@dataclass(frozen=True, slots=True)
class Effect:
    """What one of several people would get, or a refusal in words."""

    subject_id: UUID
    name: str
    title: str
    refusal: str
    words: str = ""  # what changes
    status: Status | None = None  # how they stand now
    due_on: date | None = None
    told: Any = None  # what must be the same when it is confirmed
    expected: str = ""  # what `do` must find for this one, even where a job comes to it later


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Somebody of a list or a selection for whom there is nothing to do, and why; `line` is 0 for a selection."""

    line: int
    text: str
    words: str


class Several:
    """One kind of thing that is done for several people: to whom, with what effect, and how.

    Everything here but `do` asks as often for a hundred people as for one.
    """

    kind: ClassVar[ExceptionKind]
    refusals: ClassVar[tuple[type[Exception], ...]]  # what `do` raises for one of them, in words
    is_whole: ClassVar[bool] = False  # done for all in one go by `do_whole`, not for one after the other by `do`
    needs: ClassVar[str] = "course"  # what a list of people needs beside them: a course, a requirement or nothing

    def may(self, user: User) -> bool:
        """Say whether this kind is open to somebody at all."""
        return may_except(user)

    def people(self, by: User, *, on: date) -> Any:
        """Return the people for whom somebody may do it, as a QuerySet: anybody else does not exist."""
        raise NotImplementedError

    def allowed(self, by: User, ids: Collection[UUID], *, on: date) -> list[UUID]:
        """Return those of these subjects to which somebody may do it, by the name of their person."""
        raise NotImplementedError

    def subjects(self, of: Mapping[UUID, UUID]) -> dict[UUID, UUID]:
        """Return to what it is done, by person; `of` says of which course, or requirement, of each."""
        raise NotImplementedError

    def of_assignments(self, assignments: Sequence[Assignment]) -> dict[UUID, UUID]:
        """Return to what it is done, by assignment, where it was chosen from a list of these."""
        found = self.subjects({each.user_id: each.course_id for each in assignments})
        return {each.pk: found[each.user_id] for each in assignments if each.user_id in found}

    def nothing(self, name: str) -> str:
        """Say that there is nothing to do it to."""
        raise NotImplementedError

    def effects(self, batch: ExceptionBatch, terms: dict[str, Any], *, at: datetime) -> list[Effect]:
        """Return what each of the people would get, by name; who is out of reach now is left out."""
        raise NotImplementedError

    def hold(self, ids: Collection[UUID]) -> None:
        """Hold the rows of these subjects, in the order in which every other action does."""

    def do_whole(self, batch: ExceptionBatch, effects: Sequence[Effect], *, at: datetime) -> None:
        """Do it for all in one go, where `is_whole`, and note the results in the batch, which is saved after."""
        raise NotImplementedError

    def found(self, batch: ExceptionBatch, ids: Collection[UUID], *, at: datetime) -> dict[UUID, tuple[str, str, Any]]:
        """Return those of these that are within reach now: their person's name, the title, and the thing itself."""
        raise NotImplementedError

    def names(self, ids: Collection[UUID]) -> dict[UUID, str]:
        """Return the names of the people of these subjects, whether within reach or not."""
        raise NotImplementedError

    def do(self, batch: ExceptionBatch, thing: Any, *, at: datetime) -> str:
        """Do it for one of them, and return what its result is to say. Raises one of `refusals`."""
        raise NotImplementedError


_kinds: dict[ExceptionKind, Several] = {}


def register(kind: type[Several]) -> type[Several]:
    """Make a kind known."""
    _kinds[kind.kind] = kind()
    return kind


def several_of(kind: str) -> Several:
    """Return how a kind is done."""
    return _kinds[ExceptionKind(kind)]


def kinds_for(user: User) -> list[Several]:
    """Return the kinds that are open to somebody, in the order of `ExceptionKind`."""
    return [_kinds[kind] for kind in ExceptionKind if kind in _kinds and _kinds[kind].may(user)]
