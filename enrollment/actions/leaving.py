"""What was begun and is no longer asked ends; coming back goes on where it was, and never begins a second one."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import connection, transaction

from core.sql import rows
from enrollment import facts, notices
from enrollment.actions.telling import addressed, course_path
from enrollment.choices import EnrollmentState
from enrollment.models import Enrollment, Requirement
from notifications.actions import queue_messages
from records.actions import Said, record_facts
from records.facts import Actor, FactKind

# Held before the assignments are, in the order in which a signature holds them.
_HOLD_OPEN = """
    SELECT id FROM enrollment_enrollment
    WHERE state = 'open' AND user_id = ANY (%s::uuid[]) AND course_id = ANY (%s::uuid[])
    ORDER BY id FOR NO KEY UPDATE
"""
# Begun because of a requirement, and none asks for the course any more, as itself or as a refresher.
_NO_LONGER_ASKED = """
    SELECT e.id FROM enrollment_enrollment e
    WHERE e.state = 'open' AND e.assignment_id IS NOT NULL
        AND e.user_id = ANY (%s::uuid[]) AND e.course_id = ANY (%s::uuid[])
        AND NOT EXISTS (
            SELECT FROM enrollment_assignment a JOIN enrollment_requirement r ON r.id = a.requirement_id
            WHERE a.user_id = e.user_id AND a.ended_at IS NULL
                AND (a.course_id = e.course_id OR e.course_id = ANY (r.refreshers)))
"""
# The last enrollment of a person in a course, where it was cancelled, its version is still in effect,
# and nothing was completed since.
_MAY_GO_ON = """
    SELECT e.id FROM enrollment_enrollment e
    JOIN courses_courseversion v ON v.id = e.version_id AND v.state = 'effective'
    WHERE e.state = 'cancelled' AND e.user_id = ANY (%s::uuid[]) AND e.course_id = ANY (%s::uuid[])
        AND NOT EXISTS (SELECT FROM enrollment_enrollment o WHERE o.user_id = e.user_id
            AND o.course_id = e.course_id AND (o.enrolled_at, o.id) > (e.enrolled_at, e.id))
        AND NOT EXISTS (SELECT FROM enrollment_completion c WHERE c.user_id = e.user_id
            AND c.course_id = e.course_id AND coalesce(c.recorded_at, c.completed_at) >= e.ended_at)
"""
_GO_ON = """
    UPDATE enrollment_enrollment e SET state = 'open', ended_at = NULL, ended_because = '', assignment_id = (
        SELECT a.id FROM enrollment_assignment a JOIN enrollment_requirement r ON r.id = a.requirement_id
        WHERE a.user_id = e.user_id AND a.ended_at IS NULL
            AND (a.course_id = e.course_id OR e.course_id = ANY (r.refreshers))
        ORDER BY a.due_on, a.id LIMIT 1)
    WHERE e.id = ANY (%s::uuid[])
"""


def courses_of(requirement: Requirement) -> list[UUID]:
    """Return the courses that a requirement asks for: its own, and its refreshers."""
    return [requirement.course_id, *requirement.refreshers]


def hold_open(*, user_ids: Collection[UUID], course_ids: Collection[UUID]) -> None:
    """Hold what these people have open of these courses, until this transaction ends."""
    rows(_HOLD_OPEN, [_texts(user_ids), _texts(course_ids)])


@transaction.atomic
def end_what_is_not_asked(
    *, user_ids: Collection[UUID], course_ids: Collection[UUID], because: str, by: Actor, at: datetime, reason: str = ""
) -> int:
    """Cancel what these people began because it was required, and is not any more; return how many ended.

    What they began of their own will goes on, as does what another requirement asks for. Progress and
    completions stay. Whoever still works here is told.
    """
    ids = [pk for (pk,) in rows(_NO_LONGER_ASKED, [_texts(user_ids), _texts(course_ids)])]
    if not ids:
        return 0
    ending = _with_names(ids)
    _say(facts.CANCELLED, ending, because, by=by, at=at, reason=reason)
    Enrollment.objects.filter(pk__in=ids, state=EnrollmentState.OPEN).update(
        state=EnrollmentState.CANCELLED, ended_at=at, ended_because=because[:200]
    )
    messages = [
        addressed(
            each.user,
            partial(notices.no_longer_asked, course=each.version.title, because=because),
            once=f"cancelled:{each.pk}:{at.isoformat()}",
            path=course_path(each.course_id),
        )
        for each in ending
        if each.user.is_active
    ]
    queue_messages(messages, at=at)
    return len(ids)


@transaction.atomic
def take_up_again(
    *, user_ids: Collection[UUID], course_ids: Collection[UUID], because: str, by: Actor, at: datetime, reason: str = ""
) -> list[Enrollment]:
    """Open again what these people had begun of these courses, and return it.

    Only the last one of each person and course, and only while its version is in effect and nothing was
    completed since. So progress stays, and what limits them (such as the attempts at a quiz) keeps
    counting. Doing it again changes nothing. The caller computes standings anew.
    """
    values = [_texts(user_ids), _texts(course_ids)]
    if not rows(_MAY_GO_ON + " ORDER BY e.id FOR NO KEY UPDATE OF e", values):
        return []
    ids = [pk for (pk,) in rows(_MAY_GO_ON, values)]  # again, now that nobody else changes them
    if not ids:
        return []
    _say(facts.REOPENED, _with_names(ids), because, by=by, at=at, reason=reason)
    with connection.cursor() as cursor:
        cursor.execute(_GO_ON, [_texts(ids)])
    return _with_names(ids)


def _with_names(ids: Sequence[UUID]) -> list[Enrollment]:
    return list(Enrollment.objects.filter(pk__in=ids).select_related("user", "course", "version").order_by("pk"))


def _say(kind: FactKind, about: Sequence[Enrollment], why: str, *, by: Actor, at: datetime, reason: str) -> None:
    said = [
        Said(
            subject_id=each.pk,
            person_id=each.user_id,
            payload={
                "course": each.version.title,
                "code": each.course.code,
                "version": each.version.label,
                "why": why,
            },
        )
        for each in about
    ]
    record_facts(kind, by=by, at=at, subject_type="enrollment", about=said, reason=reason)


def _texts(ids: Collection[UUID]) -> list[str]:
    return [str(each) for each in ids]
