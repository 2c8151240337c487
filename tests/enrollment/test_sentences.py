"""What stands in a requirement's sentence: read in one way only, and nothing said that cannot bite."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrollment.choices import CountedFrom, Renewal
from enrollment.rules import Credit, Facts, Span, Starts, Terms, first_due, obligation_of
from enrollment.rules.days import WorkCalendar, last_day_of
from enrollment.rules.sentences import audience_sentence, terms_beside
from enrollment.rules.terms import what_applies

SPACE = UUID(int=7)
NAMES = {
    str(uuid5(SPACE, name)): name
    for name in ("Operator", "Technician", "Analyst", "Dublin", "Packing", "Wardens", "Maya", "Clearance")
}


def asks(field: str, *names: str, **more: Any) -> dict[str, Any]:
    """Return a test of named values, such as `asks("job_role", "Operator")`."""
    return {"field": field, **({"is": [str(uuid5(SPACE, name)) for name in names]} if names else {}), **more}


AT_DUBLIN = asks("site", "Dublin")
OPERATORS = asks("job_role", "Operator")
PRESSES = asks("job_role", "Operator", "Technician")
WARDENS = asks("group", "Wardens")


@pytest.mark.parametrize(
    ("audience", "said"),
    [
        ({"all": []}, "Everyone"),
        ({"all": [OPERATORS, asks("job_role", "Analyst")]}, "whose job role is Operator and whose job role is Analyst"),
        ({"all": [PRESSES]}, "whose job role is Operator or Technician"),
        (
            {"all": [PRESSES, WARDENS, AT_DUBLIN]},
            "whose job role is (Operator or Technician) at Dublin and who belong to Wardens",
        ),
        (
            {"all": [WARDENS, asks("department", "Packing"), {"not": asks("person", "Maya")}, AT_DUBLIN]},
            "at Dublin in Packing and below who belong to Wardens and who are not Maya",
        ),
        (
            {"all": [{"any": [{"all": [OPERATORS, WARDENS]}, {"all": [asks("manages")]}]}, AT_DUBLIN]},
            "at Dublin, either (whose job role is Operator and who belong to Wardens) or (to whom others report)",
        ),
        (
            {"any": [{"all": [PRESSES]}, {"all": [{"not": {"field": "hired", "days": 30}}]}, {"all": []}]},
            "either (whose job role is Operator or Technician) or (who have not worked here for 30 days) or (anyone)",
        ),
        ({"any": [{"all": [OPERATORS]}]}, "whose job role is Operator"),
        (
            {"all": [AT_DUBLIN, {"not": {"any": [OPERATORS, WARDENS]}}]},
            "at Dublin who are not those (either (whose job role is Operator) or (who belong to Wardens))",
        ),
        (
            {"all": [{"any": [OPERATORS, WARDENS]}, {"any": [asks("manages"), asks("author")]}]},
            "either (whose job role is Operator) or (who belong to Wardens) and "
            "either (to whom others report) or (who write trainings)",
        ),
    ],
)
def test_what_binds_what_is_said(audience: dict[str, Any], said: str) -> None:
    expected = said if said == "Everyone" else f"People {said}"
    assert audience_sentence(audience, NAMES) == expected


def test_what_is_asked_beside_the_sentence_is_said_where_it_bites() -> None:
    terms = Terms(
        renewal=Renewal.EXPIRY,
        every_months=12,
        window_days=30,
        minimum_active_days=90,
        renewal_days=1,
        refreshers=(UUID(int=1), UUID(int=2)),
    )
    titles = {UUID(int=1): "A", UUID(int=2): "B"}
    assert terms_beside(terms, titles) == [
        ("May be renewed", "30 days before the end"),
        ("A renewal is due", "1 day after the end"),
        ("Asked again", "Not within 90 days of a completion"),
        ("Renewed by, in turn", "A, B"),
    ]
    completed = dict(terms_beside(replace(terms, renewal=Renewal.COMPLETION), titles))
    assert "Asked again" not in completed
    assert terms_beside(replace(terms, renewal=Renewal.ONCE), titles) == []


def test_every_month_has_its_last_day_of_any_year() -> None:
    assert [last_day_of(month) for month in range(1, 13)] == [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]


DEFAULT = Terms()
AS_ON_TERMS = {
    "due_fixed_on": "fixed_on",
    "due_within_days": "within_days",
    "due_in_working_days": "in_working_days",
    "validity_months": "every_months",
}


def only_what_applies(terms: Terms) -> Terms:
    """Return the terms with whatever does not apply as it is where nobody said anything."""
    applies = {AS_ON_TERMS.get(name, name) for name in what_applies(terms.counted_from, terms.renewal)}
    changed = {
        name: getattr(DEFAULT, name) for name in DEFAULT.__slots__ if name not in applies | {"counted_from", "renewal"}
    }
    if "within_days" in applies and "due_before" not in applies:
        changed["within_days"] = abs(terms.within_days)
    return replace(terms, **changed)


some_days = st.dates(date(2024, 1, 1), date(2030, 12, 31))


@given(
    counted_from=st.sampled_from(CountedFrom),
    within=st.integers(0, 60),
    is_before=st.booleans(),
    renewal=st.sampled_from(Renewal),
    rest=st.fixed_dictionaries(
        {
            "in_working_days": st.booleans(),
            "fixed_on": some_days,
            "grace_days": st.integers(0, 30),
            "every_months": st.sampled_from([12, 24]),
            "anchor_month": st.integers(1, 12),
            "anchor_day": st.integers(1, 28),
            "window_days": st.integers(0, 120),
            "minimum_active_days": st.integers(0, 200),
            "renewal_days": st.integers(0, 60),
            "refreshers": st.lists(st.sampled_from([UUID(int=1), UUID(int=2)]), max_size=2).map(tuple),
        }
    ),
    completed=st.lists(some_days, max_size=5, unique=True),
    away=st.lists(st.tuples(st.integers(-90, 90), st.integers(1, 400)), max_size=2),
)
def test_what_does_not_apply_changes_nothing_for_anyone(
    counted_from: CountedFrom,
    within: int,
    is_before: bool,
    renewal: Renewal,
    rest: dict[str, Any],
    completed: list[date],
    away: list[tuple[int, int]],
) -> None:
    within = -within if is_before and counted_from == CountedFrom.VERSION else within
    terms = Terms(counted_from=counted_from, within_days=within, renewal=renewal, **rest)
    course = UUID(int=9)
    starts = Starts(date(2026, 1, 10), date(2026, 1, 10), date(2026, 2, 1), date(2025, 9, 1), date(2026, 9, 1))
    credits = [Credit(UUID(int=n), course, 1, on, on + timedelta(days=400)) for n, on in enumerate(sorted(completed))]

    begun = [(rest["fixed_on"] + timedelta(days=since), timedelta(days=length)) for since, length in sorted(away)]
    leaves = [Span(since, since + length) for since, length in begun]

    def comes_to(asked: Terms) -> tuple[Any, ...]:
        due = first_due(asked, starts, WorkCalendar())
        found = obligation_of(asked, Facts(starts.entered_on, due, course, credits, leaves=leaves))
        return due, found.statuses, found.days, found.valid_until, found.due_on, found.late_on, found.window_on

    assert comes_to(only_what_applies(terms)) == comes_to(terms)
