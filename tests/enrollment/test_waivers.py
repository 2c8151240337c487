"""Waivers: proposed by one, decided by a third with a signature, withdrawn with a reason, and who sees their proof."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.clock import now
from core.ids import new_id
from enrollment.actions import (
    WaiverRefused,
    ask_for_waiver,
    extend,
    grant_waiver,
    propose_waiver,
    return_waiver,
    withdraw_waiver,
)
from enrollment.actions.checking import check_standings
from enrollment.actions.waiving import content_sha256
from enrollment.choices import Status, WaiverState
from enrollment.followers import FIRST
from enrollment.models import Assignment, Waiver
from enrollment.queries import standings
from enrollment.queries.exceptions import deciders_for
from notifications.models import Message
from people.actions import grant_role
from people.choices import AccessRole
from people.models import User
from records.choices import Meaning
from records.models import Event, Signature
from tests.enrollment.workplace import (
    AT,
    SIGNING,
    TODAY,
    a_course,
    a_scan,
    browser,
    days,
    newark,
    open_assignments,
    operator,
    rewrite,
    switched_on,
    write,
)
from tests.factories import BY, LONG_AGO, PASSWORD, make_person, make_site

WHY = "Pregnant, no solvents"


@pytest.fixture
def admin(db: None) -> User:
    return make_person(AccessRole.ADMINISTRATOR, name="Tomás Ferreira", signs=True)


def late_maya(admin: User, boss: User, *, name: str = "Maya Lindqvist", today: date = TODAY) -> Assignment:
    operator(name, since=today - days(20), manager=boss)
    return open_assignments(switched_on(a_course(), by=admin))[name]


@pytest.fixture
def assignment(admin: User, boss: User) -> Assignment:
    return late_maya(admin, boss)


def proposed(assignment: Assignment, by: User, **changed: Any) -> Waiver:
    asked = {"valid_from": TODAY, "valid_until": TODAY + days(30), "reason": WHY, "at": AT, **changed}
    return propose_waiver(assignment=assignment, by=by, **asked)


def granted(assignment: Assignment, boss: User, admin: User, **changed: Any) -> Waiver:
    return grant_waiver(waiver=proposed(assignment, boss, **changed), by=admin, at=AT, **SIGNING)


def status_of(assignment: Assignment, at: Any = AT) -> Status:
    [standing] = standings(at=at, user_ids=[assignment.user_id])
    return standing.status


def told(kind: str) -> dict[str, str]:
    found = Message.objects.filter(kind=f"enrollment.waiver_{kind}").select_related("recipient")
    return {each.recipient.name: each.subject for each in found}


# Proposing and deciding


def test_manager_proposes_and_administrators_are_told(assignment: Assignment, admin: User, boss: User) -> None:
    elsewhere = make_person(name="Newark only")
    grant_role(person=elsewhere, role=AccessRole.ADMINISTRATOR, by=BY, at=LONG_AGO, reason="for a test", site=newark())
    waiver = proposed(assignment, boss, upload=a_scan())
    assert (waiver.state, waiver.evidence.content_type) == (WaiverState.PROPOSED, "image/jpeg")
    assert status_of(assignment) == Status.LATE
    course = "Electronic records and signatures"
    assert told("proposed") == {"Tomás Ferreira": f"A waiver waits for a decision: Maya Lindqvist, {course}"}
    fact = Event.objects.get(verb="enrollment.waiver_proposed")
    assert (
        fact.sentence == f"Jonas Keller proposed to waive {course} for Maya Lindqvist from 23 Nov 2026 to 22 Dec 2026"
    )
    assert (fact.reason, fact.payload["evidence"]["sha256"]) == (WHY, waiver.evidence.sha256)


def test_granted_waiver_is_signed_holds_and_is_told(assignment: Assignment, admin: User, boss: User) -> None:
    waiver = granted(assignment, boss, admin)
    assert status_of(assignment) == Status.WAIVED
    assert status_of(assignment, AT + days(30)) == Status.LATE
    assert check_standings(after=FIRST, most=1000)[1] == []
    signature = Signature.objects.get(record_type="waiver", record_id=waiver.pk)
    assert (signature.meaning, signature.signer_id, waiver.signature_id) == (Meaning.WAIVED, admin.pk, signature.pk)
    assert signature.is_intact()
    assert signature.record["content_sha256"] == content_sha256(waiver)
    assert signature.record["person"]["name"] == "Maya Lindqvist"
    course = "Electronic records and signatures"
    assert told("granted") == {
        "Maya Lindqvist": f"Waived for you: {course}",
        "Jonas Keller": f"Waiver granted: Maya Lindqvist, {course}",
    }
    assert Event.objects.get(verb="enrollment.waiver_granted").signature_id == signature.pk


def test_returned_waiver_changes_nothing_and_says_why(assignment: Assignment, admin: User, boss: User) -> None:
    waiver = proposed(assignment, boss)
    with pytest.raises(WaiverRefused, match="at least two words"):
        return_waiver(waiver=waiver, by=admin, at=AT, words="no", **SIGNING)
    return_waiver(waiver=waiver, by=admin, at=AT, words="No solvents in this course", **SIGNING)
    assert status_of(assignment) == Status.LATE
    assert Signature.objects.get(record_id=waiver.pk).meaning == Meaning.WAIVER_RETURNED
    assert list(told("returned")) == ["Jonas Keller"]
    assert "No solvents in this course" in Message.objects.get(kind="enrollment.waiver_returned").body
    assert proposed(assignment, boss).state == WaiverState.PROPOSED


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"reason": "sick"}, "at least two words"),
        ({"valid_from": TODAY - days(1)}, "begins today or later"),
        ({"valid_until": TODAY}, "last day is before the first"),
        ({"valid_until": TODAY + days(367)}, "At most 366 days, so until 23 Nov 2027"),
    ],
)
def test_what_can_not_be_proposed_changes_nothing(
    assignment: Assignment, boss: User, changed: dict[str, Any], words: str
) -> None:
    with pytest.raises(WaiverRefused, match=words):
        proposed(assignment, boss, **changed)
    assert not Waiver.objects.exists()


def test_one_waits_at_a_time(assignment: Assignment, admin: User, boss: User) -> None:
    proposed(assignment, boss)
    with pytest.raises(WaiverRefused, match="Jonas Keller has proposed one for Maya Lindqvist already"):
        proposed(assignment, admin)


def test_nobody_proposes_for_themselves(assignment: Assignment) -> None:
    with pytest.raises(WaiverRefused, match="Nobody proposes a waiver for themselves"):
        proposed(assignment, assignment.user)


def test_only_a_third_in_scope_decides(assignment: Assignment, admin: User, boss: User) -> None:
    local = make_person()
    grant_role(person=local, role=AccessRole.ADMINISTRATOR, by=BY, at=LONG_AGO, reason="for a test", site=newark())
    waiver = proposed(assignment, admin)
    for user, words in (
        (admin, "Somebody else decides"),
        (assignment.user, "Somebody else decides"),
        (boss, "Only an administrator"),
        (User.objects.get(pk=local.pk), "Only an administrator"),
    ):
        with pytest.raises(WaiverRefused, match=words):
            grant_waiver(waiver=waiver, by=user, at=AT, **SIGNING)
    other = make_person(AccessRole.ADMINISTRATOR, name="Second")
    assert list(deciders_for(waiver, at=AT)) == [other]
    grant_waiver(waiver=waiver, by=other, at=AT, **SIGNING)
    with pytest.raises(WaiverRefused, match="decided or withdrawn already"):
        grant_waiver(waiver=waiver, by=other, at=AT, **SIGNING)
    assert Signature.objects.filter(record_id=waiver.pk).count() == 1


def test_administrator_of_the_site_decides(assignment: Assignment, boss: User) -> None:
    local = make_person()
    grant_role(person=local, role=AccessRole.ADMINISTRATOR, by=BY, at=LONG_AGO, reason="for a test", site=make_site())
    waiver = proposed(assignment, boss)
    grant_waiver(waiver=waiver, by=User.objects.get(pk=local.pk), at=AT, **SIGNING)
    assert status_of(assignment) == Status.WAIVED


def test_waived_gets_no_more_time(assignment: Assignment, admin: User, boss: User) -> None:
    granted(assignment, boss, admin)
    with pytest.raises(Exception, match="It is waived for Maya Lindqvist now"):
        extend(assignment=assignment, was_due_on=TODAY, due_on=TODAY + days(5), reason=WHY, by=boss, at=AT)


# Withdrawing


def test_withdrawn_waiver_ends_that_day_and_people_are_told(assignment: Assignment, admin: User, boss: User) -> None:
    waiver = granted(assignment, boss, admin)
    withdraw_waiver(waiver=waiver, by=boss, at=AT + days(3), reason="Back at work")
    assert status_of(assignment, AT + days(3)) == Status.LATE
    assert status_of(assignment, AT + days(2)) == Status.WAIVED
    assert list(told("withdrawn")) == ["Maya Lindqvist"]
    assert check_standings(after=FIRST, most=1000)[1] == []
    with pytest.raises(WaiverRefused, match="returned or withdrawn already"):
        withdraw_waiver(waiver=waiver, by=boss, at=AT + days(3), reason="Back at work")


@pytest.mark.parametrize(
    ("zone", "at", "last_waived"),
    [
        ("Europe/Zurich", datetime(2026, 11, 25, 23, 30, tzinfo=UTC), date(2026, 11, 25)),  # the 26th in Basel
        ("America/New_York", datetime(2026, 11, 26, 3, tzinfo=UTC), date(2026, 11, 24)),  # the 25th in Newark
    ],
)
def test_withdrawn_waiver_ends_on_the_day_at_the_site(
    admin: User, boss: User, zone: str, at: datetime, last_waived: date
) -> None:
    site = {"site": newark()} if zone == "America/New_York" else {}
    operator("Ana", since=TODAY - days(20), manager=boss, **site)
    assignment = open_assignments(switched_on(a_course(), by=admin))["Ana"]
    assert assignment.zone == zone
    waiver = granted(assignment, boss, admin)
    withdraw_waiver(waiver=waiver, by=boss, at=at, reason="Back at work")
    noon = datetime.combine(last_waived, time(17), UTC)
    assert [status_of(assignment, noon), status_of(assignment, noon + days(1))] == [Status.WAIVED, Status.LATE]
    assert check_standings(after=FIRST, most=1000)[1] == []


def test_waiver_of_somebody_west_is_withdrawn_on_its_last_evening(
    admin: User, boss: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator("Ana", since=TODAY - days(20), manager=boss, site=newark())
    assignment = open_assignments(switched_on(a_course(), by=admin))["Ana"]
    waiver = granted(assignment, boss, admin, valid_until=TODAY + days(3))
    evening = datetime.combine(TODAY + days(3), time(3), UTC)  # ten in the evening of the last day in Newark
    address = reverse("enrollment:waiver", args=[waiver.pk])
    monkeypatch.setattr("enrollment.views.exceptions.now", lambda: evening)
    for shown in (address, reverse("enrollment:exceptions")):
        page = browser(admin).get(shown).content.decode()
        assert ("Granted" in page, "Ended" in page) == (True, False)
    withdraw_waiver(waiver=waiver, by=boss, at=evening, reason="Back at work")
    with pytest.raises(WaiverRefused, match="returned or withdrawn already"):
        withdraw_waiver(waiver=waiver, by=boss, at=evening, reason="Back at work")


def test_proposal_is_taken_back(assignment: Assignment, admin: User, boss: User) -> None:
    waiver = proposed(assignment, boss)
    with pytest.raises(WaiverRefused, match="at least two words"):
        withdraw_waiver(waiver=waiver, by=admin, at=AT, reason="no")
    with pytest.raises(WaiverRefused, match="not yours to withdraw"):
        withdraw_waiver(waiver=waiver, by=assignment.user, at=AT, reason="I want to")
    withdraw_waiver(waiver=waiver, by=admin, at=AT, reason="Wrong person")
    assert list(told("withdrawn")) == ["Jonas Keller"]
    assert Signature.objects.filter(record_id=waiver.pk).count() == 0
    proposed(assignment, boss)


def test_ended_waiver_is_not_withdrawn(assignment: Assignment, admin: User, boss: User) -> None:
    waiver = granted(assignment, boss, admin)
    with pytest.raises(WaiverRefused, match="ended by itself"):
        withdraw_waiver(waiver=waiver, by=boss, at=AT + days(30), reason="Back at work")


def test_learner_asks_the_manager_once_a_day(assignment: Assignment, boss: User) -> None:
    maya = assignment.user
    assert ask_for_waiver(assignment=assignment, by=maya, at=AT, reason=WHY) == [boss]
    message = Message.objects.get(kind="enrollment.waiver_asked")
    assert message.path == reverse("enrollment:propose_waiver", args=[assignment.pk])
    assert WHY in message.body
    with pytest.raises(WaiverRefused, match="You asked today already"):
        ask_for_waiver(assignment=assignment, by=maya, at=AT, reason=WHY)
    assert not Waiver.objects.exists()


# The database


@pytest.mark.parametrize(
    ("changed", "constraint"),
    [
        ({"state": "granted"}, "waiver_state_dated"),
        ({"state": "lost"}, "waiver_state_known|waiver_state_dated"),
        ({"valid_until": TODAY}, "waiver_period_in_order"),
        ({"reason": ""}, "waiver_has_a_reason"),
        ({"decided_at": AT, "decided_by": "admin", "state": "granted"}, "waiver_decision_signed"),
        ({"decided_at": AT}, "waiver_decided_by_somebody|waiver_state_dated|waiver_decision_signed"),
        ({"withdrawn_at": AT, "withdrawn_by": "admin", "state": "withdrawn"}, "waiver_withdrawn_with_a_reason"),
        ({"withdrawn_at": AT, "withdrawn_because": WHY}, "waiver_withdrawn_by_somebody"),
        ({"withdrawn_on": TODAY}, "waiver_withdrawn_on_a_day"),
        ({"proposed_by": "maya"}, "waiver_not_for_oneself"),
        (
            {"decided_at": AT, "decided_by": "boss", "state": "granted", "signature": "signed"},
            "waiver_decided_by_a_third",
        ),
        (
            {"decided_at": AT, "decided_by": "admin", "state": "returned", "signature": "signed"},
            "waiver_returned_with_words",
        ),
    ],
)
def test_the_database_refuses_a_waiver(
    assignment: Assignment, admin: User, boss: User, changed: dict[str, Any], constraint: str
) -> None:
    other = late_maya(admin, boss, name="Rosa")
    signed = granted(other, boss, admin).signature
    rewrite_free = Signature.objects.exclude(pk=signed.pk).first()
    people = {"admin": admin, "boss": boss, "maya": assignment.user, "signed": rewrite_free}
    row: dict[str, Any] = {
        "requirement": assignment.requirement, "user": assignment.user, "valid_from": TODAY,
        "valid_until": TODAY + days(5), "reason": WHY, "proposed_at": AT, "proposed_by": boss,
    }  # fmt: skip
    given = {name: people.get(value, value) if isinstance(value, str) else value for name, value in changed.items()}
    with pytest.raises(IntegrityError, match=constraint):
        write([Waiver(**{**row, **given})])


def test_the_database_refuses_a_second_proposal(assignment: Assignment, boss: User) -> None:
    waiver = proposed(assignment, boss)
    waiver.pk = new_id()
    with pytest.raises(IntegrityError, match="waiver_one_proposed"):
        write([waiver])


def test_a_decision_stays_as_it_was_signed(assignment: Assignment, admin: User, boss: User) -> None:
    waiver = granted(assignment, boss, admin)
    other = Signature.objects.exclude(pk=waiver.signature_id).first()
    with pytest.raises(DatabaseError, match="does not change"):
        rewrite(Waiver.objects.filter(pk=waiver.pk), signature=other)


# The pages


def typed(**changed: Any) -> dict[str, Any]:
    today = now().date()
    first, last = today.isoformat(), (today + days(29)).isoformat()
    return {"first_on": first, "last_on": last, "reason": WHY, "id": str(new_id()), **changed}


@pytest.fixture
def today_late(admin: User, boss: User) -> Assignment:
    return late_maya(admin, boss, today=now().date())


def waiver_of(assignment: Assignment, boss: User, **changed: Any) -> Waiver:
    today = now().date()
    return proposed(assignment, boss, at=now(), valid_from=today, valid_until=today + days(30), **changed)


SIGN = {"sign-password": PASSWORD}


def test_manager_proposes_with_a_file_once(today_late: Assignment, boss: User) -> None:
    address, client = reverse("enrollment:propose_waiver", args=[today_late.pk]), browser(boss)
    page = client.get(address).content.decode()
    assert "multipart/form-data" in page
    assert "at most 366 days" in page
    form = typed()
    for _ in range(2):
        proof = SimpleUploadedFile("doctor.pdf", b"%PDF-1.7\n" + b"x" * 600, content_type="text/html")
        answer = client.post(address, {**form, "evidence": proof})
        assert answer["Location"] == reverse("enrollment:waiver", args=[form["id"]])
    waiver = Waiver.objects.get()
    assert (waiver.evidence.name, waiver.evidence.content_type) == ("doctor.pdf", "application/pdf")
    assert (waiver.valid_until - waiver.valid_from).days == 30


def test_lonely_administrator_hears_that_nobody_can_decide(today_late: Assignment, admin: User) -> None:
    address = reverse("enrollment:propose_waiver", args=[today_late.pk])
    page = browser(admin).post(address, typed(), follow=True).content.decode()
    assert "nobody can decide: it takes another administrator" in page


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"reason": "sick"}, "Say why in at least two words."),
        ({"last_on": ""}, "This is empty. Fill it in."),
        ({"last_on": "2020-01-01"}, "The last day is before the first one."),
        ({"first_on": "2020-01-01"}, "A waiver begins today or later"),
        ({"last_on": "2099-01-01"}, "At most 366 days"),
        ({"last_on": "9999-12-31"}, "Choose a day between 1950 and 2199."),
        ({"evidence": b"<script>alert(1)</script>"}, "This is not a PDF, PNG or JPEG."),
        ({"evidence": b"\x89PNG\r\n\x1a\n broken"}, "The picture is damaged"),
        ({"evidence": b"%PDF-1.7 fine", "reason": "sick"}, "Choose the file again"),
    ],
)
def test_bad_proposal_is_said_in_place_and_kept(
    today_late: Assignment, boss: User, changed: dict[str, Any], words: str
) -> None:
    form = typed(**changed)
    if "evidence" in form:
        form["evidence"] = SimpleUploadedFile("doctor.pdf", form["evidence"], content_type="application/pdf")
    answer = browser(boss).post(reverse("enrollment:propose_waiver", args=[today_late.pk]), form)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert form["reason"] in answer.content.decode()
    assert not Waiver.objects.exists()


def test_waiver_and_its_proof_are_for_whom_they_concern(today_late: Assignment, admin: User, boss: User) -> None:
    waiver = waiver_of(today_late, boss, upload=a_scan())
    page, file = (reverse(f"enrollment:{name}", args=[waiver.pk]) for name in ("waiver", "waiver_evidence"))
    stranger = make_person()
    operator("Somebody", manager=stranger)
    for user in (today_late.user, boss, admin, make_person(AccessRole.AUDITOR)):
        assert WHY in browser(user).get(page).content.decode()
        answer = browser(user).get(file)
        assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
        assert answer.getvalue().startswith(b"\xff\xd8")
    for user in (stranger, make_person(), make_person(AccessRole.APPROVER)):
        assert browser(user).get(page).status_code == 404
        assert browser(user).get(file).status_code == 404
    opened = Event.objects.filter(verb="enrollment.waiver_read").values_list("actor_name", flat=True)
    assert len(opened) == 3
    assert today_late.user.name not in opened


def test_administrator_grants_with_a_signature(today_late: Assignment, admin: User, boss: User) -> None:
    waiver = waiver_of(today_late, boss)
    client, address = browser(admin), reverse("enrollment:grant_waiver", args=[waiver.pk])
    page = client.get(address).content.decode()
    assert "I approve this waiver" in page
    assert content_sha256(waiver) in page
    wrong = client.post(address, {"words": "Agreed", "sign-email": admin.email, "sign-password": "wrong"})
    assert wrong.status_code == 422
    assert Waiver.objects.get().state == WaiverState.PROPOSED
    right = client.post(address, {"words": "Agreed", "sign-email": admin.email, **SIGN})
    assert right["Location"] == reverse("enrollment:waiver", args=[waiver.pk])
    shown = client.get(right["Location"]).content.decode()
    assert "Tomás Ferreira granted it" in shown
    assert "I approve this waiver" in shown
    assert client.get(address).status_code == 302  # decided: nothing to grant any more
    typed_late = {"words": "No solvents there", "sign-email": admin.email, **SIGN}
    late = client.post(reverse("enrollment:return_waiver", args=[waiver.pk]), typed_late, follow=True)
    assert "Nothing of what you sent was recorded" in late.content.decode()


def test_return_without_words_costs_no_try_at_the_password(today_late: Assignment, admin: User, boss: User) -> None:
    waiver = waiver_of(today_late, boss)
    client, address = browser(admin), reverse("enrollment:return_waiver", args=[waiver.pk])
    answer = client.post(address, {"words": "no", "sign-email": admin.email, "sign-password": "wrong"})
    assert "Say why in at least two words." in answer.content.decode()
    assert "tries" not in answer.content.decode()
    client.post(address, {"words": "No solvents there", "sign-email": admin.email, **SIGN})
    waiver.refresh_from_db()
    assert (waiver.state, waiver.decision) == (WaiverState.RETURNED, "No solvents there")


def test_who_proposed_reads_and_does_not_decide(today_late: Assignment, admin: User) -> None:
    waiver = waiver_of(today_late, admin)
    client = browser(admin)
    assert client.get(reverse("enrollment:grant_waiver", args=[waiver.pk])).status_code == 302
    page = client.get(reverse("enrollment:waiver", args=[waiver.pk])).content.decode()
    assert "Grant" not in page
    assert "Withdraw" in page


def test_withdrawing_asks_for_a_reason(today_late: Assignment, admin: User, boss: User) -> None:
    waiver = waiver_of(today_late, boss)
    address = reverse("enrollment:withdraw_waiver", args=[waiver.pk])
    assert browser(today_late.user).get(address).status_code == 404
    assert browser(boss).post(address, {"reason": "no"}).status_code == 422
    assert browser(boss).post(address, {"reason": "Wrong person"}).status_code == 302
    page = browser(boss).get(reverse("enrollment:waiver", args=[waiver.pk])).content.decode()
    assert "Jonas Keller withdrew it" in page
    assert browser(boss).get(address).status_code == 404


def test_learner_sees_why_and_until_when(today_late: Assignment, admin: User, boss: User) -> None:
    waiver = grant_waiver(waiver=waiver_of(today_late, boss), by=admin, at=now(), **SIGNING)
    last = f"{waiver.last_on:%d %b %Y}".lstrip("0")
    client = browser(today_late.user)
    listed = client.get(reverse("enrollment:training")).content.decode()
    assert f"Nothing to do until {last}" in listed
    assert WHY in listed
    assert reverse("enrollment:waiver", args=[waiver.pk]) in listed
    course = client.get(reverse("enrollment:start", args=[today_late.course_id])).content.decode()
    assert f"until {last}" in course
    team = browser(boss).get(reverse("reporting:team") + "?view=list").content.decode()
    assert f"until {last}" in team
    assert WHY in team
    record = browser(boss).get(reverse("reporting:person", args=[today_late.user_id])).content.decode()
    assert f"until {last}" in record
    people = browser(admin).get(reverse("enrollment:requirement", args=[today_late.requirement_id])).content.decode()
    assert f"until {last}" in people


def test_learner_asks_on_the_course_page(today_late: Assignment, boss: User) -> None:
    client, address = browser(today_late.user), reverse("enrollment:ask_for_waiver", args=[today_late.pk])
    assert address in client.get(reverse("enrollment:start", args=[today_late.course_id])).content.decode()
    assert client.post(address, {"reason": "sick"}).status_code == 422
    assert client.post(address, {"reason": WHY}).status_code == 302
    assert "You asked today already" in client.post(address, {"reason": WHY}).content.decode()
    assert browser(boss).get(address).status_code == 404


def test_list_shows_what_one_may_read_with_filters(today_late: Assignment, admin: User, boss: User) -> None:
    waiver = waiver_of(today_late, boss)
    extend(
        assignment=today_late, was_due_on=today_late.standing.due_on, due_on=now().date() + days(9), reason=WHY,
        by=boss, at=now(),
    )  # fmt: skip
    address, client = reverse("enrollment:exceptions"), browser(admin)
    page = client.get(address).content.decode()
    assert "One waiver waits for your decision." in page
    assert "Maya Lindqvist" in page
    assert "Limits" in page
    expected = {"?state=proposed": 1, "?state=granted": 0, "?q=maya": 1, "?q=rosa": 0, "?requirement=x": 1}
    expected |= {f"?requirement={waiver.requirement_id}": 1, "?kind=time": 1}
    for query, count in expected.items():
        assert f"{count} exception" in client.get(address + query).content.decode(), query
    assert "Jonas Keller" in client.get(address + "?kind=time").content.decode()
    assert "Maya Lindqvist" in browser(boss).get(address).content.decode()
    assert "Limits" not in browser(boss).get(address).content.decode()
    stranger = make_person()
    operator("Somebody", manager=stranger)
    assert "Maya Lindqvist" not in browser(stranger).get(address).content.decode()
    assert browser(today_late.user).get(address).status_code == 403


def test_list_asks_as_often_for_three_as_for_one(
    today_late: Assignment, admin: User, boss: User, django_assert_num_queries
) -> None:
    waiver_of(today_late, boss, upload=a_scan())
    client, address = browser(boss), reverse("enrollment:exceptions")
    client.get(address)
    with CaptureQueriesContext(connection) as first:
        client.get(address)
    for name in ("Rosa", "Amara"):
        waiver_of(late_maya(admin, boss, name=name, today=now().date()), boss)
    with django_assert_num_queries(len(first)):
        assert "3 exceptions" in client.get(address).content.decode()
