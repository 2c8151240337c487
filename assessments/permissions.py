"""Which attempts a person may see; anybody else's look as if they did not exist."""

from __future__ import annotations

from datetime import date

from django.db.models import QuerySet

from assessments.choices import AttemptState
from assessments.models import Attempt
from people.models import User
from people.permissions import readable_by


def own_attempts(user: User) -> QuerySet[Attempt]:
    """Return the attempts of a person, whom alone they belong to."""
    return Attempt.objects.filter(enrollment__user_id=user.pk)


def attempts_on_record(user: User, *, on: date) -> QuerySet[Attempt]:
    """Return the submitted attempts of those whose training record this person may read."""
    people = readable_by(user, on=on)
    return Attempt.objects.filter(state=AttemptState.SUBMITTED, enrollment__user__in=people.values("pk"))
