"""Due dates, validity, and how someone stands."""

from __future__ import annotations

from datetime import date, timedelta

from enrollment.choices import CountedFrom, Status
from enrollment.rules.days import add_months

DUE_SOON = timedelta(days=7)
RENEWAL_WINDOW = timedelta(days=60)


def valid_until(*, completed_on: date, months: int | None) -> date | None:
    """Return the last day on which a completion counts; nothing when it never ends."""
    return None if months is None else add_months(completed_on, months)


def due_on(
    *, counted_from: CountedFrom | str, within_days: int, role_since: date, hired_on: date | None, switched_on: date
) -> date:
    """Return the day by which an assignment is due.

    Counted from entering the role, from being hired (from the role where that day is unknown), or
    from the day on which the requirement was switched on, but never before someone entered the role.
    """
    start = {
        CountedFrom.ROLE: role_since,
        CountedFrom.HIRE: hired_on or role_since,
        CountedFrom.SWITCH_ON: max(switched_on, role_since),
    }[CountedFrom(counted_from)]
    return start + timedelta(days=within_days)


def status_of(
    *, today: date, due_on: date, started: bool, completed_on: date | None, valid_until: date | None
) -> Status:
    """Say how someone stands with one requirement on a day.

    The last completion decides first: it counts until its validity ends. Without one, the due date
    does. `enrollment.queries.STATUS_SQL` says the same in SQL; a property test holds them together.
    """
    if completed_on is not None:
        if valid_until is None or today <= valid_until:
            return Status.DONE
        return Status.EXPIRED
    if today > due_on:
        return Status.LATE
    if due_on - today <= DUE_SOON:
        return Status.SOON
    return Status.DOING if started else Status.TODO


def may_renew(*, today: date, valid_until: date | None) -> bool:
    """Say whether a completion may be renewed: from 60 days before its end."""
    return valid_until is not None and valid_until - today <= RENEWAL_WINDOW
