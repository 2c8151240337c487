"""Lists of people: brought, their columns named, what they would do, applied; and their rejected rows."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.actions import cancel_job
from core.choices import JobState
from core.clock import now
from core.sheets import csv_answer
from core.throttle import within_limit
from core.views import job_card, requires
from people import actions
from people.actions import NotAllowed
from people.choices import ImportField, ImportSource, ImportState, RowKind
from people.forms.imports import ConfirmForm, ReadingForm, RowsForm
from people.lists import ListForm, rows_with_reasons, sample_of
from people.models import ImportRow, PeopleImport
from people.permissions import administrator_everywhere
from people.queries.imports import attribute_fields, imports_of_everyone, mapping_for
from people.requests import PersonRequest
from people.rules.import_plan import stops
from people.rules.import_rows import guess_columns

ON_A_PAGE = 50
BROUGHT_A_MINUTE = 10
LEFT = (RowKind.LEFT, RowKind.MISSING)
UNDER_WAY = (ImportState.CHECKING, ImportState.APPLYING)
either = require_http_methods(["GET", "HEAD", "POST"])


@either
@requires(administrator_everywhere)
def imports(request: PersonRequest) -> HttpResponse:
    """Show the lists that were brought, and take another one."""
    help_text = _("CSV or XLSX with headings in the first row: at most 50 MB and 200,000 people.")
    form = ListForm(*((request.POST, request.FILES) if request.method == "POST" else ()), help_text=help_text)
    if request.method == "POST" and form.is_valid():
        if within_limit("people-import", who=str(request.user.pk), times=BROUGHT_A_MINUTE, seconds=60):
            file = form.cleaned_data["file"]
            run = actions.bring_import(
                file=file.file,
                name=file.name,
                sheet=form.sheet,
                owner=request.user,
                source=ImportSource.UPLOAD,
                by=request.user,
                at=now(),
            )
            return redirect("people:import_columns", run.pk)
        form.add_error(None, _("Those are many lists at once. Wait a minute and try again."))
    page = Paginator(imports_of_everyone(), 25).get_page(request.GET.get("page"))
    context = {"form": form, "page": page}
    return render(request, "people/imports.html", context, status=422 if form.errors else 200)


@require_safe
@requires(administrator_everywhere)
def import_run(request: PersonRequest, import_id: UUID) -> HttpResponse:
    """Show how far a list is: what it would do, row by row, or what it has done."""
    run = _find(import_id)
    if run.state == ImportState.MAPPING:
        return redirect("people:import_columns", run.pk)
    return _shown(request, run, ConfirmForm())


def _shown(request: PersonRequest, run: PeopleImport, form: ConfirmForm, *, status: int = 200) -> HttpResponse:
    rows_form = RowsForm(request.GET)
    wanted = rows_form.cleaned_data if rows_form.is_valid() else {}
    counts = run.made or run.planned
    asked = str(wanted.get("kind") or "")
    kind = asked if asked in RowKind.values else _first_kind(counts)
    rows = ImportRow.objects.filter(run=run, kind__in=LEFT if kind in LEFT else [kind])
    words = wanted.get("q") or ""
    if words:
        rows = rows.filter(Q(name__icontains=words) | Q(number__icontains=words))
    page = Paginator(rows.order_by("id"), ON_A_PAGE).get_page(request.GET.get("page"))
    labels = {field.value: str(field.label) for field in ImportField}
    percent = actions.most_leaving_percent()
    form.fields["typed"].required = True  # where it is shown at all
    context = {
        "run": run,
        "form": form,
        "card": _card(run),
        "kind": kind,
        "kind_words": RowKind(kind).label,
        "q": words,
        "tabs": _tabs(run, counts, kind),
        "counts": counts,
        "left": sum(counts.get(each, 0) for each in LEFT),
        "written": sum(run.planned.get(each, 0) for each in ("added", "changed", "moved", *LEFT)),
        "before": _difference(run),
        "late": run.made and run.made != run.planned,
        "page": page,
        "rows": [(row, [(labels.get(name, name), old, new) for name, old, new in row.changes]) for row in page],
        "percent": percent.normalize(),
        "is_stopped": run.state in (ImportState.CHECKED, ImportState.STOPPED)
        and stops(leaving=run.leaving, open_accounts=run.open_accounts or 0, percent=percent),
        "may_apply": run.state in (ImportState.CHECKED, ImportState.STOPPED),
        "goes_on": run.state in UNDER_WAY and run.job is not None and run.job.state in JobState.ended(),
    }
    return render(request, "people/import_run.html", context, status=status)


def _first_kind(counts: dict[str, int]) -> str:
    """Return the list that asks for attention first."""
    order = (RowKind.REJECTED, RowKind.LEFT, RowKind.MISSING, RowKind.ADDED, RowKind.MOVED, RowKind.CHANGED)
    return next((kind.value for kind in order if counts.get(kind)), RowKind.UNCHANGED.value)


def _tabs(run: PeopleImport, counts: dict[str, int], kind: str) -> list[tuple[str, str, int, bool]]:
    address = reverse("people:import_run", args=[run.pk])
    found = []
    for each in (RowKind.ADDED, RowKind.CHANGED, RowKind.MOVED, RowKind.LEFT, RowKind.REJECTED, RowKind.UNCHANGED):
        of = LEFT if each == RowKind.LEFT else (each,)
        count = sum(counts.get(one, 0) for one in of)
        found.append((str(each.label), f"{address}?kind={each.value}", count, kind in of))
    return found


def _difference(run: PeopleImport) -> list[tuple[str, int, int]]:
    """Return what a list would do now and what was shown before, where the numbers differ."""
    return [
        (str(kind.label), run.before.get(kind, 0), run.planned.get(kind, 0))
        for kind in RowKind
        if run.before and run.before.get(kind, 0) != run.planned.get(kind, 0)
    ]


def _card(run: PeopleImport) -> dict[str, Any] | None:
    """Return what the job card shows while a list is under way; only a check can be called off."""
    if run.state not in UNDER_WAY or run.job is None:
        return None
    cancel = reverse("people:call_off_import", args=[run.pk]) if run.state == ImportState.CHECKING else ""
    return job_card(run.job, poll_url=reverse("people:import_job", args=[run.pk]), cancel_url=cancel)


def _find(import_id: UUID) -> PeopleImport:
    found: PeopleImport = get_object_or_404(imports_of_everyone(), pk=import_id)
    return found


@require_safe
@requires(administrator_everywhere)
def import_job(request: PersonRequest, import_id: UUID) -> HttpResponse:
    """Answer with the card of the job of a list, for the page that shows it."""
    run = _find(import_id)
    card = _card(run) or (job_card(run.job) if run.job else None)
    return render(request, "components/job_card.html", card) if card else HttpResponse(status=204)


@either
@requires(administrator_everywhere)
def import_columns(request: PersonRequest, import_id: UUID) -> HttpResponse:
    """Name the columns of a list, and let it be checked."""
    run = _find(import_id)
    if run.state not in (ImportState.MAPPING, ImportState.CHECKED, ImportState.STOPPED, ImportState.FAILED):
        return redirect("people:import_run", run.pk)
    attributes = attribute_fields()
    saved = None if run.columns else mapping_for(run.headings)
    initial = dict(run.reading if run.columns else _suggested(run, saved, attributes))
    typed = request.POST if request.method == "POST" else None
    sample = sample_of(run)
    form = ReadingForm(typed, run=run, sample=sample, attributes=attributes, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            actions.read_import(
                run=run, reading=form.reading(), by=request.user, at=now(), save_as=form.cleaned_data["save_as"]
            )
        except NotAllowed as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("people:import_run", run.pk)
    context = {"run": run, "form": form, "saved": saved, "sample": sample[:5]}
    return render(request, "people/import_columns.html", context, status=422 if form.errors else 200)


def _suggested(run: PeopleImport, saved: Any, attributes: Any) -> dict[str, Any]:
    """Return how a list is probably read: as the last one with these headings, or by what they say."""
    if saved is not None:
        spelled = {heading.casefold(): heading for heading in run.headings}
        columns = {key: spelled.get(heading.casefold(), "") for key, heading in saved.columns.items()}
        return {**saved.reading, "columns": columns, "save_as": saved.name}
    guessed = guess_columns(run.headings, {key: name for key, (name, _options) in attributes.items()})
    found = {**run.reading, "columns": guessed}
    del found["date_order"]  # the form guesses it from the days
    return found


@require_POST
@requires(administrator_everywhere)
def call_off_import(request: PersonRequest, import_id: UUID) -> HttpResponse:
    """Call off the check of a list."""
    run = _find(import_id)
    if run.state == ImportState.CHECKING and run.job is not None:
        cancel_job(job_id=run.job.pk, owner_id=run.owner_id, at=now())
        actions.call_off_check(run=run, by=request.user, at=now())
    return redirect("people:import_run", run.pk)


@require_POST
@requires(administrator_everywhere)
def apply_import(request: PersonRequest, import_id: UUID) -> HttpResponse:
    """Let a checked list be applied; where many would leave, with their number typed."""
    run = _find(import_id)
    form = ConfirmForm(request.POST)
    if form.is_valid():
        try:
            actions.apply_import(run=run, by=request.user, at=now(), typed=form.cleaned_data["typed"])
        except NotAllowed as refusal:
            form.add_error("typed", str(refusal))
        else:
            return redirect("people:import_run", run.pk)
    return _shown(request, run, form, status=422)


@require_POST
@requires(administrator_everywhere)
def discard_import(request: PersonRequest, import_id: UUID) -> HttpResponse:
    """Let go of a list that was not applied."""
    run = _find(import_id)
    try:
        actions.discard_import(run=run, by=request.user, at=now())
    except NotAllowed as refusal:
        messages.error(request, str(refusal))
        return redirect("people:import_run", run.pk)
    messages.success(request, _("The list %(file)s is discarded. Nothing was changed.") % {"file": run.file_name})
    return redirect("people:imports")


@require_safe
@requires(administrator_everywhere)
def import_rejects(request: PersonRequest, import_id: UUID) -> HttpResponseBase:
    """Send the rejected rows as they stand in the file, each with its line and the reason."""
    run = _find(import_id)
    actions.note_rejects_fetched(run=run, by=request.user, at=now())
    rejected = ImportRow.objects.filter(run=run, kind=RowKind.REJECTED)
    reasons = {line: reason for line, reason in rejected.values_list("line", "reason") if line is not None}
    return csv_answer(rows_with_reasons(run, reasons), name=f"rejected-{run.file_name.rsplit('.', 1)[0][:60]}")
