"""What follows from facts about people and from signing in, and jobs that switching on asks for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest
from django.utils.translation import gettext as _

from core.actions import ask_for_job, report_progress
from core.clock import now
from core.jobs import job_kind
from core.models import Job
from core.side_by_side import side_by_side
from courses.choices import Retraining
from courses.facts import VERSION_EFFECTIVE
from courses.models import CourseVersion
from enrollment import loading
from enrollment.actions import credit_courses, follow_person, histories
from enrollment.actions.assigning import settle_people, tell_given_to_all
from enrollment.actions.equivalences import RESTAND_JOB, stand_with_equivalence
from enrollment.actions.excepting import BATCH_JOB, go_on_with_batch, tell_batch_done
from enrollment.actions.requirements import SETTLE_JOB
from enrollment.actions.retraining import ask_to_retrain, concerns_others, tell_of_version
from enrollment.actions.seating import release_seats
from enrollment.actions.standing import restand
from enrollment.choices import LEADS_SESSIONS
from enrollment.facts import COMPLETED, COMPLETED_ELSEWHERE, COMPLETED_IN_SESSION
from enrollment.models import Completion, Equivalence, ExceptionBatch, Requirement
from enrollment.queries import unsettled
from enrollment.queries.beginnings import creditable
from enrollment.queries.planned import leads_sessions
from enrollment.queries.retraining import ASK_TO_RETRAIN
from people import facts
from people.models import User
from records.actions import CERTIFICATE_REVOKED
from records.facts import Fact, follow
from records.models import Certificate

A_BATCH = 2000
A_PART = 25  # so many exceptions commit together
FIRST = UUID(int=0)


def connect() -> None:
    """Let what is required of people follow where they work."""
    for kind in facts.WORK_CHANGED:
        follow(kind, name="enrollment.follow_person", react=_follow)
    follow(facts.PERSON_DEACTIVATED, name="enrollment.release_seats", react=_release_seats)
    for kind in (COMPLETED, COMPLETED_ELSEWHERE, COMPLETED_IN_SESSION):  # lists of old ones wait for the sweep
        follow(kind, name="enrollment.credit_programs", react=_credit_programs)
    follow(CERTIFICATE_REVOKED, name="enrollment.stand_anew", react=_stand_anew)
    follow(VERSION_EFFECTIVE, name=ASK_TO_RETRAIN, react=_ask_to_retrain)
    user_logged_in.connect(_signed_in, dispatch_uid="enrollment.signed_in")
    job_kind(SETTLE_JOB, run=_settle)
    job_kind(ASK_TO_RETRAIN, run=_retrain)
    job_kind(BATCH_JOB, run=_except)
    job_kind(RESTAND_JOB, run=_stand_with_equivalence)
    job_kind(histories.CHECK_JOB, run=loading.check_history)
    job_kind(histories.LOAD_JOB, run=loading.load_history)


def _signed_in(*, user: User, request: HttpRequest | None, **signal: Any) -> None:
    if request is not None and leads_sessions(user, at=now()):
        request.session[LEADS_SESSIONS] = True


def _follow(fact: Fact) -> None:
    follow_person(user_id=UUID(fact.payload["person_id"]), at=now())


def _release_seats(fact: Fact) -> None:
    release_seats(user_id=UUID(fact.payload["person_id"]), at=now())


def _credit_programs(fact: Fact) -> None:
    """Let what was completed count in the programs that the person has begun and that ask for it."""
    at = now()
    for enrollment_id in creditable(at=at, user_id=Completion.objects.get(pk=fact.subject_id).user_id):
        credit_courses(enrollment_id=enrollment_id, at=at)


def _stand_anew(fact: Fact) -> None:
    """Let a completion count no longer whose certificate was revoked."""
    restand(user_ids=[Certificate.objects.values_list("holder_id", flat=True).get(pk=fact.subject_id)])


def _ask_to_retrain(fact: Fact) -> None:
    """Let a job ask everyone whom the approver named to learn the version, in the approver's name, and tell others."""
    version = CourseVersion.objects.get(pk=fact.subject_id)
    concerns = version.retraining == Retraining.REPEAT or concerns_others(version)
    if concerns and version.approved_by_id:
        title = _("Who learns {version}").format(version=version)
        ask_for_job(
            kind=ASK_TO_RETRAIN,
            owner_id=version.approved_by_id,
            title=title,
            arguments={"version_id": version.pk},
            at=now(),
        )


def _retrain(job: Job) -> None:
    """Ask people to learn a version, then tell the others of it, in batches; begun anew, nobody hears twice."""
    version_id, asked = UUID(job.arguments["version_id"]), 0
    after: UUID | None = FIRST
    while after is not None:
        count, after = ask_to_retrain(version_id=version_id, at=now(), after=after, most=A_BATCH)
        asked += count
        report_progress(job=job, percent=50, message=str(asked), at=now())
    after = FIRST
    while after is not None:
        after = tell_of_version(version_id=version_id, at=now(), after=after, most=A_BATCH)
        report_progress(job=job, percent=90, message=str(asked), at=now())


def _except(job: Job) -> None:
    """Make the exceptions that somebody asked for, in parts; begun anew, it goes on where it stopped."""
    batch = ExceptionBatch.objects.select_related("owner").get(pk=job.arguments["batch"])
    people, left = len(batch.subject_ids), 1
    while left:
        left = go_on_with_batch(batch_id=batch.pk, at=now(), most=A_PART)
        done = people - left
        report_progress(job=job, percent=min(99, 100 * done // people), message=f"{done} / {people}", at=now())
    batch.refresh_from_db()
    tell_batch_done(batch=batch, at=now())


def _stand_with_equivalence(job: Job) -> None:
    """Let standings follow an equivalence that was added or ended, in batches; begun anew, it begins anew."""
    equivalence = Equivalence.objects.get(pk=job.arguments["equivalence"])
    changed = 0
    after: UUID | None = FIRST
    while after is not None:
        count, after = stand_with_equivalence(equivalence=equivalence, after=after)
        changed += count
        report_progress(job=job, percent=50, message=str(changed), at=now())


def _settle(job: Job) -> None:
    """Let a requirement act on the many whom it reaches, in batches; begun anew, it goes on where it stopped."""
    requirement = Requirement.objects.get(pk=job.arguments["requirement_id"])
    by, everyone = User.objects.get(pk=job.owner_id), bool(job.arguments.get("everyone"))
    ids = unsettled(requirement, at=now(), everyone=everyone)

    def settle(part: Sequence[UUID]) -> int:
        settle_people(requirement=requirement, user_ids=part, by=by, at=now(), everyone=everyone)
        return len(part)

    looked_at = 0
    for people in side_by_side(settle, [ids[start : start + A_BATCH] for start in range(0, len(ids), A_BATCH)]):
        looked_at += people
        percent = min(99, 100 * looked_at // len(ids))
        report_progress(job=job, percent=percent, message=f"{looked_at} / {len(ids)}", at=now())
    have = requirement.assignments.filter(ended_at__isnull=True).count()
    tell_given_to_all(requirement=requirement, to=by, once=str(job.pk), people=have, at=now())
