"""One more attempt for one person, when all that the quiz has are used."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from assessments import facts, notices
from assessments.models import ExtraAttempt
from assessments.queries import attempts_of, quiz_content, verdict_of
from assessments.queries.earlier import taken_now
from core.ids import new_id
from enrollment.models import Enrollment
from notifications.actions import queue_notice
from people.models import User
from records.actions import record_fact


class NotExhausted(Exception):
    """There is no need for another attempt: one can begin, the quiz is passed, or the training has ended."""


@transaction.atomic
def allow_attempt(*, enrollment_id: UUID, quiz_id: UUID, by: User, at: datetime, reason: str) -> ExtraAttempt:
    """Allow one more attempt, and tell the learner; the caller has checked that `by` looks after them.

    Raises PermissionError for oneself, and NotExhausted, so that a second click allows no second one.
    """
    enrollment = Enrollment.objects.select_for_update(of=("self",)).select_related("user").get(pk=enrollment_id)
    if enrollment.user_id == by.pk:
        raise PermissionError("nobody allows an attempt to themselves")
    enrollment, quiz_id = taken_now(enrollment, quiz_id)
    content = quiz_content(quiz_id)
    if not verdict_of(enrollment, content, attempts_of(enrollment.pk, quiz_id=quiz_id)).is_exhausted:
        raise NotExhausted(_("Another attempt is not needed now."))
    extra = ExtraAttempt(
        id=new_id(), enrollment=enrollment, quiz_id=quiz_id, reason=reason, allowed_at=at, allowed_by=by
    )
    record_fact(
        facts.ATTEMPT_ALLOWED,
        by=by,
        at=at,
        subject_type="enrollment",
        subject_id=enrollment.pk,
        person_id=enrollment.user_id,
        payload={"activity": content.title, "activity_id": quiz_id, "name": enrollment.user.name},
        reason=reason,
    )
    extra.save(force_insert=True)
    notice = notices.attempt_allowed(quiz=content.title, course=content.course_title, by=by.name, reason=reason)
    path = reverse("assessments:quiz", kwargs={"enrollment_id": enrollment.pk, "activity_id": quiz_id})
    queue_notice(recipient=enrollment.user, notice=notice, once=f"attempt_allowed:{extra.pk}", path=path, at=at)
    return extra
