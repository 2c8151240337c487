"""What cells say, what filters keep, and what may stand in a spreadsheet."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.sheets import FORMULA_BEGINS, safe_cell
from enrollment.choices import Status
from people.rules import below
from reporting.rules import (
    Filters,
    PersonRow,
    cell_words,
    export_words,
    link_works,
    percent_current,
)
from tests.reporting.company import AT

DUE, ENDS = date(2026, 11, 17), date(2027, 3, 4)
MAYA = PersonRow("1", "Maya Lindqvist", "20418", "Tablet Operator", "Basel", "Tableting", "s1", "r1", "d2", "m1")


@pytest.mark.parametrize(
    ("status", "valid_until", "days_late", "short", "long"),
    [
        (Status.LATE, None, 6, "6 d late", "Overdue, due 2026-11-17"),
        (Status.SOON, None, 0, "17 Nov 2026", "Due soon, due 2026-11-17"),
        (Status.DOING, None, 0, "17 Nov 2026", "In progress, due 2026-11-17"),
        (Status.TODO, None, 0, "17 Nov 2026", "Not started, due 2026-11-17"),
        (Status.DONE, ENDS, 0, "to Mar 2027", "Completed, valid until 2027-03-04"),
        (Status.DONE, None, 0, "no end", "Completed, without end"),
        (Status.EXPIRED, ENDS, 0, "4 Mar 2027", "Expired, valid until 2027-03-04"),
    ],
)
def test_cell_says_the_date_that_matters(
    status: Status, valid_until: date | None, days_late: int, short: str, long: str
) -> None:
    assert cell_words(status, DUE, valid_until, days_late, "en") == short
    assert export_words(status, DUE, valid_until) == long


@pytest.mark.parametrize(
    ("filters", "kept"),
    [
        (Filters(), True),
        (Filters(level="direct"), True),
        (Filters(site="s1", job_role="r1"), True),
        (Filters(site="s2"), False),
        (Filters(job_role="r2"), False),
        (Filters(department="d1"), True),
        (Filters(department="d3"), False),
        (Filters(q="lind MAYA"), True),
        (Filters(q="204"), True),
        (Filters(q="weiss"), False),
    ],
)
def test_filters_keep_whom_they_say(filters: Filters, kept: bool) -> None:
    departments = below(filters.department, {"d2": "d1", "d4": "d3"})
    assert filters.admits(MAYA, manager_id="m1", departments=departments) is kept


def test_direct_level_leaves_out_who_reports_to_somebody_else() -> None:
    assert not Filters(level="direct").admits(MAYA, manager_id="m2", departments=frozenset())


def test_department_includes_all_below_it_even_in_a_circle() -> None:
    assert below("a", {"b": "a", "c": "b", "x": "y"}) == {"a", "b", "c"}
    assert below("a", {"b": "a", "a": "b"}) == {"a", "b"}


@pytest.mark.parametrize(
    ("done", "late", "percent"), [(0, 0, None), (0, 3, 0), (2, 1, 66), (199, 1, 99), (999, 1, 99), (5, 0, 100)]
)
def test_percent_is_never_rounded_up(done: int, late: int, percent: int | None) -> None:
    assert percent_current({Status.DONE: done, Status.LATE: late}) == percent


@given(st.text())
def test_no_cell_begins_like_a_formula(text: str) -> None:
    kept = safe_cell(text)
    assert not kept.startswith(FORMULA_BEGINS)
    assert kept in (text, f"'{text}")


def test_link_works_until_its_end() -> None:
    assert link_works(expires_at=AT, at=AT - timedelta(seconds=1))
    assert not link_works(expires_at=AT, at=AT)
