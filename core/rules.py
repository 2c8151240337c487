"""When a job may be taken, and what becomes of it after a failure. Plain values only."""

from __future__ import annotations

from datetime import datetime, timedelta

from core.choices import JobState

CLAIM_LASTS = timedelta(minutes=2)  # renewed with each report of progress
PAUSE_AFTER_FAILURE = timedelta(seconds=20)
MAX_ATTEMPTS = 3
REPLIES_KEPT = timedelta(hours=48)  # a client that retries later than this asks anew


def may_be_claimed(*, state: str, claimed_at: datetime | None, attempts: int, at: datetime) -> bool:
    """Say whether a worker may take this job: it waits, or whoever took it has been silent too long."""
    if attempts >= MAX_ATTEMPTS:
        return False
    if state == JobState.QUEUED:
        return claimed_at is None or at - claimed_at >= PAUSE_AFTER_FAILURE
    return state == JobState.RUNNING and claim_has_lapsed(claimed_at=claimed_at, at=at)


def claim_has_lapsed(*, claimed_at: datetime | None, at: datetime) -> bool:
    """Say whether nobody can be working on a running job any more."""
    return claimed_at is None or at - claimed_at >= CLAIM_LASTS


def state_after_failure(*, attempts: int) -> JobState:
    """Return where a job goes when an attempt has failed: back into the queue, until its last attempt."""
    return JobState.FAILED if attempts >= MAX_ATTEMPTS else JobState.QUEUED
