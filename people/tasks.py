"""Background work of the people room: links for passwords, lists of people, accounts of those who have left."""

from __future__ import annotations

import logging
from uuid import UUID
from zoneinfo import ZoneInfo

from celery import shared_task
from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from core.actions import JobRefused, finish_job, report_progress
from core.clock import now
from core.models import Job
from people import actions
from people.choices import ImportState
from people.folder import take_next
from people.lists import written_in_time
from people.mail import password_link_mail
from people.models import ImportRow, PeopleImport, User
from people.permissions import administrator_everywhere
from people.queries import leavers_at
from people.queries.imports import digest_of, plan_of
from people.uploads import UploadRefused
from records.facts import SystemActor

log = logging.getLogger(__name__)


@shared_task(name="people.send_password_link", autoretry_for=(OSError,), max_retries=5, retry_backoff=10)
def send_password_link(person_id: str) -> None:
    """Send a person the link to set their password; the link is made here and kept nowhere."""
    person = User.objects.filter(pk=UUID(person_id), is_active=True).first()
    if person is not None:
        password_link_mail(person).send()


@shared_task(name="people.close_leavers")
def close_leavers() -> None:
    """Close the accounts of those whose last day of work, at their site, is over."""
    at = now()
    for person in leavers_at(at):
        left_on = person.left_on
        if left_on is not None and at.astimezone(ZoneInfo(person.zone_name)).date() > left_on:
            actions.deactivate_person(
                person=person, by=SystemActor("leavers"), at=at, left_on=left_on, reason=_("The last day has passed.")
            )


@shared_task(name="people.watch_import_folder")
def watch_import_folder() -> None:
    """Take the next list out of the watched folder, unless one is under way."""
    if settings.IMPORT_FOLDER:
        take_next(folder=settings.IMPORT_FOLDER, mapping_name=settings.IMPORT_MAPPING, at=now())


def check_import(job: Job) -> None:
    """Read a list and keep what it would do. Begun anew after a crash, it reads everything anew.

    Raises JobRefused where the owner does not administer the whole organisation any more.
    """
    run = _run_of(job)
    if run.state != ImportState.CHECKING or run.job_id != job.pk:
        return
    with translation.override(run.owner.language), timezone.override(ZoneInfo(run.owner.zone_name)):
        _refuse_stranger(run)
        _check(run, job)


def apply_import(job: Job) -> None:
    """Write a checked list in batches; begun anew after a crash, it goes on at the first row that is not written.

    Where anything has changed since it was checked, the list is not applied: what it would do now is
    kept, and shown beside what it would have done.
    """
    run = _run_of(job)
    if run.state != ImportState.APPLYING or run.job_id != job.pk:
        return
    with translation.override(run.owner.language), timezone.override(ZoneInfo(run.owner.zone_name)):
        _refuse_stranger(run)
        if run.verified_at is not None or _is_as_checked(run, job):
            actions.begin_writing(run=run, at=now())
            _write(run, job)


def _run_of(job: Job) -> PeopleImport:
    return PeopleImport.objects.select_related("owner", "job").get(pk=job.arguments["import_id"])


def _refuse_stranger(run: PeopleImport) -> None:
    """Stop where the owner may not import any more: rights are those of now, not of when it was asked for."""
    owner = User.objects.for_request(run.owner_id)
    if owner is None or not administrator_everywhere(owner):
        words = _("Only an administrator of the whole organisation brings lists of people.")
        actions.fail_import(run=run, words=words, at=now())
        raise JobRefused(words)


def _check(run: PeopleImport, job: Job) -> None:
    on = timezone.localdate()

    def read(count: int) -> None:
        message = _("Step 1 of 2: {count} rows read").format(count=count)
        report_progress(job=job, percent=min(5 + count // 1000, 60), message=message, at=now())

    read(0)
    try:
        made, rows, open_accounts = plan_of(run, on=on, progress=read)
    except UploadRefused as refusal:
        actions.fail_import(run=run, words=str(refusal), at=now())
        raise JobRefused(str(refusal)) from None
    report_progress(job=job, percent=70, message=_("Step 2 of 2: keeping what it would do"), at=now())
    actions.keep_plan(run=run, job=job, made=made, on=on, row_count=rows, open_accounts=open_accounts, at=now())


def _is_as_checked(run: PeopleImport, job: Job) -> bool:
    """Say whether a list would still do what was shown; if not, keep what it would do now instead."""
    report_progress(job=job, percent=2, message=_("Looking whether anything has changed"), at=now())
    on = run.counts_on or timezone.localdate()
    made, rows, open_accounts = plan_of(run, on=on)
    if digest_of(made) == run.plan_sha256:
        return True
    actions.keep_plan(run=run, job=job, made=made, on=on, row_count=rows, open_accounts=open_accounts, at=now())
    return False


def _write(run: PeopleImport, job: Job) -> None:
    rows, words = ImportRow.objects.filter(run=run), _("{done} of {rows} rows")
    if not written_in_time(rows, job=job, write=lambda: actions.write_batch(run=run, at=now()), words=words):
        actions.go_on_writing(run=run, job=job, at=now())
        return
    actions.finish_writing(run=run, job=job, at=now())
    if job.state != "done":
        finish_job(job=job, at=now())
