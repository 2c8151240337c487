"""Whether what had ended can be opened again."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from courses.choices import VersionState
from enrollment.choices import EnrollmentState
from enrollment.models import Completion, Enrollment
from enrollment.rules.joining import Ended, why_not_reopened


def why_not_reopened_of(enrollments: Collection[Enrollment]) -> dict[UUID, str]:
    """Say of each of these why it can not be opened again, or nothing; two queries. With user and version."""
    people, courses = {each.user_id for each in enrollments}, {each.course_id for each in enrollments}
    last: dict[tuple[UUID, UUID], Enrollment] = {}
    for each in Enrollment.objects.filter(user__in=people, course__in=courses).order_by("enrolled_at", "pk"):
        last[each.user_id, each.course_id] = each
    completed: dict[tuple[UUID, UUID], list[Completion]] = {}
    for done in Completion.objects.filter(user__in=people, course__in=courses):
        completed.setdefault((done.user_id, done.course_id), []).append(done)
    return {each.pk: why_not_reopened(_ended(each, last, completed), name=each.user.name) for each in enrollments}


def _ended(
    each: Enrollment,
    last: dict[tuple[UUID, UUID], Enrollment],
    completed: dict[tuple[UUID, UUID], list[Completion]],
) -> Ended:
    key = (each.user_id, each.course_id)
    return Ended(
        state=EnrollmentState(each.state),
        is_last=last[key].pk == each.pk,
        is_in_effect=each.version.state == VersionState.EFFECTIVE,
        version=each.version.label,
        is_completed_since=each.ended_at is not None
        and any((done.recorded_at or done.completed_at) >= each.ended_at for done in completed.get(key, ())),
    )
