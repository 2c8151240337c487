"""Being observed at work: asked for by the learner, seen point by point and signed by a second person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from assessments import facts, notices
from assessments.choices import ObservationState
from assessments.models import Observation
from assessments.permissions import why_not_observed_by
from assessments.queries.observations import Practice, practice_in
from assessments.rules import why_not_seen
from core.canonical import plain
from core.ids import new_id
from enrollment.actions.learning import record_outcome, require_unlocked
from enrollment.actions.telling import tell
from enrollment.choices import EnrollmentState
from enrollment.models import Enrollment
from enrollment.queries.colleagues import qualified_colleagues
from enrollment.rules import day_in
from enrollment.rules.sequence import Outcome
from people.models import User
from people.queries import manager_or_administrators
from records.actions import record_fact, sign
from records.choices import Components, Meaning
from records.rules import record_hash

MOST_OBSERVERS_TOLD = 5


class ObservationRefused(Exception):
    """It can not be asked for or signed; the words say why."""


@transaction.atomic
def ask_to_be_observed(*, practice: Practice, by: User, at: datetime) -> list[User]:
    """Let a learner ask to be watched, and return who was told; nobody when it is asked for already.

    Where the practice names a task, some colleagues who are qualified for it are told beside the manager.
    Raises ObservationRefused, and LockedActivity for a step that is not due yet.
    """
    now = _held(practice)
    made = _asked_or_new(now)
    if made.asked_at is not None:
        return []
    told = manager_or_administrators(by.pk, on=at.date(), at=at)
    made.asked_at = at
    _say(facts.OBSERVATION_ASKED, made, now, by=by, at=at)
    made.save(force_insert=True)
    path = reverse("assessments:observe", args=[now.enrollment.pk, now.activity.id])
    about = {"practice": now.activity.title, "course": now.outline.title, "task": now.task}
    wording = partial(notices.observation_asked, name=by.name, **about)
    for each in told:
        tell(each, wording, once=f"observation-asked:{made.pk}:{each.pk}", path=path, at=at)
    if now.task_id is None:
        return told
    near = qualified_colleagues(person_id=by.pk, task_id=now.task_id, at=at, most=MOST_OBSERVERS_TOLD)
    observers = [each for each in near if each not in told]
    needed = partial(notices.observer_needed, name=by.name, **about)
    for each in observers:
        tell(each, needed, once=f"observation-asked:{made.pk}:{each.pk}", path=path, at=at)
    return [*told, *observers]


@transaction.atomic
def observe(
    *,
    practice: Practice,
    seen: Sequence[bool],
    observed_on: date,
    words: str,
    by: User,
    at: datetime,
    zone: str,
    components: Components,
) -> Observation:
    """Sign what somebody saw of each point; the step is done when it is all of them, and the learner is told.

    Raises ObservationRefused, and LockedActivity for a step that is not due yet.
    """
    now = _held(practice)
    learner = now.enrollment.user
    refusal = why_not_observed_by(by, now, on=observed_on, at=at) or why_not_seen(
        seen=seen, words=words, on=observed_on, begun_on=now.begun_on, today=day_in(zone, at)
    )
    if refusal:
        raise ObservationRefused(refusal)
    made = _asked_or_new(now)
    is_met = all(seen)
    made.state = ObservationState.MET if is_met else ObservationState.NOT_MET
    made.observer, made.observed_on, made.observed_as = by, observed_on, now.task
    made.points = [{"text": text, "is_met": met} for text, met in zip(now.points, seen, strict=True)]
    made.words, made.decided_at = " ".join(words.split()), at
    content = content_of(made, now)
    made.signature = sign(
        by=by,
        at=at,
        zone=zone,
        meaning=Meaning.ASSESSED,
        components=components,
        record_type="observation",
        record_id=made.pk,
        record=content,
        person_id=learner.pk,
    )
    kind = facts.OBSERVED if is_met else facts.OBSERVED_IN_PART
    _say(kind, made, now, by=by, at=at, reason=made.words)
    made.save()
    outcome = Outcome(is_met, evidence_sha256=made.signature.record_sha256)
    record_outcome(enrollment=now.enrollment, activity_id=now.activity.id, outcome=outcome, by=by, at=at)
    about = {"practice": now.activity.title, "course": now.outline.title, "words": made.words}
    path = reverse("assessments:practice", args=[now.enrollment.pk, now.activity.id])
    tell(
        learner,
        partial(notices.observed, by=by.name, is_met=is_met, **about),
        once=f"observed:{made.pk}",
        path=path,
        at=at,
    )
    return made


def content_of(made: Observation, practice: Practice) -> dict[str, Any]:
    """Return what an observer signs."""
    learner, outline = practice.enrollment.user, practice.outline
    return {
        "person": {"id": learner.pk, "name": learner.name, "employee_number": learner.employee_number},
        "course": {"id": outline.course_id, "code": outline.code, "title": outline.title},
        "version": {"id": practice.enrollment.version_id, "label": outline.label},
        "practice": practice.activity.title,
        "number": made.number,
        "observed_on": made.observed_on,
        "observed_as": made.observed_as,
        "points": made.points,
        "words": made.words,
    }


def points_sha256(practice: Practice) -> str:
    """Return the hash of the points that an observer is shown before they tick them."""
    return record_hash(plain({"practice": practice.activity.title, "points": list(practice.points)}))


def _held(practice: Practice) -> Practice:
    """Return it as it is now, held until the transaction ends. Raises ObservationRefused when it has ended."""
    enrollment = (
        Enrollment.objects.select_for_update(of=("self",)).select_related("user").get(pk=practice.enrollment.pk)
    )
    now = practice_in(enrollment, practice.activity.id)
    if now is None or enrollment.state != EnrollmentState.OPEN or now.is_done:
        raise ObservationRefused(_("It is completed or ended already, so nothing is recorded any more."))
    require_unlocked(enrollment=enrollment, outline=now.outline, activity_id=now.activity.id)
    return now


def _asked_or_new(practice: Practice) -> Observation:
    """Return the observation that was asked for, or the next one, which is not written yet."""
    kept = Observation.objects.filter(enrollment=practice.enrollment, activity=practice.activity.id)
    return kept.filter(state=ObservationState.ASKED).first() or Observation(
        id=new_id(), enrollment=practice.enrollment, activity_id=practice.activity.id, number=kept.count() + 1
    )


def _say(kind: Any, made: Observation, practice: Practice, *, by: User, at: datetime, reason: str = "") -> None:
    record_fact(
        kind,
        by=by,
        at=at,
        subject_type="observation",
        subject_id=made.pk,
        person_id=practice.enrollment.user_id,
        payload={
            "name": practice.enrollment.user.name,
            "practice": practice.activity.title,
            "course": practice.outline.title,
            "number": made.number,
            "met": sum(point["is_met"] for point in made.points),
            "points": len(made.points),
        },
        reason=reason,
        signature_id=made.signature.pk if made.signature else None,
    )
