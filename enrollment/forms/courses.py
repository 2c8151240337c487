"""Courses to choose from in a form."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from courses.models import Course
from enrollment.queries import course_titles


def offer_courses(fields: Collection[Any], course_ids: Collection[UUID]) -> None:
    """Let fields for several courses offer these, by code and as they are called; two queries."""
    codes = dict(Course.objects.filter(pk__in=course_ids).order_by("code").values_list("pk", "code"))
    titles = course_titles(codes)
    for field in fields:
        field.queryset = Course.objects.filter(pk__in=codes)
        field.choices = [(pk, f"{titles[pk]} ({code})") for pk, code in codes.items()]
