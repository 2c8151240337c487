"""Named reads about people."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from django.db.models import F, FilteredRelation, Min, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce

from core.sql import rows
from people import rules
from people.choices import AccessRole
from people.models import CredentialLock, Department, IdentityProof, Position, RoleGrant, User
from people.rules import LockState
from records.choices import Meaning
from records.models import Signature


def report_ids(*, manager_id: UUID, on: date) -> RawSQL:
    """Return SQL for the ids of everyone below a manager on a day, direct and indirect."""
    return RawSQL("SELECT people_reports(%s, %s)", (manager_id, on))


def reports_of(*, manager: User, on: date) -> QuerySet[User]:
    """Active people below a manager, direct and indirect."""
    return User.objects.filter(is_active=True, pk__in=report_ids(manager_id=manager.pk, on=on))


def reports_to(person: User, manager: User, *, on: date) -> bool:
    """Say whether a person is below a manager on a day, directly or not."""
    return User.objects.filter(pk=person.pk, pk__in=report_ids(manager_id=manager.pk, on=on)).exists()


_LINE = """
    WITH RECURSIVE line AS (
        SELECT %(person)s::uuid AS id
        UNION
        SELECT above.id FROM line JOIN people_position p ON p.user_id = line.id
            AND (p.valid_until IS NULL OR p.valid_until > %(since)s)
            AND (%(until)s::date IS NULL OR p.valid_from < %(until)s)
            CROSS JOIN LATERAL (VALUES (p.manager_id), (p.second_manager_id)) AS above (id)
        WHERE above.id IS NOT NULL
    )
    SELECT DISTINCT greatest(p.valid_from, %(since)s) FROM people_position p
    WHERE p.user_id IN (SELECT id FROM line) AND %(manager)s::uuid IN (SELECT id FROM line)
        AND (p.valid_until IS NULL OR p.valid_until > %(since)s)
        AND (%(until)s::date IS NULL OR p.valid_from < %(until)s)
