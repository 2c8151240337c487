"""Two tabs, many clicks, a save beside a submit: real threads, real commits, one result."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from assessments.actions import AlreadySubmitted, save_response, start_attempt, submit_attempt
from assessments.models import Attempt, Response
from assessments.queries import quiz_content, regraded
from enrollment.models import Progress
from records.models import Event
from tests.assessments.building import AT, Taking, later, right_keys, taking, wrong_keys

pytestmark = pytest.mark.usefixtures("committed_db")


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Run calls in threads that start together; return what each returned or raised."""
    together = threading.Barrier(len(calls))
    results: list[Any] = [None] * len(calls)

    def run(place: int, call: Callable[[], Any]) -> None:
        try:
            connection.ensure_connection()
            together.wait()
            results[place] = call()
        except Exception as error:
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place, call)) for place, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def begin(someone: Taking) -> Attempt:
    return start_attempt(enrollment=someone.enrollment, quiz_id=someone.quiz.pk, by=someone.user, at=AT)


def save(someone: Taking, question: str, chosen: list[str], key: str = "") -> Any:
    return save_response(
        enrollment_id=someone.enrollment.pk,
        quiz_id=someone.quiz.pk,
        question_key=question,
        chosen=chosen,
        by=someone.user,
        at=later(1),
        idempotency_key=key,
    )


def submit(someone: Taking, attempt: Attempt) -> Attempt:
    return submit_attempt(attempt_id=attempt.pk, by=someone.user, at=later(5))


def facts(verb: str) -> int:
    return Event.objects.filter(kind="fact", verb=verb).count()


def test_fifty_submits_give_one_result_and_one_outcome() -> None:
    someone = taking()
    attempt = begin(someone)
    for question, chosen in right_keys(attempt).items():
        save(someone, question, chosen)
    results = at_once(*[lambda: submit(someone, attempt)] * 50)
    assert {type(result) for result in results} == {Attempt}
    assert {(result.pk, result.score, result.submitted_at) for result in results} == {(attempt.pk, 3, later(5))}
    assert facts("assessments.attempt_passed") == 1
    assert Progress.objects.filter(activity=someone.quiz.pk, state="completed").count() == 1
    completed = Event.objects.filter(verb="enrollment.activity_completed", payload__activity_id=str(someone.quiz.pk))
    assert completed.count() == 1


def test_two_tabs_that_start_get_the_same_attempt() -> None:
    someone = taking()
    results = at_once(*[lambda: begin(someone)] * 8)
    assert {type(result) for result in results} == {Attempt}
    assert len({result.pk for result in results}) == 1
    assert Attempt.objects.count() == 1
    assert facts("assessments.attempt_started") == 1


@pytest.mark.parametrize("round_", range(3))
def test_save_beside_a_submit_is_either_graded_or_refused(round_: int) -> None:
    someone = taking()
    attempt = begin(someone)
    right = right_keys(attempt)
    saves = [lambda q=question, c=chosen: save(someone, q, c) for question, chosen in right.items()]
    *answers, submitted = at_once(*saves, lambda: submit(someone, attempt))
    refused = [answer for answer in answers if isinstance(answer, AlreadySubmitted)]
    kept = [answer for answer in answers if not isinstance(answer, Exception)]
    assert len(refused) + len(kept) == len(answers)
    assert isinstance(submitted, Attempt)
    assert submitted.score == len(kept) == Response.objects.count()
    assert regraded(Attempt.objects.get()).score == submitted.score


def test_start_beside_a_submit_never_leaves_two_open() -> None:
    someone = taking()
    attempt = begin(someone)
    results = at_once(*[lambda: submit(someone, attempt), lambda: begin(someone)] * 6)
    assert not [result for result in results if isinstance(result, Exception)]
    assert Attempt.objects.filter(state="open").count() <= 1
    assert list(Attempt.objects.order_by("number").values_list("number", flat=True)) in ([1], [1, 2])


def test_same_save_many_times_at_once_is_done_once() -> None:
    someone = taking()
    question, chosen = next(iter(right_keys(begin(someone)).items()))
    results = at_once(*[lambda: save(someone, question, chosen, "one key")] * 10)
    assert {result.answered for result in results} == {1}
    assert Response.objects.get().saves == 1


def test_save_past_the_action_waits_for_a_submit_and_is_refused_by_the_database() -> None:
    """The trigger's lock, not the action's, is what holds here."""
    someone = taking()
    attempt = begin(someone)
    question, chosen = next(iter(right_keys(attempt).items()))
    save(someone, question, chosen)
    submitted, may_commit = threading.Event(), threading.Event()

    def slow_submit() -> None:
        with transaction.atomic():
            submit(someone, attempt)
            submitted.set()
            may_commit.wait(10)

    def raw_save() -> None:
        submitted.wait(10)
        threading.Timer(0.2, may_commit.set).start()
        Response.objects.filter(attempt=attempt).update(chosen=wrong_keys(attempt)[question])

    first, second = at_once(slow_submit, raw_save)
    assert first is None
    assert isinstance(second, DatabaseError)
    assert "its responses do not change" in str(second)
    assert Response.objects.get().chosen == chosen


def test_attempt_without_a_fact_is_refused() -> None:
    someone = taking()
    quiz_content(someone.quiz.pk)
    attempt = Attempt(enrollment=someone.enrollment, quiz=someone.quiz, number=1, layout=[], started_at=AT)
    with pytest.raises(DatabaseError, match="needs a fact"):
        attempt.save(force_insert=True)
    assert begin(someone).number == 1
