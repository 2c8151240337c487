"""Background work by name, so that actions never import tasks."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from celery import current_app
from celery.exceptions import OperationalError
from django.db import connection, transaction
from redis.exceptions import RedisError

from core.patience import Patience

if TYPE_CHECKING:
    from core.models import Job

log = logging.getLogger(__name__)
patience = Patience(seconds=5)

JobRunner = Callable[["Job"], None]
_runners: dict[str, JobRunner] = {}


def enqueue(task: str, /, **arguments: Any) -> None:
    """Start the named Celery task when this transaction has committed.

    It is a wake-up only: where the broker is away, the sweep finds the row that asks for the work.
    Asking for the same twice in one transaction wakes once. Raises KeyError at once when no such task
    is registered.
    """
    wake = _WakeUp(current_app.tasks[task].name, arguments)
    # Django forgets what was asked for inside a savepoint that was rolled back. Whatever still waits
    # commits with what is open now, or earlier, so one of it is enough.
    if not any(waiting == wake for _inside, waiting, *_ in connection.run_on_commit):
        transaction.on_commit(wake)


@dataclass(frozen=True, slots=True)
class _WakeUp:
    """A task to start, equal to another one for the same task and arguments."""

    task: str
    arguments: dict[str, Any]

    def __call__(self) -> None:
        if patience.is_resting:
            return
        try:
            current_app.tasks[self.task].apply_async(kwargs=self.arguments, retry=False)
        except (OperationalError, RedisError, OSError) as error:
            patience.rest()
            log.warning("Could not wake %s: %s; the sweep will", self.task, error)


def job_kind(kind: str, *, run: JobRunner) -> None:
    """Let jobs of this kind be made by `run`, in a worker.

    `run` gets the claimed job; it reports its progress with `core.actions.report_progress` and ends
    with `finish_job`, in the transaction that keeps what it made. It may be called again for the same
    job after a crash, so it makes the same thing twice or nothing the second time. It raises
    `core.actions.JobRefused` with words for the owner when another try would not help.
    Called in `AppConfig.ready()`. Raises ValueError when the kind is taken.
    """
    if kind in _runners:
        raise ValueError(f"jobs of the kind {kind} already have a runner")
    _runners[kind] = run


def runner_of(kind: str) -> JobRunner:
    """Return what makes jobs of this kind. Raises LookupError for a kind that nobody declared."""
    if kind not in _runners:
        raise LookupError(f"no room makes jobs of the kind {kind}")
    return _runners[kind]
