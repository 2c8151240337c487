"""Lists of old completions: brought, their columns named, what they would do, loaded; and their errors."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.choices import JobState
from core.clock import now
from core.sheets import csv_answer
from core.throttle import within_limit
from core.views import job_card, requires
from enrollment.actions import histories as actions
from enrollment.choices import HistoryRowKind
from enrollment.forms.histories import HistoryColumnsForm
from enrollment.models import CompletionImport, CompletionImportRow
from enrollment.permissions import histories_of
from enrollment.queries.histories import same_file_before
from enrollment.rules.histories import guess_columns
from people.choices import ImportState
from people.lists import ListForm, rows_with_reasons, sample_of
from people.permissions import administrator
from people.requests import PersonRequest
from people.uploads import column_values

ON_A_PAGE = 50
BROUGHT_A_MINUTE = 10
UNDER_WAY = (ImportState.CHECKING, ImportState.APPLYING)
ORDER = (HistoryRowKind.ERROR, HistoryRowKind.NEW, HistoryRowKind.KNOWN)  # what asks for attention first
either = require_http_methods(["GET", "HEAD", "POST"])


@requires(administrator)
@either
def histories(request: PersonRequest) -> HttpResponse:
    """Show the lists that were brought, and take another one."""
    help_text = _("CSV or XLSX with headings in the first row: at most 50 MB and 200,000 rows.")
    form = ListForm(*((request.POST, request.FILES) if request.method == "POST" else ()), help_text=help_text)
    if request.method == "POST" and form.is_valid():
        if within_limit("history-import", who=str(request.user.pk), times=BROUGHT_A_MINUTE, seconds=60):
            file = form.cleaned_data["file"]
            run = actions.bring_history(file=file.file, name=file.name, sheet=form.sheet, by=request.user, at=now())
            return redirect("enrollment:history_columns", run.pk)
        form.add_error(None, _("Those are many lists at once. Wait a minute and try again."))
    page = Paginator(histories_of(request.user), 25).get_page(request.GET.get("page"))
    context = {"form": form, "page": page}
    return render(request, "enrollment/completions/histories.html", context, status=422 if form.errors else 200)


@requires(administrator)
@either
def history_columns(request: PersonRequest, import_id: UUID) -> HttpResponse:
    """Name the columns of a list, and let it be checked."""
    run = _find(request, import_id)
    if run.state in (ImportState.APPLYING, ImportState.APPLIED, ImportState.DISCARDED):
        return redirect("enrollment:history", run.pk)
    typed = request.POST if request.method == "POST" else None
    sample = sample_of(run)
    values = {heading: column_values(sample, place) for place, heading in enumerate(run.headings)}
    chosen = run.columns or guess_columns(run.headings, values)
    form = HistoryColumnsForm(typed, run=run, sample=sample, chosen=chosen)
    if request.method == "POST" and form.is_valid():
        order = form.cleaned_data["date_order"]
        try:
            actions.read_history(run=run, columns=form.columns, date_order=order, by=request.user, at=now())
        except actions.HistoryRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("enrollment:history", run.pk)
    context = {"run": run, "form": form, "sample": sample[:5], "before": same_file_before(run)}
    return render(request, "enrollment/completions/columns.html", context, status=422 if form.errors else 200)


@requires(administrator)
@require_safe
def history(request: PersonRequest, import_id: UUID) -> HttpResponse:
    """Show how far a list is: what it would do, row by row, or what it has done."""
    run = _find(request, import_id)
    if run.state == ImportState.MAPPING:
        return redirect("enrollment:history_columns", run.pk)
    counts = run.made or run.planned
    asked = request.GET.get("kind", "")
    first = next((kind for kind in ORDER if counts.get(kind)), HistoryRowKind.NEW)
    kind = HistoryRowKind(asked) if asked in HistoryRowKind.values else first
    rows = CompletionImportRow.objects.filter(run=run, kind=kind).select_related("user", "version")
    page = Paginator(rows.order_by("line"), ON_A_PAGE).get_page(request.GET.get("page"))
    address = reverse("enrollment:history", args=[run.pk])
    job = run.job
    context = {
        "run": run,
        "counts": counts,
        "kind": kind,
        "page": page,
        "tabs": [
            (str(each.label), f"{address}?kind={each.value}", counts.get(each, 0), each == kind)
            for each in (HistoryRowKind.NEW, HistoryRowKind.KNOWN, HistoryRowKind.ERROR)
        ],
        "card": _card(run),
        "before": same_file_before(run),
        "may_load": run.state == ImportState.CHECKED and counts.get(HistoryRowKind.NEW, 0) > 0,
        "may_discard": run.state in (ImportState.CHECKED, ImportState.FAILED),
        "has_stopped": run.state in UNDER_WAY and job is not None and job.state in JobState.ended(),
    }
    return render(request, "enrollment/completions/history.html", context)


@requires(administrator)
@require_safe
def history_job(request: PersonRequest, import_id: UUID) -> HttpResponse:
    """Answer with the card of the job of a list, for the page that shows it."""
    run = _find(request, import_id)
    card = _card(run) or (job_card(run.job) if run.job else None)
    return render(request, "components/job_card.html", card) if card else HttpResponse(status=204)


@requires(administrator)
@require_POST
def load_history(request: PersonRequest, import_id: UUID) -> HttpResponse:
    """Let what is new in a checked list be loaded, or what is left of it."""
    run = _find(request, import_id)
    try:
        actions.load_history(run=run, by=request.user, at=now())
    except actions.HistoryRefused as refusal:
        messages.error(request, str(refusal))
    return redirect("enrollment:history", run.pk)


@requires(administrator)
@require_POST
def discard_history(request: PersonRequest, import_id: UUID) -> HttpResponse:
    """Let go of a list that was not loaded."""
    run = _find(request, import_id)
    try:
        actions.discard_history(run=run, by=request.user, at=now())
    except actions.HistoryRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("enrollment:history", run.pk)
    messages.success(request, _("The list %(file)s is discarded. Nothing was changed.") % {"file": run.file_name})
    return redirect("enrollment:histories")


@requires(administrator)
@require_safe
def history_errors(request: PersonRequest, import_id: UUID) -> HttpResponseBase:
    """Send the rows in error as they stand in the file, each with its line and the reason."""
    run = _find(request, import_id)
    actions.note_errors_fetched(run=run, by=request.user, at=now())
    rows = CompletionImportRow.objects.filter(run=run, kind=HistoryRowKind.ERROR)
    reasons = dict(rows.values_list("line", "words"))
    return csv_answer(rows_with_reasons(run, reasons), name=f"errors-{run.file_name.rsplit('.', 1)[0][:60]}")


def _card(run: CompletionImport) -> dict[str, Any] | None:
    """Return what the job card shows while a list is under way."""
    if run.state not in UNDER_WAY or run.job is None:
        return None
    return job_card(run.job, poll_url=reverse("enrollment:history_job", args=[run.pk]))


def _find(request: PersonRequest, import_id: UUID) -> CompletionImport:
    return get_object_or_404(histories_of(request.user), pk=import_id)
