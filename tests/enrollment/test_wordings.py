"""What a requirement asked once and for whom it held: one that is off, and earlier wordings of any."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.clock import now
from enrollment.actions import enroll, follow_person, switch_off_requirement
from enrollment.actions.requirements import change_in_force
from enrollment.choices import CountedFrom, Renewal, Status
from enrollment.models import Requirement
from enrollment.queries.wordings import all_outlooks_until, held_until, wordings_of
from enrollment.rules import Terms, those_with
from enrollment.rules.sentences import terms_said
from people.actions import grant_role
from people.choices import AccessRole
from people.models import User
from tests.enrollment.workplace import (
    a_course,
    analyst,
    browser,
    complete,
    draft,
    move,
    newark,
    open_assignments,
    operator,
    switched_on,
)
from tests.factories import BY, LONG_AGO, make_job_role, make_person

RED, BLUE = UUID(int=1), UUID(int=2)


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        (
            Terms(),
            {
                "Due": "Within 14 days of entering the role",
                "Again": "As often as the training says",
                "May be renewed": "60 days before the end",
            },
        ),
        (
            Terms(within_days=1, in_working_days=True, grace_days=1, renewal=Renewal.ONCE),
            {"Due": "Within 1 working day of entering the role, with 1 day of grace", "Again": "Never again"},
        ),
        (
            Terms(counted_from=CountedFrom.FIXED, fixed_on=date(2026, 12, 1), renewal=Renewal.EXPIRY, every_months=12),
            {
                "Due": "By 1 Dec 2026",
                "Again": "Every 12 months, counted from the end before",
                "May be renewed": "60 days before the end",
            },
        ),
        (
            Terms(renewal=Renewal.COMPLETION, every_months=1, window_days=1, renewal_days=14, minimum_active_days=90),
            {
                "Due": "Within 14 days of entering the role",
                "Again": "Every 1 month, counted from the completion",
                "May be renewed": "1 day before the end",
                "A renewal is due": "14 days after the end",
            },
        ),
        (
            Terms(renewal=Renewal.CALENDAR, every_months=24, anchor_month=3, anchor_day=31, refreshers=(RED, BLUE)),
            {
                "Due": "Within 14 days of entering the role",
                "Again": "Every 2 years by 31 March",
                "May be renewed": "60 days before the end",
                "Renewed by, in turn": "Red, Blue",
            },
        ),
    ],
)
def test_terms_are_said_one_by_one(terms: Terms, said: dict[str, str]) -> None:
    assert dict(terms_said(terms, {RED: "Red", BLUE: "Blue"})) == said


def ago(count: int) -> datetime:
    return now() - timedelta(days=count)


def reword(requirement: Requirement, admin: User, *, at: datetime, **terms: Any) -> None:
    reason = terms.pop("reason", "CAPA 2026-131")
    change_in_force(requirement=requirement, by=admin, at=at, reason=reason, **terms)
    requirement.refresh_from_db()


def end(requirement: Requirement, admin: User, *, at: datetime) -> None:
    switch_off_requirement(requirement=requirement, by=admin, at=at, reason="Replaced by R-130")
    requirement.refresh_from_db()


def held(requirement: Requirement, number: int) -> dict[str, tuple[str, date | None, str]]:
    """Return for whom a wording held when it ended: their status, due day and site by name."""
    wording = wordings_of(requirement)[number - 1]
    assert wording.until is not None
    found = all_outlooks_until(requirement, asks=wording.asks, until=wording.until)
    return {each.name: (each.status, each.due_on, each.site) for each in found}


def page_of(requirement: Requirement, number: int | None = None) -> str:
    if number is None:
        return reverse("enrollment:requirement", args=[requirement.pk])
    return reverse("enrollment:wording", args=[requirement.pk, number])


def text_of(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def test_each_wording_says_from_when_to_when_by_whom_and_why(admin: User) -> None:
    other = make_person(AccessRole.ADMINISTRATOR, name="Nadia")
    requirement = switched_on(a_course("Hand hygiene"), by=admin, at=ago(30), reason="First reason")
    reword(requirement, other, at=ago(20), due_within_days=30, reason="Too short")
    reword(requirement, admin, at=ago(10), grace_days=5, reason="Too strict")
    first, second, third = wordings_of(requirement)
    assert [each.sentence for each in (first, second, third)] == [
        "People whose job role is Tablet Operator must complete Hand hygiene within 14 days of entering the role",
        "People whose job role is Tablet Operator must complete Hand hygiene within 30 days of entering the role",
        "People whose job role is Tablet Operator must complete Hand hygiene within 30 days of entering the role, "
        "with 5 days of grace",
    ]
    assert [(each.by, each.reason) for each in (first, second, third)] == [
        ("Tomás Ferreira", "First reason"),
        ("Nadia", "Too short"),
        ("Tomás Ferreira", "Too strict"),
    ]
    assert (first.until, second.until, third.until) == (second.since, third.since, None)


def test_a_wording_held_for_those_who_had_it_when_it_was_replaced(admin: User) -> None:
    operator("Maya", since=ago(60).date())
    leaver = operator("Gone before", since=ago(60).date())
    requirement = switched_on(a_course(), by=admin, at=ago(30))
    move(leaver, since=ago(25).date(), at=ago(25), job_role=analyst())
    follow_person(user_id=leaver.pk, at=ago(25))
    reword(requirement, admin, at=ago(20), audience=those_with(job_role=analyst().pk))
    assert set(open_assignments(requirement)) == {"Gone before"}  # an analyst by now
    [first, second] = wordings_of(requirement)
    assert (first.people, second.people, set(held(requirement, 1))) == (1, 0, {"Maya"})


def test_who_joins_later_or_is_moved_by_the_change_itself_is_told_apart(admin: User) -> None:
    operator("Maya", since=ago(60).date())
    requirement = switched_on(a_course(), by=admin, at=ago(30))
    reword(requirement, admin, at=ago(20), due_within_days=100)
    late, now_due = ago(46).date(), ago(-40).date()
    assert open_assignments(requirement)["Maya"].due_on == now_due
    assert held(requirement, 1) == {"Maya": (Status.LATE, late, "Basel")}
    end(requirement, admin, at=ago(1))
    assert held(requirement, 2) == {"Maya": (Status.TODO, now_due, "Basel")}


def test_the_last_day_is_as_it_was_known_then(admin: User) -> None:
    course = a_course()
    done, begun = operator("Done", since=ago(80).date()), operator("Begun", since=ago(32).date())
    later, moved = operator("Later", since=ago(80).date()), operator("Moved", since=ago(80).date())
    complete(done, course, on=ago(20).date())
    requirement = switched_on(course, by=admin, at=ago(30), due_within_days=60)
    enroll(user=begun, course=course, by=begun, at=ago(3))
    end(requirement, admin, at=ago(2))
    complete(later, course, on=ago(1).date())
    move(moved, since=ago(1).date(), at=ago(1), site=newark())
    assert {name: (status, site) for name, (status, _due, site) in held(requirement, 1).items()} == {
        "Done": (Status.DONE, "Basel"),
        "Begun": (Status.DOING, "Basel"),
        "Later": (Status.LATE, "Basel"),
        "Moved": (Status.LATE, "Basel"),
    }


def test_a_rule_that_is_off_shows_what_it_asked_and_for_whom_it_held(admin: User) -> None:
    operator("Maya Lindqvist", since=ago(60).date())
    requirement = switched_on(a_course("Hand hygiene"), by=admin, at=ago(30), grace_days=3)
    end(requirement, admin, at=ago(1))
    for reader in (admin, make_person(AccessRole.AUDITOR)):
        page = text_of(browser(reader).get(page_of(requirement)))
        for words in (
            "must complete Hand hygiene within 14 days of entering the role, with 3 days of grace.",
            "Switched off by Tomás Ferreira on",
            "“Replaced by R-130”",
            "As often as the training says",
            "Maya Lindqvist",
            "Overdue",
        ):
            assert words in page, words
        assert ("Earlier wordings" in page, "/off/" in page, "/change/" in page) == (False, False, False)


def test_a_rule_with_one_wording_shows_no_earlier_ones(admin: User) -> None:
    operator("Maya")
    requirement = switched_on(a_course(), by=admin, at=ago(3))
    assert "Earlier wordings" not in text_of(browser(admin).get(page_of(requirement)))
    assert "Earlier wordings" not in text_of(browser(admin).get(page_of(draft(a_course(), by=admin))))


def test_earlier_wordings_lead_to_whom_they_held_for(admin: User) -> None:
    operator("Maya Lindqvist", since=ago(60).date())
    requirement = switched_on(a_course("Hand hygiene"), by=admin, at=ago(30))
    reword(requirement, admin, at=ago(20), due_within_days=30)
    for is_off in (False, True):
        page = text_of(browser(admin).get(page_of(requirement)))
        assert page_of(requirement, 1) in page
        for words in ("within 14 days of entering the role.", "Put in force by", "It held for 1 person when it was"):
            assert words in page, (words, is_off)
        assert "Wording 2" in page
        if not is_off:
            end(requirement, admin, at=ago(1))
    page = text_of(browser(admin).get(page_of(requirement, 1)))
    for words in ("Maya Lindqvist", "within 14 days of", "CAPA 2026-131", "CAPA 2026-117"):
        assert words in page, words
    assert browser(admin).get(page_of(requirement, 2))["Location"] == page_of(requirement)


def test_a_wording_that_held_for_nobody_says_so(admin: User) -> None:
    requirement = switched_on(a_course(), by=admin, at=ago(30))
    reword(requirement, admin, at=ago(20), due_within_days=30)
    assert "It held for nobody when it was replaced" in text_of(browser(admin).get(page_of(requirement)))
    answer = browser(admin).get(page_of(requirement, 1))
    assert ("Nobody had it" in text_of(answer), "people.csv" in text_of(answer)) == (True, False)


@pytest.mark.parametrize("number", [1, 2])
def test_the_file_has_the_rows_of_the_screen(admin: User, number: int) -> None:
    operator("Maya Lindqvist", since=ago(60).date())
    operator("=cmd()", since=ago(31).date())
    requirement = switched_on(a_course(), by=admin, at=ago(30))
    reword(requirement, admin, at=ago(2), due_within_days=100)
    end(requirement, admin, at=ago(1))
    client = browser(admin)
    page = client.get(page_of(requirement, 1) if number == 1 else page_of(requirement))
    assert page.context["download"] in page.content.decode()
    rows = list(csv.DictReader(io.StringIO(client.get(page.context["download"]).getvalue().decode("utf-8-sig"))))
    shown = [
        (each.name.replace("=", "'="), each.due_on.isoformat(), each.status.label, each.reason_about, each.site)
        for each in page.context["page"].object_list
    ]
    assert [(row["Person"], row["Due"], row["Status"], row["Why"], row["Site"]) for row in rows] == shown
    assert len(shown) == 2
    assert {row["Status"] for row in rows} == ({"Overdue"} if number == 1 else {"Not started"})


def test_many_people_stand_on_pages(admin: User) -> None:
    for number in range(27):
        operator(f"Person {number:02}", since=ago(60).date())
    requirement = switched_on(a_course(), by=admin, at=ago(30))
    end(requirement, admin, at=ago(1))
    client, address = browser(admin), page_of(requirement)
    first, second = client.get(address), client.get(address + "?page=2")
    assert [len(each.context["page"].object_list) for each in (first, second)] == [25, 2]
    assert "26–27 of 27" in text_of(second)
    rows = client.get(first.context["download"]).getvalue().decode().splitlines()
    assert len(rows) == 28
    assert held_until(requirement, until=requirement.switched_off_at).count() == 27


def test_what_is_not_yours_does_not_exist(admin: User) -> None:
    requirement = switched_on(a_course(), by=admin, at=ago(30))
    reword(requirement, admin, at=ago(20), due_within_days=30)
    limited = make_person(name="Lina")
    grant_role(person=limited, role=AccessRole.ADMINISTRATOR, site=newark(), by=BY, at=LONG_AGO, reason="for a test")
    parts = [page_of(requirement, 1), reverse("enrollment:wording_people", args=[requirement.pk, 1])]
    for address in parts:
        assert browser(limited).get(address).status_code == 404, address
        assert browser(make_person()).get(address).status_code in (403, 404), address
        assert Client().get(address)["Location"].startswith("/accounts/login/")
        assert browser(make_person(AccessRole.AUDITOR)).get(address).status_code == 200, address
    for number in (0, 3, 99999):
        assert browser(admin).get(page_of(requirement, number)).status_code == 404
    theirs = switched_on(a_course(), by=admin, at=ago(30), site=newark())
    reword(theirs, admin, at=ago(20), due_within_days=30)
    assert browser(limited).get(page_of(theirs, 1)).status_code == 200


def test_a_wording_of_another_site_does_not_exist_for_who_looks_after_some(admin: User) -> None:
    operator("Maya Lindqvist", since=ago(60).date())
    operator("Nick", since=ago(60).date(), site=newark())
    requirement = switched_on(a_course(), by=admin, at=ago(30))
    for number, site in enumerate((newark(), None, newark()), start=2):
        reword(requirement, admin, at=ago(20 - number), site=site, reason=f"It is wording {number}")
    limited = make_person(name="Lina")
    grant_role(person=limited, role=AccessRole.ADMINISTRATOR, site=newark(), by=BY, at=LONG_AGO, reason="for a test")
    client = browser(limited)
    for number in (1, 3):
        for address in (page_of(requirement, number), f"{page_of(requirement, number)}people.csv"):
            assert client.get(address).status_code == 404, address
            assert browser(admin).get(address).status_code == 200, address
    page = text_of(client.get(page_of(requirement, 2)))
    assert ("Nick" in page, "It is wording 3" in page, "New wording" in page) == (True, True, False)
    assert "Maya Lindqvist" in text_of(browser(admin).get(page_of(requirement, 1)))
    for is_off in (False, True):
        for reader, numbers in ((limited, [2]), (admin, [3, 2, 1])):
            assert [each.number for each in browser(reader).get(page_of(requirement)).context["earlier"]] == numbers
        if not is_off:
            end(requirement, admin, at=ago(1))


def test_pages_ask_as_often_for_many_people_and_wordings_as_for_one(admin: User) -> None:
    def made(people: int, wordings: int) -> list[str]:
        role = make_job_role(f"Role {people}")
        for number in range(people):
            operator(f"{people} {number}", since=ago(60).date(), job_role=role)
        first, off = (switched_on(a_course(), by=admin, at=ago(30), job_role=role) for _each in range(2))
        for number in range(wordings - 1):
            for each in (first, off):
                reword(each, admin, at=ago(20 - number), due_within_days=30 + number)
        end(off, admin, at=ago(1))
        return [page_of(first), page_of(off), page_of(first, 1)]

    def asked(address: str) -> int:
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    client = browser(admin)
    assert [asked(each) for each in made(1, 2)] == [asked(each) for each in made(4, 5)]
