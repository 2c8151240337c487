"""A version from submission to retirement: who may, what is signed, and what can never change again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from courses.actions import (
    ContentChanged,
    NotADraft,
    NotAllowed,
    NotReady,
    approve_version,
    edit_activity,
    edit_version,
    make_effective,
    retire_version,
    return_version,
    signed_record,
    start_new_version,
    submit_version,
)
from courses.choices import Retraining, VersionState
from courses.forms import ApprovalForm
from courses.models import Activity, Contributor, CourseVersion, Module
from courses.queries import content_sha256_of, outline_of
from courses.rules import may_move
from courses.tasks import turn_versions_effective
from notifications.models import Message
from people.choices import AccessRole
from people.models import User
from records.choices import Components
from records.facts import SystemActor
from records.models import Event, Signature
from tests.factories import make_draft, make_person

AT = datetime(2026, 11, 23, 9, 14, 31, tzinfo=UTC)
TODAY = AT.date()
TOMORROW = TODAY + timedelta(days=1)
SIGNING: dict[str, Any] = {"at": AT, "zone": "Europe/Zurich", "components": Components.ALL}
BY = SystemActor("a test")


@pytest.fixture
def draft(author: User) -> CourseVersion:
    return make_draft(author)


def submitted(draft: CourseVersion) -> CourseVersion:
    return submit_version(version_id=draft.pk, by=draft.owner, **SIGNING)


def approved(draft: CourseVersion, approver: User, **decision: Any) -> CourseVersion:
    submitted(draft)
    return approve_version(version_id=draft.pk, by=approver, **{**SIGNING, "effective_on": TODAY, **decision})


def verbs() -> list[str]:
    facts = Event.objects.filter(kind="fact", verb__startswith="courses.version_").order_by("id")
    return [verb.removeprefix("courses.version_") for verb in facts.values_list("verb", flat=True)]


# Submission


@pytest.mark.requirement("R-30")
@pytest.mark.requirement("R-33")
def test_submission_is_signed_over_the_content_hash(draft: CourseVersion, approver: User) -> None:
    version = submitted(draft)
    signature = Signature.objects.get(record_type="course_version")
    assert (version.state, version.submitted_by, version.submitted_at) == ("in_review", draft.owner, AT)
    assert version.content_sha256 == content_sha256_of(version) == signature.record["content_sha256"]
    assert (signature.signer_name, signature.meaning, signature.signed_at) == ("Priya Nair", "authored", AT)
    assert signature.statement == "I wrote this version and submit it for review"
    record = signed_record(version, sha256=version.content_sha256)
    assert signature.covers(record_type="course_version", record_id=version.pk, record=record)
    assert version.minutes == 4
    fact = Event.objects.filter(verb="courses.version_submitted").get()
    assert fact.signature_id == signature.pk


def test_submission_tells_the_approvers_who_may_decide(draft: CourseVersion, approver: User) -> None:
    both = make_person(AccessRole.AUTHOR, AccessRole.APPROVER)
    activity = Activity.objects.get(module__version=draft)
    edit_activity(activity_id=activity.pk, by=both, at=AT, title="Page", minutes=4, values={"body": "Mine."})
    submitted(draft)
    message = Message.objects.get()
    assert (message.recipient, message.kind, message.path) == (
        approver,
        "courses.review_waiting",
        f"/reviews/{draft.pk}/",
    )
    assert message.subject == "Good documentation practice 1.0 waits for your review"


def test_submission_needs_an_author(draft: CourseVersion, approver: User) -> None:
    with pytest.raises(NotAllowed, match="Only an author"):
        submit_version(version_id=draft.pk, by=approver, **SIGNING)
    assert submitted(draft).state == "in_review"


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda v: edit_version(version_id=v.pk, by=BY, at=AT, summary=""), "A summary"),
        (lambda v: edit_version(version_id=v.pk, by=BY, at=AT, objectives=[]), "What learners can do"),
        (lambda v: _empty_the_page(v), "Text on “Page 1”"),
    ],
)
def test_submission_waits_for_every_check(
    draft: CourseVersion, spoil: Callable[[CourseVersion], None], words: str
) -> None:
    spoil(draft)
    with pytest.raises(NotReady, match=words):
        submitted(draft)
    assert not Signature.objects.filter(record_type="course_version").exists()


def _empty_the_page(version: CourseVersion) -> None:
    page = Activity.objects.get(module__version=version)
    edit_activity(activity_id=page.pk, by=BY, at=AT, title=page.title, minutes=1, values={"body": ""})


def test_later_versions_say_what_changed(draft: CourseVersion, approver: User) -> None:
    approved(draft, approver)
    version = start_new_version(course=draft.course, by=draft.owner, at=AT)
    with pytest.raises(NotReady, match="What changed since the last version"):
        submitted(version)
    edit_version(version_id=version.pk, by=draft.owner, at=AT, change_summary="Late entries.")
    assert submitted(version).state == "in_review"


# The decision


@pytest.mark.requirement("R-33")
@pytest.mark.requirement("R-74")
def test_approval_signature_covers_the_content_and_the_decision(draft: CourseVersion, approver: User) -> None:
    review_on = TODAY + timedelta(days=365)
    version = approved(draft, approver, effective_on=TOMORROW, next_review_on=review_on, retraining=Retraining.REPEAT)
    signature = Signature.objects.get(meaning="approved")
    assert signature.record["content_sha256"] == version.content_sha256 == content_sha256_of(version)
    assert signature.record["effective_on"] == TOMORROW.isoformat()
    assert signature.record["next_review_on"] == review_on.isoformat()
    assert signature.record["retraining"] == "repeat"
    assert signature.is_intact()
    version.refresh_from_db()
    assert (version.state, version.approved_by, version.approved_at) == ("approved", approver, AT)
    assert (version.effective_on, version.next_review_on, version.retraining) == (TOMORROW, review_on, "repeat")
    assert Message.objects.get(recipient=draft.owner).subject == "Good documentation practice 1.0 was approved"


def test_approval_notices_content_that_is_not_what_was_submitted(
    draft: CourseVersion, approver: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    submitted(draft)
    monkeypatch.setattr("courses.actions.decisions.content_sha256_of", lambda version: "f" * 64)
    with pytest.raises(ContentChanged):
        approve_version(version_id=draft.pk, by=approver, effective_on=TODAY, **SIGNING)
    assert not Signature.objects.filter(meaning="approved").exists()


@pytest.mark.requirement("R-17")
@pytest.mark.parametrize("decide", ["approve", "return"])
@pytest.mark.parametrize("who", ["submitter", "contributor", "author", "learner"])
def test_nobody_decides_about_what_they_wrote(draft: CourseVersion, approver: User, who: str, decide: str) -> None:
    roles = [AccessRole.AUTHOR, AccessRole.APPROVER]
    people = {
        "submitter": make_person(*roles),
        "contributor": make_person(*roles),
        "author": make_person(AccessRole.AUTHOR),
        "learner": make_person(),
    }
    page = Activity.objects.get(module__version=draft)
    edit_activity(activity_id=page.pk, by=people["contributor"], at=AT, title="P", minutes=4, values={"body": "Hers."})
    submit_version(version_id=draft.pk, by=people["submitter"], **SIGNING)

    def decided_by(person: User) -> CourseVersion:
        if decide == "approve":
            return approve_version(version_id=draft.pk, by=person, effective_on=TODAY, **SIGNING)
        return return_version(version_id=draft.pk, by=person, note="Say which shift.", **SIGNING)

    with pytest.raises(NotAllowed):
        decided_by(people[who])
    assert CourseVersion.objects.get(pk=draft.pk).state == "in_review"
    assert decided_by(approver).state == ("effective" if decide == "approve" else "draft")


@pytest.mark.requirement("R-17")
@pytest.mark.parametrize("who", ["submitter", "contributor"])
def test_the_database_refuses_an_approver_who_wrote(draft: CourseVersion, approver: User, who: str) -> None:
    colleague = make_person(AccessRole.AUTHOR, AccessRole.APPROVER)
    page = Activity.objects.get(module__version=draft)
    edit_activity(activity_id=page.pk, by=colleague, at=AT, title="P", minutes=4, values={"body": "Hers."})
    version = submitted(draft)
    person = version.submitted_by if who == "submitter" else colleague
    approve = {"state": "approved", "approved_at": AT, "effective_on": TODAY}
    with pytest.raises(DatabaseError, match=r"can not approve it|approver_is_not_author"), transaction.atomic():
        CourseVersion.objects.filter(pk=draft.pk).update(approved_by=person, **approve)
    CourseVersion.objects.filter(pk=draft.pk).update(approved_by=approver, **approve)


def test_contributors_are_never_taken_back(draft: CourseVersion) -> None:
    for change in (Contributor.objects.all().delete, lambda: Contributor.objects.update(first_at=AT)):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()


def test_return_gives_the_draft_back_with_a_signed_note(draft: CourseVersion, approver: User) -> None:
    submitted(draft)
    note = "Does “later day” mean after midnight?"
    version = return_version(version_id=draft.pk, by=approver, note=note, **SIGNING)
    assert (version.state, version.returned_note, version.submitted_by, version.content_sha256) == (
        "draft",
        note,
        None,
        "",
    )
    signature = Signature.objects.get(meaning="returned")
    assert signature.record["note"] == note
    assert Event.objects.get(verb="courses.version_returned").reason == note
    assert note in Message.objects.get(recipient=draft.owner).body
    edit_version(version_id=draft.pk, by=draft.owner, at=AT, summary="After the shift.")
    assert submitted(draft).returned_note == ""


@pytest.mark.requirement("R-67")
@pytest.mark.parametrize("note", ["", "x", "no.", "--- ---"])
def test_return_needs_words(draft: CourseVersion, approver: User, note: str) -> None:
    submitted(draft)
    with pytest.raises(NotAllowed, match="Say in a few words"):
        return_version(version_id=draft.pk, by=approver, note=note, **SIGNING)


def test_decisions_wait_for_a_submission(draft: CourseVersion, approver: User) -> None:
    with pytest.raises(NotAllowed, match="not in review any more: it is draft"):
        approve_version(version_id=draft.pk, by=approver, effective_on=TODAY, **SIGNING)


@pytest.mark.parametrize(
    ("decision", "words"),
    [
        ({"effective_on": TODAY - timedelta(days=1)}, "in the past"),
        ({"effective_on": TOMORROW, "next_review_on": TOMORROW}, "next review"),
    ],
)
def test_approval_refuses_dates_that_make_no_sense(
    draft: CourseVersion, approver: User, decision: dict[str, Any], words: str
) -> None:
    with pytest.raises(NotAllowed, match=words):
        approved(draft, approver, **decision)
    assert CourseVersion.objects.get(pk=draft.pk).state == "in_review"


# Effective, superseded, retired


def test_approval_for_today_takes_effect_at_once(draft: CourseVersion, approver: User) -> None:
    version = approved(draft, approver)
    assert version.state == "effective"
    assert verbs() == ["submitted", "approved", "effective"]
    fact = Event.objects.get(verb="courses.version_effective")
    assert fact.payload["previous_version_id"] is None
    assert (fact.payload["retraining"], fact.payload["course_id"]) == ("keep", str(version.course_id))


def test_next_version_supersedes_the_one_before_in_one_step(draft: CourseVersion, approver: User) -> None:
    first = approved(draft, approver)
    assert outline_of(first.pk).state == "effective"
    second = start_new_version(course=draft.course, by=draft.owner, at=AT, change_summary="Late entries.")
    approved(second, approver, retraining=Retraining.REPEAT)
    first.refresh_from_db()
    assert (first.state, first.ended_at) == ("superseded", AT)
    assert CourseVersion.objects.get(state="effective") == second
    assert outline_of(first.pk).state == "superseded"
    fact = Event.objects.filter(verb="courses.version_effective").latest("id")
    assert (fact.payload["previous_version_id"], fact.payload["retraining"]) == (str(first.pk), "repeat")
    assert Event.objects.get(verb="courses.version_superseded").sentence.endswith("was superseded by 1.1")


@pytest.mark.parametrize(
    ("zone", "at"),
    [
        ("Europe/Zurich", datetime(2026, 11, 22, 23, 30, tzinfo=UTC)),  # half past midnight there
        ("America/New_York", datetime(2026, 11, 24, 1, 0, tzinfo=UTC)),  # eight in the evening there
    ],
)
def test_today_is_the_approvers(draft: CourseVersion, approver: User, zone: str, at: datetime) -> None:
    version = approved(draft, approver, effective_on=date(2026, 11, 23), zone=zone, at=at)
    assert (version.state, version.effective_zone) == ("effective", zone)


def test_version_waits_for_its_day(draft: CourseVersion, approver: User) -> None:
    version = approved(draft, approver, effective_on=TOMORROW)
    assert version.state == "approved"
    assert not make_effective(version_id=version.pk, by=BY, at=AT)
    midnight = datetime(2026, 11, 24, tzinfo=ZoneInfo(SIGNING["zone"]))
    assert not make_effective(version_id=version.pk, by=BY, at=midnight - timedelta(seconds=1))
    assert make_effective(version_id=version.pk, by=BY, at=midnight)
    assert not make_effective(version_id=version.pk, by=BY, at=midnight)
    assert verbs() == ["submitted", "approved", "effective"]


def test_sweep_turns_due_versions_effective_in_their_order(
    draft: CourseVersion, approver: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = approved(draft, approver, effective_on=TOMORROW)
    second = start_new_version(course=draft.course, by=draft.owner, at=AT, change_summary="Late entries.")
    approved(second, approver, effective_on=TOMORROW)
    monkeypatch.setattr("courses.tasks.now", lambda: AT)
    turn_versions_effective()
    assert set(CourseVersion.objects.values_list("state", flat=True)) == {"approved"}
    monkeypatch.setattr("courses.tasks.now", lambda: AT + timedelta(days=1))
    turn_versions_effective()
    states = CourseVersion.objects.order_by("number").values_list("state", flat=True)
    assert list(states) == ["superseded", "effective"]
    assert Event.objects.filter(verb="courses.version_effective").latest("id").actor_name == "Attest, effective dates"
    assert first.pk != second.pk


def test_sweep_goes_on_past_a_version_that_fails(
    draft: CourseVersion, approver: User, author: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = (approved(each, approver, effective_on=TOMORROW) for each in (draft, make_draft(author)))

    def fail_for_one(*, version_id: Any, **rest: Any) -> bool:
        if version_id == bad.pk:
            raise RuntimeError("a disk is full")
        return make_effective(version_id=version_id, **rest)

    monkeypatch.setattr("courses.tasks.make_effective", fail_for_one)
    monkeypatch.setattr("courses.tasks.now", lambda: AT + timedelta(days=1))
    turn_versions_effective()
    good.refresh_from_db()
    assert good.state == "effective"


def test_later_version_never_takes_effect_before_an_earlier_one(draft: CourseVersion, approver: User) -> None:
    approved(draft, approver, effective_on=TOMORROW)
    second = start_new_version(course=draft.course, by=draft.owner, at=AT, change_summary="Late entries.")
    with pytest.raises(NotAllowed, match="An earlier version takes effect after this day"):
        approved(second, approver, effective_on=TODAY)


@pytest.mark.parametrize("effective_on", [TODAY, TOMORROW])
def test_retired_version_is_out_of_use_with_its_reason(draft: CourseVersion, approver: User, effective_on: Any) -> None:
    approved(draft, approver, effective_on=effective_on)
    retired = retire_version(version_id=draft.pk, by=approver, at=AT, reason="The press is gone.")
    assert (retired.state, retired.ended_at) == ("retired", AT)
    assert Event.objects.get(verb="courses.version_retired").reason == "The press is gone."


def test_retirement_needs_an_approver_a_reason_and_an_approved_version(draft: CourseVersion, approver: User) -> None:
    retire: dict[str, Any] = {"version_id": draft.pk, "at": AT}
    with pytest.raises(NotAllowed, match="cannot be retired: it is draft"):
        retire_version(by=approver, reason="The press is gone.", **retire)
    approved(draft, approver)
    with pytest.raises(NotAllowed, match="Only an approver"):
        retire_version(by=draft.owner, reason="The press is gone.", **retire)
    with pytest.raises(NotAllowed, match="Say in a few words"):
        retire_version(by=approver, reason="x", **retire)
    assert retire_version(by=approver, reason="The press is gone.", **retire).state == "retired"


# no state is skipped, and nothing approved changes, whoever asks


MOVES: dict[str, Callable[[CourseVersion, User], Any]] = {
    "edit": lambda v, a: edit_version(version_id=v.pk, by=v.owner, at=AT, summary=f"{v.summary}."),
    "submit": lambda v, a: submit_version(version_id=v.pk, by=v.owner, **SIGNING),
    "return": lambda v, a: return_version(version_id=v.pk, by=a, note="Say which shift.", **SIGNING),
    "approve": lambda v, a: approve_version(version_id=v.pk, by=a, effective_on=TOMORROW, **SIGNING),
    "take effect": lambda v, a: make_effective(version_id=v.pk, by=BY, at=AT + timedelta(days=1)),
    "retire": lambda v, a: retire_version(version_id=v.pk, by=a, at=AT, reason="The press is gone."),
}


@pytest.mark.requirement("R-15")
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(sorted(MOVES)), max_size=8))
def test_no_order_of_actions_skips_a_state_or_changes_what_is_approved(
    draft: CourseVersion, approver: User, order: list[str]
) -> None:
    with transaction.atomic():
        version = CourseVersion.objects.select_related("owner").get(pk=draft.pk)
        approved_hash = ""
        for name in order:
            state = version.state
            try:
                with transaction.atomic():
                    MOVES[name](version, approver)
            except (NotADraft, NotAllowed):
                pass
            version = CourseVersion.objects.select_related("owner").get(pk=draft.pk)
            assert version.state == state or may_move(state, version.state)
            if version.approved_at:
                approved_hash = approved_hash or version.content_sha256
                assert content_sha256_of(version) == version.content_sha256 == approved_hash
        transaction.set_rollback(True)


@pytest.mark.requirement("R-15")
@pytest.mark.parametrize("state", [each for each in VersionState if each != VersionState.DRAFT])
@pytest.mark.parametrize("to", list(VersionState))
def test_the_database_refuses_every_jump(draft: CourseVersion, approver: User, state: str, to: str) -> None:
    bring_to(draft, approver, state)
    if to == state:
        return
    change = {"state": to, "approved_by": approver, "approved_at": AT, "effective_on": TODAY}
    update = change if state == VersionState.IN_REVIEW and to == VersionState.APPROVED else {"state": to}
    if may_move(state, to):
        CourseVersion.objects.filter(pk=draft.pk).update(**update)
    else:
        with pytest.raises(DatabaseError), transaction.atomic():
            CourseVersion.objects.filter(pk=draft.pk).update(**update)


def bring_to(draft: CourseVersion, approver: User, state: str) -> None:
    if state == VersionState.IN_REVIEW:
        submitted(draft)
    elif state == VersionState.APPROVED:
        approved(draft, approver, effective_on=TOMORROW)
    else:
        approved(draft, approver)
    if state == VersionState.RETIRED:
        retire_version(version_id=draft.pk, by=approver, at=AT, reason="The press is gone.")
    if state == VersionState.SUPERSEDED:
        second = start_new_version(course=draft.course, by=draft.owner, at=AT, change_summary="Late entries.")
        approved(second, approver)


FROZEN = "can not change|can not be deleted"


@pytest.mark.requirement("R-15")
@pytest.mark.parametrize("state", [each for each in VersionState if each != VersionState.DRAFT])
def test_the_database_refuses_edits_after_submission(draft: CourseVersion, approver: User, state: str) -> None:
    bring_to(draft, approver, state)
    module = Module.objects.get(version=draft)
    activity = Activity.objects.get(module=module)
    attempts: list[Callable[[], Any]] = [
        lambda: CourseVersion.objects.filter(pk=draft.pk).update(title="Other"),
        lambda: Module.objects.filter(pk=module.pk).update(title="Other"),
        lambda: Module(version=draft, position=9, title="More").save(),
        lambda: Activity.objects.filter(pk=activity.pk).update(body="Other"),
        lambda: Activity(module=module, position=9, kind="page", title="More").save(),
        lambda: activity.delete(),
        lambda: _sql(f"UPDATE courses_activity SET body = 'x' WHERE id = '{activity.pk}'"),
        lambda: _sql(f"UPDATE courses_courseversion SET minutes = 99 WHERE id = '{draft.pk}'"),
        lambda: _sql(f"DELETE FROM courses_module WHERE id = '{module.pk}'"),
        lambda: _sql(f"DELETE FROM courses_courseversion WHERE id = '{draft.pk}'"),
    ]
    for attempt in attempts:
        with pytest.raises((DatabaseError, IntegrityError), match=FROZEN), transaction.atomic():
            attempt()


@pytest.mark.requirement("R-15")
@pytest.mark.parametrize(
    "change",
    [
        {"content_sha256": "0" * 64},
        {"effective_on": TOMORROW + timedelta(days=9)},
        {"approved_at": AT + timedelta(days=1)},
        {"next_review_on": TOMORROW},
        {"retraining": "repeat"},
    ],
)
def test_the_database_refuses_to_change_an_approval(
    draft: CourseVersion, approver: User, change: dict[str, Any]
) -> None:
    approved(draft, approver)
    with pytest.raises(DatabaseError, match="the approval of version"), transaction.atomic():
        CourseVersion.objects.filter(pk=draft.pk).update(**change)


@pytest.mark.requirement("R-08")
def test_the_database_refuses_an_edit_without_a_fact(committed_db: str) -> None:
    draft = make_draft()
    with pytest.raises(DatabaseError, match="needs a fact in the same transaction"):
        CourseVersion.objects.filter(pk=draft.pk).update(title="Other")


def _sql(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize(
    ("today", "review"),
    [
        (date(2026, 11, 23), date(2027, 11, 23)),
        (date(2027, 2, 10), date(2028, 2, 10)),
        (date(2028, 2, 29), date(2029, 2, 28)),
    ],
)
def test_next_review_is_proposed_a_year_later(today: date, review: date) -> None:
    assert ApprovalForm(today=today).initial["next_review_on"] == review
