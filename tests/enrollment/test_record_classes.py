"""Record classes in the database: added, changed, what falls under them, and what they refuse."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.ids import new_id
from courses.choices import VersionState
from courses.models import Course, CourseVersion
from enrollment import loading
from enrollment.actions import histories
from enrollment.actions.claiming import ClaimRefused, claim_learned, verify_claim
from enrollment.actions.retention import ClassRefused, add_record_class, change_record_class
from enrollment.actions.sessions import SessionRefused, confirm_session, draft_session, sign_session
from enrollment.choices import CompletionSource, KeptFrom, SignedBy
from enrollment.models import ClassedCourse, Completion, CompletionImport, RecordClass
from enrollment.queries import retention
from enrollment.queries.transcript import transcript_of
from people.actions import deactivate_person, grant_role
from people.choices import AccessRole
from people.models import User
from records.models import Event
from tests.enrollment.histories import PLAIN, checked, loaded, rows_of, worked
from tests.enrollment.workplace import (
    AT,
    SIGNING,
    TODAY,
    a_course,
    a_scan,
    browser,
    complete,
    newark,
    operator,
    rewrite,
    switched_on,
    write,
)
from tests.factories import BY, LONG_AGO, make_person, make_site

LIST, NEW = "/completions/kept/", "/completions/kept/new/"
DAY = date(2026, 3, 14)


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "now", lambda: AT)


def a_class(admin: User, *courses: Course, **terms: Any) -> RecordClass:
    told = {"name": "House rule", "kept_from": KeptFrom.COMPLETED, "reason": "SOP-QA-009, edition 2", **terms}
    if told["kept_from"] != KeptFrom.FOREVER:
        told.setdefault("years", 2)
    return add_record_class(courses=courses, by=admin, at=told.pop("at", AT), **told)


def page_of(record_class: RecordClass, rest: str = "") -> str:
    return reverse("enrollment:record_class", args=[record_class.pk]) + rest


def words(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def supersede(course: Course, on: date) -> None:
    """Let another version take the place of the one in force."""
    ended = datetime(on.year, on.month, on.day, 21, 30, tzinfo=UTC)
    rewrite(CourseVersion.objects.filter(course=course), state=VersionState.SUPERSEDED, ended_at=ended)


def sentence(person: User, on: date = TODAY) -> str:
    [entry] = transcript_of(person, on=on)
    return entry.kept.sentence


# Adding and changing


def test_class_is_added_with_its_facts(admin: User) -> None:
    course = a_course()
    made = a_class(admin, course, name="  HIPAA  training ", kept_from=KeptFrom.IN_FORCE, years=6, source="45 CFR 164")
    assert (made.name, retention.course_ids_of(made)) == ("HIPAA training", [course.pk])
    courses, added = retention.changes_of(made)
    assert added.sentence == (
        "Tomás Ferreira added the record class “HIPAA training”. Kept: 6 years from completion or from the last day "
        "its version was in force, whichever is later. Signed: nobody has to"
    )
    assert (added.payload["years"], added.payload["kept_from"], added.reason) == (
        6,
        "in_force",
        "SOP-QA-009, edition 2",
    )
    assert courses.sentence == (
        f"Tomás Ferreira said which trainings the record class “HIPAA training” is of: {course.code}"
    )


def test_change_keeps_what_was(admin: User) -> None:
    first, second = a_course("First"), a_course("Second")
    made = a_class(admin, first)
    later = AT + timedelta(days=1)
    change_record_class(record_class=made, courses=[second], years=3, by=admin, at=later, reason="SOP, edition 3")
    made.refresh_from_db()
    assert (made.years, retention.course_ids_of(made)) == (3, [second.pk])
    assert [(each.code, each.removed_at) for each in retention.courses_of_class(made)] == [
        (second.code, None), (first.code, later),
    ]  # fmt: skip
    before = Event.objects.count()
    change_record_class(record_class=made, courses=[second], years=3, by=admin, at=later, reason="once more")
    assert Event.objects.count() == before


@pytest.mark.parametrize(
    ("terms", "message"),
    [
        ({"reason": "SOP"}, "two words"),
        ({"years": None}, "how many years"),
        ({"kept_from": KeptFrom.FOREVER, "years": 1}, "no number of years"),
        ({"released_on": DAY}, "only where"),
        ({"kept_from": KeptFrom.RELEASED, "released_on": TODAY + timedelta(days=1)}, "has not come"),
    ],
)
def test_class_that_makes_no_sense_is_refused(admin: User, terms: dict[str, Any], message: str) -> None:
    with pytest.raises(ClassRefused, match=message):
        a_class(admin, **terms)
    made = a_class(admin)
    with pytest.raises(ClassRefused, match=message):
        change_record_class(record_class=made, courses=[], by=admin, at=AT, **{"reason": "for a test", **terms})


def test_the_database_keeps_record_classes_to_their_rules(admin: User) -> None:
    course = a_course()
    made = a_class(admin, course)
    for constraint, changed in (
        ("record_class_years_unless_for_ever", {"years": None}),
        ("record_class_years_unless_for_ever", {"years": 101}),
        ("record_class_years_unless_for_ever", {"kept_from": "forever"}),
        ("record_class_kept_from_known", {"kept_from": "always"}),
        ("record_class_signed_known", {"signed": "everybody"}),
        ("record_class_release_of_a_product", {"released_on": DAY}),
    ):
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            rewrite(RecordClass.objects.all(), **changed)
    with pytest.raises(IntegrityError, match="record_class_name_once"), transaction.atomic():
        a_class(admin, name="HOUSE rule")
    with pytest.raises(IntegrityError, match="classed_course_once"), transaction.atomic():
        write([ClassedCourse(record_class=made, course=course, added_at=AT)])
    with pytest.raises(IntegrityError, match="classed_course_ends_after_it_begins"), transaction.atomic():
        rewrite(ClassedCourse.objects.all(), removed_at=AT)
    with pytest.raises(DatabaseError, match="are kept"), transaction.atomic():
        ClassedCourse.objects.all().delete()
    with pytest.raises(DatabaseError, match=r"are kept|is still referenced"), transaction.atomic():
        RecordClass.objects.filter(pk=a_class(admin, name="Empty").pk).delete()
    with pytest.raises(DatabaseError, match="does not change"), transaction.atomic():
        rewrite(ClassedCourse.objects.all(), added_at=LONG_AGO)
    change_record_class(record_class=made, courses=[], by=admin, at=AT + timedelta(1), reason="for a test")
    with pytest.raises(DatabaseError, match="does not change"), transaction.atomic():
        rewrite(ClassedCourse.objects.all(), removed_at=None)


def test_rule_does_not_change_without_a_fact(admin: User) -> None:
    a_class(admin)
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('attest.fact', '', false)")  # as in a transaction of its own
    with pytest.raises(DatabaseError, match="needs a fact"), transaction.atomic():
        RecordClass.objects.update(years=1)


# What falls under it


@pytest.mark.requirement("R-89")
def test_record_says_until_when_it_is_kept(admin: User) -> None:
    course, maya = a_course(), operator("Maya")
    complete(maya, course, on=DAY)
    assert sentence(maya) == ""
    a_class(admin, course, name="Repair station training", kept_from=KeptFrom.COMPLETED, years=2)
    assert sentence(maya) == "Kept at least until 14 Mar 2028 (Repair station training)"
    assert "Kept at least until 14 Mar 2028 (Repair station training)" in words(browser(maya).get("/record/"))


@pytest.mark.requirement("R-92")
def test_six_years_count_from_the_day_the_version_was_superseded(admin: User) -> None:
    course, maya = a_course(), operator("Maya")
    complete(maya, course, on=DAY)
    a_class(admin, course, name="HIPAA training", kept_from=KeptFrom.IN_FORCE, years=6)
    assert sentence(maya) == "Kept at least while this version is in force and 6 years after (HIPAA training)"
    supersede(course, on=date(2026, 10, 2))
    assert sentence(maya) == "Kept at least until 2 Oct 2032 (HIPAA training)"
    deactivate_person(person=maya, by=admin, at=AT, left_on=TODAY, reason="resigned in autumn")
    maya.refresh_from_db()
    assert sentence(maya) == "Kept at least until 2 Oct 2032 (HIPAA training)"


@pytest.mark.requirement("R-94")
def test_employment_and_a_year_counts_from_the_last_day(admin: User) -> None:
    course, maya = a_course(), operator("Maya")
    complete(maya, course, on=DAY)
    a_class(admin, course, name="Asbestos training", kept_from=KeptFrom.LEFT, years=1)
    assert sentence(maya) == "Kept at least while employed and 1 year after (Asbestos training)"
    deactivate_person(person=maya, by=admin, at=AT, left_on=TODAY, reason="resigned in autumn")
    maya.refresh_from_db()
    assert sentence(maya) == "Kept at least until 23 Nov 2027 (Asbestos training)"
    assert sentence(maya, on=TODAY - timedelta(days=1)).startswith("Kept at least while employed")


@pytest.mark.requirement("R-94")
def test_of_several_classes_the_longest_counts(admin: User) -> None:
    course, maya = a_course(), operator("Maya")
    complete(maya, course, on=DAY)
    short = a_class(admin, course, name="Short", years=1)
    a_class(admin, course, name="Long", years=5)
    assert sentence(maya) == "Kept at least until 14 Mar 2031 (Long)"
    later = AT + timedelta(days=1)
    change_record_class(record_class=short, courses=[course], years=9, by=admin, at=later, reason="for a test")
    assert sentence(maya) == "Kept at least until 14 Mar 2035 (Short)"
    change_record_class(record_class=short, courses=[], by=admin, at=later, reason="for a test")
    assert sentence(maya) == "Kept at least until 14 Mar 2031 (Long)"


@pytest.mark.requirement("R-86")
def test_life_of_a_product_is_the_organisations_own(admin: User) -> None:
    course, maya = a_course(), operator("Maya")
    complete(maya, course, on=DAY)
    pump = a_class(admin, course, name="Pump", kept_from=KeptFrom.RELEASED, years=10)
    assert sentence(maya) == "Kept at least while the product is released and 10 years after (Pump)"
    change_record_class(
        record_class=pump, courses=[course], released_on=date(2026, 9, 30), by=admin, at=AT, reason="Last lot released"
    )
    assert sentence(maya) == "Kept at least until 30 Sep 2036 (Pump)"


def test_transcript_asks_as_much_for_many_as_for_one(admin: User) -> None:
    one, many = operator("One"), operator("Many")
    courses = [a_course(f"Course {number}") for number in range(4)]
    for number in range(3):
        a_class(admin, *courses, name=f"Class {number}", kept_from=KeptFrom.IN_FORCE, years=number + 1)
    complete(one, courses[0], on=DAY)
    for course in courses:
        complete(many, course, on=DAY)
    for person, count in ((one, 1), (many, 4)):
        with CaptureQueriesContext(connection) as asked:
            found = transcript_of(person, on=TODAY)
        assert (len(found), len(asked)) == (count, 2)
        assert all(len(each.kept.parts) == 3 for each in found)
    with CaptureQueriesContext(connection) as asked:
        assert transcript_of(admin, on=TODAY) == []
    assert len(asked) == 1
    with CaptureQueriesContext(connection) as asked:
        found_by_id = retention.keepings(Completion.objects.values_list("pk", flat=True), on=TODAY)
    assert (len(found_by_id), len(asked)) == (5, 3)  # the ids, the records, their classes


# Signatures


@pytest.mark.requirement("R-87")
def test_list_brings_no_record_that_has_to_be_signed(admin: User) -> None:
    signed, free, maya = a_course("Signed"), a_course("Free"), operator("Maya", since=date(2020, 1, 1))
    a_class(admin, signed, signed=SignedBy.SOMEBODY)
    lines = "".join(f"{maya.employee_number},{course.code},2026-03-02\n" for course in (signed, free))
    run = loaded(f"{PLAIN}\n{lines}", admin)
    assert run.made == {"new": 1, "known": 0, "error": 1}
    assert rows_of(run)[2] == (
        "error", "Each record of this training is signed (House rule), and a line of a list is not.",
    )  # fmt: skip
    assert Completion.objects.get().course == free


@pytest.mark.requirement("R-87")
def test_rule_that_came_while_a_list_waited_holds(admin: User) -> None:
    course, free, maya = a_course(), a_course("Free"), operator("Maya", since=date(2020, 1, 1))
    lines = "".join(f"{maya.employee_number},{each.code},2026-03-02\n" for each in (course, free))
    run = checked(f"{PLAIN}\n{lines}", admin)
    assert run.planned == {"new": 2, "known": 0, "error": 0}
    a_class(admin, course, signed=SignedBy.SOMEBODY)
    histories.load_history(run=run, by=admin, at=AT)
    assert worked(run).made == {"new": 1, "known": 0, "error": 1}
    assert (Completion.objects.get().course, rows_of(run)[2][0]) == (free, "error")


@pytest.mark.requirement("R-87")
@pytest.mark.signing
def test_proof_does_not_count_where_the_learner_signs(admin: User, boss: User) -> None:
    course, maya = a_course(), operator("Maya", since=date(2020, 1, 1), manager=boss)
    rule = a_class(admin, course, signed=SignedBy.SOMEBODY)
    told = {"completed_on": DAY, "provider": "Red Cross", "upload": a_scan("proof.png"), "by": maya, "at": AT}
    claim = claim_learned(course=course, **told)  # who verifies it signs
    change_record_class(
        record_class=rule, courses=[course], signed=SignedBy.LEARNER, by=admin, at=AT, reason="for a test"
    )
    with pytest.raises(ClaimRefused, match="The learner signs each record of this training \\(House rule\\)"):
        verify_claim(claim=claim, by=boss, at=AT, **SIGNING)
    with pytest.raises(ClaimRefused, match="The learner signs"):
        claim_learned(course=course, **told)
    assert not Completion.objects.exists()
    change_record_class(
        record_class=rule, courses=[course], signed=SignedBy.SOMEBODY, by=admin, at=AT, reason="for a test"
    )
    verify_claim(claim=claim, by=boss, at=AT, **SIGNING)
    assert Completion.objects.get().source == CompletionSource.EXTERNAL


@pytest.mark.requirement("R-87")
@pytest.mark.signing
def test_session_does_not_count_where_the_learner_signs(admin: User, boss: User) -> None:
    course, maya = a_course(), operator("Maya", since=date(2020, 1, 1), manager=boss)
    rule = a_class(admin, course)
    told: dict[str, Any] = {"held_on": DAY, "trainer": "S", "upload": a_scan(), "user_ids": [maya.pk], "by": boss}
    session = draft_session(course=course, at=AT, **told)
    sign_session(session=session, by=boss, at=AT, **SIGNING)
    change_record_class(
        record_class=rule, courses=[course], signed=SignedBy.LEARNER, by=admin, at=AT, reason="for a test"
    )
    with pytest.raises(SessionRefused, match="so it has to be taken here"):
        confirm_session(session=session, by=admin, at=AT, **SIGNING)
    with pytest.raises(SessionRefused, match="so it has to be taken here"):
        draft_session(course=course, at=AT, **told)
    assert not Completion.objects.exists()
    complete(maya, course, on=TODAY)  # which the learner signs
    assert Completion.objects.get().source == CompletionSource.TAKEN


@pytest.mark.requirement("R-87")
def test_the_database_refuses_a_record_without_the_signature_of_its_class(admin: User) -> None:
    course, other, maya = a_course(), a_course("Other"), operator("Maya", since=date(2020, 1, 1))
    a_class(admin, course, signed=SignedBy.SOMEBODY)
    loaded(f"{PLAIN}\n{maya.employee_number},{other.code},2026-03-02\n", admin)
    run = CompletionImport.objects.get()

    def imported(of: Course) -> Completion:
        return Completion(
            id=new_id(), user=maya, course=of, version=of.versions.get(), completed_at=AT, completed_on=TODAY,
            zone="UTC", source="imported", recorded_at=AT, imported_from=run, imported_line=9,
        )  # fmt: skip

    with pytest.raises(IntegrityError, match="asks for a signature"), transaction.atomic():
        write([imported(course)])
    write([imported(other)])
    assert Completion.objects.filter(course=other).count() == 2


def test_older_records_without_the_signature_are_counted(admin: User) -> None:
    course, maya, ana = a_course(), operator("Maya", since=date(2020, 1, 1)), operator("Ana")
    loaded(f"{PLAIN}\n{maya.employee_number},{course.code},2026-03-02\n", admin)
    complete(ana, course, on=DAY)
    rule = a_class(admin, course, signed=SignedBy.LEARNER)
    assert retention.contents_of(rule, User.objects.all()) == retention.Contents(records=2, unsigned=1)
    page = words(browser(admin).get(page_of(rule)))
    assert "2 records, 1 of them from before, without the signature that is asked for now" in page


# Pages


def test_administrators_and_auditors_read_classes_and_nobody_else(admin: User) -> None:
    made = a_class(admin, a_course())
    for address in (LIST, page_of(made), page_of(made, "records.csv")):
        for reader in (admin, make_person(AccessRole.AUDITOR)):
            assert browser(reader).get(address).status_code == 200
        for other in (make_person(), make_person(AccessRole.AUTHOR, AccessRole.APPROVER)):
            assert browser(other).get(address).status_code == 403
        assert Client().get(address)["Location"].startswith("/accounts/login/")
    assert browser(admin).get(page_of(RecordClass(id=uuid4()))).status_code == 404


def test_only_an_administrator_of_everything_changes_classes(admin: User) -> None:
    made = a_class(admin, a_course())
    some = make_person()
    grant_role(person=some, role=AccessRole.ADMINISTRATOR, by=admin, at=AT, reason="for a test", site=make_site())
    for address in (NEW, page_of(made, "change/")):
        assert browser(admin).get(address).status_code == 200
        for other in (some, make_person(AccessRole.AUDITOR)):
            assert browser(other).get(address).status_code == 403
            assert browser(other).post(address).status_code == 403
    assert NEW not in words(browser(make_person(AccessRole.AUDITOR)).get(LIST))


@pytest.mark.requirement("R-94")
def test_list_offers_what_laws_name_and_says_what_was_taken_over(admin: User) -> None:
    page = words(browser(admin).get(LIST))
    assert "No record class yet" in page
    for source in ("29 CFR 1910.178(l)(6)", "14 CFR 145.163(c)", "Sources disagree", "period yours to decide"):
        assert source in page
    assert f'href="{NEW}?preset=hipaa"' in page
    a_class(admin, name="HIPAA training")
    assert f'href="{NEW}?preset=hipaa"' not in words(browser(admin).get(LIST))


def test_preset_is_taken_over(admin: User) -> None:
    course = a_course()
    form = browser(admin).get(NEW, {"preset": "hipaa"}).context["form"]
    shown = {name: form[name].value() for name in ("name", "kept_from", "years", "source")}
    typed = {**shown, "signed": "somebody", "courses": [course.pk], "reason": "HIPAA programme, edition 1"}
    answer = browser(admin).post(f"{NEW}?preset=hipaa", typed)
    made = RecordClass.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, page_of(made))
    assert (made.name, made.kept_from, made.years, made.signed) == ("HIPAA training", "in_force", 6, "somebody")
    page = words(browser(admin).get(page_of(made)))
    for said in ("Reason: HIPAA programme, edition 1", course.code, "45 CFR 164.316(b)(2)(i)", "whichever is later"):
        assert said in page


@pytest.mark.requirement("R-94")
def test_preset_without_a_period_asks_for_one(admin: User) -> None:
    form = browser(admin).get(NEW, {"preset": "truck"}).context["form"]
    typed = {name: form[name].value() or "" for name in ("name", "kept_from", "years", "source")}
    answer = browser(admin).post(NEW, {**typed, "signed": "nobody", "reason": "Forklift programme"})
    assert (answer.status_code, RecordClass.objects.count()) == (422, 0)
    assert "Where the law names none, it is yours to decide" in answer.context["form"].errors["years"][0]


@pytest.mark.parametrize(
    ("typed", "field", "said"),
    [
        ({"name": ""}, "name", "Give the class a name."),
        ({"name": "house RULE"}, "name", "There is a record class of this name already."),
        ({"years": "0"}, "years", "1"),
        ({"years": "x"}, "years", "whole number"),
        ({"kept_from": "moon"}, "kept_from", ""),
        ({"released_on": "2026-01-01"}, "released_on", "only where"),
        ({"courses": ["x"]}, "courses", ""),
        ({"reason": "SOP"}, "reason", "two words"),
    ],
)
def test_bad_input_gets_a_sentence_and_keeps_what_was_typed(
    admin: User, typed: dict[str, Any], field: str, said: str
) -> None:
    a_class(admin)
    whole = {"name": "Other", "kept_from": "completed", "years": "4", "signed": "nobody", "reason": "for a test"}
    answer = browser(admin).post(NEW, {**whole, **typed})
    assert (answer.status_code, RecordClass.objects.count()) == (422, 1)
    assert said in answer.context["form"].errors[field][0]
    assert answer.context["form"]["years"].value() == typed.get("years", "4")


def test_class_is_changed_on_its_page(admin: User) -> None:
    course, other = a_course("First"), a_course("Second")
    made = a_class(admin, course, kept_from=KeptFrom.RELEASED, years=3)
    form = browser(admin).get(page_of(made, "change/")).context["form"]
    assert form["courses"].value() == [course.pk]
    typed = {"name": "House rule", "kept_from": "released", "years": "3", "signed": "nobody", "courses": [other.pk]}
    typed["seen"] = form["seen"].value()
    answer = browser(admin).post(
        page_of(made, "change/"), {**typed, "released_on": "2026-01-31", "reason": "The last lot was released"}
    )
    made.refresh_from_db()
    assert (answer.status_code, made.released_on) == (302, date(2026, 1, 31))
    assert retention.course_ids_of(made) == [other.pk]
    assert "The last lot was released" in words(browser(admin).get(page_of(made)))


@pytest.mark.parametrize("name", ["list", "detail"])
def test_pages_ask_as_much_for_many_as_for_one(admin: User, name: str) -> None:
    def shown() -> int:
        address = LIST if name == "list" else page_of(RecordClass.objects.earliest("created_at"))
        with CaptureQueriesContext(connection) as asked:
            assert reader.get(address).status_code == 200
        return len(asked)

    made = a_class(admin, a_course(), at=LONG_AGO)
    reader = browser(admin)
    shown()
    first = shown()
    courses = [a_course(f"Course {number}") for number in range(3)]
    for number in range(3):
        a_class(admin, *courses, name=f"Class {number}")
    change_record_class(record_class=made, courses=courses, by=admin, at=AT, reason="for a test")
    for course in courses:
        complete(operator("Somebody"), course, on=DAY)
    assert shown() == first


@pytest.mark.requirement("R-92")
def test_file_holds_the_records_of_a_class_leavers_too(admin: User) -> None:
    course, other = a_course("Privacy"), a_course("Other")
    maya, gone, far = operator("Maya", since=date(2020, 1, 1)), operator("Gone"), operator("Far", site=newark())
    for person in (gone, far):
        complete(person, course, on=DAY)
    complete(gone, other, on=DAY)
    loaded(f"{PLAIN}\n{maya.employee_number},{course.code},2026-03-02\n", admin)
    deactivate_person(person=gone, by=admin, at=AT, left_on=TODAY, reason="resigned in autumn")
    made = a_class(admin, course, name="HIPAA training", kept_from=KeptFrom.IN_FORCE, years=6)
    supersede(course, on=date(2026, 10, 2))
    sheet = b"".join(browser(admin).get(page_of(made, "records.csv")).streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    rows = {row["Person"]: row for row in csv.DictReader(io.StringIO(sheet))}
    assert set(rows) == {"Maya", "Gone", "Far"}
    left = rows["Gone"]
    assert (left["Completed on"], left["Version in force until"], left["Employed until"]) == (
        "2026-03-14", "2026-10-02", "2026-11-23",
    )  # fmt: skip
    assert (left["Kept at least until"], left["Signed by"], left["How it is known"]) == (
        "2032-10-02", "Gone", "Taken here",
    )  # fmt: skip
    assert (rows["Maya"]["Signed by"], rows["Maya"]["How it is known"]) == (
        "", "Imported from history.csv, line 2, by Tomás Ferreira",
    )  # fmt: skip
    said = Event.objects.get(verb="enrollment.records_fetched")
    assert said.sentence == "Tomás Ferreira downloaded 3 records of the class “HIPAA training”"
    assert "downloaded" not in words(browser(admin).get(page_of(made)))  # which decides nothing
    auditor = make_person()
    grant_role(
        person=auditor,
        role=AccessRole.AUDITOR,
        by=BY,
        at=LONG_AGO,
        reason="for a test",
        site=newark(),
        ends_at=AT + timedelta(days=900),
    )
    theirs = b"".join(browser(auditor).get(page_of(made, "records.csv")).streaming_content).decode()  # type: ignore[attr-defined]
    assert ("Far" in theirs, "Maya" in theirs) == (True, False)


def test_file_asks_as_much_for_many_as_for_one(admin: User) -> None:
    course = a_course()
    made = a_class(admin, course)
    counts = []
    for _round in range(2):
        complete(operator("Somebody"), course, on=DAY)
        complete(operator("Somebody else"), course, on=DAY)
        with CaptureQueriesContext(connection) as asked:
            answer = browser(admin).get(page_of(made, "records.csv"))
            assert b"".join(answer.streaming_content)  # type: ignore[attr-defined]
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_page_says_that_it_counts_only_what_one_may_read(admin: User) -> None:
    course = a_course()
    complete(operator("Maya"), course, on=DAY)
    complete(operator("Far", site=newark()), course, on=DAY)
    made, there = a_class(admin, course), make_person()
    grant_role(person=there, role=AccessRole.ADMINISTRATOR, by=BY, at=LONG_AGO, reason="for a test", site=newark())
    everywhere = words(browser(admin).get(page_of(made)))
    assert ("2 records. " in everywhere, "that you may read" in everywhere) == (True, False)
    assert "1 record that you may read. " in words(browser(there).get(page_of(made)))


def test_asking_for_the_file_without_reading_it_is_no_download(admin: User) -> None:
    made = a_class(admin, a_course())
    assert browser(admin).head(page_of(made, "records.csv")).status_code == 200
    assert not Event.objects.filter(verb="enrollment.records_fetched").exists()


def test_pages_about_a_course_say_how_long_its_records_are_kept(admin: User) -> None:
    course, maya = a_course(), operator("Maya")
    made = a_class(admin, course, years=2)
    complete(maya, course, on=DAY)
    address = reverse("enrollment:course_kept", args=[course.pk])
    for reader, opens in ((maya, False), (admin, True)):
        page = words(browser(reader).get(address))
        assert ("Kept at least: 2 years from completion" in page, f'href="{page_of(made)}"' in page) == (True, opens)
    assert browser(maya).get(reverse("enrollment:course_kept", args=[uuid4()])).status_code == 404
    version = course.versions.get()
    assert f'hx-get="{address}"' in words(browser(admin).get(reverse("courses:version", args=[version.pk])))
    enrollment = Completion.objects.get().enrollment_id
    page = words(browser(maya).get(reverse("enrollment:course", args=[enrollment])))
    assert "Records of this training are kept at least: 2 years from completion (House rule)" in page
    page = words(browser(maya).get(reverse("enrollment:completed", args=[enrollment])))
    assert "Kept at least until 14 Mar 2028 (House rule)" in page


def test_course_that_one_may_not_read_looks_as_if_it_were_not_there(admin: User) -> None:
    course = a_course()
    rewrite(CourseVersion.objects.filter(course=course), state=VersionState.RETIRED, ended_at=AT)
    address = reverse("enrollment:course_kept", args=[course.pk])
    assert browser(operator("Maya")).get(address).status_code == 404
    assert browser(admin).get(address).status_code == 200


def test_record_of_a_person_says_until_when_it_is_kept(admin: User) -> None:
    course, maya = a_course(), operator("Maya")
    complete(maya, course, on=DAY)
    a_class(admin, course)
    switched_on(course, by=admin)
    page = words(browser(admin).get(reverse("reporting:person_part", args=[maya.pk, "requirements"])))
    assert "Kept at least until 14 Mar 2028 (House rule)" in page
