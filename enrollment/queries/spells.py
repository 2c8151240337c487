"""With which courses something has to do, and had: those for which a task asks, those whose records a class holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from enrollment.queries.requirements import course_titles


@dataclass(frozen=True, slots=True)
class Spell:
    """That something has, or had, to do with a course."""

    code: str
    title: str
    added_at: datetime
    removed_at: datetime | None


def spells_by(owner: str, rows: QuerySet[Any]) -> dict[UUID, list[Spell]]:
    """Return rows of a `CourseSpell` by what their field `owner` names, in the order of codes; two queries."""
    fields = (f"{owner}_id", "course_id", "course__code", "added_at", "removed_at")
    listed = list(rows.order_by("course__code", "added_at").values_list(*fields))
    titles = course_titles({course for _owner, course, *_rest in listed})
    found: dict[UUID, list[Spell]] = {}
    for owned_by, course, code, added_at, removed_at in listed:
        found.setdefault(owned_by, []).append(Spell(code, titles[course], added_at, removed_at))
    return found


def now_first(spells: Iterable[Spell]) -> list[Spell]:
    """Return what holds now before what held once."""
    return sorted(spells, key=lambda each: each.removed_at is not None)
