"""Every write about people, with its fact."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.db import transaction

from core.ids import new_id
from people import facts
from people.choices import AccessRole, ProofMethod
from people.models import CredentialLock, Department, IdentityProof, JobRole, Position, RoleGrant, Site, User
from people.rules import LockState, after_failure
from records.actions import record_fact
from records.facts import Actor, SystemActor


class NotAllowed(Exception):
    """A rule forbids this; the words say which."""


@transaction.atomic
def add_site(*, by: Actor, at: datetime, name: str, time_zone: str, country: str) -> Site:
    site = Site(name=name, time_zone=time_zone, country=country)
    _organisation_changed(site, by=by, at=at, what=f"site {name}")
    site.save(force_insert=True)
    return site


@transaction.atomic
def add_department(*, by: Actor, at: datetime, name: str, parent: Department | None = None) -> Department:
    department = Department(name=name, parent=parent)
    _organisation_changed(department, by=by, at=at, what=f"department {name}")
    department.save(force_insert=True)
    return department


@transaction.atomic
def add_job_role(*, by: Actor, at: datetime, name: str) -> JobRole:
    role = JobRole(name=name)
    _organisation_changed(role, by=by, at=at, what=f"job role {name}")
    role.save(force_insert=True)
    return role


def _organisation_changed(row: Site | Department | JobRole, *, by: Actor, at: datetime, what: str) -> None:
    record_fact(
        facts.ORGANISATION_CHANGED,
        by=by,
        at=at,
        subject_type=row._meta.model_name or "",
        subject_id=row.pk,
        payload={"what": what},
    )


@transaction.atomic
def add_person(
    *,
    by: Actor,
    at: datetime,
    name: str,
    email: str,
    employee_number: str,
    password: str | None = None,
    password_hash: str | None = None,
    hired_on: date | None = None,
    language: str = "en",
) -> User:
    """Add a person with an account. Without a password they set one by the reset link.

    `password_hash` serves the bulk loading of demo people, who share one password.
    """
    person = User(
        id=new_id(),
        name=name,
        email=User.objects.normalize_email(email),
        employee_number=employee_number,
        hired_on=hired_on,
        language=language,
        created_at=at,
        password=password_hash or make_password(password),
    )
    _about(person, facts.PERSON_ADDED, by=by, at=at)
    person.save(force_insert=True)
    return person


@transaction.atomic
def change_person(*, person: User, by: Actor, at: datetime, reason: str, **changes: Any) -> User:
    """Change name, e-mail, employee number or language, with a reason."""
    locked = User.objects.select_for_update().get(pk=person.pk)
    unknown = set(changes) - {"name", "email", "employee_number", "language", "hired_on", "left_on"}
    if unknown:
        raise ValueError(f"not to be changed here: {', '.join(sorted(unknown))}")
    for field, value in changes.items():
        setattr(locked, field, value)
    _about(locked, facts.PERSON_CHANGED, by=by, at=at, reason=reason, changed=sorted(changes))
    locked.save(update_fields=list(changes))
    return locked


@transaction.atomic
def deactivate_person(*, person: User, by: Actor, at: datetime, left_on: date, reason: str) -> User:
    """Close an account: its sessions end with the next request, its records stay."""
    locked = User.objects.select_for_update().get(pk=person.pk)
    if not locked.is_active:
        return locked
    _about(locked, facts.PERSON_DEACTIVATED, by=by, at=at, reason=reason)
    locked.is_active = False
    locked.left_on = left_on
    locked.save(update_fields=["is_active", "left_on"])
    return locked


@transaction.atomic
def take_position(
    *,
    person: User,
    site: Site,
    department: Department,
    job_role: JobRole,
    manager: User | None,
    valid_from: date,
    by: Actor,
    at: datetime,
    valid_until: date | None = None,
) -> Position:
    """Let a person hold a position from a day on; the one before ends that day."""
    User.objects.select_for_update().get(pk=person.pk)
    position = Position(
        user=person,
        site=site,
        department=department,
        job_role=job_role,
        manager=manager,
        valid_from=valid_from,
        valid_until=valid_until,
    )
    record_fact(
        facts.POSITION_CHANGED,
        by=by,
        at=at,
        subject_type="position",
        subject_id=position.pk,
        person_id=person.pk,
        payload={
            "person_id": person.pk,
            "name": person.name,
            "job_role": job_role.name,
            "site": site.name,
            "valid_from": valid_from,
        },
    )
    earlier = person.positions.filter(valid_from__lt=valid_from, valid_until__isnull=True)
    earlier.update(valid_until=valid_from)
    position.save(force_insert=True)
    return position


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
    """Grant an access role. Raises NotAllowed for a grant to oneself or an auditor without an end."""
    if by.actor_id == person.pk:
        raise NotAllowed("Nobody grants a role to themselves. Ask another administrator.")
    if role == AccessRole.AUDITOR and ends_at is None:
        raise NotAllowed("An auditor's access needs an end.")
    grant = RoleGrant(
        user=person,
        role=role,
        site=site,
        starts_at=at,
        ends_at=ends_at,
        granted_by_id=by.actor_id,
        reason=reason,
    )
    _about(
        person,
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
    """Take a role away at once."""
    locked = RoleGrant.objects.select_for_update(of=("self",)).select_related("user").get(pk=grant.pk)
    if locked.revoked_at is not None:
        return locked
    _about(locked.user, facts.ROLE_REVOKED, by=by, at=at, reason=reason, role=str(AccessRole(locked.role).label))
    locked.revoked_at, locked.revoked_by_id = at, by.actor_id
    locked.save(update_fields=["revoked_at", "revoked_by"])
    return locked


@transaction.atomic
def prove_identity(*, person: User, method: ProofMethod, by: Actor, at: datetime) -> IdentityProof:
    """Record that somebody else verified who this person is, before they may sign."""
    if by.actor_id == person.pk:
        raise NotAllowed("Somebody else verifies your identity.")
    proof = IdentityProof(user=person, method=method, verified_by_id=by.actor_id, verified_at=at)
    _about(person, facts.IDENTITY_PROVED, by=by, at=at, method=str(ProofMethod(method).label))
    proof.save(force_insert=True)
    return proof


@transaction.atomic
def change_preferences(*, person: User, at: datetime, **changes: Any) -> User:
    """Change one's own theme, time zone, language or shortcuts."""
    unknown = set(changes) - {"theme", "time_zone", "language", "shortcuts_on"}
    if unknown:
        raise ValueError(f"not a preference: {', '.join(sorted(unknown))}")
    locked = User.objects.select_for_update().get(pk=person.pk)
    for field, value in changes.items():
        setattr(locked, field, value)
    _about(locked, facts.PREFERENCES_CHANGED, by=locked, at=at, changed=sorted(changes))
    locked.save(update_fields=list(changes))
    return locked


