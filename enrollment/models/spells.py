"""What something has to do with a course for a time: a task asks for it, a class holds its records."""

from __future__ import annotations

from django.db import models

from core.models import Row
from courses.models import Course


class CourseSpell(Row):
    """That something has to do with a course, from one moment until another."""

    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True
