"""How many people stand at once: as little of it as a table shows, read without an object for each cell."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from core.sql import rows
from enrollment.choices import Status
from enrollment.queries.standings import STATUS_SQL


class Mark(NamedTuple):
    """How somebody stands with one course: what a cell of the matrix says."""

    status: Status
    due_on: date | None
    valid_until: date | None
    days_late: int  # beyond the due date, where it is overdue; else nothing
    assignment_id: str  # of whom one can remind; empty where it is completed


# One person's marks by the course's id. Ids are text here: thousands of them are only looked up and printed.
Marks = dict[str, dict[str, Mark]]

# The same rows and the same status as `standings`; a test holds the two together.
_MARKS = f"""
    WITH required AS MATERIALIZED (
        SELECT DISTINCT ON (a.user_id, a.course_id) a.* FROM enrollment_standing a WHERE {{condition}}
        ORDER BY a.user_id, a.course_id, a.due_on NULLS LAST, a.assignment_id
    ), days AS MATERIALIZED (
        SELECT zone, (%(at)s AT TIME ZONE zone)::date AS today FROM (SELECT DISTINCT zone FROM required) AS zones
    )
    SELECT s.user_id::text, s.course_id::text, {STATUS_SQL}, s.due_on::text, s.valid_until::text,
        d.today - s.due_on, s.assignment_id::text
    FROM required s JOIN days d ON d.zone = s.zone
"""


def marks(*, at: datetime, user_ids: Iterable[UUID | str] | None = None, course_id: UUID | None = None) -> Marks:
    """Return how people stand by person and course: one query, whatever their number.

    At least one of `user_ids` and `course_id` narrows it.
    """
    conditions: list[str] = []
    values: dict[str, Any] = {"at": at}
    if user_ids is not None:
        conditions.append("a.user_id = ANY (%(users)s::uuid[])")
        values["users"] = [str(user_id) for user_id in user_ids]
    if course_id is not None:
        conditions.append("a.course_id = %(course)s")
        values["course"] = str(course_id)
    if not conditions:
        raise ValueError("marks need people or a course")
    found: Marks = {}
    for row in rows(_MARKS.format(condition=" AND ".join(conditions)), values):
        user, course, status, due_on, valid_until, days, assignment = row
        days_late = days if status == "late" else 0
        of = "" if status == "done" else assignment
        found.setdefault(user, {})[course] = _mark(status, due_on, valid_until, days_late, of)
    return found


@lru_cache(maxsize=16384)
def _mark(status: str, due_on: str | None, valid_until: str | None, days_late: int, assignment_id: str) -> Mark:
    ends = date.fromisoformat(valid_until) if valid_until else None
    due = date.fromisoformat(due_on) if due_on else None
    return Mark(Status(status), due, ends, days_late, assignment_id)
