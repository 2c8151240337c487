"""In which stages the way through a program or to a course is laid out, and which lines join them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

Asks = Mapping[UUID, Collection[UUID]]


@dataclass(frozen=True, slots=True)
class Part:
    """A module: what is in it, and how many of that are needed where not all is."""

    title: str
    members: tuple[UUID, ...]
    needed: int | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """What stands beside each other on the way; what stands in an earlier stage comes before it."""

    stops: tuple[UUID, ...]
    title: str = ""
    needed: int | None = None
    opens_next: bool = False  # nothing of the next stage before all of this


@dataclass(frozen=True, slots=True)
class Line:
    """A line from a stop of one stage to one of the next, by their places from the left, 0 to 100."""

    start: int
    end: int
    is_asked: bool  # because the one asks for the other; else it is only the order in which they stand


def stages_of(goal: UUID, parts: Sequence[Part], asks: Asks) -> list[Stage]:
    """Return the way to a course: what it asks for, part by part, and itself at the end; each stop once.

    What a member asks for, and is no member itself, stands before the part. Within a part what asks for
    another member stands after it.
    """
    members = {member for part in parts for member in part.members}
    placed: set[UUID] = {goal}
    stages = _before([goal], asks, placed, members)
    if stages:
        stages[-1] = replace(stages[-1], opens_next=True)
    for part in parts:
        stages += _before(part.members, asks, placed, members)
        own = [member for member in part.members if member not in placed]
        placed.update(own)
        for number, row in enumerate(_ranked(own, asks)):
            stages.append(Stage(tuple(row), part.title if number == 0 else "", part.needed if number == 0 else None))
    if parts and stages:
        stages[-1] = replace(stages[-1], opens_next=True)
    return [*stages, Stage((goal,))]


def _before(wanted: Iterable[UUID], asks: Asks, placed: set[UUID], members: Collection[UUID]) -> list[Stage]:
    """Return the stages of what is asked for, directly or not, and stands nowhere yet."""
    found: dict[UUID, None] = {}
    waiting = list(wanted)
    while waiting:
        for asked in sorted(asks.get(waiting.pop(), ()), key=str):
            if asked not in found and asked not in placed and asked not in members:
                found[asked] = None
                waiting.append(asked)
    placed.update(found)
    return [Stage(tuple(row)) for row in _ranked(list(found), asks)]


def _ranked(stops: Sequence[UUID], asks: Asks) -> list[list[UUID]]:
    """Return the stops in rows, each below everything that it asks for, directly or through others."""
    among = set(stops)
    ranks: dict[UUID, int] = {}
    while len(ranks) < len(stops):
        ready = [
            stop
            for stop in stops
            if stop not in ranks and all(asked in ranks for asked in asks.get(stop, ()) if asked in among)
        ]
        for stop in ready or [next(stop for stop in stops if stop not in ranks)]:  # a circle is never saved
            ranks[stop] = 1 + max((ranks[asked] for asked in asks.get(stop, ()) if asked in ranks), default=-1)
    rows: list[list[UUID]] = [[] for _row in range(max(ranks.values(), default=-1) + 1)]
    for stop in stops:
        rows[ranks[stop]].append(stop)
    return rows


def lines_between(before: Stage, after: Stage, asks: Asks) -> list[Line]:
    """Return the lines from one stage to the next: those that are asked for, else the plain order."""
    starts = {stop: _place(number, len(before.stops)) for number, stop in enumerate(before.stops)}
    lines = []
    for number, stop in enumerate(after.stops):
        end = _place(number, len(after.stops))
        asked = [each for each in before.stops if each in asks.get(stop, ())]
        lines += [Line(starts[each], end, True) for each in asked]
        if not asked:
            lines += [Line(start, end, before.opens_next) for start in starts.values()]
    return lines


def _place(number: int, count: int) -> int:
    """Return where the middle of a stop is among so many."""
    return round(100 * (2 * number + 1) / (2 * count))
