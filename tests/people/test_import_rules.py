"""What a list of people says and changes, by table and by property: no database, no clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from people.choices import DateOrder, ImportField, RowKind
from people.rules.import_diff import Known, Period, Place, Planned
from people.rules.import_places import Places
from people.rules.import_plan import Plan, Terms, is_reconciled, plan, stops
from people.rules.import_rows import Terms as Words
from people.rules.import_rows import Wanted, guess_columns, guess_order, order_choices, read_day, read_row

TODAY = date(2026, 11, 23)
WORDS = Words(
    order=DateOrder.DAY_FIRST,
    languages={"en": "en", "english": "en"},
    employment_types={"employee": "employee", "agency worker": "agency", "agency": "agency"},
    attributes={"attribute:1": ("Clearance", ("A", "B")), "attribute:2": ("Badge", ())},
)
BASEL = Place("Basel", "Quality", "QC Analyst")


def places() -> Places:
    return Places.of(
        sites=["Basel", "Newark"],
        job_roles=["QC Analyst", "Shift Lead"],
        departments=["Quality", "Quality / Laboratory", "Production", "Production / Store", "Quality / Store"],
    )


def known(number: str = "1", **details: Any) -> Known:
    first = {"name": f"Person {number}", "email": f"p{number}@demo.test", "place": BASEL, "since": date(2020, 1, 1)}
    return Known(number, **{**first, **details})


def wanted(number: str = "1", line: int = 2, **values: Any) -> Wanted:
    attributes = values.pop("attributes", {})
    return Wanted(line, number, values, attributes)


def one(row: Wanted, *people: Known, **terms: Any) -> Planned:
    """Return what becomes of one row."""
    made = plan([row], {each.number: each for each in people}, places(), Terms(**{"on": TODAY, **terms}))
    return made.rows[0]


# Cells


@pytest.mark.parametrize(
    ("text", "order", "day"),
    [
        ("2026-03-01", "ymd", date(2026, 3, 1)),
        ("2026-03-01 00:00:00", "dmy", date(2026, 3, 1)),
        ("20260301", "mdy", date(2026, 3, 1)),
        ("1.3.2026", "dmy", date(2026, 3, 1)),
        ("03/01/2026", "mdy", date(2026, 3, 1)),
        ("03/01/2026", "ymd", None),
        ("13/13/2026", "dmy", None),
        ("31.02.2026", "dmy", None),
        ("1.3.26", "dmy", None),
        ("soon", "ymd", None),
    ],
)
def test_day_is_read_in_the_order_of_the_file(text: str, order: str, day: date | None) -> None:
    if day is None:
        with pytest.raises(ValueError):
            read_day(text, order)
    else:
        assert read_day(text, order) == day


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["2026-03-01", ""], ("ymd", "2026-03-01")),
        (["01.03.2026", "24.12.2026"], ("dmy", "01.03.2026")),
        (["03/01/2026", "12/24/2026"], ("mdy", "03/01/2026")),
        (["01.03.2026"], ("dmy", "01.03.2026")),
        (["soon", "24.12.2026"], ("dmy", "24.12.2026")),
        ([""], ("ymd", "")),
    ],
)
def test_order_of_dates_is_guessed(values: list[str], expected: tuple[str, str]) -> None:
    assert guess_order(values) == expected


def test_columns_are_guessed_by_their_headings() -> None:
    headings = [
        "Employee ID",
        "Full Name",
        "E-Mail",
        "Standort",
        "Dept.",
        "Job Title",
        "Manager",
        "Shoe size",
        "Clearance",
    ]
    assert guess_columns(headings, {"attribute:1": "clearance"}) == {
        "employee_number": "Employee ID", "name": "Full Name", "email": "E-Mail", "site": "Standort",
        "department": "Dept.", "job_role": "Job Title", "manager": "Manager", "attribute:1": "Clearance",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("headings", "fields"),
    [
        ("First Name;Last Name", {"first_name": "First Name", "last_name": "Last Name"}),
        ("Name;Vorname", {"first_name": "Vorname", "last_name": "Name"}),
        ("Nom;Prénom", {"first_name": "Prénom", "last_name": "Nom"}),
        ("Full name;First name", {"first_name": "First name", "name": "Full name"}),
        ("Name;First name;Surname", {"first_name": "First name", "last_name": "Surname", "name": "Name"}),
    ],
)
def test_names_in_parts_are_found_by_their_headings(headings: str, fields: dict[str, str]) -> None:
    assert guess_columns(headings.split(";"), {}) == fields


@pytest.mark.parametrize(
    ("cells", "name"),
    [
        ({"first_name": " Maya ", "last_name": "Lindqvist"}, "Maya Lindqvist"),
        ({"first_name": "Maya", "last_name": ""}, "Maya"),
        ({"first_name": "M.", "last_name": "L.", "name": "Maya Lindqvist"}, "Maya Lindqvist"),
        ({"first_name": "Maya", "last_name": "Lindqvist", "name": ""}, "Maya Lindqvist"),
        ({"first_name": "", "last_name": ""}, None),
    ],
)
def test_first_and_last_name_make_the_name(cells: dict[str, str], name: str | None) -> None:
    row = read_row(2, {"employee_number": "1", **cells}, WORDS)
    assert (row.values.get("name"), row.faults) == (name, ())
    assert not {"first_name", "last_name"} & row.values.keys()


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"employee_number": " "}, "number is missing"),
        ({"employee_number": "1", "first_name": "A" * 80, "last_name": "B" * 80}, "Name has more than 150"),
        ({"employee_number": "1" * 41}, "more than 40 characters"),
        ({"employee_number": "1", "name": "A" * 151}, "Name has more than 150"),
        ({"employee_number": "1", "email": "no address"}, "no e-mail address"),
        ({"employee_number": "1", "hired_on": "2026/13/01"}, "no date in the order day, month, year"),
        ({"employee_number": "1", "hired_on": "31/12/9999"}, "“31/12/9999”. Choose a day between 1950 and 2199."),
        ({"employee_number": "1", "left_on": "01/01/0001"}, "Choose a day between 1950 and 2199."),
        ({"employee_number": "1", "language": "Klingon"}, "Known are: en"),
        ({"employee_number": "1", "employment_type": "Pirate"}, "agency, employee"),
        ({"employee_number": "1", "attribute:1": "C"}, "none of its options: A, B"),
        ({"employee_number": "1", "attribute:2": "C" * 121}, "Badge has more than 120"),
        ({"employee_number": "1", "name": "#REF!"}, "shows an error here"),
        ({"employee_number": "1\x00"}, "nobody can see"),
    ],
)
def test_row_that_says_nothing_sensible_has_a_sentence(cells: dict[str, str], words: str) -> None:
    assert words in " ".join(read_row(2, cells, WORDS).faults)


def test_row_is_read() -> None:
    row = read_row(
        7,
        {"employee_number": " 20418 ", "name": "Maya  Lindqvist", "email": "Maya@Demo.test", "hired_on": "1.3.2026",
         "left_on": "", "employment_type": "Agency worker", "attribute:1": "A"},
        WORDS,
    )  # fmt: skip
    assert row == Wanted(
        7, "20418",
        {"name": "Maya Lindqvist", "email": "maya@demo.test", "hired_on": date(2026, 3, 1), "left_on": None,
         "employment_type": "agency"},
        {"Clearance": "A"},
    )  # fmt: skip


# One row against one person


@pytest.mark.parametrize(
    ("row", "person", "kind", "changes"),
    [
        (
            wanted(name="Maya", email="m@demo.test"), None, "added",
            [("name", "", "Maya"), ("email", "", "m@demo.test"), ("language", "", "en")],
        ),
        (wanted(name="Maya"), None, "rejected", []),
        (wanted(email="m@demo.test"), None, "rejected", []),
        (wanted(name="Maya", email="m@demo.test", site="Basel"), None, "rejected", []),
        (wanted(name="Maya", email="m@demo.test", manager="2"), None, "rejected", []),
        (wanted(name="Maya", email="m@demo.test", left_on=date(2025, 1, 1)), None, "unchanged", []),
        (wanted(name="Maya"), known(), "changed", [("name", "Person 1", "Maya")]),
        (wanted(name="Person 1", email="P1@demo.test".lower(), site="basel"), known(), "unchanged", []),
        (wanted(name="", email="", language="", hired_on=None), known(), "unchanged", []),
        (wanted(site="Newark"), known(), "moved", [("site", "Basel", "Newark")]),
        (
            wanted(name="Maya", site="Newark"), known(), "moved",
            [("name", "Person 1", "Maya"), ("site", "Basel", "Newark")],
        ),
        (wanted(department="Laboratory"), known(), "moved", [("department", "Quality", "Quality / Laboratory")]),
        (wanted(department="quality/Laboratory"), known(), "rejected", []),
        (wanted(department="Store"), known(), "rejected", []),
        (wanted(job_role="Pirate"), known(), "rejected", []),
        (wanted(employment_type="agency"), known(), "moved", [("employment_type", "employee", "agency")]),
        (wanted(manager=""), known(place=replace(BASEL, manager="2")), "moved", [("manager", "2", "")]),
        (wanted(manager="nobody"), known(), "rejected", []),
        (wanted(manager="1"), known(), "rejected", []),
        (wanted(site="Newark"), known(place=None, since=None), "rejected", []),
        (wanted(left_on=date(2026, 11, 22)), known(), "left", [("left_on", "", "2026-11-22")]),
        (wanted(left_on=TODAY), known(), "changed", [("left_on", "", "2026-11-23")]),
        (wanted(left_on=date(2019, 1, 1)), known(hired_on=date(2020, 1, 1)), "rejected", []),
        (wanted(left_on=None), known(left_on=date(2027, 1, 1)), "changed", [("left_on", "2027-01-01", "")]),
        (wanted(left_on=date(2026, 1, 1)), known(is_active=False), "unchanged", []),
        (wanted(name="Maya"), known(is_active=False), "rejected", []),
        (wanted(attributes={"Badge": "7"}), known(), "changed", [("Badge", "", "7")]),
        (wanted(attributes={"Badge": ""}), known(attributes={"Badge": "7"}), "changed", [("Badge", "7", "")]),
        (wanted(attributes={"Badge": "7"}), known(attributes={"Badge": "7"}, coming={"Badge": "8"}), "unchanged", []),
        (wanted(attributes={"Badge": "8"}), known(attributes={"Badge": "7"}, coming={"Badge": "8"}), "unchanged", []),
        (wanted(attributes={"Badge": "9"}), known(attributes={"Badge": "7"}, coming={"Badge": "8"}), "rejected", []),
        (wanted(attributes={"Badge": ""}), known(coming={"Badge": "8"}), "unchanged", []),
    ],
)  # fmt: skip
def test_row_changes_a_person(row: Wanted, person: Known | None, kind: str, changes: list[Any]) -> None:
    found = one(row, *([person] if person else []))
    assert (found.kind, list(found.changes)) == (kind, changes), found.reason
    assert bool(found.reason) == (kind == "rejected" or "account" in found.reason)


@pytest.mark.parametrize(
    ("person", "since", "expected"),
    [
        (known(), date(2026, 12, 1), (date(2026, 12, 1), False)),
        (known(), date(2026, 6, 1), (date(2026, 6, 1), False)),  # told late
        (known(), date(2020, 1, 1), (TODAY, False)),  # says when the one before began
        (known(), None, (TODAY, False)),
        (known(since=TODAY), None, (TODAY, True)),
        (known(since=date(2027, 1, 1)), None, None),
        (known(place=None, since=None), date(2024, 5, 1), (date(2024, 5, 1), False)),
        (known(place=None, since=None, hired_on=date(2027, 1, 1)), None, (date(2027, 1, 1), False)),
        (known(place=None, since=None, free_from=date(2026, 10, 1)), date(2026, 10, 1), (date(2026, 10, 1), False)),
        (known(place=None, since=None, free_from=date(2026, 10, 1)), date(2026, 9, 1), (TODAY, False)),
    ],
)
def test_position_begins_without_rewriting_history(person: Known, since: date | None, expected: Any) -> None:
    found = one(wanted(site="Newark", department="Quality", job_role="Shift Lead", since=since), person)
    if expected is None:
        assert (found.kind, "noted already" in found.reason) == (RowKind.REJECTED, True)
    else:
        assert (found.kind, found.since, found.corrects) == (RowKind.MOVED, *expected)


NEWARK, PLANNED_ON = Place("Newark", "Quality", "QC Analyst", manager="3"), date(2027, 1, 10)
AT_BASEL = {"site": "Basel", "department": "Quality", "job_role": "QC Analyst", "manager": "2"}
AT_NEWARK = AT_BASEL | {"site": "Newark", "manager": "3"}


def transferred(**details: Any) -> Known:
    """Return who works at Basel, and is noted for Newark from 10 January on."""
    earlier = Period(replace(BASEL, manager="2"), date(2020, 1, 1), PLANNED_ON)
    return known(**{"place": NEWARK, "since": PLANNED_ON, "earlier": (earlier,), **details})


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (AT_BASEL, "unchanged"),
        (AT_BASEL | {"name": "Maya"}, "changed"),
        ({"manager": "p2@demo.test"}, "unchanged"),
        (AT_BASEL | {"since": date(2020, 1, 1)}, "unchanged"),
        (AT_BASEL | {"since": date(2019, 1, 1)}, "unchanged"),  # another first day is no other position
        (AT_BASEL | {"since": date(2026, 12, 15)}, "unchanged"),
        (AT_NEWARK | {"since": PLANNED_ON}, "unchanged"),
        (AT_NEWARK, "unchanged"),  # told early
        (AT_BASEL | {"since": date(2027, 3, 1)}, "moved"),
        (AT_BASEL | {"job_role": "Shift Lead"}, "rejected"),
        (AT_BASEL | {"manager": "3"}, "rejected"),
        (AT_BASEL | {"job_role": "Shift Lead", "since": date(2026, 12, 15)}, "rejected"),
        (AT_BASEL | {"since": PLANNED_ON}, "rejected"),
    ],
)
def test_planned_transfer_is_only_in_the_way_of_another_position(values: dict[str, Any], kind: str) -> None:
    found = one(wanted(**values), transferred(), known("2"), known("3"))
    assert found.kind == kind, found.reason
    refusal = "A position from 10 Jan 2027 on is noted already. Correct it on the person's page."
    assert found.reason == (refusal if kind == "rejected" else "")
    changes = {"changed": ["name"], "moved": ["site", "manager"]}
    assert [each[0] for each in found.changes] == changes.get(kind, [])


def test_each_of_several_planned_positions_counts_on_its_days() -> None:
    lead = Place("Newark", "Quality", "Shift Lead", manager="3")
    both = (*transferred().earlier, Period(NEWARK, PLANNED_ON, date(2027, 6, 1)))
    person = transferred(place=lead, since=date(2027, 6, 1), earlier=both)
    row = {day: wanted(**AT_NEWARK, since=day) for day in (None, PLANNED_ON, date(2027, 6, 1), date(2027, 7, 1))}
    kinds = [one(each, person, known("2"), known("3")).kind for each in row.values()]
    assert kinds == [RowKind.REJECTED, RowKind.UNCHANGED, RowKind.REJECTED, RowKind.MOVED]


def test_who_is_hired_later_holds_the_position_of_the_first_day() -> None:
    first_day = date(2026, 12, 1)
    begins = (Period(replace(BASEL, manager="2"), first_day, PLANNED_ON),)
    person = transferred(hired_on=first_day, earlier=begins)
    assert one(wanted(**AT_BASEL), person, known("2"), known("3")).kind == RowKind.UNCHANGED


@pytest.mark.parametrize("manager", ["2", "p2@demo.test"])
def test_manager_who_has_left_stays_until_the_planned_transfer(manager: str) -> None:
    people = (transferred(), known("2", is_active=False), known("3", is_active=False))
    assert one(wanted(**AT_BASEL | {"manager": manager}), *people).kind == RowKind.UNCHANGED
    assert one(wanted(**AT_NEWARK, since=PLANNED_ON), *people).kind == RowKind.UNCHANGED
    assert one(wanted(**AT_NEWARK), *people).kind == RowKind.UNCHANGED
    under = one(wanted(**AT_BASEL | {"manager": manager, "since": date(2027, 3, 1)}), *people)
    assert under.kind == RowKind.REJECTED, "nobody is put under them anew"


def test_position_beside_the_main_one_is_not_taken_twice() -> None:
    person = known(beside=(("Newark", "Quality", "QC Analyst"),))
    assert one(wanted(site="Newark"), person).kind == RowKind.REJECTED
    assert one(wanted(manager="2"), person, known("2")).kind == RowKind.MOVED


def test_own_account_stays_open() -> None:
    left = wanted(left_on=date(2026, 1, 1))
    assert one(left, known(), own_number="1").kind == RowKind.REJECTED
    assert one(left, known(), own_number="2").kind == RowKind.LEFT
    made = plan([], {"1": known(), "2": known("2")}, places(), Terms(on=TODAY, is_complete=True, own_number="1"))
    assert [(row.kind, row.number) for row in made.rows] == [(RowKind.MISSING, "2")]


# A whole file


def whole(rows: Sequence[Wanted], people: Sequence[Known], **terms: Any) -> dict[str, str]:
    """Return the kind of each row by its line, or by the number of who is missing."""
    made = plan(rows, {each.number: each for each in people}, places(), Terms(**{"on": TODAY, **terms}))
    return {str(row.line or row.number): row.kind.value for row in made.rows}


def new(number: str, line: int, **values: Any) -> Wanted:
    usual = {"name": f"New {number}", "email": f"new{number}@demo.test"}
    usual |= {"site": "Basel", "department": "Quality", "job_role": "QC Analyst"}
    return wanted(number, line, **{**usual, **values})


def test_number_in_several_lines_is_rejected_everywhere() -> None:
    assert whole([new("5", 2), new("5", 3), new("6", 4)], []) == {"2": "rejected", "3": "rejected", "4": "added"}


def test_address_is_wanted_once() -> None:
    rows = [new("5", 2), new("6", 3, email="new5@demo.test"), new("7", 4)]
    assert whole(rows, []) == {"2": "rejected", "3": "rejected", "4": "added"}
    assert whole([new("5", 2, email="p1@demo.test")], [known()]) == {"2": "rejected"}


def test_address_passes_on_when_its_holder_leaves_or_has_another() -> None:
    heir = new("5", 2, email="p1@demo.test")
    assert whole([heir, wanted(line=3, left_on=date(2026, 1, 1))], [known()]) == {"2": "added", "3": "left"}
    assert whole([heir], [known()], is_complete=True) == {"2": "added", "1": "missing"}
    rows = [heir, wanted(line=3, email="other@demo.test")]
    made = plan(rows, {"1": known()}, places(), Terms(on=TODAY))
    assert [(row.kind.value, row.turn) for row in made.rows] == [("added", 2), ("changed", 1)]
    swap = [wanted("1", 2, email="p2@demo.test"), wanted("2", 3, email="p1@demo.test")]
    assert whole(swap, [known(), known("2")]) == {"2": "rejected", "3": "rejected"}


def test_managers_come_before_those_who_report_to_them() -> None:
    rows = [new("7", 2, manager="new6@demo.test"), new("6", 3, manager="5"), new("5", 4, manager="1")]
    made = plan(rows, {"1": known()}, places(), Terms(on=TODAY))
    assert [(row.turn, row.place.manager) for row in made.rows] == [(3, "6"), (2, "5"), (1, "1")]


def test_row_falls_with_its_manager() -> None:
    rows = [new("7", 2, manager="6"), new("6", 3, manager="5"), new("5", 4, site="Nowhere"), new("8", 5)]
    assert whole(rows, []) == {"2": "rejected", "3": "rejected", "4": "rejected", "5": "added"}


def test_nobody_is_put_under_who_leaves_or_has_left() -> None:
    leaving = wanted(line=3, left_on=date(2026, 1, 1))
    assert whole([new("5", 2, manager="1"), leaving], [known()]) == {"2": "rejected", "3": "left"}
    assert whole([new("5", 2, manager="1")], [known(is_active=False)]) == {"2": "rejected"}
    gone = wanted(line=3, email="p1@demo.test", left_on=date(2026, 1, 1))
    assert whole([new("5", 2, manager="p1@demo.test"), gone], [known(is_active=False)])["2"] == "rejected"
    under = known("2", place=replace(BASEL, manager="1"))
    stays = wanted("2", 2, manager="p1@demo.test", name="Other")
    assert whole([stays, leaving], [known(), under]) == {"2": "changed", "3": "left"}
    assert whole([stays], [known(is_active=False), under]) == {"2": "changed"}


def test_circle_of_managers_is_rejected() -> None:
    people = [known(), known("2"), known("3", place=replace(BASEL, manager="2"))]
    rows = [wanted("1", 2, manager="3"), wanted("2", 3, manager="1"), wanted("3", 4, name="Third")]
    assert whole(rows, people) == {"2": "rejected", "3": "rejected", "4": "changed"}
    assert whole(rows[:1], people) == {"2": "moved"}
    assert whole([new("8", 2, manager="9"), new("9", 3, manager="8")], []) == {"2": "rejected", "3": "rejected"}
    assert whole([wanted("2", 2, second_manager="3")], people) == {"2": "rejected"}
    assert whole([wanted("1", 2, second_manager="3")], people) == {"2": "moved"}


def test_unknown_places_are_created_only_when_asked_and_only_for_rows_that_stand() -> None:
    rows = [new("5", 2, site="Cork", department="Quality / Stability / Cold"), new("6", 3, site="Lyon", email="")]
    assert whole(rows, [])["2"] == "rejected"
    made = plan(rows, {}, places(), Terms(on=TODAY, creates=True))
    assert [row.kind for row in made.rows] == [RowKind.ADDED, RowKind.REJECTED]
    assert made.new_places == [
        ("department", "Quality / Stability"), ("department", "Quality / Stability / Cold"), ("site", "Cork"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("leaving", "people", "percent", "stopped"),
    [
        (0, 0, 5, False),
        (5, 100, 5, False),
        (6, 100, 5, True),
        (1, 19, 5, True),
        (1, 20, 5, False),
        (9, 9, 100, False),
        (1, 9, 0, True),
    ],
)
def test_guard_stops_when_more_than_a_share_would_leave(leaving: int, people: int, percent: int, stopped: bool) -> None:
    assert stops(leaving=leaving, open_accounts=people, percent=percent) == stopped


# Properties

NUMBERS = st.sampled_from("123456789")
ADDRESSES = st.sampled_from([f"p{n}@demo.test" for n in "123456789"])
MANAGERS = st.one_of(st.just(""), NUMBERS, ADDRESSES)
DAYS = st.sampled_from([date(2020, 1, 1), date(2025, 6, 1), TODAY, date(2027, 1, 1)])


@st.composite
def files(draw: st.DrawFn) -> list[Wanted]:
    rows = []
    for line in range(2, 2 + draw(st.integers(0, 9))):
        values = draw(
            st.fixed_dictionaries(
                {"name": st.sampled_from(["Ada", "Bo", ""]), "email": ADDRESSES | st.just("")},
                optional={
                    "site": st.sampled_from(["Basel", "newark", "Cork", ""]),
                    "department": st.sampled_from(["Quality", "Laboratory", "Store", "Quality / Cold", ""]),
                    "job_role": st.sampled_from(["QC Analyst", "Shift Lead", "Pilot"]),
                    "manager": MANAGERS, "second_manager": MANAGERS,
                    "left_on": DAYS | st.none(), "hired_on": DAYS | st.none(), "since": DAYS | st.none(),
                },
            )
        )  # fmt: skip
        attributes = draw(st.dictionaries(st.just("Badge"), st.sampled_from(["", "1", "2"])))
        rows.append(Wanted(line, draw(NUMBERS), values, attributes))
    return rows


@st.composite
def companies(draw: st.DrawFn) -> dict[str, Known]:
    numbers = sorted(draw(st.sets(NUMBERS, max_size=7)))
    found = {}
    for place, number in enumerate(numbers):
        manager = draw(st.sampled_from(["", *numbers[:place]]))
        has_place = draw(st.booleans())
        since = draw(DAYS) if has_place else None
        is_planned = since is not None and since > TODAY and draw(st.booleans())
        earlier = Period(Place("Newark", "Quality", "QC Analyst"), date(2020, 1, 1), since) if is_planned else None
        found[number] = known(
            number,
            is_active=draw(st.integers(0, 5)) > 0,
            place=replace(BASEL, manager=manager) if has_place else None,
            since=since,
            earlier=(earlier,) if earlier else (),
            attributes=draw(st.dictionaries(st.just("Badge"), st.sampled_from("12"))),
            coming=draw(st.dictionaries(st.just("Badge"), st.sampled_from("12"))),
        )
    return found


def written(made: Plan, people: Mapping[str, Known]) -> dict[str, Known]:
    """Return the people after a plan: what the database does, in plain values."""
    after = dict(people)
    for row in sorted(made.rows, key=lambda row: row.turn):
        if not row.is_written:
            continue
        before = after.get(row.number) or Known(row.number, "", "")
        if row.left_on is not None:
            after[row.number] = replace(before, is_active=False, left_on=row.left_on)
            continue
        held = {each.email for number, each in after.items() if each.is_active and number != row.number}
        assert row.details.get("email") not in held
        for manager in (row.place.manager, row.place.second_manager) if row.place else ():
            assert not manager or manager in after
        assert not row.attributes.keys() & before.coming.keys()
        attributes = {name: value for name, value in before.attributes.items() if name not in row.attributes}
        attributes |= {name: value for name, value in row.attributes.items() if value}
        changed = replace(before, **row.details, attributes=attributes)
        if row.place is not None:
            assert before.since is None or (row.since or TODAY) >= before.since
            earlier = before.earlier
            if before.place and before.since and row.since and TODAY < row.since > before.since:
                earlier = (*earlier, Period(before.place, before.since, row.since))
            changed = replace(changed, place=row.place, since=row.since, free_from=None, earlier=earlier)
        after[row.number] = changed
    return after


def known_places(made: Plan) -> Places:
    found = places()
    new_ones: dict[str, list[str]] = {"site": [], "department": [], "job_role": []}
    for kind, name in made.new_places:
        new_ones[kind].append(name)
    return Places.of(
        sites=[*found.sites.values(), *new_ones["site"]],
        job_roles=[*found.job_roles.values(), *new_ones["job_role"]],
        departments=[*found.departments.values(), *new_ones["department"]],
    )


@settings(max_examples=400)
@given(files(), companies(), st.booleans(), st.booleans())
@pytest.mark.requirement("R-63")
def test_taking_a_list_twice_is_taking_it_once(
    rows: list[Wanted], people: dict[str, Known], is_complete: bool, creates: bool
) -> None:
    terms = Terms(on=TODAY, is_complete=is_complete, creates=creates, own_number="1")
    first = plan(rows, people, places(), terms)
    assert is_reconciled(first.counts, rows=len(rows))
    assert [row.line for row in first.rows if row.line] == [row.line for row in rows]
    after = written(first, people)
    assert "1" not in people or after["1"].is_active == people["1"].is_active
    second = plan(rows, after, known_places(first), terms)
    assert not [row for row in second.rows if row.is_written], "the second time changes something"
    assert {row.line for row in second.rows if row.kind == RowKind.REJECTED} == {
        row.line for row in first.rows if row.kind == RowKind.REJECTED
    }
    assert written(second, after) == after


@settings(max_examples=200)
@given(files(), companies())
def test_nobody_reports_to_themselves_in_the_end(rows: list[Wanted], people: dict[str, Known]) -> None:
    after = written(plan(rows, people, places(), Terms(on=TODAY, creates=True)), people)
    for number in after:
        here, seen = number, []
        while here and here not in seen:
            seen.append(here)
            place = after[here].place if here in after else None
            here = place.manager if place else ""
        assert here != number


def test_every_field_has_headings() -> None:
    assert set(guess_columns([str(field.label) for field in ImportField], {})) == set(ImportField.values)


@pytest.mark.parametrize(
    ("days", "guessed", "words"),
    [
        ([], "ymd", ["Year, month, day", "Day, month, year", "Month, day, year"]),
        (["2026-11-01"], "ymd", ["Year, month, day", "Day, month, year", "Month, day, year"]),
        (
            ["1/11/2026"],
            "dmy",
            [
                "Year, month, day (does not fit “1/11/2026”)",
                "Day, month, year: “1/11/2026” is 1 November 2026",
                "Month, day, year: “1/11/2026” is 11 January 2026",
            ],
        ),
    ],
)
def test_orders_of_dates_show_what_an_example_would_be(days: list[str], guessed: str, words: list[str]) -> None:
    order, choices = order_choices(days)
    assert (order.value, [label for _order, label in choices]) == (guessed, words)
