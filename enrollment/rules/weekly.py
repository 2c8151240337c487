"""When managers hear of their week, and what of it needs them."""

from __future__ import annotations

from datetime import date, timedelta

from enrollment.choices import Status

AHEAD = timedelta(days=7)
MOST_LINES = 20


def monday_of(day: date) -> date:
    """Return the Monday of the week in which a day lies."""
    return day - timedelta(days=day.weekday())


def needs_manager(status: Status, *, due_on: date | None, today: date) -> bool:
    """Say whether somebody's training needs their manager: it is overdue or expired, or due within a week."""
    if status in (Status.LATE, Status.EXPIRED):
        return True
    if status in (Status.PAUSED, Status.WAIVED) or due_on is None:
        return False
    return due_on <= today + AHEAD  # in its grace period, too
