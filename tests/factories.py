"""What tests of every room need to exist first, made through the actions."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction

from core.ids import new_id
from courses.actions import add_activity, add_module, approve_version, create_course, submit_version
from courses.models import CourseVersion
from people import actions
from people.choices import AccessRole, ProofMethod
from people.models import Department, JobRole, Site, User
from records.actions import issue_certificate, sign
from records.choices import Components, Meaning
from records.facts import SystemActor
from records.models import Certificate
from records.rules import day_in

BY = SystemActor("a test")
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
PASSWORD = "a quiet tablet press 7"
_numbers = itertools.count(1)


@cache
def password_hash() -> str:
    """Return the hash of PASSWORD; made once, since it is slow on purpose."""
    return make_password(PASSWORD)


def make_person(*roles: AccessRole, signs: bool = False, accepts: bool = True, **details: Any) -> User:
    """Add an active person with the access roles, for the whole organisation.

    `signs` gives them what a signature needs: a proof of identity and, if they accept it, the signed
    statement of accountability.
    """
    number = next(_numbers)
    words = {"name": f"Person {number}", "email": f"person{number}@demo.test", "employee_number": f"E{number:05}"}
    person = actions.add_person(by=BY, at=LONG_AGO, password_hash=password_hash(), **{**words, **details})
    for role in roles:
        ends_at = datetime(2090, 1, 1, tzinfo=UTC) if role == AccessRole.AUDITOR else None
        actions.grant_role(person=person, role=role, by=BY, at=LONG_AGO, reason="for a test", ends_at=ends_at)
    if signs:
        actions.prove_identity(person=person, method=ProofMethod.IDENTITY_CARD, by=BY, at=LONG_AGO)
        if accepts:
            actions.accept_accountability(person=person, components=Components.ALL, at=LONG_AGO)
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


NINE = datetime(2026, 11, 23, 9, tzinfo=UTC)


def make_certificate(holder: User, *, at: datetime = NINE, **details: Any) -> Certificate:
    """Sign a completion for this person and issue its certificate, in the shape that completing gives them."""
    completion_id, course_id, version_id = new_id(), details.get("course_id", new_id()), new_id()
    valid_until = details.get("valid_until", date(2027, 11, 23))
    title, code, label, content = "Electronic records and signatures", "GXP-011", "3.0", "c" * 64
    record = {
        "person": {"id": holder.pk, "name": holder.name, "employee_number": holder.employee_number},
        "course": {"id": course_id, "code": code, "title": title},
        "version": {"id": version_id, "label": label, "sha256": content},
        "activities": [],
        "completed_at": at,
        "valid_until": valid_until,
    }
    with transaction.atomic():
        signature = sign(
            by=holder,
            at=at,
            zone="Europe/Zurich",
            meaning=Meaning.COMPLETED,
            components=Components.ALL,
            record_type="completion",
            record_id=completion_id,
            record=record,
            person_id=holder.pk,
        )
        return issue_certificate(
            by=holder,
            at=at,
            completion_id=completion_id,
            holder_id=holder.pk,
            holder_name=holder.name,
            holder_number=holder.employee_number,
            holder_title="Tablet Operator",
            site="Basel",
            issuer="Corvane Pharma",
            course_id=course_id,
            course_code=code,
            course_title=title,
            version_id=version_id,
            version_label=label,
            version_sha256=content,
            completed_at=at,
            zone="Europe/Zurich",
            valid_until=valid_until,
            score=Decimal(9),
            max_score=Decimal(10),
            signature=signature,
        )


def make_draft(author: User | None = None, *, at: datetime = LONG_AGO, pages: int = 1, **details: Any) -> CourseVersion:
    """Begin a course with one module of pages, in order for submission."""
    author = author or make_person(AccessRole.AUTHOR, signs=True)
    words = {"code": f"GXP-{next(_numbers):03}", "title": "Good documentation practice", "label": "1.0"}
    told = {"summary": "Ten rules for records.", "objectives": ["say what makes a record trustworthy"]}
    version = create_course(by=author, at=at, **{**words, **told, **details})
    module = add_module(
        version_id=version.pk, by=author, at=at, title="Why we write it down", objective="say why records exist"
    )
    for number in range(1, pages + 1):
        add_activity(
            module_id=module.pk,
            by=author,
            at=at,
            kind="page",
            title=f"Page {number}",
            minutes=4,
            values={"body": f"## Part {number}\n\nWrite it when it happens."},
        )
    version.refresh_from_db()
    return version


def make_effective(
    version: CourseVersion, *, approver: User | None = None, at: datetime = LONG_AGO, **decision: Any
) -> CourseVersion:
    """Submit a draft as its owner and approve it as somebody else, effective at once."""
    approver = approver or make_person(AccessRole.APPROVER, signs=True)
    signing: dict[str, Any] = {"at": at, "zone": "Europe/Zurich", "components": Components.ALL}
    submit_version(version_id=version.pk, by=version.owner, **signing)
    day = day_in(signing["zone"], at)
    return approve_version(version_id=version.pk, by=approver, **{"effective_on": day, **signing, **decision})
