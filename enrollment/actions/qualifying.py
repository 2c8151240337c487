"""Tasks that only qualified people may do, and the courses that each asks for."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from core.ids import new_id
from courses.models import Course
from enrollment import facts
from enrollment.models import LedCourse, Task, TaskCourse
from people.models import User
from records.actions import record_fact
from records.facts import FactKind

Link = TypeVar("Link", TaskCourse, LedCourse)


@transaction.atomic
def add_task(
    *,
    name: str,
    courses: Collection[Course],
    by: User,
    at: datetime,
    leads: Collection[Course] = (),
    id: UUID | None = None,
) -> Task:
    """Add a task that asks for some courses. Raises IntegrityError for a name that is taken.

    Whoever leads a session of one of `leads` must be qualified for it.
    """
    task = Task(id=id or new_id(), name=" ".join(name.split()), created_at=at, created_by=by)
    _say(facts.TASK_ADDED, task, courses, by=by, at=at)
    task.save(force_insert=True)
    _keep(TaskCourse, task, courses, at=at)
    if leads:
        _say(facts.TASK_LEADS, task, leads, by=by, at=at)
        _keep(LedCourse, task, leads, at=at)
    return task


@transaction.atomic
def change_task(
    *,
    task: Task,
    courses: Collection[Course],
    by: User,
    at: datetime,
    reason: str,
    name: str = "",
    leads: Collection[Course] | None = None,
) -> Task:
    """Let a task ask for these courses from now on, or be called otherwise; what it asked for before is kept.

    So with the courses whose sessions only who is qualified for it leads, if they are given. What is
    the same is no change.
    """
    locked = Task.objects.select_for_update().get(pk=task.pk)
    name = " ".join(name.split()) or locked.name
    if name != locked.name or _differ(TaskCourse, locked, courses):
        locked.name = name
        _say(facts.TASK_CHANGED, locked, courses, by=by, at=at, reason=reason)
        locked.save(update_fields=["name"])
        _keep(TaskCourse, locked, courses, at=at)
    if leads is not None and _differ(LedCourse, locked, leads):
        _say(facts.TASK_LEADS, locked, leads, by=by, at=at, reason=reason)
        _keep(LedCourse, locked, leads, at=at)
    return locked


def _kept(link: type[Link], task: Task) -> set[UUID]:
    return set(link.objects.filter(task=task, removed_at__isnull=True).values_list("course_id", flat=True))


def _differ(link: type[Link], task: Task, courses: Collection[Course]) -> bool:
    return _kept(link, task) != {course.pk for course in courses}


def _keep(link: type[Link], task: Task, courses: Collection[Course], *, at: datetime) -> None:
    """Let a task have to do with these courses from now on; what it had to do with before is kept."""
    kept = _kept(link, task)
    gone = kept - {course.pk for course in courses}
    link.objects.filter(task=task, removed_at__isnull=True, course__in=gone).update(removed_at=at)
    link.objects.bulk_create(link(task=task, course=each, added_at=at) for each in courses if each.pk not in kept)


def _say(kind: FactKind, task: Task, courses: Collection[Course], *, by: User, at: datetime, reason: str = "") -> None:
    codes = ", ".join(sorted(course.code for course in courses)) or str(_("none"))
    record_fact(
        kind,
        by=by,
        at=at,
        subject_type="task",
        subject_id=task.pk,
        payload={"name": task.name, "courses": codes},
        reason=reason,
    )
