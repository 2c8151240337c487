"""Who is, and was, qualified for a task: on any day, as it was known at any moment."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from core.sql import rows
from enrollment.models import Task
from enrollment.queries.obligations import Known
from enrollment.rules import day_in
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
    SELECT p.user_id, s.time_zone FROM people_position p JOIN people_site s ON s.id = p.site_id
    WHERE p.user_id = ANY (%(people)s::uuid[]) AND p.is_primary AND p.valid_from <= %(day)s
        AND (p.valid_until IS NULL OR p.valid_until > %(day)s)
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
    found = _found(person_ids, [task.pk], at=at, known_at=known_at)
    return {person: found[task.pk, person] for person in person_ids}


def qualified_for(
    *, person_id: UUID, at: datetime, known_at: datetime | None = None
) -> list[tuple[Task, Qualification]]:
    """Return how one person stands with every task that there was at `known_at`, by name; seven queries."""
    tasks = list(Task.objects.filter(created_at__lte=known_at or _ever(at)).order_by("name"))
    found = _found([person_id], [task.pk for task in tasks], at=at, known_at=known_at)
    return [(task, found[task.pk, person_id]) for task in tasks]


def _ever(at: datetime) -> datetime:
    return datetime.max.replace(tzinfo=at.tzinfo)


def _found(
    person_ids: Collection[UUID], task_ids: Collection[UUID], *, at: datetime, known_at: datetime | None
) -> dict[tuple[UUID, UUID], Qualification]:
    """Return the qualification of each person for each task."""
    asked: dict[UUID, list[tuple[UUID, str, str]]] = {}
    for task, *course in rows(_COURSES, {"tasks": [str(each) for each in task_ids], "known_at": known_at or _ever(at)}):
        asked.setdefault(task, []).append((course[0], course[1], course[2]))
    ids = [str(each) for each in person_ids]
    zones = dict(rows(_ZONES, {"people": ids, "day": at.date()}))
    course_ids = {str(course) for courses in asked.values() for course, _code, _title in courses}
    known = Known(ids, course_ids, known_at=known_at)
    asking: dict[str, list[str]] = {}
    for requirement, course in rows(_WAIVED, [list(course_ids)]):
        asking.setdefault(course, []).append(requirement)

    def verdict(person: UUID, course: UUID, day: date) -> Verdict:
        pair = (str(person), str(course))
        waivers = [
            span
            for requirement in asking.get(str(course), ())
            for span in known.waivers.get((str(person), requirement), ())
        ]
        return verdict_on(
            day, credits=known.credits.get(pair, ()), retrainings=known.retrainings.get(pair, ()), waivers=waivers
        )

    found = {}
    for person in person_ids:
        day = day_in(zones.get(person, "UTC"), at)
        for task in task_ids:
            courses = [
                CourseVerdict(course, code, title, verdict(person, course, day))
                for course, code, title in asked.get(task, ())
            ]
            found[task, person] = Qualification(person, day, courses)
    return found
