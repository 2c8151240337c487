"""The trail: found by who, what, when, whom and why; read by administrators and auditors; taken along whole."""

from __future__ import annotations

import csv
import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.test import Client

from enrollment.actions.requirements import change_in_force
from enrollment.models import Requirement
from people.actions import change_person, deactivate_person
from people.choices import AccessRole
from records.models import Event
from tests.enrollment.workplace import complete, newark
from tests.factories import make_person
from tests.reporting.company import AT, TODAY, Company, content_of, reading
from tests.reporting.test_people_pages import an_auditor


def sentences(client: Client, query: str = "") -> list[str]:
    answer = client.get(f"/trail/{query}")
    assert answer.status_code == 200
    return [entry.event.sentence for entry in answer.context["entries"]]


def streamed(client: Client, path: str) -> str:
    return content_of(client, path).decode("utf-8-sig")


@pytest.mark.requirement("R-68")
@pytest.mark.parametrize("path", ["/trail/", "/trail/trail.csv", "/trail/trail.json", "/trail/{entry}/"])
def test_trail_is_for_administrators_and_auditors(firm: Company, path: str) -> None:
    entry = Event.objects.filter(kind="fact").latest("id").pk
    author, approver = make_person(AccessRole.AUTHOR), make_person(AccessRole.APPROVER)
    refused = [(each, 403) for each in (author, approver, firm.jonas, firm.maya)]
    for reader, status in ((firm.admin, 200), (an_auditor(), 200), *refused):
        assert reading(reader).get(path.format(entry=entry)).status_code == status, reader.name
    assert Client().get(path.format(entry=entry)).status_code == 302


@pytest.mark.requirement("R-69")
def test_trail_is_searched_by_who_what_when_whom_and_why(firm: Company) -> None:
    change_person(person=firm.maya, by=firm.admin, at=AT, reason="Married in October", name="Maya Novak")
    complete(firm.maya, firm.signing, on=TODAY)
    client = reading(firm.admin)
    changed = "Tomás Ferreira changed the details of Maya Novak"
    assert sentences(client, "?q=october") == [changed]
    assert sentences(client, "?reasoned=on&who=Tomás&what=people.person_changed") == [changed]
    assert sentences(client, "?who=novak&what=enrollment.enrolled")[0].startswith("Began ")
    assert sentences(client, f"?person={firm.maya.pk}&signed=on")[0].startswith("Maya Lindqvist signed")
    assert changed in sentences(client, "?q=novak details")
    assert sentences(client, "?q=nobody-at-all") == []
    assert sentences(client, "?what=people.person_changed&until=2001-01-01") == []
    assert sentences(client, f"?subject={firm.maya.pk}&what=people.person_changed") == [changed]


def test_requirement_is_found_by_its_number_as_it_is_written(firm: Company) -> None:
    requirement = Requirement.objects.get(course=firm.signing)
    change_in_force(requirement=requirement, by=firm.admin, at=AT, reason="CAPA 17", due_within_days=30)
    number = requirement.number
    for query in (f"?q=R-{number}", f"?q=switched r-{number}", f"?q=r-{number} force"):
        found = sentences(reading(firm.admin), query)
        assert found, query
        assert all(f"R-{number}" in each for each in found), query
    told = sentences(reading(firm.admin), f"?q=R-{number}")
    for words in ("switched on requirement", "changed requirement"):
        assert any(words in each for each in told), words
    assert sentences(reading(firm.admin), f"?q=R-{number + 1000000} switched") == []


def test_days_are_those_of_recording_in_the_readers_zone(firm: Company) -> None:
    day = Event.objects.latest("id").recorded_at.date()
    client = reading(firm.admin)
    assert sentences(client, f"?since={day}&until={day + timedelta(days=1)}")
    assert sentences(client, f"?since={day + timedelta(days=2)}") == []
    assert sentences(client, f"?until={day - timedelta(days=2)}") == []


@pytest.mark.parametrize(
    "query", ["?since=yesterday", "?what=nonsense", "?person=x", "?before=x", "?before=" + "9" * 30]
)
def test_nonsense_in_the_address_breaks_nothing(firm: Company, query: str) -> None:
    assert reading(firm.admin).get(f"/trail/{query}").status_code == 200


