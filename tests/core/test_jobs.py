"""Jobs are made once, whatever happens to the wake-up or to the worker."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction

from core import actions, jobs, tasks
from core.choices import JobState
from core.clock import now
from core.ids import new_id
from core.models import Job
from core.rules import CLAIM_LASTS, MAX_ATTEMPTS, PAUSE_AFTER_FAILURE, may_be_claimed

AT = datetime(2026, 3, 14, 9, tzinfo=UTC)
OWNER = UUID("01900000-0000-7000-8000-000000000001")


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[UUID]:
    """Declare the kind test.report for one test; yields the ids that its runner was called with."""
    calls: list[UUID] = []
    monkeypatch.setattr(jobs, "_runners", {"test.report": lambda job: calls.append(job.pk)})
    return calls


def declare(monkeypatch: pytest.MonkeyPatch, run: jobs.JobRunner) -> None:
    monkeypatch.setattr(jobs, "_runners", {"test.report": run})


def ask() -> Job:
    return actions.ask_for_job(kind="test.report", owner_id=OWNER, title="A report", arguments={"site": OWNER}, at=AT)


def test_kind_declared_twice_is_refused(made: list[UUID]) -> None:
    with pytest.raises(ValueError, match="already have a runner"):
        jobs.job_kind("test.report", run=lambda job: None)
    jobs.job_kind("test.other", run=lambda job: None)


def test_job_of_unknown_kind_is_refused(db: None, made: list[UUID]) -> None:
    with pytest.raises(LookupError, match=r"no room makes jobs of the kind test\.unknown"):
        actions.ask_for_job(kind="test.unknown", owner_id=OWNER, title="", arguments={}, at=AT)
    assert not Job.objects.exists()


def test_asked_job_is_made_after_the_commit(db: None, made: list[UUID], django_capture_on_commit_callbacks) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        job = ask()
        assert made == []
    assert made == [job.pk]
    job.refresh_from_db()
    assert (job.state, job.percent, job.attempts, job.arguments) == (JobState.DONE, 100, 1, {"site": str(OWNER)})


def test_lost_wake_up_is_swept_up(db: None, made: list[UUID], django_capture_on_commit_callbacks) -> None:
    first, second = ask(), ask()
    with django_capture_on_commit_callbacks(execute=True):
        tasks.run_waiting_jobs()
    assert made == [first.pk, second.pk]


def test_second_delivery_does_nothing(db: None, made: list[UUID]) -> None:
    job = ask()
    for _ in range(5):
        tasks.run_job(str(job.pk))
    assert made == [job.pk]


def test_failed_attempt_is_tried_again_and_then_failed_with_words(
    db: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(job: Job) -> None:
        raise OSError("the disk is full")

    declare(monkeypatch, fail)
    job = ask()
    states = []
    for attempt in range(MAX_ATTEMPTS):
        monkeypatch.setattr(tasks, "now", lambda attempt=attempt: AT + attempt * PAUSE_AFTER_FAILURE)
        tasks.run_job(str(job.pk))
        job.refresh_from_db()
        states.append(job.state)
    assert states == [JobState.QUEUED, JobState.QUEUED, JobState.FAILED]
    assert job.message == "This failed 3 times. Ask for it again later, or tell an administrator."
    assert job.finished_at == AT + 2 * PAUSE_AFTER_FAILURE
    assert caplog.text.count("OSError: the disk is full") == MAX_ATTEMPTS


def test_refused_job_fails_at_once_with_its_words(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(job: Job) -> None:
        raise actions.JobRefused("You may no longer read this team.")

    declare(monkeypatch, refuse)
    job = ask()
    tasks.run_job(str(job.pk))
    job.refresh_from_db()
    assert (job.state, job.message, job.attempts) == (JobState.FAILED, "You may no longer read this team.", 1)


def test_progress_keeps_the_claim(db: None, made: list[UUID]) -> None:
    asked = ask()
    job = actions.claim_job(job_id=asked.pk, at=AT)
    assert job is not None
    actions.report_progress(job=job, percent=140, message="Writing", at=AT + CLAIM_LASTS / 2)
    assert actions.claim_next_job(at=AT + CLAIM_LASTS) is None
    asked.refresh_from_db()
    assert (asked.percent, asked.message) == (100, "Writing")


def test_worker_thought_dead_can_not_write_over_its_successor(db: None, made: list[UUID]) -> None:
    ask()
    first = actions.claim_next_job(at=AT)
    second = actions.claim_next_job(at=AT + CLAIM_LASTS)
    assert first is not None
    assert second is not None
    assert (first.pk, second.attempts) == (second.pk, 2)
    with pytest.raises(actions.JobLost):
        actions.report_progress(job=first, percent=10, at=AT)
    with pytest.raises(actions.JobLost):
        actions.finish_job(job=first, at=AT)
    actions.finish_job(job=second, at=AT)


def test_job_abandoned_in_its_last_attempt_fails(db: None, made: list[UUID]) -> None:
    job = ask()
    Job.objects.filter(pk=job.pk).update(state=JobState.RUNNING, attempts=MAX_ATTEMPTS, claimed_at=AT)
    assert actions.fail_abandoned_jobs(at=AT + CLAIM_LASTS / 2) == 0
    assert actions.fail_abandoned_jobs(at=AT + CLAIM_LASTS) == 1
    job.refresh_from_db()
    assert job.state == JobState.FAILED


def test_cancelled_job_stops_its_runner(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(job: Job) -> None:
        assert actions.cancel_job(job_id=job.pk, owner_id=OWNER, at=AT)
        actions.report_progress(job=job, percent=50, at=AT)
        raise AssertionError("went on after it was cancelled")

    declare(monkeypatch, run)
    job = ask()
    tasks.run_job(str(job.pk))
    job.refresh_from_db()
    assert job.state == JobState.CANCELLED
    assert not actions.cancel_job(job_id=job.pk, owner_id=OWNER, at=AT)


def test_only_the_owner_cancels(db: None, made: list[UUID]) -> None:
    job = ask()
    assert not actions.cancel_job(job_id=job.pk, owner_id=new_id(), at=AT)
    assert actions.cancel_job(job_id=job.pk, owner_id=OWNER, at=AT)


def test_two_workers_never_take_the_same_job(committed_db: str, made: list[UUID]) -> None:
    asked = {ask().pk for _ in range(8)}
    taken: list[UUID] = []

    def work() -> None:
        while job := actions.claim_next_job(at=now()):
            taken.append(job.pk)
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    Job.objects.update(state=JobState.QUEUED, attempts=0, claimed_at=None, finished_at=None, percent=0)
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(taken) == sorted(asked)


def every_age() -> Iterator[tuple[str, timedelta | None, int]]:
    ages = [None, timedelta(0), PAUSE_AFTER_FAILURE, CLAIM_LASTS]
    yield from itertools.product(JobState.values, ages, range(MAX_ATTEMPTS + 1))


def test_claim_agrees_with_the_rule(db: None, made: list[UUID]) -> None:
    for state, age, attempts in every_age():
        claimed_at = None if age is None else AT - age
        ended = AT if state in JobState.ended() else None
        job = Job.objects.create(
            kind="test.report", owner_id=OWNER, title="", state=state, attempts=attempts, claimed_at=claimed_at,
            created_at=AT, finished_at=ended,
        )  # fmt: skip
        expected = may_be_claimed(state=state, claimed_at=claimed_at, attempts=attempts, at=AT)
        assert (actions.claim_job(job_id=job.pk, at=AT) is not None) is expected, (state, age, attempts)


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"state": "lost"}, "job_state_known"),
        ({"percent": 101}, "job_percent_at_most_100"),
        ({"state": JobState.DONE}, "job_finished_at_when_ended"),
        ({"finished_at": AT}, "job_finished_at_when_ended"),
    ],
)
def test_job_constraint(db: None, made: list[UUID], changes: dict[str, object], constraint: str) -> None:
    job = ask()
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Job.objects.filter(pk=job.pk).update(**changes)


def test_same_wake_up_twice_in_one_transaction_wakes_once(db: None, django_capture_on_commit_callbacks) -> None:
    with django_capture_on_commit_callbacks() as wakes:
        jobs.enqueue("core.beat", name="a")
        with transaction.atomic():
            jobs.enqueue("core.beat", name="a")
        jobs.enqueue("core.beat", name="b")
    assert len(wakes) == 2


def test_wake_up_outlives_a_savepoint_that_asked_for_the_same(db: None, django_capture_on_commit_callbacks) -> None:
    with django_capture_on_commit_callbacks() as wakes, transaction.atomic():
        inner = transaction.savepoint()
        jobs.enqueue("core.beat", name="a")
        transaction.savepoint_rollback(inner)
        jobs.enqueue("core.beat", name="a")
    assert len(wakes) == 1


def test_wake_up_of_a_released_savepoint_is_enough(db: None, django_capture_on_commit_callbacks) -> None:
    with django_capture_on_commit_callbacks() as wakes:
        with transaction.atomic():
            jobs.enqueue("core.beat", name="a")
        jobs.enqueue("core.beat", name="a")
    assert len(wakes) == 1


def test_wake_up_goes_with_the_savepoint_around_the_released_one(db: None, django_capture_on_commit_callbacks) -> None:
    with django_capture_on_commit_callbacks() as wakes, transaction.atomic():
        outer = transaction.savepoint()
        with transaction.atomic():
            jobs.enqueue("core.beat", name="a")
        transaction.savepoint_rollback(outer)
        jobs.enqueue("core.beat", name="a")
    assert len(wakes) == 1
