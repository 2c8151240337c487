"""The training matrix: cells with their days, what changing them does, the grid, and its file."""

from __future__ import annotations

import csv
import io
import re
from datetime import date, timedelta
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from core.clock import now
from core.ids import new_id
from enrollment import tasks
from enrollment.actions import ReachChanged, ReasonMissing, enroll, follow_person
from enrollment.actions import matrix as matrix_actions
from enrollment.actions.matrix import AlreadyInForce, draft_matrix_change, put_matrix_change_in_force
from enrollment.actions.requirements import NothingChanged
from enrollment.choices import EnrollmentState
from enrollment.models import MatrixCell, MatrixChange, Requirement
from enrollment.queries.effects import effect_of
from enrollment.queries.matrix import changes_of_cells
from enrollment.rules import Span
from enrollment.rules.matrix import CellChange, cells_after, is_change, read_cell, read_change
from people.actions import grant_role
from people.choices import AccessRole
from people.models import User
from records.models import Event
from tests.enrollment.workplace import (
    AT,
    TODAY,
    a_course,
    analyst,
    browser,
    complete,
    move,
    newark,
    open_assignments,
    operator,
    rewrite,
    switched_on,
    write,
)
from tests.factories import BY, LONG_AGO, make_job_role, make_person

MATRIX = {"all": [{"field": "matrix"}]}
JAN, FEB, MAR = date(2027, 1, 1), date(2027, 2, 1), date(2027, 3, 1)
ROLE, WHAT = new_id(), new_id()


def setting(since: date, until: date | None = None) -> CellChange:
    return CellChange(ROLE, WHAT, True, since, until)


def taking(since: date) -> CellChange:
    return CellChange(ROLE, WHAT, False, since)


@pytest.mark.parametrize(
    ("before", "change", "after"),
    [
        ([], setting(JAN), [(JAN, None)]),
        ([], setting(JAN, FEB), [(JAN, FEB)]),
        ([(JAN, None)], setting(FEB), [(JAN, None)]),  # goes on: nobody starts anew
        ([(JAN, None)], setting(FEB, MAR), [(JAN, MAR)]),
        ([(JAN, FEB)], setting(MAR), [(JAN, FEB), (MAR, None)]),
        ([(JAN, FEB)], setting(FEB), [(JAN, None)]),
        ([(FEB, None)], setting(JAN), [(JAN, None)]),
        ([(JAN, None)], taking(FEB), [(JAN, FEB)]),
        ([(FEB, None)], taking(JAN), []),
        ([(JAN, FEB)], taking(MAR), [(JAN, FEB)]),
        ([], taking(JAN), []),
    ],
)
def test_cells_are_set_and_taken_away_from_a_day_on(before: Any, change: CellChange, after: Any) -> None:
    spans = [Span(*days) for days in before]
    assert [(span.valid_from, span.valid_until) for span in cells_after(spans, change)] == after
    assert is_change(spans, change) == (before != after)


DAYS = st.integers(0, 40).map(lambda number: JAN + timedelta(days=number))
CHANGES = st.tuples(st.booleans(), DAYS, st.none() | st.integers(1, 20)).map(
    lambda each: CellChange(ROLE, WHAT, each[0], each[1], each[1] + timedelta(days=each[2]) if each[2] else None)
)


@given(st.lists(CHANGES, max_size=6))
def test_a_change_decides_from_its_day_on_and_leaves_the_days_before(changes: list[CellChange]) -> None:
    spans: list[Span] = []
    for change in changes:
        after = cells_after(spans, change)
        for number in range(70):
            day = JAN + timedelta(days=number)
            if day < change.since:
                expected = any(span.holds_on(day) for span in spans)
            else:
                expected = change.is_set and (change.until is None or day < change.until)
            assert any(span.holds_on(day) for span in after) == expected
        ends = [span.valid_until or date.max for span in after]
        assert all(end < span.valid_from for end, span in zip(ends, after[1:], strict=False))  # no overlap, no seam
        assert not is_change(after, change) or not change.is_set or change.until is not None
        spans = after


def test_a_change_is_stored_as_it_is() -> None:
    for change in (setting(JAN, FEB), setting(JAN), taking(MAR)):
        assert read_change(change.data()) == change


# In the database


@pytest.fixture
def column(admin: User) -> Requirement:
    return switched_on(a_course(), by=admin, audience=MATRIX)


