"""Where people work, as what and for whom, from one day until another."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from people import facts
from people.actions.reporting import NotAllowed
from people.models import Department, JobRole, Position, Site, User
from people.queries import reports_to
from records.actions import record_fact
from records.facts import Actor


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
    """Let a person hold a position from a day on; the one before ends that day.

    Raises NotAllowed when a position begins on that day or later, or when the manager is the person
    or reports to them.
    """
    User.objects.select_for_update().get(pk=person.pk)
    _refuse_circle(person, manager, on=valid_from)
    still_valid = Q(valid_until__isnull=True) | Q(valid_until__gt=valid_from)
    if person.positions.filter(still_valid, valid_from__gte=valid_from).exists():
        raise NotAllowed(_("A position begins on this day or later already. Choose a later day."))
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
    person.positions.filter(still_valid, valid_from__lt=valid_from).update(valid_until=valid_from)
    position.save(force_insert=True)
    return position


def _refuse_circle(person: User, manager: User | None, *, on: date) -> None:
    if manager is None:
        return
    if manager.pk == person.pk:
        raise NotAllowed(_("Nobody is their own manager."))
    if reports_to(manager, person, on=on):
        words = _("%(manager)s reports to %(person)s, so they cannot be their manager.")
        raise NotAllowed(words % {"manager": manager.name, "person": person.name})
