"""Tasks that only qualified people may do, and the courses that each asks for."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction

from core.ids import new_id
from courses.models import Course
from enrollment import facts
from enrollment.models import Task, TaskCourse
from people.models import User
from records.actions import record_fact
from records.facts import FactKind


@transaction.atomic
def add_task(*, name: str, courses: Collection[Course], by: User, at: datetime, id: UUID | None = None) -> Task:
    """Add a task that asks for some courses. Raises IntegrityError for a name that is taken."""
    task = Task(id=id or new_id(), name=" ".join(name.split()), created_at=at, created_by=by)
    _say(facts.TASK_ADDED, task, courses, by=by, at=at)
    task.save(force_insert=True)
    TaskCourse.objects.bulk_create(TaskCourse(task=task, course=course, added_at=at) for course in courses)
    return task


@transaction.atomic
def change_task(
    *, task: Task, courses: Collection[Course], by: User, at: datetime, reason: str, name: str = ""
) -> Task:
    """Let a task ask for these courses from now on, or be called otherwise; what it asked for before is kept.

    What is the same is no change.
    """
    locked = Task.objects.select_for_update().get(pk=task.pk)
    name = " ".join(name.split()) or locked.name
    asked = {each.course_id: each for each in locked.asked.filter(removed_at__isnull=True)}
    wanted = {course.pk: course for course in courses}
    if wanted.keys() == asked.keys() and name == locked.name:
        return locked
    locked.name = name
    _say(facts.TASK_CHANGED, locked, courses, by=by, at=at, reason=reason)
    locked.save(update_fields=["name"])
    gone = [each.pk for course, each in asked.items() if course not in wanted]
    TaskCourse.objects.filter(pk__in=gone).update(removed_at=at)
    fresh = [course for pk, course in wanted.items() if pk not in asked]
    TaskCourse.objects.bulk_create(TaskCourse(task=locked, course=course, added_at=at) for course in fresh)
    return locked


def _say(kind: FactKind, task: Task, courses: Collection[Course], *, by: User, at: datetime, reason: str = "") -> None:
    codes = ", ".join(sorted(course.code for course in courses))
    record_fact(
        kind,
        by=by,
        at=at,
        subject_type="task",
        subject_id=task.pk,
        payload={"name": task.name, "courses": codes},
        reason=reason,
    )
