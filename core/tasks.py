"""The background work of the base: jobs, signs of life, tidying."""

from __future__ import annotations

import logging
from uuid import UUID

from celery import shared_task

from core import actions
from core.choices import JobState
from core.clock import now
from core.jobs import enqueue, runner_of
from core.models import Job

log = logging.getLogger(__name__)


@shared_task(name="core.run_job")
def run_job(job_id: str) -> None:
    """Make one job, when nobody else is at it."""
    job = actions.claim_job(job_id=UUID(job_id), at=now())
    if job is not None:
        _make(job)


@shared_task(name="core.run_waiting_jobs")
def run_waiting_jobs() -> None:
    """Make the oldest job that a lost wake-up or a dead worker has left behind, then look for the next."""
    actions.fail_abandoned_jobs(at=now())
    job = actions.claim_next_job(at=now())
    if job is not None:
        _make(job)
        enqueue("core.run_waiting_jobs")


@shared_task(name="core.beat")
def beat(name: str) -> None:
    """Write that beat sends its tasks and that a worker takes them."""
    actions.note_heartbeat(name=name, at=now())


@shared_task(name="core.tidy")
def tidy() -> None:
    """Delete what nobody needs any more."""
    actions.tidy(at=now())


def _make(job: Job) -> None:
    """Run the job's runner; whatever goes wrong becomes the job's state, never a lost job."""
    try:
        runner_of(job.kind)(job)
        if job.state != JobState.DONE:
            actions.finish_job(job=job, at=now())
    except actions.JobLost:
        log.info("Job %s was cancelled or taken over", job.pk)
    except actions.JobRefused as refusal:
        _fail(job, words=str(refusal), for_good=True)
    except Exception:
        log.exception("Attempt %s of job %s (%s) failed", job.attempts, job.pk, job.kind)
        _fail(job, words=actions.words_of_failure(), for_good=False)


def _fail(job: Job, *, words: str, for_good: bool) -> None:
    try:
        actions.fail_job(job=job, words=words, at=now(), for_good=for_good)
    except actions.JobLost:
        log.info("Job %s was cancelled or taken over", job.pk)
