"""Audiences in the database: one SQL condition finds whom the rule admits, whatever is combined."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from core.sql import rows
from courses.models import Course
from enrollment.models import Requirement
from enrollment.queries.audiences import Grounds, audience_of, candidates_sql, names_in
from enrollment.queries.workers import workers
from enrollment.rules import admission, check_audience
from enrollment.rules.audiences import DEEPEST
from people import actions
from people.models import Attribute, Department, Group, JobRole, Site, User
from tests.enrollment.workplace import a_course
from tests.factories import BY, LONG_AGO, make_job_role, make_person, make_site

EARLIEST = date(2026, 11, 1)


@pytest.fixture(scope="module")
def organisation(django_db_setup, django_db_blocker) -> Iterator[dict[str, Any]]:
    """Add thirty people with every kind of history, once for all examples, and take them away again."""
    from django.db import transaction

    with django_db_blocker.unblock():
        outer = transaction.atomic()
        outer.__enter__()
        yield thirty_people()
        transaction.set_rollback(True)
        outer.__exit__(None, None, None)


def thirty_people() -> dict[str, Any]:
    chance = random.Random(7)
    sites = [
        make_site("Kiritimati", "Pacific/Kiritimati", "KI"),
        make_site(),
        make_site("Pago Pago", "Pacific/Pago_Pago", "AS"),
    ]
    top = actions.add_department(by=BY, at=LONG_AGO, name="Top")
    departments = [
        top,
        *(actions.add_department(by=BY, at=LONG_AGO, name=name, parent=top) for name in ("Left", "Right")),
    ]
    job_roles = [make_job_role(name) for name in ("Operator", "Analyst")]
    attribute = actions.add_attribute(by=BY, at=LONG_AGO, name="Clearance")
    group = actions.add_group(by=BY, at=LONG_AGO, name="Wardens")
    course = a_course()
    people: list[User] = []

    def day() -> date:
        return EARLIEST + timedelta(days=chance.randrange(0, 45))

    for _ in range(30):
        person = make_person(hired_on=chance.choice([None, day()]))
        where = {"site": chance.choice(sites), "department": chance.choice(departments), "by": BY, "at": LONG_AGO}
        manager = chance.choice([None, *people])
        since = day()
        actions.take_position(
            person=person, job_role=chance.choice(job_roles), manager=manager, valid_from=since,
            employment_type=chance.choice(["employee", "agency"]), **where,
        )  # fmt: skip
        if chance.random() < 0.5:
            actions.take_position(
                person=person, job_role=chance.choice(job_roles), manager=None,
                valid_from=since + timedelta(days=chance.randrange(1, 20)),
                **{**where, "site": chance.choice(sites), "department": chance.choice(departments)},
            )  # fmt: skip
        if chance.random() < 0.5:
            actions.set_attribute(person=person, attribute=attribute, value="A", valid_from=day(), by=BY, at=LONG_AGO)
        if chance.random() < 0.5:
            member = actions.join_group(person=person, group=group, valid_from=EARLIEST, by=BY, at=LONG_AGO)
            if chance.random() < 0.5:
                actions.leave_group(membership=member, valid_until=day(), by=BY, at=LONG_AGO)
        people.append(person)
    gone = people.pop()
    actions.deactivate_person(person=gone, by=BY, at=LONG_AGO, left_on=date(2030, 1, 1), reason="left the company")
    return {"course": course, "people": people}


def one_test() -> st.SearchStrategy[Any]:
    """Return every kind of test; what it names is chosen by number, since the rows are made later."""
    some = st.lists(st.integers(0, 5), min_size=1, max_size=2)
    days = st.dates(EARLIEST, EARLIEST + timedelta(days=45)).map(date.isoformat)
    return st.one_of(
        st.tuples(st.sampled_from(["job_role", "site", "department", "person", "group"]), some).map(
            lambda pair: {"field": pair[0], "is": pair[1]}
        ),
        st.sampled_from(["employee", "agency"]).map(lambda kind: {"field": "employment", "is": [kind]}),
        st.sampled_from(["A", "B"]).map(lambda value: {"field": "attribute", "attribute": 0, "is": [value]}),
        days.map(lambda day: {"field": "hired", "from": day}),
        days.map(lambda day: {"field": "hired", "until": day}),
        st.integers(0, 40).map(lambda count: {"field": "hired", "days": count}),
        st.just({"field": "manages"}),
        st.just({"field": "author"}),
        st.just({"field": "author", "is": [0]}),
    )


audiences = st.recursive(
    one_test(),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda parts: {"all": parts}),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"any": parts}),
        inner.map(lambda part: {"not": part}),
    ),
    max_leaves=6,
)


def named(data: Any) -> Any:
    """Put ids where the strategy has put numbers."""
    models: dict[str, Any] = {
        "job_role": JobRole, "site": Site, "department": Department, "person": User, "group": Group, "author": Course,
    }  # fmt: skip
    if "field" in data:
        found = dict(data)
        model = models.get(data["field"])
        if model is not None and "is" in data:
            ids = [str(pk) for pk in model.objects.order_by("pk").values_list("pk", flat=True)]
            found["is"] = [ids[number % len(ids)] for number in data["is"]]
        if "attribute" in data:
            found["attribute"] = str(Attribute.objects.get().pk)
        return found
    if "not" in data:
        return {"not": named(data["not"])}
    return {key: [named(part) for part in parts] for key, parts in data.items()}


@settings(max_examples=150)
@given(shape=audiences, hours=st.integers(0, 40 * 24))
def test_the_condition_in_sql_finds_whom_the_rule_admits(organisation, shape: Any, hours: int) -> None:
    at = datetime(2026, 11, 3, tzinfo=UTC) + timedelta(hours=hours)
    data = named(shape)
    if _depth(data) <= DEEPEST:
        check_audience(data)
    audience = audience_of(Requirement(course=organisation["course"], due_within_days=1, audience=data), Grounds(at))
    everyone = workers("SELECT id FROM people_user", [], audiences=[audience])
    admitted = {person.id for person in everyone if admission(audience, person.history, at)}
    sql, values = candidates_sql(audience, at=at)
    found = {user for (user,) in rows(sql, values)}
    assert admitted <= found
    near = {
        person.id
        for person in everyone
        for post in person.history.posts
        for edge in (post.valid_from, post.valid_until)
        if edge and abs(edge - at.date()) <= timedelta(days=3)
    }
    assert found - admitted <= near  # only around a change of position it may find too many


def _depth(data: Any) -> int:
    if "field" in data:
        return 0
    parts = [data["not"]] if "not" in data else next(iter(data.values()))
    return 1 + max(map(_depth, parts), default=0)


def test_names_of_an_audience_are_read_in_one_query(db: None, django_assert_num_queries) -> None:
    role, site = make_job_role("Operator"), make_site()
    attribute = actions.add_attribute(by=BY, at=LONG_AGO, name="Clearance")
    data = {
        "all": [
            {"field": "job_role", "is": [str(role.pk)]},
            {"field": "site", "is": [str(site.pk)]},
            {"field": "attribute", "attribute": str(attribute.pk), "is": ["A"]},
        ]
    }
    with django_assert_num_queries(1):
        names = names_in([data])
    assert (names[str(role.pk)], names[str(site.pk)], names[str(attribute.pk)]) == ("Operator", "Basel", "Clearance")
    assert connection.vendor == "postgresql"
