"""Keeping what is read in step with the facts: how each person stands with each requirement."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from psycopg2.extras import execute_values

from core.sql import copy_in
from enrollment.models import Requirement, Standing
from enrollment.queries.obligations import Asked, Given, asked_by, given_where, obligations_of
from enrollment.rules import Obligation

COLUMNS = (
    *("assignment_id", "requirement_id", "user_id", "course_id", "takes_id", "zone", "days", "statuses"),
    *("rounds_done", "completion_id", "completed_on", "valid_until", "due_on", "late_on", "window_on", "why"),
    *("is_extended", "is_moved"),
)
_KEEP = f"""
    INSERT INTO enrollment_standing AS s ({", ".join(COLUMNS)}) VALUES %s
    ON CONFLICT (assignment_id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in COLUMNS[1:])}
    WHERE ({", ".join(f"s.{name}" for name in COLUMNS)}) IS DISTINCT FROM
        ({", ".join(f"excluded.{name}" for name in COLUMNS)})
    RETURNING assignment_id
"""
_ROW = (
    "(%s::uuid, %s::uuid, %s::uuid, %s::uuid, %s::uuid, %s, %s::date[], %s::varchar[], %s, %s::uuid, %s::date, "
    "%s::date, %s::date, %s::date, %s::date, %s, %s, %s)"
)
HOLD = "SELECT id FROM enrollment_assignment a WHERE a.ended_at IS NULL AND {condition} ORDER BY a.id FOR NO KEY UPDATE"


@transaction.atomic
def restand(
    *,
    user_ids: Collection[UUID] | None = None,
    course_ids: Collection[UUID] | None = None,
    requirement_ids: Collection[UUID] | None = None,
    assignment_ids: Collection[UUID] | None = None,
) -> int:
    """Compute again how people stand, from the facts as they are now, and return how many rows changed.

    At least one of the arguments narrows it. Called in the transaction of the fact that changes
    something. The assignments are held first, so that of two facts at once the second one is computed
    with the first in sight. Doing it again changes nothing.
    """
    condition, values = _narrow(
        {"user_id": user_ids, "course_id": course_ids, "requirement_id": requirement_ids, "id": assignment_ids}
    )
    with connection.cursor() as cursor:
        cursor.execute(HOLD.format(condition=condition), values)
    given = given_where(condition, values)
    requirements = Requirement.objects.in_bulk({UUID(each.requirement_id) for each in given})
    return keep_standings(given, asked_by(requirements.values()))


def keep_standings(given: Sequence[Given], asked: Mapping[str, Asked]) -> int:
    """Write how these people stand, where it is not written so already, and return how many rows changed."""
    lines = [row_of(each, state) for each, state in obligations_of(given, asked)]
    if not lines:
        return 0
    with connection.cursor() as cursor:
        return len(execute_values(cursor.cursor, _KEEP, lines, template=_ROW, page_size=1000, fetch=True))


def keep_first_standings(given: Sequence[Given], asked: Mapping[str, Asked]) -> None:
    """Write how people stand with what they were given in this transaction."""
    copy_in("enrollment_standing", COLUMNS, [row_of(each, state) for each, state in obligations_of(given, asked)])


def forget_standings(assignment_ids: Iterable[UUID]) -> None:
    """Take away how people stood with what has ended for them."""
    Standing.objects.filter(assignment__in=list(assignment_ids)).delete()


def row_of(given: Given, state: Obligation) -> tuple[Any, ...]:
    """Return a row of the table, in the order of COLUMNS."""
    credit = state.credit
    return (
        given.assignment_id, given.requirement_id, given.user_id, given.course_id, str(state.course), given.zone,
        _days(state.days), "{" + ",".join(state.statuses) + "}", state.rounds_done,
        str(credit.id) if credit else None, credit.on if credit else None,
        state.valid_until, state.due_on, state.late_on, state.window_on, state.why.value,
        state.is_extended, state.is_moved,
    )  # fmt: skip


def _days(days: Sequence[date]) -> str:
    return "{" + ",".join(day.isoformat() for day in days) + "}"


def _narrow(asked: Mapping[str, Collection[UUID] | None]) -> tuple[str, dict[str, list[str]]]:
    values = {name: [str(each) for each in ids] for name, ids in asked.items() if ids is not None}
    if not values:
        raise ValueError("everyone's standings are computed by the nightly check, in parts")
    return " AND ".join(f"a.{name} = ANY (%({name})s::uuid[])" for name in values), values
