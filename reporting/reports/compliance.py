"""Making a compliance report in a worker: read, write the spreadsheet, lay out the PDF, keep both."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.actions import JobLost, JobRefused, report_progress
from core.clock import now
from core.components.times import record_words
from core.models import Job
from core.pdf import PdfUnavailable
from enrollment.rules import day_in
from people.models import User
from people.permissions import overseer
from reporting.actions import MadeFile, keep_report
from reporting.choices import ReportFormat, Scope
from reporting.queries.boards import Board
from reporting.queries.dossiers import dossier_of
from reporting.queries.scopes import Asked, NothingToRead, asked_for
from reporting.reports.printed import render_report
from reporting.reports.spreadsheets import board_workbook
from reporting.rules import Filters
from reporting.words import filter_words

SECONDS_BETWEEN_SIGNS = 20  # of life, while the PDF is laid out in one go


def make(job: Job) -> None:
    """Make the files of one report with the rights that its owner has now.

    Called again after a crash it reads and makes everything anew; only the worker that still holds
    the job keeps what it made. Raises JobRefused where the owner may not read there any more.
    """
    owner = User.objects.for_request(job.owner_id)
    if owner is None or not overseer(owner):
        raise JobRefused(_("You may not ask for reports any more."))
    with translation.override(owner.language), timezone.override(ZoneInfo(owner.zone_name)):
        _make_for(owner, job)


def _make_for(owner: User, job: Job) -> None:
    at = now()
    on = day_in(owner.zone_name, at)
    subject = job.arguments.get("subject_id")
    filters = Filters(**job.arguments.get("filters", {}))
    report_progress(job=job, percent=5, message=_("Step 1 of 3: reading the records"), at=at)
    try:
        scope = Scope(job.arguments["scope"])
        asked = asked_for(owner, scope=scope, subject_id=UUID(subject) if subject else None, on=on)
    except NothingToRead:
        raise JobRefused(_("There is nobody left there whose record you may read.")) from None
    whole = asked.whole(at=at, on=on)
    board = whole.narrowed(filters, manager_id=str(owner.pk))
    words = filter_words(filters, whole)
    people = len(board.people)

    def written(count: int) -> None:
        message = ngettext(
            "Step 2 of 3: writing %(done)s of %(n)s person", "Step 2 of 3: writing %(done)s of %(n)s people", people
        )
        share = 10 + 40 * count // max(people, 1)
        report_progress(job=job, percent=share, message=message % {"done": count, "n": people}, at=now())

    written(0)
    dossier = dossier_of(asked.people.get(), at=at, on=on) if asked.scope == Scope.PERSON else None
    head = [(_("Report"), job.title), (_("Filters"), words or _("none")), (_("Asked by"), owner.name)]
    workbook = board_workbook(board, head=head, at=at, zone=owner.zone_name, progress=written, dossier=dossier)
    context = {
        "title": job.title,
        "filters": words or _("none"),
        "owner": owner,
        "asked_at": job.created_at,
        "at": at,
        "made_words": record_words(at),
        "dossier": dossier,
    }
    with _signs_of_life(job, people):
        try:
            document = render_report(board, context)
        except PdfUnavailable as error:
            raise JobRefused(_("PDFs cannot be made on this server at present. Tell an administrator.")) from error
    _keep(job, owner, asked, board, workbook=workbook, document=document, at=at)


def _keep(job: Job, owner: User, asked: Asked, board: Board, *, workbook: bytes, document: bytes, at: datetime) -> None:
    name = re.sub(r"[^\w]+", "-", f"{asked.title} {at:%Y-%m-%d}").strip("-").lower()[:150]
    files = [
        MadeFile(ReportFormat.PDF, f"{name}.pdf", document),
        MadeFile(ReportFormat.XLSX, f"{name}.xlsx", workbook),
    ]
    people = [person.id for person in board.people]
    keep_report(job=job, owner=owner, people=people, files=files, at=now())


@contextmanager
def _signs_of_life(job: Job, people: int) -> Iterator[None]:
    """Keep the claim on the job while one long step gives no news of itself."""
    message = _("Step 3 of 3: laying out the PDF")
    report_progress(job=job, percent=55, message=message, at=now())
    done = threading.Event()

    def breathe() -> None:
        percent = 55
        try:
            while not done.wait(SECONDS_BETWEEN_SIGNS):
                percent = min(95, percent + 5)
                report_progress(job=job, percent=percent, message=message, at=now())
        except JobLost:
            return  # keeping the report finds out the same and stops
        finally:
            connection.close()

    breath = threading.Thread(target=breathe, daemon=True)
    breath.start()
    try:
        yield
    finally:
        done.set()
        breath.join()