def put(admin: User, *changes: CellChange, at: Any = AT) -> int:
    change = draft_matrix_change(changes=changes, by=admin, at=at)
    return put_matrix_change_in_force(change=change, by=admin, at=at, reason="SOP 12")


def ticked(column: Requirement, role: Any = None, since: date = TODAY, until: date | None = None) -> CellChange:
    return CellChange((role or make_job_role()).pk, column.pk, True, since, until)


def test_a_cell_gives_a_training_to_whoever_has_the_role_as_shown(admin: User, column: Requirement) -> None:
    operator("Maya")
    operator("Kenji", job_role=analyst())
    shown = effect_of(changes_of_cells([ticked(column)], at=AT))
    assert [(line.name, line.due_on) for line in shown.gains] == [("Maya", TODAY + timedelta(days=14))]
    assert shown.minutes == 4
    assert put(admin, ticked(column)) == shown.people == 1
    [(name, assignment)] = open_assignments(column).items()
    assert (name, assignment.due_on) == ("Maya", TODAY + timedelta(days=14))
    assert assignment.because["job_role"] == "Tablet Operator"
    fact = Event.objects.get(verb="enrollment.cell_set")
    assert (fact.payload["job_role"], fact.payload["since"], fact.reason) == ("Tablet Operator", "2026-11-23", "SOP 12")


