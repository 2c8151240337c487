"""Background work of the courses room."""

import logging

from celery import shared_task

from core.clock import now
from courses.actions import make_effective
from courses.queries import versions_due
from records.facts import SystemActor

log = logging.getLogger(__name__)


@shared_task(name="courses.turn_versions_effective")
def turn_versions_effective() -> None:
    """Let each approved version whose day has come count from now on.

    A version that fails is told in the log and tried again by the next sweep; the others go on.
    """
    at = now()
    for version in versions_due(at=at):
        try:
            make_effective(version_id=version.pk, by=SystemActor("effective dates"), at=at)
        except Exception:
            log.exception("Version %s could not be made effective", version.pk)
