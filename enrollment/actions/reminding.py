"""Reminders: by themselves, a step of the ladder at a time, and by a person."""

from __future__ import annotations

import logging
from datetime import date, datetime
from uuid import UUID

from django.db import connection, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from enrollment import facts, notices
from enrollment.actions.telling import course_path, tell
from enrollment.choices import ReminderStep
from enrollment.models import Assignment
from enrollment.queries import course_titles, remindable_now, standings
from enrollment.rules import day_in
from people.models import User
from people.queries import manager_of
from records.actions import record_fact
from records.facts import SystemActor

log = logging.getLogger(__name__)
REMINDERS = SystemActor("reminders")
LONGEST_WORDS = 500

_CLAIM = """
    INSERT INTO enrollment_remindersent (assignment_id, due_on, step, sent_at, skipped)
    VALUES (%s, %s, %s, %s, %s) ON CONFLICT (assignment_id, due_on, step) DO NOTHING
"""


class AlreadyReminded(Exception):
    """Somebody reminded this person of this course today; once a day is enough."""


class NothingToRemind(Exception):
    """The person has nothing to do about it now."""


@transaction.atomic
def take_reminder_steps(*, assignment_id: UUID, at: datetime) -> list[ReminderStep]:
    """Take the steps of the ladder that are due for an assignment, each once; return those that were sent.

    Claim, fact and message commit together, so two sweeps at once, a crash or a lost queue send
    nothing twice and leave nothing out. Steps that an outage made pointless are claimed as skipped.
    """
    assignment = (
        Assignment.objects.select_for_update(of=("self",), skip_locked=True, no_key=True)
        .select_related("user")
        .filter(pk=assignment_id, ended_at__isnull=True)
        .first()
    )
    now_due = remindable_now(assignment_id, at=at) if assignment else None
    if assignment is None or now_due is None:
        return []
    due_on, steps = now_due.due_on, now_due.steps(at)
    for step in steps.skip:
        if _claim(assignment, due_on, step, at=at, skipped=True):
            log.warning("Reminder %s of assignment %s is out of date and was skipped", step, assignment.pk)
    duty = _duty(assignment, due_on=due_on, renewal=now_due.is_renewal, at=at)
    return [step for step in steps.send if _take(step, assignment, duty, at=at)]


@transaction.atomic
def remind(*, assignment: Assignment, by: User, at: datetime, text: str = "") -> None:
    """Remind a person of a training, at most once a day whoever asks.

    The caller has checked that `by` may. Raises AlreadyReminded and NothingToRemind, in words.
    """
    assignment = Assignment.objects.select_related("user").get(pk=assignment.pk)
    found = standings(at=at, user_ids=[assignment.user_id], course_id=assignment.course_id)
    standing = next((each for each in found if assignment.ended_at is None), None)
    if standing is None or standing.due_on is None or not standing.needs_work:
        raise NothingToRemind(_("{name} has nothing to do about it now.").format(name=assignment.user.name))
    today = standing.today
    duty = _duty(assignment, due_on=standing.due_on, renewal=standing.completion_id is not None, at=at)
    record_fact(
        facts.REMINDED,
        by=by,
        at=at,
        subject_type="assignment",
        subject_id=assignment.pk,
        person_id=assignment.user_id,
        payload={"course": duty.course, "name": assignment.user.name, "text": text.strip()[:LONGEST_WORDS]},
    )
    is_first = tell(
        assignment.user,
        lambda: notices.reminded(duty, name=by.name, text=text.strip()[:LONGEST_WORDS]),
        once=f"reminded:{assignment.user_id}:{assignment.course_id}:{today.isoformat()}",
        path=course_path(assignment.course_id),
        at=at,
    )
    if not is_first:
        words = _("{name} was reminded of {course} today already. Once a day is enough.")
        raise AlreadyReminded(words.format(name=assignment.user.name, course=duty.course))


def _take(step: ReminderStep, assignment: Assignment, duty: notices.Duty, *, at: datetime) -> bool:
    """Claim a step and queue its message; say whether it was ours to take."""
    manager = _manager(assignment, at=at) if step == ReminderStep.MANAGER_OVERDUE else None
    nobody = step == ReminderStep.MANAGER_OVERDUE and manager is None
    if not _claim(assignment, duty.due_on, step, at=at, skipped=nobody) or nobody:
        return False
    once = f"reminder:{assignment.pk}:{duty.due_on}:{step}"
    if manager is not None:
        name = assignment.user.name
        return tell(
            manager, lambda: notices.overdue_in_team(duty, name=name), once=once, path=reverse("reporting:team"), at=at
        )
    if step == ReminderStep.OVERDUE:
        record_fact(
            facts.OVERDUE,
            by=REMINDERS,
            at=at,
            subject_type="assignment",
            subject_id=assignment.pk,
            person_id=assignment.user_id,
            payload={"course": duty.course, "due_on": duty.due_on},
        )
    wording = notices.overdue if step == ReminderStep.OVERDUE else notices.due_soon
    return tell(assignment.user, lambda: wording(duty), once=once, path=course_path(assignment.course_id), at=at)


def _claim(assignment: Assignment, due_on: date, step: ReminderStep, *, at: datetime, skipped: bool) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [assignment.pk, due_on, step.value, at, skipped])
        return bool(cursor.rowcount)


def _manager(assignment: Assignment, *, at: datetime) -> User | None:
    manager = manager_of(assignment.user_id, on=day_in(assignment.zone, at))
    return manager if manager and manager.is_active else None


def _duty(assignment: Assignment, *, due_on: date, renewal: bool, at: datetime) -> notices.Duty:
    title = course_titles([assignment.course_id])[assignment.course_id]
    return notices.Duty(title, assignment.because, due_on, day_in(assignment.zone, at), renewal)
