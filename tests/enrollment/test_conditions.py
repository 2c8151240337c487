"""The rows of the requirement's form: any combination of conditions, typed, kept and shown again."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client
from django.utils import timezone

from enrollment.forms import Conditions
from enrollment.models import Assignment, Requirement
from enrollment.rules import EVERYONE, check_audience
from people import actions
from people.choices import AccessRole
from people.models import User
from tests.enrollment.workplace import a_course, analyst, laboratory, operator
from tests.factories import BY, LONG_AGO, make_department, make_job_role, make_person, make_site

pytestmark = pytest.mark.django_db


def typed(*rows: dict[str, Any]) -> QueryDict:
    """Return what a browser sends for these rows."""
    sent = QueryDict(mutable=True)
    sent["conditions"] = "1"
    for number, row in enumerate(rows, start=1):
        for name, value in row.items():
            sent.setlist(f"condition-{number}-{name}", value if isinstance(value, list) else [value])
    return sent


def shown(conditions: Conditions) -> list[tuple[str, str, bool, list[str]]]:
    return [(row.joins, row.asks, row.denied, row.values) for row in conditions.rows]


def test_rows_become_an_audience_and_the_audience_becomes_the_same_rows() -> None:
    clearance = actions.add_attribute(by=BY, at=LONG_AGO, name="Clearance", options=["A", "B"])
    group = actions.add_group(by=BY, at=LONG_AGO, name="Fire wardens")
    person, role, site = make_person(), make_job_role(), make_site()
    sent = typed(
        {"asks": f"attribute:{clearance.pk}", "values": ["A", "B"]},
        {"asks": "group", "values": [str(group.pk)], "denied": "not"},
        {"asks": "hired_from", "values": "2026-01-05"},
        {"asks": "job_role", "values": [str(role.pk), str(analyst().pk)], "joins": "or"},
        {"asks": "site", "values": [str(site.pk)]},
        {"asks": "hired_days", "values": "30"},
        {"asks": "manages", "joins": "or", "denied": "not"},
        {"asks": "person", "values": person.employee_number, "joins": "or"},
        {"asks": "employment", "values": ["agency"], "joins": "or"},
    )
    sentence = [{"field": "job_role", "is": [str(role.pk)]}]
    read = Conditions(sent, EVERYONE)
    assert [row.error for row in read.rows] == [""] * 9
    audience = read.audience(sentence)
    check_audience(audience)
    assert [len(part["all"]) for part in audience["any"]] == [4, 3, 1, 1, 1]
    assert audience["any"][2] == {"all": [{"not": {"field": "manages"}}]}
    again = Conditions(None, audience)
    assert shown(again) == shown(read)
    assert again.audience(sentence) == audience


def test_what_is_not_filled_in_asks_for_nothing_and_is_shown_again() -> None:
    read = Conditions(typed({"asks": "group"}, {"asks": "manages"}), EVERYONE)
    assert read.audience([]) == {"all": [{"field": "manages"}]}
    assert [row.asks for row in read.incomplete] == ["group"]
    assert read.blank.number == 3


def test_another_field_forgets_the_values_of_the_one_before() -> None:
    role = make_job_role()
    read = Conditions(typed({"asks": "site", "was": "job_role", "values": [str(role.pk)]}), EVERYONE)
    assert [(row.asks, row.values) for row in read.rows] == [("site", [])]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"asks": "password", "values": "x"}, "Choose what this condition asks about."),
        ({"asks": "hired_from", "values": "soon"}, "Give a day, such as 2026-11-03."),
        ({"asks": "hired_from", "values": "9999-12-31"}, "Give a day, such as 2026-11-03."),
        ({"asks": "hired_days", "values": "many"}, "Give a number of days."),
        ({"asks": "person", "values": "E99999999"}, "Nobody has the number E99999999."),
        ({"asks": "attribute:x", "values": "A"}, "There is no such attribute."),
    ],
)
def test_a_row_that_cannot_be_read_says_why(row: dict[str, Any], words: str) -> None:
    read = Conditions(typed(row), EVERYONE)
    assert [each.error for each in read.rows] == [words]
    assert read.audience([]) == {"all": []}


def test_a_value_that_is_not_offered_is_not_chosen() -> None:
    read = Conditions(typed({"asks": "site", "values": ["'; DROP TABLE", str(make_site().pk)]}), EVERYONE)
    assert [row.values for row in read.rows] == [[str(make_site().pk)]]


def test_an_audience_that_rows_cannot_say_is_kept() -> None:
    nested = {"all": [{"any": [{"all": [{"field": "manages"}]}]}]}
    read = Conditions(None, nested)
    assert read.is_foreign
    assert read.rows == []


@pytest.fixture
def admin() -> User:
    return make_person(AccessRole.ADMINISTRATOR)


def fields(course: Any, **more: Any) -> dict[str, Any]:
    sentence = {"course": str(course.pk), "due_within_days": "14", "counted_from": "role", "renewal": "course"}
    return {**sentence, "reason": "CAPA 2026-117", "conditions": "1", **more}


def test_a_requirement_with_conditions_reaches_whom_they_say(admin: User, client: Client) -> None:
    client.force_login(admin)
    today = timezone.localdate()
    for name, department in (("Maya", make_department()), ("Rosa", laboratory()), ("Amara", make_department())):
        operator(name, department=department, since=today)
    group = actions.add_group(by=BY, at=LONG_AGO, name="Fire wardens")
    amara = User.objects.get(name="Amara")
    actions.join_group(person=amara, group=group, valid_from=today, by=BY, at=LONG_AGO)
    rows = {
        "department": str(make_department().pk),
        "condition-1-asks": "group",
        "condition-1-values": [str(group.pk)],
        "condition-1-denied": "not",
        "condition-2-asks": "department",
        "condition-2-values": [str(laboratory().pk)],
        "condition-2-joins": "or",
    }
    course = a_course()
    client.post("/requirements/new/", fields(course, **rows))
    requirement = Requirement.objects.get()
    page = f"/requirements/{requirement.pk}/"
    preview = client.get(page).content.decode()
    assert preview.count("condition-3-asks") == 1
    [expected] = re.findall(r'name="expected" value="(\w+)"', preview)
    client.post(page, fields(course, **rows, expected=expected, do="switch_on"))
    assert set(Assignment.objects.values_list("user__name", flat=True)) == {"Maya", "Rosa"}
    said = client.get(page).content.decode()
    assert "not belong to Fire wardens" in said


def test_switching_on_waits_for_what_is_not_filled_in(admin: User, client: Client) -> None:
    client.force_login(admin)
    course = a_course()
    client.post("/requirements/new/", fields(course))
    page = f"/requirements/{Requirement.objects.get().pk}/"
    answer = client.post(page, fields(course, **{"condition-1-asks": "group"}, do="switch_on"))
    assert answer.status_code == 422
    assert "A condition is not filled in." in answer.content.decode()
    assert Requirement.objects.get().state == "draft"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ({"validity_months": "12"}, {"renewal": "completion", "validity_months": 12}),
        ({"validity_months": "12", "renewal": "expiry", "window_days": "30"}, {"renewal": "expiry", "window_days": 30}),
        (
            {"renewal": "calendar", "anchor_day": "31", "anchor_month": "3", "minimum_active_days": "90"},
            {"renewal": "calendar", "validity_months": 12, "anchor_day": 31, "anchor_month": 3},
        ),
        ({"renewal": "once"}, {"renewal": "once", "validity_months": None}),
        ({"counted_from": "fixed", "due_fixed_on": "2027-03-31"}, {"counted_from": "fixed"}),
        ({"counted_from": "version", "due_within_days": "1", "due_before": "on"}, {"due_within_days": -1}),
        ({"due_in_working_days": "on", "grace_days": "7"}, {"due_in_working_days": True, "grace_days": 7}),
    ],
)
def test_terms_are_kept_and_shown_again(
    admin: User, client: Client, sent: dict[str, str], kept: dict[str, Any]
) -> None:
    client.force_login(admin)
    client.post("/requirements/new/", fields(a_course(), **sent))
    requirement = Requirement.objects.get()
    assert {name: getattr(requirement, name) for name in kept} == kept
    assert client.get(f"/requirements/{requirement.pk}/").status_code == 200


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"counted_from": "fixed"}, "Give the day by which it is due."),
        ({"renewal": "calendar"}, "Give the day of the year by which it is renewed."),
        (
            {"renewal": "calendar", "anchor_day": "31", "anchor_month": "3", "validity_months": "18"},
            "every 12, 24 or 36 months",
        ),
    ],
)
def test_terms_that_do_not_fit_are_told_beside_the_field(
    admin: User, client: Client, sent: dict[str, str], words: str
) -> None:
    client.force_login(admin)
    answer = client.post("/requirements/new/", fields(a_course(), **sent))
    assert answer.status_code == 422
    assert words in answer.content.decode()
