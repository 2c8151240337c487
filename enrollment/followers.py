"""What follows from facts about people, and jobs that switching on asks for."""

from __future__ import annotations

from uuid import UUID

from core.actions import report_progress
from core.clock import now
from core.jobs import job_kind
from core.models import Job
from enrollment.actions import fill_requirement, follow_person
from enrollment.actions.assigning import tell_given_to_all
from enrollment.actions.excepting import BATCH_JOB, go_on_with_batch, tell_batch_done
from enrollment.actions.requirements import FILL_JOB
from enrollment.models import ExceptionBatch, Requirement
from people import facts
from records.facts import Fact, follow

A_BATCH = 2000
A_PART = 25  # so many exceptions commit together
FIRST = UUID(int=0)


def connect() -> None:
    """Let what is required of people follow where they work."""
    for kind in facts.WORK_CHANGED:
        follow(kind, name="enrollment.follow_person", react=_follow)
    job_kind(FILL_JOB, run=_fill)
    job_kind(BATCH_JOB, run=_except)


def _follow(fact: Fact) -> None:
    follow_person(user_id=UUID(fact.payload["person_id"]), at=now())


def _except(job: Job) -> None:
    """Make the exceptions that somebody asked for, in parts; begun anew, it goes on where it stopped."""
    batch = ExceptionBatch.objects.select_related("owner").get(pk=job.arguments["batch"])
    people, left = len(batch.assignment_ids), 1
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
