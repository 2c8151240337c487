"""How people stand with what is required of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from core.sql import rows
from enrollment.choices import Status
from enrollment.rules import DUE_SOON, day_in, may_renew, reason_about, reason_sentence, status_of


@dataclass(frozen=True, slots=True)
class Standing:
    """How one person stands with one required course today."""

    user_id: UUID
    course_id: UUID
    assignment_id: UUID
    requirement_id: UUID
    because: dict[str, str]
    assigned_at: datetime
    due_on: date
    zone: str
    today: date
    enrollment_id: UUID | None
    version_id: UUID | None
    completion_id: UUID | None
    completed_on: date | None
    valid_until: date | None
    status: Status

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
        return may_renew(today=self.today, valid_until=self.valid_until)

    @property
    def needs_work(self) -> bool:
        """Whether the person has something to do about it now."""
        return self.status != Status.DONE or self.may_renew


# The latest completion decides. One row for each person and course: the earliest due date rules.
_STANDINGS = """
    SELECT DISTINCT ON (a.user_id, a.course_id)
        a.user_id, a.course_id, a.id, a.requirement_id, a.because, a.assigned_at, a.due_on, a.zone,
        e.id, e.version_id, c.id, c.completed_on, c.valid_until
    FROM enrollment_assignment a
    LEFT JOIN enrollment_enrollment e ON e.user_id = a.user_id AND e.course_id = a.course_id AND e.state = 'open'
    LEFT JOIN LATERAL (
        SELECT c.id, c.completed_on, c.valid_until FROM enrollment_completion c
        WHERE c.user_id = a.user_id AND c.course_id = a.course_id ORDER BY c.completed_at DESC LIMIT 1
    ) c ON true
    WHERE a.ended_at IS NULL AND {condition}
    ORDER BY a.user_id, a.course_id, a.due_on
"""

# What `status_of` says, in SQL, for counting many; %(at)s is the instant asked about.
STATUS_SQL = f"""
    CASE
        WHEN s.completed_on IS NOT NULL AND (s.valid_until IS NULL OR s.today <= s.valid_until) THEN 'done'
        WHEN s.completed_on IS NOT NULL THEN 'expired'
        WHEN s.today > s.due_on THEN 'late'
        WHEN s.due_on - s.today <= {DUE_SOON.days} THEN 'soon'
        WHEN s.enrollment_id IS NOT NULL THEN 'doing'
        ELSE 'todo'
    END
"""


def standings(*, at: datetime, user_ids: Iterable[UUID] | None = None, course_id: UUID | None = None) -> list[Standing]:
    """Return how people stand with what is required of them: one query, whatever their number.

    At least one of `user_ids` and `course_id` narrows it. Ordered by person and course.
    """
    import json

    conditions, values = _narrow(user_ids, course_id)
    days: dict[str, date] = {}
    found = []
    for row in rows(_STANDINGS.format(condition=conditions), values):
        user, course, assignment, requirement, because, assigned, due, zone = row[:8]
        enrollment, version, completion, completed, valid = row[8:]
        today = days.get(zone) or days.setdefault(zone, day_in(zone, at))
        status = status_of(
            today=today, due_on=due, started=enrollment is not None, completed_on=completed, valid_until=valid
        )
        reasons = json.loads(because) if isinstance(because, str) else because
        found.append(
            Standing(
                user, course, assignment, requirement, reasons, assigned, due, zone, today,
                enrollment, version, completion, completed, valid, status,
            )
        )  # fmt: skip
    return found


def status_counts(
    *, at: datetime, user_ids: Iterable[UUID] | None = None, course_id: UUID | None = None
) -> dict[Status, int]:
    """Return how many standings have each status, counted by the database."""
    conditions, values = _narrow(user_ids, course_id)
    sql = f"""
        SELECT {STATUS_SQL} AS status, count(*) FROM (
            SELECT s.*, (%s AT TIME ZONE s.zone)::date AS today FROM ({_STANDINGS.format(condition=conditions)})
            AS s (user_id, course_id, assignment_id, requirement_id, because, assigned_at, due_on, zone,
                  enrollment_id, version_id, completion_id, completed_on, valid_until)
        ) AS s GROUP BY 1
    """
    counts = dict.fromkeys(Status, 0)
    for status, count in rows(sql, [at, *values]):
        counts[Status(status)] = count
    return counts


def _narrow(user_ids: Iterable[UUID] | None, course_id: UUID | None) -> tuple[str, list[Any]]:
    conditions: list[str] = []
    values: list[Any] = []
    if user_ids is not None:
        conditions.append("a.user_id = ANY (%s::uuid[])")
        values.append([str(user_id) for user_id in user_ids])
    if course_id is not None:
        conditions.append("a.course_id = %s")
        values.append(str(course_id))
    if not conditions:
        raise ValueError("standings need people or a course")
    return " AND ".join(conditions), values
