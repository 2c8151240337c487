"""Who may have to be reminded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from core.sql import rows
from enrollment.choices import ReminderStep
from enrollment.rules import StepsDue, day_in, deadline, may_send, steps_due

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

    @property
    def deadline(self) -> date:
        """The day that the ladder leads to: the due day, or the end of the last completion."""
        day = deadline(due_on=self.due_on, completed_on=self.completed_on, valid_until=self.valid_until)
        assert day is not None  # what is done for good is not read
        return day

    def steps(self, at: datetime) -> StepsDue:
        """Return the steps to take at an instant; none in the evening and at night."""
        if not may_send(self.zone, at):
            return StepsDue()
        return steps_due(
            today=day_in(self.zone, at),
            due_on=self.deadline,
            assigned_on=day_in(self.zone, self.assigned_at),
            already=self.already,
        )


# Three ways to come near: a due day (index assignment_due), being given something that was due long
# ago (assignment_recent), the end of a completion (completion_ending). They are gathered first: else
# the planner walks through every assignment there is to find the completions that end.
_NEAR = """
    WITH near AS MATERIALIZED (
        SELECT a.id FROM enrollment_assignment a
        WHERE a.ended_at IS NULL AND a.due_on BETWEEN %(earliest)s AND %(latest)s
        UNION
        SELECT a.id FROM enrollment_assignment a
        WHERE a.ended_at IS NULL AND a.assigned_at > %(since)s AND a.due_on < %(earliest)s
        UNION
        SELECT a.id FROM enrollment_completion e
        JOIN enrollment_assignment a ON a.user_id = e.user_id AND a.course_id = e.course_id AND a.ended_at IS NULL
        WHERE e.valid_until BETWEEN %(earliest)s AND %(latest)s
    )
"""
# What is done is left out here, so that finished assignments cost nothing in Python. Where two
# requirements ask for the same course, the earlier due date speaks.
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
    WHERE a.ended_at IS NULL AND a.id IN ({which})
        AND (c.completed_on IS NULL OR c.valid_until BETWEEN %(earliest)s AND %(latest)s)
        AND NOT EXISTS (SELECT 1 FROM enrollment_assignment o WHERE o.user_id = a.user_id AND o.course_id = a.course_id
            AND o.ended_at IS NULL AND (o.due_on, o.id) < (a.due_on, a.id))
"""
_ALL = _NEAR + _REMINDABLE.format(which="SELECT id FROM near")
_ONE = _REMINDABLE.format(which="%(assignment)s")


def remindable(*, at: datetime) -> list[Remindable]:
    """Return the assignments that a sweep looks at: near or past their day, and not done. One query."""
    return _read(_ALL, _window(at))


def remindable_now(assignment_id: UUID, *, at: datetime) -> Remindable | None:
    """Return how one assignment stands at this moment; nothing when it has ended, is done, or is not near."""
    return next(iter(_read(_ONE, {**_window(at), "assignment": str(assignment_id)})), None)


def _window(at: datetime) -> dict[str, Any]:
    today = at.date()
    return {"earliest": today - CATCH_UP, "latest": today + AHEAD, "since": at - CATCH_UP}


def _read(sql: str, values: Mapping[str, Any]) -> list[Remindable]:
    return [
        Remindable(assignment, due, zone, given, completed, ends, tuple(ReminderStep(step) for step in steps))
        for assignment, due, zone, given, completed, ends, steps in rows(sql, values)
    ]
