"""Compliance reports: what they would say, asking for them, how far they are, and their files."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.actions import cancel_job
from core.choices import JobState
from core.clock import now
from core.http import stored_file
from core.models import Job
from core.sheets import XLSX
from core.throttle import within_limit
from core.views import job_card, requires
from people.models import User
from people.permissions import overseer
from reporting.actions import KIND, ask_for_report, note_fetched
from reporting.cells import matrix_rows
from reporting.choices import ReportFormat, Scope
from reporting.models import ReportFile
from reporting.permissions import may_fetch
from reporting.queries.scopes import Asked, NothingToRead, asked_for, person_named, scopes_of
from reporting.rules import link_works
from reporting.views.common import PAGE, as_query, day_of, filters_from, reader_of, shown
from reporting.views.team import board_context
from reporting.words import filter_words

TYPES = {ReportFormat.PDF: "application/pdf", ReportFormat.XLSX: XLSX}
ASKED_A_MINUTE = 10


def _jobs(user: User) -> Any:
    return Job.objects.filter(owner_id=user.pk, kind=KIND).order_by("-created_at")


@requires(overseer)
@require_safe
def reports(request: HttpRequest) -> HttpResponse:
    """Show the reports that one asked for: those being made, and those that can be downloaded."""
    at, user = now(), reader_of(request)
    being_made = list(_jobs(user).filter(state__in=[JobState.QUEUED, JobState.RUNNING]))
    ended = _jobs(user).filter(state__in=[JobState.DONE, JobState.FAILED]).prefetch_related("report_files")
    page = Paginator(ended, PAGE).get_page(request.GET.get("page"))
    context = {
        "cards": [_card(job) for job in being_made],
        "page": page,
        "made": [_made(job, at=at) for job in page],
    }
    return shown(request, "reporting/reports.html", context, at=at)


def _card(job: Job) -> dict[str, Any]:
    """Return what the job card shows; while the job is under way it asks for itself again."""
    poll, cancel = (reverse(f"reporting:{name}", args=[job.pk]) for name in ("job", "cancel"))
    return job_card(job, poll_url=poll, cancel_url=cancel)


def _made(job: Job, *, at: datetime) -> dict[str, Any]:
    files = sorted(job.report_files.all(), key=lambda file: file.format)
    expires_at = min((file.expires_at for file in files), default=None)
    return {
        "job": job,
        "files": files,
        "size": sum(file.size_bytes for file in files),
        "expires_at": expires_at,
        "works": expires_at is not None and link_works(expires_at=expires_at, at=at),
        "has_failed": job.state == JobState.FAILED,
        "again": _again(job),
    }


def _again(job: Job) -> str:
    """Return the address of the form that asks for the same report once more."""
    scope, subject = job.arguments.get("scope", ""), job.arguments.get("subject_id")
    return "?" + urlencode(
        {"scope": scope, **({scope: subject} if subject else {}), **job.arguments.get("filters", {})}
    )


@requires(overseer)
@require_safe
def job(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Answer with the card of one's own job, for the page that shows it."""
    found = get_object_or_404(_jobs(reader_of(request)), pk=job_id)
    return render(request, "components/job_card.html", _card(found))


