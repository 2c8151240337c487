"""For which instant a question about a day is meant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from records.rules import day_in


@dataclass(frozen=True, slots=True)
class Question:
    """A day as the reader means it, the instant that stands for it, and as known when (nothing: now)."""

    day: date
    at: datetime
    known_at: datetime | None


def question_of(day: date | None, *, zone: str, at: datetime, known_at: datetime | None = None) -> Question:
    """Return what is meant by a day in the zone of the reader: now, where it is today or not given, else its noon.

    Noon, since it lies on the same day at nearly every site; what counts is always the day at the
    site of the person who is asked about.
    """
    today = day_in(zone, at)
    if day is None or day == today:
        return Question(today, at, known_at)
    return Question(day, datetime.combine(day, time(12), ZoneInfo(zone)), known_at)