@transaction.atomic
def change_password(*, person: User, password: str, by: Actor, at: datetime) -> User:
    """Set a new password; other sessions end, and a signing session begins anew.

    Raises ValidationError for a password that is too weak.
    """
    validate_password(password, person)
    locked = User.objects.select_for_update().get(pk=person.pk)
    _about(locked, facts.PASSWORD_CHANGED, by=by, at=at)
    locked.set_password(password)
    locked.save(update_fields=["password"])
    person.password = locked.password
    CredentialLock.objects.filter(user=locked).delete()
    return locked


@transaction.atomic
def note_signed_in(*, person: User, at: datetime) -> None:
    _about(person, facts.SIGNED_IN, by=person, at=at)


@transaction.atomic
def note_signed_out(*, person: User, at: datetime) -> None:
    _about(person, facts.SIGNED_OUT, by=person, at=at)


@transaction.atomic
def note_second_factor_changed(*, person: User, what: str, at: datetime) -> None:
    _about(person, facts.SECOND_FACTOR_CHANGED, by=person, at=at, what=what)


@transaction.atomic
def note_wrong_secret(*, person: User, purpose: str, at: datetime) -> LockState:
    """Count one more wrong secret, and lock the account at the fifth; a notice follows the fact."""
    lock, _ = CredentialLock.objects.select_for_update().get_or_create(user=person, defaults={"changed_at": at})
    state = after_failure(LockState(lock.failures, lock.locked_until), at=at)
    actor = SystemActor("sign-in")
    _about(person, facts.SECRET_WRONG, by=actor, at=at, purpose=purpose, failures=state.failures)
    if state.locked_until is not None and not LockState(lock.failures, lock.locked_until).is_locked(at=at):
        _about(person, facts.ACCOUNT_LOCKED, by=actor, at=at, purpose=purpose, until=state.locked_until)
    lock.failures, lock.locked_until, lock.changed_at = state.failures, state.locked_until, at
    lock.save()
    return state


def note_right_secret(*, person: User) -> None:
    """Forget earlier wrong ones."""
    CredentialLock.objects.filter(user=person).delete()


@transaction.atomic
def unlock_account(*, person: User, by: Actor, at: datetime, reason: str) -> None:
    """Let a locked person try again now. Raises NotAllowed for one's own account."""
    if by.actor_id == person.pk:
        raise NotAllowed("Nobody unlocks their own account. Ask another administrator.")
    _about(person, facts.ACCOUNT_UNLOCKED, by=by, at=at, reason=reason)
    CredentialLock.objects.filter(user=person).delete()


def _about(person: User, kind: Any, *, by: Actor, at: datetime, reason: str = "", **payload: Any) -> None:
    record_fact(
        kind,
        by=by,
        at=at,
        subject_type="user",
        subject_id=person.pk,
        person_id=person.pk,
        payload={"name": person.name, "person_id": person.pk, **payload},
        reason=reason,
    )
