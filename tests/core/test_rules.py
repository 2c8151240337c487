"""When a job may be taken, by table."""

from datetime import UTC, datetime, timedelta

import pytest

from core.choices import JobState
from core.rules import CLAIM_LASTS, MAX_ATTEMPTS, PAUSE_AFTER_FAILURE, may_be_claimed, state_after_failure

AT = datetime(2026, 3, 14, 9, tzinfo=UTC)
A_LITTLE = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("state", "claimed_ago", "attempts", "expected"),
    [
        (JobState.QUEUED, None, 0, True),
        (JobState.QUEUED, PAUSE_AFTER_FAILURE - A_LITTLE, 1, False),
        (JobState.QUEUED, PAUSE_AFTER_FAILURE, 1, True),
        (JobState.QUEUED, PAUSE_AFTER_FAILURE, MAX_ATTEMPTS, False),
        (JobState.RUNNING, CLAIM_LASTS - A_LITTLE, 1, False),
        (JobState.RUNNING, CLAIM_LASTS, 1, True),
        (JobState.RUNNING, CLAIM_LASTS, MAX_ATTEMPTS, False),
        (JobState.DONE, None, 0, False),
        (JobState.FAILED, CLAIM_LASTS, 1, False),
        (JobState.CANCELLED, CLAIM_LASTS, 1, False),
    ],
)
def test_job_may_be_claimed(state: str, claimed_ago: timedelta | None, attempts: int, *, expected: bool) -> None:
    claimed_at = AT - claimed_ago if claimed_ago is not None else None
    assert may_be_claimed(state=state, claimed_at=claimed_at, attempts=attempts, at=AT) is expected


@pytest.mark.parametrize(
    ("attempts", "expected"),
    [(1, JobState.QUEUED), (MAX_ATTEMPTS - 1, JobState.QUEUED), (MAX_ATTEMPTS, JobState.FAILED)],
)
def test_failed_attempt_waits_until_the_last(attempts: int, expected: JobState) -> None:
    assert state_after_failure(attempts=attempts) is expected
