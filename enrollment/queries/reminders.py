"""Who may have to be reminded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from enrollment.choices import ReminderStep

AHEAD = timedelta(days=8)  # the first step is seven days before; days begin up to a day earlier somewhere
CATCH_UP = timedelta(days=30)  # how long reminders may have been away and still be made up for


@dataclass(frozen=True, slots=True)
class Remindable:
    """An open assignment whose due day, or whose end of validity, is near or past."""

    assignment_id: UUID
    due_on: date
    zone: str
    assigned_at: datetime
    completed_on: date | None
    valid_until: date | None
    already: tuple[ReminderStep, ...]


# Three ways to come near: a due day (index assignment_due), being given something that was due long
# ago (assignment_recent), the end of a completion (completion_ending). What is done is left out here,
# so that millions of finished assignments cost nothing in Python. Where two requirements ask for the
# same course, the earlier due date speaks.
_REMINDABLE = """
    SELECT a.id, a.due_on, a.zone, a.assigned_at, c.completed_on, c.valid_until,
        ARRAY (SELECT r.step FROM enrollment_remindersent r WHERE r.assignment_id = a.id
            AND r.due_on = CASE WHEN c.completed_on IS NULL THEN a.due_on ELSE c.valid_until END)
    FROM enrollment_assignment a
    JOIN people_user u ON u.id = a.user_id AND u.is_active
    LEFT JOIN LATERAL (
        SELECT c.completed_on, c.valid_until FROM enrollment_completion c
        WHERE c.user_id = a.user_id AND c.course_id = a.course_id ORDER BY c.completed_at DESC LIMIT 1
    ) c ON true
    WHERE a.ended_at IS NULL AND {near}
        AND (c.completed_on IS NULL OR c.valid_until BETWEEN %(earliest)s AND %(latest)s)
        AND NOT EXISTS (SELECT 1 FROM enrollment_assignment o WHERE o.user_id = a.user_id AND o.course_id = a.course_id
            AND o.ended_at IS NULL AND (o.due_on, o.id) < (a.due_on, a.id))
"""
_NEAR = (
    "c.completed_on IS NULL AND a.due_on BETWEEN %(earliest)s AND %(latest)s",
    "c.completed_on IS NULL AND a.due_on < %(earliest)s AND a.assigned_at > %(since)s",
    """(a.user_id, a.course_id) IN (SELECT e.user_id, e.course_id FROM enrollment_completion e
        WHERE e.valid_until BETWEEN %(earliest)s AND %(latest)s)""",
)
_ALL_NEAR = " UNION ".join(_REMINDABLE.format(near=f"({near})") for near in _NEAR)
_ONE = _REMINDABLE.replace(
    "AND (c.completed_on IS NULL OR c.valid_until BETWEEN %(earliest)s AND %(latest)s)",
    "AND (c.completed_on IS NULL OR c.valid_until IS NOT NULL)",
).format(near="a.id = %(assignment)s")


def remindable(*, at: datetime) -> list[Remindable]:
    """Return the assignments that a sweep looks at: near or past their day, and not done."""
    today = at.date()
    near = {"earliest": today - CATCH_UP, "latest": today + AHEAD, "since": at - CATCH_UP}
    return _read(_ALL_NEAR, near)


def remindable_now(assignment_id: UUID) -> Remindable | None:
    """Return how one assignment stands at this moment; nothing when it has ended or is done for good."""
    return next(iter(_read(_ONE, {"assignment": str(assignment_id)})), None)


def _read(sql: str, values: Mapping[str, Any]) -> list[Remindable]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return [
        Remindable(assignment, due, zone, given, completed, ends, tuple(ReminderStep(step) for step in steps))
        for assignment, due, zone, given, completed, ends, steps in rows
    ]