def test_a_cell_acts_on_its_day_and_ends_on_its_day(
    admin: User, column: Requirement, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator("Maya")
    begin, end = TODAY + timedelta(days=7), TODAY + timedelta(days=20)
    assert put(admin, ticked(column, since=begin, until=end)) == 0
    for days, names in ((0, set()), (7, {"Maya"}), (19, {"Maya"}), (20, set())):
        monkeypatch.setattr(tasks, "now", lambda days=days: AT + timedelta(days=days))
        tasks.sweep_assignments()
        assert set(open_assignments(column)) == names, days
    ended = column.assignments.get()
    assert ended.ended_because == "The training matrix no longer asks it of Tablet Operator"


def test_who_takes_on_a_role_of_the_matrix_gets_its_trainings(admin: User, column: Requirement) -> None:
    kenji = operator("Kenji", job_role=analyst())
    put(admin, ticked(column))
    assert not open_assignments(column)
    move(kenji, since=TODAY, job_role=make_job_role())
    follow_person(user_id=kenji.pk, at=AT + timedelta(minutes=1))
    assert open_assignments(column)["Kenji"].since_on == TODAY


@pytest.mark.requirement("R-80")
@pytest.mark.requirement("R-82")
def test_each_job_role_has_exactly_its_row_and_supervisors_have_their_own(admin: User, column: Requirement) -> None:
    lead = make_job_role("Shift Lead")
    people = {role: operator(name, job_role=role) for role, name in ((make_job_role(), "Maya"), (lead, "Jonas"))}
    batch = switched_on(a_course("Batch review"), by=admin, audience=MATRIX)
    hygiene = switched_on(a_course("Hand hygiene"), by=admin, audience=MATRIX)
    put(admin, ticked(column), ticked(hygiene), ticked(hygiene, lead), ticked(batch, lead))
    rows = {make_job_role(): {column, hygiene}, lead: {hygiene, batch}}
    for role, person in people.items():
        assert {each.requirement for each in person.assignments.all()} == rows[role]


def test_taking_a_cell_away_ends_what_is_open_only_for_that_role(admin: User, column: Requirement) -> None:
    operator("Maya")
    operator("Kenji", job_role=analyst())
    put(admin, ticked(column), ticked(column, analyst()))
    assert set(open_assignments(column)) == {"Maya", "Kenji"}
    away = CellChange(analyst().pk, column.pk, False, TODAY)
    assert put(admin, away, at=AT + timedelta(hours=1)) == 1
    assert set(open_assignments(column)) == {"Maya"}
    assert MatrixCell.objects.count() == 2  # what was taken back is kept, as an empty period


def test_a_matrix_changed_in_the_middle_of_a_course_ends_it_and_lets_it_go_on(admin: User, column: Requirement) -> None:
    maya = operator("Maya")
    put(admin, ticked(column))
    begun = enroll(user=maya, course=column.course, by=maya, at=AT + timedelta(minutes=1))
    put(admin, CellChange(make_job_role().pk, column.pk, False, TODAY), at=AT + timedelta(hours=1))
    begun.refresh_from_db()
    assert (begun.state, begun.ended_because) == (
        EnrollmentState.CANCELLED,
        "The training matrix no longer asks it of Tablet Operator",
    )
    put(admin, ticked(column), at=AT + timedelta(hours=2))
    begun.refresh_from_db()
    assert begun.state == EnrollmentState.OPEN
    assert maya.enrollments.count() == 1
    assert maya.assignments.count() == 2


def test_a_change_is_put_in_force_once_with_a_reason_and_as_it_was_shown(admin: User, column: Requirement) -> None:
    operator("Maya")
    change = draft_matrix_change(changes=[ticked(column)], by=admin, at=AT)
    with pytest.raises(ReasonMissing):
        put_matrix_change_in_force(change=change, by=admin, at=AT, reason="SOP")
    shown = changes_of_cells([ticked(column)], at=AT)
    key = shown.key(shown.staying())
    operator("Rosa")
    with pytest.raises(ReachChanged):
        put_matrix_change_in_force(change=change, by=admin, at=AT, reason="for a test", expected=key)
    assert not MatrixCell.objects.exists()
    put_matrix_change_in_force(change=change, by=admin, at=AT, reason="for a test")
    with pytest.raises(AlreadyInForce):
        put_matrix_change_in_force(change=change, by=admin, at=AT, reason="for a test")
    with pytest.raises(NothingChanged):
        draft_matrix_change(changes=[ticked(column)], by=admin, at=AT)
    assert set(open_assignments(column)) == {"Maya", "Rosa"}


def test_a_cell_of_a_draft_acts_when_the_requirement_is_switched_on(admin: User) -> None:
    from enrollment.actions import switch_on_requirement
    from tests.enrollment.workplace import draft

    operator("Maya")
    later = draft(a_course(), by=admin, audience=MATRIX)
    assert put(admin, ticked(later)) == 0
    assert switch_on_requirement(requirement=later, by=admin, at=AT) == 1
    assert set(open_assignments(later)) == {"Maya"}


def test_a_period_that_is_prolonged_takes_the_place_of_the_next_one(admin: User, column: Requirement) -> None:
    ten, twenty, forty = (TODAY + timedelta(days=days) for days in (10, 20, 40))
    put(admin, ticked(column, since=ten, until=twenty))
    put(admin, ticked(column, since=forty))
    put(admin, ticked(column, since=twenty))
    assert [(each.valid_from, each.valid_until) for each in MatrixCell.objects.order_by("valid_from")] == [
        (ten, None),
        (forty, forty),
    ]


def test_many_whose_cell_begins_earlier_have_the_earlier_day(
    admin: User, column: Requirement, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks
) -> None:
    for name in ("Maya", "Rosa", "Amara"):
        operator(name)
    put(admin, ticked(column))
    monkeypatch.setattr(matrix_actions, "AT_ONCE", 1)
    monkeypatch.setattr("enrollment.followers.now", lambda: AT + timedelta(hours=1))
    earlier = TODAY - timedelta(days=10)
    with django_capture_on_commit_callbacks(execute=True):
        assert put(admin, ticked(column, since=earlier), at=AT + timedelta(minutes=5)) == 3
    days = {each.due_on for each in open_assignments(column).values()}
    assert days == {earlier + timedelta(days=14)}


def test_an_earlier_cell_counts_whom_it_was_shown_to_change_something_for(admin: User, column: Requirement) -> None:
    maya = operator("Maya")
    operator("Rosa")
    put(admin, ticked(column))
    complete(maya, column.course, on=TODAY)
    change, later = ticked(column, since=TODAY - timedelta(days=10)), AT + timedelta(minutes=5)
    shown = effect_of(changes_of_cells([change], at=later))
    assert [line.name for line in shown.moves] == ["Rosa"]
    assert put(admin, change, at=later) == shown.people == 1


def test_many_people_get_it_by_a_job(
    admin: User, column: Requirement, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks
) -> None:
    for name in ("Maya", "Rosa", "Amara"):
        operator(name)
    monkeypatch.setattr(matrix_actions, "AT_ONCE", 1)
    monkeypatch.setattr("enrollment.followers.now", lambda: AT + timedelta(minutes=1))
    with django_capture_on_commit_callbacks(execute=True):
        assert put(admin, ticked(column)) == 3
    assert set(open_assignments(column)) == {"Maya", "Rosa", "Amara"}


def test_the_database_refuses_two_periods_at_once_and_another_beginning(admin: User, column: Requirement) -> None:
    put(admin, ticked(column))
    cell = MatrixCell.objects.get()
    twin = MatrixCell(
        requirement=column, job_role=cell.job_role, valid_from=TODAY + timedelta(days=3), added_at=AT, added_by=admin
    )
    with pytest.raises(IntegrityError, match="matrix_cell_one_at_a_time"), transaction.atomic():
        write([twin])
    with pytest.raises(DatabaseError, match="only the end changes"), transaction.atomic():
        rewrite(MatrixCell.objects.all(), valid_from=TODAY - timedelta(days=3))
    with pytest.raises(IntegrityError, match="matrix_cell_ends_after_it_begins"), transaction.atomic():
        rewrite(MatrixCell.objects.all(), valid_until=TODAY - timedelta(days=3))


# Its pages


GRID = "/matrix/"


def test_the_grid_is_ticked_looked_at_and_put_in_force(admin: User, column: Requirement) -> None:
    operator("Maya")
    client = browser(admin)
    shown = client.get(GRID).content.decode()
    assert f"R-{column.number}" in shown
    name = f"{make_job_role().pk}:{column.pk}"
    answer = client.post(GRID, {"cell": [name], "since": now().date().isoformat()})
    change = MatrixChange.objects.get()
    assert answer.headers["Location"] == reverse("enrollment:matrix_change", args=[change.pk])
    page = client.get(answer.headers["Location"]).content.decode()
    assert "Put in force for 1 person" in page
    assert "Maya" in page
    expected = re.search(r'name="expected" value="(\w+)"', page)
    assert expected
    refused = client.post(answer.headers["Location"], {"expected": expected[1], "reason": "x"})
    assert refused.status_code == 422
    assert "Say in at least two words why the matrix changes." in refused.content.decode()
    client.post(answer.headers["Location"], {"expected": expected[1], "reason": "SOP 12"})
    assert set(open_assignments(column)) == {"Maya"}
    again = client.post(GRID, {"cell": [name], "was": [name], "since": now().date().isoformat()})
    assert again.headers["Location"] == GRID  # nothing is different
    assert "checked" in client.get(GRID).content.decode()


def test_the_file_says_until_when_it_was_due_for_who_no_longer_has_it(admin: User, column: Requirement) -> None:
    operator("Maya")
    put(admin, ticked(column, since=now().date()), at=now())
    name = f"{make_job_role().pk}:{column.pk}"
    client = browser(admin)
    page = client.post(GRID, {"was": [name], "since": now().date().isoformat()}).headers["Location"]
    answer: Any = client.post(page, {"do": "download"})
    head, line = csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig")))
    due = open_assignments(column)["Maya"].due_on.isoformat()
    said = dict(zip(head, line, strict=True))
    assert [said[each] for each in ("Effect", "Person", "Due", "Due until now")] == [
        "No longer have it",
        "Maya",
        "",
        due,
    ]


def test_a_cell_to_come_survives_the_grid_of_today(admin: User, column: Requirement) -> None:
    operator("Maya")
    put(admin, ticked(column, since=now().date() + timedelta(days=30)), at=now())
    client = browser(admin)
    assert "from " in client.get(GRID).content.decode()
    client.post(GRID, {"since": now().date().isoformat()})
    assert MatrixChange.objects.count() == 1
    assert MatrixCell.objects.get().valid_until is None


def test_the_grid_says_when_a_cell_to_come_ends(admin: User, column: Requirement) -> None:
    put(admin, ticked(column, since=date(2027, 1, 1), until=date(2027, 7, 1)), at=now())
    assert "1 Jan 2027 until 1 Jul 2027" in browser(admin).get(GRID).content.decode()


def test_a_day_that_is_none_keeps_the_ticks(admin: User, column: Requirement) -> None:
    operator("Maya")
    name = f"{make_job_role().pk}:{column.pk}"
    answer = browser(admin).post(GRID, {"cell": [name], "since": "soon"})
    assert answer.status_code == 422
    assert "checked" in answer.content.decode()


def test_the_curriculum_of_a_role_sets_days(admin: User, column: Requirement) -> None:
    operator("Maya")
    client = browser(admin)
    address = reverse("enrollment:curriculum", args=[make_job_role().pk])
    assert "Nothing yet" in client.get(address).content.decode()
    typed = {"requirement": column.pk, "do": "set", "since": "2027-03-01", "until": "2027-02-01"}
    assert "choose a later day" in client.post(address, typed).content.decode()
    client.post(address, {**typed, "until": "2027-06-01"})
    change = MatrixChange.objects.get()
    assert change.items == [
        {
            "job_role": str(make_job_role().pk),
            "requirement": str(column.pk),
            "set": True,
            "since": "2027-03-01",
            "until": "2027-06-01",
        }
    ]
    client.post(reverse("enrollment:matrix_change", args=[change.pk]), {"reason": "for a test", "expected": ""})
    answer = client.get(reverse("enrollment:matrix_change", args=[change.pk])).content.decode()
    key = re.search(r'name="expected" value="(\w+)"', answer)
    assert key
    client.post(reverse("enrollment:matrix_change", args=[change.pk]), {"reason": "for a test", "expected": key[1]})
    assert "1 Mar 2027 until 1 Jun 2027" in client.get(address).content.decode()


def test_the_file_that_is_downloaded_changes_nothing_and_its_mistakes_are_named(
    admin: User, column: Requirement
) -> None:
    operator("Maya")
    make_job_role()
    analyst()
    put(admin, ticked(column, since=TODAY, until=TODAY + timedelta(days=90)))
    client = browser(admin)
    content = client.get("/matrix/matrix.xlsx").content
    assert client.post("/matrix/import/", {"file": _file(content), "since": TODAY.isoformat()}).headers["Location"] == (
        GRID
    )
    book = openpyxl.load_workbook(io.BytesIO(content))
    sheet = book.active
    assert sheet["B1"].value == f"R-{column.number} Electronic records and signatures"
    by_role = {row[0].value: row for row in sheet.iter_rows(min_row=2)}
    assert by_role["Tablet Operator"][1].value == f"{TODAY} to {TODAY + timedelta(days=90)}"
    by_role["Tablet Operator"][1].value = ""
    by_role[analyst().name][1].value = "x"
    sheet.append(["Astronaut", "x"])
    sheet["C1"].value = "R-999 Nothing"
    stream = io.BytesIO()
    book.save(stream)
    answer = client.post("/matrix/import/", {"file": _file(stream.getvalue()), "since": TODAY.isoformat()})
    change = MatrixChange.objects.get(source="matrix.xlsx")
    assert {(item["job_role"], item["set"]) for item in change.items} == {
        (str(make_job_role().pk), False),
        (str(analyst().pk), True),
    }
    assert len(change.refused) == 2
    page = client.get(answer.headers["Location"]).content.decode()
    assert "there is no job role “Astronaut”" in page
    broken = client.post("/matrix/import/", {"file": _file(b"\x00\x01"), "since": TODAY.isoformat()})
    assert broken.status_code == 422
    assert "neither a CSV file nor an XLSX" in broken.content.decode()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", (False, TODAY, None)),
        (" X ", (True, TODAY, None)),
        ("2027-01-31", (True, date(2027, 1, 31), None)),
        ("2027-01-31 to 2027-02-01", (True, date(2027, 1, 31), date(2027, 2, 1))),
        (
            "2027-03-01 to 2027-01-31",
            "“2027-03-01 to 2027-01-31” ends on 31 Jan 2027, not after 1 Mar 2027, its first ",
        ),
        ("2027-03-01 to 2027-03-01", "ends on 1 Mar 2027, not after 1 Mar 2027"),
        ("2027-02-30", "The calendar has no 2027-02-30."),
        ("2027-01-01 to 2027-04-31", "The calendar has no 2027-04-31."),
        ("9999-12-31", "“9999-12-31”: Choose a day between 1950 and 2199."),
        ("#REF!", "The spreadsheet shows an error here: #REF!."),
        ("soon", "“soon” is neither an x, nor a day such as 2027-01-31, nor two days"),
        ("31.01.2027", "“31.01.2027” is neither"),
    ],
)
def test_a_cell_of_a_file_is_read_or_says_what_is_wrong(text: str, expected: Any) -> None:
    if isinstance(expected, str):
        with pytest.raises(ValueError, match=re.escape(expected)):
            read_cell(text, TODAY)
    else:
        assert read_cell(text, TODAY) == expected