@pytest.mark.requirement("R-09")
def test_entry_shows_what_was_and_what_is(firm: Company) -> None:
    change_person(person=firm.maya, by=firm.admin, at=AT, reason="Married in October", name="Maya Novak")
    fact = Event.objects.filter(verb="people.person_changed").latest("id")
    client = reading(firm.admin)
    (entry,) = [each for each in client.get("/trail/").context["entries"] if each.event.pk == fact.pk]
    assert [(change.field, change.old, change.new) for change in entry.changes] == [
        ("name", "Maya Lindqvist", "Maya Novak")
    ]
    shown = " ".join(client.get(f"/trail/{fact.pk}/").content.decode().split())
    for words in ("Married in October", "<del>Maya Lindqvist</del>", "<ins>Maya Novak</ins>", "people.person_changed"):
        assert words in shown


def test_secrets_never_stand_in_the_trail(firm: Company) -> None:
    fact = Event.objects.filter(verb="people.person_added").latest("id")
    shown = reading(firm.admin).get(f"/trail/{fact.pk}/").content.decode()
    assert "(hidden)" in shown
    assert "argon2" not in shown


def test_whoever_looks_after_a_site_sees_what_concerns_its_people(firm: Company) -> None:
    for person in (firm.maya, firm.ines):
        change_person(person=person, by=firm.admin, at=AT, reason="a change", language="en")
    client = reading(an_auditor(site=newark()))
    assert sentences(client, "?what=people.person_changed") == ["Tomás Ferreira changed the details of Ines Costa"]
    hidden = Event.objects.get(verb="people.person_changed", person_id=firm.maya.pk)
    assert client.get(f"/trail/{hidden.pk}/").status_code == 404
    assert str(hidden.pk) not in [
        row["entry"] for row in csv.DictReader(StringIO(streamed(client, "/trail/trail.csv")))
    ]


def test_pages_follow_each_other_without_gap_or_overlap(firm: Company) -> None:
    for number in range(20):
        change_person(person=firm.maya, by=firm.admin, at=AT, reason=f"change {number}", language="en")
    client = reading(firm.admin)
    numbers: list[int] = []
    query = ""
    while True:
        context = client.get(f"/trail/{query}").context
        numbers += [entry.event.pk for entry in context["entries"]]
        if not context["older"]:
            break
        query = context["older"]
    assert numbers == sorted(set(numbers), reverse=True)
    assert len(numbers) == Event.objects.filter(kind="fact").count() > 50


def test_page_takes_the_same_queries_whatever_it_shows(firm: Company, django_assert_num_queries: Any) -> None:
    client = reading(firm.admin)
    client.get("/trail/")
    for query in ("?what=enrollment.requirement_switched_on", ""):
        with django_assert_num_queries(9):
            client.get(f"/trail/{query}")


def test_csv_and_json_hold_the_same_entries_as_the_screen(firm: Company) -> None:
    deactivate_person(person=firm.owen, by=firm.admin, at=AT, left_on=TODAY, reason="=cmd|' /C calc'!A0")
    client, query = reading(firm.admin), "?who=Tomás"
    screen = [entry.event.pk for entry in client.get(f"/trail/{query}").context["entries"]]
    rows = list(csv.DictReader(StringIO(streamed(client, f"/trail/trail.csv{query}"))))
    entries = json.loads(streamed(client, f"/trail/trail.json{query}"))
    assert [int(row["entry"]) for row in rows] == screen
    assert [each["entry"] for each in entries if each["what"] != "reporting.exported"] == screen
    closed = next(row for row in rows if row["what"] == "people.person_deactivated")
    assert closed["reason"] == "'=cmd|' /C calc'!A0"
    assert "people_user.is_active=False" in closed["is"]
    told = next(each for each in entries if each["what"] == "people.person_deactivated")
    assert {"field": "is_active", "old": True, "new": False}.items() <= told["changes"][0].items()


def test_export_is_itself_an_entry_with_its_filters(firm: Company) -> None:
    streamed(reading(firm.admin), "/trail/trail.json?q=maya&signed=on")
    fact = Event.objects.get(verb="reporting.exported")
    assert fact.payload["format"] == "JSON"
    assert fact.payload["filters"] == "Search: maya, Only: with a signature"
