"""How many people learn a version again, shown before it is decided: no more and no less than are asked then."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.sql import rows
from core.tasks import run_waiting_jobs
from courses.actions import approve_version, retire_version, start_new_version, submit_version
from courses.choices import Retraining
from courses.models import CourseVersion
from enrollment.actions.retraining import ask_to_retrain
from enrollment.choices import AudienceField
from enrollment.models import RetrainingDue
from enrollment.queries.audiences import members_sql
from enrollment.queries.workers import workers
from enrollment.rules import Audience, admission
from people.actions import deactivate_person
from people.choices import AccessRole
from people.models import Position, User
from tests.enrollment.workplace import (
    AT,
    SIGNING,
    TODAY,
    analyst,
    browser,
    complete,
    deliver,
    laboratory,
    move,
    newark,
    operator,
    write,
)
from tests.factories import (
    BY,
    make_department,
    make_draft,
    make_effective,
    make_job_role,
    make_person,
    make_site,
    place,
)

PART = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("enrollment.views.retraining", "courses.views.decisions"):
        monkeypatch.setattr(f"{module}.now", lambda: AT)
    monkeypatch.setattr("enrollment.followers.now", lambda: AT + timedelta(hours=1))


@pytest.fixture
def approver(db: None) -> User:
    """Return an approver who may read everybody's training record, too."""
    return make_person(AccessRole.APPROVER, AccessRole.AUDITOR, name="Helen Okafor", signs=True)


@pytest.fixture
def first(db: None) -> CourseVersion:
    return make_effective(make_draft(title="Cleaning of presses", pages=3))


def submitted(before: CourseVersion) -> CourseVersion:
    """Return the next version of a course, in review."""
    draft = start_new_version(course=before.course, by=before.owner, at=AT, change_summary="Rinse twice.")
    return submit_version(version_id=draft.pk, by=before.owner, at=AT, **SIGNING)


def approved(version: CourseVersion, approver: User, **decision: Any) -> CourseVersion:
    decision = {"effective_on": TODAY, "retraining": Retraining.REPEAT, **decision}
    return approve_version(version_id=version.pk, by=approver, at=AT, **SIGNING, **decision)


def address(version: CourseVersion) -> str:
    return f"/versions/{version.pk}/retraining/"


def text_of(file: Any) -> str:
    return b"".join(file.streaming_content).decode()


def trained(course_version: CourseVersion) -> None:
    """Have people of many kinds complete a version, some of whom nobody asks again."""
    production = make_department()
    for name, details in {
        "Maya": {"department": production},
        "Rosa": {"department": laboratory(), "job_role": analyst()},
        "Tom": {"site": newark()},
        "Amara": {},
        "Lena": {},
    }.items():
        complete(operator(name, since=date(2020, 1, 1), **details), course_version.course, on=date(2026, 11, 5))
    move(User.objects.get(name="Amara"), since=TODAY, department=laboratory())
    gone = User.objects.get(name="Lena")
    deactivate_person(person=gone, by=BY, at=AT, left_on=TODAY, reason="left the company")
    complete(make_person(name="Nowhere"), course_version.course, on=date(2026, 11, 5))
    operator("Never trained", since=date(2020, 1, 1))


@pytest.mark.requirement("R-91")
@pytest.mark.parametrize(
    ("named", "asked"),
    [
        ({}, {"Maya", "Rosa", "Tom", "Amara"}),
        ({"departments": "Laboratory"}, {"Rosa", "Amara"}),
        ({"sites": "Newark"}, {"Tom"}),
        ({"departments": "Production", "sites": "Basel"}, {"Maya"}),
        ({"job_roles": "Tablet Operator", "departments": "Laboratory"}, {"Amara"}),
    ],
)
def test_the_count_shown_is_the_count_made(
    first: CourseVersion, approver: User, named: dict[str, str], asked: set[str]
) -> None:
    trained(first)
    version = submitted(first)
    makers: dict[str, Any] = {"departments": make_department, "sites": make_site, "job_roles": make_job_role}
    ids = {name: [str(makers[name](word).pk)] for name, word in named.items()}
    typed = {"retraining": "repeat", "effective_on": TODAY.isoformat(), **ids}
    part = browser(approver).get(address(version), typed, **PART)
    page = browser(approver).get(address(version), typed)
    listed = {each.name for each, _label in page.context["page"].object_list}
    file = text_of(browser(approver).get(address(version) + "people.csv", typed))
    approved(version, approver, retraining_of=ids)
    deliver()
    run_waiting_jobs()
    made = set(RetrainingDue.objects.filter(version=version).values_list("user__name", flat=True))
    assert made == listed == asked
    assert part.context["people"] == page.context["people"] == RetrainingDue.objects.count()
    assert {line.split(",")[0] for line in file.splitlines()[1:]} == asked
    after = browser(approver).get(address(version))
    assert {each.name for each, _label in after.context["page"].object_list} == asked, "who was asked stays to be read"


