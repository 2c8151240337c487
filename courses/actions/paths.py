"""That no course asks for itself in the end: looked at whenever what a version asks for is written."""

from __future__ import annotations

from django.db import connection

from courses.models import CourseVersion
from courses.queries.paths import circle_of

# One at a time: two approvals at once could each be right, and close a circle together.
_HOLD = "SELECT pg_advisory_xact_lock(hashtext('courses.paths'))"


class AsksInACircle(Exception):
    """A course would ask for itself in the end; the words name the way."""


def refuse_circle(version: CourseVersion, *, in_work: bool = False) -> None:
    """Raise AsksInACircle when this version, as it is written now, asks for its own course in the end.

    `in_work` looks at drafts of other courses, too. Held until the end of the transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute(_HOLD)
    words = circle_of(version, in_work=in_work)
    if words:
        raise AsksInACircle(words)
