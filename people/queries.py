"""Named reads about people."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from people.models import CredentialLock, IdentityProof, Position, User
from people.rules import LockState


def report_ids(*, manager_id: UUID, on: date) -> RawSQL:
    """Return SQL for the ids of everyone below a manager on a day, direct and indirect."""
    return RawSQL("SELECT people_reports(%s, %s)", (manager_id, on))


def reports_of(*, manager: User, on: date) -> QuerySet[User]:
    """Active people below a manager, direct and indirect."""
    return User.objects.filter(is_active=True, pk__in=report_ids(manager_id=manager.pk, on=on))


def lock_state(user: User) -> LockState:
    lock = CredentialLock.objects.filter(user=user).first()
    return LockState(lock.failures, lock.locked_until) if lock else LockState()


def is_proofed(user: User) -> bool:
    return IdentityProof.objects.filter(user=user).exists()


def manager_of(user_id: UUID, *, on: date) -> User | None:
    """Return whom a person reports to on a day."""
    position = Position.objects.held_on(on).filter(user_id=user_id).select_related("manager").first()
    return position.manager if position else None


def in_force_until(user: User, *, role: str, at: datetime) -> datetime | None:
    """Return when a role of this person ends; nothing when it has no end."""
    grant = user.grants.in_force(at).filter(role=role).order_by("-ends_at").first()
    return grant.ends_at if grant else None
