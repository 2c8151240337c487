"""How far an enrollment is, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from core.sql import rows
from enrollment.choices import ProgressState
from enrollment.models import Enrollment


@dataclass(frozen=True, slots=True)
class ProgressMark:
    """How far an enrollment is in one activity."""

    state: str
    score: Decimal | None
    max_score: Decimal | None

    @property
    def is_completed(self) -> bool:
        return self.state == ProgressState.COMPLETED


def progress_of(enrollment_id: UUID) -> dict[UUID, ProgressMark]:
    """Return the progress of an enrollment by activity."""
    return {activity: ProgressMark(*mark) for activity, *mark in rows(_PROGRESS, [enrollment_id])}


_PROGRESS = "SELECT activity_id, state, score, max_score FROM enrollment_progress WHERE enrollment_id = %s"


def open_enrollment(*, user_id: UUID, course_id: UUID) -> Enrollment | None:
    return Enrollment.objects.filter(user_id=user_id, course_id=course_id, state="open").first()
