"""Why somebody has something, how it stands and what comes next: the sentences by table, and their page."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.clock import now
from enrollment.choices import Renewal
from enrollment.models import Assignment, Extension
from enrollment.rules import Credit, Facts, Retraining, Span, Terms, obligation_of, rounds_of
from enrollment.rules.whys import due_said, next_said, rounds_said, standing_said, stood_said
from people.choices import AccessRole
from people.models import User
from tests.enrollment.workplace import (
    a_course,
    browser,
    complete,
    open_assignments,
    operator,
    switched_on,
    write,
)
from tests.factories import make_person, place

JOINED, DUE, TODAY = date(2026, 11, 3), date(2026, 12, 21), date(2026, 11, 23)
YEARLY = Terms(renewal=Renewal.COMPLETION, every_months=12)
ONCE = Terms(renewal=Renewal.ONCE)


def credit(on: date) -> Credit:
    return Credit(str(on), "c", 1, on, None)


def known(*done: date, **more: Any) -> Facts:
    return Facts(JOINED, DUE, "c", [credit(on) for on in done], **more)


def span(first: date, until: date | None) -> Span:
    return Span(first, until)


# The sentences


@pytest.mark.parametrize(
    ("terms", "facts", "today", "state", "words"),
    [
        (YEARLY, known(), TODAY, "todo", "It is not completed yet. It is due on 21 Dec 2026."),
        (YEARLY, known(started=True), TODAY, "doing", "It is not completed yet. It is due on 21 Dec 2026."),
        (YEARLY, known(), date(2026, 12, 14), "soon", "It is not completed yet. It is due on 21 Dec 2026."),
        (YEARLY, known(), date(2026, 12, 22), "late", "It was due on 21 Dec 2026 and is not completed."),
        (ONCE, known(TODAY), TODAY, "done", "Completed on 23 Nov 2026. That counts without end."),
        (YEARLY, known(TODAY), TODAY, "done", "Completed on 23 Nov 2026. That counts until 23 Nov 2027."),
        (
            YEARLY,
            known(TODAY),
            date(2027, 11, 24),
            "expired",
            "Completed on 23 Nov 2026. That counted until 23 Nov 2027.",
        ),
        (
            YEARLY,
            known(leaves=[span(date(2026, 11, 20), None)]),
            TODAY,
            "paused",
            "On leave: nothing is asked now.",
        ),
        (
            YEARLY,
            known(waivers=[span(date(2026, 11, 20), date(2027, 2, 1))]),
            TODAY,
            "waived",
            "A waiver holds: nothing is asked now.",
        ),
    ],
)
def test_standing_is_said_with_its_reason(terms: Terms, facts: Facts, today: date, state: str, words: str) -> None:
    said = standing_said(obligation_of(terms, facts), today)
    assert (said.state, said.words) == (state, words)


@pytest.mark.parametrize(
    ("terms", "facts", "last", "words"),
    [
        (YEARLY, known(), TODAY, "It was not completed yet. It would have been due on 21 Dec 2026."),
        (YEARLY, known(), date(2026, 12, 22), "It had been due on 21 Dec 2026 and was not completed."),
        (ONCE, known(TODAY), TODAY, "Completed on 23 Nov 2026. That counted when it ended."),
        (
            YEARLY,
            known(TODAY),
            date(2027, 11, 24),
            "Completed on 23 Nov 2026. That had counted until 23 Nov 2027.",
        ),
        (YEARLY, known(leaves=[span(date(2026, 11, 20), None)]), TODAY, "On leave: nothing was asked then."),
        (
            YEARLY,
            known(leaves=[span(date(2026, 11, 24), None)]),
            TODAY,
            "It was not completed yet. It had no due day.",
        ),
        (
            YEARLY,
            known(waivers=[span(date(2026, 11, 20), date(2027, 2, 1))]),
            TODAY,
            "A waiver held: nothing was asked then.",
        ),
    ],
)
def test_what_has_ended_says_how_it_stood(terms: Terms, facts: Facts, last: date, words: str) -> None:
    assert stood_said(obligation_of(terms, facts), last).words == words


@pytest.mark.parametrize(
    ("terms", "facts", "today", "expected"),
    [
        (YEARLY, known(), TODAY, ["It is due soon from 14 Dec 2026.", "It is overdue from 22 Dec 2026."]),
        (YEARLY, known(), date(2026, 12, 22), []),
        (Terms(grace_days=7), known(), date(2026, 12, 20), ["It is overdue from 29 Dec 2026."]),
        (ONCE, known(TODAY), TODAY, []),
        (
            YEARLY,
            known(TODAY),
            TODAY,
            ["It may be completed again from 24 Sep 2027.", "It expires at the end of 23 Nov 2027."],
        ),
        (
            YEARLY,
            known(waivers=[span(date(2026, 12, 1), date(2026, 12, 10))]),
            TODAY,
            [
                "A waiver holds from 1 Dec 2026: nothing is asked then.",
                "It is asked again from 10 Dec 2026.",
                "It is due soon from 14 Dec 2026.",
                "It is overdue from 22 Dec 2026.",
            ],
        ),
        (
            YEARLY,
            known(date(2025, 11, 1), leaves=[span(date(2026, 10, 20), date(2026, 12, 1))]),
            TODAY,
            ["It is expired from 1 Dec 2026, since nothing counts any more."],
        ),
    ],
)
def test_what_comes_next_is_said_in_order(terms: Terms, facts: Facts, today: date, expected: list[str]) -> None:
    assert [each.words for each in next_said(obligation_of(terms, facts), today)] == expected


@pytest.mark.parametrize(
    ("terms", "facts", "words"),
    [
        (YEARLY, known(), "21 Dec 2026 is the due day of the first time."),
        (YEARLY, known(TODAY), "23 Nov 2027 is the due day of the next time: by then it must be completed again."),
        (
            ONCE,
            known(TODAY, retrainings=[Retraining(2, date(2026, 12, 1), date(2026, 12, 15))]),
            "15 Dec 2026 comes from a new version that must be learned by then.",
        ),
        (ONCE, known(TODAY), ""),
    ],
)
def test_due_day_says_what_it_comes_from(terms: Terms, facts: Facts, words: str) -> None:
    assert due_said(obligation_of(terms, facts)) == words


def test_each_round_is_said() -> None:
    facts = known(date(2026, 12, 21), date(2028, 1, 1))
    said = rounds_said(rounds_of(YEARLY, facts), [DUE, date(2027, 12, 21)])
    assert [(each.number, each.due, each.done, each.verdict, each.counts) for each in said] == [
        (1, "21 Dec 2026", "21 Dec 2026", "in time", "until 21 Dec 2027"),
        (2, "21 Dec 2027", "1 Jan 2028", "11 days late", "until 1 Jan 2029"),
    ]
    [once] = rounds_said(rounds_of(ONCE, known(TODAY)), [None])
    assert (once.due, once.verdict, once.counts) == ("no day", "in time", "without end")


# The page


def words(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def given_to(person: User, admin: User, **terms: Any) -> Assignment:
    requirement = switched_on(a_course("Hand hygiene"), by=admin, at=now() - timedelta(days=1), **terms)
    return open_assignments(requirement)[person.name]


def page_of(assignment: Assignment) -> str:
    return reverse("enrollment:why", args=[assignment.pk])


def recently() -> date:
    return now().date() - timedelta(days=3)


def test_person_is_told_why_they_have_it(admin: User) -> None:
    maya = operator("Maya", since=recently())
    assignment = given_to(maya, admin)
    page = words(browser(maya).get(page_of(assignment)))
    for sentence in ("Because your job role is Tablet Operator since", "must complete Hand hygiene within 14 days"):
        assert sentence in page
    assert ("It is due soon from" in page, "It was never completed." in page) == (True, True)
    requirement = reverse("enrollment:requirement", args=[assignment.requirement_id])
    assert (requirement in page, requirement in words(browser(admin).get(page_of(assignment)))) == (False, True)


def test_only_readers_of_the_record_are_told(admin: User) -> None:
    lead = make_person(name="Lead")
    maya = make_person(name="Maya")
    place(maya, manager=lead, since=recently())
    address = page_of(given_to(maya, admin))
    for reader in (maya, lead, admin, make_person(AccessRole.AUDITOR)):
        assert browser(reader).get(address).status_code == 200
    stranger_lead = make_person()
    place(make_person(), manager=stranger_lead)
    for stranger in (make_person(), stranger_lead, make_person(AccessRole.AUTHOR)):
        assert browser(stranger).get(address).status_code == 404
    assert Client().get(address)["Location"].startswith("/accounts/login/")
    assert "Tablet Operator since" in words(browser(lead).get(address))


def test_rounds_and_what_moved_the_day_stand_on_the_page(admin: User) -> None:
    maya = operator("Maya", since=recently())
    assignment = given_to(maya, admin, validity_months=12)
    longer = assignment.due_on + timedelta(days=10)
    write([
        Extension(
            assignment=assignment, user=maya, was_due_on=assignment.due_on, due_on=longer, reason="Sick",
            granted_at=now(), granted_by=admin,
        )
    ])  # fmt: skip
    assert "More time was given" in words(browser(maya).get(page_of(assignment)))
    complete(maya, assignment.course, on=now().date())
    page = words(browser(maya).get(page_of(assignment)))
    assert ("in time" in page, "It may be completed again from" in page) == (True, True)


def test_it_is_linked_from_where_one_asks(admin: User) -> None:
    maya = operator("Maya", since=recently())
    assignment = given_to(maya, admin)
    start = reverse("enrollment:start", args=[assignment.course_id])
    record = reverse("reporting:person", args=[maya.pk])
    people = reverse("enrollment:requirement", args=[assignment.requirement_id])
    for reader, address in ((maya, start), (maya, record), (admin, record), (admin, people)):
        assert page_of(assignment) in words(browser(reader).get(address)), address


def test_page_reads_the_same_number_of_times(admin: User) -> None:
    def count() -> int:
        ask = browser(maya)
        ask.get(page_of(assignment))
        with CaptureQueriesContext(connection) as queries:
            ask.get(page_of(assignment))
        return len(queries)

    maya = operator("Maya", since=recently())
    assignment = given_to(maya, admin, validity_months=12)
    complete(maya, assignment.course, on=date(2024, 1, 5))
    before = count()
    for year in (2025, 2026):
        complete(maya, assignment.course, on=date(year, 1, 5))
    assert count() == before
