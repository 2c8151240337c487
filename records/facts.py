"""What can be reported to the trail: every room declares its facts here, with their sentence."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol
from uuid import UUID

from django.utils.formats import date_format
from django.utils.functional import Promise


class Actor(Protocol):
    """Who acts: a person, or a named part of the system."""

    @property
    def actor_id(self) -> UUID | None: ...
    @property
    def actor_name(self) -> str: ...
    @property
    def actor_roles(self) -> str: ...


@dataclass(frozen=True, slots=True)
class SystemActor:
    """A part of the system that acts by itself, named after its job."""

    job: str

    @property
    def actor_id(self) -> None:
        return None

    @property
    def actor_name(self) -> str:
        return f"Attest, {self.job}"

    @property
    def actor_roles(self) -> str:
        return "system"


@dataclass(frozen=True, slots=True)
class Counted:
    """A sentence that counts something, in the form that its number asks for.

    `form` is the gettext look-up, so that every language has as many forms as it needs; `of` names
    the value of the payload that is the number. Where that is missing, it is said of many.
    """

    of: str
    form: Callable[[int], str]

    def __str__(self) -> str:
        return self.form(MANY)

    def about(self, payload: dict[str, Any]) -> str:
        number = payload.get(self.of)
        return self.form(number if isinstance(number, int) else MANY)


MANY = 1000  # the number of which a sentence is said where none is known


@dataclass(frozen=True, slots=True)
class FactKind:
    """One kind of fact: its verb, such as `courses.version_approved`, and how to say it.

    The sentence is filled from the payload and from `actor`.
    """

    verb: str
    sentence: str | Promise | Counted
    glyph: str = "todo"

    def say(self, *, actor: str, payload: dict[str, Any]) -> str:
        """Return the sentence about one such fact; a value that is missing reads as a dash."""
        sentence = self.sentence.about(payload) if isinstance(self.sentence, Counted) else str(self.sentence)
        return sentence.format_map(_Gaps({key: _said(value) for key, value in payload.items()}, actor=actor))


class _Gaps(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "–"


def _said(value: Any) -> Any:
    """Return a value of a payload as a sentence says it: days in words, nothing as a dash."""
    if value is None:
        return "–"
    if isinstance(value, str) and _DAY.fullmatch(value):
        return date_format(date.fromisoformat(value), "j M Y")
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        return f"{date_format(datetime.fromisoformat(value), 'j M Y H:i')} UTC"
    return value


_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")  # as core.canonical spells instants


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact as a follower sees it."""

    id: int
    verb: str
    occurred_at: datetime
    subject_type: str
    subject_id: UUID
    payload: dict[str, Any]


@dataclass(slots=True)
class _Registry:
    kinds: dict[str, FactKind] = field(default_factory=dict)
    followers: dict[str, dict[str, Callable[[Fact], None]]] = field(default_factory=dict)


registry = _Registry()


def declare(verb: str, sentence: str | Promise | Counted, *, glyph: str = "todo") -> FactKind:
    """Make a kind of fact known. Raises ValueError when the verb is taken."""
    if verb in registry.kinds:
        raise ValueError(f"the fact {verb} is declared twice")
    registry.kinds[verb] = FactKind(verb, sentence, glyph)
    return registry.kinds[verb]


def follow(kind: FactKind, *, name: str, react: Callable[[Fact], None]) -> None:
    """Let `react` be called once for each such fact, after its transaction has committed.

    Called in `AppConfig.ready()` of a higher room. A reaction is idempotent and calls one action.
    """
    registry.followers.setdefault(kind.verb, {})[name] = react
