"""Practices to be observed, what was seen of them, and what waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import QuerySet

from assessments.models import Observation
from courses.queries import ActivityOutline, Outline, outline_of
from enrollment.models import Enrollment
from enrollment.queries import progress_of
from enrollment.rules import day_in
from enrollment.rules.sequence import Lock, locks, steps_of
from people.models import User

KIND = "practice"
PLACES = ("enrollment__user", "enrollment__version", "enrollment__course", "activity")


@dataclass(frozen=True, slots=True)
class Practice:
    """A practice in somebody's enrollment: what has to be seen, and how far it is."""

    enrollment: Enrollment  # with its user
    outline: Outline
    activity: ActivityOutline
    is_begun: bool
    is_done: bool
    lock: Lock | None

    @property
    def begun_on(self) -> date:
        """The day on which the course was begun, at the learner's site."""
        return day_in(self.enrollment.user.zone_name, self.enrollment.enrolled_at)

    @property
    def points(self) -> Sequence[str]:
        found: Sequence[str] = self.activity.settings.get("points", ())
        return found

    @property
    def task(self) -> str:
        """The name of the task for which an observer has to be qualified; nothing where there is none."""
        return str(self.activity.settings.get("task", ""))

    @property
    def task_id(self) -> UUID | None:
        kept = self.activity.settings.get("task_id")
        return UUID(kept) if kept else None


def practice_in(enrollment: Enrollment, activity_id: UUID) -> Practice | None:
    """Return a practice of an enrollment with how far it is; nothing where there is none of this id."""
    outline = outline_of(enrollment.version_id)
    activity = outline.by_id.get(activity_id)
    if activity is None or activity.kind != KIND:
        return None
    progress = progress_of(enrollment.pk)
    completed = [each for each, mark in progress.items() if mark.is_completed]
    lock = locks(steps_of(outline), completed=completed).get(activity_id)
    return Practice(enrollment, outline, activity, activity_id in progress, activity_id in completed, lock)


def observations_of(enrollment_id: UUID, activity_id: UUID) -> QuerySet[Observation]:
    """Return what was asked and seen of a practice, the latest first."""
    found = Observation.objects.filter(enrollment=enrollment_id, activity=activity_id)
    return found.select_related("observer", "signature").order_by("-number")


def with_their_places(observations: QuerySet[Observation]) -> QuerySet[Observation]:
    """Add to observations what a list of them shows; who has waited the longest first."""
    return observations.select_related(*PLACES).order_by("asked_at", "pk")


def observed_of(user: User) -> QuerySet[Observation]:
    """Return what others saw of a person's practice and signed, the latest first."""
    found = Observation.objects.filter(enrollment__user=user, observer__isnull=False)
    return found.select_related("observer", *PLACES).order_by("-decided_at")
