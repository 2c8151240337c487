"""Whom a new version concerns who completed an older one: one set, for whoever decides about it and for the asking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from core.choices import JobState
from core.models import Job
from core.sql import rows
from courses.facts import VERSION_EFFECTIVE
from courses.models import CourseVersion
from enrollment.queries.audiences import members_sql
from enrollment.queries.equivalences import COUNTING
from enrollment.rules import Audience, Ground
from people.models import User
from people.queries import departments_below
from records.choices import DeliveryState
from records.models import FactDelivery

ASK_TO_RETRAIN = "enrollment.ask_to_retrain"  # the follower of a version that takes effect, and the job it asks for
_FIELDS = {"departments": "department", "sites": "site", "job_roles": "job_role"}
# Whoever completed the course, or another that counts as it, and nothing newer than the version asked about; where
# they work, and which version it was.
_TRAINED = """
    SELECT c.user_id, m.site_id, max(c.number) AS number FROM ({counting}) AS c
    JOIN ({members}) AS m ON m.user_id = c.user_id
    WHERE NOT EXISTS (SELECT FROM enrollment_retrainingdue r WHERE r.user_id = c.user_id AND r.version_id = %s)
    GROUP BY c.user_id, m.site_id HAVING max(c.number) <= %s
"""
# Whoever was asked, and where they worked when it took effect.
_ASKED = """
    SELECT r.user_id, p.site_id, NULL::integer AS number FROM enrollment_retrainingdue r
    LEFT JOIN people_position p ON p.user_id = r.user_id AND p.is_primary AND p.valid_from <= r.effective_on
        AND (p.valid_until IS NULL OR p.valid_until > r.effective_on)
    WHERE r.version_id = %s
"""
_NEXT = "SELECT t.user_id FROM ({concerned}) AS t WHERE t.user_id > %s ORDER BY t.user_id LIMIT %s"
# How many work where and how many of them may be read of; then some of these, by name. "IS TRUE" lets the names be
# read in their order until there are enough, rather than all of them be sorted.
_LOOK = """
    WITH concerned AS MATERIALIZED ({concerned})
    (SELECT coalesce(s.name, ''), a.people, a.readable, NULL, NULL, NULL FROM (
        SELECT t.site_id, count(*) AS people, count(*) FILTER (WHERE t.user_id IN ({readable})) AS readable
        FROM concerned t GROUP BY t.site_id) AS a LEFT JOIN people_site s ON s.id = a.site_id
        ORDER BY a.people DESC, s.name)
    UNION ALL
    (SELECT coalesce(s.name, ''), NULL, NULL, a.name, a.employee_number, t.number FROM (
        SELECT u.id, u.name, u.employee_number FROM people_user u
        WHERE (u.id IN (SELECT user_id FROM concerned)) IS TRUE AND u.id IN ({readable})
        ORDER BY u.name, u.id LIMIT %s OFFSET %s) AS a
        JOIN concerned t ON t.user_id = a.id LEFT JOIN people_site s ON s.id = t.site_id
        ORDER BY a.name, a.id)
"""


@dataclass(frozen=True, slots=True)
class Concerned:
    """A query for people, as SQL with its values: `user_id`, `site_id`, and the `number` that they completed."""

    sql: str
    values: Sequence[Any]


@dataclass(frozen=True, slots=True)
class Look:
    """How many they are and where they work, and some of those who may be read of."""

    sites: Sequence[tuple[str, int]]  # most first; the name is empty for who works nowhere
    readable: int
    people: Sequence[ConcernedPerson]

    @property
    def count(self) -> int:
        """How many they are in all."""
        return sum(count for _site, count in self.sites)


@dataclass(frozen=True, slots=True)
class ConcernedPerson:
    """One of them, for a list."""

    name: str
    employee_number: str
    site: str
    number: int | None  # of the newest version that they completed


def whom_of(named: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Return departments, sites and job roles that an approver named as an audience: everyone where none is."""
    return {"all": [{"field": _FIELDS[name], "is": list(ids)} for name, ids in named.items() if ids]}


def trained_before(
    version: CourseVersion, *, up_to: int | None, named: Mapping[str, Sequence[str]], at: datetime
) -> Concerned:
    """Return whom a version concerns at an instant: who completed number `up_to` or an older one, or any older one.

    The asking asks exactly these, and those who decide are shown them. Whom it has asked is not among them.
    """
    audience = Audience(whom_of(named), Ground(departments_below()))
    members, values = members_sql(audience, at=at)
    newest = version.number - 1 if up_to is None else up_to
    sql = _TRAINED.format(counting=COUNTING, members=members)
    return Concerned(sql, [*[str(version.course_id)] * 3, *values, str(version.pk), newest])


def asked_to_learn(version: CourseVersion) -> Concerned:
    """Return who was asked to learn a version that is in effect, or was."""
    return Concerned(_ASKED, [str(version.pk)])


def being_asked(version: CourseVersion, *, at: datetime) -> Concerned:
    """Return who was asked so far to learn a version that took effect, and who is still to be asked."""
    asked = asked_to_learn(version)
    left = trained_before(version, up_to=version.retraining_up_to, named=version.retraining_of, at=at)
    return Concerned(f"({asked.sql}) UNION ALL ({left.sql})", [*asked.values, *left.values])


def is_asking(version: CourseVersion) -> bool:
    """Say whether people are still asked to learn a version that took effect: the job waits, runs, or is to be made."""
    if version.approved_by_id is None:  # nobody in whose name people are asked
        return False
    is_to_be_made = FactDelivery.objects.filter(
        event__verb=VERSION_EFFECTIVE.verb,
        event__subject_type="course_version",
        event__subject_id=str(version.pk),
        follower=ASK_TO_RETRAIN,
        state=DeliveryState.WAITING,
    )
    jobs = Job.objects.filter(
        owner_id=version.approved_by_id, kind=ASK_TO_RETRAIN, arguments__version_id=str(version.pk)
    )
    return is_to_be_made.exists() or jobs.exclude(state__in=JobState.ended()).exists()


def next_of(concerned: Concerned, *, after: UUID, most: int) -> list[UUID]:
    """Return the next of these people, in the order of their ids."""
    found = rows(_NEXT.format(concerned=concerned.sql), [*concerned.values, str(after), most])
    return [user for (user,) in found]


def look_at(concerned: Concerned, *, readable: QuerySet[User], first: int = 0, most: int | None = None) -> Look:
    """Return how many these people are, by site, and by name those of whom one may read; one query.

    Of the names `most` from the `first` on, or all.
    """
    which, values = readable.values("pk").query.sql_with_params()
    sql = _LOOK.format(concerned=concerned.sql, readable=which)
    found = rows(sql, [*concerned.values, *values, *values, most, first])
    sites = [row for row in found if row[1] is not None]
    people = [
        ConcernedPerson(name, number, site, seen) for site, count, _n, name, number, seen in found if count is None
    ]
    return Look([(site, count) for site, count, *_rest in sites], sum(row[2] for row in sites), people)
