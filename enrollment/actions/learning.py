"""Beginning a course, opening its activities, and what they report."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _

from core.ids import new_id
from courses.choices import Joining
from courses.models import Course, CourseVersion
from courses.queries import ActivityOutline, Outline, outline_of
from enrollment import facts
from enrollment.actions.leaving import take_up_again
from enrollment.actions.standing import restand
from enrollment.choices import EnrollmentState, ProgressState
from enrollment.models import Assignment, Enrollment, Progress
from enrollment.queries.beginnings import Gate, gate_of
from enrollment.queries.joining import is_asked_on_the_way
from enrollment.rules.beginning import Hindrance
from enrollment.rules.joining import why_not_begun
from enrollment.rules.sequence import Lock, Outcome, locks, steps_of
from people.models import User
from records.actions import record_fact
from records.facts import Actor


class AlreadyEnded(Exception):
    """The enrollment is completed or cancelled; nothing is added to it."""


class LockedActivity(Exception):
    """The activity is not open yet; `lock` says why."""

    def __init__(self, lock: Lock) -> None:
        super().__init__(lock.words)
        self.lock = lock


class NotOffered(Exception):
    """The course has no effective version."""


class MayNotBegin(Exception):
    """Something has to be completed first, or as many courses as may be are in progress; `gate` says all of it."""

    def __init__(self, hindrance: Hindrance, gate: Gate) -> None:
        super().__init__(hindrance.words)
        self.hindrance, self.gate = hindrance, gate


class NotOpenToAll(Exception):
    """The course is not begun by whoever wants to; the words say who may."""


def asked_of(*, user: User, course: Course) -> Assignment | None:
    """Return the assignment because of which a person takes a course, as itself or as a refresher.

    Holds all that is required of them, in the order of `restand`, so that none of it ends meanwhile.
    """
    held = Assignment.objects.select_for_update(no_key=True, of=("self",)).select_related("requirement")
    required = held.filter(user=user, ended_at__isnull=True).order_by("pk")
    asking = [each for each in required if course.pk in (each.course_id, *each.requirement.refreshers)]
    return min(asking, key=lambda each: each.due_on, default=None)


@transaction.atomic
def enroll(
    *, user: User, course: Course, by: Actor, at: datetime, assignment: Assignment | None = None, let: bool = False
) -> Enrollment:
    """Let a person begin the effective version of a course; answers with the open enrollment if there is one.

    What had ended because it was no longer asked goes on where it was, while its version is in effect.
    Two at once make one (partial unique index), and pass no cap together, since the person's row is held.
    `let` says that somebody decided that this person takes it. Raises NotOffered without an effective
    version, NotOpenToAll, and MayNotBegin.
    """
    User.objects.select_for_update(of=("self",)).get(pk=user.pk)
    existing = Enrollment.objects.filter(user=user, course=course, state=EnrollmentState.OPEN).first()
    if existing is not None:
        return existing
    asking = asked_of(user=user, course=course)
    joining = Joining(course.joining)
    is_asked = bool(assignment or asking) or joining == Joining.OPEN or is_asked_on_the_way(user.pk, course.pk)
    refusal = why_not_begun(joining, is_required=is_asked, is_let=let)
    if refusal:
        raise NotOpenToAll(refusal)
    version = CourseVersion.objects.filter(course=course, state="effective").first()
    if version is None:
        raise NotOffered(f"{course} has no effective version")
    gate = gate_of(user, [outline_of(version.pk)], at=at)
    hindrance = gate.hindrance(course.pk)
    if hindrance:
        raise MayNotBegin(hindrance, gate)
    because = _("Taken up again")
    for again in take_up_again(user_ids=[user.pk], course_ids=[course.pk], because=because, by=by, at=at):
        restand(user_ids=[user.pk])
        return again
    if assignment is None:
        assignment = asking
    enrollment = Enrollment(
        id=new_id(), user=user, course=course, version=version, assignment=assignment, enrolled_at=at
    )
    record_fact(
        facts.ENROLLED,
        by=by,
        at=at,
        subject_type="enrollment",
        subject_id=enrollment.id,
        person_id=user.pk,
        payload={"course": version.title, "version": version.label, "code": course.code},
    )
    enrollment.save(force_insert=True)
    restand(user_ids=[user.pk])
    return enrollment


def completed_ids(enrollment: Enrollment) -> set[UUID]:
    """Return the activities that this enrollment has finished."""
    finished = Progress.objects.filter(enrollment=enrollment, state=ProgressState.COMPLETED)
    return set(finished.values_list("activity_id", flat=True))


def require_unlocked(*, enrollment: Enrollment, outline: Outline, activity_id: UUID) -> None:
    """Raise LockedActivity when what comes before is not done yet."""
    lock = locks(steps_of(outline), completed=completed_ids(enrollment)).get(activity_id)
    if lock is not None:
        raise LockedActivity(lock)


# Written as SQL, in one go: a learner opens a page more often than anything else is written.
_OPENED = """
    INSERT INTO enrollment_progress (id, enrollment_id, activity_id, state, opened_at)
    VALUES (%s, %s, %s, 'opened', %s) ON CONFLICT (enrollment_id, activity_id) DO NOTHING;
