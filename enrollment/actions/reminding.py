"""Reminders: by themselves, a step of the ladder at a time, and by a person."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import date, datetime
from functools import partial
from uuid import UUID

from django.db import connection, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from enrollment import facts, notices
from enrollment.actions.telling import course_path, tell
from enrollment.choices import ASSIGNED_STEP, Anchor, Why
from enrollment.models import Assignment
from enrollment.queries import Remindable, Standing, course_titles, ladders_in_force, remindable_now, standings
from enrollment.rules import LadderStep, day_in
from notifications.choices import Audience
from notifications.models import Message
from notifications.wording import Notice
from people.models import User
from people.queries import coordinators_of, manager_of, second_manager_of
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
def take_reminder_steps(*, assignment_id: UUID, at: datetime) -> list[str]:
    """Take the steps of the ladder that are due for an assignment, each once; return the names of what was sent.

    Claim, fact and message commit together, so two sweeps at once, a crash or a lost queue send
    nothing twice and leave nothing out. Steps that were overtaken are claimed as skipped, and so are those
    for which there is nobody. When a message goes out by mail is for the queue of messages to say.
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
    steps, days = now_due.steps(ladders_in_force()), now_due.days
    for step in steps.skip:
        if _claim(assignment, days.about(step), step, at=at, skipped=True):
            log.warning("Step %s of assignment %s is out of date and was skipped", step.key, assignment.pk)
    if not steps.send:
        return []
    duty = _duty(assignment, due_on=now_due.due_on, why=now_due.why, ends_on=now_due.ends_on, at=at)
    if _is_overdue_now(now_due, steps.send):
        record_fact(
            facts.OVERDUE,
            by=REMINDERS,
            at=at,
            subject_type="assignment",
            subject_id=assignment.pk,
            person_id=assignment.user_id,
            payload={"course": duty.course, "due_on": now_due.due_on},
        )
    hearers = {step.audience: _hearers(step.audience, assignment, at=at) for step in steps.send}
    others_hear = bool(hearers.get(Audience.MANAGER))
    sent = []
    for step in steps.send:
        heard_by = hearers[step.audience]
        if _claim(assignment, days.about(step), step, at=at, skipped=not heard_by) and heard_by:
            _tell(step, heard_by, assignment, duty, about=days.about(step), others_hear=others_hear, at=at)
            sent.append(step.key)
    return sent


@transaction.atomic
def remind(*, assignment: Assignment, by: User, at: datetime, text: str = "") -> None:
    """Remind a person of a training, at most once a day whoever asks.

    The caller has checked that `by` may. Raises AlreadyReminded and NothingToRemind, in words.
    """
    assignment = Assignment.objects.select_related("user").get(pk=assignment.pk)
    found = standings(at=at, user_ids=[assignment.user_id], course_id=assignment.course_id)
    now_so = next((each for each in found if assignment.ended_at is None), None)
    standing, due_on = _to_do(now_so, name=assignment.user.name)
    today = standing.today
    duty = _duty(assignment, due_on=due_on, why=standing.why, ends_on=standing.valid_until, at=at)
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
        once=reminder_once(assignment.user_id, assignment.course_id, today),
        path=course_path(assignment.course_id),
        at=at,
    )
    if not is_first:
        raise _already(assignment.user.name)


def why_not_reminded(standing: Standing | None, *, name: str) -> str:
    """Say why somebody can not be reminded of what they stand so with; nothing when they can."""
    try:
        found, _due = _to_do(standing, name=name)
    except NothingToRemind as refusal:
        return str(refusal)
    once = reminder_once(found.user_id, found.course_id, found.today)
    return str(_already(name)) if Message.objects.filter(once=once).exists() else ""


def _to_do(standing: Standing | None, *, name: str) -> tuple[Standing, date]:
    """Return what somebody can be reminded of, and by when it is due. Raises NothingToRemind, in words."""
    if standing is None or standing.due_on is None or not standing.needs_work:
        raise NothingToRemind(_("{name} has nothing to do about it now.").format(name=name))
    return standing, standing.due_on


def _already(name: str) -> AlreadyReminded:
    return AlreadyReminded(_("{name} was reminded today already. Once a day is enough.").format(name=name))


def reminder_once(user_id: UUID, course_id: UUID, today: date) -> str:
    """Return what makes a second reminder of a day impossible, whoever asks."""
    return f"reminded:{user_id}:{course_id}:{today.isoformat()}"


def _is_overdue_now(now_due: Remindable, send: Sequence[LadderStep]) -> bool:
    """Say whether these are the first steps that speak of a day as past."""
    before = [LadderStep.of(key) for _about, key in now_due.already if key != ASSIGNED_STEP]
    return any(not step.is_before for step in send) and all(step.is_before for step in before)


def _tell(
    step: LadderStep,
    heard_by: Sequence[User],
    assignment: Assignment,
    duty: notices.Duty,
    *,
    about: date,
    others_hear: bool,
    at: datetime,
) -> None:
    """Queue the message of a step that is claimed."""
    once = f"reminder:{assignment.pk}:{about}:{step.key}"
    if step.audience != Audience.LEARNER:
        wording = partial(_above_words, step, duty, name=assignment.user.name)
        path = _path_above(step.audience, assignment)
        for each in heard_by:
            tell(each, wording, once=f"{once}:{each.pk}", path=path, at=at)
        return
    words = partial(_own_words, step, duty, others_hear=others_hear)
    tell(assignment.user, words, once=once, path=course_path(assignment.course_id), at=at)


def _own_words(step: LadderStep, duty: notices.Duty, *, others_hear: bool) -> Notice:
    """Return what a step says to the learner."""
    if step.anchor == Anchor.WINDOW:
        return notices.window_opens(duty)
    if step.anchor == Anchor.EXPIRY:
        return notices.expires_soon(duty) if step.is_before else notices.expired(duty, others_hear=others_hear)
    return notices.due_soon(duty) if step.is_before else notices.overdue(duty, others_hear=others_hear)


def _above_words(step: LadderStep, duty: notices.Duty, *, name: str) -> Notice:
    """Return what a step says to somebody above the learner."""
    return notices.overdue_in_team(duty.ending if step.anchor == Anchor.EXPIRY else duty, name=name, to=step.audience)


def _hearers(audience: Audience, assignment: Assignment, *, at: datetime) -> list[User]:
    """Return who hears a step: the person, or those above them who are there."""
    if audience == Audience.LEARNER:
        return [assignment.user]
    on = day_in(assignment.zone, at)
    if audience == Audience.COORDINATOR:
        return list(coordinators_of(assignment.user_id, on=on, at=at))
    above = manager_of if audience == Audience.MANAGER else second_manager_of
    found = above(assignment.user_id, on=on)
    return [found] if found and found.is_active else []


def _path_above(audience: Audience, assignment: Assignment) -> str:
    """Return where a message about somebody leads: the team of a manager, the record for a coordinator."""
    if audience == Audience.COORDINATOR:
        return reverse("reporting:person", args=[assignment.user_id]) + f"#c-{assignment.course_id}"
    return reverse("reporting:team")


def _claim(assignment: Assignment, about: date, step: LadderStep, *, at: datetime, skipped: bool) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [assignment.pk, about, step.key, at, skipped])
        return bool(cursor.rowcount)


def _duty(assignment: Assignment, *, due_on: date, why: Why, ends_on: date | None, at: datetime) -> notices.Duty:
    title = course_titles([assignment.course_id])[assignment.course_id]
    return notices.Duty(title, assignment.because, due_on, day_in(assignment.zone, at), why, ends_on)
