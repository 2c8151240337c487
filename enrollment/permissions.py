"""Which rows of the enrollment room a person may see; anybody else's look as if they did not exist."""

from __future__ import annotations

from django.db.models import QuerySet

from enrollment.models import Enrollment
from people.models import User


def taken_by(user: User) -> QuerySet[Enrollment]:
    """Return the enrollments of a person, whom alone they belong to."""
    return Enrollment.objects.filter(user_id=user.pk)
