"""Asking to take a course, deciding about it, and the day by which one wants to be done."""

from __future__ import annotations

from datetime import date, datetime
from functools import partial

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from core.ids import new_id
from core.reasons import is_reason
from courses.choices import Joining, VersionState
from courses.models import Course
from enrollment import facts, notices
from enrollment.actions.learning import MayNotBegin, NotOffered, asked_of, enroll
from enrollment.actions.telling import course_path, tell
from enrollment.choices import EnrollmentState, JoinState
from enrollment.models import Enrollment, JoinRequest
from enrollment.permissions import join_requests_decidable_by
from enrollment.queries import course_titles
from enrollment.rules import day_in
from enrollment.rules.joining import why_not_asked, why_not_wished
from people.models import User
from people.queries import manager_or_administrators
from records.actions import record_fact
from records.facts import FactKind


class JoinRefused(Exception):
    """It can not be asked, decided or taken back; the words say why."""


@transaction.atomic
def ask_to_join(
    *, course: Course, by: User, at: datetime, words: str = "", wished_on: date | None = None
) -> tuple[JoinRequest, list[User]]:
    """Let somebody ask to take a course, and return what was asked with who was told. Raises JoinRefused."""
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    course = Course.objects.get(pk=course.pk)
    asked = JoinRequest.objects.filter(user=by, course=course, state=JoinState.ASKED)
    refusal = why_not_asked(
        Joining(course.joining),
        is_required=asked_of(user=by, course=course) is not None,
        is_open=Enrollment.objects.filter(user=by, course=course, state=EnrollmentState.OPEN).exists(),
        is_waiting=asked.exists(),
        is_offered=course.versions.filter(state=VersionState.EFFECTIVE).exists(),
    ) or why_not_wished(wished_on, today=day_in(by.zone_name, at))
    if refusal:
        raise JoinRefused(refusal)
    told = manager_or_administrators(by.pk, on=at.date(), at=at)
    if not told:
        raise JoinRefused(_("Nobody is there who could decide it: you have no manager in Attest."))
    made = JoinRequest(id=new_id(), user=by, course=course, words=words.strip()[:300], wished_on=wished_on, asked_at=at)
    names = ", ".join(each.name for each in told)
    title = _say(facts.JOIN_ASKED, made, by=by, at=at, reason=made.words, asked=names)
    made.save(force_insert=True)
    for each in told:
        wording = partial(notices.join_asked, course=title, name=by.name, words=made.words, wished_on=wished_on)
        tell(each, wording, once=f"join-asked:{made.pk}:{each.pk}", path=reverse("enrollment:join_requests"), at=at)
    return made, told


@transaction.atomic
def grant_joining(*, asked: JoinRequest, by: User, at: datetime, words: str = "") -> JoinRequest:
    """Let somebody take what they asked for: they have begun it, and are told. Raises JoinRefused.

    Of two who decide at once the first one counts.
    """
    locked = _decided_now(asked, by=by, at=at)
    try:
        begun = enroll(user=locked.user, course=locked.course, by=by, at=at, let=True)
    except NotOffered:
        words = _("No version of this training is in effect now, so nobody can begin it.")
        raise JoinRefused(words) from None
    except MayNotBegin as hindered:
        words = _("{name} can not begin it yet: {why}.").format(name=locked.user.name, why=hindered.hindrance.words)
        raise JoinRefused(words) from None
    name = locked.user.name
    title = _say(facts.JOIN_GRANTED, locked, by=by, at=at, reason=words, name=name)
    if locked.wished_on and begun.own_due_on is None:
        begun.own_due_on = locked.wished_on
        begun.save(update_fields=["own_due_on"])
    _decide(locked, JoinState.GRANTED, begun, words, by=by, at=at)
    _tell_learner(locked, title, decider=by, at=at)
    return locked


@transaction.atomic
def decline_joining(*, asked: JoinRequest, by: User, at: datetime, words: str) -> JoinRequest:
    """Let somebody know, with words, that they do not take what they asked for. Raises JoinRefused."""
    if not is_reason(words):
        raise JoinRefused(_("Say why in at least two words."))
    locked = _decided_now(asked, by=by, at=at)
    title = _say(facts.JOIN_DECLINED, locked, by=by, at=at, reason=words, name=locked.user.name, words=words.strip())
    _decide(locked, JoinState.DECLINED, None, words, by=by, at=at)
    _tell_learner(locked, title, decider=by, at=at)
    return locked


