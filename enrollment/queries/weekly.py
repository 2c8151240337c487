"""What of a week needs a manager: who is overdue or nearly, and who asks for a waiver."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from core.sql import rows
from enrollment.choices import Status
from enrollment.facts import WAIVER_ASKED
from enrollment.queries.requirements import course_titles
from enrollment.queries.standings import standings
from enrollment.rules.weekly import needs_manager
from people.models import Position, User

ASKED_LATELY = timedelta(days=14)

# Their week begins when it is Monday for them; whoever has been looked at this week is passed over.
_MANAGERS = """
    SELECT m.id FROM people_user m
    LEFT JOIN people_position p ON p.user_id = m.id AND p.is_primary AND p.valid_from <= %(today)s
        AND (p.valid_until IS NULL OR p.valid_until > %(today)s)
    LEFT JOIN people_site s ON s.id = p.site_id
    CROSS JOIN LATERAL (SELECT date_trunc('week', %(at)s AT TIME ZONE
        coalesce(nullif(m.time_zone, ''), s.time_zone, 'UTC'))::date AS monday) AS w
    WHERE m.is_active AND EXISTS (SELECT FROM people_position r JOIN people_user u ON u.id = r.user_id AND u.is_active
            WHERE r.manager_id = m.id AND r.is_primary AND r.valid_from <= %(today)s
            AND (r.valid_until IS NULL OR r.valid_until > %(today)s))
        AND NOT EXISTS (SELECT FROM enrollment_weeklysummary k WHERE k.manager_id = m.id AND k.week_on = w.monday)
"""
# Whoever has asked lately, is still to do it, and has had no waiver proposed since.
_ASKED = """
    SELECT DISTINCT ON (a.id) a.id, a.user_id, u.name, a.course_id, e.reason
    FROM records_event e
    JOIN enrollment_assignment a ON a.id = e.subject_id::uuid AND a.ended_at IS NULL
    JOIN people_user u ON u.id = a.user_id AND u.is_active
    WHERE e.verb = %(verb)s AND e.kind = 'fact' AND e.person_id = ANY (%(ids)s::uuid[]) AND e.occurred_at > %(since)s
        AND NOT EXISTS (SELECT FROM enrollment_waiver w WHERE w.requirement_id = a.requirement_id
            AND w.user_id = a.user_id AND w.proposed_at > e.occurred_at)
    ORDER BY a.id, e.occurred_at DESC
"""


@dataclass(frozen=True, slots=True)
class Needed:
    """One training of somebody in the team that needs their manager."""

    assignment_id: UUID
    user_id: UUID
    name: str
    course_id: UUID
    course: str
    status: Status | None  # nothing where a waiver is asked for
    due_on: date | None = None
    ended_on: date | None = None  # the last day of what was completed, where it has expired
    words: str = ""  # why a waiver is asked for

    @property
    def is_overdue(self) -> bool:
        return self.status in (Status.LATE, Status.EXPIRED)


def managers_to_tell(*, at: datetime) -> list[UUID]:
    """Return the managers whose week nobody has looked at yet; one query."""
    return [pk for (pk,) in rows(_MANAGERS, {"at": at, "today": at.date()})]


def needed_of(manager: User, *, at: datetime, on: date) -> list[Needed]:
    """Return what needs a manager: overdue first, the longest first, then what is due, then waivers asked for.

    Five queries, however many people report to them.
    """
    held = Position.objects.primary_on(on).filter(manager=manager, user__is_active=True)
    names = dict(held.values_list("user_id", "user__name"))
    if not names:
        return []
    found = [
        each
        for each in standings(at=at, user_ids=names)
        if needs_manager(each.status, due_on=each.due_on, today=each.today)
    ]
    values = {"verb": WAIVER_ASKED.verb, "ids": [str(pk) for pk in names], "since": at - ASKED_LATELY}
    asked = rows(_ASKED, values)
    titles = course_titles({each.course_id for each in found} | {row[3] for row in asked}) if found or asked else {}
    needed = [
        Needed(
            each.assignment_id, each.user_id, names[each.user_id], each.course_id, titles[each.course_id], each.status,
            each.due_on, each.valid_until if each.status == Status.EXPIRED else None,
        )
        for each in found
    ]  # fmt: skip
    needed.sort(key=lambda each: (not each.is_overdue, each.due_on or date.max, each.name))
    waiting = [
        Needed(pk, user, name, course, titles[course], None, words=words) for pk, user, name, course, words in asked
    ]
    return needed + sorted(waiting, key=lambda each: (each.name, each.course))
