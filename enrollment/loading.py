"""The jobs that check and load lists of old completions."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from core.actions import JobRefused, finish_job, report_progress
from core.choices import JobState
from core.clock import now
from core.models import Job
from enrollment.actions import histories
from enrollment.choices import HistoryRowKind
from enrollment.models import CompletionImport, CompletionImportRow
from enrollment.queries.histories import PEOPLE_AT_ONCE, judged, told_by
from people.choices import ImportState
from people.lists import written_in_time
from people.models import User
from people.permissions import administered_by, administrator
from people.uploads import UploadRefused


def check_history(job: Job) -> None:
    """Read a list and keep what it would do. Begun anew after a crash, it reads everything anew."""
    run = _run_of(job)
    if run.state != ImportState.CHECKING or run.job_id != job.pk:
        return
    with translation.override(run.owner.language), timezone.override(ZoneInfo(run.owner.zone_name)):
        owner = _owner_of(run)

        def read(count: int) -> None:
            message = _("{count} rows read").format(count=count)
            report_progress(job=job, percent=min(5 + count // 2500, 60), message=message, at=now())

        read(0)
        try:
            told = told_by(run, progress=read)
        except UploadRefused as refusal:
            histories.fail_history(run=run, words=str(refusal), at=now())
            raise JobRefused(str(refusal)) from None

        def compared(count: int) -> None:
            percent, message = min(70 + count // PEOPLE_AT_ONCE, 95), _("Comparing with the records")
            report_progress(job=job, percent=percent, message=message, at=now())

        compared(0)
        at = now()
        people = administered_by(owner, on=at.date())
        rows = judged(told, people=people, owner=owner, at=at, progress=compared)
        histories.keep_judged(run=run, job=job, rows=rows, at=now())


def load_history(job: Job) -> None:
    """Write a checked list in parts; begun anew after a crash, it goes on at the first row that is not written."""
    run = _run_of(job)
    if run.state != ImportState.APPLYING or run.job_id != job.pk:
        return
    with translation.override(run.owner.language), timezone.override(ZoneInfo(run.owner.zone_name)):
        _owner_of(run)
        rows = CompletionImportRow.objects.filter(run=run, kind=HistoryRowKind.NEW)
        words = _("{done} of {rows} completions")
        if not written_in_time(rows, job=job, write=lambda: histories.load_part(run=run, at=now()), words=words):
            histories.go_on_loading(run=run, job=job, at=now())
            return
        histories.finish_loading(run=run, job=job, at=now())
        if job.state != JobState.DONE:
            finish_job(job=job, at=now())


def _run_of(job: Job) -> CompletionImport:
    return CompletionImport.objects.select_related("owner", "job").get(pk=job.arguments["import_id"])


def _owner_of(run: CompletionImport) -> User:
    """Return the owner with the rights of now. Raises JobRefused where they administer nobody any more."""
    owner: User | None = User.objects.for_request(run.owner_id)
    if owner is None or not administrator(owner):
        words = _("Only an administrator brings lists of completions.")
        histories.fail_history(run=run, words=words, at=now())
        raise JobRefused(words)
    return owner
