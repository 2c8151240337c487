"""Tasks that only qualified people may do, and who may ask from outside."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from core.constraints import both_or_neither, in_order
from core.models import Row
from enrollment.models.spells import CourseSpell
from people.models import User


class Task(Row):
    """Something that only qualified people may do, such as releasing a batch."""

    name = models.CharField(max_length=120, unique=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return self.name


class TaskCourse(CourseSpell):
    """That a task asks for a course."""

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="asked")

    class Meta:
        constraints = [
            in_order("added_at", "removed_at", name="task_course_ends_after_it_begins"),
            models.UniqueConstraint(
                fields=["task", "course"], condition=Q(removed_at__isnull=True), name="task_course_once"
            ),
        ]


class LedCourse(CourseSpell):
    """That whoever leads a session of a course must be qualified for a task on that day."""

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="led")

    class Meta:
        constraints = [
            in_order("added_at", "removed_at", name="led_course_ends_after_it_begins"),
            models.UniqueConstraint(
                fields=["task", "course"], condition=Q(removed_at__isnull=True), name="led_course_once"
            ),
        ]


class ReadingToken(Row):
    """A secret with which another system asks who is qualified; only its hash is kept."""

    name = models.CharField(max_length=80)
    token_sha256 = models.CharField(max_length=64, unique=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)  # written at most once an hour
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [both_or_neither("revoked_at", "revoked_by", name="reading_token_revoked_by_somebody")]
