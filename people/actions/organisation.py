"""Sites and their calendars, departments, job roles, attributes and groups."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from people import facts
from people.actions.reporting import NotAllowed
from people.models import Attribute, Department, Group, Holiday, JobRole, Site
from people.queries import below
from records.actions import record_fact
from records.facts import Actor


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


@transaction.atomic
def set_calendar(
    *, site: Site, free_weekdays: Collection[int], holidays: Mapping[date, str], by: Actor, at: datetime
) -> Site:
    """Say on which days a site does not work: days of the week (ISO 8601, Monday is 1) and holidays by name.

    What is the same is no change.
    """
    locked = Site.objects.select_for_update().get(pk=site.pk)
    free = sorted(set(free_weekdays))
    known = dict(locked.holidays.values_list("on", "name"))
    if free == sorted(locked.free_weekdays) and known == dict(holidays):
        return locked
    _organisation_changed(locked, by=by, at=at, what=f"calendar of {locked.name}")
    if free != sorted(locked.free_weekdays):
        locked.free_weekdays = free
        locked.save(update_fields=["free_weekdays"])
    locked.holidays.filter(on__in=[day for day, name in known.items() if holidays.get(day) != name]).delete()
    fresh = [Holiday(site=locked, on=day, name=name) for day, name in holidays.items() if known.get(day) != name]
    Holiday.objects.bulk_create(fresh)
    return locked


@transaction.atomic
def add_attribute(*, by: Actor, at: datetime, name: str, options: Sequence[str] = ()) -> Attribute:
    """Add an attribute of people; without options it takes any text."""
    attribute = Attribute(name=name, options=list(options))
    _organisation_changed(attribute, by=by, at=at, what=f"attribute {name}")
    attribute.save(force_insert=True)
    return attribute


@transaction.atomic
def add_group(*, by: Actor, at: datetime, name: str) -> Group:
    group = Group(name=name)
    _organisation_changed(group, by=by, at=at, what=f"group {name}")
    group.save(force_insert=True)
    return group


@transaction.atomic
def rename(*, of: Site | JobRole | Group, name: str, by: Actor, at: datetime) -> None:
    """Give a site, a job role or a group another name; records keep the one they were made under.

    The same name is no change. Raises NotAllowed when another one has it.
    """
    rows: Any = type(of)._default_manager
    locked = rows.select_for_update().get(pk=of.pk)
    if locked.name == name:
        return
    if rows.exclude(pk=of.pk).filter(name__iexact=name).exists():
        raise NotAllowed(_("There is one of this name already."))
    _organisation_changed(locked, by=by, at=at, what=_("{old} is called {new}").format(old=locked.name, new=name))
    locked.name = name
    locked.save(update_fields=["name"])


@transaction.atomic
def change_department(
    *, department: Department, name: str, parent: Department | None, by: Actor, at: datetime
) -> Department:
    """Rename a department, or make it part of another one.

    What is the same is no change. Raises NotAllowed when it would be a part of itself, and when its new
    place has one of this name.
    """
    list(Department.objects.select_for_update().order_by("pk").values_list("pk"))  # no two moves make a circle together
    locked = Department.objects.get(pk=department.pk)
    if (locked.name, locked.parent_id) == (name, parent.pk if parent else None):
        return locked
    if parent is not None and parent.pk in below(locked):
        raise NotAllowed(_("{name} can not be part of itself, or of one of its parts.").format(name=locked.name))
    if Department.objects.exclude(pk=locked.pk).filter(name__iexact=name, parent=parent).exists():
        raise NotAllowed(_("There is one of this name already."))
    where = parent.name if parent else _("the top")
    what = _("department {old}: now {new}, part of {where}").format(old=locked.name, new=name, where=where)
    _organisation_changed(locked, by=by, at=at, what=what)
    locked.name, locked.parent = name, parent
    locked.save(update_fields=["name", "parent"])
    return locked


def _organisation_changed(
    row: Site | Department | JobRole | Attribute | Group, *, by: Actor, at: datetime, what: str
) -> None:
    record_fact(
        facts.ORGANISATION_CHANGED,
        by=by,
        at=at,
        subject_type=row._meta.model_name or "",
        subject_id=row.pk,
        payload={"what": what},
    )
