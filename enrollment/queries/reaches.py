"""Whom requirements reach: one read for the preview, for switching on, and for whoever moves."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from operator import attrgetter
from uuid import UUID

from django.db.models import Q

from core.canonical import sha256_of
from core.sql import from_json, rows
from courses.choices import VersionState
from courses.models import CourseVersion
from enrollment.choices import CountedFrom, Status
from enrollment.models import Requirement
from enrollment.queries.audiences import Grounds, audience_of, candidates_sql, requirement_names
from enrollment.queries.obligations import Asked, Given, asked_by, obligations_of
from enrollment.queries.standings import STATUS_SQL
from enrollment.queries.workers import Worker, workers
from enrollment.rules import (
    Audience,
    Starts,
    WorkCalendar,
    admission,
    day_in,
    first_due,
    position_since,
    reason_about,
    reason_sentence,
)
from enrollment.rules.audiences import Admission
from enrollment.rules.because import because_of
from people.models import Holiday, Site

NO_ASSIGNMENT = ""
CURRENT = (Status.DONE, Status.WAIVED)  # nothing is to be done now


@dataclass(frozen=True, slots=True)
class Reach:
    """That a requirement holds for a person: why, since when, and by when the first time."""

    requirement_id: UUID
    course_id: UUID
    user_id: UUID
    name: str
    employee_number: str
    site: str
    because: dict[str, str]
    since_on: date
    first_due_on: date
    zone: str
    today: date
    assignment_id: UUID | None  # the open one, where it has been given already

    @property
    def reason(self) -> str:
        """Why, said to the person."""
        return reason_sentence(self.because)

    @property
    def reason_about(self) -> str:
        """Why, said about the person."""
        return reason_about(self.because)


_FIELDS = attrgetter(*(each.name for each in fields(Reach)))


@dataclass(frozen=True, slots=True)
class Outlook(Reach):
    """That a requirement holds for a person, and how they stand with it, or would."""

    due_on: date | None  # the next day by which something must be done; nothing is left, or it is not known
    valid_until: date | None
    status: Status
    is_extended: bool = False  # more time was given until the due day, as far as it was looked up

    @property
    def is_current(self) -> bool:
        """Whether the person has nothing to do about it now."""
        return self.status in CURRENT


def reached_by(requirement: Requirement, *, at: datetime) -> list[Reach]:
    """Return whom a requirement reaches at an instant, by name; it may be one that was never saved.

    The preview shows these people and switching on makes an assignment of each.
    """
    audience = audience_of(requirement, Grounds(at))
    which, values = candidates_sql(audience, at=at)
    return list(reaches_among({requirement: audience}, workers(which, values, audiences=[audience]), at=at))


_PEOPLE = f"""
    WITH listed AS (
        SELECT s.assignment_id, s.user_id, s.zone, s.due_on, s.valid_until, u.name, u.employee_number, d.today,
            {STATUS_SQL} AS status, {STATUS_SQL} = ANY (%(current)s) AS is_current
        FROM enrollment_standing s
        JOIN people_user u ON u.id = s.user_id
        CROSS JOIN LATERAL (SELECT (%(at)s AT TIME ZONE s.zone)::date AS today) AS d
        WHERE s.requirement_id = %(requirement)s AND (%(status)s = '' OR {STATUS_SQL} = %(status)s)
        ORDER BY is_current, s.due_on NULLS LAST, u.name, s.user_id LIMIT %(most)s OFFSET %(first)s
    )
    SELECT a.requirement_id, a.course_id, a.user_id, l.name, l.employee_number, coalesce(p.name, ''), a.because,
        a.since_on, a.due_on, l.zone, l.today, a.id, l.due_on, l.valid_until, l.status
    FROM listed l
    JOIN enrollment_assignment a ON a.id = l.assignment_id
    LEFT JOIN LATERAL (
        SELECT w.name FROM people_position h JOIN people_site w ON w.id = h.site_id
        WHERE h.user_id = l.user_id AND h.is_primary AND h.valid_from <= l.today
            AND (h.valid_until IS NULL OR h.valid_until > l.today)
    ) AS p ON true
    ORDER BY l.is_current, l.due_on NULLS LAST, l.name, l.user_id