"""
_SEEN = """
    INSERT INTO enrollment_place (enrollment_id, activity_id, seen_at) VALUES (%s, %s, %s)
    ON CONFLICT (enrollment_id) DO UPDATE SET activity_id = excluded.activity_id, seen_at = excluded.seen_at
"""


@transaction.atomic
def open_activity(*, enrollment: Enrollment, activity: ActivityOutline, at: datetime, first: bool) -> None:
    """Remember that the learner is here; `first` says that this activity has no progress yet.

    A completed enrollment is read, not moved. The caller has checked that the activity is unlocked.
    """
    if enrollment.state != EnrollmentState.OPEN:
        return
    if first:
        record_fact(
            facts.ACTIVITY_OPENED,
            by=enrollment.user,
            at=at,
            subject_type="enrollment",
            subject_id=enrollment.id,
            person_id=enrollment.user_id,
            payload={"activity": activity.title, "activity_id": activity.id, "kind": activity.kind},
        )
    values: list[Any] = [enrollment.pk, activity.id, at]
    with connection.cursor() as cursor:
        if first:
            cursor.execute(_OPENED + _SEEN, [new_id(), *values, *values])
        else:
            cursor.execute(_SEEN, values)


@transaction.atomic
def record_outcome(*, enrollment: Enrollment, activity_id: UUID, outcome: Outcome, by: Actor, at: datetime) -> Progress:
    """Write what an activity reports; finished stays finished, and the same report twice changes nothing.

    The one way from an activity kind into progress. A try that leaves an opened activity open gets no
    fact of its own here: the kind has told of it earlier in the same transaction. Raises AlreadyEnded,
    and LockedActivity for a step that is not due yet.
    """
    locked = Enrollment.objects.select_for_update(of=("self",)).select_related("user").get(pk=enrollment.pk)
    existing = Progress.objects.filter(enrollment=locked, activity_id=activity_id).first()
    if existing is not None and existing.state == ProgressState.COMPLETED:
        return existing
    if locked.state != EnrollmentState.OPEN:
        raise AlreadyEnded("This training has ended; what you do here is not recorded any more.")
    outline = outline_of(locked.version_id)
    require_unlocked(enrollment=locked, outline=outline, activity_id=activity_id)
    activity = next(each for each in outline.activities if each.id == activity_id)
    if outcome.completed or existing is None:
        record_fact(
            facts.ACTIVITY_COMPLETED if outcome.completed else facts.ACTIVITY_OPENED,
            by=by,
            at=at,
            subject_type="enrollment",
            subject_id=locked.id,
            person_id=locked.user_id,
            payload={
                "activity": activity.title,
                "activity_id": activity_id,
                "kind": activity.kind,
                "score": outcome.score,
                "max_score": outcome.max_score,
                "passed": outcome.passed,
                "evidence_sha256": outcome.evidence_sha256,
            },
        )
    progress = existing or Progress(enrollment=locked, activity_id=activity_id, opened_at=at)
    progress.state = ProgressState.COMPLETED if outcome.completed else ProgressState.OPENED
    progress.completed_at = at if outcome.completed else None
    progress.score, progress.max_score = outcome.score, outcome.max_score
    progress.evidence_sha256 = outcome.evidence_sha256
    progress.save()
    return progress
