"""Who may have to be reminded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from core.sql import rows
from enrollment.choices import ReminderStep
from enrollment.queries.standings import STATUS_SQL
from enrollment.rules import StepsDue, day_in, may_send, steps_due

AHEAD = timedelta(days=8)  # the first step is seven days before; days begin up to a day earlier somewhere
CATCH_UP = timedelta(days=30)  # how long reminders may have been away and still be made up for


@dataclass(frozen=True, slots=True)
class Remindable:
    """Somebody's requirement whose day is near or past."""

    assignment_id: UUID
    due_on: date  # the due day, or the end of the last completion
    zone: str
    today: date
    assigned_at: datetime
    is_renewal: bool
    already: tuple[ReminderStep, ...]

    def steps(self, at: datetime) -> StepsDue:
        """Return the steps to take at an instant; none in the evening and at night."""
        if not may_send(self.zone, at):
            return StepsDue()
        return steps_due(
            today=self.today,
            due_on=self.due_on,
            assigned_on=day_in(self.zone, self.assigned_at),
            already=self.already,
        )


# Where two requirements ask for the same course, the earlier due date speaks. Who is on leave or has a
# waiver is left alone.
_REMINDABLE = f"""
    SELECT s.assignment_id, s.due_on, s.zone, d.today, a.assigned_at, s.completed_on IS NOT NULL,
        ARRAY (SELECT r.step FROM enrollment_remindersent r
            WHERE r.assignment_id = s.assignment_id AND r.due_on = s.due_on)
    FROM enrollment_standing s
    JOIN enrollment_assignment a ON a.id = s.assignment_id
    JOIN people_user u ON u.id = s.user_id AND u.is_active
    CROSS JOIN LATERAL (SELECT (%(at)s AT TIME ZONE s.zone)::date AS today) AS d
    WHERE {{which}} AND {STATUS_SQL} NOT IN ('paused', 'waived')
        AND NOT EXISTS (SELECT FROM enrollment_standing o WHERE o.user_id = s.user_id AND o.course_id = s.course_id
            AND (o.due_on, o.assignment_id) < (s.due_on, s.assignment_id))
"""
# Two ways to come near: a day (index standing_due), and being given what was due long ago.
_ALL = _REMINDABLE.format(
    which="""s.assignment_id IN (
        SELECT n.assignment_id FROM enrollment_standing n WHERE n.due_on BETWEEN %(earliest)s AND %(latest)s
        UNION SELECT n.id FROM enrollment_assignment n JOIN enrollment_standing f ON f.assignment_id = n.id
            WHERE n.ended_at IS NULL AND n.assigned_at > %(since)s AND f.due_on < %(earliest)s)"""
)
_ONE = _REMINDABLE.format(which="s.assignment_id = %(assignment)s AND s.due_on IS NOT NULL")


def remindable(*, at: datetime) -> list[Remindable]:
    """Return whom and what a sweep looks at: near or past its day, and not done for good. One query."""
    return _read(_ALL, _window(at))


def remindable_now(assignment_id: UUID, *, at: datetime) -> Remindable | None:
    """Return how one assignment stands at this moment; nothing when it has ended, or nothing is due."""
    return next(iter(_read(_ONE, {**_window(at), "assignment": str(assignment_id)})), None)


def _window(at: datetime) -> dict[str, Any]:
    today = at.date()
    return {"at": at, "earliest": today - CATCH_UP, "latest": today + AHEAD, "since": at - CATCH_UP}


def _read(sql: str, values: Mapping[str, Any]) -> list[Remindable]:
    found = []
    for row in rows(sql, values):
        values_of = [*row[:6], tuple(ReminderStep(step) for step in row[6])]
        found.append(Remindable(*values_of))
    return found
