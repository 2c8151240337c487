"""Which open enrollments are on an older version, and what would stay done on the one in effect."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from courses.choices import VersionState
from courses.models import CourseVersion
from courses.queries import Outline, outline_of, unchanged_activities
from enrollment.choices import EnrollmentState, ProgressState
from enrollment.models import Enrollment, Progress
from enrollment.rules.joining import Carried, carried
from enrollment.rules.sequence import steps_of


@dataclass(frozen=True, slots=True)
class MovePlan:
    """What going on with the version in effect would mean for one open enrollment."""

    enrollment: Enrollment
    before: Outline
    after: Outline
    carried: Carried

    @property
    def kept(self) -> int:
        return len(self.carried.kept)

    @property
    def total(self) -> int:
        return self.after.activity_count


def newer_versions(enrollments: Collection[Enrollment]) -> Mapping[UUID, CourseVersion]:
    """Return, for each of these that is open, the version in effect where that is a newer one; one query."""
    open_ones = [each for each in enrollments if each.state == EnrollmentState.OPEN]
    found = CourseVersion.objects.filter(
        course__in={each.course_id for each in open_ones}, state=VersionState.EFFECTIVE
    )
    by_course = {each.course_id: each for each in found}
    newer = {}
    for each in open_ones:
        version = by_course.get(each.course_id)
        if version and version.pk != each.version_id and version.number > outline_of(each.version_id).number:
            newer[each.pk] = version
    return newer


def move_plans(enrollments: Collection[Enrollment]) -> dict[UUID, MovePlan]:
    """Return what moving would mean for those of these that can move; as many queries for a hundred as for one."""
    newer = newer_versions(enrollments)
    completed: dict[UUID, set[UUID]] = {}
    done = Progress.objects.filter(enrollment__in=newer, state=ProgressState.COMPLETED)
    for enrollment, activity in done.values_list("enrollment", "activity"):
        completed.setdefault(enrollment, set()).add(activity)
    plans = {}
    for each in enrollments:
        if each.pk not in newer:
            continue
        before, after = outline_of(each.version_id), outline_of(newer[each.pk].pk)
        unchanged = unchanged_activities(before.version_id, after.version_id)
        stays = carried(steps_of(after), unchanged=unchanged, completed=completed.get(each.pk, ()))
        plans[each.pk] = MovePlan(each, before, after, stays)
    return plans


def move_plan(enrollment: Enrollment) -> MovePlan | None:
    """Return what going on with the version in effect would mean; nothing where there is no newer one."""
    return move_plans([enrollment]).get(enrollment.pk)
