"""What is part of what: departments, and the departments below them."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TypeVar

Id = TypeVar("Id", bound=Hashable)


def below(chosen: Id, parents: Mapping[Id, Id | None]) -> frozenset[Id]:
    """Return a department and all departments below it; `parents` says of which each is a part."""
    found = {chosen}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return frozenset(found)


def all_below(parents: Mapping[Id, Id | None]) -> dict[Id, frozenset[Id]]:
    """Return the same for every department at once; none is below itself."""
    children: dict[Id | None, list[Id]] = {}
    for child, parent in parents.items():
        children.setdefault(parent, []).append(child)
    found: dict[Id, frozenset[Id]] = {}

    def gather(department: Id) -> frozenset[Id]:
        found[department] = frozenset({department}).union(*map(gather, children.get(department, ())))
        return found[department]

    for top in children.get(None, ()):
        gather(top)
    return found
