"""The ladder of reminders: which step is due, and when it may go out."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from enrollment.choices import ReminderStep

SENDING_FROM = time(7)
SENDING_UNTIL = time(19)

# From the due day, the first day of each step. The later of a learner's steps replace the earlier.
_LEARNER = (
    (ReminderStep.WEEK_BEFORE, timedelta(days=-7)),
    (ReminderStep.DAY_BEFORE, timedelta(days=-1)),
    (ReminderStep.OVERDUE, timedelta(days=1)),
)
_MANAGER = ((ReminderStep.MANAGER_OVERDUE, timedelta(days=1)),)


@dataclass(frozen=True, slots=True)
class StepsDue:
    """What to send now, and what an outage has made pointless: noted as skipped, and never sent."""

    send: tuple[ReminderStep, ...] = ()
    skip: tuple[ReminderStep, ...] = ()


def steps_due(*, today: date, due_on: date, assigned_on: date, already: Collection[ReminderStep]) -> StepsDue:
    """Return the steps to take today for one due date.

    Seven days before, one day before, and once when overdue; then the manager hears too. After an
    outage only the newest step goes out. What was given late starts late: a step before the day of
    the assignment never was, and who is overdue at once is told on the day after.
    """
    reached = _reached(_LEARNER, today, due_on, assigned_on)
    send = [step for step in reached[-1:] if step not in already]
    send += [step for step in _reached(_MANAGER, today, due_on, assigned_on) if step not in already]
    return StepsDue(tuple(send), tuple(step for step in reached[:-1] if step not in already))


def _reached(
    ladder: tuple[tuple[ReminderStep, timedelta], ...], today: date, due_on: date, assigned_on: date
) -> list[ReminderStep]:
    steps = []
    for step, distance in ladder:
        first_day = due_on + distance
        if distance > timedelta(0):
            first_day = max(first_day, assigned_on + timedelta(days=1))
        elif first_day <= assigned_on:
            continue
        if first_day <= today:
            steps.append(step)
    return steps


def may_send(zone: str, at: datetime) -> bool:
    """Say whether reminders may go out at an instant: from seven in the morning until the evening there."""
    return SENDING_FROM <= at.astimezone(ZoneInfo(zone)).time() < SENDING_UNTIL
