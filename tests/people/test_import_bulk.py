"""A list writes for many what the actions write for one: the same rows, the same facts."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from core.clock import now
from people import actions
from people.choices import AccessRole
from people.models import AttributeValue, Position, User
from records.models import Event
from tests.factories import make_department, make_job_role, make_person, make_site
from tests.people.lists import brought, reading, text_of, worked

TODAY = timezone.localdate()
EXTRA = {"changes"}  # what only a list says: old and new values, since its captures lie under the batch


def told(person: User) -> list[tuple[str, str, dict[str, Any]]]:
    """Return the facts about a person, without what differs between any two people."""
    found = Event.objects.filter(kind="fact", person_id=person.pk).order_by("id")
    own = {"person_id", "name", *EXTRA}
    return [
        (each.verb, each.subject_type, {key: value for key, value in each.payload.items() if key not in own})
        for each in found
    ]


def kept(person: User) -> tuple[Any, ...]:
    """Return the rows of a person, without what differs between any two people."""
    person.refresh_from_db()
    details = (person.language, person.hired_on, person.left_on, person.is_active, person.has_usable_password())
    places = Position.objects.filter(user=person).order_by("valid_from")
    values = AttributeValue.objects.filter(user=person).order_by("valid_from")
    shown = ("site", "department", "job_role", "manager", "employment_type", "is_primary", "valid_from", "valid_until")
    return details, list(places.values_list(*shown)), list(values.values_list("value", "valid_from", "valid_until"))


@pytest.mark.requirement("R-08")
def test_a_list_writes_what_the_actions_write(db: None) -> None:
    admin, head = make_person(AccessRole.ADMINISTRATOR), make_person()
    badge = actions.add_attribute(by=admin, at=now(), name="Badge")
    place = {"site": make_site(), "department": make_department("Quality"), "manager": head}
    analyst, lead = make_job_role("QC Analyst"), make_job_role("Shift Lead")
    hired, gone = date(2024, 1, 1), TODAY - timedelta(days=1)
    common = {"by": admin, "at": now()}

    def take(rows: list[list[str]], headings: str) -> None:
        run = brought(text_of(rows, headings.split(";")), admin)
        how = reading(run)
        if "Badge" in run.headings:
            how["columns"][f"attribute:{badge.pk}"] = "Badge"
        actions.set_import_policy(most_leaving_percent=100, **common)
        actions.read_import(run=run, reading=how, **common)
        worked(run)
        actions.apply_import(run=run, **common)
        assert worked(run).state == "applied"

    single = actions.add_person(name="Single", email="single@demo.test", employee_number="1", hired_on=hired, **common)
    since = TODAY - timedelta(days=30)
    actions.take_position(person=single, job_role=analyst, valid_from=since, **place, **common)
    take(
        [["2", "List", "list@demo.test", str(hired), "Basel", "Quality", "QC Analyst", head.email, str(since)]],
        "Employee number;Name;E-mail;Hired on;Site;Department;Job role;Manager;Since",
    )
    many = User.objects.get(employee_number="2")
    assert (told(many), kept(many)) == (told(single), kept(single))

    actions.change_person(person=single, reason="a better name", name="Single S.", **common)
    actions.take_position(person=single, job_role=lead, valid_from=TODAY, **place, **common)
    actions.set_attribute(person=single, attribute=badge, value="7", valid_from=TODAY, **common)
    take([["2", "List L.", "Shift Lead", "7"]], "Employee number;Name;Job role;Badge")
    assert (told(many), kept(many)) == (told(single), kept(single))

    actions.deactivate_person(person=single, left_on=gone, reason="left the company", **common)
    take([["2", str(gone)]], "Employee number;Left on")
    assert (told(many), kept(many)) == (told(single), kept(single))
    assert [verb for verb, _type, _payload in told(many)] == [
        "people.person_added", "people.position_changed", "people.person_changed", "people.position_changed",
        "people.attribute_set", "people.person_deactivated",
    ]  # fmt: skip
