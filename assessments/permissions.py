"""Which attempts a person may see; anybody else's look as if they did not exist."""

from __future__ import annotations

from datetime import date

from django.db.models import Q, QuerySet

from assessments.choices import AttemptState
from assessments.models import Attempt
from people.models import User
from people.permissions import administered_by, readable_by
from people.queries import report_ids


def own_attempts(user: User) -> QuerySet[Attempt]:
    """Return the attempts of a person, whom alone they belong to."""
    return Attempt.objects.filter(enrollment__user_id=user.pk)


def attempts_on_record(user: User, *, on: date) -> QuerySet[Attempt]:
    """Return the submitted attempts of those whose training record this person may read."""
    people = readable_by(user, on=on)
    return Attempt.objects.filter(state=AttemptState.SUBMITTED, enrollment__user__in=people.values("pk"))


def attempts_allowed_by(user: User, *, on: date) -> QuerySet[Attempt]:
    """Return the submitted attempts of those to whom this person may allow another one: reports, and a role's scope."""
    reports = Q(enrollment__user__in=report_ids(manager_id=user.pk, on=on))
    administered = Q(enrollment__user__in=administered_by(user, on=on).values("pk"))
    attempts = Attempt.objects.filter(reports | administered, state=AttemptState.SUBMITTED)
    return attempts.exclude(enrollment__user_id=user.pk)
