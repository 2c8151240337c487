"""Who sees which versions, and who may do what with them."""

from __future__ import annotations

from django.db.models import QuerySet

from courses.choices import VersionState
from courses.models import CourseVersion
from people.choices import AccessRole
from people.models import User
from people.permissions import approver, author, author_or_approver, holds

__all__ = ["approver", "author", "author_or_approver", "readable_by", "reads_versions", "writable_by"]

# Administrators and auditors follow a record to the version that it names, drafts excepted.
reads_versions = holds(AccessRole.AUTHOR, AccessRole.APPROVER, AccessRole.ADMINISTRATOR, AccessRole.AUDITOR)


def readable_by(user: User) -> QuerySet[CourseVersion]:
    """Versions that a person may read, in lists and one by one.

    Authors and approvers all of every course; administrators and auditors all that were ever
    approved; everyone else those that are effective.
    """
    versions = CourseVersion.objects.select_related("course", "owner")
    if author_or_approver(user):
        return versions
    if reads_versions(user):
        return versions.exclude(state__in=[VersionState.DRAFT, VersionState.IN_REVIEW])
    return versions.filter(state=VersionState.EFFECTIVE)


def writable_by(user: User) -> QuerySet[CourseVersion]:
    """Drafts that a person may edit: every author those of every course."""
    drafts = readable_by(user).filter(state=VersionState.DRAFT)
    return drafts if author(user) else drafts.none()
