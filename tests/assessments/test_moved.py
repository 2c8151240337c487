"""Attempts at a quiz keep counting when somebody leaves and comes back, and when they move to a newer version."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from assessments.actions import NoFurtherAttempt, allow_attempt, save_response, start_attempt, submit_attempt
from assessments.models import Attempt
from assessments.queries import attempts_of, quiz_content, verdict_of
from core.ids import new_id
from courses.actions import start_new_version
from courses.models import Activity, CourseVersion
from enrollment.actions.leaving import take_up_again
from enrollment.actions.moving import move_to_effective
from enrollment.models import Enrollment, Progress
from people.choices import AccessRole
from records.actions import record_fact
from tests.assessments.building import AT, BY, MADE, Taking, later, right_keys, taking, write, wrong_keys
from tests.enrollment.classroom import take_effect
from tests.factories import make_person


def tried(someone: Taking, enrollment: Enrollment, quiz_id: object, *, passes: bool = False) -> Attempt:
    attempt = start_attempt(enrollment=enrollment, quiz_id=quiz_id, by=someone.user, at=AT)  # type: ignore[arg-type]
    for question, chosen in (right_keys(attempt) if passes else wrong_keys(attempt)).items():
        save_response(
            enrollment_id=enrollment.pk, quiz_id=attempt.quiz_id, question_key=question, chosen=chosen,
            by=someone.user, at=AT,
        )  # fmt: skip
    submit_attempt(attempt_id=attempt.pk, by=someone.user, at=later(1))
    return attempt


def next_version(someone: Taking, *, changed: bool = False) -> CourseVersion:
    """Let a copy of the version take effect, in which one question may read otherwise."""
    version = start_new_version(course=someone.enrollment.course, by=someone.enrollment.version.owner, at=AT)
    if changed:
        question = Activity.objects.get(module__version=version, kind="quiz").quiz.questions.first()
        assert question is not None
        question.text = "Another question?"
        write(lambda: question.save())
    take_effect(version)
    return version


def moved(someone: Taking) -> tuple[Enrollment, Activity]:
    enrollment = move_to_effective(enrollment=someone.enrollment, by=someone.user, at=AT + timedelta(days=1))
    return enrollment, Activity.objects.get(module__version=enrollment.version, kind="quiz")


@pytest.mark.parametrize("changed", [False, True])
def test_attempts_keep_counting_on_a_newer_version(db: None, changed: bool) -> None:
    someone = taking(attempts_allowed=2)
    tried(someone, someone.enrollment, someone.quiz.pk)
    next_version(someone, changed=changed)
    enrollment, quiz = moved(someone)
    verdict = verdict_of(enrollment, quiz_content(quiz.pk), attempts_of(enrollment.pk, quiz_id=quiz.pk))
    assert (verdict.may_start, verdict.left) == (True, 1)
    tried(someone, enrollment, quiz.pk)
    with pytest.raises(NoFurtherAttempt):
        start_attempt(enrollment=enrollment, quiz_id=quiz.pk, by=someone.user, at=AT)


def test_another_attempt_is_allowed_where_they_take_it_now(db: None) -> None:
    someone = taking(attempts_allowed=1)
    tried(someone, someone.enrollment, someone.quiz.pk)
    next_version(someone)
    enrollment, quiz = moved(someone)
    with pytest.raises(NoFurtherAttempt):
        start_attempt(enrollment=enrollment, quiz_id=quiz.pk, by=someone.user, at=AT)
    boss = make_person(AccessRole.ADMINISTRATOR)
    reason = "the projector failed"
    extra = allow_attempt(enrollment_id=someone.enrollment.pk, quiz_id=someone.quiz.pk, by=boss, at=AT, reason=reason)
    assert (extra.enrollment, extra.quiz_id) == (enrollment, quiz.pk)
    tried(someone, enrollment, quiz.pk, passes=True)


def test_a_quiz_that_was_passed_and_is_unchanged_stays_passed(db: None) -> None:
    someone = taking()
    tried(someone, someone.enrollment, someone.quiz.pk, passes=True)
    next_version(someone)
    enrollment, quiz = moved(someone)
    kept = Progress.objects.get(enrollment=enrollment, activity=quiz)
    was = Progress.objects.get(enrollment=someone.enrollment, activity=someone.quiz.pk)
    assert (kept.state, kept.score, kept.evidence_sha256) == ("completed", was.score, was.evidence_sha256)
    with pytest.raises(NoFurtherAttempt):
        start_attempt(enrollment=enrollment, quiz_id=quiz.pk, by=someone.user, at=AT)


def test_a_quiz_that_was_passed_and_has_changed_is_taken_again(db: None) -> None:
    someone = taking()
    tried(someone, someone.enrollment, someone.quiz.pk, passes=True)
    next_version(someone, changed=True)
    enrollment, quiz = moved(someone)
    assert not Progress.objects.filter(enrollment=enrollment, activity=quiz).exists()
    tried(someone, enrollment, quiz.pk, passes=True)
    assert Progress.objects.get(enrollment=enrollment, activity=quiz).state == "completed"


def test_attempts_keep_counting_for_who_comes_back(db: None) -> None:
    someone = taking(attempts_allowed=1)
    tried(someone, someone.enrollment, someone.quiz.pk)
    enrollments = Enrollment.objects.filter(pk=someone.enrollment.pk)
    write(lambda: enrollments.update(state="cancelled", ended_at=later(3)))
    with transaction.atomic():
        record_fact(MADE, by=BY, at=AT, subject_type="test", subject_id=new_id())
        [again] = take_up_again(
            user_ids=[someone.user.pk], course_ids=[someone.enrollment.course_id], because="back", by=BY, at=later(5)
        )
    assert again.pk == someone.enrollment.pk
    with pytest.raises(NoFurtherAttempt):
        start_attempt(enrollment=again, quiz_id=someone.quiz.pk, by=someone.user, at=later(6))
