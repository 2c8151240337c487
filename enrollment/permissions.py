"""Which rows of the enrollment room a person may see; anybody else's look as if they did not exist."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from enrollment.models import Assignment, Requirement
from people.choices import AccessRole
from people.models import RoleGrant, User
from people.permissions import administered_by, readable_by
from people.queries import report_ids


def requirements_editable_by(user: User) -> QuerySet[Requirement]:
    """Return the requirements that an administrator looks after: all, or those of their sites."""
    return _at_sites(sites_of(user, AccessRole.ADMINISTRATOR))


def requirements_readable_by(user: User) -> QuerySet[Requirement]:
    """Return the requirements that an administrator or auditor may read: all, or those of their sites."""
    return _at_sites(sites_of(user, AccessRole.ADMINISTRATOR, AccessRole.AUDITOR))


def sites_of(user: User, *roles: AccessRole) -> frozenset[UUID] | None:
    """Return the sites to which a person's roles are limited; nothing means the whole organisation."""
    grants = RoleGrant.objects.in_force(Now()).filter(user=user, role__in=roles)
    sites = set(grants.values_list("site_id", flat=True))
    return None if None in sites else frozenset(site for site in sites if site)


def assignments_readable_by(user: User, *, on: date) -> QuerySet[Assignment]:
    """Return the assignments, also those that have ended, of the people whose record this person may read."""
    return Assignment.objects.filter(user__in=readable_by(user, on=on).values("pk"))


def remindable_by(user: User, *, on: date) -> QuerySet[Assignment]:
    """Return the open assignments of people whom this person manages, directly or not, or administers."""
    managed = Q(user__in=report_ids(manager_id=user.pk, on=on))
    administered = Q(user__in=administered_by(user, on=on).values("pk"))
    open_ones = Assignment.objects.filter(ended_at__isnull=True, user__is_active=True)
    return open_ones.filter(managed | administered).exclude(user=user)


def _at_sites(sites: frozenset[UUID] | None) -> QuerySet[Requirement]:
    return Requirement.objects.all() if sites is None else Requirement.objects.filter(site__in=sites)
