"""Calendar days: where they end, and how they are counted and spelled."""

from __future__ import annotations

import calendar
from datetime import date
from functools import lru_cache

from django.utils.formats import date_format
from django.utils.translation import get_language


def add_months(day: date, months: int) -> date:
    """Return the same day some months later, or that month's last day where it has no such day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def short_day(day: date) -> str:
    """Spell a day as “3 Nov 2026” in the language of the reader."""
    return _spelled(day, "j M Y", get_language())


def long_day(day: date) -> str:
    """Spell a day as “Tuesday 3 November 2026” in the language of the reader."""
    return _spelled(day, "l j F Y", get_language())


@lru_cache(maxsize=4096)
def _spelled(day: date, form: str, language: str | None) -> str:
    return date_format(day, form)
