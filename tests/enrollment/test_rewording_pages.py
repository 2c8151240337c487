"""The page on which a requirement in force is changed: what it would do, then exactly that."""

from __future__ import annotations

import csv
import io
import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from core.clock import now
from enrollment.models import Assignment, Requirement
from people.actions import grant_role
from people.choices import AccessRole
from people.models import User
from tests.enrollment.test_requirement_pages import terms
from tests.enrollment.workplace import a_course, browser, draft, newark, operator, switched_on
from tests.factories import BY, LONG_AGO, make_person


@pytest.fixture
def requirement(admin: User) -> Requirement:
    operator("Maya")
    operator("Rosa")
    return switched_on(a_course(), by=admin, at=now() - timedelta(hours=1))


def address(requirement: Requirement) -> str:
    return reverse("enrollment:reword_requirement", args=[requirement.pk])


def typed(requirement: Requirement, **changed: object) -> dict[str, object]:
    return terms(requirement.course, **{"number": requirement.terms_number, "why": "CAPA 2026-131", **changed})


def post(client: Client, requirement: Requirement, **changed: object) -> Any:
    return client.post(address(requirement), typed(requirement, **changed))


def test_what_was_shown_is_what_is_put_in_force(admin: User, requirement: Requirement) -> None:
    client = browser(admin)
    assert "Nothing yet." in client.get(address(requirement)).content.decode()
    shown = post(client, requirement, due_within_days="30").content.decode()
    assert "Put in force for 2 people" in shown
    assert "due 3 Dec 2026 instead of 17 Nov 2026" in shown
    requirement.refresh_from_db()
    assert requirement.due_within_days == 14
    expected = re.search(r'name="expected" value="(\w+)"', shown)
    assert expected
    answer = post(client, requirement, due_within_days="30", do="put_in_force", expected=expected[1])
    assert answer.status_code == 302
    assert set(Assignment.objects.values_list("due_on", flat=True)) == {date(2026, 12, 3)}
    detail = client.get(reverse("enrollment:requirement", args=[requirement.pk])).content.decode()
    assert "Wording 2" in detail
    assert "CAPA 2026-131" in detail


def test_the_new_wording_is_read_back_beside_the_one_in_force(admin: User, requirement: Requirement) -> None:
    page = post(browser(admin), requirement, due_within_days="30", renewal_days="5").content.decode()
    in_force, typed_now = page.split("As you have it here")
    assert "within 14 days of entering the role" in in_force
    assert "within 30 days of entering the role" in typed_now
    assert "A renewal is due: 5 days after the end." in typed_now


def test_a_condition_that_cannot_be_read_is_not_put_in_force(admin: User, requirement: Requirement) -> None:
    faulty = {
        "conditions": "1",
        "condition-1-asks": "hired_days",
        "condition-1-values": "soon",
        "due_within_days": "30",
    }
    shown = post(browser(admin), requirement, **faulty).content.decode()
    assert "One condition does not count here until it is mended." in shown
    answer = post(browser(admin), requirement, **faulty, do="put_in_force", expected="-")
    assert answer.status_code == 422
    assert 'value="soon"' in answer.content.decode()
    requirement.refresh_from_db()
    assert (requirement.due_within_days, requirement.terms_number) == (14, 1)


def test_a_change_without_reason_or_over_another_keeps_what_was_typed(admin: User, requirement: Requirement) -> None:
    client = browser(admin)
    answer = post(client, requirement, due_within_days="30", do="put_in_force", expected="-", why="so")
    assert answer.status_code == 422
    assert "Say in at least two words why the rule changes." in answer.content.decode()
    answer = post(client, requirement, due_within_days="30", do="put_in_force", expected="of another day")
    assert answer.status_code == 409
    assert "CAPA 2026-131" in answer.content.decode()
    answer = post(client, requirement, due_within_days="30", do="put_in_force", number="0")
    assert "Somebody changed" in answer.content.decode()
    requirement.refresh_from_db()
    assert requirement.terms_number == 1


def test_the_file_has_everyone_who_is_concerned(admin: User, requirement: Requirement) -> None:
    answer = post(browser(admin), requirement, due_within_days="30", do="download")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    lines = list(csv.reader(io.StringIO(text)))
    assert [line[:2] for line in lines[1:]] == [["Have another day", "Maya"], ["Have another day", "Rosa"]]


def test_a_draft_or_the_rule_of_another_site_is_not_changed_here(admin: User, requirement: Requirement) -> None:
    unfinished = draft(a_course("Lockout"), by=admin)
    assert browser(admin).get(address(unfinished)).status_code == 302
    part = browser(admin).post(address(unfinished), typed(unfinished), HTTP_HX_REQUEST="true")
    assert part["HX-Redirect"] == reverse("enrollment:requirement", args=[unfinished.pk])
    limited = make_person(name="Lina")
    grant_role(person=limited, role=AccessRole.ADMINISTRATOR, site=newark(), by=BY, at=LONG_AGO, reason="for a test")
    assert browser(limited).get(address(requirement)).status_code == 404


def test_a_change_that_changes_nothing_for_anyone_says_so_and_counts_nobody(admin: User) -> None:
    client, unheld = browser(admin), switched_on(a_course(), by=admin, at=now() - timedelta(hours=1))
    shown = post(client, unheld, due_within_days="30").content.decode()
    assert ("Nothing changes for anyone now." in shown, "0 people" in shown, "People concerned" in shown) == (
        True,
        False,
        False,
    )
    expected = re.search(r'name="expected" value="(\w+)"', shown)
    assert expected
    done = post(client, unheld, due_within_days="30", do="put_in_force", expected=expected[1])
    said = client.get(done["Location"]).content.decode()
    assert ("Nothing changes for anyone now." in said, "0 people." in said) == (True, False)


def test_one_person_is_counted_as_one(admin: User) -> None:
    operator("Maya")
    requirement = switched_on(a_course(), by=admin, at=now() - timedelta(hours=1))
    assert "Put in force for 1 person<" in post(browser(admin), requirement, due_within_days="30").content.decode()
