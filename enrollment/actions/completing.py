"""Signing a training off: signature, completion, certificate and message, in one transaction."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from courses.queries import outline_of
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from core.ids import new_id
from courses.models import CourseVersion
from enrollment import facts
from enrollment.actions.learning import completed_ids, steps_of
from enrollment.choices import EnrollmentState
from enrollment.models import Assignment, Completion, Enrollment, Progress
from enrollment.rules import Step, day_at, outstanding, valid_until
from notifications.actions import queue_message
from people.models import User
from records.actions import issue_certificate, record_fact, sign
from records.choices import Components, Meaning
from records.models import Certificate, Signature


class NotReady(Exception):
    """Something is still to be done before this training can be signed."""

    def __init__(self, missing: list[Step]) -> None:
        super().__init__(_("Still to do: {titles}").format(titles=", ".join(step.title for step in missing)))
        self.missing = missing


@transaction.atomic
def complete_enrollment(*, enrollment: Enrollment, components: Components, by: User, at: datetime) -> Completion:
    """Sign and complete a training; doing it again answers with the completion that is there.

    The signature covers `completion_record`. Completion, certificate row, facts and message commit
    together; the PDF is made afterwards. Raises NotReady, and PermissionError for somebody else's.
    """
    if by.pk != enrollment.user_id:
        raise PermissionError("a training is signed by the person who took it")
    locked = (
        Enrollment.objects.select_for_update(of=("self",))
        .select_related("user", "course", "version")
        .get(pk=enrollment.pk)
    )
    if locked.state == EnrollmentState.COMPLETED:
        return locked.completion
    outline = outline_of(locked.version_id)
    missing = outstanding(steps_of(outline), completed=completed_ids(locked))
    if missing or locked.state != EnrollmentState.OPEN:
        raise NotReady(missing)

    position = by.position_on(at.date())
    zone = position.site.time_zone if position else "UTC"
    completed_on = day_at(zone, at)
    score, max_score = total_score(locked)
    ends = valid_until(completed_on=completed_on, months=_validity_months(locked))
    completion_id = new_id()
    signature = sign(
        by=by,
        at=at,
        zone=zone,
        meaning=Meaning.COMPLETED,
        components=components,
        record_type="completion",
        record_id=completion_id,
        record=completion_record(locked, at=at, valid_until=ends),
        person_id=by.pk,
    )
    completion = _write_completion(
        locked, completion_id, signature, at=at, zone=zone, completed_on=completed_on, ends=ends
    )
    certificate = issue_certificate(
        by=by,
        at=at,
        completion_id=completion_id,
        holder_id=by.pk,
        holder_name=by.name,
        holder_number=by.employee_number,
        holder_title=position.job_role.name if position else "",
        site=position.site.name if position else "",
        issuer=settings.ORGANISATION,
        course_id=locked.course_id,
        course_code=locked.course.code,
        course_title=locked.version.title,
        version_id=locked.version_id,
        version_label=locked.version.label,
        version_sha256=locked.version.content_sha256,
        completed_at=at,
        zone=zone,
        valid_until=ends,
        score=score,
        max_score=max_score,
        signature=signature,
    )
    _tell_learner(locked, certificate, at=at)
    return completion


def completion_record(enrollment: Enrollment, *, at: datetime, valid_until: date | None) -> dict[str, Any]:
    """Return the canonical record that a learner signs: who, what, on which version, with which result."""
    version: CourseVersion = enrollment.version
    progress = Progress.objects.filter(enrollment=enrollment).order_by("completed_at", "id")
    return {
        "enrollment": enrollment.id,
        "person": {
            "id": enrollment.user.pk,
            "name": enrollment.user.name,
            "employee_number": enrollment.user.employee_number,
        },
        "course": {"id": enrollment.course_id, "code": enrollment.course.code, "title": version.title},
        "version": {"id": version.id, "label": version.label, "sha256": version.content_sha256},
        "activities": [
            {
                "id": each.activity_id,
                "completed_at": each.completed_at,
                "score": each.score,
                "max_score": each.max_score,
            }
            for each in progress
        ],
        "completed_at": at,
        "valid_until": valid_until,
    }


def total_score(enrollment: Enrollment) -> tuple[Decimal | None, Decimal | None]:
    """Return the points of all graded activities together, or nothing where none is graded."""
    graded = Progress.objects.filter(enrollment=enrollment, score__isnull=False).values_list("score", "max_score")
    pairs = list(graded)
    if not pairs:
        return None, None
    return sum((score for score, _most in pairs), Decimal(0)), sum((most for _score, most in pairs), Decimal(0))


def _validity_months(enrollment: Enrollment) -> int | None:
    """Return the shortest validity that a requirement in force asks for, else the course's own."""
    asked = Assignment.objects.filter(
        user_id=enrollment.user_id,
        course_id=enrollment.course_id,
        ended_at__isnull=True,
        requirement__validity_months__isnull=False,
    ).values_list("requirement__validity_months", flat=True)
    return min(asked, default=enrollment.version.validity_months)


def _write_completion(
    enrollment: Enrollment,
    completion_id: Any,
    signature: Signature,
    *,
    at: datetime,
    zone: str,
    completed_on: date,
    ends: date | None,
) -> Completion:
    score, max_score = total_score(enrollment)
    completion = Completion(
        id=completion_id,
        enrollment=enrollment,
        user=enrollment.user,
        course=enrollment.course,
        version=enrollment.version,
        completed_at=at,
        completed_on=completed_on,
        zone=zone,
        valid_until=ends,
        score=score,
        max_score=max_score,
        signature=signature,
    )
    record_fact(
        facts.COMPLETED,
        by=enrollment.user,
        at=at,
        subject_type="completion",
        subject_id=completion.id,
        person_id=enrollment.user_id,
        payload={
            "course": enrollment.version.title,
            "code": enrollment.course.code,
            "version": enrollment.version.label,
            "score": score,
            "max_score": max_score,
            "valid_until": ends,
        },
        signature_id=signature.id,
    )
    completion.save(force_insert=True)
    enrollment.state, enrollment.ended_at = EnrollmentState.COMPLETED, at
    enrollment.save(update_fields=["state", "ended_at"])
    return completion


def _tell_learner(enrollment: Enrollment, certificate: Certificate, *, at: datetime) -> None:
    queue_message(
        recipient=enrollment.user,
        kind="enrollment.completed",
        once=f"completed:{certificate.completion_id}",
        subject=_("Completed: {course}").format(course=enrollment.version.title),
        body=_("Your certificate {serial} for version {version} is in your record.").format(
            serial=certificate.serial, version=enrollment.version.label
        ),
        at=at,
        path=reverse("enrollment:record"),
        action=_("My record"),
        glyph="done",
        by_mail=False,
    )
