"""Standings say what the facts say: after every change, and when somebody has tampered with them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from enrollment.actions import enroll, follow_person
from enrollment.actions.checking import check_standings
from enrollment.actions.standing import restand
from enrollment.choices import Status
from enrollment.followers import FIRST
from enrollment.models import Standing, StandingCheck
from enrollment.queries import standings
from enrollment.tasks import check_standings as nightly
from people import actions as people
from people.models import User
from tests.enrollment.workplace import (
    AT,
    TODAY,
    a_course,
    analyst,
    complete,
    deliver,
    move,
    open_assignments,
    operator,
    switched_on,
)
from tests.factories import BY


@pytest.fixture(autouse=True)
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let followers act an hour after what they follow."""
    monkeypatch.setattr("enrollment.followers.now", lambda: AT + timedelta(hours=1))


def differences() -> list[Any]:
    checked, found, _last = check_standings(after=FIRST, most=1000)
    assert checked == Standing.objects.count()
    return found


def test_nothing_differs_after_any_change(admin: User) -> None:
    course = a_course()
    maya, rosa = operator("Maya"), operator("Rosa")
    switched_on(course, by=admin, due_within_days=60)
    assert differences() == []
    enroll(user=maya, course=course, by=maya, at=AT)
    assert differences() == []
    complete(rosa, course, on=TODAY, valid_until=TODAY + timedelta(days=365))
    assert differences() == []
    people.take_leave(
        person=maya, valid_from=TODAY, valid_until=date(2027, 3, 1), reason="parental leave", by=BY, at=AT
    )
    deliver()
    assert differences() == []
    [standing] = standings(at=AT, user_ids=[maya.pk])
    assert (standing.status, standing.due_on, standing.is_moved) == (Status.PAUSED, date(2027, 4, 10), True)
    people.withdraw_leave(leave=maya.leaves.get(), reason="another Maya", by=BY, at=AT)
    deliver()
    assert differences() == []
    [standing] = standings(at=AT, user_ids=[maya.pk])
    assert (standing.status != Status.PAUSED, standing.is_moved) == (True, False)
    move(rosa, since=TODAY, job_role=analyst())
    follow_person(user_id=rosa.pk, at=AT + timedelta(hours=1))
    assert differences() == []
    assert Standing.objects.count() == 1


def test_what_was_tampered_with_is_found_noted_and_put_right(admin: User) -> None:
    operator("Maya"), operator("Rosa"), operator("Amara")
    requirement = switched_on(a_course(), by=admin)
    given = open_assignments(requirement)
    Standing.objects.filter(assignment=given["Maya"]).update(statuses=["done"], days=[date(1, 1, 1)])
    Standing.objects.filter(assignment=given["Rosa"]).delete()
    nightly()
    check = StandingCheck.objects.get()
    assert (check.checked, check.differences) == (3, 2)
    assert {each["assignment"] for each in check.examples} == {str(given[name].pk) for name in ("Maya", "Rosa")}
    assert check.finished_at is not None
    nightly()
    assert StandingCheck.objects.latest("started_at").differences == 0
    assert {row.status for row in standings(at=AT, course_id=requirement.course_id)} == {Status.LATE}


def test_computing_again_writes_nothing(admin: User) -> None:
    person = operator("Maya")
    switched_on(a_course(), by=admin)
    assert restand(user_ids=[person.pk]) == 0
    Standing.objects.update(is_moved=True)
    assert restand(user_ids=[person.pk]) == 1


def test_a_leaver_stands_nowhere(admin: User) -> None:
    person = operator("Maya")
    switched_on(a_course(), by=admin)
    people.deactivate_person(person=person, by=BY, at=AT, left_on=TODAY, reason="left the company")
    deliver()
    assert not Standing.objects.exists()


def test_a_corrected_first_day_of_work_moves_what_is_counted_from_it(admin: User) -> None:
    person = operator("Maya")
    switched_on(a_course(), by=admin, counted_from="hire")
    people.change_person(person=person, by=BY, at=AT, reason="typed wrongly", hired_on=date(2026, 11, 10))
    deliver()
    [standing] = standings(at=AT, user_ids=[person.pk])
    assert standing.due_on == date(2026, 11, 24)


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"days": []}, "standing_days_have_statuses"),
        ({"statuses": ["todo", "soon"]}, "standing_days_have_statuses"),
        ({"why": "luck"}, "standing_why_known"),
        ({"completed_on": TODAY}, "standing_completion_dated"),
    ],
)
def test_the_database_refuses_a_standing(admin: User, change: dict[str, Any], constraint: str) -> None:
    operator("Maya")
    switched_on(a_course(), by=admin)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Standing.objects.update(**change)


def test_a_check_ends_after_it_begins(db: None) -> None:
    with pytest.raises(IntegrityError, match="check_ends_after_it_begins"), transaction.atomic():
        StandingCheck.objects.create(started_at=AT, finished_at=AT - timedelta(hours=1))


def test_at_least_one_thing_narrows(db: None) -> None:
    with pytest.raises(ValueError, match="nightly check"):
        restand()
