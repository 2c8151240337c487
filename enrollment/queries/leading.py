"""Who may lead the sessions of a course: whoever is qualified for what the course asks of its trainers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q

from enrollment.models import Task
from enrollment.queries.qualifications import qualified_at
from enrollment.rules.questions import question_of
from people.models import User


@dataclass(frozen=True, slots=True)
class Leading:
    """What whoever led a session had to be qualified for on that day, and for which of it they were not."""

    tasks: Sequence[str]
    lacking: Sequence[str]


def leading(*, course_id: UUID, led_by: User | None, on: date, zone: str, at: datetime) -> Leading:
    """Return what a course asked on a day of whoever led its session; one query, and six for each task."""
    then = question_of(on, zone=zone, at=at).at
    holds = Q(led__course=course_id, led__added_at__lte=then)
    asked = Task.objects.filter(holds & (Q(led__removed_at__isnull=True) | Q(led__removed_at__gt=then))).order_by(
        "name"
    )
    tasks = list(asked)
    lacking = [each for each in tasks if led_by and not qualified_at(person=led_by, task=each, at=then).is_qualified]
    return Leading([each.name for each in tasks], [each.name for each in lacking])
