"""What people may do: access roles with scope and end, and the proof of who a signer is."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from people import facts
from people.actions.reporting import NotAllowed, report_about
from people.choices import ACCOUNTABILITY, AccessRole, ProofMethod
from people.models import IdentityProof, RoleGrant, Site, User
from people.permissions import may_administer_site
from records.actions import sign
from records.choices import Components, Meaning
from records.facts import Actor
from records.models import Signature


@transaction.atomic
def grant_role(
    *,
    person: User,
    role: AccessRole,
    by: Actor,
    at: datetime,
    reason: str,
    site: Site | None = None,
    ends_at: datetime | None = None,
) -> RoleGrant:
    """Grant an access role, for the whole organisation or one site.

    Raises NotAllowed for a grant to oneself, beyond one's own scope, to a closed account, of a role
    that is held already, and for an auditor without an end.
    """
    if by.actor_id == person.pk:
        raise NotAllowed(_("Nobody grants a role to themselves. Ask another administrator."))
    if isinstance(by, User) and not may_administer_site(by, site):
        raise NotAllowed(_("You can grant roles only for the sites that you administer."))
    if role == AccessRole.AUDITOR and ends_at is None:
        raise NotAllowed(_("An auditor's access needs an end."))
    locked = User.objects.select_for_update().get(pk=person.pk)
    if not locked.is_active:
        raise NotAllowed(_("This account is closed."))
    if locked.grants.in_force(at).filter(role=role, site=site, ends_at__isnull=True).exists():
        raise NotAllowed(_("They hold this role already, without an end."))
    grant = RoleGrant(
        user=locked,
        role=role,
        site=site,
        starts_at=at,
        ends_at=ends_at,
        granted_by_id=by.actor_id,
        reason=reason,
    )
    report_about(
        locked,
        facts.ROLE_GRANTED,
        by=by,
        at=at,
        reason=reason,
        role=str(AccessRole(role).label),
        site=site.name if site else None,
        ends_at=ends_at,
    )
    grant.save(force_insert=True)
    return grant


@transaction.atomic
def revoke_role(*, grant: RoleGrant, by: Actor, at: datetime, reason: str) -> RoleGrant:
    """Take a role away at once. Doing it again changes nothing.

    Raises NotAllowed for one's own role, so that an organisation keeps an administrator, and for one
    beyond one's own scope.
    """
    locked = RoleGrant.objects.select_for_update(of=("self",)).select_related("user", "site").get(pk=grant.pk)
    if locked.revoked_at is not None:
        return locked
    if by.actor_id == locked.user_id:
        raise NotAllowed(_("Nobody takes a role from themselves. Ask another administrator."))
    if isinstance(by, User) and not may_administer_site(by, locked.site):
        raise NotAllowed(_("You can revoke roles only for the sites that you administer."))
    label = str(AccessRole(locked.role).label)
    report_about(locked.user, facts.ROLE_REVOKED, by=by, at=at, reason=reason, role=label)
    locked.revoked_at, locked.revoked_by_id = at, by.actor_id
    locked.save(update_fields=["revoked_at", "revoked_by"])
    return locked


@transaction.atomic
def prove_identity(*, person: User, method: ProofMethod, by: Actor, at: datetime) -> IdentityProof:
    """Record that somebody else verified who this person is, before they may sign.

    Raises NotAllowed for oneself.
    """
    if by.actor_id == person.pk:
        raise NotAllowed(_("Somebody else verifies your identity."))
    proof = IdentityProof(user=person, method=method, verified_by_id=by.actor_id, verified_at=at)
    report_about(person, facts.IDENTITY_PROVED, by=by, at=at, method=str(ProofMethod(method).label))
    proof.save(force_insert=True)
    return proof


@transaction.atomic
def accept_accountability(*, person: User, components: Components, at: datetime) -> Signature:
    """Let a person sign the statement of accountability in its current version (21 CFR 11.10(j)).

    The caller has checked the components that they showed.
    """
    return sign(
        by=person,
        at=at,
        zone=person.zone_name,
        meaning=Meaning.ACCOUNTABLE,
        components=components,
        record_type="accountability",
        record_id=person.pk,
        record={"version": ACCOUNTABILITY.version, "words": str(ACCOUNTABILITY.words), "signer_id": person.pk},
        person_id=person.pk,
    )