def test_what_is_wrong_with_a_file_is_said_with_its_place(admin: User, column: Requirement) -> None:
    other = switched_on(a_course("Hand hygiene"), by=admin, audience=MATRIX)
    make_job_role()
    one, two = f"R-{column.number}", f"R-{other.number}"
    lines = [
        f"Job role,{one} Records,{two},{one},Notes,R-999 Nothing",
        "Tablet Operator,2027-03-01 to 2027-01-31,x,x,x,x",
        ",x,,,,",
        "Astronaut,x,,,,",
        "tablet operator,x,x,,,",
    ]
    form = {"file": _file("\n".join(lines).encode()), "since": TODAY.isoformat()}
    browser(admin).post("/matrix/import/", form)
    change = MatrixChange.objects.get(source="matrix.xlsx")
    assert change.refused == [
        f"Column D, “{one}”: {one} is in column B already, which counts.",
        "Column E, “Notes”: it begins with no number of a requirement, such as R-12.",
        "Column F, “R-999 Nothing”: the matrix has no column R-999 that you may change.",
        f"Line 2, {one}: “2027-03-01 to 2027-01-31” ends on 31 Jan 2027, not after 1 Mar 2027, its first day.",
        "Line 3: the first cell is empty. It names the job role.",
        "Line 4: there is no job role “Astronaut”.",
        "Line 5: tablet operator stands on line 2 already, which counts.",
    ]
    assert [item["requirement"] for item in change.items] == [str(other.pk)]


