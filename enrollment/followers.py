"""What follows from facts about people, and jobs that switching on asks for."""

from __future__ import annotations

from uuid import UUID

from django.utils.translation import gettext as _

from core.actions import ask_for_job, report_progress
from core.clock import now
from core.jobs import job_kind
from core.models import Job
from courses.choices import Retraining
from courses.facts import VERSION_EFFECTIVE
from courses.models import CourseVersion
from enrollment.actions import fill_requirement, follow_person
from enrollment.actions.assigning import tell_given_to_all
from enrollment.actions.excepting import BATCH_JOB, go_on_with_batch, tell_batch_done
from enrollment.actions.requirements import FILL_JOB
from enrollment.actions.retraining import ask_to_retrain
from enrollment.actions.standing import restand
from enrollment.models import ExceptionBatch, Requirement
from people import facts
from records.actions import CERTIFICATE_REVOKED
from records.facts import Fact, follow
from records.models import Certificate

A_BATCH = 2000
RETRAIN_JOB = "enrollment.ask_to_retrain"
A_PART = 25  # so many exceptions commit together
FIRST = UUID(int=0)


def connect() -> None:
    """Let what is required of people follow where they work."""
    for kind in facts.WORK_CHANGED:
        follow(kind, name="enrollment.follow_person", react=_follow)
    follow(CERTIFICATE_REVOKED, name="enrollment.stand_anew", react=_stand_anew)
    follow(VERSION_EFFECTIVE, name="enrollment.ask_to_retrain", react=_ask_to_retrain)
    job_kind(FILL_JOB, run=_fill)
    job_kind(RETRAIN_JOB, run=_retrain)
    job_kind(BATCH_JOB, run=_except)


def _follow(fact: Fact) -> None:
    follow_person(user_id=UUID(fact.payload["person_id"]), at=now())


def _stand_anew(fact: Fact) -> None:
    """Let a completion count no longer whose certificate was revoked."""
    restand(user_ids=[Certificate.objects.values_list("holder_id", flat=True).get(pk=fact.subject_id)])


def _ask_to_retrain(fact: Fact) -> None:
    """Let a job ask everyone whom the approver named to learn the version, in the approver's name."""
    version = CourseVersion.objects.get(pk=fact.subject_id)
    if version.retraining == Retraining.REPEAT and version.approved_by_id:
        title = _("Who learns {version}").format(version=version)
        ask_for_job(
            kind=RETRAIN_JOB,
            owner_id=version.approved_by_id,
            title=title,
            arguments={"version_id": version.pk},
            at=now(),
        )


def _retrain(job: Job) -> None:
    """Ask people to learn a version, in batches; begun anew, it asks nobody twice."""
    asked = 0
    after: UUID | None = FIRST
    while after is not None:
        count, after = ask_to_retrain(version_id=UUID(job.arguments["version_id"]), at=now(), after=after, most=A_BATCH)
        asked += count
        report_progress(job=job, percent=50, message=str(asked), at=now())


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


def _fill(job: Job) -> None:
    """Give a requirement to the many whom it reaches, in batches; begun anew, it goes on where it stopped."""
    requirement = Requirement.objects.select_related("switched_on_by").get(pk=job.arguments["requirement_id"])
    people = job.arguments.get("people") or 1
    after: UUID | None = FIRST
    while after is not None:
        _given, after = fill_requirement(requirement=requirement, at=now(), after=after, most=A_BATCH)
        have = requirement.assignments.filter(ended_at__isnull=True).count()
        percent = min(99, 100 * have // people)
        report_progress(job=job, percent=percent, message=f"{have} / {max(have, people)}", at=now())
    tell_given_to_all(requirement=requirement, people=have, at=now())