"""


def reports_to_within(person: User, manager: User, *, since: date, until: date | None) -> bool:
    """Say whether a person is below a manager on any day from one on and, if given, before another."""
    values = {"person": str(person.pk), "manager": str(manager.pk), "since": since, "until": until}
    return any(reports_to(person, manager, on=day) for (day,) in rows(_LINE, values))


def lock_state(user: User) -> LockState:
    lock = CredentialLock.objects.filter(user=user).first()
    return LockState(lock.failures, lock.locked_until) if lock else LockState()


def is_proofed(user: User) -> bool:
    return IdentityProof.objects.filter(user=user).exists()


def has_accepted_accountability(user: User, *, version: str) -> bool:
    """Say whether a person has signed this version of the statement of accountability."""
    accepted = Signature.objects.filter(signer_id=user.pk, meaning=Meaning.ACCOUNTABLE)
    return accepted.filter(record__version=version).exists()


def has_signed_since(user: User, at: datetime) -> bool:
    """Say whether a person has signed something at this instant or later."""
    return Signature.objects.filter(signer_id=user.pk, signed_at__gte=at).exists()


def manager_of(user_id: UUID, *, on: date) -> User | None:
    """Return whom a person reports to on a day."""
    position = Position.objects.primary_on(on).filter(user_id=user_id).select_related("manager").first()
    return position.manager if position else None


def second_manager_of(user_id: UUID, *, on: date) -> User | None:
    """Return to whom a person reports by a dotted line on a day."""
    position = Position.objects.primary_on(on).filter(user_id=user_id).select_related("second_manager").first()
    return position.second_manager if position else None


def coordinators_of(user_id: UUID, *, on: date, at: datetime) -> QuerySet[User]:
    """Return the active training coordinators of the sites at which a person works on a day, and of everywhere.

    Nobody coordinates themselves.
    """
    sites = Position.objects.held_on(on).filter(user_id=user_id)
    grants = RoleGrant.objects.in_force(at).filter(role=AccessRole.COORDINATOR)
    in_scope = grants.filter(Q(site__isnull=True) | Q(site__in=sites.values("site")))
    people = User.objects.filter(is_active=True, pk__in=in_scope.values("user"))
    return people.exclude(pk=user_id).order_by("name", "pk")


def administrators_of(user_ids: Collection[UUID], *, at: datetime) -> QuerySet[User]:
    """Return the active administrators who look after one of these people, and are none of them; by name."""
    works = Position.objects.filter(Q(valid_until__isnull=True) | Q(valid_until__gt=at.date()), user__in=user_ids)
    grants = RoleGrant.objects.in_force(at).filter(role=AccessRole.ADMINISTRATOR)
    in_scope = grants.filter(Q(site__isnull=True) | Q(site__in=works.values("site")))
    people: QuerySet[User] = User.objects.filter(is_active=True, pk__in=in_scope.values("user"))
    return people.exclude(pk__in=user_ids).order_by("name")


def manager_or_administrators(user_id: UUID, *, on: date, at: datetime) -> list[User]:
    """Return whom a person reports to on a day, or the administrators who look after them where that is nobody."""
    manager = manager_of(user_id, on=on)
    return [manager] if manager and manager.is_active else list(administrators_of([user_id], at=at))


def in_force_until(user: User, *, role: str, at: datetime) -> datetime | None:
    """Return when a role of this person ends; nothing when it has no end."""
    grant = user.grants.in_force(at).filter(role=role).order_by("-ends_at").first()
    return grant.ends_at if grant else None


def administrators_at(at: datetime) -> QuerySet[User]:
    """Return the active people who hold the role of administrator, anywhere, at this instant."""
    grants = RoleGrant.objects.in_force(at).filter(role=AccessRole.ADMINISTRATOR)
    return User.objects.filter(is_active=True, pk__in=grants.values("user"))


def with_position(people: QuerySet[User], *, on: date) -> QuerySet[User]:
    """Add what a list of people shows: the position of that day, the access roles and the lock.

    At most one position is the primary one of a day (an exclusion constraint), so the join adds no rows.
    """
    valid = Q(positions__is_primary=True, positions__valid_from__lte=on) & (
        Q(positions__valid_until__isnull=True) | Q(positions__valid_until__gt=on)
    )
    return people.annotate(
        position=FilteredRelation("positions", condition=valid),
        frame_title=F("position__job_role__name"),
        department_name=F("position__department__name"),
        site_name=F("position__site__name"),
        manager_name=F("position__manager__name"),
        frame_roles=RoleGrant.objects.codes_of(OuterRef("pk")),
        locked_until=F("lock__locked_until"),
    )


def first_days_of(user_ids: Collection[UUID]) -> dict[UUID, date | None]:
    """Return the first day of work of people, else that of their first position, else nothing; one query."""
    first_on = Coalesce("hired_on", Min("positions__valid_from"))
    return dict(User.objects.filter(pk__in=user_ids).values_list("pk", first_on))


def below(department: Department) -> list[UUID]:
    """Return the ids of a department and of all that are part of it."""
    return list(rules.below(department.pk, _parents()))


def departments_below() -> dict[UUID, frozenset[UUID]]:
    """Return, for each department, it and all below it; one query."""
    return rules.all_below(_parents())


def _parents() -> dict[UUID, UUID | None]:
    return dict(Department.objects.values_list("pk", "parent"))


def matching(people: QuerySet[User], words: str) -> QuerySet[User]:
    """Keep the people whose name, e-mail address or employee number contains each of the words."""
    for word in words.split():
        people = people.filter(Q(name__icontains=word) | Q(email__icontains=word) | Q(employee_number__icontains=word))
    return people


def leavers_at(at: datetime) -> QuerySet[User]:
    """Return the people with an open account whose last day of work may be over."""
    return User.objects.filter(is_active=True, left_on__lte=at.date())
