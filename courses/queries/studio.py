"""Courses as those see them who write and approve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from django.db.models import QuerySet

from courses.choices import VersionState
from courses.models import Course, CourseVersion


@dataclass(frozen=True, slots=True)
class StudioCourse:
    """One course with the version that counts and the one in work, where there are such."""

    course: Course
    current: CourseVersion | None
    in_work: CourseVersion | None
    upcoming: CourseVersion | None
    latest: CourseVersion

    @property
    def shown(self) -> CourseVersion:
        """The version that somebody who opens the course wants to see."""
        return self.in_work or self.upcoming or self.current or self.latest

    @property
    def versions(self) -> list[CourseVersion]:
        """Those that matter now, the newest first."""
        mattering = [self.in_work, self.upcoming, self.current]
        return [version for version in mattering if version] or [self.latest]


def studio_courses(
    versions: QuerySet[CourseVersion], *, query: str = "", state: str = "", owner_id: UUID | None = None
) -> list[StudioCourse]:
    """Return the courses of these versions by title, narrowed down; in one query."""
    ordered = versions.order_by("course_id", "number")
    courses = [_course(list(members)) for _id, members in groupby(ordered, key=lambda version: version.course_id)]
    wanted = query.casefold().split()
    found = [
        each
        for each in courses
        if (not state or any(version.state == state for version in each.versions))
        and (owner_id is None or each.shown.owner_id == owner_id)
        and all(word in f"{each.shown.title} {each.course.code}".casefold() for word in wanted)
    ]
    return sorted(found, key=lambda each: (each.shown.title.casefold(), each.course.code))


def _course(members: Sequence[CourseVersion]) -> StudioCourse:
    by_state: dict[str, CourseVersion] = {version.state: version for version in members}
    return StudioCourse(
        course=members[0].course,
        current=by_state.get(VersionState.EFFECTIVE),
        in_work=by_state.get(VersionState.DRAFT) or by_state.get(VersionState.IN_REVIEW),
        upcoming=by_state.get(VersionState.APPROVED),
        latest=members[-1],
    )
