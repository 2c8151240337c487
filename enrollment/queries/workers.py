"""People as audiences see them: where they work and worked, and what else may be asked about them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

from core.sql import rows
from enrollment.choices import AudienceField
from enrollment.rules import Audience, History, Post, Span

_POSTS = """
    SELECT p.user_id, u.name, u.employee_number, u.hired_on, s.name, p.job_role_id, p.site_id, p.department_id,
        p.valid_from, p.valid_until, s.time_zone, p.employment_type, p.is_primary
    FROM people_position p JOIN people_user u ON u.id = p.user_id JOIN people_site s ON s.id = p.site_id
    WHERE u.is_active AND p.user_id IN ({which})
    ORDER BY u.name, p.user_id, p.valid_from
"""
_ATTRIBUTES = """
    SELECT user_id, attribute_id, valid_from, valid_until, value FROM people_attributevalue WHERE user_id IN ({which})
"""
_GROUPS = "SELECT user_id, group_id, valid_from, valid_until FROM people_membership WHERE user_id IN ({which})"
_MANAGES = """
    SELECT p.manager_id, p.valid_from, p.valid_until FROM people_position p JOIN people_user u ON u.id = p.user_id
    WHERE u.is_active AND p.manager_id IN ({which})
"""
_AUTHORED = "SELECT owner_id, course_id FROM courses_courseversion WHERE owner_id IN ({which})"


@dataclass(frozen=True, slots=True)
class Worker:
    """An active person with their whole history."""

    id: UUID
    name: str
    employee_number: str
    history: History
    sites: Mapping[UUID, str]


def workers(which: str, values: Sequence[Any], *, audiences: Collection[Audience]) -> list[Worker]:
    """Return active people by name, with all that these audiences ask about.

    `which` is a query for their ids, as SQL. A constant number of queries.
    """
    asked = {test.field for audience in audiences for test in audience.tests}
    attributes, groups, manages, authored = _Extra(), _Extra(), _Extra(), _Extra()
    if AudienceField.ATTRIBUTE in asked:
        for user, attribute, since, until, value in rows(_ATTRIBUTES.format(which=which), values):
            attributes.of(user).setdefault(attribute, []).append(Span(since, until, value))
    if AudienceField.GROUP in asked:
        for user, group, since, until in rows(_GROUPS.format(which=which), values):
            groups.of(user).setdefault(group, []).append(Span(since, until))
    if AudienceField.MANAGES in asked:
        for user, since, until in rows(_MANAGES.format(which=which), values):
            manages.of(user).setdefault(user, []).append(Span(since, until))
    if AudienceField.AUTHOR in asked:
        for user, course in rows(_AUTHORED.format(which=which), values):
            authored.of(user).setdefault(course, [])
    found = []
    for user, held in groupby(rows(_POSTS.format(which=which), values), key=itemgetter(0)):
        positions = list(held)
        name, number, hired_on = positions[0][1:4]
        history = History(
            user,
            [Post(*row[5:]) for row in positions],
            hired_on,
            attributes.get(user, {}),
            groups.get(user, {}),
            manages.get(user, {}).get(user, ()),
            frozenset(authored.get(user, {})),
        )
        found.append(Worker(user, name, number, history, {row[6]: row[4] for row in positions}))
    return found


class _Extra(dict[UUID, dict[UUID, list[Span]]]):
    """What is known about people beside their positions."""

    def of(self, user: UUID) -> dict[UUID, list[Span]]:
        return self.setdefault(user, {})
