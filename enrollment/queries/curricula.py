"""The curriculum of a job role: all that is asked of whoever holds it, by the matrix or by another rule."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from core.sql import rows
from courses.choices import VersionState
from courses.models import CourseVersion
from courses.queries import Outline, outline_of
from enrollment.choices import RequirementState, Status
from enrollment.models import Requirement
from enrollment.queries.audiences import matrix_cells
from enrollment.queries.matrix import asked_by_matrix
from enrollment.queries.requirements import course_titles
from enrollment.queries.standings import STATUS_SQL
from enrollment.rules import Span
from enrollment.rules.sentences import terms_words

_STAND = f"""
    WITH held AS MATERIALIZED (
        SELECT DISTINCT p.user_id FROM people_position p JOIN people_user u ON u.id = p.user_id AND u.is_active
        WHERE p.job_role_id = %(role)s AND p.valid_from <= %(day)s
            AND (p.valid_until IS NULL OR p.valid_until > %(day)s)
    )
    SELECT s.requirement_id, {STATUS_SQL} AS status, count(*)
    FROM held h JOIN enrollment_standing s ON s.user_id = h.user_id
    CROSS JOIN LATERAL (SELECT (%(at)s AT TIME ZONE s.zone)::date AS today) AS d
    GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """One training that is asked of a job role: why, by when, what shows that it was learned, and how people stand."""

    requirement_id: UUID
    number: int
    title: str
    is_on: bool
    reason: str
    when: str
    minutes: int  # of the version in effect, 0 where there is none
    checks: Sequence[str | Promise]  # "Score at least 80 %"; a signature is asked for in any case
    periods: Sequence[Span]  # of the matrix; none where another rule asks for it
    counts: dict[Status, int]  # of those who hold the job role now

    @property
    def people(self) -> int:
        """Of how many who hold the job role it is required now."""
        return sum(self.counts.values())


def curriculum_of(job_role_id: UUID, requirements: QuerySet[Requirement], *, day: date, at: datetime) -> list[Asked]:
    """Return what is asked of a job role by these requirements, by title; five queries, and outlines once a process.

    It is what the matrix asks, now or on other days, and what any other rule asks of somebody who holds the
    job role on `day`.
    """
    counts: dict[UUID, dict[Status, int]] = defaultdict(dict)
    for requirement, status, number in rows(_STAND, {"role": job_role_id, "day": day, "at": at}):
        counts[requirement][Status(status)] = number
    in_matrix = list(asked_by_matrix(requirements).values_list("pk", flat=True))
    cells = {pk: roles[job_role_id] for pk, roles in matrix_cells(in_matrix).items() if roles.get(job_role_id)}
    shown = list(requirements.filter(Q(pk__in=cells.keys()) | Q(pk__in=counts.keys(), state=RequirementState.ON)))
    courses = {each.course_id for each in shown}
    titles = course_titles(courses)
    versions = dict(
        CourseVersion.objects.filter(course__in=courses, state=VersionState.EFFECTIVE).values_list("course_id", "pk")
    )
    found = []
    for each in shown:
        outline = outline_of(versions[each.course_id]) if each.course_id in versions else None
        found.append(
            Asked(
                requirement_id=each.pk,
                number=each.number,
                title=titles[each.course_id],
                is_on=each.state == RequirementState.ON,
                reason=each.reason,
                when=terms_words(each.terms),
                minutes=outline.minutes if outline else 0,
                checks=_checks(outline) if outline else (),
                periods=cells.get(each.pk, ()),
                counts=counts.get(each.pk, {}),
            )
        )
    return sorted(found, key=lambda asked: (asked.title.casefold(), asked.number))


def _checks(outline: Outline) -> list[str | Promise]:
    if outline.courses:
        return [_("Every course that it needs")]
    return [activity.requirement_words for activity in outline.activities if activity.is_assessment]