"""


def people_with(
    requirement: Requirement, *, at: datetime, status: str = "", first: int = 0, most: int | None = None
) -> list[Outlook]:
    """Return who has a requirement now, as it was given to them, and how they stand with it; one query.

    Who has something to do comes first, by due day. Of those who stand in one way, or of all, `most` from
    the `first` on.
    """
    found = []
    asked = {"at": at, "requirement": str(requirement.pk), "status": status, "first": first, "most": most}
    for row in rows(_PEOPLE, {**asked, "current": [each.value for each in CURRENT]}):
        because = from_json(row[6])
        values = [*row[:6], because, *row[7:14], Status(row[14])]
        found.append(Outlook(*values))
    return found


def reach_key(reaches: Iterable[Reach]) -> str:
    """Return a short text that is the same for the same people with the same due dates, and no other."""
    return sha256_of({str(each.user_id): each.first_due_on for each in reaches})[:32]


def outlook_of(requirement: Requirement, *, at: datetime) -> list[Outlook]:
    """Return whom a requirement reaches at an instant, by name, and how they would stand with it."""
    return with_outlook(reached_by(requirement, at=at), asked_by([requirement]))


def with_outlook(reaches: Sequence[Reach], asked: Mapping[str, Asked]) -> list[Outlook]:
    """Return how these people stand with what reaches them, in the same order; a constant number of queries.

    Whoever does not have it yet, as they would.
    """
    given = [
        Given(
            str(each.assignment_id or NO_ASSIGNMENT),
            str(each.requirement_id),
            str(each.user_id),
            str(each.course_id),
            each.since_on,
            each.first_due_on,
            each.zone,
        )
        for each in reaches
    ]
    found = []
    for each, (_given, state) in zip(reaches, obligations_of(given, asked), strict=True):
        values = [*_FIELDS(each), state.due_on, state.valid_until, state.status_on(each.today), state.is_extended]
        found.append(Outlook(*values))
    return found


def reaches_among(
    audiences: Mapping[Requirement, Audience], people: Sequence[Worker], *, at: datetime
) -> Iterator[Reach]:
    """Yield whom each of these requirements reaches among these people, in a constant number of queries.

    Which of them have it already is not looked up.
    """
    starts = _Starts(list(audiences), at=at)
    names = requirement_names(list(audiences))
    for person in people:
        for requirement, audience in audiences.items():
            found = admission(audience, person.history, at)
            if found is None:
                continue
            yield Reach(
                requirement_id=requirement.pk,
                course_id=requirement.course_id,
                user_id=person.id,
                name=person.name,
                employee_number=person.employee_number,
                site=person.sites.get(found.post.site, ""),  # where they work only if something is saved
                because=because_of(audience, person.history, found, names),
                since_on=found.since,
                first_due_on=starts.first_due(requirement, person, found),
                zone=found.post.zone,
                today=day_in(found.post.zone, at),
                assignment_id=None,
            )


class _Starts:
    """The days from which time is counted, and the calendars in which working days are."""

    def __init__(self, requirements: Sequence[Requirement], *, at: datetime) -> None:
        self.at = at
        self.calendars: dict[UUID, WorkCalendar] = {}
        if any(each.due_in_working_days for each in requirements):
            free = dict(Site.objects.values_list("pk", "free_weekdays"))
            holidays: dict[UUID, set[date]] = {}
            for site, day in Holiday.objects.values_list("site_id", "on"):
                holidays.setdefault(site, set()).add(day)
            self.calendars = {
                site: WorkCalendar(frozenset(days), frozenset(holidays.get(site, ()))) for site, days in free.items()
            }
        by_version = [each.course_id for each in requirements if each.counted_from == CountedFrom.VERSION]
        self.effective = _effective_days(by_version) if by_version else {}
        self.terms = {each.pk: each.terms for each in requirements}

    def first_due(self, requirement: Requirement, person: Worker, found: Admission) -> date:
        starts = Starts(
            entered_on=found.since,
            position_on=position_since(person.history.posts, found.post)
            if requirement.counted_from == CountedFrom.POSITION
            else found.since,
            switched_on=day_in(found.post.zone, requirement.switched_on_at or self.at),
            hired_on=person.history.hired_on,
            version_on=self.effective.get(requirement.course_id),
        )
        return first_due(self.terms[requirement.pk], starts, self.calendars.get(found.post.site, WorkCalendar()))


def _effective_days(course_ids: Collection[UUID]) -> dict[UUID, date]:
    """Return when each course's coming version takes effect, or when the one in effect did."""
    states = Q(state__in=[VersionState.APPROVED, VersionState.EFFECTIVE])
    versions = CourseVersion.objects.filter(states, course__in=course_ids).order_by("number")
    return {course: day for course, day in versions.values_list("course_id", "effective_on") if day}
