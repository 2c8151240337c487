"""Which course asks for which, and that none asks for itself in the end."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

from django.utils.translation import gettext as _

T = TypeVar("T", bound=Hashable)


def circle_through(start: T, asks: Mapping[T, Iterable[T]]) -> list[T] | None:
    """Return the shortest way from a course back to itself, both ends named; nothing when there is none."""
    came_from: dict[T, T] = {}
    waiting = deque([start])
    while waiting:
        course = waiting.popleft()
        for asked in asks.get(course, ()):
            if asked == start:
                way = [course]
                while way[-1] != start:
                    way.append(came_from[way[-1]])
                return [*reversed(way), start]
            if asked not in came_from:
                came_from[asked] = course
                waiting.append(asked)
    return None


def circle_words(titles: Sequence[str]) -> str:
    """Say a way that leads back to where it began: "“A” asks for “B”, which asks for “A”."."""
    first, second, *rest = (f"“{title}”" for title in titles)
    if first == second and not rest:
        return _("{course} asks for itself.").format(course=first)
    said = _("{course} asks for {asked}").format(course=first, asked=second)
    for each in rest:
        said = _("{said}, which asks for {asked}").format(said=said, asked=each)
    return f"{said}."


def asked_in_all(courses: Collection[T], asks: Mapping[T, Iterable[T]]) -> set[T]:
    """Return these courses and everything that they ask for, directly or not."""
    found = set(courses)
    waiting = list(found)
    while waiting:
        fresh = {asked for asked in asks.get(waiting.pop(), ()) if asked not in found}
        found |= fresh
        waiting.extend(fresh)
    return found
