"""The background work of reporting: old copies are not kept."""

from __future__ import annotations

from celery import shared_task
from django.core.files.storage import default_storage

from core.clock import now
from reporting.actions import discard_expired_files


@shared_task(name="reporting.discard_expired_files")
def discard_expired() -> None:
    """Delete the files of reports whose links have ended: numbers of last month must not lie around."""
    for key in discard_expired_files(at=now()):
        default_storage.delete(key)
