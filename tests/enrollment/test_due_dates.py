"""The worked examples of docs/due-dates.md, computed."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from enrollment.choices import CountedFrom, Renewal
from enrollment.rules.audiences import Span
from enrollment.rules.days import WorkCalendar, add_months
from enrollment.rules.obligations import Credit, Extension, Facts, Obligation, Retraining, obligation_of
from enrollment.rules.qualifications import verdict_on
from enrollment.rules.terms import Starts, Terms, first_due

PAGE = Path(__file__).parents[2] / "docs" / "due-dates.md"


def examples() -> list[Any]:
    """Return each example with the line on which it stands."""
    text = PAGE.read_text()
    return [
        pytest.param(tomllib.loads(found[1]), id=f"line {text.count(chr(10), 0, found.start()) + 1}")
        for found in re.finditer(r"^```toml\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    ]


def terms_of(told: dict[str, Any]) -> Terms:
    words = dict(told)
    kinds: dict[str, Any] = {"counted_from": CountedFrom, "renewal": Renewal, "refreshers": tuple}
    return replace(Terms(), **{name: kinds.get(name, lambda value: value)(value) for name, value in words.items()})


def facts_of(terms: Terms, person: dict[str, Any]) -> Facts:
    joined = person["joined"]
    starts = Starts(
        entered_on=joined,
        position_on=joined,
        switched_on=person.get("switched_on", joined),
        hired_on=person.get("hired"),
        version_on=person.get("version_effective"),
    )
    calendar = WorkCalendar(holidays=frozenset(person.get("holidays", ())))
    completed = person.get("completed", [])
    courses = person.get("courses", ["whole"] * len(completed))
    versions = person.get("versions", [1] * len(completed))
    months = person.get("own_validity_months")
    retrain = person.get("retrain")
    extended = person.get("extended")
    return Facts(
        since_on=joined,
        first_due_on=first_due(terms, starts, calendar),
        course="whole",
        credits=[
            Credit(str(number), course, version, on, add_months(on, months) if months else None)
            for number, (on, course, version) in enumerate(zip(completed, courses, versions, strict=True))
        ],
        extensions=[Extension(*extended)] if extended else [],
        retrainings=[Retraining(retrain["version"], retrain["effective"], retrain["due"])] if retrain else [],
        leaves=[Span(*person["leave"])] if "leave" in person else [],
        waivers=[Span(*person["waived"])] if "waived" in person else [],
    )


def is_qualified(facts: Facts, day: date) -> bool:
    """Say whether the course counts on a day for a task that asks for it."""
    return verdict_on(day, credits=facts.credits, retrainings=facts.retrainings, waivers=facts.waivers).is_met


def said(found: Obligation, facts: Facts, expected: dict[str, Any]) -> dict[str, Any]:
    """Return what was computed, in the words of the example."""
    answers = {
        "due": found.due_on,
        "late_from": found.late_on,
        "valid_until": found.valid_until,
        "window_from": found.window_on,
        "rounds": found.rounds_done,
        "next": found.course,
        "why": found.why.value,
        "status": {day: found.status_on(date.fromisoformat(day)).value for day in expected.get("status", ())},
        "qualified": {day: is_qualified(facts, date.fromisoformat(day)) for day in expected.get("qualified", ())},
    }
    return {name: answers[name] for name in expected}


@pytest.mark.parametrize("example", examples())
def test_the_documentation_is_right(example: dict[str, Any]) -> None:
    terms = terms_of(example["terms"])
    facts = facts_of(terms, example["person"])
    assert said(obligation_of(terms, facts), facts, example["then"]) == example["then"]


def test_the_page_has_its_examples() -> None:
    assert len(examples()) >= 30
