"""What a learner signs at the end of a training."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from core.canonical import plain
from courses.models import CourseVersion
from courses.queries import outline_of
from enrollment.choices import ProgressState
from enrollment.models import Enrollment, Progress, Requirement
from enrollment.queries.beginnings import lapsed
from enrollment.queries.obligations import Credits, asked_by, given_where
from enrollment.rules import Credit, Facts, add_months, day_in, rounds_of
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
    completed -= lapsed(outline, completed=completed, user=enrollment.user, at=at)
    position = enrollment.user.position_on(at.date())
    zone = position.site.time_zone if position else "UTC"
    completed_on = day_in(zone, at)
    ends = _last_day(enrollment, completed_on=completed_on)
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
    modules = outline_of(version.pk).modules
    choices = [{"module": each.title, "needed": each.needed} for each in modules if each.needed is not None]
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
        **({"any_of": choices} if choices else {}),
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


def _last_day(enrollment: Enrollment, *, completed_on: date) -> date | None:
    """Return until when this completion would count: the shortest that a requirement asks for, else the version's own.

    Where it comes before the window of a requirement opens, the end before stays.
    """
    months = enrollment.version.validity_months
    own_end = add_months(completed_on, months) if months else None
    given = given_where("a.user_id = %(user)s", {"user": str(enrollment.user_id)})
    required = Requirement.objects.in_bulk({UUID(each.requirement_id) for each in given})
    asked = asked_by(required.values())
    course = str(enrollment.course_id)
    asking = [each for each in given if course in asked[each.requirement_id].courses]
    if not asking:
        return own_end
    courses = {each for given in asking for each in asked[given.requirement_id].courses}
    user = str(enrollment.user_id)
    credits = Credits({user}, courses)
    this = Credit(str(enrollment.pk), course, enrollment.version.number, completed_on, own_end)
    credits.setdefault((user, course), []).append(this)
    ends = []
    for each in asking:
        what = asked[each.requirement_id]
        facts = Facts(each.since_on, each.first_due_on, what.course_id, credits.towards(user, what))
        ends.append(rounds_of(what.terms, facts)[-1].ends_on)
    return min((end for end in ends if end is not None), default=None)
