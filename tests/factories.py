"""What tests of every room need to exist first, made through the actions."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from django.contrib.auth.hashers import make_password

from people import actions
from people.choices import AccessRole, ProofMethod
from people.models import Department, JobRole, Site, User
from records.facts import SystemActor

BY = SystemActor("a test")
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
PASSWORD = "a quiet tablet press 7"
_numbers = itertools.count(1)


@cache
def password_hash() -> str:
    """Return the hash of PASSWORD; made once, since it is slow on purpose."""
    return make_password(PASSWORD)


def make_person(*roles: AccessRole, signs: bool = False, **details: Any) -> User:
    """Add an active person with the access roles, for the whole organisation.

    `signs` gives them the proof of identity that a signature needs.
    """
    number = next(_numbers)
    words = {"name": f"Person {number}", "email": f"person{number}@demo.test", "employee_number": f"E{number:05}"}
    person = actions.add_person(by=BY, at=LONG_AGO, password_hash=password_hash(), **{**words, **details})
    for role in roles:
        ends_at = datetime(2090, 1, 1, tzinfo=UTC) if role == AccessRole.AUDITOR else None
        actions.grant_role(person=person, role=role, by=BY, at=LONG_AGO, reason="for a test", ends_at=ends_at)
    if signs:
        actions.prove_identity(person=person, method=ProofMethod.IDENTITY_CARD, by=BY, at=LONG_AGO)
    return person


def make_leaver() -> User:
    """Add a person whose account was closed."""
    person = make_person()
    return actions.deactivate_person(
        person=person, by=BY, at=LONG_AGO, left_on=LONG_AGO.date(), reason="left the company"
    )


def make_site(name: str = "Basel", time_zone: str = "Europe/Zurich", country: str = "CH") -> Site:
    """Return the site of that name, added when it is missing."""
    site = Site.objects.filter(name=name).first()
    return site or actions.add_site(by=BY, at=LONG_AGO, name=name, time_zone=time_zone, country=country)


def make_department(name: str = "Production") -> Department:
    """Return the department of that name, added when it is missing."""
    return Department.objects.filter(name=name).first() or actions.add_department(by=BY, at=LONG_AGO, name=name)


def make_job_role(name: str = "Tablet Operator") -> JobRole:
    """Return the job role of that name, added when it is missing."""
    return JobRole.objects.filter(name=name).first() or actions.add_job_role(by=BY, at=LONG_AGO, name=name)


def place(person: User, *, manager: User | None = None, since: date = date(2020, 1, 1), **details: Any) -> None:
    """Let a person hold a position: Tablet Operator in Production at Basel unless said otherwise."""
    actions.take_position(
        person=person,
        site=details.get("site") or make_site(),
        department=details.get("department") or make_department(),
        job_role=details.get("job_role") or make_job_role(),
        manager=manager,
        valid_from=since,
        by=BY,
        at=LONG_AGO,
    )
