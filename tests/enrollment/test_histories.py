"""Old completions from a list: what each row says, once and for all, and what a list can not do."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.actions import claim_job
from core.ids import new_id
from core.models import Job
from enrollment import followers, loading
from enrollment.actions import histories as actions
from enrollment.actions.checking import check_standings
from enrollment.choices import CompletionSource, HistoryField, HistoryRowKind, Status
from enrollment.followers import FIRST
from enrollment.models import Completion, CompletionImport, CompletionImportRow
from enrollment.queries import histories as queries
from enrollment.queries import standings
from enrollment.queries.transcript import transcript_of
from enrollment.rules.histories import Edition, edition_for, guess_columns, read_told
from notifications.models import Message
from people import lists
from people.actions import grant_role
from people.choices import AccessRole, ImportState
from people.models import Position, RoleGrant, User
from people.uploads import UploadRefused
from records.models import Certificate, Event
from tests.enrollment.classroom import a_version
from tests.enrollment.histories import PLAIN, asked, brought, checked, loaded, rows_of, worked
from tests.enrollment.workplace import AT, TODAY, a_course, complete, newark, operator, rewrite, switched_on, write
from tests.factories import BY, LONG_AGO, make_person, make_site


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (followers, loading):
        monkeypatch.setattr(module, "now", lambda: AT)


def maya(**details: Any) -> User:
    return operator("Maya Lindqvist", since=date(2020, 1, 1), **details)


def status_of(person: User) -> Status:
    [standing] = standings(at=AT, user_ids=[person.pk])
    return standing.status


# What is written


def test_loaded_row_is_a_completion_that_says_where_it_is_from(admin: User) -> None:
    course, person = a_course(), maya()
    switched_on(course, by=admin, validity_months=24)
    assert status_of(person) == Status.LATE
    head = "Employee number,Course code,Version,Completed on,Valid until,Score,Max score,Reference"
    text = f"{head}\n{person.employee_number},{course.code},1.0,2026-03-02,2028-03-02,18,20,Folder 7 page 3\n"
    run = loaded(text, admin)
    assert (run.state, run.made) == (ImportState.APPLIED, {"new": 1, "known": 0, "error": 0})
    done = Completion.objects.get(user=person)
    assert (done.source, done.completed_on, done.valid_until) == (
        CompletionSource.IMPORTED, date(2026, 3, 2), date(2028, 3, 2),
    )  # fmt: skip
    assert (done.score, done.max_score, done.reference) == (Decimal(18), Decimal(20), "Folder 7 page 3")
    assert (done.imported_from, done.imported_line, done.recorded_at, done.zone) == (run, 2, AT, "Europe/Zurich")
    assert done.completed_at.isoformat() == "2026-03-02T11:00:00+00:00"  # noon at the site
    assert (done.enrollment, done.signature, Certificate.objects.count()) == (None, None, 0)
    assert status_of(person) == Status.DONE
    assert check_standings(after=FIRST, most=1000)[1] == []
    fact = Event.objects.get(verb="enrollment.completion_imported")
    assert (fact.person_id, fact.payload["sha256"], fact.payload["line"]) == (person.pk, run.sha256, 2)
    assert fact.actor_name == "Tomás Ferreira"
    captured = Event.objects.get(kind="capture", subject_type="enrollment_completion")
    assert captured.fact.verb == "enrollment.history_part_loaded"
    [entry] = transcript_of(person, on=TODAY)
    assert entry.origin.sentence == (
        "Imported from history.csv, line 2, by Tomás Ferreira. Paper record: Folder 7 page 3"
    )
    assert entry.origin.instead == "The list stands for it"
    assert Message.objects.get(kind="enrollment.history_loaded").recipient == admin


def test_same_file_again_changes_nothing(admin: User) -> None:
    course, person = a_course(), maya()
    text = f"{PLAIN}\n{person.employee_number},{course.code},2026-03-02\n"
    first = loaded(text, admin)
    facts = Event.objects.filter(verb="enrollment.completion_imported").count()
    again = checked(text, admin)
    assert again.planned == {"new": 0, "known": 1, "error": 0}
    assert rows_of(again) == {2: ("known", "It is in the record already.")}
    actions.load_history(run=again, by=admin, at=AT)
    assert worked(again).made == {"new": 0, "known": 1, "error": 0}
    assert Completion.objects.get().imported_from == first
    assert Event.objects.filter(verb="enrollment.completion_imported").count() == facts


def test_what_was_taken_here_on_that_day_is_known(admin: User) -> None:
    course, person = a_course(), maya()
    complete(person, course, on=date(2026, 3, 2))
    run = checked(f"{PLAIN}\n{person.employee_number},{course.code},2026-03-02\n", admin)
    assert run.planned == {"new": 0, "known": 1, "error": 0}


def test_a_row_twice_in_a_file_counts_once(admin: User) -> None:
    course, person = a_course(), maya()
    row = f"{person.employee_number},{course.code},2026-03-02\n"
    run = loaded(f"{PLAIN}\n{row}{row}", admin)
    assert rows_of(run)[3] == ("known", "The same as line 2.")
    assert Completion.objects.count() == 1


def test_a_row_that_differs_from_one_before_it_says_so(admin: User) -> None:
    course, person = a_course(), maya()
    row = f"{person.employee_number},{course.code},2026-03-02"
    run = loaded(f"{PLAIN},Score,Reference\n{row},18/20,\n{row},19/20,\n{row},18/20,Folder 7\n", admin)
    words = "Line 2 is of the same person, course and day, and counts. This one is left out, though it says something"
    assert rows_of(run)[3] == ("known", f"{words} else: Score.")
    assert rows_of(run)[4][1].startswith(words)
    assert Completion.objects.get().score == Decimal(18)


def test_good_rows_are_loaded_and_bad_ones_say_why(admin: User) -> None:
    course, person, other = a_course(), maya(), operator("Ana")
    other_course = a_course("Hygiene")
    old = make_person(name="Old", email="shared@demo.test")
    rewrite(User.objects.filter(pk=old.pk), is_active=False)
    head = "Employee number,E-mail,Course code,Version,Completed on,Valid until,Score,Max score"
    me, code = person.employee_number, course.code
    wrong = {
        f",,{code},,2026-03-02,,,": "Neither an employee number nor an e-mail",
        f"X1,,{code},,2026-03-02,,,": "No person of yours has the number X1",
        f",nobody@demo.test,{code},,2026-03-02,,,": "No person of yours has the address nobody@demo.test",
        f"{me},{other.email},{code},,2026-03-02,,,": "are not of the same person",
        f"{me},,NO-1,,2026-03-02,,,": "No course with the code NO-1",
        f"{me},,,,2026-03-02,,,": "course code is missing",
        f"{me},,{code},9.9,2026-03-02,,,": "no version 9.9 that was ever in effect. It has: 1.0",
        f"{me},,{code},,,,,": "day of completion is missing",
        f"{me},,{code},,2026-13-02,,,": "“2026-13-02” is no date",
        f"{me},,{code},,2026-11-24,,,": "24 Nov 2026 has not come yet",
        f"{me},,{code},,1894-01-01,,,": "too long ago",
        f"{me},,{code},,2026-03-02,2026-03-02,,": "not after its completion",
        f"{me},,{code},,2026-03-02,,21,20": "21 of 20 can not be",
        f"{me},,{code},,2026-03-02,,15,1E3": "Maximum score: “1E3” is no number",
        f"{me},,{code},,2026-03-02,,good,": "“good” is no number of points",
        f"{me},,#REF!,,2026-03-02,,,": "spreadsheet shows an error",
        f"{admin.employee_number},,{code},,2026-03-02,,,": "Nobody brings their own completions",
        f"{me},,{'x' * 41},,2026-03-02,,,": "more than 40 characters",
    }
    good = [f",{other.email.upper()},{other_course.code.lower()},v1,2026-03-02,,90,"]
    run = loaded("\n".join([head, *wrong, *good]) + "\n", admin)
    found = rows_of(run)
    for line, words in enumerate(wrong.values(), start=2):
        assert found[line][0] == "error", words
        assert words in found[line][1]
    assert found[len(wrong) + 2] == ("new", "The score is taken as 90 of 100.")
    assert run.made == {"new": 1, "known": 0, "error": len(wrong)}
    assert Completion.objects.get().user == other


def test_version_is_the_one_of_that_day_else_the_oldest() -> None:
    first = Edition(new_id(), new_id(), 1, "1.0", date(2024, 1, 1), date(2025, 6, 1), 12)
    second = Edition(new_id(), first.course_id, 2, "2.0", date(2025, 6, 1), date(2026, 6, 1), None)
    both = [first, second]
    for day, named, expected, words in (
        (date(2025, 5, 31), "", first, "Version 1.0 was in effect on that day."),
        (date(2025, 6, 1), "", second, "Version 2.0 was in effect on that day."),
        (date(2026, 6, 1), "", first, "No version was in effect on that day: taken as 1.0, the oldest."),
        (date(2023, 1, 1), "", first, "No version was in effect on that day: taken as 1.0, the oldest."),
        (date(2023, 1, 1), "2", second, ""),
        (date(2023, 1, 1), "v2.0", second, ""),
    ):
        assert edition_for(both, named, day) == (expected, words)


def test_end_of_the_version_is_taken_where_none_is_given(admin: User) -> None:
    version, person = a_version(validity_months=12), maya()
    run = loaded(f"{PLAIN}\n{person.employee_number},{version.course.code},2025-05-31\n", admin)
    assert rows_of(run)[2][1] == (
        "Version 1.0 was in effect on that day. It counted until 31 May 2026, as its version says."
    )
    assert Completion.objects.get().valid_until == date(2026, 5, 31)


def test_spreadsheet_is_read_and_its_formulas_are_not_run(admin: User) -> None:
    course, person = a_course(), maya()
    book = openpyxl.Workbook()
    book.active.append(["Employee number", "Course code", "Completed on", "Reference"])
    book.active.append([person.employee_number, course.code, date(2026, 3, 2), '=HYPERLINK("http://x")'])
    file = io.BytesIO()
    book.save(file)
    run = loaded(file.getvalue(), admin, name="old.xlsx")
    assert run.made["new"] == 1
    assert Completion.objects.get().reference == ""  # what was shown when the file was saved: nothing


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no zip", b"\x00\x01\x02 binary", b"Only,Headings\n"])
def test_hostile_file_is_refused_before_anything_is_kept(admin: User, content: bytes) -> None:
    with pytest.raises(UploadRefused):
        brought(content, admin)
    assert not CompletionImport.objects.exists()


@pytest.mark.parametrize(
    ("score", "most", "expected"),
    [
        ("18", "20", (Decimal(18), Decimal(20))),
        ("18/20", "", (Decimal(18), Decimal(20))),
        ("18 of 20", "", (Decimal(18), Decimal(20))),
        ("92.5 %", "", (Decimal("92.5"), Decimal(100))),
        ("92,5", "", (Decimal("92.5"), Decimal(100))),
        ("", "20", (None, None)),
    ],
)
def test_points_are_read(score: str, most: str, expected: Any) -> None:
    told = read_told(2, {"score": score, "max_score": most}, "ymd")
    assert (told.score, told.max_score, told.faults) == (*expected, ())


# Which column says what


@pytest.mark.parametrize(
    ("headings", "expected"),
    [
        (
            "Employee;Employee number;Course code;Day;Score",
            {"employee_number": "Employee number", "course": "Course code", "completed_on": "Day", "score": "Score"},
        ),
        (
            " E-MAIL address ;Course;Course-Code;COMPLETED;Paper record;Rev.",
            {"email": " E-MAIL address ", "course": "Course-Code", "completed_on": "COMPLETED",
             "reference": "Paper record", "version": "Rev."},
        ),
        (
            "Personnel no.;Training;Passed;Passed on;Result;Out of;Expiry date",
            {"employee_number": "Personnel no.", "course": "Training", "completed_on": "Passed on",
             "score": "Result", "max_score": "Out of", "valid_until": "Expiry date"},
        ),
    ],
)  # fmt: skip
def test_columns_are_guessed_however_they_are_headed(headings: str, expected: dict[str, str]) -> None:
    assert guess_columns(headings.split(";"), {}) == expected


@pytest.mark.parametrize("heading", ["SOP no.", "SOP No", "Course no", "SOP number", "SOP-ID", "Doc no"])
def test_a_course_is_guessed_by_its_number(heading: str) -> None:
    assert guess_columns(["Personnel no.", heading, "Day"], {})["course"] == heading


@pytest.mark.parametrize(
    ("headings", "cells", "expected"),
    [
        ("Employee number;No.;Day", ["SOP-014", "GXP-001"], "No."),
        ("Employee number;No.;Day", ["1", "2"], None),  # lines of the list
        ("Employee number;No.;Day", [], None),
        ("No.;Course code;Day", ["SOP-014"], "Course code"),
        ("No.;Day", ["E-1001"], None),  # nothing else names the person
    ],
)
def test_a_column_of_numbers_is_of_courses_where_its_cells_say_so(
    headings: str, cells: list[str], expected: str | None
) -> None:
    assert guess_columns(headings.split(";"), {"No.": cells}).get("course") == expected


def test_every_field_is_guessed_by_its_own_name() -> None:
    labels = [str(field.label) for field in HistoryField]
    assert guess_columns(labels, {}) == dict(zip(HistoryField.values, labels, strict=True))


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["E-1001", "", "10477"], {"employee_number": "Person"}),
        (["maya@demo.test", "jonas@demo.test"], {"email": "Person"}),
        (["Maya Lindqvist", "Jonas 2"], {}),
        (["maya@demo.test", "Jonas"], {}),
        ([], {}),
    ],
)
def test_column_of_persons_is_what_its_cells_are(cells: list[str], expected: dict[str, str]) -> None:
    """Names find nobody: read as numbers, they would turn every row into an error."""
    assert guess_columns(["Person", "Shoe size"], {"Person": cells}) == expected


def test_page_knows_the_columns_by_itself(client: Client, admin: User) -> None:
    run = brought(f"Day,Person,Code,Points\n2026-03-02,{maya().employee_number},GXP-001,18/20\n", admin)
    client.force_login(admin)
    page = client.get(reverse("enrollment:history_columns", args=[run.pk]))
    chosen = {key: page.context["form"]["column-" + key].value() for key in HistoryField.values}
    assert {key: heading for key, heading in chosen.items() if heading} == {
        "employee_number": "Person", "course": "Code", "completed_on": "Day", "score": "Points",
    }  # fmt: skip


# Whose rows


def test_administrator_of_a_site_brings_only_people_of_it(admin: User) -> None:
    course, person, there = a_course(), maya(), operator("Newark one", site=newark())
    local = make_person(name="Local")
    grant_role(person=local, role=AccessRole.ADMINISTRATOR, by=BY, at=LONG_AGO, reason="for a test", site=make_site())
    rows = [f"{each.employee_number},{course.code},2026-03-02" for each in (person, there)]
    run = loaded("\n".join([PLAIN, *rows]) + "\n", User.objects.get(pk=local.pk))
    assert {line: kind for line, (kind, _words) in rows_of(run).items()} == {2: "new", 3: "error"}
    assert Completion.objects.get().user == person


def test_rights_are_those_of_the_moment_of_loading(admin: User) -> None:
    course, person = a_course(), maya()
    run = checked(f"{PLAIN}\n{person.employee_number},{course.code},2026-03-02\n", admin)
    actions.load_history(run=run, by=admin, at=AT)
    rewrite(RoleGrant.objects.filter(user=admin), revoked_at=LONG_AGO, revoked_by=person)
    worked(run)
    assert not Completion.objects.exists()


def test_person_who_left_the_scope_is_left_out_while_loading(admin: User) -> None:
    course, person = a_course(), maya()
    local = make_person(name="Local")
    grant_role(person=local, role=AccessRole.ADMINISTRATOR, by=BY, at=LONG_AGO, reason="for a test", site=make_site())
    owner = User.objects.get(pk=local.pk)
    run = checked(f"{PLAIN}\n{person.employee_number},{course.code},2026-03-02\n", owner)
    actions.load_history(run=run, by=owner, at=AT)
    rewrite(Position.objects.filter(user=person), site=newark())
    assert worked(run).made == {"new": 0, "known": 0, "error": 1}
    assert rows_of(run)[2] == ("error", "This person is not yours to look after any more.")
    assert not Completion.objects.exists()


# Dying and meeting


def test_killed_in_the_middle_it_goes_on_and_writes_nothing_twice(admin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    course = a_course()
    people = [operator(f"Person {n}", since=date(2020, 1, 1)) for n in range(5)]
    switched_on(course, by=admin)
    rows = [f"{each.employee_number},{course.code},2026-03-02" for each in people]
    run = actions.load_history(run=checked("\n".join([PLAIN, *rows]) + "\n", admin), by=admin, at=AT)
    assert actions.load_part(run=run, at=AT, most=2) == 3

    def dies(*args: Any, **kwargs: Any) -> None:
        raise KeyboardInterrupt  # as a worker that is shut down

    with monkeypatch.context() as patched:
        patched.setattr("enrollment.actions.recording.restand", dies)
        with pytest.raises(KeyboardInterrupt):
            actions.load_part(run=run, at=AT, most=2)
    assert Completion.objects.count() == 2  # of the part that died nothing stands
    assert CompletionImportRow.objects.filter(run=run, is_done=True).count() == 2
    run = worked(run)
    assert (run.state, run.made["new"], Completion.objects.count()) == (ImportState.APPLIED, 5, 5)
    assert check_standings(after=FIRST, most=1000)[1] == []


def test_check_that_died_is_begun_anew(admin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    course, person = a_course(), maya()
    run = asked(brought(f"{PLAIN}\n{person.employee_number},{course.code},2026-03-02\n", admin))
    job = claim_job(job_id=run.job_id, at=AT)
    with monkeypatch.context() as patched:
        patched.setattr(actions, "finish_job", lambda **_details: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            loading.check_history(job)
    assert not CompletionImportRow.objects.exists()
    Job.objects.filter(pk=run.job_id).update(state="queued", claimed_at=None)
    assert worked(run).planned["new"] == 1


def test_list_is_compared_before_the_transaction_that_keeps_it(admin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """The claim on the job is renewed after each part of the people."""
    course, people = a_course(), [operator(f"Person {n}", since=date(2020, 1, 1)) for n in range(3)]
    rows = [f"{each.employee_number},{course.code},2026-03-02" for each in people]
    run = asked(brought("\n".join([PLAIN, *rows]) + "\n", admin))
    done: list[str] = []

    def note(module: Any, name: str, word: str) -> None:
        does = getattr(module, name)

        def noted(*args: Any, **kwargs: Any) -> Any:
            done.append(word)
            return does(*args, **kwargs)

        monkeypatch.setattr(module, name, noted)

    note(queries, "Priors", "compared")
    note(loading, "report_progress", "claimed")
    note(actions, "keep_judged", "kept")
    monkeypatch.setattr(queries, "PEOPLE_AT_ONCE", 2)
    assert worked(run).planned["new"] == 3
    assert done[-6:] == ["claimed", "compared", "claimed", "compared", "claimed", "kept"]


def test_long_list_goes_on_in_another_job(admin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    course, person = a_course(), maya()
    run = checked(f"{PLAIN}\n{person.employee_number},{course.code},2026-03-02\n", admin)
    actions.load_history(run=run, by=admin, at=AT)
    run.refresh_from_db()
    first = run.job_id
    monkeypatch.setattr(lists, "SECONDS_AT_WORK", -1)
    run = worked(run)
    assert run.job_id != first
    monkeypatch.setattr(lists, "SECONDS_AT_WORK", 100)
    assert worked(run).state == ImportState.APPLIED


def test_two_lists_with_the_same_row_write_it_once(admin: User) -> None:
    course, person = a_course(), maya()
    text = f"{PLAIN}\n{person.employee_number},{course.code},2026-03-02\n"
    runs = [actions.load_history(run=checked(text, admin), by=admin, at=AT) for _one in range(2)]
    done = [worked(run) for run in runs]
    assert [run.made["new"] for run in done] == [1, 0]
    assert rows_of(done[1])[2] == ("known", "It came into the record since the list was checked.")
    assert Completion.objects.count() == 1


def test_list_under_way_is_neither_read_nor_discarded(admin: User) -> None:
    course, person = a_course(), maya()
    run = checked(f"{PLAIN}\n{person.employee_number},{course.code},2026-03-02\n", admin)
    actions.load_history(run=run, by=admin, at=AT)
    for act in (
        lambda: asked(run),
        lambda: actions.discard_history(run=run, by=admin, at=AT),
        lambda: actions.load_history(run=run, by=admin, at=AT),
    ):
        with pytest.raises(actions.HistoryRefused):
            act()


# What the database holds


def test_imported_completion_says_from_where_and_stands_once(admin: User) -> None:
    course, person = a_course(), maya()
    run = loaded(f"{PLAIN}\n{person.employee_number},{course.code},2026-03-02\n", admin)
    done = Completion.objects.get()
    told = {
        "user": person, "course": course, "version": done.version, "zone": "UTC", "completed_at": AT,
        "completed_on": TODAY, "recorded_at": AT, "source": CompletionSource.IMPORTED,
    }  # fmt: skip
    origin = {"imported_from": run, "imported_line": 9}
    write([Completion(**told, **origin)])
    for changed, constraint in (
        ({}, "completion_whence_known"),
        ({"imported_from": run}, "completion_whence_known"),
        ({**origin, "source": CompletionSource.EXTERNAL}, "completion_whence_known"),
        ({**origin, "source": CompletionSource.PROXY}, "completion_whence_known"),
        (origin, "completion_known_otherwise_once"),
    ):
        with pytest.raises(IntegrityError, match=constraint):
            write([Completion(**{**told, **changed})])
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Completion.objects.filter(pk=done.pk).update(reference="other")


@pytest.mark.parametrize(
    ("changed", "constraint"),
    [
        ({"state": "other"}, "history_state_known"),
        ({"date_order": "xyz"}, "history_date_order_known"),
        ({"state": "applied"}, "history_loaded_at_when_loaded"),
        ({"loaded_at": AT}, "history_loaded_at_when_loaded"),
    ],
)
def test_list_keeps_its_constraints(admin: User, changed: dict[str, Any], constraint: str) -> None:
    run = brought(f"{PLAIN}\n1,2,2026-03-02\n", admin)
    with pytest.raises(IntegrityError, match=constraint):
        rewrite(CompletionImport.objects.filter(pk=run.pk), **changed)


@pytest.mark.parametrize(
    ("changed", "constraint"),
    [
        ({"kind": "other"}, "history_row_kind_known"),
        ({"kind": HistoryRowKind.NEW}, "history_row_whole"),
        ({"score": 3}, "history_row_score_whole"),
    ],
)
def test_row_keeps_its_constraints(admin: User, changed: dict[str, Any], constraint: str) -> None:
    run = checked(f"{PLAIN}\n1,2,2026-03-02\n", admin)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        CompletionImportRow.objects.filter(run=run).update(**changed)


# Pages


def test_pages_bring_check_show_and_load(client: Client, admin: User) -> None:
    course, person = a_course(), maya()
    client.force_login(admin)
    text = f"{PLAIN}\n{person.employee_number},{course.code},2026-03-02\nX1,{course.code},2026-03-02\n"
    reply = client.post(reverse("enrollment:histories"), {"file": SimpleUploadedFile("old.csv", text.encode())})
    run = CompletionImport.objects.get()
    columns = reverse("enrollment:history_columns", args=[run.pk])
    assert reply["Location"] == columns
    page = client.get(columns).content.decode()
    assert "For example: " + person.employee_number in page
    chosen = {"column-employee_number": "Employee number", "column-course": "Course code", "date_order": "ymd"}
    reply = client.post(columns, {**chosen, "column-completed_on": ""})
    assert reply.status_code == 422
    reply = client.post(columns, {**chosen, "column-employee_number": "", "column-completed_on": "Completed on"})
    assert "a number or an address" in reply.content.decode()
    client.post(columns, {**chosen, "column-completed_on": "Completed on"})
    worked(run)
    address = reverse("enrollment:history", args=[run.pk])
    page = client.get(address).content.decode()
    assert "No person of yours has the number X1." in page
    assert person.name in client.get(address + "?kind=new").content.decode()
    errors = b"".join(client.get(reverse("enrollment:history_errors", args=[run.pk])))  # type: ignore[call-overload]
    assert f"X1,{course.code},2026-03-02,3,No person of yours has the number X1." in errors.decode()
    assert Event.objects.filter(verb="enrollment.history_errors_fetched").count() == 1
    client.post(reverse("enrollment:load_history", args=[run.pk]))
    worked(run)
    assert "What it did" in client.get(address).content.decode()
    client.post(reverse("enrollment:histories"), {"file": SimpleUploadedFile("old.csv", text.encode())})
    again = CompletionImport.objects.latest("created_at")
    assert (
        "The very same file was loaded"
        in client.get(reverse("enrollment:history_columns", args=[again.pk])).content.decode()
    )
    client.post(reverse("enrollment:discard_history", args=[again.pk]))
    again.refresh_from_db()
    assert again.state == ImportState.DISCARDED


def test_page_of_a_list_asks_as_much_for_many_rows_as_for_one(client: Client, admin: User) -> None:
    course = a_course()
    client.force_login(admin)
    counts = []
    for many in (1, 4):
        people = [operator(f"P {many} {n}") for n in range(many)]
        rows = [f"{each.employee_number},{course.code},2026-03-02" for each in people]
        run = checked("\n".join([PLAIN, *rows]) + "\n", admin)
        address = reverse("enrollment:history", args=[run.pk])
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_local_administrator_sees_only_own_lists(client: Client, admin: User) -> None:
    run = brought(f"{PLAIN}\n1,2,2026-03-02\n", admin)
    local = make_person(name="Local")
    grant_role(person=local, role=AccessRole.ADMINISTRATOR, by=BY, at=LONG_AGO, reason="for a test", site=make_site())
    client.force_login(User.objects.get(pk=local.pk))
    assert client.get(reverse("enrollment:history_columns", args=[run.pk])).status_code == 404
    client.force_login(maya())
    assert client.get(reverse("enrollment:histories")).status_code == 403
