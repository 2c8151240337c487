"""Tasks that only qualified people may do: what each asks for, and what it asked for before."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from enrollment.models import LedCourse, Task, TaskCourse
from enrollment.queries.spells import Spell, now_first, spells_by
from people.models import Position, User
from people.permissions import readable_by
from records.choices import EventKind
from records.models import Event


def task_rows(tasks: Collection[Task]) -> list[tuple[Task, Sequence[Spell]]]:
    """Return tasks with the courses for which they ask now; two queries."""
    now = TaskCourse.objects.filter(task__in=[task.pk for task in tasks], removed_at__isnull=True)
    asked = spells_by("task", now)
    return [(task, asked.get(task.pk, ())) for task in tasks]


def asked_by_task(task: Task) -> list[Spell]:
    """Return everything a task asked for at any time: what it asks for now first; two queries."""
    return now_first(spells_by("task", TaskCourse.objects.filter(task=task)).get(task.pk, ()))


def led_by_task(task: Task) -> list[Spell]:
    """Return the courses whose sessions only who is qualified for a task leads now; two queries."""
    return spells_by("task", LedCourse.objects.filter(task=task, removed_at__isnull=True)).get(task.pk, [])


def kept_by(task: Task) -> dict[str, list[UUID]]:
    """Return what a task asks for now, and of which courses it is asked of trainers; two queries."""
    asked, led = task.asked.filter(removed_at__isnull=True), task.led.filter(removed_at__isnull=True)
    return {
        "courses": list(asked.values_list("course_id", flat=True)),
        "leads": list(led.values_list("course_id", flat=True)),
    }


def changes_of(task: Task) -> QuerySet[Event]:
    """Return what was decided about a task, newest first."""
    return Event.objects.filter(subject_type="task", subject_id=str(task.pk), kind=EventKind.FACT).order_by("-id")


def people_asked_about(
    reader: User,
    *,
    on: date,
    day: date,
    site: UUID | None = None,
    job_role: UUID | None = None,
    departments: Collection[UUID] | None = None,
) -> QuerySet[User]:
    """Return the people whom a reader may read today (`on`) and who worked here on a day, by name.

    Whoever has left since is among them; whoever has an account and never held a position is, too.
    """
    asked: dict[str, Any] = {"site": site, "job_role": job_role, "department__in": departments}
    asked = {name: value for name, value in asked.items() if value is not None}
    held = Exists(Position.objects.held_on(day).filter(user=OuterRef("pk"), **asked))
    people = readable_by(reader, on=on)
    if asked:
        return people.filter(held).order_by("name", "employee_number")
    never_placed = Q(is_active=True) & ~Exists(Position.objects.filter(user=OuterRef("pk")))
    return people.filter(Q(held) | never_placed).order_by("name", "employee_number")
