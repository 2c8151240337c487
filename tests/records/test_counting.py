"""Facts that count people say the number in its form: one person, several people, and many where none is known."""

from __future__ import annotations

import re
from typing import Any

import pytest

from enrollment import facts as enrollment
from people import facts as people
from records.facts import Counted, FactKind, registry
from reporting import facts as reporting


@pytest.mark.parametrize(
    ("kind", "payload", "sentence"),
    [
        (
            enrollment.REQUIREMENT_SWITCHED_ON,
            {"number": 3, "people": 1},
            "Ana switched on requirement R-3 for 1 person",
        ),
        (
            enrollment.REQUIREMENT_SWITCHED_ON,
            {"number": 3, "people": 2},
            "Ana switched on requirement R-3 for 2 people",
        ),
        (
            enrollment.REQUIREMENT_SWITCHED_ON,
            {"number": 3, "people": 0},
            "Ana switched on requirement R-3 for 0 people",
        ),
        (enrollment.REQUIREMENT_SWITCHED_ON, {"number": 3}, "Ana switched on requirement R-3 for – people"),
        (
            enrollment.REQUIREMENT_REWORDED,
            {"number": 3, "people": 1, "sentence": "Everyone"},
            "Ana changed requirement R-3 in force, for 1 person: Everyone",
        ),
        (enrollment.ASSIGNED_MANY, {"number": 3, "people": 1}, "Ana gave requirement R-3 to 1 person"),
        (enrollment.ENDED_MANY, {"number": 3, "people": 1}, "Ana ended requirement R-3 for 1 person"),
        (
            enrollment.RETRAINING_OF_MANY,
            {"course": "GMP", "version": "2.0", "due_on": "2026-12-01", "people": 1},
            "1 person is to learn GMP, version 2.0, by 1 Dec 2026",
        ),
        (
            enrollment.RETRAINING_OF_MANY,
            {"course": "GMP", "version": "2.0", "due_on": "2026-12-01", "people": 12},
            "12 people are to learn GMP, version 2.0, by 1 Dec 2026",
        ),
        (reporting.REPORT_MADE, {"title": "T", "name": "Bo", "people": 1}, "The report “T” was made for Bo: 1 person"),
        (
            people.IMPORT_STOPPED,
            {"file": "a.csv", "leaving": 1},
            "The list a.csv was stopped: 1 account would be closed",
        ),
    ],
)
def test_number_is_said_in_its_form(kind: FactKind, payload: dict[str, Any], sentence: str) -> None:
    assert kind.say(actor="Ana", payload=payload) == sentence


def test_every_fact_that_counts_people_has_its_forms() -> None:
    plain = [verb for verb, kind in registry.kinds.items() if not isinstance(kind.sentence, Counted)]
    counting = [
        verb for verb in plain if re.search(r"\} (people|persons|accounts)\b", str(registry.kinds[verb].sentence))
    ]
    assert counting == []
