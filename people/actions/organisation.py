"""Sites, departments and job roles."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from people import facts
from people.models import Department, JobRole, Site
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


def _organisation_changed(row: Site | Department | JobRole, *, by: Actor, at: datetime, what: str) -> None:
    record_fact(
        facts.ORGANISATION_CHANGED,
        by=by,
        at=at,
        subject_type=row._meta.model_name or "",
        subject_id=row.pk,
        payload={"what": what},
    )
