"""Calendar days: where they end, and how they are counted and spelled."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from django.utils.formats import date_format
from django.utils.translation import get_language

from core.days import later

LEAP = 2028  # a year that has every day of the year


def add_months(day: date, months: int) -> date:
    """Return the same day some months later, or that month's last day where it has no such day.

    Beyond the end of the calendar it is its last day.
    """
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    if year > date.max.year:
        return date.max
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """On which days a site works: not on some days of the week (ISO 8601, Monday is 1), nor on holidays."""

    free_weekdays: frozenset[int] = frozenset({6, 7})
    holidays: frozenset[date] = frozenset()

    def is_worked(self, day: date) -> bool:
        return day.isoweekday() not in self.free_weekdays and day not in self.holidays


def add_working_days(day: date, count: int, calendar: WorkCalendar) -> date:
    """Return the day that many working days later, or earlier where the count is negative.

    The day itself does not count. With none to add it is the day, or the next working day.
    """
    step = -1 if count < 0 else 1
    end = date.min if count < 0 else date.max
    left = abs(count)
    found = day
    if left == 0:
        while not calendar.is_worked(found) and found != end:
            found = later(found, step)
    while left and found != end:
        found = later(found, step)
        left -= calendar.is_worked(found)
    return found


def last_day_of(month: int) -> int:
    """Return the last day that a month has in any year: 29 for February."""
    return calendar.monthrange(LEAP, month)[1]


def day_of_year(year: int, month: int, day: int) -> date:
    """Return a day of a year; the month's last one where it has no such day, as on 29 February.

    Beyond the end of the calendar it is its last day.
    """
    if year > date.max.year:
        return date.max
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))


def short_day(day: date) -> str:
    """Spell a day as “3 Nov 2026” in the language of the reader."""
    return _spelled(day, "j M Y", get_language())


def long_day(day: date) -> str:
    """Spell a day as “Tuesday 3 November 2026” in the language of the reader."""
    return _spelled(day, "l j F Y", get_language())


def month_and_day(day: date) -> str:
    """Spell a day of any year as “31 March” in the language of the reader."""
    return _spelled(day, "j F", get_language())


@lru_cache(maxsize=4096)
def _spelled(day: date, form: str, language: str | None) -> str:
    return date_format(day, form)
