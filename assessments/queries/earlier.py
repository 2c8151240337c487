"""Attempts at the same quiz on versions from which somebody has moved: they keep counting."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from core.sql import rows
from courses.queries import outline_of
from enrollment.choices import EnrollmentState
from enrollment.models import Enrollment

_EARLIER = """
    WITH RECURSIVE earlier AS (
        SELECT moved_from_id AS id FROM enrollment_enrollment WHERE id = %(enrollment)s
        UNION ALL
        SELECT e.moved_from_id FROM earlier JOIN enrollment_enrollment e ON e.id = earlier.id
    ), same AS (
        SELECT q.id FROM courses_activity q WHERE q.lineage = (SELECT lineage FROM courses_activity WHERE id = %(quiz)s)
    )
    SELECT
        (SELECT count(*) FROM assessments_attempt a
            WHERE a.enrollment_id IN (SELECT id FROM earlier) AND a.quiz_id IN (SELECT id FROM same)),
        (SELECT count(*) FROM assessments_extraattempt x
            WHERE x.enrollment_id IN (SELECT id FROM earlier) AND x.quiz_id IN (SELECT id FROM same)),
        EXISTS (SELECT FROM enrollment_progress
            WHERE enrollment_id = %(enrollment)s AND activity_id = %(quiz)s AND state = 'completed')
"""


@dataclass(frozen=True, slots=True)
class Earlier:
    """What somebody did with a quiz before they moved."""

    used: int = 0
    allowed: int = 0  # beyond what the quiz itself allows
    is_passed: bool = False  # and it has not changed, so it stays passed


def earlier_attempts(enrollment: Enrollment, quiz_id: UUID) -> Earlier:
    """Return what counts from before somebody moved; no query for whoever takes the version on which they began."""
    if enrollment.moved_from_id is None:
        return Earlier()
    [found] = rows(_EARLIER, {"enrollment": enrollment.pk, "quiz": quiz_id})
    return Earlier(*found)


def taken_now(enrollment: Enrollment, quiz_id: UUID) -> tuple[Enrollment, UUID]:
    """Return where somebody takes this quiz now: they may have moved to a version that holds it, too."""
    lineage = outline_of(enrollment.version_id).by_id[quiz_id].lineage
    now = enrollment
    while now.state == EnrollmentState.MOVED:
        now = Enrollment.objects.select_related("user").get(moved_from=now)
    here = next((each.id for each in outline_of(now.version_id).activities if each.lineage == lineage), None)
    return (now, here) if here else (enrollment, quiz_id)
