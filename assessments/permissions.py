"""Which attempts and observations a person may see; anybody else's look as if they did not exist."""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from assessments.choices import AttemptState, ObservationState
from assessments.models import Attempt, Observation
from assessments.queries.observations import Practice
from enrollment.choices import EnrollmentState
from enrollment.models import Task
from enrollment.permissions import recordable_by
from enrollment.queries import qualified_at, qualified_for
from enrollment.rules import short_day
from enrollment.rules.questions import question_of
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


def observable_by(user: User, *, on: date, at: datetime) -> QuerySet[Observation]:
    """Return what waits to be observed and this person may observe: never their own.

    Where a task is named, whoever is qualified for it today; else managers of the person and administrators.
    """
    tasks = [str(task.pk) for task, found in qualified_for(person_id=user.pk, at=at) if found.is_qualified]
    as_qualified = Q(activity__settings__task_id__in=tasks)
    theirs = Q(enrollment__user__in=recordable_by(user, on=on).values("pk"))
    free = Q(activity__settings__task_id__isnull=True) | Q(activity__settings__task_id="")
    waiting = Observation.objects.filter(state=ObservationState.ASKED, enrollment__state=EnrollmentState.OPEN)
    return waiting.filter(as_qualified | (theirs & free)).exclude(enrollment__user=user)


def observes_as_qualified(user: User, *, at: datetime) -> bool:
    """Say whether somebody waits whom this person may observe because they are qualified.

    One query while nobody waits for anybody who is qualified.
    """
    waiting = Observation.objects.filter(state=ObservationState.ASKED, enrollment__state=EnrollmentState.OPEN)
    waiting = waiting.exclude(enrollment__user=user)
    asked = set(waiting.values_list("activity__settings__task_id", flat=True).distinct()) - {None, ""}
    if not asked:
        return False
    qualified = qualified_for(person_id=user.pk, at=at)
    return any(found.is_qualified for task, found in qualified if str(task.pk) in asked)


def why_not_observed_by(user: User, practice: Practice, *, on: date, at: datetime) -> str:
    """Say why somebody can not observe a practice on a day; nothing when they can."""
    learner = practice.enrollment.user
    if learner.pk == user.pk:
        return _("Nobody observes themselves.")
    if practice.task_id is None:
        is_theirs = recordable_by(user, on=at.date()).filter(pk=learner.pk).exists()
        return "" if is_theirs else _("You neither manage nor look after {name}.").format(name=learner.name)
    then = question_of(on, zone=user.zone_name, at=at).at
    if qualified_at(person=user, task=Task.objects.get(pk=practice.task_id), at=then).is_qualified:
        return ""
    words = _("Only who is qualified for “{task}” observes this. You were not on {day}.")
    return words.format(task=practice.task, day=short_day(on))


def observations_on_record(user: User, *, on: date) -> QuerySet[Observation]:
    """Return what was observed of those whose training record this person may read."""
    people = readable_by(user, on=on)
    return Observation.objects.exclude(state=ObservationState.ASKED).filter(enrollment__user__in=people.values("pk"))
