"""Every write of the reporting room: what was looked at, what left, and the reports that people asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from core.actions import ask_for_job, finish_job
from core.ids import new_id
from core.models import Job
from core.storage import store_once
from notifications.actions import queue_notice
from notifications.wording import Notice
from people.models import User
from records.actions import record_fact
from records.models import Event
from reporting import facts
from reporting.choices import ReportFormat, Scope
from reporting.models import Report, ReportFile
from reporting.notices import REPORT_READY
from reporting.rules import LINK_LASTS, OPENED_AGAIN_AFTER

KIND = "reporting.compliance"


@transaction.atomic
def note_record_opened(*, person: User, by: User, at: datetime) -> None:
    """Write to the trail whose record an auditor opened; once for each person in ten minutes."""
    recently = Event.objects.filter(
        person_id=person.pk,
        actor_id=by.pk,
        verb=facts.RECORD_OPENED.verb,
        occurred_at__gt=at - OPENED_AGAIN_AFTER,
    )
    if not recently.exists():
        record_fact(
            facts.RECORD_OPENED,
            by=by,
            at=at,
            subject_type="user",
            subject_id=person.pk,
            person_id=person.pk,
            payload={"name": person.name},
        )


@transaction.atomic
def note_export(*, what: str, format: str, rows: int, filters: str, by: User, at: datetime) -> None:
    """Write to the trail what somebody took out of the system, before it leaves."""
    record_fact(
        facts.EXPORTED,
        by=by,
        at=at,
        subject_type="export",
        subject_id=new_id(),
        payload={"what": what, "format": format, "rows": rows, "filters": filters or _("without filters")},
    )


@transaction.atomic
def ask_for_report(
    *, scope: Scope, subject_id: UUID | None, filters: Mapping[str, str], title: str, by: User, at: datetime
) -> Job:
    """Ask for a compliance report as PDF and XLSX; a worker makes it with the rights of `by`."""
    arguments = {"scope": scope, "subject_id": subject_id, "filters": dict(filters)}
    job = ask_for_job(kind=KIND, owner_id=by.pk, title=title, arguments=arguments, at=at)
    _about(job, facts.REPORT_ASKED, by=by, at=at, scope=scope, subject=subject_id, filters=dict(filters))
    return job


@dataclass(frozen=True, slots=True)
class MadeFile:
    """One file of a report, not stored yet."""

    format: ReportFormat
    name: str
    content: bytes


@transaction.atomic
def keep_report(*, job: Job, owner: User, people: Sequence[str], files: Sequence[MadeFile], at: datetime) -> Report:
    """Keep the files of a finished report, end its job and tell its owner, together.

    Raises core.actions.JobLost, and keeps nothing, when another worker has taken the job over.
    """
    finish_job(job=job, message=_("Ready"), at=at)
    report = Report.objects.create(job=job, people=list(people), made_at=at)
    for file in files:
        key, digest = store_once(file.content, suffix=f".{file.format}")
        ReportFile.objects.create(
            job=job,
            format=file.format,
            name=file.name,
            storage_key=key,
            sha256=digest,
            size_bytes=len(file.content),
            expires_at=at + LINK_LASTS,
        )
    hashes = {file.format: file.sha256 for file in job.report_files.all()}
    _about(job, facts.REPORT_MADE, by=owner, at=at, name=owner.name, people=len(people), sha256=hashes)
    notice = Notice(REPORT_READY, {"title": job.title}, glyph="done")
    queue_notice(recipient=owner, notice=notice, once=f"report:{job.pk}", path=reverse("reporting:reports"), at=at)
    return report


@transaction.atomic
def note_fetched(*, file: ReportFile, by: User, at: datetime) -> None:
    """Write to the trail that somebody downloaded a report."""
    _about(file.job, facts.REPORT_FETCHED, by=by, at=at, format=ReportFormat(file.format).label, sha256=file.sha256)


@transaction.atomic
def discard_expired_files(*, at: datetime) -> list[str]:
    """Let go of the files of reports whose links have ended; return the keys of bytes that nobody needs any more.

    What was made, for whom, and with which hashes stays in the trail.
    """
    expired = list(
        ReportFile.objects.select_for_update(skip_locked=True).filter(expires_at__lte=at, discarded_at__isnull=True)
    )
    ReportFile.objects.filter(pk__in=[file.pk for file in expired]).update(discarded_at=at)
    keys = {file.storage_key for file in expired}
    needed = ReportFile.objects.filter(storage_key__in=keys, discarded_at__isnull=True)
    return sorted(keys - set(needed.values_list("storage_key", flat=True)))


def _about(job: Job, kind: Any, *, by: User, at: datetime, **payload: Any) -> None:
    record_fact(
        kind,
        by=by,
        at=at,
        subject_type="report",
        subject_id=job.pk,
        payload={"title": job.title, **payload},
    )
