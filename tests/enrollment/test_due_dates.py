"""The worked examples of docs/due-dates.md, computed."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from enrollment.choices import CountedFrom, Renewal
from enrollment.rules.audiences import Audience, Ground, History, Post, Span, admission
from enrollment.rules.days import WorkCalendar, add_months
from enrollment.rules.naming import named_since
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


def entered_on(person: dict[str, Any]) -> date:
    """Return the day on which somebody came to belong to an audience, which may name them."""
    joined, named = person["joined"], person.get("named")
    if named is None:
        return joined
    maya, role = UUID(int=1), UUID(int=2)
    history = History(maya, [Post(role, role, role, joined, None, "UTC")])
    asked: dict[str, Any] = {"field": "person", "is": [str(maya)]}
    if person.get("or_in_the_role"):
        asked = {"any": [asked, {"field": "job_role", "is": [str(role)]}]}
    at = datetime.combine(max(joined, named), time(12), tzinfo=UTC)
    ground = Ground(named=named_since([(datetime.combine(named, time(8), tzinfo=UTC), asked)]))
    found = admission(Audience(asked, ground), history, at + timedelta(days=100))
    assert found is not None
    return found.since


def facts_of(terms: Terms, person: dict[str, Any]) -> Facts:
    joined = person["joined"]
    entered = entered_on(person)
    starts = Starts(
        entered_on=entered,
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
        since_on=entered,
        first_due_on=first_due(terms, starts, calendar),
        course="whole",
        credits=[
            Credit(
                str(number), course, version, on, add_months(on, months) if months else None, person.get("proof_until")
            )
            for number, (on, course, version) in enumerate(zip(completed, courses, versions, strict=True))
        ],
        extensions=[Extension(extended[0], extended[1], person.get("granted"))] if extended else [],
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
