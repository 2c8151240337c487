"""How people stand: the rule in Python and the statement in SQL say the same."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from enrollment.actions import enroll
from enrollment.choices import Status
from enrollment.models import Requirement
from enrollment.queries import STATUS_SQL, requirement_counts, requirement_rows, standings, status_counts
from enrollment.rules import Credit, Facts, Span, Terms, day_in, obligation_of
from people.models import User
from tests.enrollment.workplace import AT, TODAY, a_course, complete, newark, operator, switched_on
from tests.factories import make_department

days = st.dates(date(2026, 10, 1), date(2027, 1, 31))
spans = st.tuples(days, st.none() | days).map(
    lambda pair: Span(pair[0], max(pair[0] + timedelta(days=1), pair[1]) if pair[1] else None)
)
zones = st.sampled_from(["Europe/Zurich", "America/New_York", "Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC"])
minutes = st.integers(0, 120 * 24 * 60)
states = st.builds(
    lambda due, done, ends, leaves, waivers, started: obligation_of(
        Terms(),
        Facts(
            since_on=date(2026, 9, 1),
            first_due_on=due,
            course="c",
            credits=[Credit("1", "c", 1, done, ends)] if done else [],
            started=started,
            leaves=leaves,
            waivers=waivers,
        ),
    ),
    days,
    st.none() | days,
    st.none() | days,
    st.lists(spans, max_size=1),
    st.lists(spans, max_size=1),
    st.booleans(),
)


# One query for a hundred rows, so that the property is tried on thousands of them.
_SAME_IN_SQL = f"""
    SELECT {STATUS_SQL} FROM unnest(%s::text[], %s::text[], %s::text[])
        WITH ORDINALITY AS r (zone, days, statuses, number)
    CROSS JOIN LATERAL (SELECT r.days::date[] AS days, r.statuses::text[] AS statuses) AS s
    CROSS JOIN LATERAL (SELECT (%s AT TIME ZONE r.zone)::date AS today) AS d ORDER BY r.number
"""


@given(minute=minutes, people=st.lists(st.tuples(zones, states), min_size=1, max_size=100))
def test_the_database_reads_the_status_of_a_day_as_the_rule_does(
    django_db_blocker, django_db_setup, minute: int, people: list
) -> None:
    at = datetime(2026, 10, 1, tzinfo=UTC) + timedelta(minutes=minute)
    said = [state.status_on(day_in(zone, at)) for zone, state in people]
    columns = [
        [zone for zone, _state in people],
        ["{" + ",".join(day.isoformat() for day in state.days) + "}" for _zone, state in people],
        ["{" + ",".join(state.statuses) + "}" for _zone, state in people],
    ]
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(_SAME_IN_SQL, [*columns, at])
        counted = [Status(status) for (status,) in cursor.fetchall()]
    assert counted == said


def six_people(admin: User) -> tuple:
    """Make one person in each status, by a rule of 14 days."""
    course = a_course()
    complete(operator("Done"), course, on=date(2026, 6, 1), valid_until=TODAY)
    complete(operator("Expired"), course, on=date(2025, 6, 1), valid_until=TODAY - timedelta(days=1))
    operator("Late", since=TODAY - timedelta(days=15))
    operator("Soon", since=TODAY - timedelta(days=7))
    doing = operator("Doing", since=TODAY - timedelta(days=6))
    operator("Todo", since=TODAY - timedelta(days=6))
    enroll(user=doing, course=course, by=doing, at=AT)
    return course, switched_on(course, by=admin)


def test_everyone_stands_in_one_status(admin: User) -> None:
    course, _requirement = six_people(admin)
    names = dict(User.objects.values_list("pk", "name"))
    found = {names[each.user_id]: each.status for each in standings(at=AT, course_id=course.pk)}
    assert found == {
        "Done": Status.DONE,
        "Expired": Status.EXPIRED,
        "Late": Status.LATE,
        "Soon": Status.SOON,
        "Doing": Status.DOING,
        "Todo": Status.TODO,
    }


def test_counts_are_those_of_the_standings(admin: User) -> None:
    course, requirement = six_people(admin)
    expected = {status: int(status not in (Status.PAUSED, Status.WAIVED)) for status in Status}
    assert status_counts(at=AT, course_id=course.pk) == expected
    assert requirement_counts([requirement.pk], at=AT) == {requirement.pk: expected}


def test_standing_changes_at_midnight_at_the_site(admin: User) -> None:
    course = a_course()
    operator("Ana", since=date(2026, 11, 9), site=newark())
    switched_on(course, by=admin)
    last_minute = datetime(2026, 11, 24, 4, 59, tzinfo=UTC)
    for at, status in ((last_minute, Status.SOON), (last_minute + timedelta(minutes=1), Status.LATE)):
        assert [each.status for each in standings(at=at, course_id=course.pk)] == [status]


def test_earliest_due_date_of_two_requirements_decides(admin: User) -> None:
    course = a_course()
    person = operator("Maya", since=TODAY)
    switched_on(course, by=admin, due_within_days=60)
    strict = switched_on(course, by=admin, due_within_days=5, department=make_department())
    found = standings(at=AT, user_ids=[person.pk])
    assert [(each.requirement_id, each.due_on, each.status) for each in found] == [
        (strict.pk, TODAY + timedelta(days=5), Status.SOON)
    ]


def test_standings_of_nobody_in_particular_are_refused(db: None) -> None:
    with pytest.raises(ValueError, match="need people or a course"):
        standings(at=AT)


def test_requirement_rows_ask_as_often_for_three_as_for_one(admin: User, django_assert_num_queries) -> None:
    operator("Maya")
    switched_on(a_course("Hand hygiene"), by=admin)
    with django_assert_num_queries(4):
        first = requirement_rows(Requirement.objects.all(), at=AT)
    assert [(row.people, row.counts[Status.LATE]) for row in first] == [(1, 1)]
    assert first[0].sentence.startswith("People whose job role is Tablet Operator must complete Hand hygiene")
    switched_on(a_course("Lockout/tagout"), by=admin)
    switched_on(a_course("Good documentation"), by=admin)
    with django_assert_num_queries(4):
        assert len(requirement_rows(Requirement.objects.all(), at=AT)) == 3
