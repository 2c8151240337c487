"""The training matrix: job roles by requirements, with their periods; and what changing cells would do."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from uuid import UUID

from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast

from core.sql import rows
from enrollment.choices import RequirementState
from enrollment.models import Requirement
from enrollment.queries.audiences import Grounds, matrix_cells
from enrollment.queries.changes import Changes, changes_for
from enrollment.queries.obligations import asked_by
from enrollment.queries.requirements import course_titles
from enrollment.rules import Span
from enrollment.rules.matrix import CellChange, cells_after

NOON = time(12, tzinfo=UTC)
_HEADS = """
    SELECT p.job_role_id, count(DISTINCT p.user_id) FROM people_position p
    JOIN people_user u ON u.id = p.user_id AND u.is_active
    WHERE p.job_role_id = ANY (%(roles)s::uuid[]) AND p.valid_from <= %(day)s
        AND (p.valid_until IS NULL OR p.valid_until > %(day)s)
        AND (%(sites)s::uuid[] IS NULL OR p.site_id = ANY (%(sites)s::uuid[]))
    GROUP BY p.job_role_id
"""
_HOLDERS = """
    SELECT DISTINCT p.user_id FROM people_position p
    WHERE p.job_role_id = ANY (%(roles)s::uuid[]) AND (p.valid_until IS NULL OR p.valid_until >= %(day)s::date - 2)
"""


@dataclass(frozen=True, slots=True)
class Column:
    """A requirement of the matrix: its number, training and state."""

    id: UUID
    number: int
    title: str
    state: RequirementState

    @property
    def is_on(self) -> bool:
        return self.state == RequirementState.ON


def asked_by_matrix(requirements: QuerySet[Requirement]) -> QuerySet[Requirement]:
    """Keep the requirements whose audience asks the matrix, drafts among them; none that are off."""
    live = requirements.exclude(state=RequirementState.OFF)
    return live.annotate(words=Cast("audience", TextField())).filter(words__contains='"field": "matrix"')


def matrix_columns(requirements: QuerySet[Requirement]) -> list[Column]:
    """Return the columns of the matrix by training; two queries."""
    found = list(asked_by_matrix(requirements).values_list("pk", "number", "course_id", "state"))
    titles = course_titles({course for _pk, _number, course, _state in found})
    columns = [Column(pk, number, titles[course], RequirementState(state)) for pk, number, course, state in found]
    return sorted(columns, key=lambda column: (column.title.casefold(), column.number))


def heads(job_role_ids: Collection[UUID], *, on: date, sites: Collection[UUID] | None) -> dict[UUID, int]:
    """Return how many active people hold each of these job roles on a day, at some sites or anywhere."""
    at_sites = None if sites is None else [str(each) for each in sites]
    return dict(rows(_HEADS, {"roles": [str(each) for each in job_role_ids], "day": on, "sites": at_sites}))


def overlaid(
    cells: Mapping[UUID, Mapping[UUID, Sequence[Span]]], changes: Iterable[CellChange]
) -> dict[UUID, dict[UUID, list[Span]]]:
    """Return the matrix as changes would leave it."""
    after = {what: {role: list(spans) for role, spans in by_role.items()} for what, by_role in cells.items()}
    for change in changes:
        by_role = after.setdefault(change.requirement, {})
        by_role[change.job_role] = cells_after(by_role.get(change.job_role, ()), change)
    return after


def changes_of_cells(changes: Sequence[CellChange], *, at: datetime) -> Changes:
    """Return what these changes of the matrix would do: those of today now, later ones as of their day.

    A requirement that is not switched on does nothing yet.
    """
    requirements = {
        each.pk: each
        for each in Requirement.objects.filter(
            pk__in={change.requirement for change in changes}, state=RequirementState.ON
        ).select_related("site", "switched_on_by")
    }
    after = overlaid(matrix_cells(), changes)
    parts = []
    for day in sorted({max(change.since, at.date()) for change in changes}):
        begin = [change for change in changes if max(change.since, at.date()) == day]
        asked = [requirements[pk] for pk in dict.fromkeys(each.requirement for each in begin) if pk in requirements]
        if not asked:
            continue
        roles = [str(each.job_role) for each in begin]
        people = [user for (user,) in rows(_HOLDERS, {"roles": roles, "day": at.date()})]
        instant = at if day <= at.date() else max(at, datetime.combine(day, NOON))
        grounds = Grounds(instant, cells=after)
        parts.append(changes_for(at=instant, user_ids=people, requirements=asked, grounds=grounds))
    return Changes(
        begin=[each for part in parts for each in part.begin],
        end=[each for part in parts for each in part.end],
        move=[each for part in parts for each in part.move],
        stay=[each for part in parts for each in part.stay],
        asked=asked_by(requirements.values()),
        at=max((part.at for part in parts), default=at),
    )
