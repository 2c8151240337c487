"""A training is signed once, when all of it is done: signature, completion, certificate and message together."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from enrollment.actions.completing import NotReady, RecordChanged
from enrollment.actions.learning import enroll
from enrollment.models import Completion, Enrollment
from enrollment.queries.signable import signable
from notifications.models import Message
from records.models import Certificate, Event, Signature
from tests.enrollment.classroom import AT, Taking, a_learner, a_version, require, taking
from tests.enrollment.workplace import rewrite
from tests.factories import make_person


def rows() -> dict[str, int]:
    """Count everything that signing writes."""
    return {
        "signatures": Signature.objects.filter(record_type="completion").count(),
        "completions": Completion.objects.count(),
        "certificates": Certificate.objects.count(),
        "messages": Message.objects.filter(kind="enrollment.completed").count(),
        "ended": Enrollment.objects.filter(state="completed").count(),
    }


NONE = {"signatures": 0, "completions": 0, "certificates": 0, "messages": 0, "ended": 0}
ONE = dict.fromkeys(NONE, 1)


@pytest.fixture
def ready(db: None) -> Taking:
    """Somebody who has done all of a course with a quiz."""
    someone = taking("page", "quiz", validity_months=12)
    someone.finish()
    return someone


def test_signing_writes_signature_completion_certificate_and_message(ready: Taking) -> None:
    completion = ready.sign()
    assert rows() == ONE
    assert (completion.version, completion.score, completion.max_score) == (ready.version, Decimal(9), Decimal(10))
    assert (completion.completed_on, completion.valid_until) == (date(2026, 11, 23), date(2027, 11, 23))
    certificate = Certificate.objects.get()
    assert certificate.completion_id == completion.pk
    assert (certificate.holder_name, certificate.holder_title, certificate.site) == (
        "Maya Lindqvist",
        "Tablet Operator",
        "Basel",
    )
    assert (certificate.version_label, certificate.valid_until) == ("1.0", date(2027, 11, 23))
    verbs = ["records.signed", "enrollment.completed", "records.certificate_issued"]
    facts = Event.objects.filter(kind="fact", verb__in=verbs, occurred_at=AT).order_by("id")
    assert [(fact.verb, fact.person_id) for fact in facts] == [(verb, ready.learner.pk) for verb in verbs]
    message = Message.objects.get(kind="enrollment.completed")
    assert message.recipient == ready.learner
    assert certificate.serial in message.body


@pytest.mark.requirement("R-30")
@pytest.mark.requirement("R-33")
def test_the_signature_covers_the_record_that_was_shown(ready: Taking) -> None:
    shown = signable(Enrollment.objects.select_related("user", "course", "version").get(), at=AT)
    completion = ready.sign(shown_sha256=shown.sha256)
    signature = completion.signature
    assert signature.is_intact()
    assert (signature.signer_name, signature.signed_at, signature.zone) == ("Maya Lindqvist", AT, "Europe/Zurich")
    assert signature.statement == "I have completed and understood this training"
    assert signature.record["shown_sha256"] == shown.sha256
    assert {name: signature.record[name] for name in shown.record} == shown.record
    assert [each["score"] for each in signature.record["activities"]] == [None, "9"]
    assert Certificate.objects.get().matches_signature()


@pytest.mark.requirement("R-33")
def test_what_has_changed_since_it_was_shown_is_not_signed(ready: Taking) -> None:
    require(ready.learner, ready.version.course, due_on=date(2026, 12, 1), validity_months=6)
    with pytest.raises(RecordChanged):
        ready.sign(shown_sha256="0" * 64)
    assert rows() == NONE


@pytest.mark.requirement("R-14")
def test_what_is_not_done_is_not_signed(db: None) -> None:
    someone = taking("page", "page", "quiz")
    someone.finish(1)
    before = Event.objects.count()
    with pytest.raises(NotReady) as refusal:
        someone.sign()
    assert [step.title for step in refusal.value.missing] == ["Page 2", "Quiz 3"]
    assert (rows(), Event.objects.count()) == (NONE, before)


def test_what_was_cancelled_is_not_signed(ready: Taking) -> None:
    rewrite(Enrollment.objects.filter(pk=ready.enrollment.pk), state="cancelled", ended_at=AT)
    with pytest.raises(NotReady):
        ready.sign()
    assert rows() == NONE


@pytest.mark.requirement("R-41")
def test_nobody_signs_for_somebody_else(ready: Taking) -> None:
    other = Taking(make_person(signs=True), ready.version, ready.enrollment)
    with pytest.raises(PermissionError):
        other.sign()
    assert rows() == NONE


def test_signing_again_answers_with_the_completion_that_is_there(ready: Taking) -> None:
    first = ready.sign()
    assert ready.sign(at=AT + timedelta(minutes=1)) == first
    assert rows() == ONE


def test_without_a_graded_activity_there_is_no_score(db: None) -> None:
    someone = taking("page")
    someone.finish()
    completion = someone.sign()
    assert (completion.score, completion.max_score, completion.valid_until) == (None, None, None)


@pytest.mark.parametrize(("asked", "ends"), [(None, date(2027, 11, 23)), (6, date(2027, 5, 23))])
def test_the_shortest_validity_that_is_asked_for_counts(ready: Taking, asked: int | None, ends: date) -> None:
    require(ready.learner, ready.version.course, due_on=date(2026, 12, 1), validity_months=None)
    require(ready.learner, ready.version.course, due_on=date(2026, 12, 1), validity_months=asked)
    assert ready.sign().valid_until == ends


def test_the_day_is_the_one_at_the_persons_site(ready: Taking) -> None:
    late = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)  # half past midnight in Basel
    completion = ready.sign(at=late)
    assert (completion.completed_on, completion.zone) == (date(2026, 11, 24), "Europe/Zurich")


def test_starting_again_makes_a_new_enrollment_and_loses_nothing(ready: Taking) -> None:
    first = ready.sign()
    again = enroll(user=ready.learner, course=ready.version.course, by=ready.learner, at=AT + timedelta(days=300))
    assert again != ready.enrollment
    renewed = Taking(ready.learner, ready.version, again)
    renewed.finish(at=AT + timedelta(days=300))
    second = renewed.sign(at=AT + timedelta(days=300))
    assert set(Completion.objects.all()) == {first, second}
    assert Certificate.objects.count() == 2
    assert second.valid_until == date(2028, 9, 19)


def test_a_crash_between_the_steps_leaves_nothing(ready: Taking, monkeypatch: pytest.MonkeyPatch) -> None:
    for step in ("sign", "issue_certificate", "queue_notice"):
        with monkeypatch.context() as patch:

            def crash(**_details: Any) -> None:
                raise ConnectionError("the database is away")

            patch.setattr(f"enrollment.actions.completing.{step}", crash)
            with pytest.raises(ConnectionError), transaction.atomic():
                ready.sign()
        assert rows() == NONE
    ready.sign()
    assert rows() == ONE


def test_twenty_signings_at_once_make_one_completion(committed_db: str) -> None:
    someone = taking("page", learner=a_learner())
    someone.finish()
    together = Barrier(20)

    def sign(number: int) -> UUID:
        try:
            together.wait(20)
            return someone.sign(at=AT + timedelta(milliseconds=number)).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        ids = set(pool.map(sign, range(20)))
    assert len(ids) == 1
    assert rows() == ONE
    assert Event.objects.filter(verb="enrollment.completed").count() == 1


# What the database refuses by itself


def test_a_completion_can_not_be_changed_or_removed(ready: Taking) -> None:
    ready.sign()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        rewrite(Completion.objects.all(), score=10)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Completion.objects.all().delete()
    with pytest.raises(DatabaseError, match="an enrollment that has ended does not change"), transaction.atomic():
        rewrite(Enrollment.objects.all(), state="open", ended_at=None)


@pytest.mark.parametrize(
    ("constraint", "changes"),
    [
        ("completion_valid_after_completed", {"valid_until": date(2020, 1, 1)}),
        ("completion_score_whole", {"max_score": None}),
    ],
)
def test_a_completion_is_written_whole(
    ready: Taking, monkeypatch: pytest.MonkeyPatch, constraint: str, changes: dict[str, Any]
) -> None:
    save = Completion.save

    def save_changed(completion: Completion, **details: Any) -> None:
        for name, value in changes.items():
            setattr(completion, name, value)
        save(completion, **details)

    monkeypatch.setattr(Completion, "save", save_changed)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        ready.sign()
    assert rows() == NONE


def test_versions_are_signed_as_they_were_begun(db: None) -> None:
    someone = taking("page")
    someone.finish()
    a_version("page", course=someone.version.course, number=2)
    completion = someone.sign()
    assert (completion.version.label, Certificate.objects.get().version_label) == ("1.0", "1.0")
