"""What a learner signs at the end of a training."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from core.canonical import plain
from courses.models import CourseVersion
from courses.queries import outline_of
from enrollment.choices import ProgressState
from enrollment.models import Assignment, Enrollment, Progress
from enrollment.rules import day_in, valid_until
from enrollment.rules.sequence import Step, outstanding, steps_of
from people.models import Position
from records.rules import record_hash


@dataclass(frozen=True, slots=True)
class Signable:
    """A training as it would be signed now: what is missing, and the record as it is shown before."""

    missing: list[Step]
    position: Position | None
    zone: str
    completed_on: date
    valid_until: date | None
    score: Decimal | None
    max_score: Decimal | None
    record: dict[str, Any]

    @property
    def sha256(self) -> str:
        return record_hash(self.record)

    def signed_at(self, at: datetime) -> dict[str, Any]:
        """Return the record that a signature at this instant covers: what was shown, its hash, and when."""
        return {**self.record, "shown_sha256": self.sha256, "completed_at": at}


def signable(enrollment: Enrollment, *, at: datetime) -> Signable:
    """Return what the signature of this enrollment stands for: its result, and the days at the person's site."""
    outline = outline_of(enrollment.version_id)
    progress = list(Progress.objects.filter(enrollment=enrollment).order_by("completed_at", "id"))
    completed = {each.activity_id for each in progress if each.state == ProgressState.COMPLETED}
    position = enrollment.user.position_on(at.date())
    zone = position.site.time_zone if position else "UTC"
    completed_on = day_in(zone, at)
    ends = valid_until(completed_on=completed_on, months=_validity_months(enrollment))
    score, max_score = _total(progress)
    return Signable(
        missing=outstanding(steps_of(outline), completed=completed),
        position=position,
        zone=zone,
        completed_on=completed_on,
        valid_until=ends,
        score=score,
        max_score=max_score,
        record=completion_record(enrollment, progress=progress, ends=ends),
    )


def completion_record(enrollment: Enrollment, *, progress: list[Progress], ends: date | None) -> dict[str, Any]:
    """Return the canonical record of a completion: who, what, on which version, with which answers and result."""
    version: CourseVersion = enrollment.version
    person = enrollment.user
    record = {
        "schema": "attest.completion/1",
        "enrollment": enrollment.id,
        "person": {"id": person.pk, "name": person.name, "employee_number": person.employee_number},
        "course": {"id": enrollment.course_id, "code": enrollment.course.code, "title": version.title},
        "version": {"id": version.id, "label": version.label, "sha256": version.content_sha256},
        "activities": [
            {
                "id": each.activity_id,
                "completed_at": each.completed_at,
                "score": each.score,
                "max_score": each.max_score,
                "evidence_sha256": each.evidence_sha256,
            }
            for each in progress
        ],
        "valid_until": ends,
    }
    spelled: dict[str, Any] = plain(record)
    return spelled


def _total(progress: list[Progress]) -> tuple[Decimal | None, Decimal | None]:
    """Return the points of all graded activities together, or nothing where none is graded."""
    graded = [
        (each.score, each.max_score) for each in progress if each.score is not None and each.max_score is not None
    ]
    if not graded:
        return None, None
    return sum((score for score, _most in graded), Decimal(0)), sum((most for _score, most in graded), Decimal(0))


def _validity_months(enrollment: Enrollment) -> int | None:
    """Return the shortest validity that a requirement in force asks for, else the course's own."""
    asked = Assignment.objects.filter(
        user_id=enrollment.user_id,
        course_id=enrollment.course_id,
        ended_at__isnull=True,
        requirement__validity_months__isnull=False,
    ).values_list("requirement__validity_months", flat=True)
    return min((months for months in asked if months), default=enrollment.version.validity_months)
