"""Who near somebody is qualified for a task, to be told that they are needed."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from core.sql import rows
from enrollment.models import Task
from enrollment.queries.qualifications import qualifications_at
from people.models import User

CANDIDATES = 200  # so many are looked at, those of the same department first

# Whoever completed anything that the task asks for, or that counts as it; the verdict itself is asked afterwards.
_NEAR = """
    WITH asked AS (
        SELECT course_id FROM enrollment_taskcourse WHERE task_id = %(task)s AND removed_at IS NULL
    ), counting AS (
        SELECT course_id FROM asked
        UNION SELECT e.course_id FROM enrollment_equivalence e JOIN asked a ON a.course_id = e.counts_as_id
    ), own AS (
        SELECT site_id, department_id FROM people_position
        WHERE user_id = %(person)s AND is_primary AND valid_from <= %(day)s
            AND (valid_until IS NULL OR valid_until > %(day)s)
    )
    SELECT u.id FROM own JOIN people_position p ON p.site_id = own.site_id JOIN people_user u ON u.id = p.user_id
    WHERE u.is_active AND u.id <> %(person)s AND p.is_primary AND p.valid_from <= %(day)s
        AND (p.valid_until IS NULL OR p.valid_until > %(day)s)
        AND EXISTS (
            SELECT FROM enrollment_completion c
            WHERE c.user_id = u.id AND c.course_id IN (SELECT course_id FROM counting)
        )
    ORDER BY (p.department_id = own.department_id) DESC NULLS LAST, u.name, u.id LIMIT %(most)s
"""


def qualified_colleagues(*, person_id: UUID, task_id: UUID, at: datetime, most: int) -> list[User]:
    """Return at most so many people of somebody's site who are qualified for a task, of their department first.

    A constant number of queries. Somebody who is qualified by waivers alone is not found.
    """
    task = Task.objects.filter(pk=task_id).first()
    if task is None:
        return []
    near = [pk for (pk,) in rows(_NEAR, {
        "task": str(task_id), "person": str(person_id), "day": at.date(), "most": CANDIDATES,
    })]  # fmt: skip
    if not near:
        return []
    verdicts = qualifications_at(person_ids=near, task=task, at=at)
    chosen = [pk for pk in near if verdicts[pk].is_qualified][:most]
    people = User.objects.in_bulk(chosen)
    return [people[pk] for pk in chosen]