def test_an_administrator_of_a_site_changes_only_its_columns(admin: User, column: Requirement) -> None:
    operator("Maya")
    limited = make_person(name="Lina")
    grant_role(person=limited, role=AccessRole.ADMINISTRATOR, site=newark(), by=BY, at=LONG_AGO, reason="for a test")
    client = browser(limited)
    assert "The matrix is empty" in client.get(GRID).content.decode()
    client.post(GRID, {"cell": [f"{make_job_role().pk}:{column.pk}"], "since": TODAY.isoformat()})
    assert not MatrixChange.objects.exists()
    mine = draft_matrix_change(changes=[ticked(column)], by=admin, at=AT)
    assert client.get(reverse("enrollment:matrix_change", args=[mine.pk])).status_code == 404
    address = reverse("enrollment:curriculum", args=[make_job_role().pk])
    assert "which 0 people hold" in client.get(address).content.decode()
    assert "which 1 person holds" in browser(admin).get(address).content.decode()
    auditor = make_person(AccessRole.AUDITOR, name="Ada")
    seen = browser(auditor).get(GRID).content.decode()
    assert "Tablet Operator" in seen
    assert 'type="checkbox"' not in seen


def test_a_column_is_added_as_a_draft(admin: User) -> None:
    course = a_course("Lockout")
    answer = browser(admin).post("/matrix/add/", {"course": course.pk})
    requirement = Requirement.objects.get()
    assert answer.headers["Location"] == reverse("enrollment:requirement", args=[requirement.pk])
    assert requirement.audience == MATRIX
    builder = browser(admin).get(answer.headers["Location"]).content.decode()
    assert "their job role has it in the training matrix" in builder
    assert "Lockout" in browser(admin).get(GRID).content.decode()


def test_a_column_is_added_by_an_administrator_of_all_sites_alone(admin: User) -> None:
    course = a_course("Lockout")
    limited = make_person(name="Lina")
    grant_role(person=limited, role=AccessRole.ADMINISTRATOR, site=newark(), by=BY, at=LONG_AGO, reason="for a test")
    address = reverse("enrollment:add_column")
    assert browser(limited).post(address, {"course": course.pk}).status_code == 403
    assert not Requirement.objects.exists()
    assert address not in browser(limited).get(GRID).content.decode()
    assert address in browser(admin).get(GRID).content.decode()


def test_the_grid_asks_as_often_for_many_cells_as_for_one(admin: User, column: Requirement) -> None:
    operator("Maya")
    client = browser(admin)
    client.get(GRID)
    with CaptureQueriesContext(connection) as few:
        client.get(GRID)
    for title in ("Lockout", "Hand hygiene", "Spills"):
        other = switched_on(a_course(title), by=admin, audience=MATRIX)
        put(admin, ticked(other), ticked(other, analyst()))
    operator("Kenji", job_role=analyst())
    with CaptureQueriesContext(connection) as many:
        client.get(GRID)
    assert len(many) == len(few)


def _file(content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("matrix.xlsx", content)
