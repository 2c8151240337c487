"""Days at both ends of what a calendar holds: nothing overflows, and what is typed stays plausible."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.days import FIRST_DAY, LAST_DAY, later, why_no_day
from enrollment.choices import CountedFrom, Renewal
from enrollment.rules import (
    Credit,
    Extension,
    Facts,
    Retraining,
    Span,
    Starts,
    Terms,
    WorkCalendar,
    add_months,
    add_working_days,
    first_due,
    obligation_of,
)

EDGES = st.sampled_from([date.min, date.min + timedelta(days=40), date.max - timedelta(days=40), date.max])
days = st.dates() | EDGES
counts = st.integers(0, 4000)
spans = st.builds(
    lambda a, b: Span(min(a, b), max(a, b) if a != b else None), days, days
)  # fmt: skip
terms = st.builds(
    Terms,
    counted_from=st.sampled_from(CountedFrom),
    within_days=st.integers(-400, 4000),
    in_working_days=st.just(False),
    grace_days=counts,
    renewal=st.sampled_from(Renewal),
    every_months=st.none() | st.integers(1, 240),
    anchor_month=st.integers(1, 12),
    anchor_day=st.integers(1, 31),
    window_days=counts,
    minimum_active_days=counts,
    renewal_days=counts,
)
facts = st.builds(
    Facts,
    since_on=days,
    first_due_on=days,
    course=st.just("c"),
    credits=st.lists(st.builds(Credit, st.just("1"), st.just("c"), st.just(1), days, st.none() | days), max_size=4).map(
        lambda credits: sorted(credits, key=lambda each: each.on)
    ),
    extensions=st.lists(st.builds(lambda a, b: Extension(min(a, b), max(a, b)), days, days), max_size=2).map(
        lambda given: [each for each in given if each.was_due_on < each.due_on]
    ),
    retrainings=st.lists(st.builds(Retraining, st.just(2), days, days), max_size=1),
    leaves=st.lists(spans, max_size=1),
    waivers=st.lists(spans, max_size=1),
)


@given(day=days, count=st.integers(-5_000_000, 5_000_000))
def test_days_are_added_up_to_the_end_of_the_calendar(day: date, count: int) -> None:
    number = day.toordinal() + count
    assert later(day, count).toordinal() == min(max(number, date.min.toordinal()), date.max.toordinal())


@given(day=days, months=st.integers(0, 240))
def test_months_are_added_up_to_the_end_of_the_calendar(day: date, months: int) -> None:
    assert day <= add_months(day, months) <= date.max


@pytest.mark.parametrize(("day", "count"), [(date.max, 30), (date.min, -30), (date.max, 0)])
def test_working_days_stop_at_the_end_of_the_calendar(day: date, count: int) -> None:
    assert add_working_days(day, count, WorkCalendar(frozenset({5, 6, 7, 1}))) == day


@given(terms=terms, facts=facts, day=days)
def test_how_somebody_stands_is_known_whatever_days_are_stored(terms: Terms, facts: Facts, day: date) -> None:
    found = obligation_of(terms, facts)
    assert list(found.days) == sorted(found.days)
    assert len(found.days) == len(found.statuses)
    assert found.days[0] == date.min
    assert found.status_on(day) in found.statuses


@given(terms=terms, starts=st.builds(Starts, days, days, days, st.none() | days, st.none() | days))
def test_first_due_day_is_known_whatever_days_are_stored(terms: Terms, starts: Starts) -> None:
    assert date.min <= first_due(terms, starts, WorkCalendar()) <= date.max


@pytest.mark.parametrize(
    ("day", "is_plausible"),
    [
        (FIRST_DAY - timedelta(days=1), False),
        (FIRST_DAY, True),
        (LAST_DAY, True),
        (LAST_DAY + timedelta(days=1), False),
        (date.max, False),
    ],
)
def test_what_is_typed_is_plausible(day: date, is_plausible: bool) -> None:
    assert why_no_day(day) == ("" if is_plausible else "Choose a day between 1950 and 2199.")
