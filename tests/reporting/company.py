"""A small company for the tests of reports: a manager, a lead below them, operators, and a second team."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import time_machine
from django.test import Client

from courses.models import Course
from enrollment.actions import enroll
from people.choices import AccessRole
from people.models import User
from tests.enrollment.workplace import AT, TODAY, a_course, analyst, complete, newark, operator, switched_on
from tests.factories import make_job_role, make_person, place

__all__ = ["AT", "TODAY", "Company", "company", "content_of", "reading", "travel"]


@dataclass(frozen=True)
class Company:
    """Jonas leads Sofia (lead) and Owen; Sofia leads Maya and Elif. Ruth leads Ines in Newark."""

    admin: User
    jonas: User
    sofia: User
    owen: User
    maya: User
    elif_: User
    ruth: User
    ines: User
    signing: Course
    lockout: Course

    @property
    def team(self) -> list[User]:
        """Everyone below Jonas, by name."""
        return [self.elif_, self.maya, self.owen, self.sofia]


def company() -> Company:
    """Found the company, with two requirements and people in every status.

    Signing is required of Tablet Operators within 14 days of entering the role: Maya is overdue by six
    days, Owen has completed it, Elif's completion has expired, Ines is due in three days. Lockout is
    required of QC Analysts: Sofia has begun it.
    """
    admin = make_person(AccessRole.ADMINISTRATOR, name="Tomás Ferreira")
    jonas, ruth = make_person(name="Jonas Keller"), make_person(name="Ruth Vogel")
    for manager in (jonas, ruth):
        place(manager, job_role=make_job_role("Supervisor"))
    sofia = operator("Sofia Marino", job_role=analyst(), manager=jonas)
    maya = operator("Maya Lindqvist", since=TODAY - timedelta(days=20), manager=sofia)
    elif_ = operator("Elif Aydın", since=date(2024, 1, 1), manager=sofia)
    owen = operator("Owen Price", since=date(2024, 1, 1), manager=jonas)
    ines = operator("Ines Costa", since=TODAY - timedelta(days=11), manager=ruth, site=newark())
    signing, lockout = a_course("Electronic records and signatures"), a_course("Lockout, tagout")
    complete(owen, signing, on=date(2026, 6, 1), valid_until=date(2027, 6, 1))
    complete(elif_, signing, on=date(2025, 6, 1), valid_until=date(2026, 6, 1))
    enroll(user=sofia, course=lockout, by=sofia, at=AT)
    switched_on(signing, by=admin)
    switched_on(lockout, by=admin, job_role=analyst(), due_within_days=90)
    return Company(admin, jonas, sofia, owen, maya, elif_, ruth, ines, signing, lockout)


def reading(user: User) -> Client:
    """Return a browser in which this person is signed in."""
    client = Client()
    client.force_login(user)
    return client


def content_of(client: Client, path: str) -> bytes:
    """Return what a download holds; read to its end it lets go of its file."""
    answer = client.get(path)
    assert answer.status_code == 200, path
    return b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]


@contextmanager
def travel(to: datetime = AT) -> Iterator[None]:
    """Let the tests' day be the day of the company."""
    with time_machine.travel(to, tick=False):
        yield
