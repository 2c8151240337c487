"""A new version that people must learn who completed an older one: asked of each, once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from psycopg2.extras import execute_values

from core.ids import new_id
from core.sql import rows
from courses.choices import Retraining
from courses.models import CourseVersion
from enrollment import facts, notices
from enrollment.actions.standing import restand
from enrollment.actions.telling import addressed, course_path
from enrollment.queries.retraining import next_of, trained_before
from enrollment.rules import day_in
from notifications.actions import queue_messages
from people.models import User
from records.actions import Said, record_fact, record_facts
from records.facts import SystemActor

RETRAINING = SystemActor("retraining")
# Whoever is required to know the course and completed it, or is in the middle of an older version, and
# is not asked to learn this one.
_NOT_ASKED = """
    SELECT u.id, u.is_in_the_middle FROM (
        SELECT s.user_id AS id, false AS is_in_the_middle FROM enrollment_standing s
        JOIN enrollment_completion c ON c.id = s.completion_id
        JOIN courses_courseversion v ON v.id = c.version_id AND v.number < %(number)s
        WHERE s.course_id = %(course)s AND v.course_id = s.course_id
            AND NOT EXISTS (SELECT FROM enrollment_enrollment e
                WHERE e.user_id = s.user_id AND e.course_id = s.course_id AND e.state = 'open')
        UNION
        SELECT e.user_id, true FROM enrollment_enrollment e
        JOIN courses_courseversion v ON v.id = e.version_id AND v.number < %(number)s
        WHERE e.course_id = %(course)s AND e.state = 'open'
    ) AS u
    WHERE u.id > %(after)s AND NOT EXISTS (SELECT FROM enrollment_retrainingdue r
        WHERE r.user_id = u.id AND r.version_id = %(version)s)
    ORDER BY u.id LIMIT %(most)s
"""
_ASK = """
    INSERT INTO enrollment_retrainingdue (id, user_id, course_id, version_id, effective_on, due_on, asked_at)
    VALUES %s ON CONFLICT (user_id, version_id) DO NOTHING
"""


@transaction.atomic
def ask_to_retrain(*, version_id: UUID, at: datetime, after: UUID, most: int) -> tuple[int, UUID | None]:
    """Ask the next people who completed an older version to learn this one, in the order of their ids.

    Whom the approver named: those who completed a number or an older one, of some departments, sites or
    job roles. Returns how many were asked, and where to go on: nothing at the end. Asking again asks
    nobody twice.
    """
    version = CourseVersion.objects.select_related("course").get(pk=version_id)
    if version.retraining != Retraining.REPEAT or version.effective_on is None:
        return 0, None
    concerned = trained_before(version, up_to=version.retraining_up_to, named=version.retraining_of, at=at)
    found = next_of(concerned, after=after, most=most)
    if found:
        _ask(version, found, at=at)
    return len(found), found[-1] if found else None


def concerns_others(version: CourseVersion) -> bool:
    """Say whether somebody is to hear of a version who is not asked to learn it."""
    return bool(_not_asked(version, after=UUID(int=0), most=1))


@transaction.atomic
def tell_of_version(*, version_id: UUID, at: datetime, after: UUID, most: int) -> UUID | None:
    """Tell the next people who are not asked to learn a version that it is in effect, in the order of their ids.

    Returns where to go on: nothing at the end. Telling again tells nobody twice.
    """
    version = CourseVersion.objects.get(pk=version_id)
    found = dict(_not_asked(version, after=after, most=most))
    if not found:
        return None
    people = User.objects.filter(pk__in=found, is_active=True)
    told = {"course": version.title, "version": version.label, "summary": version.change_summary}
    messages = [
        addressed(
            person,
            partial(notices.new_version, is_in_the_middle=found[person.pk], **told),
            once=f"version:{version.pk}:{person.pk}",
            path=course_path(version.course_id),
        )
        for person in people
    ]
    queue_messages(messages, at=at)
    return max(found)


def _not_asked(version: CourseVersion, *, after: UUID, most: int) -> list[tuple[UUID, bool]]:
    values: dict[str, Any] = {"course": str(version.course_id), "version": str(version.pk), "number": version.number}
    values |= {"after": str(after), "most": most}
    return list(rows(_NOT_ASKED, values))


def _ask(version: CourseVersion, user_ids: Sequence[UUID], *, at: datetime) -> None:
    assert version.effective_on is not None  # as the caller has seen
    due_on = version.effective_on + timedelta(days=version.retraining_within_days)
    told = {"course": version.title, "version": version.label, "due_on": due_on}
    ids = [new_id() for _user in user_ids]
    about = [Said(subject_id=pk, person_id=user, payload=told) for pk, user in zip(ids, user_ids, strict=True)]
    record_facts(facts.RETRAINING_ASKED, by=RETRAINING, at=at, subject_type="retrainingdue", about=about)
    if len(about) > 1:
        record_fact(
            facts.RETRAINING_OF_MANY,
            by=RETRAINING,
            at=at,
            subject_type="courseversion",
            subject_id=version.pk,
            payload={**told, "people": len(about)},
        )
    what = (str(version.course_id), str(version.pk), version.effective_on, due_on, at)
    lines = [(str(pk), str(user), *what) for pk, user in zip(ids, user_ids, strict=True)]
    with connection.cursor() as cursor:
        execute_values(cursor.cursor, _ASK, lines, page_size=1000)
    restand(user_ids=user_ids)
    path = course_path(version.course_id)
    messages = [
        addressed(
            person,
            partial(notices.retrain, course=version.title, version=version.label, due_on=due_on,
                    today=day_in(version.effective_zone, at), summary=version.change_summary),
            once=f"retrain:{version.pk}:{person.pk}",
            path=path,
        )
        for person in User.objects.filter(pk__in=user_ids)
    ]  # fmt: skip
    queue_messages(messages, at=at)