@requires(overseer)
@require_POST
def cancel(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Call off one's own report that is still being made."""
    found = get_object_or_404(_jobs(reader_of(request)), pk=job_id)
    if cancel_job(job_id=found.pk, owner_id=found.owner_id, at=now()):
        messages.success(request, _("The report was called off."))
    return redirect("reporting:reports")


def _subject(values: QueryDict, user: User, *, at: datetime) -> Asked:
    """Return what an address or form asks a report of. Raises NothingToRead."""
    on = day_of(user, at)
    try:
        scope = Scope(values.get("scope", ""))
        typed = values.get(scope.value, "")
        if scope == Scope.PERSON and (named := person_named(user, typed, on=on)):
            return asked_for(user, scope=scope, subject_id=named.pk, on=on)
        return asked_for(user, scope=scope, subject_id=UUID(typed) if typed else None, on=on)
    except ValueError as error:
        raise NothingToRead(str(error)) from error


@requires(overseer)
@require_safe
def new_report(request: HttpRequest) -> HttpResponse:
    """Let one choose what a report is about, and show the numbers that it will have."""
    at, user = now(), reader_of(request)
    on = day_of(user, at)
    asked, is_missing = None, False
    if request.GET.get("scope"):
        try:
            asked = _subject(request.GET, user, at=at)
        except NothingToRead:
            is_missing = True
    if asked is None:
        context = {"scopes": _choices(user, on), "has_reports": user.has_reports, "is_missing": is_missing}
        return shown(request, "reporting/new_report.html", context, at=at, status=404 if is_missing else 200)
    filters = filters_from(request.GET)
    whole = asked.whole(at=at, on=on)
    board = whole.narrowed(filters, manager_id=str(user.pk))
    page = Paginator(board.people, PAGE).get_page(request.GET.get("page"))
    numbers = board_context(board, board, request=request)
    context = {
        **numbers,
        "numbers": [(state, count, "") for state, count, _address in numbers["numbers"]],
        "asked": asked,
        "board": board,
        "page": page,
        "rows": matrix_rows(page, board.columns, board.marks),
        "filter_words": filter_words(filters, whole),
        "fields": _fields(asked, as_query(filters)),
    }
    return shown(request, "reporting/preview.html", context, at=at)


def _choices(user: User, on: Any) -> list[tuple[str, str, list[tuple[str, str]]]]:
    found = scopes_of(user, on=on)
    return [(scope.value, str(scope.label), options) for scope, options in found.items() if options]


def _fields(asked: Asked, filters: dict[str, str]) -> list[tuple[str, str]]:
    subject = [(asked.scope.value, str(asked.subject_id))] if asked.subject_id else []
    return [("scope", asked.scope.value), *subject, *filters.items()]


@requires(overseer)
@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """Put a report into the queue and lead to its card."""
    at, user = now(), reader_of(request)
    if not within_limit("report", who=str(user.pk), times=ASKED_A_MINUTE, seconds=60):
        messages.error(request, _("That are many reports at once. Wait a minute and ask again."))
        return redirect("reporting:reports")
    try:
        asked = _subject(request.POST, user, at=at)
    except NothingToRead as error:
        raise Http404(str(error)) from error
    filters = filters_from(request.POST)
    words = "" if filters.is_empty else filter_words(filters, asked.whole(at=at, on=day_of(user, at)))
    title = f"{asked.title} ({words})" if words else asked.title
    ask_for_report(
        scope=asked.scope, subject_id=asked.subject_id, filters=as_query(filters), title=title, by=user, at=at
    )
    return redirect("reporting:reports")


@requires(overseer)
@require_safe
def report_file(request: HttpRequest, job_id: UUID, format: str) -> HttpResponseBase:
    """Send a file of one's own report, while its link works and one may still read everyone in it."""
    at, user = now(), reader_of(request)
    files = ReportFile.objects.filter(job__owner_id=user.pk, job_id=job_id).select_related("job__report")
    file = get_object_or_404(files, format=format)
    if not link_works(expires_at=file.expires_at, at=at):
        return _gone(request, file, why="expired", at=at)
    if not may_fetch(user, file, on=day_of(user, at)):
        return _gone(request, file, why="rights", at=at)
    note_fetched(file=file, by=user, at=at)
    answer = stored_file(
        request, key=file.storage_key, name=file.name, content_type=TYPES[ReportFormat(file.format)], download=True
    )
    answer["Cache-Control"] = "private, no-store"
    return answer


def _gone(request: HttpRequest, file: ReportFile, *, why: str, at: datetime) -> HttpResponse:
    """Say why a file is not given any more, and lead to the form that makes it anew."""
    context = {"file": file, "why": why, "again": _again(file.job)}
    return shown(request, "reporting/gone.html", context, at=at, status=410 if why == "expired" else 403)
