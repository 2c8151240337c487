"""What hinders a person from beginning courses, and which completions of other courses count for them now."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from core.sql import rows
from courses.queries import Outline, outline_of
from courses.queries.paths import CourseName, asks_in_effect, course_names
from courses.rules import asked_in_all
from enrollment.choices import Standpoint
from enrollment.queries.obligations import Known
from enrollment.queries.progress import ProgressMark, progress_of
from enrollment.queries.standings import Standing, standings
from enrollment.rules import day_in
from enrollment.rules.beginning import Hindrance, is_pressing, why_not_begin
from enrollment.rules.qualifications import Verdict, verdict_on
from people.models import User

# What is in progress, and the cap. A program is no work of its own: its courses are what is counted.
_ACTIVE = """
    SELECT e.id, e.version_id, (SELECT most_active FROM enrollment_studypolicy) FROM enrollment_enrollment e
    WHERE e.user_id = %s AND e.state = 'open' ORDER BY e.enrolled_at, e.id
"""
# Open enrollments in programs with a step that is not done, and whose course the person completed.
_CREDITABLE = """
    SELECT DISTINCT e.id, e.user_id FROM enrollment_enrollment e
    JOIN courses_module m ON m.version_id = e.version_id
    JOIN courses_activity a ON a.module_id = m.id AND a.settings ? 'course_id'
    JOIN enrollment_completion c ON c.user_id = e.user_id AND (c.course_id = (a.settings->>'course_id')::uuid
        OR c.course_id IN (SELECT q.course_id FROM enrollment_equivalence q
            WHERE q.counts_as_id = (a.settings->>'course_id')::uuid))
    WHERE e.state = 'open' AND (%(user)s::uuid IS NULL OR e.user_id = %(user)s)
        AND (c.valid_until IS NULL OR c.valid_until >= %(day)s - 1)
        AND NOT EXISTS (SELECT FROM enrollment_progress p
            WHERE p.enrollment_id = e.id AND p.activity_id = a.id AND p.state = 'completed')
    ORDER BY e.user_id, e.id
"""
_MOST = "SELECT most_active FROM enrollment_studypolicy"


@dataclass(frozen=True, slots=True)
class Active:
    """A course in progress, as the cap counts it."""

    enrollment_id: UUID
    title: str


def most_active() -> int | None:
    """Return how many courses one may have in progress at once; nothing for no cap."""
    return next((most for (most,) in rows(_MOST)), None)


def verdicts(user_id: UUID, course_ids: Collection[UUID], *, day: date) -> dict[UUID, Verdict]:
    """Return what each of these courses comes to for a person on a day; three queries, none for no courses.

    As for the tasks that ask for courses, but a waiver completes nothing.
    """
    if not course_ids:
        return {}
    user = str(user_id)
    known = Known([user], [str(course) for course in course_ids])
    return {
        course: verdict_on(
            day,
            credits=known.credits.get((user, str(course)), ()),
            retrainings=known.retrainings.get((user, str(course)), ()),
        )
        for course in course_ids
    }


def counting(user_id: UUID, course_ids: Collection[UUID], *, day: date) -> set[UUID]:
    """Return those of these courses of which a person has a completion that counts on a day."""
    found = verdicts(user_id, course_ids, day=day)
    return {course for course, verdict in found.items() if verdict.standpoint == Standpoint.CURRENT}


def lapsed(outline: Outline, *, completed: Iterable[UUID], user: User, at: datetime) -> set[UUID]:
    """Return the steps of a program that were done, and whose course counts no longer; no query for other courses."""
    done = {activity: outline.courses[activity] for activity in completed if activity in outline.courses}
    if not done:
        return set()
    still = counting(user.pk, set(done.values()), day=day_in(user.zone_name, at))
    return {activity for activity, course in done.items() if course not in still}


def progress_now(enrollment_id: UUID, outline: Outline, *, user: User, at: datetime) -> dict[UUID, ProgressMark]:
    """Return the progress of an enrollment; a step whose course counts no longer is open again."""
    progress = progress_of(enrollment_id)
    completed = [activity for activity, mark in progress.items() if mark.is_completed]
    for activity in lapsed(outline, completed=completed, user=user, at=at):
        progress[activity] = replace(progress[activity], state="opened")
    return progress


@dataclass(frozen=True, slots=True)
class Gate:
    """What hinders a person from beginning some courses, known for all of them at once."""

    missing: Mapping[UUID, Sequence[CourseName]]  # to complete first, by course
    most: int | None
    active: Sequence[Active]
    pressing: Collection[UUID]

    def hindrance(self, course_id: UUID) -> Hindrance | None:
        """Say why a course may not be begun now; nothing when it may."""
        return why_not_begin(
            missing=[name.title for name in self.missing.get(course_id, ())],
            most=self.most,
            active=[each.title for each in self.active],
            is_pressing=course_id in self.pressing,
        )

    @property
    def is_full(self) -> bool:
        return self.most is not None and len(self.active) >= self.most


def gate_of(
    user: User, outlines: Collection[Outline], *, at: datetime, required: Sequence[Standing] | None = None
) -> Gate:
    """Return what hinders a person from beginning these versions; a constant number of queries.

    Programs are under no cap: one begins them to take their courses. `required` is how the person
    stands, where it is known already.
    """
    missing = missing_first(user, outlines, at=at)
    begun = rows(_ACTIVE, [user.pk])
    versions = {version: outline_of(version) for _id, version, _most in begun}
    active = [Active(pk, versions[version].title) for pk, version, _most in begun if not versions[version].courses]
    most = begun[0][2] if begun else None
    pressing: set[UUID] = {outline.course_id for outline in outlines if outline.courses}
    if most is not None and len(active) >= most:
        found = standings(at=at, user_ids=[user.pk]) if required is None else required
        pressing |= pressing_courses(found, begun=versions.values())
    return Gate(missing, most, active, pressing)


def missing_first(user: User, outlines: Iterable[Outline], *, at: datetime) -> dict[UUID, list[CourseName]]:
    """Return what a person has to complete before each of these versions, by course; no query where nothing is."""
    asked = {outline.course_id: outline.prerequisites for outline in outlines if outline.prerequisites}
    first = {course for courses in asked.values() for course in courses}
    unmet = first - counting(user.pk, first, day=day_in(user.zone_name, at)) if first else set()
    names = course_names(unmet)
    found = {course: [names[each] for each in courses if each in names] for course, courses in asked.items()}
    return {course: missing for course, missing in found.items() if missing}


def pressing_courses(required: Iterable[Standing], *, begun: Iterable[Outline] = ()) -> set[UUID]:
    """Return what may be begun whatever the cap: what is overdue or due soon, and all that this asks for."""
    pressing = {
        course
        for each in required
        if is_pressing(each.status, due_on=each.due_on, today=each.today)
        for course in (each.course_id, each.takes_id)
    }
    if not pressing:
        return set()
    asks = asks_in_effect()
    for outline in begun:  # of an older version, perhaps
        asks.setdefault(outline.course_id, set()).update({*outline.courses.values(), *outline.prerequisites})
    return asked_in_all(pressing, asks)


def creditable(*, at: datetime, user_id: UUID | None = None) -> list[UUID]:
    """Return the open enrollments in programs of which a step may be done by now, of one person or of all."""
    values = {"user": str(user_id) if user_id else None, "day": at.date()}
    return [enrollment for enrollment, _user in rows(_CREDITABLE, values)]
