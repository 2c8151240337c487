"""Who is named by hand belongs to a requirement since the day of naming: by table, by property and on the pages."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrollment import tasks
from enrollment.actions import switch_on_requirement
from enrollment.actions.assigning import settle_requirement
from enrollment.actions.requirements import change_in_force, with_terms
from enrollment.choices import CountedFrom, Status
from enrollment.followers import FIRST
from enrollment.models import Assignment, Requirement
from enrollment.queries import changes_for, outlook_of, standings
from enrollment.queries.changes import changes_of_requirement
from enrollment.queries.effects import effect_of
from enrollment.rules import Audience, Ground, History, Post, admission, named_since
from people.models import User
from tests.enrollment.workplace import AT, TODAY, a_course, draft, newark, open_assignments, operator, rewrite
from tests.factories import make_site

MAYA, TOM, ROLE, SITE = (UUID(int=number) for number in range(1, 5))
LONG = date(2020, 3, 2)
NAMED_AT = datetime(2026, 5, 20, 12, tzinfo=UTC)
NAMED_ON, ASKED = NAMED_AT.date(), datetime(2026, 11, 23, 12, tzinfo=UTC)


def names(*people: UUID) -> dict[str, Any]:
    return {"field": "person", "is": [str(each) for each in people]}


def no(part: dict[str, Any]) -> dict[str, Any]:
    return {"not": part}


def on(day: int) -> datetime:
    return datetime(2026, 5, day, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("asked", "since"),
    [
        ([], {}),
        ([(on(1), names(MAYA))], {MAYA: on(1)}),
        ([(on(1), names(MAYA)), (on(2), names(MAYA, TOM))], {MAYA: on(1), TOM: on(2)}),
        ([(on(1), names(MAYA)), (on(2), names(TOM)), (on(3), names(MAYA))], {MAYA: on(3)}),  # not without a gap
        ([(on(1), names(MAYA)), (on(2), {"all": []})], {}),
        (
            [(on(1), {"any": [names(MAYA), {"all": [names(TOM)]}]}), (on(2), names(TOM, MAYA))],
            {MAYA: on(1), TOM: on(1)},
        ),
        ([(on(1), no(names(MAYA))), (on(2), names(MAYA))], {MAYA: on(2)}),  # who is denied is not named
        ([(on(1), no(no(names(MAYA))))], {MAYA: on(1)}),
    ],
)
def test_who_is_named_is_so_since_the_first_wording_without_a_gap(asked: Any, since: dict[UUID, datetime]) -> None:
    assert named_since(asked) == since


AS_OPERATOR, HERE = {"field": "job_role", "is": [str(ROLE)]}, {"field": "site", "is": [str(SITE)]}


def post(since: date, until: date | None = None, **details: Any) -> Post:
    return Post(**{"job_role": ROLE, "site": SITE, "department": ROLE, "zone": "UTC", **details}, valid_from=since,
                valid_until=until)  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "posts", "since"),
    [
        (names(MAYA), [post(LONG)], NAMED_ON),
        (names(MAYA), [post(date(2026, 6, 1))], date(2026, 6, 1)),  # comes later
        (names(MAYA), [post(LONG, date(2026, 8, 1)), post(date(2026, 8, 1), site=TOM)], NAMED_ON),  # moves
        (names(MAYA), [post(LONG, NAMED_ON), post(NAMED_ON, job_role=TOM)], NAMED_ON),  # on the day of moving
        (names(MAYA), [post(LONG, date(2026, 8, 1)), post(date(2026, 9, 1))], date(2026, 9, 1)),  # comes back
        ({"any": [names(MAYA), AS_OPERATOR]}, [post(LONG)], LONG),
        ({"any": [names(MAYA), AS_OPERATOR]}, [post(LONG, job_role=TOM)], NAMED_ON),
        ({"any": [names(MAYA), AS_OPERATOR]}, [post(LONG, date(2026, 8, 1)), post(date(2026, 8, 1), job_role=TOM)],
         LONG),  # an operator, then named: without a gap
        ({"all": [names(MAYA), HERE]}, [post(LONG)], NAMED_ON),
        ({"all": [names(MAYA), HERE]}, [post(LONG, date(2026, 8, 1), site=TOM), post(date(2026, 8, 1))],
         date(2026, 8, 1)),
        ({"all": [names(MAYA), no(AS_OPERATOR)]}, [post(LONG), post(LONG, job_role=TOM, is_primary=False)], NAMED_ON),
        (names(MAYA), [post(LONG, zone="Pacific/Auckland")], date(2026, 5, 21)),  # where it is tomorrow
    ],
)  # fmt: skip
def test_being_named_is_a_condition_with_a_day(asked: dict[str, Any], posts: list[Post], since: date) -> None:
    audience = Audience(asked, Ground(named={MAYA: NAMED_AT}))
    found = admission(audience, History(MAYA, posts), ASKED)
    assert found is not None
    assert found.since == since


def test_who_was_named_in_the_hours_between_two_positions_belongs_to_it_at_once() -> None:
    """Moving west, the last day of the position is not over, though it is the next day there."""
    posts = [post(LONG, date(2026, 11, 23), zone="Pacific/Auckland"), post(date(2026, 11, 23), zone="America/New_York")]
    at = datetime(2026, 11, 22, 18, tzinfo=UTC)  # the 23rd in Auckland, the 22nd in New York
    found = admission(Audience(names(MAYA), Ground(named={MAYA: at})), History(MAYA, posts), at)
    assert found is not None
    assert found.since == date(2026, 11, 22)


conditions = st.recursive(
    st.sampled_from([names(MAYA), names(TOM), AS_OPERATOR, HERE, {"all": []}]),
    lambda parts: st.tuples(st.sampled_from(["all", "any"]), st.lists(parts, min_size=1, max_size=3)).map(
        lambda found: {found[0]: found[1]}
    ),
    max_leaves=5,
)
details = st.fixed_dictionaries({"job_role": st.sampled_from([ROLE, TOM]), "site": st.sampled_from([SITE, TOM])})


@given(asked=conditions, first=details, second=details, moved=st.integers(1, 300), named=st.integers(1, 300))
def test_a_day_of_naming_takes_nobody_in_or_out_and_makes_nothing_older(
    asked: dict[str, Any], first: dict[str, Any], second: dict[str, Any], moved: int, named: int
) -> None:
    edge = date(2026, 1, 1) + timedelta(days=moved)
    history = History(MAYA, [post(LONG, edge, **first), post(edge, **second)])
    at = datetime(2026, 1, 1, 12, tzinfo=UTC) + timedelta(days=named)
    ever, since = (admission(Audience(asked, Ground(named=each)), history, ASKED) for each in ({}, {MAYA: at}))
    assert (ever is None) == (since is None)
    if ever and since:
        assert ever.since <= since.since <= max(ever.since, at.date(), edge)


# Given, shown and moved

LATER = AT + timedelta(days=10)


def given_to(requirement: Requirement) -> dict[str, date]:
    return {name: each.due_on for name, each in open_assignments(requirement).items()}


def listed(*people: User) -> dict[str, Any]:
    return {"all": [names(*(each.pk for each in people))]}


@pytest.fixture
def maya(db: None) -> User:
    return operator("Maya", since=LONG)


@pytest.fixture
def tom(db: None) -> User:
    return operator("Tom", since=LONG)


def test_who_is_named_has_the_whole_time_from_switching_on_as_shown(admin: User, maya: User) -> None:
    requirement = draft(a_course(), by=admin, at=AT - timedelta(days=60), audience=listed(maya))
    [shown] = outlook_of(requirement, at=AT)
    switch_on_requirement(requirement=requirement, by=admin, at=AT)
    assert given_to(requirement) == {"Maya": shown.due_on} == {"Maya": TODAY + timedelta(days=14)}
    [standing] = standings(at=AT, user_ids=[maya.pk])
    assert (standing.status, shown.status) == (Status.TODO, Status.TODO)


@pytest.mark.parametrize("way", ["at once", "job", "sweep"])
def test_who_is_named_by_a_later_wording_has_the_time_from_then(
    admin: User, maya: User, tom: User, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    requirement = draft(a_course(), by=admin, audience=listed(maya))
    switch_on_requirement(requirement=requirement, by=admin, at=AT)
    requirement.refresh_from_db()
    terms = {"audience": listed(maya, tom)}
    with_terms(requirement, terms)
    shown = effect_of(changes_of_requirement(requirement, at=LATER))
    due = TODAY + timedelta(days=24)
    assert [(line.name, line.due_on, line.status) for line in shown.gains] == [("Tom", due, Status.TODO)]
    assert [(line.name, line.due_on) for line in shown.keeps] == [("Maya", TODAY + timedelta(days=14))]
    if way != "at once":
        monkeypatch.setattr("enrollment.actions.requirements.AT_ONCE", 0)
    requirement.refresh_from_db()
    change_in_force(requirement=requirement, by=admin, at=LATER, reason="CAPA 17", expected=shown.key, **terms)
    requirement.refresh_from_db()
    if way == "job":
        settle_requirement(
            requirement=requirement, by=admin, at=LATER + timedelta(hours=20), after=FIRST, most=9, everyone=True
        )
    if way == "sweep":
        monkeypatch.setattr(tasks, "now", lambda: LATER + timedelta(days=1))
        tasks.sweep_assignments()
    assert given_to(requirement) == {"Maya": TODAY + timedelta(days=14), "Tom": due}


def test_the_next_wording_keeps_the_day_and_naming_anew_begins_anew(admin: User, maya: User, tom: User) -> None:
    requirement = draft(a_course(), by=admin, audience=listed(maya, tom))
    switch_on_requirement(requirement=requirement, by=admin, at=AT)
    for days, people in ((1, (maya,)), (2, (maya, tom)), (3, (tom, maya))):
        change_in_force(
            requirement=requirement, by=admin, at=AT + timedelta(days=days), reason="CAPA 17", audience=listed(*people)
        )
    assert given_to(requirement) == {"Maya": TODAY + timedelta(days=14), "Tom": TODAY + timedelta(days=16)}


def test_named_and_at_a_site_and_counted_from_the_position(admin: User, maya: User) -> None:
    """What is counted from another day than entering is counted as before."""
    for terms, due in (
        ({"site": make_site()}, TODAY + timedelta(days=14)),
        ({"counted_from": CountedFrom.POSITION}, LONG + timedelta(days=14)),
        ({"counted_from": CountedFrom.SWITCH_ON}, TODAY + timedelta(days=14)),
    ):
        requirement = draft(a_course(), by=admin, audience=listed(maya), **terms)  # type: ignore[arg-type]
        switch_on_requirement(requirement=requirement, by=admin, at=AT)
        assert given_to(requirement) == {"Maya": due}, terms
    requirement = draft(a_course(), by=admin, audience=listed(maya), site=newark())
    assert outlook_of(requirement, at=AT) == []


def test_what_was_given_by_the_first_day_of_work_moves_in_the_night(
    admin: User, maya: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Assignments of an earlier version of Attest were overdue from the first moment."""
    requirement = draft(a_course(), by=admin, audience=listed(maya))
    switch_on_requirement(requirement=requirement, by=admin, at=AT)
    rewrite(Assignment.objects.all(), due_on=LONG + timedelta(days=14))
    settle_requirement(requirement=requirement, by=admin, at=LATER, after=FIRST, most=9, everyone=True)
    assert given_to(requirement) == {"Maya": TODAY + timedelta(days=14)}


def test_many_requirements_that_name_somebody_cost_one_query(
    admin: User, maya: User, django_assert_max_num_queries: Any
) -> None:
    counts = []
    for _each in range(3):
        requirement = draft(a_course(), by=admin, audience=listed(maya))
        switch_on_requirement(requirement=requirement, by=admin, at=AT)
        with django_assert_max_num_queries(100) as queries:
            changes_for(at=LATER, user_ids=[maya.pk])
        counts.append(len(queries))
    assert len(set(counts)) == 1
