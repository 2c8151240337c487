"""Which courses ask for which: to complete them first, or as a step of a program."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from core.sql import rows
from courses.models import CourseVersion
from courses.rules import circle_through, circle_words

Asks = dict[UUID, set[UUID]]

# A program's step names its course in the settings of the activity, whatever its kind. What waits for its
# day or for an approver counts along with what is in effect, so that no two of them close a circle.
_ASKS = """
    WITH shown AS (
        SELECT id, course_id, prerequisites FROM courses_courseversion WHERE state = ANY (%(states)s)
    )
    SELECT course_id, unnest(prerequisites) FROM shown
    UNION
    SELECT s.course_id, (a.settings->>'course_id')::uuid
    FROM shown s JOIN courses_module m ON m.version_id = s.id JOIN courses_activity a ON a.module_id = m.id
    WHERE a.settings ? 'course_id'
"""
_FIRST = """
    SELECT course_id, unnest(prerequisites) FROM courses_courseversion WHERE state = 'effective'
"""
_OF_VERSION = """
    SELECT unnest(prerequisites), false FROM courses_courseversion WHERE id = %(version)s
    UNION ALL
    SELECT (a.settings->>'course_id')::uuid, true
    FROM courses_module m JOIN courses_activity a ON a.module_id = m.id
    WHERE m.version_id = %(version)s AND a.settings ? 'course_id'
"""
# Each course by the version in effect, else by the last one that was, else by its draft.
_CALLED = """
    SELECT DISTINCT ON (v.course_id) v.course_id, c.code, v.title, v.minutes, v.state = 'effective', v.id, v.summary
    FROM courses_courseversion v JOIN courses_course c ON c.id = v.course_id
    WHERE {condition}
    ORDER BY v.course_id, v.state = 'effective' DESC, v.approved_at IS NOT NULL DESC, v.number DESC
"""


@dataclass(frozen=True, slots=True)
class CourseName:
    """What a course is called, and whether it can be begun."""

    course_id: UUID
    code: str
    title: str
    minutes: int
    is_offered: bool
    version_id: UUID
    summary: str

    def __str__(self) -> str:
        return f"{self.code} · {self.title}"


def asks_in_effect(*, in_work: bool = False) -> Asks:
    """Return which courses each course asks for, first or as a step, by its effective and approved versions.

    With `in_work` also by what is a draft or in review.
    """
    states = ["effective", "approved", *(["in_review", "draft"] if in_work else [])]
    return _gathered(rows(_ASKS, {"states": states}))


def first_in_effect() -> Asks:
    """Return which courses have to be completed before each course that is in effect."""
    return _gathered(rows(_FIRST, []))


def asking_for(course_id: UUID) -> list[CourseName]:
    """Return the courses that ask for this one now, first or as a step, by code."""
    asking = [course for course, asked in asks_in_effect().items() if course_id in asked]
    return sorted(course_names(asking).values(), key=lambda name: name.code)


def courses_asked_by(version: CourseVersion) -> tuple[set[UUID], set[UUID]]:
    """Return what a version asks for: courses to complete first, and courses that are its steps."""
    first: set[UUID] = set()
    steps: set[UUID] = set()
    for course, is_step in rows(_OF_VERSION, {"version": version.pk}):
        (steps if is_step else first).add(course)
    return first, steps


def circle_of(version: CourseVersion, *, in_work: bool = False) -> str:
    """Say how a version would ask for itself in the end; nothing when it does not.

    Instead of what its course asks for now counts what this version asks for.
    """
    first, steps = courses_asked_by(version)
    if not first | steps:
        return ""
    asks = asks_in_effect(in_work=in_work)
    asks[version.course_id] = first | steps
    circle = circle_through(version.course_id, asks)
    if circle is None:
        return ""
    names = course_names(circle)
    titles = {course: name.title for course, name in names.items()} | {version.course_id: version.title}
    return circle_words([titles[course] for course in circle])


def course_names(course_ids: Collection[UUID]) -> dict[UUID, CourseName]:
    """Return what these courses are called; one query, none for no courses."""
    if not course_ids:
        return {}
    found = rows(_CALLED.format(condition="v.course_id = ANY (%s::uuid[])"), [[str(each) for each in course_ids]])
    return {name.course_id: name for name in (CourseName(*row) for row in found)}


def offered_names() -> list[CourseName]:
    """Return the courses that are in effect, by code."""
    found = rows(_CALLED.format(condition="v.state = 'effective'"), [])
    return sorted((CourseName(*row) for row in found), key=lambda name: name.code)


def _gathered(pairs: Collection[tuple[UUID, UUID]]) -> Asks:
    asks: Asks = {}
    for course, asked in pairs:
        asks.setdefault(course, set()).add(asked)
    return asks
