"""Colleagues whom journeys need beside the eight accounts, hired through the actions."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.contrib.auth.hashers import make_password

from core.clock import now
from notifications.actions import set_mail_policy
from notifications.rules import Policy
from people.actions import accept_accountability, add_person, prove_identity, take_position
from people.choices import ProofMethod
from people.models import Department, JobRole, Site, User
from records.choices import Components
from records.facts import SystemActor
from tests.journeys.house import PASSWORD

PERSONNEL = SystemActor("personnel office")
_numbers = itertools.count(1)


def today() -> date:
    """Return the day that it is in Basel, where the company is: not always that of UTC."""
    return now().astimezone(ZoneInfo("Europe/Zurich")).date()


def account(name: str) -> User:
    """Return the person of a demo account."""
    return User.objects.get(email=f"{name}@demo.test")


def let_mail_out_at_any_hour() -> None:
    """Have no night and no weekend: a journey runs whenever it runs."""
    policy = Policy(quiet_from=time(0), quiet_until=time(0), on_free_days=True)
    set_mail_policy(policy=policy, by=account("admin"), at=now(), reason="Journeys run at night too")


def hire_learner(name: str, *, department: str, job_role: str, since: date) -> User:
    """Add a colleague in Basel who signs in as name.surname@demo.test, and may sign trainings."""
    at = datetime.combine(since, time(9), tzinfo=UTC)
    person = add_person(
        name=name,
        email=f"{name.lower().replace(' ', '.')}@demo.test",
        employee_number=f"J{next(_numbers):04}",
        password_hash=make_password(PASSWORD),
        by=PERSONNEL,
        at=at,
    )
    take_position(
        person=person,
        site=Site.objects.get(name="Basel"),
        department=Department.objects.get(name=department),
        job_role=JobRole.objects.get(name=job_role),
        manager=account("manager"),
        valid_from=since,
        by=PERSONNEL,
        at=at,
    )
    prove_identity(person=person, method=ProofMethod.PERSONNEL_FILE, by=account("admin"), at=at)
    accept_accountability(person=person, components=Components.ALL, at=at)
    return person


def hire(
    name: str, *, manager: str, job_role: str = "Tablet Operator", site: Site | str = "Basel", since: date | None = None
) -> User:
    """Add a colleague to Tableting who has held a position for thirty days, or since a day."""
    at = now()
    person = add_person(
        name=name,
        email=f"{name.lower().replace(' ', '.')}@demo.test",
        employee_number=f"J{next(_numbers):04}",
        password_hash="!",  # nobody signs in as them
        by=PERSONNEL,
        at=at,
    )
    take_position(
        person=person,
        site=site if isinstance(site, Site) else Site.objects.get(name=site),
        department=Department.objects.get(name="Tableting"),
        job_role=JobRole.objects.get(name=job_role),
        manager=account(manager),
        valid_from=since or at.date() - timedelta(days=30),
        by=PERSONNEL,
        at=at,
    )
    return person
