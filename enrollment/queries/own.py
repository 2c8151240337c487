"""One enrollment of one person, for the pages that are opened most."""

from __future__ import annotations

from uuid import UUID

from enrollment.models import Enrollment
from people.models import User

# Written as SQL: building it took four times as long as running it.
_OWN = """
    SELECT e.*, p.activity_id AS last_activity_id
    FROM enrollment_enrollment e LEFT JOIN enrollment_place p ON p.enrollment_id = e.id
    WHERE e.id = %s AND e.user_id = %s
"""


def own_enrollment(user: User, enrollment_id: UUID) -> tuple[Enrollment, UUID | None] | None:
    """Return an enrollment, if it is this person's, and the activity seen last: it belongs to them alone."""
    for enrollment in Enrollment.objects.raw(_OWN, [enrollment_id, user.pk]):
        enrollment.user = user
        return enrollment, enrollment.last_activity_id  # type: ignore[attr-defined]
    return None
