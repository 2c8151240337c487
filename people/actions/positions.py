"""Where people work, as what and for whom, from one day until another."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from people import facts
from people.actions.reporting import NotAllowed
from people.choices import EmploymentType
from people.models import Department, JobRole, Position, Site, User
from people.queries.placing import Place, ended_by, held_from, why_not_corrected, why_not_ended, why_not_taken
from records.actions import record_fact
from records.facts import Actor, FactKind


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
    second_manager: User | None = None,
    employment_type: EmploymentType | str = EmploymentType.EMPLOYEE,
    is_primary: bool = True,
) -> Position:
    """Let a person hold a position from a day on.

    A primary position ends the primary one before it; another stands beside what is held.
    Raises NotAllowed when a primary position begins on that day or later, when the same position is
    held then, when nothing is different, and when a manager is the person or reports to them.
    """
    User.objects.select_for_update().get(pk=person.pk)
    place = Place(site.pk, department.pk, job_role.pk)
    _refuse(
        why_not_taken(
            person,
            place,
            manager=manager,
            second_manager=second_manager,
            valid_from=valid_from,
            valid_until=valid_until,
            is_primary=is_primary,
        )
    )
    ending = ended_by(person, valid_from)
    whose = {"manager": manager, "second_manager": second_manager, "employment_type": employment_type}
    same = held_from(person, valid_from).filter(**place.columns, **whose, valid_until=valid_until)
    if is_primary and same.exists():
        raise NotAllowed(_("Nothing is different from the position that they hold."))
    position = Position(
        user=person,
        site=site,
        department=department,
        job_role=job_role,
        employment_type=employment_type,
        manager=manager,
        second_manager=second_manager,
        is_primary=is_primary,
        valid_from=valid_from,
        valid_until=valid_until,
    )
    _say(facts.POSITION_CHANGED, position, by=by, at=at, valid_from=valid_from)
    if is_primary:
        ending.update(valid_until=valid_from)
    position.save(force_insert=True)
    return position


@transaction.atomic
def correct_position(
    *,
    position: Position,
    site: Site,
    department: Department,
    job_role: JobRole,
    manager: User | None,
    second_manager: User | None,
    employment_type: EmploymentType | str,
    reason: str,
    by: Actor,
    at: datetime,
) -> Position:
    """Put right what was typed wrong about a position, for all of its days; what it said before stays in the trail.

    Its days stay: somebody who did hold it and holds another one now takes that one instead. What is the
    same is no change. Raises NotAllowed when the same position is held on one of these days already, and
    when a manager is the person or reports to them.
    """
    User.objects.select_for_update().get(pk=position.user_id)
    locked: Position = Position.objects.select_related("user", "job_role", "site").get(pk=position.pk)
    told = {
        "site": site,
        "department": department,
        "job_role": job_role,
        "manager": manager,
        "second_manager": second_manager,
        "employment_type": employment_type,
    }
    changed = [name for name, value in told.items() if getattr(locked, name) != value]
    if not changed:
        return locked
    place = Place(site.pk, department.pk, job_role.pk)
    _refuse(why_not_corrected(locked, place, manager=manager, second_manager=second_manager))
    for name in changed:
        setattr(locked, name, told[name])
    _say(facts.POSITION_CORRECTED, locked, by=by, at=at, reason=reason, valid_from=locked.valid_from)
    locked.save(update_fields=changed)
    return locked


@transaction.atomic
def end_position(*, position: Position, last_day: date, by: Actor, at: datetime, reason: str = "") -> Position:
    """Let a position end after a day. Raises NotAllowed when it begins later, or has ended before."""
    User.objects.select_for_update().get(pk=position.user_id)
    locked: Position = Position.objects.select_related("user", "job_role", "site").get(pk=position.pk)
    _refuse(why_not_ended(locked, last_day))
    _say(facts.POSITION_ENDED, locked, by=by, at=at, reason=reason, last_day=last_day)
    locked.valid_until = last_day + timedelta(days=1)
    locked.save(update_fields=["valid_until"])
    return locked


def _say(kind: FactKind, position: Position, *, by: Actor, at: datetime, reason: str = "", **day: date) -> None:
    record_fact(
        kind,
        by=by,
        at=at,
        subject_type="position",
        subject_id=position.pk,
        person_id=position.user_id,
        payload={
            "person_id": position.user_id,
            "name": position.user.name,
            "job_role": position.job_role.name,
            "site": position.site.name,
            **day,
        },
        reason=reason,
    )


def _refuse(refusals: Mapping[str, str]) -> None:
    """Raise NotAllowed for the first thing that is wrong, if anything is."""
    for field, words in refusals.items():
        raise NotAllowed(words, field=field)
