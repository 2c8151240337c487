"""The list of requirements, each with its sentence and how people stand with it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Case, QuerySet, Value, When

from core.sql import rows
from courses.choices import VersionState
from courses.models import Course, CourseVersion
from enrollment.choices import Status
from enrollment.models import Requirement
from enrollment.queries.standings import STATUS_SQL
from enrollment.rules import requirement_sentence

# Each open assignment with the latest completion and the open enrollment of its person and course.
_COUNTS = f"""
    SELECT s.requirement_id, {STATUS_SQL} AS status, count(*) FROM (
        SELECT a.requirement_id, a.due_on, (%(at)s AT TIME ZONE a.zone)::date AS today,
            e.id AS enrollment_id, c.completed_on, c.valid_until
        FROM enrollment_assignment a
        LEFT JOIN enrollment_enrollment e ON e.user_id = a.user_id AND e.course_id = a.course_id AND e.state = 'open'
        LEFT JOIN LATERAL (
            SELECT c.completed_on, c.valid_until FROM enrollment_completion c
            WHERE c.user_id = a.user_id AND c.course_id = a.course_id ORDER BY c.completed_at DESC LIMIT 1
        ) c ON true
        WHERE a.ended_at IS NULL AND a.requirement_id = ANY (%(requirements)s::uuid[])
    ) AS s GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class RequirementRow:
    """One requirement as the list shows it."""

    requirement: Requirement
    title: str  # of its course
    sentence: str
    counts: dict[Status, int]

    @property
    def people(self) -> int:
        """How many people have it now."""
        return sum(self.counts.values())


def courses_offered() -> QuerySet[Course]:
    """Return the courses that can be required: those with an effective version."""
    return Course.objects.filter(versions__state=VersionState.EFFECTIVE)


def course_titles(course_ids: Collection[UUID]) -> dict[UUID, str]:
    """Return what courses are called: by their effective version, else by the latest one."""
    effective_last = Case(When(state=VersionState.EFFECTIVE, then=Value(1)), default=Value(0))
    versions = CourseVersion.objects.filter(course__in=course_ids).order_by(effective_last, "number")
    return dict(versions.values_list("course_id", "title"))


def sentence_of(requirement: Requirement, *, title: str) -> str:
    """Say a requirement as a sentence."""
    return requirement_sentence(
        course=title,
        job_role=requirement.job_role.name if requirement.job_role else None,
        site=requirement.site.name if requirement.site else None,
        department=requirement.department.name if requirement.department else None,
        due_within_days=requirement.due_within_days,
        counted_from=requirement.counted_from,
        validity_months=requirement.validity_months,
    )


def requirement_rows(requirements: QuerySet[Requirement], *, at: datetime) -> list[RequirementRow]:
    """Return these requirements with their counts, in three queries."""
    shown = list(requirements.select_related("job_role", "site", "department"))
    titles = course_titles({requirement.course_id for requirement in shown})
    counts = requirement_counts([requirement.pk for requirement in shown], at=at)
    rows = []
    for each in shown:
        title = titles[each.course_id]
        rows.append(RequirementRow(each, title, sentence_of(each, title=title), counts[each.pk]))
    return rows


def requirement_counts(requirement_ids: Collection[UUID], *, at: datetime) -> dict[UUID, dict[Status, int]]:
    """Return, for each requirement, how many people have each status, counted by the database."""
    counts = {requirement: dict.fromkeys(Status, 0) for requirement in requirement_ids}
    values = {"at": at, "requirements": [str(each) for each in requirement_ids]}
    for requirement, status, number in rows(_COUNTS, values):
        counts[requirement][Status(status)] = number
    return counts
