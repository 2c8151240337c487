"""Which versions there are, and how they stand."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from courses.choices import VersionState
from courses.models import Contributor, CourseVersion
from people.choices import AccessRole
from people.models import Department, JobRole, RoleGrant, Site, User
from records.models import Event, Signature

# Of whom an approver may ask that they learn a version: of some of these only.
NAMED: dict[str, Any] = {"departments": Department, "sites": Site, "job_roles": JobRole}
RETRAINING = ("retraining", "retraining_within_days", "retraining_up_to", *NAMED)


def effective_version(course_id: UUID) -> CourseVersion | None:
    """Return the version of a course that counts now."""
    return (
        CourseVersion.objects.filter(course_id=course_id, state=VersionState.EFFECTIVE).select_related("course").first()
    )


def version_in_work(course_id: UUID) -> CourseVersion | None:
    """Return the draft of a course, or its version in review."""
    states = [VersionState.DRAFT, VersionState.IN_REVIEW]
    return CourseVersion.objects.filter(course_id=course_id, state__in=states).first()


def versions_due(*, at: datetime) -> list[CourseVersion]:
    """Approved versions whose day has come, earlier versions of a course first."""
    soon = at.date() + timedelta(days=1)  # somewhere it may be tomorrow already
    due = CourseVersion.objects.filter(state=VersionState.APPROVED, effective_on__lte=soon)
    return [version for version in due.order_by("course_id", "number") if version.has_come(at)]


def signatures_of(version: CourseVersion) -> QuerySet[Signature]:
    """Signatures about a version, in the order in which they were given."""
    return Signature.objects.filter(record_type="course_version", record_id=version.pk).order_by("signed_at")


def last_edit(part_ids: list[UUID]) -> tuple[str, datetime] | None:
    """Return who changed one of these rows last, and when, as the trail tells."""
    facts = Event.objects.filter(kind="fact", subject_id__in=[str(part) for part in part_ids])
    return facts.order_by("-id").values_list("actor_name", "occurred_at").first()


def approvers_of(version: CourseVersion, *, at: datetime) -> QuerySet[User]:
    """People who may decide about a version: approvers who did not write on it."""
    grants = RoleGrant.objects.in_force(at).filter(role=AccessRole.APPROVER)
    writers = Contributor.objects.filter(version=version)
    people: QuerySet[User] = User.objects.filter(is_active=True, pk__in=grants.values("user"))
    if version.submitted_by_id:
        people = people.exclude(pk=version.submitted_by_id)
    return people.exclude(pk__in=writers.values("user")).order_by("name")


def owners_for(version: CourseVersion, *, at: datetime) -> QuerySet[User]:
    """People who may own a version: authors, and whoever owns it now."""
    grants = RoleGrant.objects.in_force(at).filter(role=AccessRole.AUTHOR)
    authors = Q(is_active=True, pk__in=grants.values("user"))
    people: QuerySet[User] = User.objects.filter(authors | Q(pk=version.owner_id))
    return people.order_by("name")


def versions_in_review(versions: QuerySet[CourseVersion]) -> QuerySet[CourseVersion]:
    """Those of these versions that wait for a decision, the longest first."""
    waiting = versions.filter(state=VersionState.IN_REVIEW).select_related("submitted_by")
    return waiting.order_by("submitted_at")


def versions_decided(versions: QuerySet[CourseVersion]) -> QuerySet[CourseVersion]:
    """Those of these versions that were approved, the latest first."""
    return versions.filter(approved_at__isnull=False).select_related("approved_by").order_by("-approved_at")


def earlier_labels(version: CourseVersion) -> dict[int, str]:
    """Return what the versions before this one are called that people may have completed, by their number."""
    earlier = CourseVersion.objects.filter(course_id=version.course_id, number__lt=version.number)
    return dict(earlier.filter(approved_at__isnull=False).values_list("number", "label"))


def days_waiting(course_id: UUID) -> list[date]:
    """Return the days on which versions of a course take effect that are approved and wait."""
    waiting = CourseVersion.objects.filter(course_id=course_id, state=VersionState.APPROVED)
    return [day for day in waiting.values_list("effective_on", flat=True) if day]


def predecessor_of(version: CourseVersion) -> CourseVersion | None:
    """Return the approved version that a version follows: the one with which it is compared."""
    earlier = CourseVersion.objects.filter(course_id=version.course_id, number__lt=version.number)
    approved = earlier.exclude(state__in=[VersionState.DRAFT, VersionState.IN_REVIEW])
    return approved.select_related("course").order_by("-number").first()