def test_it_says_how_many_how_long_where_and_by_when(first: CourseVersion, approver: User) -> None:
    trained(first)
    page = browser(approver).get(
        address(submitted(first)), {"retraining": "repeat", "retraining_within_days": "14"}, **PART
    )
    words = page.content.decode()
    assert page.context["sites"] == [("Basel", 3), ("Newark", 1)]
    assert page.context["training_time"] == "48 min", "four people, three pages of four minutes"
    assert "7 Dec 2026" in words
    assert "Amara, Maya, Rosa, Tom." in words
    assert "<html" not in words


def test_who_stays_trained_is_counted_too(first: CourseVersion, approver: User) -> None:
    trained(first)
    version = submitted(first)
    for said in ({"retraining": "keep"}, {}):  # as in the decision itself, nothing said is that nobody learns it again
        kept = {**said, "retraining_within_days": "-4", "retraining_up_to": "x"}
        words = browser(approver).get(address(version), kept, **PART).content.decode()
        assert "4 people completed an earlier version and stay trained." in words


def test_only_those_of_the_versions_that_were_named(first: CourseVersion, approver: User) -> None:
    both = operator("Both")
    for person in (operator("Old"), both):
        complete(person, first.course, on=date(2026, 11, 5))
    second = make_effective(start_new_version(course=first.course, by=first.owner, at=AT, change_summary="Twice."))
    for person in (operator("Newer"), both):
        complete(person, first.course, on=TODAY)
    version = submitted(second)
    found = browser(approver).get(address(version), {"retraining": "repeat", "retraining_up_to": "1"})
    assert [(each.name, label) for each, label in found.context["page"].object_list] == [("Old", "1.0")]
    every = browser(approver).get(address(version))
    assert {each.name: label for each, label in every.context["page"].object_list} == {
        "Both": "1.1",
        "Old": "1.0",
        "Newer": "1.1",
    }


def test_who_works_there_on_the_day_counts(first: CourseVersion, approver: User) -> None:
    maya = operator("Maya", since=date(2020, 1, 1))
    complete(maya, first.course, on=date(2026, 11, 5))
    move(maya, since=TODAY + timedelta(days=5), department=laboratory())
    version = submitted(first)
    there = {"retraining": "repeat", "departments": str(laboratory().pk)}
    for day, count in ((TODAY + timedelta(days=4), 0), (TODAY + timedelta(days=5), 1)):
        page = browser(approver).get(address(version), {**there, "effective_on": day.isoformat()}, **PART)
        assert page.context["people"] == count
    assert "As things stand now." in page.content.decode()


@pytest.mark.parametrize(
    "typed",
    [{"effective_on": "2020-01-01"}, {"retraining_within_days": "-3"}, {"retraining_up_to": "9"}, {"sites": "x"}],
)
def test_half_a_decision_shows_no_number(first: CourseVersion, approver: User, typed: dict[str, str]) -> None:
    complete(operator("Maya"), first.course, on=date(2026, 11, 5))
    version = submitted(first)
    typed = {"retraining": "repeat", **typed}
    part = browser(approver).get(address(version), typed, **PART)
    assert "as soon as the decision is in order" in part.content.decode()
    assert "people" not in part.context
    assert "This decision is not in order" in browser(approver).get(address(version), typed).content.decode()
    file = browser(approver).get(address(version) + "people.csv", typed)
    assert file["Location"].startswith(address(version))


