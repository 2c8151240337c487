"""Until when a record is kept at least: the worked examples of docs/retention.md, computed, and what always holds."""

from __future__ import annotations

import re
import tomllib
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrollment.choices import CompletionSource, KeptFrom, SignedBy
from enrollment.rules.retention import (
    YEARS_FROM_RELEASE,
    Period,
    Recorded,
    Signing,
    add_years,
    keeping,
    kept_until,
    why_not_kept_for,
    why_not_signed,
)
from enrollment.rules.retention_presets import BY_KEY, PRESETS

PAGE = Path(__file__).parents[2] / "docs" / "retention.md"
TODAY = date(2026, 11, 23)


def examples() -> list[Any]:
    """Return each example with the line on which it stands."""
    text = PAGE.read_text()
    return [
        pytest.param(tomllib.loads(found[1]), id=f"line {text.count(chr(10), 0, found.start()) + 1}")
        for found in re.finditer(r"^```toml\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    ]


@pytest.mark.requirement("R-86")
@pytest.mark.requirement("R-89")
@pytest.mark.requirement("R-92")
@pytest.mark.requirement("R-94")
@pytest.mark.parametrize("told", examples())
def test_worked_example(told: dict[str, Any]) -> None:
    periods = [
        Period(each["name"], KeptFrom(each["kept_from"]), each.get("years"), each.get("released"))
        for each in told["class"]
    ]
    record = told["record"]
    found = keeping(
        periods,
        Recorded(record["completed"], record.get("superseded"), record.get("left")),
        on=told.get("today", TODAY),
    )
    assert (found.until, found.sentence) == (told["then"].get("until"), told["then"]["says"])


def test_page_has_examples() -> None:
    assert len(examples()) == 12


# Years


@pytest.mark.parametrize(
    ("day", "years", "end"),
    [
        ("2026-03-14", 6, "2032-03-14"),
        ("2026-12-31", 1, "2027-12-31"),
        ("2028-02-29", 1, "2029-03-01"),  # never a day too short
        ("2028-02-29", 4, "2032-02-29"),
        ("2096-02-29", 4, "2100-03-01"),  # 2100 is no leap year
        ("2027-02-28", 1, "2028-02-28"),
        ("9990-01-01", 20, "9999-12-31"),
    ],
)
def test_years_are_whole(day: str, years: int, end: str) -> None:
    assert add_years(date.fromisoformat(day), years) == date.fromisoformat(end)


DAYS = st.dates(date(1950, 1, 1), date(2199, 12, 31))
MAYBE = st.none() | DAYS
PERIODS = st.builds(
    Period,
    name=st.sampled_from(["A", "B", "C"]),
    kept_from=st.sampled_from([each for each in KeptFrom if each != KeptFrom.FOREVER]),
    years=st.integers(1, 100),
    released_on=MAYBE,
)
RECORDS = st.builds(Recorded, completed_on=DAYS, in_force_until=MAYBE, left_on=MAYBE)


@given(PERIODS, RECORDS, DAYS)
def test_period_is_never_too_short(period: Period, record: Recorded, on: date) -> None:
    until = kept_until(period, record, on=on)
    if until is not None:
        assert until - record.completed_on >= timedelta(days=365 * period.years_counted)


@given(st.lists(PERIODS, min_size=1, max_size=4), RECORDS, DAYS)
def test_of_several_the_longest_counts(periods: list[Period], record: Recorded, on: date) -> None:
    each = [kept_until(period, record, on=on) for period in periods]
    found = keeping(periods, record, on=on)
    known = [day for day in each if day]
    assert found.until == (max(known) if len(known) == len(each) else None)
    assert found.at_least_until == max(known, default=None)
    assert keeping([*periods, Period("E", KeptFrom.FOREVER, None)], record, on=on).sentence == "Kept for ever (E)"


@pytest.mark.requirement("R-92")
def test_record_made_after_the_end_is_kept_as_long() -> None:
    late = Recorded(date(2027, 5, 1), in_force_until=date(2027, 3, 14), left_on=date(2027, 2, 28))
    for kept_from in (KeptFrom.IN_FORCE, KeptFrom.LEFT):
        assert kept_until(Period("A", kept_from, 1), late, on=date(2028, 1, 1)) == date(2028, 5, 1)
    sold = Period("A", KeptFrom.RELEASED, 3, date(2026, 1, 1))
    assert kept_until(sold, late, on=TODAY) == date(2030, 5, 1)


@pytest.mark.requirement("R-86")
@pytest.mark.parametrize(("life", "years"), [(1, 2), (2, 2), (15, 15)])
def test_life_of_a_device_is_never_less_than_two_years(life: int, years: int) -> None:
    period = Period("Pump", KeptFrom.RELEASED, life, date(2026, 9, 30))
    assert kept_until(period, Recorded(date(2026, 3, 14)), on=TODAY) == date(2026 + years, 9, 30)
    assert period.words == f"{years} years from the last release of the product, on 30 Sep 2026"
    assert YEARS_FROM_RELEASE == 2


@pytest.mark.parametrize(
    ("kept_from", "years", "words"),
    [
        (KeptFrom.COMPLETED, 1, "1 year from completion"),
        (KeptFrom.LEFT, 1, "Employment and 1 year after"),
        (
            KeptFrom.IN_FORCE,
            6,
            "6 years from completion or from the last day its version was in force, whichever is later",
        ),
        (KeptFrom.RELEASED, 10, "10 years from the last release of the product, which is still released"),
        (KeptFrom.FOREVER, None, "For ever"),
    ],
)
def test_period_is_said_in_words(kept_from: KeptFrom, years: int | None, words: str) -> None:
    assert Period("A", kept_from, years).words == words


def test_cell_sorts_or_says_why_not() -> None:
    record = Recorded(date(2026, 3, 14))
    told = [Period("A", KeptFrom.COMPLETED, 2)], [Period("A", KeptFrom.LEFT, 1)], [Period("A", KeptFrom.FOREVER, None)]
    cells = [keeping(periods, record, on=TODAY).short for periods in (*told, [])]
    assert cells == ["2028-03-14", "not known yet", "for ever", "no record class"]
    assert keeping([], record, on=TODAY).sentence == ""


@pytest.mark.parametrize(
    ("kept_from", "years", "released_on", "field"),
    [
        ("completed", 2, None, ""),
        ("completed", None, None, "years"),
        ("forever", None, None, ""),
        ("forever", 2, None, "years"),
        ("released", 2, date(2026, 11, 23), ""),
        ("released", 2, date(2026, 11, 24), "released_on"),
        ("left", 2, date(2026, 11, 1), "released_on"),
    ],
)
def test_period_that_makes_no_sense_is_refused(
    kept_from: str, years: int | None, released_on: date | None, field: str
) -> None:
    found, words = why_not_kept_for(kept_from, years, released_on, on=TODAY)
    assert (found, bool(words)) == (field, bool(field))


# Presets


@pytest.mark.requirement("R-86")
@pytest.mark.requirement("R-89")
@pytest.mark.requirement("R-92")
@pytest.mark.requirement("R-94")
def test_presets_are_what_their_sources_say() -> None:
    assert {key: (each.source, each.kept_from.value, each.years) for key, each in BY_KEY.items()} == {
        "hipaa": ("45 CFR 164.316(b)(2)(i), 164.530(j)(2)", "in_force", 6),
        "device": ("ISO 13485:2016 4.2.5 (21 CFR 820.10)", "released", None),
        "repair": ("14 CFR 145.163(c)", "completed", 2),
        "bloodborne": ("29 CFR 1910.1030(h)(2)", "completed", 3),
        "asbestos": ("29 CFR 1910.1001(m)(4)", "left", 1),
        "cadmium": ("29 CFR 1910.1027(n)(4)", "completed", 1),
        "hazwoper": ("29 CFR 1910.120(e)(6)", "completed", None),
        "lockout": ("29 CFR 1910.147(c)(7)(iv)", "completed", None),
        "truck": ("29 CFR 1910.178(l)(6)", "completed", None),
    }


@pytest.mark.requirement("R-94")
def test_no_period_is_made_up_where_the_law_names_none() -> None:
    silent = {each.key for each in PRESETS if each.has_no_period}
    assert silent == {"device", "hazwoper", "lockout", "truck"}
    assert all("No period is named" in str(BY_KEY[key].notes) for key in silent - {"device"})
    assert "who trained or evaluated" in str(BY_KEY["truck"].notes)
    assert "name and the dates" in str(BY_KEY["lockout"].notes)
    assert "written certificate" in str(BY_KEY["hazwoper"].notes)


def test_presets_stand_in_the_document() -> None:
    text = PAGE.read_text()
    assert [each.key for each in PRESETS if f"| {each.name} | {each.source} |" not in text] == []


# Signatures


@pytest.mark.requirement("R-87")
@pytest.mark.parametrize(
    ("signed", "refused"),
    [
        (SignedBy.NOBODY, set()),
        (SignedBy.SOMEBODY, {CompletionSource.IMPORTED}),
        (SignedBy.LEARNER, {CompletionSource.IMPORTED, CompletionSource.EXTERNAL, CompletionSource.PROXY}),
    ],
)
def test_signature_rule_of_a_class(signed: SignedBy, refused: set[CompletionSource]) -> None:
    assert {each for each in CompletionSource if why_not_signed([Signing("A", signed)], each)} == refused


@pytest.mark.requirement("R-87")
def test_strictest_class_counts_and_is_named() -> None:
    rules = [
        Signing("Loose", SignedBy.NOBODY),
        Signing("Strict", SignedBy.LEARNER),
        Signing("House", SignedBy.SOMEBODY),
    ]
    assert why_not_signed(rules, "external") == (
        "The learner signs each record of this training (Strict), so it has to be taken here."
    )
    assert why_not_signed([rules[2]], "imported") == (
        "Each record of this training is signed (House), and a line of a list is not."
    )
    assert why_not_signed(rules, "taken") == ""
