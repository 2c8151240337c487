"""What a requirement asks for: by when, how often, how far ahead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from core.days import later
from enrollment.choices import CountedFrom, Renewal
from enrollment.rules.days import WorkCalendar, add_months, add_working_days, day_of_year

DUE_SOON = timedelta(days=7)
RENEWAL_WINDOW = timedelta(days=60)
PERIODIC = frozenset({Renewal.COMPLETION, Renewal.EXPIRY, Renewal.CALENDAR})
KEEPS_DAY = frozenset({Renewal.EXPIRY, Renewal.CALENDAR})  # done early in the window, the day stays
COUNT = range(5000)  # periods, more than any calendar holds


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of a requirement. Days are calendar days unless `in_working_days`."""

    counted_from: CountedFrom = CountedFrom.ROLE
    within_days: int = 14  # may be negative: so many days before the day counted from
    in_working_days: bool = False
    fixed_on: date | None = None  # where counted from a fixed day, that day
    grace_days: int = 0  # after the due day, in which nothing is overdue yet
    renewal: Renewal = Renewal.COURSE
    every_months: int | None = None
    anchor_month: int | None = None  # of a renewal on a day of the year
    anchor_day: int | None = None
    window_days: int = RENEWAL_WINDOW.days  # so long before its end a completion may be renewed
    minimum_active_days: int = 0  # an end that comes sooner after a completion is passed over
    renewal_days: int = 0  # a renewal is due so many days after the end before
    refreshers: tuple[UUID, ...] = ()  # courses that renewals take in turn, instead of the first one


def what_applies(counted_from: CountedFrom, renewal: Renewal) -> frozenset[str]:
    """Return the terms that can bite, by the names that they have on a requirement; any other one is never asked.

    `due_before` is the count of days before a day instead of after it.
    """
    names = {"grace_days"}
    names |= {"due_fixed_on"} if counted_from == CountedFrom.FIXED else {"due_within_days", "due_in_working_days"}
    if counted_from == CountedFrom.VERSION:
        names.add("due_before")
    if renewal in PERIODIC:
        names |= {"validity_months", "renewal"}
    if renewal == Renewal.CALENDAR:
        names |= {"anchor_month", "anchor_day"}
    if renewal != Renewal.ONCE:
        names |= {"window_days", "renewal_days", "refreshers"}
    if renewal in KEEPS_DAY:
        names.add("minimum_active_days")
    return frozenset(names)


@dataclass(frozen=True, slots=True)
class Starts:
    """The days from which the first time may be counted, for one person."""

    entered_on: date
    position_on: date
    switched_on: date
    hired_on: date | None = None
    version_on: date | None = None


def first_due(terms: Terms, starts: Starts, calendar: WorkCalendar) -> date:
    """Return the day by which something is due for the first time.

    Where the day counted from is not known (a hire date, an effective version), it is the day on
    which the person came to belong to the audience. Nothing that is counted from what the
    organisation does falls due before somebody has had the time allowed since they came, except by a
    fixed day.
    """
    if terms.counted_from == CountedFrom.FIXED and terms.fixed_on is not None:
        return terms.fixed_on
    if terms.counted_from == CountedFrom.HIRE:
        start = starts.hired_on or starts.entered_on
    elif terms.counted_from == CountedFrom.POSITION:
        start = starts.position_on
    elif terms.counted_from == CountedFrom.SWITCH_ON:
        start = max(starts.switched_on, starts.entered_on)
    elif terms.counted_from == CountedFrom.VERSION and starts.version_on is not None:
        start = starts.version_on
        if start < starts.entered_on:  # who comes later has the time, and at least that day
            return _after(starts.entered_on, max(terms.within_days, 0), terms, calendar)
    else:
        start = starts.entered_on
    return _after(start, terms.within_days, terms, calendar)


def _after(start: date, days: int, terms: Terms, calendar: WorkCalendar) -> date:
    if terms.in_working_days:
        return add_working_days(start, days, calendar)
    return later(start, days)


def next_end(
    terms: Terms, *, completed_on: date, own_end: date | None, end: date | None, first_end: date | None
) -> date | None:
    """Return the last day on which a completion counts; nothing when it never ends.

    `own_end` is what the version of the course says. `end` is the last day of the completion before,
    and `first_end` that of the first one in this chain: periods are counted from it, so that what ends
    on the 31st, or on 29 February, comes back to that day.
    """
    months = terms.every_months or 12
    if terms.renewal == Renewal.ONCE:
        return None
    if terms.renewal == Renewal.COURSE:
        return own_end
    if terms.renewal == Renewal.COMPLETION or (terms.renewal == Renewal.EXPIRY and first_end is None):
        return add_months(completed_on, months)
    earliest = later(completed_on, max(terms.minimum_active_days, 1))
    if terms.renewal == Renewal.CALENDAR:
        step = max(months // 12, 1) if first_end else 1
        year = (first_end or completed_on).year
        days = (day_of_year(year + step * count, terms.anchor_month or 12, terms.anchor_day or 31) for count in COUNT)
    else:
        assert first_end is not None
        days = (add_months(first_end, months * count) for count in COUNT)
    following = (day for day in days if day >= earliest and (end is None or day > end))
    return next(following, date.max)


def expected_course(terms: Terms, *, course: UUID, rounds_done: int) -> UUID:
    """Return the course to take next: the required one first, then its refreshers in turn."""
    if rounds_done == 0 or not terms.refreshers:
        return course
    return terms.refreshers[(rounds_done - 1) % len(terms.refreshers)]
