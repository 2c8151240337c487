"""Tasks that only qualified people may do: what each asks for, and what it asked for before."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from enrollment.models import LedCourse, Task, TaskCourse
from enrollment.queries.requirements import course_titles
from people.models import Position, User
from people.permissions import readable_by
from records.choices import EventKind
from records.models import Event


@dataclass(frozen=True, slots=True)
class AskedCourse:
    """One course that a task asks for, or asked for."""

    code: str
    title: str
    added_at: datetime
    removed_at: datetime | None


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One task with the courses that it asks for now."""

    task: Task
    courses: Sequence[AskedCourse]


def task_rows(tasks: Collection[Task]) -> list[TaskRow]:
    """Return tasks with what they ask for now; two queries."""
    asked = _asked(TaskCourse.objects.filter(task__in=[task.pk for task in tasks], removed_at__isnull=True))
    return [TaskRow(task, asked.get(task.pk, ())) for task in tasks]


def asked_by_task(task: Task) -> list[AskedCourse]:
    """Return everything a task asked for at any time: what it asks for now first; two queries."""
    found = _asked(TaskCourse.objects.filter(task=task)).get(task.pk, [])
    return sorted(found, key=lambda each: (each.removed_at is not None, each.code, each.added_at))


def led_by_task(task: Task) -> list[AskedCourse]:
    """Return the courses whose sessions only who is qualified for a task leads now; two queries."""
    return list(_asked(LedCourse.objects.filter(task=task, removed_at__isnull=True)).get(task.pk, ()))


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


def _asked(rows: QuerySet[TaskCourse] | QuerySet[LedCourse]) -> dict[UUID, list[AskedCourse]]:
    listed = list(rows.order_by("course__code", "added_at").values_list(
        "task_id", "course_id", "course__code", "added_at", "removed_at"
    ))  # fmt: skip
    titles = course_titles({course for _task, course, *_rest in listed})
    found: dict[UUID, list[AskedCourse]] = {}
    for task, course, code, added_at, removed_at in listed:
        found.setdefault(task, []).append(AskedCourse(code, titles[course], added_at, removed_at))
    return found
