"""Telling people what they were given: once for each assignment, soon after, however many they are."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction

from core.sql import from_json, rows
from enrollment import notices
from enrollment.actions.telling import addressed, course_path
from enrollment.choices import ASSIGNED_STEP, Status
from enrollment.queries.requirements import course_titles
from enrollment.queries.standings import STATUS_SQL
from notifications.actions import queue_messages
from people.models import User

AT_ONCE = 500
LATELY = timedelta(days=2)  # what was given longer ago is announced no more: the ladder of reminders goes on
# Claims what nobody has announced yet. Whoever has nothing to do about it now need not read about it:
# that is claimed as skipped.
_CLAIM = f"""
    WITH fresh AS (
        SELECT a.id, a.user_id, a.course_id, a.due_on, a.because, d.today, coalesce(s.due_on, a.due_on) AS due,
            {STATUS_SQL} IN ('{Status.DONE}', '{Status.WAIVED}', '{Status.PAUSED}') AS needless
        FROM enrollment_assignment a JOIN enrollment_standing s ON s.assignment_id = a.id
        CROSS JOIN LATERAL (SELECT (%(at)s AT TIME ZONE s.zone)::date AS today) AS d
        WHERE a.ended_at IS NULL AND a.assigned_at > %(since)s AND {{which}}
            AND NOT EXISTS (SELECT FROM enrollment_remindersent r
                WHERE r.assignment_id = a.id AND r.step = '{ASSIGNED_STEP}')
        LIMIT %(most)s
    ), claimed AS (
        INSERT INTO enrollment_remindersent (assignment_id, due_on, step, sent_at, skipped)
        SELECT id, due_on, '{ASSIGNED_STEP}', %(at)s, needless FROM fresh
        ON CONFLICT (assignment_id, due_on, step) DO NOTHING RETURNING assignment_id
    )
    SELECT f.id, f.user_id, f.course_id, f.because, f.today, f.due, f.needless
    FROM fresh f JOIN claimed c ON c.assignment_id = f.id
"""


@transaction.atomic
def announce(*, at: datetime, assignment_ids: Collection[UUID] | None = None, most: int = AT_ONCE) -> int:
    """Tell people what they were given lately, or these assignments; return how many were looked at.

    Each assignment is announced once: claim and message commit together.
    """
    values: dict[str, Any] = {"at": at, "since": at - LATELY, "most": most}
    which = "true"
    if assignment_ids is not None:
        which, values["ids"] = "a.id = ANY (%(ids)s::uuid[])", [str(each) for each in assignment_ids]
    found = rows(_CLAIM.format(which=which), values)
    telling = [row for row in found if not row[6]]
    people = User.objects.in_bulk([row[1] for row in telling])
    titles = course_titles({row[2] for row in telling}) if telling else {}
    messages = []
    for assignment, user, course, because, today, due, _needless in telling:
        reasons = from_json(because)
        duty = notices.Duty(titles[course], reasons, due, today)
        wording = partial(notices.assigned, duty)
        messages.append(addressed(people[user], wording, once=f"assigned:{assignment}", path=course_path(course)))
    queue_messages(messages, at=at)
    return len(found)
