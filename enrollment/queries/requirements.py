"""The list of requirements, each with its sentence and how people stand with it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Case, QuerySet, Value, When

from core.sql import rows
from courses.choices import VersionState
from courses.models import Course, CourseVersion
from enrollment.choices import Status
from enrollment.models import Requirement
from enrollment.queries.audiences import requirement_names
from enrollment.queries.standings import STATUS_SQL
from enrollment.rules import requirement_sentence

_COUNTS = f"""
    WITH days AS MATERIALIZED (
        SELECT zone, (%(at)s AT TIME ZONE zone)::date AS today FROM (
            SELECT DISTINCT zone FROM enrollment_standing WHERE requirement_id = ANY (%(requirements)s::uuid[])
        ) AS zones
    )
    SELECT s.requirement_id, {STATUS_SQL} AS status, count(*)
    FROM enrollment_standing s JOIN days d ON d.zone = s.zone
    WHERE s.requirement_id = ANY (%(requirements)s::uuid[]) GROUP BY 1, 2
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


def sentence_of(requirement: Requirement, *, title: str, names: Mapping[str, str] | None = None) -> str:
    """Say a requirement as a sentence; `names` are those in its audience, where they are known already."""
    names = requirement_names([requirement]) if names is None else names
    return requirement_sentence(course=title, audience=requirement.whom, terms=requirement.terms, names=names)


def requirement_rows(requirements: QuerySet[Requirement], *, at: datetime) -> list[RequirementRow]:
    """Return these requirements with their counts, in four queries."""
    shown = list(requirements.select_related("site"))
    names = requirement_names(shown)
    titles = course_titles({requirement.course_id for requirement in shown})
    counts = requirement_counts([requirement.pk for requirement in shown], at=at)
    rows = []
    for each in shown:
        title = titles[each.course_id]
        rows.append(RequirementRow(each, title, sentence_of(each, title=title, names=names), counts[each.pk]))
    return rows


def requirement_counts(requirement_ids: Collection[UUID], *, at: datetime) -> dict[UUID, dict[Status, int]]:
    """Return, for each requirement, how many people have each status, counted by the database."""
    counts = {requirement: dict.fromkeys(Status, 0) for requirement in requirement_ids}
    values = {"at": at, "requirements": [str(each) for each in requirement_ids]}
    for requirement, status, number in rows(_COUNTS, values):
        counts[requirement][Status(status)] = number
    return counts
