"""Long work that someone waits for: asked for, claimed, reported on, ended. And signs of life.

A claim is a conditional update. It carries the number of the attempt, so that a worker that was
thought dead and comes back can not write over the work of its successor.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from core.canonical import plain
from core.choices import JobState
from core.ids import new_id
from core.jobs import enqueue, runner_of
from core.models import Heartbeat, Job, StoredReply
from core.rules import CLAIM_LASTS, MAX_ATTEMPTS, PAUSE_AFTER_FAILURE, REPLIES_KEPT, state_after_failure


class JobLost(Exception):
    """The job is no longer this worker's: it was cancelled, or another worker has taken it over."""


class JobRefused(Exception):
    """The job can not be made, now or later; the words are for its owner."""


@transaction.atomic
def ask_for_job(*, kind: str, owner_id: UUID, title: str, arguments: Mapping[str, Any], at: datetime) -> Job:
    """Put long work into the queue and wake a worker on commit. Raises LookupError for an unknown kind."""
    runner_of(kind)
    job = Job(id=new_id(), kind=kind, owner_id=owner_id, title=title[:200], arguments=plain(arguments), created_at=at)
    job.save(force_insert=True)
    enqueue("core.run_job", job_id=str(job.id))
    return job


def claim_job(*, job_id: UUID, at: datetime) -> Job | None:
    """Take this job for one attempt; None when it has ended, or when somebody is at work on it."""
    claimed = (
        _claimable(at=at).filter(pk=job_id).update(state=JobState.RUNNING, claimed_at=at, attempts=F("attempts") + 1)
    )
    return Job.objects.get(pk=job_id) if claimed else None


@transaction.atomic
def claim_next_job(*, at: datetime) -> Job | None:
    """Take the oldest job that waits, or whose worker died; None when there is none."""
    waiting = _claimable(at=at).select_for_update(skip_locked=True).order_by("created_at").first()
    return claim_job(job_id=waiting.pk, at=at) if waiting else None


def report_progress(*, job: Job, percent: int, message: str = "", at: datetime) -> None:
    """Say how far the job is, and keep the claim on it. Raises JobLost when it is no longer ours."""
    share = max(0, min(percent, 100))
    if not _still_ours(job).update(percent=share, message=message[:300], claimed_at=at):
        raise JobLost(job.pk)
    job.percent, job.message, job.claimed_at = share, message[:300], at


def finish_job(*, job: Job, message: str = "", at: datetime) -> None:
    """Mark the job as done. Raises JobLost when it is no longer ours, so that its transaction rolls back."""
    done = {"state": JobState.DONE, "percent": 100, "message": message[:300], "finished_at": at}
    _end(job, **done)


def fail_job(*, job: Job, words: str, at: datetime, for_good: bool = False) -> None:
    """Note that this attempt failed: the job waits for another one, or has failed after the last."""
    state = JobState.FAILED if for_good else state_after_failure(attempts=job.attempts)
    ended = at if state is JobState.FAILED else None
    _end(job, state=state, message=words[:300] if ended else "", finished_at=ended, claimed_at=at)


def cancel_job(*, job_id: UUID, owner_id: UUID, at: datetime) -> bool:
    """Let the owner call off a job that has not ended; say whether it was called off."""
    open_job = Job.objects.filter(pk=job_id, owner_id=owner_id).exclude(state__in=JobState.ended())
    return bool(open_job.update(state=JobState.CANCELLED, finished_at=at, message=""))


def fail_abandoned_jobs(*, at: datetime) -> int:
    """Close the jobs whose worker died in their last attempt; return how many."""
    abandoned = Job.objects.filter(state=JobState.RUNNING, attempts__gte=MAX_ATTEMPTS, claimed_at__lte=at - CLAIM_LASTS)
    return abandoned.update(state=JobState.FAILED, finished_at=at, message=words_of_failure())


def words_of_failure() -> str:
    """Say to the owner of a job that it failed, and what to do."""
    words = _("This failed %(count)s times. Ask for it again later, or tell an administrator.")
    return words % {"count": MAX_ATTEMPTS}


def note_heartbeat(*, name: str, at: datetime) -> None:
    """Write that a background process is alive."""
    beat = Heartbeat(name=name, beaten_at=at)
    Heartbeat.objects.bulk_create([beat], update_conflicts=True, unique_fields=["name"], update_fields=["beaten_at"])


def tidy(*, at: datetime) -> int:
    """Delete stored replies that no retry needs any more, and expired sessions; return how many rows went."""
    replies, _by_model = StoredReply.objects.filter(created_at__lt=at - REPLIES_KEPT).delete()
    sessions, _by_model = Session.objects.filter(expire_date__lt=at).delete()
    return replies + sessions


def _claimable(*, at: datetime) -> QuerySet[Job]:
    """Return the jobs of which core.rules.may_be_claimed is true, in SQL."""
    waits = Q(state=JobState.QUEUED) & (Q(claimed_at__isnull=True) | Q(claimed_at__lte=at - PAUSE_AFTER_FAILURE))
    abandoned = Q(state=JobState.RUNNING) & (Q(claimed_at__isnull=True) | Q(claimed_at__lte=at - CLAIM_LASTS))
    return Job.objects.filter(waits | abandoned, attempts__lt=MAX_ATTEMPTS)


def _still_ours(job: Job) -> QuerySet[Job]:
    return Job.objects.filter(pk=job.pk, state=JobState.RUNNING, attempts=job.attempts)


def _end(job: Job, **changes: Any) -> None:
    if not _still_ours(job).update(**changes):
        raise JobLost(job.pk)
    for field, value in changes.items():
        setattr(job, field, value)
