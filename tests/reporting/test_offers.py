"""The record of a person and the page that says why offer the same exceptions, and lock them with the same reason."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.clock import now
from enrollment.actions import WaiverRefused, ask_for_waiver
from enrollment.actions.waiving import grant_waiver, propose_waiver
from enrollment.choices import Renewal
from enrollment.models import Assignment
from people.actions import take_leave
from people.choices import AccessRole
from people.models import User
from tests.enrollment.workplace import SIGNING, a_course, browser, complete, open_assignments, switched_on
from tests.factories import make_person, place


def ago(count: int) -> datetime:
    return now() - timedelta(days=count)


@pytest.fixture
def lead(db: None) -> User:
    return make_person(name="Lead")


@pytest.fixture
def maya(lead: User) -> User:
    person = make_person(name="Maya")
    place(person, manager=lead, since=ago(3).date())
    return person


def given(maya: User, admin: User, **terms: Any) -> Assignment:
    return open_assignments(switched_on(a_course(), by=admin, at=ago(2), **terms))[maya.name]


def waived(assignment: Assignment, lead: User) -> Assignment:
    days = {"valid_from": now().date(), "valid_until": now().date() + timedelta(days=30)}
    waiver = propose_waiver(assignment=assignment, **days, reason="on another line", by=lead, at=now())
    grant_waiver(waiver=waiver, by=make_person(AccessRole.ADMINISTRATOR), at=now(), **SIGNING)
    return assignment


def on_record(reader: User, assignment: Assignment) -> tuple[bool, bool, bool, str]:
    """Return whether more time, a waiver and an open waiver are offered, and why no more time is."""
    answer = browser(reader).get(reverse("reporting:person", args=[assignment.user_id]))
    page = answer.content.decode()
    reason = answer.context["offers"][assignment.pk].no_more_time
    assert reason in page
    names = [reverse(f"enrollment:{name}", args=[assignment.pk]) for name in ("extend", "propose_waiver")]
    return names[0] in page, names[1] in page, "Open the waiver" in page, reason


def on_why(reader: User, assignment: Assignment) -> tuple[bool, bool, bool, str]:
    context = browser(reader).get(reverse("enrollment:why", args=[assignment.pk])).context
    opened = {each.words for each in context["open"]}
    locked = {each.words: each.locked for each in context["locked"]}
    return (
        "Give more time" in opened,
        "Propose a waiver" in opened,
        "Open the waiver" in opened,
        locked.get("Give more time", ""),
    )


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("todo", (True, True, False, "")),
        ("waived", (False, False, True, "It is waived for Maya now, so nothing is due.")),
        ("done", (False, True, False, "Maya has completed this already.")),
        ("on leave", (True, True, False, "")),
        ("on leave without an end", (False, True, False, "Nothing is due for Maya, so there is no day to move.")),
    ],
)
def test_both_pages_offer_the_same(
    admin: User, lead: User, maya: User, state: str, expected: tuple[bool, bool, bool, str]
) -> None:
    assignment = given(maya, admin, renewal=Renewal.ONCE)
    if state == "waived":
        waived(assignment, lead)
    if state == "done":
        complete(maya, assignment.course, on=now().date())
    if state.startswith("on leave"):
        until = None if state.endswith("end") else now().date() + timedelta(days=60)
        take_leave(person=maya, valid_from=now().date(), valid_until=until, reason="parental", by=admin, at=now())
    assert on_why(lead, assignment) == on_record(lead, assignment) == expected


def test_who_may_not_is_offered_nothing_on_the_record(admin: User, lead: User, maya: User) -> None:
    assignment = given(maya, admin)
    auditor = make_person(AccessRole.AUDITOR)
    for reader in (auditor, maya):
        answer = browser(reader).get(reverse("reporting:person", args=[maya.pk]))
        assert (answer.context["offers"], answer.context["may_except"]) == ({}, False)
        assert reverse("enrollment:extend", args=[assignment.pk]) not in answer.content.decode()


def test_record_asks_as_often_for_many_requirements_as_for_one(admin: User, lead: User, maya: User) -> None:
    client, counts = browser(lead), []
    for _each in range(3):
        waived(given(maya, admin), lead)
        client.get(reverse("reporting:person", args=[maya.pk]))
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("reporting:person", args=[maya.pk]))
        counts.append(len(queries))
    assert len(set(counts)) == 1


def asked(maya: User, assignment: Assignment) -> str:
    """Return why Maya can not ask for a waiver on the page of an assignment; nothing when she can."""
    context = browser(maya).get(reverse("enrollment:why", args=[assignment.pk])).context
    opened = {each.words for each in context["open"]}
    locked = {each.words: each.locked for each in context["locked"]}
    assert ("Ask for a waiver" in opened) != ("Ask for a waiver" in locked)
    return str(locked.get("Ask for a waiver", ""))


def test_asking_for_a_waiver_goes_by_the_requirement_and_not_by_another_one_of_the_training(
    admin: User, lead: User, maya: User
) -> None:
    course = a_course()
    complete(maya, course, on=ago(1).date())
    once, yearly = (
        open_assignments(switched_on(course, by=admin, at=ago(2), **terms))["Maya"]
        for terms in ({"renewal": Renewal.ONCE}, {"renewal": Renewal.COMPLETION, "validity_months": 1})
    )
    done = "You have completed this already, so nothing is asked of you now."
    assert (asked(maya, once), asked(maya, yearly)) == (done, "")  # which may be renewed
    with pytest.raises(WaiverRefused, match="completed this already"):
        ask_for_waiver(assignment=once, by=maya, at=now(), reason="on another line")
    assert ask_for_waiver(assignment=yearly, by=maya, at=now(), reason="on another line") == [lead]


def test_what_is_waived_or_paused_is_not_asked_about(admin: User, lead: User, maya: User) -> None:
    assignment, other = given(maya, admin), given(maya, admin)
    waived(assignment, lead)
    assert (asked(maya, assignment), asked(maya, other)) == ("It is waived now, so nothing is asked of you.", "")
    take_leave(person=maya, valid_from=now().date(), valid_until=None, reason="parental", by=admin, at=now())
    assert asked(maya, other) == "You are on leave, so nothing is asked of you now."
    with pytest.raises(WaiverRefused, match="You are on leave"):
        ask_for_waiver(assignment=other, by=maya, at=now(), reason="on another line")
