"""For several people at once, chosen or by list: require, revoke, re-open, move, more time."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.clock import now
from core.ids import new_id
from core.models import Job
from core.tasks import run_job
from courses.models import Course
from enrollment.actions import enroll, follow_person
from enrollment.actions.excepting import NobodyChosen, begin_batch, begin_listed, go_on_with_batch
from enrollment.actions.learning import record_outcome
from enrollment.choices import ExceptionKind
from enrollment.models import Assignment, Enrollment, ExceptionBatch, Extension, Requirement
from enrollment.queries import standings
from enrollment.rules import Outcome
from enrollment.rules.listing import ListRow, listed, rows_of_text
from notifications.models import Message
from people.actions import deactivate_person, grant_role
from people.choices import AccessRole
from people.models import User
from records.models import Event, Revocation
from tests.enrollment.classroom import Taking, a_version
from tests.enrollment.test_moving import next_version
from tests.enrollment.test_several_exceptions import expected_in, typed
from tests.enrollment.workplace import browser, days, move, open_assignments, switched_on
from tests.factories import BY, make_certificate, make_job_role, make_person, make_site, place

WHY = "Line four is rebuilt"


def staff(*names: str, manager: User | None = None) -> list[User]:
    people = [make_person(name=name, signs=True) for name in names]
    for each in people:
        place(each, manager=manager, since=now().date() - days(20))
    return people


def begun(person: User, course: Course, *, done: int = 1) -> Enrollment:
    enrollment = enroll(user=person, course=course, by=person, at=now())
    activities = list(enrollment.version.modules.get().activities.order_by("position"))
    for activity in activities[:done]:
        outcome = Outcome(completed=True)
        record_outcome(enrollment=enrollment, activity_id=activity.pk, outcome=outcome, by=person, at=now())
    return enrollment


def lists(by: User, kind: str, text: str = "", *, of: Any = None, file: Any = None) -> Any:
    """Bring a list as its page does; return the answer."""
    asked = {"text": text, **({"of": str(of)} if of else {}), **({"file": file} if file else {})}
    return browser(by).post(reverse("enrollment:people_list") + f"?kind={kind}", asked)


def through(client: Client, address: str, **form: Any) -> str:
    """Look at what each gets, confirm it, and return the page of what was shown."""
    shown = client.post(address, {"reason": WHY, **form, "do": "show"}).content.decode()
    answer = client.post(address, {"reason": WHY, **form, "do": "confirm", "expected": expected_in(shown)})
    assert answer.status_code == 302, answer.content.decode()
    return shown


def numbers(*people: User) -> str:
    return "\n".join(each.employee_number for each in people)


# Lists


def test_a_list_says_whom_it_names_and_why_a_line_names_nobody() -> None:
    maya, rosa = make_ids()
    text = "Number, Name\nE1, Maya\n\nrosa@demo.test;Rosa\nE9\te9@demo.test\n e1 \n"
    found = listed(list(rows_of_text(text)), {"e1": maya, "rosa@demo.test": rosa})
    assert [(row.line, person) for row, person in found.found] == [(2, maya), (4, rosa)]
    assert [(row.line, row.text, words) for row, words in found.left_out] == [
        (5, "E9", "Nobody for whom you can do this has this number or e-mail address."),
        (6, "e1", "Named on line 2 already."),
    ]


def test_a_first_line_that_names_nobody_is_no_heading() -> None:
    found = listed([ListRow(1, ["E7"])], {})
    assert [row.line for row, _words in found.left_out] == [1]


def make_ids() -> tuple[Any, Any]:
    return new_id(), new_id()


# Requiring


def required_form(about: Course, **changed: Any) -> dict[str, Any]:
    return {"course": str(about.pk), "due_on": (now().date() + days(30)).isoformat(), "reason": WHY, **changed}


def test_a_training_is_required_of_a_list(admin: User) -> None:
    maya, rosa = staff("Maya", "Rosa")
    nowhere = make_person(name="Nobody Placed")
    leaver = make_person(name="Leaver")
    place(leaver)
    deactivate_person(person=leaver, by=BY, at=now(), left_on=now().date(), reason="left the company")
    course = a_version("page", title="Packaging line").course
    text = f"{maya.employee_number}\n{rosa.email.upper()}\n{nowhere.employee_number}\n{leaver.employee_number}\nE-none"
    answer = lists(admin, "assign", text)
    client, address = browser(admin), answer["Location"]
    shown = through(client, address, **required_form(course))
    assert "Done for 2 people. 1 is not." in shown
    assert "Nobody Placed holds no position now." in shown
    assert "E-none" in shown
    assert leaver.employee_number in shown
    requirement = Requirement.objects.get()
    assert (requirement.state, requirement.reason, requirement.due_fixed_on) == (
        "on", WHY, now().date() + days(30),
    )  # fmt: skip
    given = open_assignments(requirement)
    assert sorted(given) == ["Maya", "Rosa"]
    assert given["Maya"].because == {"person": "Named"}  # nothing tells since when
    result = client.get(address).content.decode()
    assert "Done for 2 of 3." in result
    assert reverse("enrollment:requirement", args=[requirement.pk]) in result
    client.post(address, {**required_form(course), "do": "confirm", "expected": "again"})  # pressed twice
    assert Requirement.objects.count() == 1
    [standing] = standings(at=now(), user_ids=[maya.pk])
    assert standing.due_on == now().date() + days(30)
    assert "named in it" in standing.reason


def test_what_is_required_is_confirmed_as_it_was_shown(admin: User) -> None:
    maya, rosa = staff("Maya", "Rosa")
    course = a_version("page").course
    client, address = browser(admin), lists(admin, "assign", numbers(maya, rosa))["Location"]
    shown = client.post(address, {**required_form(course), "do": "show"}).content.decode()
    deactivate_person(person=rosa, by=BY, at=now(), left_on=now().date(), reason="left the company")
    answer = client.post(address, {**required_form(course), "do": "confirm", "expected": expected_in(shown)})
    assert (answer.status_code, Requirement.objects.count()) == (409, 0)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"due_on": "2020-01-01"}, "That day has passed"),
        ({"course": ""}, "Nothing is chosen yet. Choose one."),
        ({"reason": "so"}, "Say why in at least two words."),
    ],
)
def test_what_is_typed_wrong_is_said_and_kept(admin: User, changed: dict[str, str], words: str) -> None:
    (maya,) = staff("Maya")
    course = a_version("page").course
    address = lists(admin, "assign", numbers(maya))["Location"]
    answer = browser(admin).post(address, {**required_form(course, **changed), "do": "show"})
    assert (answer.status_code, words in answer.content.decode()) == (422, True)


def test_an_administrator_of_a_site_requires_it_there(db: None) -> None:
    newark = make_site("Newark", "America/New_York", "US")
    admin = make_person(name="Site admin")
    grant_role(person=admin, role=AccessRole.ADMINISTRATOR, site=newark, by=BY, at=now() - days(9), reason="for a test")
    (basel,) = staff("Basel")
    here = make_person(name="Here")
    place(here, site=newark)
    answer = lists(admin, "assign", numbers(basel, here))
    address, client = answer["Location"], browser(admin)
    page = client.get(address).content.decode()
    assert basel.employee_number in page  # looks as if it did not exist
    course = a_version("page").course
    through(client, address, **required_form(course, site=str(newark.pk)))
    assert list(Assignment.objects.values_list("user__name", flat=True)) == ["Here"]
    assert client.post(address, required_form(course)).status_code == 302


def test_many_are_given_it_by_a_job(admin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("enrollment.actions.requirements.AT_ONCE", 1)
    people = staff("Maya", "Rosa", "Amara")
    address, client = lists(admin, "assign", numbers(*people))["Location"], browser(admin)
    through(client, address, **required_form(a_version("page").course))
    job = Job.objects.get()
    assert "data-job" in client.get(address + "progress/").content.decode()
    run_job(str(job.pk))
    assert Assignment.objects.filter(ended_at=None).count() == 3


def test_managers_do_not_require(admin: User, boss: User) -> None:
    (maya,) = staff("Maya", manager=boss)
    page = browser(boss).get(reverse("enrollment:people_list")).content.decode()
    assert "Moved to the version in effect" in page
    assert "Training required" not in page
    assert "Certificates revoked" not in page
    given = open_assignments(switched_on(a_version("page").course, by=admin, at=now()))["Maya"]
    for kind in (ExceptionKind.ASSIGN, ExceptionKind.REVOKE):
        with pytest.raises(NobodyChosen):
            begin_batch(kind=kind, assignment_ids=[given.pk], by=boss, at=now())
        with pytest.raises(NobodyChosen):
            begin_listed(kind=kind, people=[(1, "x", maya)], of=None, left_out=[], by=boss, at=now())


# Revoking


def test_certificates_are_revoked_with_one_reason(admin: User) -> None:
    maya, rosa, amara = staff("Maya", "Rosa", "Amara")
    course = a_version("page", title="Packaging line").course
    for person in (maya, rosa):
        someone = Taking(person, course.versions.get(), begun(person, course))
        someone.sign(at=now())
    address = lists(admin, "revoke", numbers(maya, rosa, amara), of=course.pk)["Location"]
    client = browser(admin)
    shown = through(client, address)
    assert "Done for 2 people." in shown
    assert "Amara has no certificate of it that was not revoked." in shown
    assert set(Revocation.objects.values_list("reason", "revoked_by_name")) == {(WHY, "Tomás Ferreira")}
    assert Event.objects.filter(verb="records.certificate_revoked", reason=WHY).count() == 2
    assert set(
        Message.objects.filter(kind="enrollment.certificate_revoked").values_list("recipient__name", flat=True)
    ) == {"Maya", "Rosa"}
    assert client.get(address).content.decode().count(" revoked</td>") == 2
    again = lists(admin, "revoke", numbers(maya), of=course.pk)
    assert (again.status_code, "no certificate of it" in again.content.decode()) == (422, True)


def test_nobody_revokes_their_own_or_a_strangers(admin: User) -> None:
    newark = make_site("Newark", "America/New_York", "US")
    local = make_person(name="Site admin")
    grant_role(person=local, role=AccessRole.ADMINISTRATOR, site=newark, by=BY, at=now() - days(9), reason="for a test")
    (maya,) = staff("Maya")
    course = a_version("page").course
    for person in (maya, admin):
        make_certificate(person, course_id=course.pk)
    assert lists(local, "revoke", numbers(maya), of=course.pk).status_code == 422
    assert lists(admin, "revoke", numbers(admin), of=course.pk).status_code == 422
    assert not ExceptionBatch.objects.exists()


# Re-opening


def cancelled(person: User, course: Course) -> Enrollment:
    """Let somebody begin what is required of them, and leave the role."""
    enrollment = begun(person, course)
    move(person, since=now().date(), at=now(), job_role=make_job_role("Cleaner"))
    follow_person(user_id=person.pk, at=now())
    enrollment.refresh_from_db()
    assert enrollment.state == "cancelled"
    return enrollment


def test_what_had_ended_is_opened_again(admin: User, boss: User) -> None:
    maya, rosa, amara = staff("Maya", "Rosa", "Amara", manager=boss)
    course = switched_on(a_version("page", "page").course, by=admin, at=now()).course
    ended = cancelled(maya, course)
    address = lists(boss, "reopen", numbers(maya, rosa, amara), of=course.pk)["Location"]
    client = browser(boss)
    shown = through(client, address)
    assert "Done for 1 person." in shown
    assert "Nothing of Rosa has ended there before it was completed." in shown
    ended.refresh_from_db()
    assert (ended.state, ended.assignment) == ("open", None)
    fact = Event.objects.get(verb="enrollment.reopened")
    assert (fact.actor_name, fact.reason) == ("Jonas Keller", WHY)
    message = Message.objects.get(kind="enrollment.reopened")
    assert (message.recipient, WHY in message.body) == (maya, True)


def test_what_changed_between_is_refused_for_one(admin: User, boss: User) -> None:
    maya, rosa = staff("Maya", "Rosa", manager=boss)
    course = switched_on(a_version("page", "page").course, by=admin, at=now()).course
    ends = [cancelled(each, course) for each in (maya, rosa)]
    client, address = browser(boss), lists(boss, "reopen", numbers(maya, rosa), of=course.pk)["Location"]
    enroll(user=maya, course=course, by=maya, at=now())
    shown = through(client, address)
    assert "It is open for Maya already." in shown
    assert [each.state for each in Enrollment.objects.filter(pk__in=[each.pk for each in ends])] == ["open", "open"]
    assert "Done for 1 of 2." in client.get(address).content.decode()


def test_an_older_version_is_not_opened_again(admin: User, boss: User) -> None:
    (maya,) = staff("Maya", manager=boss)
    course = switched_on(a_version("page", "page").course, by=admin, at=now()).course
    cancelled(maya, course)
    next_version(course.versions.get())
    client, address = browser(boss), lists(boss, "reopen", numbers(maya), of=course.pk)["Location"]
    shown = client.post(address, {"reason": WHY, "do": "show"}).content.decode()
    assert "Version 1.0 is not in effect any more" in shown
    assert 'value="confirm"' not in shown


# Moving


def test_several_move_to_the_version_in_effect(admin: User, boss: User) -> None:
    maya, rosa, amara = staff("Maya", "Rosa", "Amara", manager=boss)
    course = a_version("page", "page").course
    for each in (maya, rosa):
        begun(each, course)
    newer = next_version(course.versions.get(), changed=(2,))
    begun(amara, course)
    address = lists(boss, "move", numbers(maya, rosa, amara), of=course.pk)["Location"]
    client = browser(boss)
    shown = through(client, address)
    assert "Done for 2 people. 1 is not." in shown
    assert "from version 1.0 to 2.0; 1 of 2 activities stays done" in shown.replace("stay done", "stays done")
    assert "Amara takes the newest version already." in shown
    assert Enrollment.objects.filter(version=newer, state="open").count() == 3
    assert Message.objects.filter(kind="enrollment.moved").count() == 2
    assert client.get(address).content.decode().count("goes on with version 2.0") == 2


def test_moving_many_is_killed_and_goes_on(admin: User, boss: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("enrollment.actions.excepting.AT_ONCE", 2)
    monkeypatch.setattr("enrollment.followers.A_PART", 2)
    people = staff("Amara", "Ben", "Chris", "Dana", "Eve", manager=boss)
    course = a_version("page", "page").course
    for each in people:
        begun(each, course)
    newer = next_version(course.versions.get())
    address = lists(boss, "move", numbers(*people), of=course.pk)["Location"]
    through(browser(boss), address)
    batch, job = ExceptionBatch.objects.get(), Job.objects.get()
    assert Enrollment.objects.filter(version=newer).count() == 0
    assert go_on_with_batch(batch_id=batch.pk, at=now(), most=2) == 3  # and here the worker dies
    assert Enrollment.objects.filter(version=newer).count() == 2
    run_job(str(job.pk))
    run_job(str(job.pk))
    assert Enrollment.objects.filter(version=newer, state="open").count() == 5
    assert Event.objects.filter(verb="enrollment.moved").count() == 5
    message = Message.objects.get(kind="enrollment.exceptions_done")
    assert (message.subject, message.body) == (
        "Done for several people: Moved to the version in effect", "Done for 5 people.",
    )  # fmt: skip


def test_a_version_that_was_not_shown_is_refused_for_each(
    admin: User, boss: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("enrollment.actions.excepting.AT_ONCE", 1)
    maya, rosa, amara, late = staff("Maya", "Rosa", "Amara", "Late", manager=boss)
    course = a_version("page", "page").course
    for each in (maya, rosa, amara):
        begun(each, course)
    shown = next_version(course.versions.get())
    begun(late, course)  # takes the newest one, so nothing was to change
    address = lists(boss, "move", numbers(maya, rosa, amara, late), of=course.pk)["Location"]
    through(browser(boss), address)
    batch = ExceptionBatch.objects.get()
    go_on_with_batch(batch_id=batch.pk, at=now(), most=1)
    newest = next_version(shown)
    assert go_on_with_batch(batch_id=batch.pk, at=now(), most=9) == 0
    batch.refresh_from_db()
    assert [each["done"] for each in batch.results.values()].count(True) == 1
    refused = {each["words"] for each in batch.results.values() if not each["done"]}
    assert refused == {"Another version has taken effect since this was shown. Look again."}
    assert not Enrollment.objects.filter(version=newest).exists()
    assert Enrollment.objects.filter(version=shown, state="open").count() == 2


def test_chosen_in_the_team_and_moved(admin: User, boss: User) -> None:
    maya, _rosa = staff("Maya", "Rosa", manager=boss)
    requirement = switched_on(a_version("page", "page").course, by=admin, at=now())
    begun(maya, requirement.course)
    next_version(requirement.course.versions.get())
    given = open_assignments(requirement)
    asked = {"assignment": [str(each.pk) for each in given.values()], "kind": "move"}
    answer = browser(boss).post(reverse("reporting:team_exceptions"), asked)
    shown = through(browser(boss), answer["Location"])
    assert "Done for 1 person." in shown
    assert "Rosa has not begun it, or has completed it." in shown
    for name in ("Move to the version in effect", "Re-open"):
        assert name in browser(boss).get(reverse("reporting:team") + "?view=list").content.decode()


# Exceptions by list, and what holds for all


def test_more_time_by_a_spreadsheet(admin: User, boss: User) -> None:
    maya, rosa = staff("Maya", "Rosa", manager=boss)
    (stranger,) = staff("Stranger")
    requirement = switched_on(a_version("page").course, by=admin, at=now())
    book = openpyxl.Workbook()
    rows = [["Employee", "E-mail"], ["Maya", maya.email], ["Rosa", rosa.email], ["Stranger", stranger.email]]
    for row in rows:
        book.active.append(row)
    content = io.BytesIO()
    book.save(content)
    file = SimpleUploadedFile("people.xlsx", content.getvalue())
    answer = lists(boss, "extend", of=requirement.pk, file=file)
    address, client = answer["Location"], browser(boss)
    shown = client.post(address, typed(do="show")).content.decode()
    assert "2 exceptions are made." in shown
    assert "Nobody for whom you can do this has this number or e-mail address." in shown
    client.post(address, typed(do="confirm", expected=expected_in(shown)))
    assert sorted(Extension.objects.values_list("user__name", flat=True)) == ["Maya", "Rosa"]


@pytest.mark.parametrize(
    ("text", "file", "words"),
    [
        ("", None, "Paste at least one"),
        ("E-none", None, "The list names nobody for whom this can be done."),
        ("", b"PK\x03\x04 not a book", "The spreadsheet is damaged"),
        ("", b"\x00\x01\x02", "This is neither a CSV file nor an XLSX spreadsheet."),
    ],
)
def test_a_list_that_cannot_be_read_says_so(admin: User, boss: User, text: str, file: bytes | None, words: str) -> None:
    staff("Maya", manager=boss)
    requirement = switched_on(a_version("page").course, by=admin, at=now())
    upload = SimpleUploadedFile("people.csv", file) if file else None
    answer = lists(boss, "extend", text, of=requirement.pk, file=upload)
    assert (answer.status_code, words in answer.content.decode()) == (422, True)
    assert text in answer.content.decode()


@pytest.mark.parametrize("kind", ["assign", "revoke", "reopen", "move"])
def test_preview_asks_as_often_for_three_as_for_one(admin: User, kind: str, django_assert_num_queries: Any) -> None:
    people = staff("Amara", "Maya", "Rosa")
    course = switched_on(a_version("page", "page").course, by=admin, at=now()).course
    for each in people:
        if kind == "revoke":
            make_certificate(each, course_id=course.pk)
        else:
            (cancelled if kind == "reopen" else begun)(each, course)
    if kind == "move":
        next_version(course.versions.get())
    of = None if kind == "assign" else course.pk
    form = {**(required_form(course) if kind == "assign" else {"reason": WHY}), "do": "show"}
    one, three = (lists(admin, kind, numbers(*some), of=of)["Location"] for some in (people[:1], people))
    client = browser(admin)
    client.post(one, form)
    with CaptureQueriesContext(connection) as first:
        assert "Done for 1 person." in client.post(one, form).content.decode()
    with django_assert_num_queries(len(first)):
        assert "Done for 3 people." in client.post(three, form).content.decode()


def test_a_day_is_a_day(admin: User) -> None:
    (maya,) = staff("Maya")
    address = lists(admin, "assign", numbers(maya))["Location"]
    day = date(2026, 12, 24) if now().date() < date(2026, 12, 24) else now().date()
    through(browser(admin), address, **required_form(a_version("page").course, due_on=day.isoformat()))
    assert Assignment.objects.get().due_on == day
