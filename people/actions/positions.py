"""Where people work, as what and for whom, from one day until another."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from people import facts
from people.actions.reporting import NotAllowed
from people.choices import EmploymentType
from people.models import Department, JobRole, Position, Site, User
from people.queries import reports_to_within
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
    for each in (manager, second_manager):
        _refuse_circle(person, each, since=valid_from, until=valid_until)
    if manager is not None and manager == second_manager:
        raise NotAllowed(_("The second manager is somebody else than the first."))
    still_valid = Q(valid_until__isnull=True) | Q(valid_until__gt=valid_from)
    ending = person.positions.filter(still_valid, is_primary=True, valid_from__lt=valid_from)
    if is_primary and (refusal := why_no_position_from(person, valid_from)):
        raise NotAllowed(refusal)
    same = person.positions.filter(still_valid, site=site, department=department, job_role=job_role)
    if (same.exclude(pk__in=ending.values("pk")) if is_primary else same).exists():
        raise NotAllowed(_("They hold this position then already."))
    whose = {"manager": manager, "second_manager": second_manager, "employment_type": employment_type}
    if is_primary and same.filter(**whose, valid_until=valid_until).exists():
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
    person = User.objects.select_for_update().get(pk=position.user_id)
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
    for each in (manager, second_manager):
        _refuse_circle(person, each, since=locked.valid_from, until=locked.valid_until)
    if manager is not None and manager == second_manager:
        raise NotAllowed(_("The second manager is somebody else than the first."))
    same = person.positions.exclude(pk=locked.pk).filter(site=site, department=department, job_role=job_role)
    same = same.filter(Q(valid_until__isnull=True) | Q(valid_until__gt=locked.valid_from))
    if (same if locked.valid_until is None else same.filter(valid_from__lt=locked.valid_until)).exists():
        raise NotAllowed(_("They hold this position then already."))
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
    ends = last_day + timedelta(days=1)
    if ends <= locked.valid_from or (locked.valid_until is not None and locked.valid_until < ends):
        raise NotAllowed(_("Choose a day on which the position is held."))
    _say(facts.POSITION_ENDED, locked, by=by, at=at, reason=reason, last_day=last_day)
    locked.valid_until = ends
    locked.save(update_fields=["valid_until"])
    return locked


def why_no_position_from(person: User, day: date) -> str:
    """Say which primary position begins on a day or later, so that none can begin on that day; nothing for none."""
    held = person.positions.filter(Q(valid_until__isnull=True) | Q(valid_until__gt=day), is_primary=True)
    last = held.filter(valid_from__gte=day).select_related("job_role", "site").order_by("-valid_from").first()
    if last is None:
        return ""
    words = _(
        "They are {job_role}, {site}, from {day} on already. Choose a day after that one; if that position is "
        "wrong, correct it."
    )
    begins = date_format(last.valid_from, "j M Y")
    return words.format(job_role=last.job_role.name, site=last.site.name, day=begins)


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


def _refuse_circle(person: User, manager: User | None, *, since: date, until: date | None) -> None:
    if manager is None:
        return
    if manager.pk == person.pk:
        raise NotAllowed(_("Nobody is their own manager."))
    if reports_to_within(manager, person, since=since, until=until):
        words = _("%(manager)s reports to %(person)s, so they cannot be their manager.")
        raise NotAllowed(words % {"manager": manager.name, "person": person.name})
