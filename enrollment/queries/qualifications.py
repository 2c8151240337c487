"""Who is, and was, qualified for a task: on any day, as it was known at any moment."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from core.sql import rows
from enrollment.models import Task
from enrollment.queries.obligations import Known
from enrollment.rules import Span, day_in
from enrollment.rules.qualifications import Verdict, verdict_on
from people.models import User


@dataclass(frozen=True, slots=True)
class CourseVerdict:
    """What one course of a task comes to for one person."""

    course_id: UUID
    code: str
    title: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Qualification:
    """Whether one person was qualified for a task on a day, course by course."""

    person_id: UUID
    day: date  # at the person's site
    courses: Sequence[CourseVerdict]

    @property
    def is_qualified(self) -> bool:
        """Whether every course of the task counts; a task without any qualifies nobody."""
        return bool(self.courses) and all(each.verdict.is_met for each in self.courses)

    @property
    def missing(self) -> list[CourseVerdict]:
        return [each for each in self.courses if not each.verdict.is_met]


_COURSES = """
    SELECT DISTINCT ON (t.task_id, c.code) t.task_id, c.id, c.code, v.title FROM enrollment_taskcourse t
    JOIN courses_course c ON c.id = t.course_id JOIN courses_courseversion v ON v.course_id = c.id
    WHERE t.task_id = ANY (%(tasks)s::uuid[]) AND t.added_at <= %(known_at)s
        AND (t.removed_at IS NULL OR t.removed_at > %(known_at)s)
    ORDER BY t.task_id, c.code, (v.state = 'effective') DESC, v.number DESC
"""
# A waiver is of a requirement; it exempts from the course that the requirement asks for.
_WAIVED = """
    SELECT id::text, course_id::text FROM enrollment_requirement WHERE course_id = ANY (%s::uuid[])
"""
_ZONES = """
    SELECT p.user_id, s.time_zone, p.valid_from, p.valid_until
    FROM people_position p JOIN people_site s ON s.id = p.site_id
    WHERE p.user_id = ANY (%(people)s::uuid[]) AND p.is_primary AND p.valid_from <= %(last)s
        AND (p.valid_until IS NULL OR p.valid_until > %(first)s)
"""


def qualified_at(*, person: User, task: Task, at: datetime, known_at: datetime | None = None) -> Qualification:
    """Return whether a person was qualified for a task at an instant, as it was known at another.

    `known_at` is now where it is not given: what was written down later than that is left out.
    """
    return qualifications_at(person_ids=[person.pk], task=task, at=at, known_at=known_at)[person.pk]


def qualifications_at(
    *, person_ids: Collection[UUID], task: Task, at: datetime, known_at: datetime | None = None
) -> dict[UUID, Qualification]:
    """Return the same for many people, in six queries whatever their number."""
    known = Qualifications(person_ids, [task.pk], first=at, last=at, known_at=known_at)
    return {person: known.of(person, task.pk, at=at) for person in person_ids}


def qualified_for(
    *, person_id: UUID, at: datetime, known_at: datetime | None = None
) -> list[tuple[Task, Qualification]]:
    """Return how one person stands with every task that there was at `known_at`, by name; seven queries."""
    tasks = list(Task.objects.filter(created_at__lte=known_at or _ever(at)).order_by("name"))
    known = Qualifications([person_id], [task.pk for task in tasks], first=at, last=at, known_at=known_at)
    return [(task, known.of(person_id, task.pk, at=at)) for task in tasks]


def _ever(at: datetime) -> datetime:
    return datetime.max.replace(tzinfo=at.tzinfo)


class Qualifications:
    """What is known of some people and some tasks: how they stand on any day, from memory.

    Read once, in six queries whatever their number and that of the days between `first` and `last`.
    """

    def __init__(
        self,
        person_ids: Collection[UUID],
        task_ids: Collection[UUID],
        *,
        first: datetime,
        last: datetime,
        known_at: datetime | None = None,
    ) -> None:
        self._asked: dict[UUID, list[tuple[UUID, str, str]]] = {}
        values = {"tasks": [str(each) for each in task_ids], "known_at": known_at or _ever(last)}
        for task, *course in rows(_COURSES, values):
            self._asked.setdefault(task, []).append((course[0], course[1], course[2]))
        ids = [str(each) for each in person_ids]
        self._zones: dict[UUID, list[tuple[Span, str]]] = {}
        for person, zone, since, until in rows(_ZONES, {"people": ids, "first": first.date(), "last": last.date()}):
            self._zones.setdefault(person, []).append((Span(since, until), zone))
        course_ids = {str(course) for courses in self._asked.values() for course, _code, _title in courses}
        self._known = Known(ids, course_ids, known_at=known_at)
        self._asking: dict[str, list[str]] = {}
        for requirement, waived in rows(_WAIVED, [list(course_ids)]):
            self._asking.setdefault(waived, []).append(requirement)

    def of(self, person: UUID, task: UUID, *, at: datetime) -> Qualification:
        """Return whether one of the people was qualified for one of the tasks at an instant."""
        zones = self._zones.get(person, ())
        day = day_in(next((zone for span, zone in zones if span.holds_on(at.date())), "UTC"), at)
        courses = [
            CourseVerdict(course, code, title, self._verdict(str(person), str(course), day))
            for course, code, title in self._asked.get(task, ())
        ]
        return Qualification(person, day, courses)

    def _verdict(self, person: str, course: str, day: date) -> Verdict:
        known = self._known
        waivers = [
            span
            for requirement in self._asking.get(course, ())
            for span in known.waivers.get((person, requirement), ())
        ]
        pair = (person, course)
        return verdict_on(
            day, credits=known.credits.get(pair, ()), retrainings=known.retrainings.get(pair, ()), waivers=waivers
        )
