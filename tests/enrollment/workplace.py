"""Courses to require, completions to have, and people who move, for the tests of requirements."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.db.models import QuerySet
from django.test import Client
from PIL import Image

from core.ids import new_id
from courses.choices import UploadKind, VersionState
from courses.models import Activity, Course, CourseVersion, Module
from courses.uploads import Upload, examine
from enrollment.actions import draft_requirement, enroll, switch_on_requirement
from enrollment.actions.standing import restand
from enrollment.choices import EnrollmentState, Renewal
from enrollment.models import Assignment, Completion, Enrollment, Requirement
from enrollment.rules import those_with
from people.actions import take_position
from people.models import User
from records.actions import deliver_next_fact, record_fact, sign
from records.choices import Components, Meaning
from records.facts import declare
from tests.factories import BY, LONG_AGO, PASSWORD, make_department, make_job_role, make_person, make_site, place

MADE = declare("tests.workplace_made", "{actor} made what a test needs")
AT = datetime(2026, 11, 23, 9, tzinfo=UTC)  # ten in the morning in Basel, four in Newark
TODAY = date(2026, 11, 23)
SIGNING: dict[str, Any] = {"zone": "Europe/Zurich", "components": Components.ALL}
_numbers = itertools.count(1)


def days(count: int) -> timedelta:
    return timedelta(days=count)


def browser(user: User) -> Client:
    """Return a browser in which somebody is signed in."""
    client = Client()
    client.force_login(user)
    return client


@transaction.atomic
def write(rows: Iterable[Any]) -> None:
    """Save new rows that no action of this room makes."""
    record_fact(MADE, by=BY, at=LONG_AGO, subject_type="test", subject_id=new_id())
    for row in rows:
        row.save(force_insert=True)


@transaction.atomic
def rewrite(rows: QuerySet[Any], **changes: Any) -> None:
    """Change rows as nothing but a constraint or a trigger could refuse: the fact is there."""
    record_fact(MADE, by=BY, at=LONG_AGO, subject_type="test", subject_id=new_id())
    rows.update(**changes)


def a_course(title: str = "Electronic records and signatures") -> Course:
    """Make a course with an effective version of one page."""
    author, approver = make_person(), make_person()
    course = Course(code=f"REQ-{next(_numbers):03}", created_at=LONG_AGO, created_by=author)
    version = CourseVersion(
        course=course,
        number=1,
        label="1.0",
        title=title,
        owner=author,
        created_at=LONG_AGO,
        edited_at=LONG_AGO,
        minutes=4,
    )
    module = Module(version=version, position=1, title="Sign")
    page = Activity(module=module, position=1, kind="page", title="What a signature means", minutes=4, body="It binds.")
    write([course, version, module, page])
    row = CourseVersion.objects.filter(pk=version.pk)
    decided = {"approved_at": LONG_AGO, "approved_by": approver, "effective_on": LONG_AGO.date()}
    rewrite(row, state=VersionState.IN_REVIEW, submitted_at=LONG_AGO, submitted_by=author)
    rewrite(row, state=VersionState.APPROVED, content_sha256="0" * 64, **decided)
    rewrite(row, state=VersionState.EFFECTIVE)
    return course


def operator(name: str, *, since: date = date(2026, 11, 3), **details: Any) -> User:
    """Add a Tablet Operator in Basel; the position may be given other details."""
    person = make_person(name=name)
    place(person, since=since, **details)
    return person


def move(person: User, *, since: date, at: datetime = AT, **details: Any) -> None:
    """Let a person hold another position from a day on."""
    held = person.position_on(since)
    assert held is not None
    take_position(
        person=person,
        site=details.get("site", held.site),
        department=details.get("department", held.department),
        job_role=details.get("job_role", held.job_role),
        manager=details.get("manager", held.manager),
        valid_from=since,
        by=BY,
        at=at,
    )


def draft(course: Course, *, by: User, at: datetime = AT, **terms: Any) -> Requirement:
    """Draft: Tablet Operators must complete the course within 14 days of entering the role."""
    terms = {"due_within_days": 14, "reason": "CAPA 2026-117: signatures on line clearance", **terms}
    named = {
        "job_role": make_job_role(),
        **{name: terms.pop(name) for name in ("job_role", "department") if name in terms},
    }
    terms.setdefault("audience", those_with(**{name: row.pk if row else None for name, row in named.items()}))
    if terms.get("validity_months") is not None:
        terms.setdefault("renewal", Renewal.COMPLETION)
    return draft_requirement(by=by, at=at, course=course, **terms)


def switched_on(course: Course, *, by: User, at: datetime = AT, **terms: Any) -> Requirement:
    """Draft a requirement and switch it on."""
    requirement = draft(course, by=by, at=at, **terms)
    switch_on_requirement(requirement=requirement, by=by, at=at)
    requirement.refresh_from_db()
    return requirement


@transaction.atomic
def complete(
    person: User, course: Course, *, on: date, valid_until: date | None = None, zone: str = "Europe/Zurich"
) -> Completion:
    """Write a completion as of a day, in the shape that completing gives it."""
    at = datetime(on.year, on.month, on.day, 10, tzinfo=UTC)
    enrollment = enroll(user=person, course=course, by=person, at=at)
    completion_id = new_id()
    signature = sign(
        by=person,
        at=at,
        zone=zone,
        meaning=Meaning.COMPLETED,
        components=Components.ALL,
        record_type="completion",
        record_id=completion_id,
        record={"enrollment": enrollment.pk},
        person_id=person.pk,
    )
    completion = Completion.objects.create(
        id=completion_id,
        enrollment=enrollment,
        user=person,
        course=course,
        version_id=enrollment.version_id,
        completed_at=at,
        completed_on=on,
        zone=zone,
        valid_until=valid_until,
        signature=signature,
    )
    Enrollment.objects.filter(pk=enrollment.pk).update(state=EnrollmentState.COMPLETED, ended_at=at)
    restand(user_ids=[person.pk])
    return completion


def a_scan(name: str = "doctor.png") -> Upload:
    """Return a small picture as a file that was examined."""
    content = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(content, "PNG")
    return examine(content, name=name, kind=UploadKind.IMAGE)


def a_picture(name: str = "proof.png") -> SimpleUploadedFile:
    """Return a small picture as a browser sends it."""
    content = a_scan().file
    content.seek(0)
    return SimpleUploadedFile(name, content.read(), content_type="image/png")


def secrets(user: User) -> dict[str, str]:
    """Return what somebody types at their first signature."""
    return {"sign-email": user.email, "sign-password": PASSWORD}


def open_assignments(requirement: Requirement) -> dict[str, Assignment]:
    """Return the open assignments of a requirement by the name of their person."""
    rows = Assignment.objects.filter(requirement=requirement, ended_at__isnull=True).select_related("user")
    return {row.user.name: row for row in rows}


def deliver() -> None:
    """Hand every waiting fact to its followers."""
    while deliver_next_fact(at=datetime(2090, 1, 1, tzinfo=UTC)):
        pass


def newark() -> Any:
    return make_site("Newark", "America/New_York", "US")


def laboratory() -> Any:
    return make_department("Laboratory")


def analyst() -> Any:
    return make_job_role("QC Analyst")