def test_what_was_decided_is_shown_whatever_the_address_says(first: CourseVersion, approver: User) -> None:
    trained(first)
    version = approved(
        submitted(first), approver, effective_on=TODAY + timedelta(days=9), retraining_of={"sites": [str(newark().pk)]}
    )
    page = browser(approver).get(address(version), {"retraining": "keep"})
    assert [each.name for each, _label in page.context["page"].object_list] == ["Tom"]
    assert ("At", "Newark") in page.context["terms"]
    assert "See how many people that is" in browser(approver).get(f"/versions/{version.pk}/").content.decode()


def test_a_first_version_concerns_nobody(approver: User) -> None:
    draft = make_draft()
    version = submit_version(version_id=draft.pk, by=draft.owner, at=AT, **SIGNING)
    assert browser(approver).get(address(version), **PART).content.decode().strip() == ""
    assert "This is the first version" in browser(approver).get(address(version)).content.decode()


def test_until_the_job_has_ended_they_are_said_to_be_asked_now(first: CourseVersion, approver: User) -> None:
    trained(first)
    version = approved(submitted(first), approver)

    def seen(words: str, *, people: int = 4) -> None:
        for options in (PART, {}):
            page = browser(approver).get(address(version), **options)
            assert page.context["people"] == people
            assert ("They are being asked now." in page.content.decode()) is (words == "now")
            assert "Nobody was asked." not in page.content.decode()

    seen("now")  # the fact waits for its follower
    deliver()
    seen("now")  # the job waits
    ask_to_retrain(version_id=version.pk, at=AT, after=UUID(int=0), most=2)
    assert RetrainingDue.objects.count() == 2
    seen("now")  # the job is half way: all of them, none twice
    run_waiting_jobs()
    seen("over")


def test_who_was_approved_and_retired_before_its_day_asks_nobody(first: CourseVersion, approver: User) -> None:
    trained(first)
    version = approved(submitted(first), approver, effective_on=TODAY + timedelta(days=9))
    retire_version(version_id=version.pk, by=approver, at=AT, reason="Not needed after all")
    assert "Nobody was asked." in browser(approver).get(address(version), **PART).content.decode()


def test_an_approver_reads_how_many_and_the_names_only_of_whose_record_they_may_read(first: CourseVersion) -> None:
    trained(first)
    version = submitted(first)
    only = make_person(AccessRole.APPROVER, name="Only Approver")
    typed = {"retraining": "repeat"}
    for options in (PART, {}):
        page = browser(only).get(address(version), typed, **options)
        words = page.content.decode()
        assert (page.context["people"], page.context["readable"]) == (4, 0)
        assert page.context["sites"] == [("Basel", 3), ("Newark", 1)]
        assert "You may read the training record of none of them" in words
        assert "<table" not in words
        assert "people.csv" not in words
        assert not [name for name in ("Amara", "Maya", "Rosa", "Tom") if name in words]
    file = browser(only).get(address(version) + "people.csv", typed)
    assert file["Location"] == address(version) + "?retraining=repeat", "no file without names: it says why"
    operator("Led", manager=only)
    complete(User.objects.get(name="Led"), first.course, on=date(2026, 11, 5))
    page = browser(only).get(address(version), typed)
    assert (page.context["people"], [each.name for each, _label in page.context["page"].object_list]) == (5, ["Led"])


def test_names_are_of_those_whose_record_one_may_read(first: CourseVersion, approver: User) -> None:
    trained(first)
    version = submitted(first)
    place(first.owner, since=date(2020, 1, 1))
    complete(first.owner, first.course, on=date(2026, 11, 5))
    again = {"retraining": "repeat"}
    decides = browser(approver).get(address(version), again)
    assert (decides.context["people"], decides.context["readable"]) == (5, 5)
    writes = browser(first.owner).get(address(version), again)
    assert [each.name for each, _label in writes.context["page"].object_list] == [first.owner.name]
    assert writes.context["people"] == 5
    for words in (writes.content.decode(), browser(first.owner).get(address(version), again, **PART).content.decode()):
        assert "whose training record you may read" in words
        assert "Rosa" not in words
    file = text_of(browser(first.owner).get(address(version) + "people.csv"))
    assert "Rosa" not in file
    assert first.owner.name in file


