"""What is asked before a completion is written that was not taken here: versions, zones, what is known."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from core.sql import rows
from enrollment.rules.histories import Edition, Kept

# A version counts from the day on which it took effect until the day on which it ended, where it was effective.
_EDITIONS = """
    SELECT c.code, v.id, v.course_id, v.number, v.label, v.effective_on,
        (v.ended_at AT TIME ZONE v.effective_zone)::date, v.validity_months
    FROM courses_courseversion v JOIN courses_course c ON c.id = v.course_id
    WHERE v.state IN ('effective', 'superseded', 'retired') AND v.effective_on IS NOT NULL
        AND (%(every)s OR v.course_id = ANY (%(courses)s::uuid[]))
    ORDER BY v.course_id, v.number
"""
_ZONES = """
    SELECT p.user_id, p.valid_from, p.valid_until, s.time_zone FROM people_position p
    JOIN people_site s ON s.id = p.site_id
    WHERE p.is_primary AND p.user_id = ANY (%s::uuid[]) ORDER BY p.valid_from
"""
_KNOWN = """
    SELECT user_id, version_id, completed_on FROM enrollment_completion WHERE user_id = ANY (%s::uuid[])
"""
_KEPT = """
    SELECT user_id, version_id, completed_on, valid_until, score, max_score, reference
    FROM enrollment_completion WHERE user_id = ANY (%s::uuid[]) ORDER BY completed_at, id
"""
NOON = time(12)


def editions(course_ids: Collection[UUID] | None = None) -> dict[str, list[Edition]]:
    """Return the versions that are or were in effect, by course code in small letters, the oldest first; one query."""
    found: dict[str, list[Edition]] = {}
    values = {"every": course_ids is None, "courses": [str(each) for each in course_ids or ()]}
    for code, *version in rows(_EDITIONS, values):
        found.setdefault(code.casefold(), []).append(Edition(*version))
    return found


class Zones:
    """In which zone people's days ended: of the site where they mainly worked then, else first or last; one query."""

    def __init__(self, user_ids: Collection[UUID]) -> None:
        self.held: dict[UUID, list[tuple[date, date | None, str]]] = {}
        for user, first, until, zone in rows(_ZONES, [[str(each) for each in user_ids]]):
            self.held.setdefault(user, []).append((first, until, zone))

    def on(self, user_id: UUID, day: date) -> str:
        held = self.held.get(user_id)
        if not held:
            return "UTC"
        within = [zone for first, until, zone in held if first <= day and (until is None or day < until)]
        return within[-1] if within else (held[0] if day < held[0][0] else held[-1])[2]


def noon_of(day: date, zone: str) -> datetime:
    """Return the middle of a day: the instant of a completion of which only the day is known."""
    return datetime.combine(day, NOON, ZoneInfo(zone))


def completions_known(user_ids: Sequence[UUID]) -> set[tuple[UUID, UUID, date]]:
    """Return person, version and day of everything that these people have completed; one query."""
    return {(user, version, on) for user, version, on in rows(_KNOWN, [[str(each) for each in user_ids]])}


def completions_kept(user_ids: Sequence[UUID]) -> dict[tuple[UUID, UUID, date], Kept]:
    """Return the same with what the record says of each; one query."""
    found = rows(_KEPT, [[str(each) for each in user_ids]])
    return {(user, version, on): Kept(*said) for user, version, on, *said in found}
