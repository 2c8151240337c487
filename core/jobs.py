"""Background work by name, so that actions never import tasks."""

import logging
from typing import Any

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)


def enqueue(task: str, /, **arguments: Any) -> None:
    """Start the named Celery task when this transaction has committed.

    It is a wake-up only: where the broker is away, the sweep finds the row that asks for the work.
    Raises KeyError at once when no such task is registered.
    """
    current_app.loader.import_default_modules()
    registered = current_app.tasks[task]

    def wake() -> None:
        try:
            registered.apply_async(kwargs=arguments, retry=False)
        except (OperationalError, OSError) as error:
            log.warning("Could not wake %s: %s; the sweep will", task, error)

    transaction.on_commit(wake)
