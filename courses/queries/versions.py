"""Which versions there are, and how they stand."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db.models import QuerySet

from courses.choices import VersionState
from courses.models import CourseVersion
from records.models import Event, Signature


def effective_version(course_id: UUID) -> CourseVersion | None:
    """Return the version of a course that counts now."""
    return (
        CourseVersion.objects.filter(course_id=course_id, state=VersionState.EFFECTIVE).select_related("course").first()
    )


def version_in_work(course_id: UUID) -> CourseVersion | None:
    """Return the draft of a course, or its version in review."""
    states = [VersionState.DRAFT, VersionState.IN_REVIEW]
    return CourseVersion.objects.filter(course_id=course_id, state__in=states).first()


def versions_due(*, on: date) -> QuerySet[CourseVersion]:
    """Approved versions whose day has come, earlier versions of a course first."""
    due = CourseVersion.objects.filter(state=VersionState.APPROVED, effective_on__lte=on)
    return due.order_by("course_id", "number")


def signatures_of(version: CourseVersion) -> QuerySet[Signature]:
    """Signatures about a version, in the order in which they were given."""
    return Signature.objects.filter(record_type="course_version", record_id=version.pk).order_by("signed_at")


def last_edit(part_ids: list[UUID]) -> tuple[str, datetime] | None:
    """Return who changed one of these rows last, and when, as the trail tells."""
    facts = Event.objects.filter(kind="fact", subject_id__in=[str(part) for part in part_ids])
    return facts.order_by("-id").values_list("actor_name", "occurred_at").first()
