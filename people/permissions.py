"""Who may do what. A page declares one of these; a list and its details share one QuerySet."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from uuid import UUID

from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from people.choices import AccessRole
from people.models import Position, RoleGrant, Site, User
from people.queries import report_ids

Permission = Callable[[User], bool]


def signed_in(user: User) -> bool:
    return user.is_authenticated


def holds(*roles: AccessRole) -> Permission:
    """Return the permission of whoever holds one of the roles."""
    wanted = frozenset(role.value for role in roles)

    def check(user: User) -> bool:
        return bool(wanted & user.roles)

    check.__name__ = "_or_".join(sorted(wanted))
    return check


author = holds(AccessRole.AUTHOR)
approver = holds(AccessRole.APPROVER)
author_or_approver = holds(AccessRole.AUTHOR, AccessRole.APPROVER)
administrator = holds(AccessRole.ADMINISTRATOR)
auditor = holds(AccessRole.AUDITOR)
coordinator = holds(AccessRole.COORDINATOR)
administrator_or_auditor = holds(AccessRole.ADMINISTRATOR, AccessRole.AUDITOR)
reads_people = holds(AccessRole.ADMINISTRATOR, AccessRole.AUDITOR, AccessRole.COORDINATOR)


def manager(user: User) -> bool:
    return user.has_reports


def overseer(user: User) -> bool:
    """A manager, a training coordinator, an administrator or an auditor: whoever may read about others."""
    return user.has_reports or reads_people(user)


def administrator_everywhere(user: User) -> bool:
    """An administrator of the whole organisation, not of some sites."""
    return administrator(user) and administered_sites(user) is None


def readable_by(user: User, *, on: date) -> QuerySet[User]:
    """People whose training record this person may read: themselves, reports, and a role's scope."""
    coordinated = _in_scope(user, AccessRole.COORDINATOR, on=on)
    return User.objects.filter(_inspected(user, on=on) | coordinated)


def inspectable_by(user: User, *, on: date) -> QuerySet[User]:
    """People whose proofs this person may open, too: as `readable_by`, but no training coordinator's."""
    return User.objects.filter(_inspected(user, on=on))


def administered_by(user: User, *, on: date) -> QuerySet[User]:
    """People whom this administrator looks after."""
    return User.objects.filter(_in_scope(user, AccessRole.ADMINISTRATOR, on=on))


def coordinated_by(user: User, *, on: date) -> QuerySet[User]:
    """People whose training this coordinator follows."""
    return User.objects.filter(_in_scope(user, AccessRole.COORDINATOR, on=on))


def administered_sites(user: User) -> frozenset[UUID] | None:
    """Return the sites that an administrator looks after; nothing means everywhere."""
    grants = RoleGrant.objects.in_force(Now()).filter(user=user, role=AccessRole.ADMINISTRATOR)
    sites = set(grants.values_list("site_id", flat=True))
    return None if None in sites else frozenset(sites)


def may_administer_site(user: User, site: Site | None) -> bool:
    """Say whether an administrator looks after a site; no site stands for the whole organisation."""
    sites = administered_sites(user)
    return sites is None or (site is not None and site.pk in sites)


def _inspected(user: User, *, on: date) -> Q:
    own = Q(pk=user.pk) | Q(pk__in=report_ids(manager_id=user.pk, on=on))
    return own | _in_scope(user, AccessRole.ADMINISTRATOR, AccessRole.AUDITOR, on=on)


def _in_scope(user: User, *roles: AccessRole, on: date) -> Q:
    """Return the people in the scope of one's roles: everyone, or those who work or last worked at a site."""
    if not user.roles.intersection(role.value for role in roles):
        return Q(pk__in=[])
    grants = RoleGrant.objects.in_force(Now()).filter(user=user, role__in=roles)
    sites = set(grants.values_list("site_id", flat=True))
    if None in sites:
        return Q(pk__isnull=False)  # an empty Q would vanish where it is combined by "or"
    at_sites = Position.objects.filter(site__in=sites).filter(Q(valid_until__isnull=True) | Q(valid_until__gt=on))
    left = Q(is_active=False, positions__site__in=sites)
    return Q(pk__in=at_sites.values("user")) | Q(pk__in=User.objects.filter(left).values("pk"))