@transaction.atomic
def withdraw_joining(*, asked: JoinRequest, by: User, at: datetime) -> JoinRequest:
    """Take back what one asked for. Doing it again changes nothing. Raises JoinRefused where it was decided."""
    User.objects.select_for_update(of=("self",)).get(pk=asked.user_id)
    locked = JoinRequest.objects.select_for_update(of=("self",)).select_related("course").get(pk=asked.pk)
    if locked.user_id != by.pk:
        raise PermissionError("nobody takes back what somebody else asked")
    if locked.state == JoinState.WITHDRAWN:
        return locked
    if locked.state != JoinState.ASKED:
        raise JoinRefused(_("This was decided already."))
    _say(facts.JOIN_WITHDRAWN, locked, by=by, at=at)
    locked.state, locked.withdrawn_at = JoinState.WITHDRAWN, at
    locked.save(update_fields=["state", "withdrawn_at"])
    return locked


@transaction.atomic
def set_own_day(*, enrollment: Enrollment, day: date | None, by: User, at: datetime) -> Enrollment:
    """Note by which day a learner wants to be done, or that there is no such day. Raises JoinRefused."""
    locked = Enrollment.objects.select_for_update(of=("self",)).select_related("user", "version").get(pk=enrollment.pk)
    if locked.user_id != by.pk:
        raise PermissionError("this day is the learner's own")
    if locked.state != EnrollmentState.OPEN:
        raise JoinRefused(_("This training has ended."))
    refusal = why_not_wished(day, today=day_in(by.zone_name, at))
    if refusal:
        raise JoinRefused(refusal)
    if locked.own_due_on == day:
        return locked
    record_fact(
        facts.OWN_DAY_SET if day else facts.OWN_DAY_REMOVED,
        by=by,
        at=at,
        subject_type="enrollment",
        subject_id=locked.pk,
        person_id=by.pk,
        payload={"course": locked.version.title, "own_due_on": day},
    )
    locked.own_due_on = day
    locked.save(update_fields=["own_due_on"])
    return locked


def _decided_now(asked: JoinRequest, *, by: User, at: datetime) -> JoinRequest:
    """Return what waits, held, if this person may decide it. Raises JoinRefused.

    The person is held first, as `enroll` does, so that two decisions never wait for each other.
    """
    User.objects.select_for_update(of=("self",)).get(pk=asked.user_id)
    held = JoinRequest.objects.select_for_update(of=("self",)).select_related("user", "course")
    locked = held.get(pk=asked.pk)
    if locked.user_id == by.pk:
        raise JoinRefused(_("Nobody decides this for themselves."))
    if locked.state != JoinState.ASKED:
        raise JoinRefused(_("This was decided already."))
    if not join_requests_decidable_by(by, on=at.date()).filter(pk=locked.pk).exists():
        raise JoinRefused(_("This is not yours to decide any more."))
    return locked


def _decide(
    locked: JoinRequest, state: JoinState, begun: Enrollment | None, words: str, *, by: User, at: datetime
) -> None:
    locked.state, locked.decided_at, locked.decided_by = state, at, by
    locked.decision, locked.enrollment = words.strip()[:300], begun
    locked.save(update_fields=["state", "decided_at", "decided_by", "decision", "enrollment"])


def _tell_learner(locked: JoinRequest, title: str, *, decider: User, at: datetime) -> None:
    wording = partial(
        notices.join_decided,
        course=title,
        name=locked.user.name,
        decider=decider.name,
        words=locked.decision,
        granted=locked.state == JoinState.GRANTED,
    )
    tell(locked.user, wording, once=f"join-decided:{locked.pk}", path=course_path(locked.course_id), at=at)


def _say(kind: FactKind, about: JoinRequest, *, by: User, at: datetime, reason: str = "", **told: str) -> str:
    """Record a fact about what was asked, and return what the course is called."""
    title = course_titles([about.course_id])[about.course_id]
    record_fact(
        kind,
        by=by,
        at=at,
        subject_type="joinrequest",
        subject_id=about.pk,
        person_id=about.user_id,
        payload={"course": title, "code": about.course.code, **told},
        reason=reason,
    )
    return title
