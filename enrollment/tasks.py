"""The background work of the enrollment room: sweeps that find for themselves what is due."""

from __future__ import annotations

import logging

from celery import shared_task

from core.clock import now
from enrollment.actions import fill_requirement, follow_person, take_reminder_steps
from enrollment.queries import changes_for, recently_switched_on, remindable

log = logging.getLogger(__name__)
A_BATCH = 1000


@shared_task(name="enrollment.send_reminders")
def send_reminders() -> None:
    """Take the reminder steps that are due now, one assignment after the other."""
    for each in remindable(at=now()):
        steps = each.steps(now())
        if not (steps.send or steps.skip):
            continue
        try:
            take_reminder_steps(assignment_id=each.assignment_id, at=now())
        except Exception:
            log.exception("The reminders of assignment %s wait for the next sweep", each.assignment_id)


@shared_task(name="enrollment.sweep_assignments")
def sweep_assignments() -> None:
    """Catch up with what time alone changes, and with what was lost on the way."""
    for requirement in recently_switched_on(at=now()):
        fill_requirement(requirement=requirement, at=now(), most=A_BATCH)
    for user_id in changes_for(at=now()).user_ids:
        try:
            follow_person(user_id=user_id, at=now())
        except Exception:
            log.exception("What is required of person %s waits for the next sweep", user_id)
