"""Who may lead the sessions of a course: whoever is qualified for what the course asks of its trainers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from enrollment.models import LedCourse
from enrollment.queries.qualifications import Qualifications
from enrollment.rules.questions import question_of
from people.models import User


@dataclass(frozen=True, slots=True)
class Leading:
    """What whoever led a session had to be qualified for on that day, and for which of it they were not."""

    tasks: Sequence[str]
    lacking: Sequence[str]


class Leads:
    """What a course asks of whoever leads its sessions on some days, and how one person stands with it.

    Read once: one query, and six more where it asks for a task, however many days and tasks.
    """

    def __init__(
        self, *, course_id: UUID, led_by: User | None, days: Collection[date], zone: str, at: datetime
    ) -> None:
        self.led_by, self.zone, self.at = led_by, zone, at
        asked = LedCourse.objects.filter(course=course_id).select_related("task").order_by("task__name")
        self._asked = list(asked)
        self._known: Qualifications | None = None
        if led_by and self._asked and days:
            first, last = (self._instant(day) for day in (min(days), max(days)))
            tasks = {each.task_id for each in self._asked}
            self._known = Qualifications([led_by.pk], tasks, first=first, last=last)

    def on(self, day: date) -> Leading:
        """Return what it asks on one of the days; no query."""
        then = self._instant(day)
        tasks = [
            each.task
            for each in self._asked
            if each.added_at <= then and (each.removed_at is None or each.removed_at > then)
        ]
        lacking = [
            each.name
            for each in tasks
            if self._known and self.led_by and not self._known.of(self.led_by.pk, each.pk, at=then).is_qualified
        ]
        return Leading([each.name for each in tasks], lacking)

    def _instant(self, day: date) -> datetime:
        return question_of(day, zone=self.zone, at=self.at).at


def leading(*, course_id: UUID, led_by: User | None, on: date, zone: str, at: datetime) -> Leading:
    """Return what a course asked on a day of whoever led its session; one query, and six where it asks for a task."""
    return Leads(course_id=course_id, led_by=led_by, days=[on], zone=zone, at=at).on(on)
