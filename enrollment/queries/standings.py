"""How people stand with what is required of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from core.sql import from_json, rows
from enrollment.choices import Status, Why
from enrollment.rules import reason_about, reason_sentence


@dataclass(frozen=True, slots=True)
class Standing:
    """How one person stands with one required course today."""

    user_id: UUID
    course_id: UUID  # the required one
    takes_id: UUID  # the one to take next: the required one, or a refresher in its turn
    assignment_id: UUID
    requirement_id: UUID
    because: dict[str, str]
    assigned_at: datetime
    zone: str
    today: date
    status: Status
    why: Why
    due_on: date | None  # the next day by which something must be done
    late_on: date | None
    window_on: date | None
    completion_id: UUID | None
    completed_on: date | None
    valid_until: date | None
    is_extended: bool
    is_moved: bool
    enrollment_id: UUID | None
    version_id: UUID | None

    @property
    def reason(self) -> str:
        """Why the person has it, said to them."""
        return reason_sentence(self.because)

    @property
    def reason_about(self) -> str:
        """Why the person has it, said about them."""
        return reason_about(self.because)

    @property
    def may_renew(self) -> bool:
        """Whether it is time to take the course again."""
        return self.window_on is not None and self.today >= self.window_on

    @property
    def needs_work(self) -> bool:
        """Whether the person has something to do about it now."""
        if self.status in (Status.WAIVED, Status.PAUSED):
            return False
        return self.status != Status.DONE or self.may_renew


# How a row of the table stands on its day, `d.today`: the status that holds from the last of its days on.
STATUS_SQL = "s.statuses[width_bucket(d.today, s.days)]"

# One row for each person and course: what is due first rules, and a waiver of one rule is none of another.
_STANDINGS = f"""
    SELECT DISTINCT ON (s.user_id, s.course_id)
        s.user_id, s.course_id, s.takes_id, s.assignment_id, s.requirement_id, a.because, a.assigned_at, s.zone,
        d.today, {STATUS_SQL} AS status, s.why, s.due_on, s.late_on, s.window_on, s.completion_id, s.completed_on,
        s.valid_until, s.is_extended, s.is_moved, e.id, e.version_id
    FROM enrollment_standing s
    JOIN enrollment_assignment a ON a.id = s.assignment_id
    CROSS JOIN LATERAL (SELECT (%s AT TIME ZONE s.zone)::date AS today) AS d
    LEFT JOIN enrollment_enrollment e ON e.user_id = s.user_id AND e.course_id = s.takes_id AND e.state = 'open'
    WHERE {{condition}}
    ORDER BY s.user_id, s.course_id, s.due_on NULLS LAST, s.assignment_id
"""


def standings(*, at: datetime, user_ids: Iterable[UUID] | None = None, course_id: UUID | None = None) -> list[Standing]:
    """Return how people stand with what is required of them: one query, whatever their number.

    At least one of `user_ids` and `course_id` narrows it. Ordered by person and course.
    """
    conditions, values = _narrow(user_ids, course_id)
    found = []
    for row in rows(_STANDINGS.format(condition=conditions), [at, *values]):
        ids, because, (assigned_at, zone, today, status, why), rest = row[:5], row[5], row[6:11], row[11:]
        reasons = from_json(because)
        values = [*ids, reasons, assigned_at, zone, today, Status(status), Why(why), *rest]
        found.append(Standing(*values))
    return found


def status_counts(
    *, at: datetime, user_ids: Iterable[UUID] | None = None, course_id: UUID | None = None
) -> dict[Status, int]:
    """Return how many standings have each status, counted by the database."""
    conditions, values = _narrow(user_ids, course_id)
    sql = f"SELECT status, count(*) FROM ({_STANDINGS.format(condition=conditions)}) AS found GROUP BY 1"
    counts = dict.fromkeys(Status, 0)
    for status, count in rows(sql, [at, *values]):
        counts[Status(status)] = count
    return counts


def _narrow(user_ids: Iterable[UUID] | None, course_id: UUID | None) -> tuple[str, list[Any]]:
    conditions: list[str] = []
    values: list[Any] = []
    if user_ids is not None:
        conditions.append("s.user_id = ANY (%s::uuid[])")
        values.append([str(user_id) for user_id in user_ids])
    if course_id is not None:
        conditions.append("s.course_id = %s")
        values.append(str(course_id))
    if not conditions:
        raise ValueError("standings need people or a course")
    return " AND ".join(conditions), values
