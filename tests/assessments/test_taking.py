"""Taking a quiz: what is written, what is refused, what stays true."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from assessments.actions import (
    AlreadySubmitted,
    NoFurtherAttempt,
    Refused,
    Saved,
    save_response,
    start_attempt,
    submit_attempt,
)
from assessments.models import Attempt, Response
from assessments.queries import attempts_of, history_of, regraded
from assessments.rules import Layout
from enrollment.actions import AlreadyEnded, LockedActivity
from enrollment.choices import EnrollmentState
from enrollment.models import Enrollment, Progress
from enrollment.queries.signable import signable
from people.models import User
from records.models import Event
from records.rules import record_hash
from tests.assessments.building import (
    AT,
    Taking,
    draft_quiz,
    later,
    make,
    person,
    right_keys,
    taking,
    write,
    wrong_keys,
)


def begin(someone: Taking) -> Attempt:
    return start_attempt(enrollment=someone.enrollment, quiz_id=someone.quiz.pk, by=someone.user, at=AT)


def save(
    someone: Taking, question: str, chosen: list[str], *, minute: int = 1, key: str = "", by: User | None = None
) -> Saved:
    return save_response(
        enrollment_id=someone.enrollment.pk,
        quiz_id=someone.quiz.pk,
        question_key=question,
        chosen=chosen,
        by=by or someone.user,
        at=later(minute),
        idempotency_key=key,
    )


def asked_by(attempt: Attempt) -> dict[str, Any]:
    """Return the question behind each key of an attempt, in the order shown."""
    return {shown.key: shown.question_id for shown in Layout.from_json(attempt.layout).questions}


def answer(someone: Taking, chosen: dict[str, list[str]]) -> None:
    for question, keys in chosen.items():
        save(someone, question, keys)


def facts_about(attempt: Attempt) -> list[Event]:
    return list(Event.objects.filter(kind="fact", subject_id=str(attempt.pk)).order_by("id"))


def test_start_lays_out_an_attempt_and_reports_it(db: None) -> None:
    someone = taking()
    attempt = begin(someone)
    assert (attempt.number, attempt.state, attempt.started_at) == (1, "open", AT)
    assert len(attempt.layout) == 3
    (fact,) = facts_about(attempt)
    assert (fact.verb, fact.person_id, fact.actor_id) == (
        "assessments.attempt_started",
        someone.user.pk,
        someone.user.pk,
    )
    assert fact.sentence == "Began attempt 1 of “Final quiz”"


def test_start_again_answers_with_the_open_attempt(db: None) -> None:
    someone = taking()
    assert begin(someone) == begin(someone)
    assert Attempt.objects.count() == 1
    assert Event.objects.filter(verb="assessments.attempt_started").count() == 1


def test_start_is_refused_while_what_comes_before_is_not_done(db: None) -> None:
    someone = taking(unlocked=False)
    with pytest.raises(LockedActivity, match="When the entry is wrong"):
        begin(someone)
    someone.finish_page()
    assert begin(someone).number == 1


def test_start_is_refused_for_somebody_else(db: None) -> None:
    someone = taking()
    with pytest.raises(PermissionError):
        start_attempt(enrollment=someone.enrollment, quiz_id=someone.quiz.pk, by=person("Stranger"), at=AT)


def test_start_is_refused_for_a_quiz_of_another_course(db: None) -> None:
    someone = taking()
    with pytest.raises(LookupError):
        start_attempt(enrollment=someone.enrollment, quiz_id=draft_quiz()[0].pk, by=someone.user, at=AT)


def test_start_is_refused_when_all_attempts_are_used(db: None) -> None:
    someone = taking(attempts_allowed=2)
    for _n in range(2):
        submit_attempt(attempt_id=begin(someone).pk, by=someone.user, at=later(2))
    with pytest.raises(NoFurtherAttempt, match="All 2 attempts are used"):
        begin(someone)


def test_save_keeps_the_choice_and_counts_the_answers(db: None) -> None:
    someone = taking()
    attempt = begin(someone)
    first, second, *_rest = right_keys(attempt).items()
    assert save(someone, *first, minute=1) == Saved(later(1), answered=1, asked=3)
    save(someone, *second, minute=2)
    assert save(someone, first[0], [], minute=3) == Saved(later(3), answered=1, asked=3)
    kept = Response.objects.order_by("question_id").values_list("question_id", "chosen", "saves")
    asked = asked_by(attempt)
    assert sorted(kept) == sorted([(asked[first[0]], [], 2), (asked[second[0]], second[1], 1)])


def test_save_repeated_under_its_key_changes_nothing_even_after_a_newer_one(db: None) -> None:
    someone = taking()
    attempt = begin(someone)
    question, right = next(iter(right_keys(attempt).items()))
    wrong = wrong_keys(attempt)[question]
    save(someone, question, wrong, key="first", minute=1)
    newer = save(someone, question, right, key="second", minute=2)
    assert save(someone, question, wrong, key="first", minute=3) == newer
    assert Response.objects.get().chosen == right
    with pytest.raises(Refused, match="idempotency key"):
        save(someone, question, right, key="first", minute=4)


@pytest.mark.parametrize("foreign", ["question", "key", "two"])
def test_save_refuses_what_the_attempt_does_not_show(db: None, foreign: str) -> None:
    someone = taking(rights=[(True, False)])
    attempt = begin(someone)
    ((question, right),) = right_keys(attempt).items()
    sent = {
        "question": ("nosuchky", right),
        "key": (question, ["nosuchky"]),
        "two": (question, right + wrong_keys(attempt)[question]),
    }[foreign]
    with pytest.raises(Refused):
        save(someone, *sent)
    assert not Response.objects.exists()
    save(someone, question, right)
    assert Response.objects.get().chosen == right


def test_save_from_a_page_of_an_earlier_attempt_does_not_touch_the_open_one(db: None) -> None:
    someone = taking()
    first = begin(someone)
    submit_attempt(attempt_id=first.pk, by=someone.user, at=later(1))
    begin(someone)
    with pytest.raises(AlreadySubmitted):
        save(someone, next(iter(right_keys(first))), [])
    assert not Response.objects.exists()


def test_save_and_submit_do_not_find_somebody_elses_attempt(db: None) -> None:
    someone = taking()
    attempt = begin(someone)
    stranger = person("Stranger")
    question, right = next(iter(right_keys(attempt).items()))
    with pytest.raises(Attempt.DoesNotExist):
        save(someone, question, right, by=stranger)
    with pytest.raises(Attempt.DoesNotExist):
        submit_attempt(attempt_id=attempt.pk, by=stranger, at=AT)
    attempt.refresh_from_db()
    assert attempt.state == "open"


@pytest.mark.requirement("R-08")
def test_pass_grades_reports_raw_answers_and_completes_the_activity(db: None) -> None:
    someone = taking()
    attempt = begin(someone)
    chosen = right_keys(attempt)
    missed = next(iter(chosen))
    answer(someone, {**chosen, missed: wrong_keys(attempt)[missed]})
    graded = submit_attempt(attempt_id=attempt.pk, by=someone.user, at=later(5))
    assert (graded.state, graded.score, graded.max_score, graded.passed) == ("submitted", 2, 3, True)

    _started, passed = facts_about(attempt)
    assert passed.verb == "assessments.attempt_passed"
    assert passed.sentence == "Attempt 1 of “Final quiz” passed: 2 of 3"
    assert passed.person_id == someone.user.pk
    told = {each["key"]: each for each in passed.payload["questions"]}
    assert [each["question"] for each in passed.payload["questions"]] == [each["question"] for each in attempt.layout]
    assert told[missed]["points"] == "0"
    assert told[missed]["chosen"] == wrong_keys(attempt)[missed]
    assert all(each["text"].startswith("Question ") for each in told.values())
    assert all(option["text"].startswith("Option ") for each in told.values() for option in each["options"])

    progress = Progress.objects.get(enrollment=someone.enrollment, activity=someone.quiz.pk)
    assert (progress.state, progress.completed_at, progress.score, progress.max_score) == ("completed", later(5), 2, 3)


def test_fail_leaves_the_activity_open_and_the_next_attempt_is_drawn_anew(db: None) -> None:
    someone = taking()
    attempt = begin(someone)
    answer(someone, wrong_keys(attempt))
    graded = submit_attempt(attempt_id=attempt.pk, by=someone.user, at=later(5))
    assert (graded.score, graded.passed) == (0, False)
    assert facts_about(attempt)[-1].sentence == "Attempt 1 of “Final quiz” not passed: 0 of 3, 2 needed"
    progress = Progress.objects.get(enrollment=someone.enrollment, activity=someone.quiz.pk)
    assert (progress.state, progress.completed_at, progress.score) == ("opened", None, 0)

    again = begin(someone)
    assert again.number == 2
    old_keys = {option["key"] for shown in attempt.layout for option in shown["options"]}
    assert old_keys.isdisjoint(option["key"] for shown in again.layout for option in shown["options"])
    answer(someone, right_keys(again))
    assert submit_attempt(attempt_id=again.pk, by=someone.user, at=later(9)).passed
    progress.refresh_from_db()
    assert (progress.state, progress.score) == ("completed", 3)


@pytest.mark.requirement("R-33")
def test_answers_of_the_passed_attempt_are_under_the_signature(db: None) -> None:
    someone = taking()
    failed = begin(someone)
    answer(someone, wrong_keys(failed))
    submit_attempt(attempt_id=failed.pk, by=someone.user, at=later(5))
    passed = begin(someone)
    answer(someone, right_keys(passed))
    submit_attempt(attempt_id=passed.pk, by=someone.user, at=later(9))

    told = facts_about(passed)[-1].payload
    answers = {"schema": "attest.answers/1", "attempt": passed.pk, "questions": told["questions"]}
    assert told["answers_sha256"] == record_hash(answers)
    enrollment = Enrollment.objects.select_related("user", "course", "version").get(pk=someone.enrollment.pk)
    signed = {each["id"]: each["evidence_sha256"] for each in signable(enrollment, at=later(10)).record["activities"]}
    assert signed == {str(someone.page.pk): "", str(someone.quiz.pk): record_hash(answers)}
    answers["questions"][0]["chosen"] = wrong_keys(passed)[told["questions"][0]["key"]]
    assert signed[str(someone.quiz.pk)] != record_hash(answers)


def test_second_failure_is_told_once(db: None) -> None:
    someone = taking()
    for _time in range(2):
        submit_attempt(attempt_id=begin(someone).pk, by=someone.user, at=later(5))
    told = Event.objects.filter(kind="fact", person_id=someone.user.pk, verb__startswith="enrollment.activity_opened")
    assert told.filter(payload__activity_id=str(someone.quiz.pk)).count() == 1
    assert Event.objects.filter(verb="assessments.attempt_not_passed").count() == 2


def test_submit_again_answers_with_the_first_result(db: None) -> None:
    someone = taking()
    attempt = begin(someone)
    answer(someone, right_keys(attempt))
    first = submit_attempt(attempt_id=attempt.pk, by=someone.user, at=later(5))
    second = submit_attempt(attempt_id=attempt.pk, by=someone.user, at=later(6))
    assert second.submitted_at == first.submitted_at == later(5)
    assert len(facts_about(attempt)) == 2


def test_save_after_submit_is_refused_with_words(db: None) -> None:
    someone = taking()
    attempt = begin(someone)
    question, right = next(iter(right_keys(attempt).items()))
    save(someone, question, right)
    submit_attempt(attempt_id=attempt.pk, by=someone.user, at=later(5))
    with pytest.raises(AlreadySubmitted, match="its answers do not change any more"):
        save(someone, question, [])
    assert Response.objects.get().chosen == right


def test_start_after_passing_is_refused(db: None) -> None:
    someone = taking()
    attempt = begin(someone)
    answer(someone, right_keys(attempt))
    submit_attempt(attempt_id=attempt.pk, by=someone.user, at=later(5))
    with pytest.raises(NoFurtherAttempt, match="You have passed this quiz"):
        begin(someone)


def test_submit_after_the_training_has_ended_is_refused_whole(db: None) -> None:
    someone = taking()
    attempt = begin(someone)
    answer(someone, right_keys(attempt))
    enrollments = Enrollment.objects.filter(pk=someone.enrollment.pk)
    write(lambda: enrollments.update(state=EnrollmentState.CANCELLED, ended_at=later(3)))
    with pytest.raises(AlreadyEnded):
        submit_attempt(attempt_id=attempt.pk, by=someone.user, at=later(5))
    attempt.refresh_from_db()
    assert attempt.state == "open"
    with pytest.raises(NoFurtherAttempt, match="has ended"):
        begin(someone)


def test_regrading_raw_answers_gives_what_is_stored(db: None) -> None:
    someone = taking()
    attempt = begin(someone)
    answer(someone, {**right_keys(attempt), **dict(list(wrong_keys(attempt).items())[:1])})
    graded = submit_attempt(attempt_id=attempt.pk, by=someone.user, at=later(5))
    again = regraded(Attempt.objects.get())
    assert (again.score, again.max_score, again.passed) == (graded.score, graded.max_score, graded.passed)


def test_history_keeps_failed_and_abandoned_attempts(db: None) -> None:
    someone = taking()
    submit_attempt(attempt_id=begin(someone).pk, by=someone.user, at=later(1))
    begin(someone)
    lines = attempts_of(someone.enrollment.pk)
    assert [(line.number, line.is_open, line.passed, line.score) for line in lines] == [
        (1, False, False, Decimal(0)),
        (2, True, None, None),
    ]
    assert {(line.quiz_title, line.course_title, line.version_label) for line in lines} == {
        ("Final quiz", "Good documentation", "1.0")
    }
    assert sorted(line.number for line in history_of(someone.user)) == [1, 2]
    assert history_of(person("Stranger")) == []


class TestConstraints:
    """Each constraint and trigger, broken once."""

    def begun(self, **changes: Any) -> Attempt:
        someone = taking()
        return Attempt(
            **{
                "enrollment": someone.enrollment,
                "quiz": someone.quiz,
                "number": 1,
                "layout": [],
                "started_at": AT,
                **changes,
            }
        )

    @pytest.mark.parametrize(
        ("constraint", "changes"),
        [
            ("attempt_state_known|attempt_graded_when_submitted", {"state": "lost"}),
            ("attempt_graded_when_submitted", {"state": "submitted"}),
            ("attempt_graded_when_submitted", {"score": 1, "max_score": 1}),
            (
                "attempt_score_in_range",
                {"state": "submitted", "submitted_at": AT, "passed": True, "score": 4, "max_score": 3},
            ),
        ],
    )
    def test_attempt_is_refused(self, db: None, constraint: str, changes: dict[str, Any]) -> None:
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            make([self.begun(**changes)])

    def test_attempt_number_is_used_once(self, db: None) -> None:
        attempt = self.begun()
        closed = {"state": "submitted", "submitted_at": AT, "passed": True, "score": 1, "max_score": 1}
        again = Attempt(enrollment=attempt.enrollment, quiz=attempt.quiz, number=1, layout=[], started_at=AT, **closed)
        with pytest.raises(IntegrityError, match="attempt_number_once"), transaction.atomic():
            make([attempt, again])

    def test_one_attempt_is_open(self, db: None) -> None:
        attempt = self.begun()
        again = Attempt(enrollment=attempt.enrollment, quiz=attempt.quiz, number=2, layout=[], started_at=AT)
        with pytest.raises(IntegrityError, match="attempt_one_open"), transaction.atomic():
            make([attempt, again])

    def test_submitted_attempt_and_its_responses_stay(self, db: None) -> None:
        someone = taking()
        attempt = begin(someone)
        question, right = next(iter(right_keys(attempt).items()))
        save(someone, question, right)
        submit_attempt(attempt_id=attempt.pk, by=someone.user, at=AT)
        rows = Attempt.objects.filter(pk=attempt.pk)
        unanswered = list(asked_by(attempt).values())[1]
        for forbidden in (
            lambda: rows.update(score=0),
            lambda: rows.delete(),
            lambda: Response.objects.update(chosen=[]),
            lambda: Response.objects.all()._raw_delete("default"),
            lambda: Response.objects.create(attempt=attempt, question_id=unanswered, saved_at=AT),
        ):
            with pytest.raises((DatabaseError, IntegrityError)):
                write(forbidden)
        assert Response.objects.get().chosen == right

    def test_layout_of_an_open_attempt_stays(self, db: None) -> None:
        attempt = begin(taking())
        with pytest.raises(DatabaseError, match="does not change"):
            write(lambda: Attempt.objects.filter(pk=attempt.pk).update(layout=[]))

    def test_response_stays_with_its_question_and_comes_from_its_quiz(self, db: None) -> None:
        someone = taking()
        attempt = begin(someone)
        asked = asked_by(attempt)
        first, second, *_rest = asked.values()
        save(someone, next(iter(asked)), [])
        with pytest.raises(DatabaseError, match="stays with its question"), transaction.atomic():
            Response.objects.update(question_id=second)
        foreign = draft_quiz()[0].questions.first()
        with pytest.raises(DatabaseError, match="another quiz"), transaction.atomic():
            Response.objects.create(attempt=attempt, question=foreign, saved_at=AT)
        with pytest.raises(IntegrityError, match="response_once_per_question"), transaction.atomic():
            Response.objects.create(attempt=attempt, question_id=first, saved_at=AT)

    def test_question_of_a_released_version_stays(self, db: None) -> None:
        someone = taking()
        for rows in (someone.quiz.questions.all(), someone.quiz.questions.first().options.all()):
            with pytest.raises(DatabaseError, match="can not change"):
                write(partial(rows.update, text="Another text"))
