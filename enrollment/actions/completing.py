"""Signing a training off: signature, completion, certificate and message, in one transaction."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from core.ids import new_id
from enrollment import facts, notices
from enrollment.actions.standing import restand
from enrollment.choices import EnrollmentState
from enrollment.models import Completion, Enrollment
from enrollment.queries.signable import Signable, signable
from enrollment.rules import Step
from notifications.actions import queue_notice
from people.models import User
from records.actions import issue_certificate, record_fact, sign
from records.choices import Components, Meaning
from records.models import Certificate, Signature


class NotReady(Exception):
    """Something is still to be done before this training can be signed."""

    def __init__(self, missing: list[Step]) -> None:
        super().__init__(_("Still to do: {titles}").format(titles=", ".join(step.title for step in missing)))
        self.missing = missing


class RecordChanged(Exception):
    """What would be signed is no longer what the signer was shown."""


@transaction.atomic
def complete_enrollment(
    *, enrollment: Enrollment, components: Components, by: User, at: datetime, shown_sha256: str = ""
) -> Completion:
    """Sign and complete a training; doing it again answers with the completion that is there.

    The signature covers `enrollment.queries.signable`; with `shown_sha256` only as it was shown.
    Completion, certificate row, facts and message commit together; the PDF is made afterwards.
    Raises NotReady, RecordChanged, and PermissionError for somebody else's.
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
    what = signable(locked, at=at)
    if what.missing or locked.state != EnrollmentState.OPEN:
        raise NotReady(what.missing)
    if shown_sha256 and shown_sha256 != what.sha256:
        raise RecordChanged(_("What you sign has changed since this page was shown. Read it again, then sign."))

    completion_id = new_id()
    signature = sign(
        by=by,
        at=at,
        zone=what.zone,
        meaning=Meaning.COMPLETED,
        components=components,
        record_type="completion",
        record_id=completion_id,
        record=what.signed_at(at),
        person_id=by.pk,
    )
    completion = _write_completion(locked, what, completion_id, signature, at=at)
    certificate = _issue_certificate(locked, what, completion, by=by, at=at)
    _tell_learner(locked, certificate, at=at)
    return completion


def _write_completion(
    enrollment: Enrollment, what: Signable, completion_id: UUID, signature: Signature, *, at: datetime
) -> Completion:
    completion = Completion(
        id=completion_id,
        enrollment=enrollment,
        user=enrollment.user,
        course=enrollment.course,
        version=enrollment.version,
        completed_at=at,
        completed_on=what.completed_on,
        zone=what.zone,
        valid_until=what.valid_until,
        score=what.score,
        max_score=what.max_score,
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
            "score": what.score,
            "max_score": what.max_score,
            "valid_until": what.valid_until,
        },
        signature_id=signature.id,
    )
    completion.save(force_insert=True)
    enrollment.state, enrollment.ended_at = EnrollmentState.COMPLETED, at
    enrollment.save(update_fields=["state", "ended_at"])
    restand(user_ids=[enrollment.user_id])
    return completion


def _issue_certificate(
    enrollment: Enrollment, what: Signable, completion: Completion, *, by: User, at: datetime
) -> Certificate:
    return issue_certificate(
        by=by,
        at=at,
        completion_id=completion.id,
        holder_id=by.pk,
        holder_name=enrollment.user.name,
        holder_number=enrollment.user.employee_number,
        holder_title=what.position.job_role.name if what.position else "",
        site=what.position.site.name if what.position else "",
        issuer=settings.ORGANISATION,
        course_id=enrollment.course_id,
        course_code=enrollment.course.code,
        course_title=enrollment.version.title,
        version_id=enrollment.version_id,
        version_label=enrollment.version.label,
        version_sha256=enrollment.version.content_sha256,
        completed_at=at,
        zone=what.zone,
        valid_until=what.valid_until,
        score=what.score,
        max_score=what.max_score,
        signature=completion.signature,
    )


def _tell_learner(enrollment: Enrollment, certificate: Certificate, *, at: datetime) -> None:
    notice = notices.completed(
        course=enrollment.version.title, serial=certificate.serial, version=enrollment.version.label
    )
    path = reverse("enrollment:completed", kwargs={"enrollment_id": enrollment.id})
    once = f"completed:{certificate.completion_id}"
    queue_notice(recipient=enrollment.user, notice=notice, once=once, path=path, at=at)
