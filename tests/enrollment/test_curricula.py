"""The curriculum of a job role: what any rule asks of it and why, how that is shown, and how people stand."""

from __future__ import annotations

import csv
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from enrollment.choices import Status
from enrollment.models import Requirement
from enrollment.permissions import requirements_readable_by
from enrollment.queries.curricula import Asked, curriculum_of
from enrollment.rules.audiences import EVERYONE
from people.actions import grant_role
from people.choices import AccessRole
from people.models import User
from tests.enrollment.classroom import a_version
from tests.enrollment.workplace import (
    AT,
    TODAY,
    a_course,
    analyst,
    browser,
    complete,
    move,
    newark,
    operator,
    switched_on,
)
from tests.factories import BY, LONG_AGO, make_job_role, make_person, place

MATRIX = {"all": [{"field": "matrix"}]}


def asked_of_everyone(admin: User) -> Requirement:
    """Switch on a course with a quiz for everyone there is, by a rule of its own."""
    course = a_version("page", "quiz", title="Good documentation").course
    return switched_on(course, by=admin, audience=EVERYONE, reason="SOP-QA-004: who makes records")


def asked_of(admin: User, job_role: object) -> list[Asked]:
    readable = requirements_readable_by(admin)
    return curriculum_of(job_role.pk, readable, day=TODAY, at=AT)  # type: ignore[attr-defined]


@pytest.mark.requirement("R-85")
def test_a_job_role_says_what_why_how_it_is_shown_and_how_people_stand(admin: User) -> None:
    maya = operator("Maya")
    operator("Kenji")
    operator("Ines", job_role=analyst())
    quiz = asked_of_everyone(admin)
    own = switched_on(a_course("Lockout"), by=admin, reason="SOP-EHS-011: who opens machines", due_within_days=24)
    complete(maya, quiz.course, on=TODAY - timedelta(days=1))
    documentation, lockout = asked_of(admin, make_job_role())
    assert (documentation.title, documentation.number) == ("Good documentation", quiz.number)
    assert documentation.reason == "SOP-QA-004: who makes records"
    assert [str(check) for check in documentation.checks] == ["Score at least 80 %"]
    assert documentation.counts[Status.DONE] == 1
    assert documentation.people == 2
    assert lockout.when == "within 24 days of entering the role"
    assert (lockout.checks, lockout.minutes, lockout.people) == ([], 4, 2)
    assert [each.number for each in asked_of(admin, analyst())] == [quiz.number]
    assert own.number == lockout.number


def test_who_has_left_a_job_role_is_counted_there_no_longer(admin: User) -> None:
    maya = operator("Maya")
    asked_of_everyone(admin)
    move(maya, since=TODAY, job_role=analyst())
    assert asked_of(admin, make_job_role()) == []
    assert [each.people for each in asked_of(admin, analyst())] == [1]


@pytest.mark.requirement("R-90")
def test_what_everyone_must_learn_spares_no_manager_and_no_administrator(admin: User, boss: User) -> None:
    auditor = make_person(AccessRole.AUDITOR, name="Ada")
    held = [operator("Maya", manager=boss), boss, admin, auditor]
    for person in (boss, admin, auditor):
        place(person, since=LONG_AGO.date(), job_role=analyst())
    requirement = switched_on(a_course("Phishing and passwords"), by=admin, audience=EVERYONE)
    reached = set(requirement.assignments.values_list("user", flat=True))
    assert {person.pk for person in held} <= reached


def test_the_page_and_its_file_say_the_same(admin: User) -> None:
    operator("Maya")
    quiz = asked_of_everyone(admin)
    column = switched_on(a_course("Line clearance"), by=admin, audience=MATRIX)
    answer = browser(admin).get(reverse("enrollment:curriculum", args=[make_job_role().pk]))
    for words in ("Good documentation", f"R-{quiz.number}", "SOP-QA-004", "by another rule", "1 overdue"):
        assert words in answer.content.decode()
    assert [each.number for each, *_shown in answer.context["asked"]] == [quiz.number]
    assert f'value="{column.pk}"' in answer.content.decode()  # in the form: it may be asked from here on
    sheet = browser(admin).get(reverse("enrollment:curriculum_sheet", args=[make_job_role().pk]))
    lines = list(csv.reader(b"".join(sheet).decode("utf-8-sig").splitlines()))  # type: ignore[arg-type]
    assert lines[0][:4] == ["Requirement", "Training", "Minutes", "By when"]
    assert [line[:2] for line in lines[1:]] == [[f"R-{quiz.number}", "Good documentation"]]
    assert lines[1][-2:] == ["1", "1 overdue"]
    assert lines[1][5].endswith("; Signature"), "as the page says"


def test_an_administrator_of_a_site_reads_what_its_rules_ask(admin: User) -> None:
    operator("Maya")
    operator("Kenji", site=newark())
    asked_of_everyone(admin)
    limited = make_person(name="Lina")
    grant_role(person=limited, role=AccessRole.ADMINISTRATOR, site=newark(), by=BY, at=LONG_AGO, reason="for a test")
    address = reverse("enrollment:curriculum", args=[make_job_role().pk])
    assert "2 overdue" in browser(admin).get(address).content.decode()
    assert "Nothing yet" in browser(limited).get(address).content.decode()
    switched_on(a_course("Lockout"), by=admin, site=newark())
    assert "1 overdue" in browser(limited).get(address).content.decode()


def test_many_trainings_take_as_many_queries_as_one(admin: User) -> None:
    operator("Maya")
    asked_of_everyone(admin)
    client = browser(admin)
    address = reverse("enrollment:curriculum", args=[make_job_role().pk])
    client.get(address)
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    for title in ("Lockout", "Hand hygiene", "Spills"):
        switched_on(a_course(title), by=admin)
    client.get(address)
    with CaptureQueriesContext(connection) as many:
        client.get(address)
    assert len(many) == len(few)
