"""The pages of tasks: by role, with bad input, and who is qualified on which day."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.clock import now
from enrollment.actions.qualifying import add_task, change_task
from enrollment.models import Task
from enrollment.rules.questions import question_of
from people.actions import grant_role
from people.choices import AccessRole
from people.models import User
from records.models import Event
from tests.enrollment.workplace import AT, a_course, analyst, browser, complete, laboratory, newark, operator
from tests.factories import LONG_AGO, make_department, make_person, make_site, place

LIST, NEW = "/tasks/", "/tasks/new/"


def a_task(admin: User, *courses: Any, name: str = "Release a batch") -> Task:
    return add_task(name=name, courses=courses, by=admin, at=LONG_AGO)


def page_of(task: Task, rest: str = "") -> str:
    return reverse("enrollment:task", args=[task.pk]) + rest


def shown(answer: Any) -> dict[str, bool]:
    return {each.person.name: each.is_qualified for each in answer.context["answers"]}


def words(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


# Who may see and do what


def test_overseers_read_tasks_and_nobody_else(admin: User) -> None:
    lead = make_person(name="Lead")
    place(make_person(), manager=lead)
    task = a_task(admin, a_course())
    for address in (LIST, page_of(task), page_of(task, "people.csv")):
        for reader in (admin, make_person(AccessRole.AUDITOR), lead):
            assert browser(reader).get(address).status_code == 200
        for other in (make_person(), make_person(AccessRole.AUTHOR, AccessRole.APPROVER)):
            assert browser(other).get(address).status_code == 403
        assert Client().get(address)["Location"].startswith("/accounts/login/")
    assert browser(admin).get(page_of(Task(id=uuid4()))).status_code == 404


def test_only_an_administrator_of_everything_changes_tasks(admin: User) -> None:
    task = a_task(admin, a_course())
    some = make_person()
    grant_role(person=some, role=AccessRole.ADMINISTRATOR, by=admin, at=now(), reason="for a test", site=make_site())
    for address in (NEW, page_of(task, "change/")):
        assert browser(admin).get(address).status_code == 200
        for other in (some, make_person(AccessRole.AUDITOR)):
            assert browser(other).get(address).status_code == 403
            assert browser(other).post(address).status_code == 403
    assert NEW not in words(browser(some).get(LIST))


# Making and changing


def test_empty_list_says_what_to_do_next(admin: User) -> None:
    assert f'href="{NEW}"' in words(browser(admin).get(LIST))
    page = words(browser(make_person(AccessRole.AUDITOR)).get(LIST))
    assert ("No task yet" in page, NEW in page) == (True, False)


def test_task_is_added(admin: User) -> None:
    records, hygiene = a_course("Electronic records"), a_course("Hand hygiene")
    answer = browser(admin).post(NEW, {"name": "  Release  a batch ", "courses": [records.pk, hygiene.pk]})
    task = Task.objects.get()
    assert (answer.status_code, answer["Location"], task.name) == (302, page_of(task), "Release a batch")
    assert set(task.asked.values_list("course_id", flat=True)) == {records.pk, hygiene.pk}
    page = words(browser(admin).get(LIST))
    assert ("Release a batch" in page, "Electronic records, Hand hygiene" in page) == (True, True)


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"name": ""}, "name", "Say what is done."),
        ({"name": "release A batch"}, "name", "There is a task of this name already."),
        ({"courses": []}, "courses", "Choose at least one training"),
        ({"courses": ["x"]}, "courses", "That is not offered."),
    ],
)
def test_bad_input_gets_a_sentence_and_keeps_what_was_typed(
    admin: User, typed: dict[str, Any], field: str, sentence: str
) -> None:
    course = a_course()
    a_task(admin, course)
    answer = browser(admin).post(NEW, {"name": "Something else", "courses": [course.pk], **typed})
    assert (answer.status_code, Task.objects.count()) == (422, 1)
    assert sentence in answer.context["form"].errors[field][0]
    assert answer.context["form"]["name"].value() == typed.get("name", "Something else")


def test_task_changes_with_a_reason_and_keeps_its_history(admin: User) -> None:
    records, hygiene = a_course("Electronic records"), a_course("Hand hygiene")
    task = a_task(admin, records)
    address = page_of(task, "change/")
    for reason in ("", "Deviation"):
        answer = browser(admin).post(address, {"name": task.name, "courses": [hygiene.pk], "reason": reason})
        assert (answer.status_code, "reason" in answer.context["form"].errors) == (422, True)
    filled = {"name": "Release a lot", "courses": [hygiene.pk], "reason": "Deviation 2026-114"}
    assert browser(admin).post(address, filled).status_code == 302
    page = words(browser(admin).get(page_of(task)))
    assert "Reason: Deviation 2026-114" in page
    asked = browser(admin).get(page_of(task)).context["asked"]
    assert [(each.title, each.removed_at is None) for each in asked] == [
        ("Hand hygiene", True),
        ("Electronic records", False),
    ]
    assert Event.objects.get(verb="enrollment.task_changed").reason == "Deviation 2026-114"


def test_name_that_another_task_has_is_refused(admin: User) -> None:
    course = a_course()
    a_task(admin, course, name="Weigh")
    task = a_task(admin, course)
    filled = {"name": "Weigh", "courses": [course.pk], "reason": "for a test"}
    answer = browser(admin).post(page_of(task, "change/"), filled)
    assert "name" in answer.context["form"].errors


# Who is qualified


@pytest.mark.parametrize(
    ("day", "at"),
    [
        (None, AT),
        (date(2026, 11, 23), AT),
        (date(2026, 3, 14), datetime(2026, 3, 14, 11, tzinfo=UTC)),
        (date(2027, 7, 1), datetime(2027, 7, 1, 10, tzinfo=UTC)),
    ],
)
def test_day_is_asked_about_at_noon_and_today_now(day: date | None, at: datetime) -> None:
    question = question_of(day, zone="Europe/Zurich", at=AT)
    assert (question.day, question.at) == (day or date(2026, 11, 23), at)


def test_page_says_who_is_qualified_on_a_day(admin: User) -> None:
    course = a_course("Hand hygiene")
    task = a_task(admin, course)
    maya, jonas = operator("Maya", since=date(2020, 1, 1)), operator("Jonas", since=date(2020, 1, 1))
    complete(maya, course, on=date(2025, 3, 20), valid_until=date(2026, 3, 20))
    complete(jonas, course, on=date(2026, 3, 15))
    ask = browser(admin)
    answer = ask.get(page_of(task, "?day=2026-03-14&site=&missing="))
    assert shown(answer) == {"Jonas": False, "Maya": True, "Tomás Ferreira": False} | {
        each.name: False for each in User.objects.exclude(pk__in=[maya.pk, jonas.pk])
    }
    page = words(answer)
    assert "Completed on 20 Mar 2025, counts until 20 Mar 2026" in page
    assert "Never completed until then" in page
    answer = ask.get(page_of(task, f"?day=2026-03-14&missing=on&site={make_site().pk}"))
    assert shown(answer) == {"Jonas": False}
    later = ask.get(page_of(task, f"?day=2026-03-21&site={make_site().pk}"))
    assert shown(later) == {"Jonas": True, "Maya": False}


def test_filters_narrow_whom_it_is_about(admin: User) -> None:
    task = a_task(admin, a_course())
    since = date(2020, 1, 1)
    operator("Maya", since=since)
    operator("Ana", since=since, site=newark())
    operator("Kim", since=since, department=laboratory(), job_role=analyst())
    ask = browser(admin)
    assert list(shown(ask.get(page_of(task, f"?site={newark().pk}")))) == ["Ana"]
    assert list(shown(ask.get(page_of(task, f"?department={laboratory().pk}")))) == ["Kim"]
    assert list(shown(ask.get(page_of(task, f"?job_role={analyst().pk}")))) == ["Kim"]
    nobody = ask.get(page_of(task, f"?site={newark().pk}&job_role={analyst().pk}"))
    assert (nobody.status_code, "Nobody matches" in words(nobody)) == (200, True)
    before = ask.get(page_of(task, f"?site={make_site().pk}&day=2019-12-31"))
    assert shown(before) == {}


def test_reader_sees_only_whom_they_may_read(admin: User) -> None:
    course = a_course()
    task = a_task(admin, course)
    lead = make_person(name="Lead")
    place(lead)
    place(mine := make_person(name="Mine"), manager=lead)
    place(make_person(name="Stranger"))
    assert set(shown(browser(lead).get(page_of(task)))) == {"Lead", mine.name}
    listed = b"".join(browser(lead).get(page_of(task, "people.csv"))).decode("utf-8-sig")  # type: ignore[arg-type]
    assert "Stranger" not in listed


def test_it_is_answered_as_known_then(admin: User) -> None:
    records, hygiene = a_course("Electronic records"), a_course("Hand hygiene")
    task = a_task(admin, records)
    maya = operator("Maya", since=date(2020, 1, 1))
    complete(maya, records, on=date(2026, 1, 5))
    change_task(task=task, courses=[records, hygiene], by=admin, at=AT, reason="Deviation 2026-114")
    ask, site = browser(admin), make_site().pk
    assert shown(ask.get(page_of(task, f"?site={site}&day=2026-03-14"))) == {"Maya": False}
    known = ask.get(page_of(task, f"?site={site}&day=2026-03-14&known_at=2026-11-20T12:00"))
    assert shown(known) == {"Maya": True}
    nothing = ask.get(page_of(task, f"?site={site}&day=2026-03-14&known_at=2019-11-20T12:00"))
    assert "It asked for nothing then" in words(nothing)


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ("day=soon", "day"),
        ("known_at=then", "known_at"),
        ("known_at=2199-01-01T00:00", "known_at"),
        ("known_at=0001-01-01T00:00", "known_at"),
        ("site=x", "site"),
    ],
)
def test_question_that_is_not_understood_gets_no_answer(admin: User, asked: str, field: str) -> None:
    task = a_task(admin, a_course())
    answer = browser(admin).get(page_of(task, f"?{asked}"))
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    assert asked.partition("=")[2] in words(answer)
    assert "There is no answer" in words(answer)
    assert browser(admin).get(page_of(task, f"people.csv?{asked}")).status_code == 302


def test_file_says_what_the_screen_says(admin: User) -> None:
    course = a_course("Hand hygiene")
    task = a_task(admin, course)
    maya = operator("Maya", since=date(2020, 1, 1))
    operator("Jonas", since=date(2020, 1, 1))
    complete(maya, course, on=date(2026, 1, 5))
    query = f"?site={make_site().pk}&day=2026-03-14"
    answer = browser(admin).get(page_of(task, f"people.csv{query}"))
    rows = list(csv.reader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))  # type: ignore[arg-type]
    on_screen = browser(admin).get(page_of(task, query)).context["answers"]
    assert rows[0] == ["Person", "Employee number", "Day", "As known on", "Qualified", "Hand hygiene"]
    assert rows[1:] == [
        [
            each.person.name,
            each.person.employee_number,
            "2026-03-14",
            "now",
            each.words,
            each.courses[0].verdict.sentence,
        ]
        for each in on_screen
    ]
    missing = browser(admin).get(page_of(task, f"people.csv{query}&missing=on"))
    assert [row[0] for row in csv.reader(io.StringIO(b"".join(missing).decode()))][1:] == ["Jonas"]  # type: ignore[arg-type]


@pytest.mark.parametrize("missing", ["", "&missing=on"])
def test_pages_read_the_same_number_of_times(admin: User, missing: str) -> None:
    def counts() -> list[int]:
        ask, found = browser(admin), []
        for address in (LIST, page_of(task, f"?x={missing}"), page_of(task, f"people.csv?x={missing}")):
            b"".join(ask.get(address))  # type: ignore[arg-type]
            with CaptureQueriesContext(connection) as queries:
                b"".join(ask.get(address))  # type: ignore[arg-type]
            found.append(len(queries))
        return found

    course = a_course()
    task = a_task(admin, course)
    complete(operator("One", since=date(2020, 1, 1)), course, on=date(2026, 1, 5))
    before = counts()
    for number in range(3):
        more = a_course(f"Course {number}")
        a_task(admin, course, more, name=f"Task {number}")
        change_task(task=task, courses=[course, more], by=admin, at=now() - timedelta(days=9 - number), reason="a test")
        operator(f"More {number}", since=date(2020, 1, 1), department=make_department())
    assert counts() == before


def test_list_is_cut_into_pages(admin: User) -> None:
    task = a_task(admin, a_course())
    for number in range(27):
        place(make_person(name=f"Worker {number:02}"))
    site = make_site().pk
    first = browser(admin).get(page_of(task, f"?site={site}"))
    second = browser(admin).get(page_of(task, f"?site={site}&page=2"))
    assert (len(shown(first)), len(shown(second))) == (25, 2)
    assert "27 people" in words(first)


# On a person's record


def test_person_sees_what_they_are_qualified_for(admin: User) -> None:
    records, hygiene = a_course("Electronic records"), a_course("Hand hygiene")
    maya = operator("Maya", since=date(2020, 1, 1))
    address = reverse("reporting:person_part", args=[maya.pk, "qualified"])
    assert "No task was there then" in words(browser(maya).get(address))
    a_task(admin, records)
    a_task(admin, records, hygiene, name="Clean the line")
    complete(maya, records, on=date(2026, 1, 5))
    for reader in (maya, admin):
        answer = browser(reader).get(address + "?day=2026-03-14")
        listed = [(task.name, each.is_qualified) for task, each in answer.context["qualifications"]]
        assert listed == [("Clean the line", False), ("Release a batch", True)]
        assert "Never completed until then" in words(answer)
    assert page_of(Task.objects.first()) not in words(browser(maya).get(address))
    before = browser(maya).get(address + "?day=2026-01-04")
    assert not any(each.is_qualified for _task, each in before.context["qualifications"])
    known = browser(maya).get(address + "?day=2026-03-14&known_at=2019-01-01T00:00")
    assert known.context["qualifications"] == []
    wrong = browser(maya).get(address + "?day=soon")
    assert (wrong.status_code, "There is no answer" in words(wrong)) == (422, True)
    assert browser(make_person()).get(address).status_code == 404


def test_record_reads_the_same_number_of_times(admin: User) -> None:
    def count() -> int:
        ask = browser(maya)
        ask.get(address)
        with CaptureQueriesContext(connection) as queries:
            ask.get(address)
        return len(queries)

    course = a_course()
    maya = operator("Maya", since=date(2020, 1, 1))
    address = reverse("reporting:person_part", args=[maya.pk, "qualified"])
    a_task(admin, course)
    before = count()
    for number in range(3):
        a_task(admin, course, a_course(f"Course {number}"), name=f"Task {number}")
    assert count() == before
