"""Calendar days that nothing overflows: where the calendar ends, and which days people can mean."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils.translation import gettext as _

# What people may mean when they type a day. Who means no end leaves the day out.
FIRST_DAY = date(1950, 1, 1)
LAST_DAY = date(2199, 12, 31)


def why_no_day(day: date) -> str:
    """Say why a day that was typed can not be meant; nothing when it can."""
    if FIRST_DAY <= day <= LAST_DAY:
        return ""
    return _("Choose a day between {first} and {last}.").format(first=FIRST_DAY.year, last=LAST_DAY.year)


def later(day: date, days: int) -> date:
    """Return the day so many days later, or earlier where `days` is negative.

    The calendar ends with the year 9999, and begins with the year 1: beyond it is its last day, or its first.
    """
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return date.max if days > 0 else date.min
