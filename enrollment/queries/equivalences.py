"""Which course counts as another."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q, QuerySet

from enrollment.choices import RequirementState
from enrollment.models import Equivalence, Requirement

# Whose completions count as a course (three times %s), and as which version of it: the same as
# `enrollment.queries.obligations.Credits`; a test holds the two together.
COUNTING = """
    SELECT c.user_id, v.number FROM enrollment_completion c JOIN courses_courseversion v ON v.id = c.version_id
    WHERE c.course_id = %s
    UNION ALL
    SELECT c.user_id, coalesce((SELECT max(w.number) FROM courses_courseversion w WHERE w.course_id = q.counts_as_id
        AND w.state IN ('effective', 'superseded', 'retired') AND w.effective_on <= c.completed_on), 1)
    FROM enrollment_completion c JOIN courses_courseversion v ON v.id = c.version_id
    JOIN enrollment_equivalence q ON q.course_id = c.course_id AND q.from_number <= v.number
    WHERE c.course_id = ANY (ARRAY(SELECT e.course_id FROM enrollment_equivalence e WHERE e.counts_as_id = %s))
        AND q.counts_as_id = %s AND c.completed_on >= q.valid_from
        AND c.completed_on < coalesce(q.ended_on, q.valid_until, 'infinity')
"""


def equivalences() -> QuerySet[Equivalence]:
    """Return all of them, those that have not ended first, the latest first."""
    related = ("course", "counts_as", "added_by", "ended_by")
    return Equivalence.objects.select_related(*related).order_by("ended_at", "-added_at", "pk")


def requirements_asking_for(course_id: UUID) -> list[UUID]:
    """Return the requirements that are in force and ask for a course, or for it as a refresher."""
    asking = Requirement.objects.filter(Q(course=course_id) | Q(refreshers__contains=[course_id]))
    return list(asking.filter(state__in=[RequirementState.ON, RequirementState.OFF]).values_list("pk", flat=True))
