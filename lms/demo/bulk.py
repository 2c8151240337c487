"""Learning of many people in few statements.

Writes the same rows and the same facts as `enroll`, `open_activity` and `record_outcome` do one by
one; tests/house/test_bulk.py holds the two together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from django.db import transaction

from core.ids import new_id
from courses.models import CourseVersion
from courses.queries import ActivityOutline, Outline, outline_of
from enrollment import facts
from enrollment.actions.standing import restand
from enrollment.choices import ProgressState
from enrollment.models import Assignment, Enrollment, Place, Progress
from people.models import User
from records.actions import Said, record_facts
from records.facts import Actor

T = TypeVar("T")
BATCH = 2000


@dataclass(frozen=True, slots=True)
class Begun:
    """That a person begins a version, and how many of its activities they have finished since."""

    user: User
    version: CourseVersion
    assignment: Assignment | None
    finished: int


@transaction.atomic
def learn(begun: Sequence[Begun], *, by: Actor, at: datetime) -> int:
    """Enroll people and finish the first activities of their courses, a minute apart; return the rows of progress."""
    written = 0
    for batch in batches(begun, BATCH):
        enrollments = [_enrollment(each, at=at) for each in batch]
        record_facts(
            facts.ENROLLED, by=by, at=at, subject_type="enrollment", about=[_enrolled(each) for each in enrollments]
        )
        Enrollment.objects.bulk_create(enrollments)
        pairs = list(zip(enrollments, batch, strict=True))
        most = max((each.finished for each in batch), default=0)
        for number in range(most):
            moment = at + timedelta(minutes=number + 1)
            written += _finish_nth([row for row, each in pairs if each.finished > number], number, by=by, at=moment)
        restand(user_ids={row.user_id for row in enrollments})
    return written


def _enrollment(begun: Begun, *, at: datetime) -> Enrollment:
    return Enrollment(
        id=new_id(),
        user=begun.user,
        course_id=begun.version.course_id,
        version=begun.version,
        assignment=begun.assignment,
        enrolled_at=at,
    )


def _enrolled(enrollment: Enrollment) -> Said:
    version = enrollment.version
    payload = {"course": version.title, "version": version.label, "code": version.course.code}
    return Said(enrollment.id, payload, person_id=enrollment.user_id, by=enrollment.user)


def _finish_nth(enrollments: Sequence[Enrollment], number: int, *, by: Actor, at: datetime) -> int:
    """Open and finish the activity with this number in each enrollment."""
    outlines: dict[object, Outline] = {each.version_id: outline_of(each.version_id) for each in enrollments}
    activities = [outlines[each.version_id].activities[number] for each in enrollments]
    pairs = list(zip(enrollments, activities, strict=True))
    shared = {"by": by, "at": at, "subject_type": "enrollment"}
    record_facts(facts.ACTIVITY_OPENED, about=[_opened(*pair) for pair in pairs], **shared)
    record_facts(facts.ACTIVITY_COMPLETED, about=[_completed(*pair) for pair in pairs], **shared)
    Progress.objects.bulk_create(
        Progress(
            id=new_id(),
            enrollment=enrollment,
            activity_id=activity.id,
            state=ProgressState.COMPLETED,
            opened_at=at,
            completed_at=at,
        )
        for enrollment, activity in pairs
    )
    Place.objects.bulk_create(
        [Place(enrollment=enrollment, activity_id=activity.id, seen_at=at) for enrollment, activity in pairs],
        update_conflicts=True,
        unique_fields=["enrollment"],
        update_fields=["activity", "seen_at"],
    )
    return len(pairs)


def _opened(enrollment: Enrollment, activity: ActivityOutline) -> Said:
    payload = {"activity": activity.title, "activity_id": activity.id, "kind": activity.kind}
    return Said(enrollment.id, payload, person_id=enrollment.user_id, by=enrollment.user)


def _completed(enrollment: Enrollment, activity: ActivityOutline) -> Said:
    payload = {"activity": activity.title, "activity_id": activity.id, "kind": activity.kind}
    ungraded = {"score": None, "max_score": None, "passed": None, "evidence_sha256": ""}
    return Said(enrollment.id, payload | ungraded, person_id=enrollment.user_id, by=enrollment.user)


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield the items in lists of at most `size`."""
    batch: list[T] = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
