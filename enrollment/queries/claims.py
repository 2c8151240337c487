"""Training elsewhere and recorded sessions, as lists and decisions need them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet

from enrollment.choices import ClaimState
from enrollment.models import Claim, RecordedSession
from people.choices import AccessRole
from people.models import Position, RoleGrant, User
from people.queries import manager_of

RETURNED_LATELY = timedelta(days=14)


def claims_with(claims: QuerySet[Claim]) -> QuerySet[Claim]:
    """Add to claims what a list of them shows, the latest first."""
    return claims.select_related("user", "course", "version", "proof", "decided_by", "signature").order_by(
        "-claimed_at", "pk"
    )


def sessions_with(sessions: QuerySet[RecordedSession]) -> QuerySet[RecordedSession]:
    """Add to sessions what a list of them shows, the latest first."""
    related = ("course", "version", "sheet", "recorded_by", "decided_by", "signature", "second_signature")
    return sessions.select_related(*related).order_by("-recorded_at", "pk")


def open_claims_of(user: User, *, at: datetime) -> QuerySet[Claim]:
    """Return what a person sent that waits, or was returned within the last two weeks; one query."""
    lately = Q(state=ClaimState.RETURNED, decided_at__gt=at - RETURNED_LATELY)
    found = Claim.objects.filter(Q(state=ClaimState.WAITING) | lately, user=user)
    return found.select_related("version").order_by("-claimed_at")


def claim_deciders(claim: Claim, *, at: datetime) -> list[User]:
    """Return who is told of a claim: the manager of the person, else the administrators who look after them."""
    manager = manager_of(claim.user_id, on=at.date())
    if manager is not None and manager.is_active:
        return [manager]
    return list(administrators_of([claim.user_id], at=at))


def administrators_of(user_ids: Collection[UUID], *, at: datetime) -> QuerySet[User]:
    """Return the administrators who look after one of these people, and are none of them; by name."""
    works = Position.objects.filter(user__in=user_ids).filter(
        Q(valid_until__isnull=True) | Q(valid_until__gt=at.date())
    )
    grants = RoleGrant.objects.in_force(at).filter(role=AccessRole.ADMINISTRATOR)
    in_scope = grants.filter(Q(site__isnull=True) | Q(site__in=works.values("site")))
    people: QuerySet[User] = User.objects.filter(is_active=True, pk__in=in_scope.values("user"))
    return people.exclude(pk__in=user_ids).order_by("name")


def people_of(session: RecordedSession) -> list[User]:
    """Return the people of a session, by name."""
    return list(User.objects.filter(pk__in=session.user_ids).order_by("name", "pk"))
