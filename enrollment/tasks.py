"""The background work of the enrollment room: sweeps that find for themselves what is due."""

from __future__ import annotations

import logging
from uuid import UUID

from celery import shared_task

from core.clock import now
from enrollment.actions import credit_courses, follow_person, settle_requirement, take_reminder_steps
from enrollment.actions.announcing import announce as announce_next
from enrollment.actions.assigning import FOLLOWER
from enrollment.actions.checking import begin_check, end_check, go_on_checking
from enrollment.actions.seating import remind_of_session
from enrollment.actions.weekly import tell_week
from enrollment.queries import changes_for, remindable, restless_requirements
from enrollment.queries.beginnings import creditable
from enrollment.queries.planned import sessions_tomorrow
from enrollment.queries.weekly import managers_to_tell

log = logging.getLogger(__name__)
A_BATCH = 1000
FIRST = UUID(int=0)


@shared_task(name="enrollment.send_reminders")
def send_reminders() -> None:
    """Take the reminder steps that are due now, one assignment after the other."""
    for assignment_id in remindable(at=now()):
        try:
            take_reminder_steps(assignment_id=assignment_id, at=now())
        except Exception:
            log.exception("The reminders of assignment %s wait for the next sweep", assignment_id)


@shared_task(name="enrollment.remind_of_sessions")
def remind_of_sessions() -> None:
    """Remind people of the sessions of the coming day, one session after the other."""
    for session_id in sessions_tomorrow(at=now()):
        try:
            remind_of_session(session_id=session_id, at=now())
        except Exception:
            log.exception("The reminders of session %s wait for the next sweep", session_id)


@shared_task(name="enrollment.tell_weeks")
def tell_weeks() -> None:
    """Tell managers what needs them this week, one after the other, each once a week."""
    for manager_id in managers_to_tell(at=now()):
        try:
            tell_week(manager_id=manager_id, at=now())
        except Exception:
            log.exception("The week of manager %s waits for the next sweep", manager_id)


@shared_task(name="enrollment.credit_programs")
def credit_programs() -> None:
    """Find steps of programs that are done by now, however their course came to be completed."""
    for enrollment_id in creditable(at=now()):
        try:
            credit_courses(enrollment_id=enrollment_id, at=now())
        except Exception:
            log.exception("The steps of enrollment %s wait for the next sweep", enrollment_id)


@shared_task(name="enrollment.announce")
def announce() -> None:
    """Tell people what they were given lately, a batch after the other."""
    while announce_next(at=now()):
        pass


@shared_task(name="enrollment.check_standings")
def check_standings() -> None:
    """Compute everyone's standings again; whatever differs is put right, noted, and loud in the log."""
    check = begin_check(at=now())
    after: UUID | None = FIRST
    while after is not None:
        after = go_on_checking(check=check, after=after, most=A_BATCH)
    end_check(check=check, at=now())
    if check.differences:
        log.error("%s of %s standings were not as the facts say: %s", check.differences, check.checked, check.examples)


@shared_task(name="enrollment.sweep_assignments")
def sweep_assignments() -> None:
    """Catch up with what time alone changes, and with what was lost on the way."""
    for requirement in restless_requirements(at=now()):
        by = requirement.switched_on_by or FOLLOWER
        after: UUID | None = FIRST
        while after is not None:
            _count, after = settle_requirement(requirement=requirement, by=by, at=now(), after=after, most=A_BATCH)
    for user_id in changes_for(at=now()).user_ids:
        try:
            follow_person(user_id=user_id, at=now())
        except Exception:
            log.exception("What is required of person %s waits for the next sweep", user_id)