@pytest.mark.parametrize(
    ("role", "in_review", "decided"),
    [(AccessRole.AUDITOR, 404, 200), (AccessRole.ADMINISTRATOR, 404, 200), (AccessRole.COORDINATOR, 403, 403)],
)
def test_it_is_open_to_whom_the_version_is_open(
    first: CourseVersion, approver: User, role: AccessRole, in_review: int, decided: int
) -> None:
    version = submitted(first)
    reader = browser(make_person(role))
    for page in (address(version), address(version) + "people.csv"):
        assert reader.get(page).status_code == in_review
    approved(version, approver)
    for page in (address(version), address(version) + "people.csv"):
        assert reader.get(page).status_code == decided


def test_as_many_queries_for_many_as_for_one(first: CourseVersion, approver: User) -> None:
    complete(operator("Maya"), first.course, on=date(2026, 11, 5))
    version = submitted(first)
    client, typed = browser(approver), {"retraining": "repeat", "sites": str(make_site().pk)}
    counts = []
    for _time in range(2):
        for options in (PART, {}):
            client.get(address(version), typed, **options)
            with CaptureQueriesContext(
                connection,
            ) as asked:
                assert client.get(address(version), typed, **options).status_code == 200
            counts.append(len(asked))
        for number in range(7):
            complete(operator(f"Person {number}"), first.course, on=date(2026, 11, 5))
    assert counts[:2] == counts[2:]


def test_pages_of_a_long_list(first: CourseVersion, approver: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("enrollment.views.retraining.PAGE", 2)
    for name in ("Ana", "Bea", "Cora"):
        complete(operator(name), first.course, on=date(2026, 11, 5))
    version = submitted(first)
    for number, names in (("1", ["Ana", "Bea"]), ("2", ["Cora"]), ("9", ["Ana", "Bea"]), ("x", ["Ana", "Bea"])):
        page = browser(approver).get(address(version), {"page": number})
        assert [each.name for each, _label in page.context["page"].object_list] == names
        assert page.context["page"].paginator.count == 3


def test_members_in_sql_are_those_of_the_rule(db: None) -> None:
    """Around the ends of positions, in zones a day apart, one by one and several at a time."""
    sites = [make_site(zone, zone) for zone in ("Pacific/Kiritimati", "Europe/Zurich", "Pacific/Pago_Pago")]
    roles = [make_job_role("Operator"), make_job_role("Fitter")]
    departments = [make_department("Packing"), make_department("Stores")]
    chance = random.Random(7)
    made: list[Position] = []
    for number in range(150):
        person = make_person(name=f"P{number}", hired_on=TODAY - timedelta(days=chance.randint(0, 5)))
        day = TODAY + timedelta(days=chance.randint(-5, 1))
        for turn, primary in enumerate((True, True, True, False, False)[chance.randint(0, 2) :]):
            day += timedelta(days=chance.choice((0, 0, 1)))
            since = day if primary else TODAY - timedelta(days=9 - turn)
            until = since + timedelta(days=chance.randint(1, 3) + 6 * (not primary)) if chance.random() < 0.8 else None
            made.append(
                Position(
                    user=person,
                    site=chance.choice(sites),
                    job_role=roles[int(primary)],
                    department=departments[number % 2] if primary else make_department(f"Beside {len(made)}"),
                    valid_from=since,
                    valid_until=until,
                    is_primary=primary,
                )
            )
            if primary and until is None:
                break
            day = until if primary and until else day
    write(made)
    tests = [
        {"all": []},
        {"all": [{"field": AudienceField.SITE.value, "is": [str(sites[0].pk)]}]},
        {"all": [{"field": AudienceField.JOB_ROLE.value, "is": [str(roles[0].pk)]}]},
        {"field": AudienceField.HIRED.value, "days": 2},
        {"not": {"field": AudienceField.DEPARTMENT.value, "is": [str(departments[1].pk)]}},
    ]
    differing = 0
    for data in tests:
        audience = Audience(data)
        people = workers("SELECT id FROM people_user", [], audiences=[audience])
        for hours in range(-72, 72, 5):
            at = AT + timedelta(hours=hours)
            ruled = {each.id: found.post.site for each in people if (found := admission(audience, each.history, at))}
            sql, values = members_sql(audience, at=at)
            assert dict(rows(sql, values)) == ruled, f"{data} {at}"
            differing += 0 < len(ruled) < len(people)
    assert differing > 40, "the times and audiences tell people apart"
