"""The same for several people at once: whom, what each would get, and what came out."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.clock import now
from core.ids import ids_in
from core.models import Job
from core.views import requires
from enrollment.actions.excepting import (
    EXCEPTIONS,
    BatchChanged,
    Effect,
    NobodyChosen,
    begin_batch,
    confirm_batch,
    effects_key,
    effects_of,
)
from enrollment.actions.several import several_of
from enrollment.choices import ExceptionKind
from enrollment.forms import ForAllForm, MoreTimeForm, RequireForm, WaiverForm
from enrollment.models import Assignment, ExceptionBatch
from enrollment.permissions import administered_among, may_except, requirements_readable_by, sites_of
from enrollment.queries import course_titles, courses_offered, people_with
from enrollment.queries.exceptions import policy_limits
from enrollment.rules import day_in, short_day
from enrollment.views.leading_back import back_to
from people.choices import AccessRole
from people.requests import PersonRequest

SHOWN = 200  # so many people stand in a preview; the others are counted
PAGE = 100
TITLES = {
    ExceptionKind.EXTEND: gettext_lazy("More time for several people"),
    ExceptionKind.WAIVE: gettext_lazy("Waivers for several people"),
    ExceptionKind.ASSIGN: gettext_lazy("Require a training of several people"),
    ExceptionKind.REVOKE: gettext_lazy("Revoke several certificates"),
    ExceptionKind.REOPEN: gettext_lazy("Re-open for several people"),
    ExceptionKind.MOVE: gettext_lazy("Move several people to the version in effect"),
}
MEANS = {
    ExceptionKind.ASSIGN: gettext_lazy("It becomes one requirement for these people by name."),
    ExceptionKind.REVOKE: gettext_lazy("What was certified counts no longer. This cannot be taken back."),
    ExceptionKind.REOPEN: gettext_lazy("They go on where they were; attempts at a quiz keep counting."),
    ExceptionKind.MOVE: gettext_lazy("What they have done and is unchanged stays done; the rest is to be done again."),
}


@requires(may_except)
@require_POST
def new_batch(request: PersonRequest) -> HttpResponse:
    """Begin with the people chosen from a requirement's list: some of them, or all who match its filter."""
    back = back_to(request, "/")
    kind = request.POST.get("kind", "")
    ids = _all_of(request) if request.POST.get("all") else ids_in(request.POST.getlist("assignment"))
    try:
        made = begin_batch(
            kind=ExceptionKind(kind) if kind in ExceptionKind.values else ExceptionKind.EXTEND,
            assignment_ids=ids,
            by=request.user,
            at=now(),
        )
    except NobodyChosen as refusal:
        messages.warning(request, str(refusal))
        return redirect(back)
    return redirect("enrollment:batch", made.pk)


@requires(may_except)
@require_http_methods(["GET", "HEAD", "POST"])
def batch(request: PersonRequest, batch_id: UUID) -> HttpResponse:
    """What is given to all of them, then what each would get, then what came out: for who chose them alone."""
    at = now()
    found = get_object_or_404(ExceptionBatch.objects.filter(owner=request.user), pk=batch_id)
    if found.confirmed_at is not None:
        return redirect("enrollment:batch", found.pk) if request.method == "POST" else _result(request, found)
    form = _form(request, found, at=at)
    context = {"batch": found, "form": form, **about(found)}
    if not form.is_bound or not form.is_valid():
        context |= {"people": _people(found, at=at)}
        return render(request, "enrollment/exceptions/several.html", context, status=422 if form.is_bound else 200)
    refusal, upload = "", form.cleaned_data.get("evidence")
    if request.POST.get("do") == "confirm":
        try:
            expected = request.POST.get("expected", "")
            done = confirm_batch(batch=found, terms=form.terms, expected=expected, upload=upload, at=at)
        except BatchChanged as refused:
            refusal = str(refused)
        else:
            if done.finished_at is not None:
                messages.success(request, _done_words(done))
            return redirect("enrollment:batch", found.pk)
    effects = effects_of(found, form.terms, at=at)
    context |= {"refusal": refusal, **_preview(found, effects)}
    return render(request, "enrollment/exceptions/several.html", context, status=409 if refusal else 200)


@requires(may_except)
@require_safe
def progress(request: PersonRequest, batch_id: UUID) -> HttpResponse:
    """How far the job is that does it."""
    found = get_object_or_404(ExceptionBatch.objects.filter(owner=request.user), pk=batch_id)
    context = {"job": _job(found), "poll_url": request.path}
    return render(request, "enrollment/requirements/_job.html", context)


def about(found: ExceptionBatch) -> dict[str, Any]:
    """Return what the pages of a batch say about its kind."""
    kind = ExceptionKind(found.kind)
    return {
        "title": TITLES[kind],
        "means": MEANS.get(kind, ""),
        "is_exception": kind in EXCEPTIONS,
        "is_final": kind == ExceptionKind.REVOKE,
        "left_out": found.left_out[:SHOWN],
        "left_out_words": ngettext(
            "{count} line is left out", "{count} lines are left out", len(found.left_out)
        ).format(count=len(found.left_out)),
    }


def _form(request: PersonRequest, found: ExceptionBatch, *, at: datetime) -> Any:
    typed, kind = request.POST or None, ExceptionKind(found.kind)
    today = day_in(request.user.zone_name, at)
    if kind == ExceptionKind.WAIVE:
        return WaiverForm(typed, request.FILES or None, limits=policy_limits(), today=today)
    if kind == ExceptionKind.EXTEND:
        people = Assignment.objects.filter(pk__in=found.subject_ids).values_list("user", flat=True)
        free = bool(administered_among(request.user, list(people), on=at.date()))
        return MoreTimeForm(typed, limits=policy_limits(), may_go_beyond=free)
    if kind == ExceptionKind.ASSIGN:
        sites = sites_of(request.user, AccessRole.ADMINISTRATOR)
        return RequireForm(typed, courses=_courses(), sites=sites, today=today)
    form: forms.Form = ForAllForm(typed)
    return form


def _courses() -> list[tuple[str, str]]:
    titles = course_titles(set(courses_offered().values_list("pk", flat=True)))
    return [(str(pk), title) for pk, title in sorted(titles.items(), key=lambda each: each[1].casefold())]


def _people(found: ExceptionBatch, *, at: datetime) -> list[str]:
    several = several_of(found.kind)
    names = several.names(several.allowed(found.owner, found.subject_ids, on=at.date()))
    return sorted(dict.fromkeys(names.values()))


def _preview(found: ExceptionBatch, effects: list[Effect]) -> dict[str, Any]:
    refused = [each for each in effects if each.refusal]
    given = [each for each in effects if not each.refusal]
    if found.kind in EXCEPTIONS:
        words = ngettext("{count} exception is made.", "{count} exceptions are made.", len(given))
        confirm = ngettext("Confirm {count} exception", "Confirm {count} exceptions", len(given))
    else:
        words = ngettext("Done for {count} person.", "Done for {count} people.", len(given))
        confirm = ngettext("Confirm for {count} person", "Confirm for {count} people", len(given))
    words = words.format(count=len(given))
    if refused:
        words += " " + ngettext("{count} is not.", "{count} are not.", len(refused)).format(count=len(refused))
    return {
        "effects": [*refused, *given][:SHOWN],
        "more": max(0, len(effects) - SHOWN),
        "given": len(given),
        "has_status": any(each.status for each in effects),
        "effect_words": words,
        "confirm_words": confirm.format(count=len(given)),
        "expected": effects_key(effects),
    }


def _result(request: PersonRequest, found: ExceptionBatch) -> HttpResponse:
    """Show what came out for each of them, the refusals first."""
    rows = sorted(found.results.values(), key=lambda each: (each["done"], each["name"]))
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    for each in page:
        each["said"], each["url"] = _said(found, each) if each["done"] else (each["words"], "")
    job = _job(found)
    requirement = found.terms.get("requirement")
    context = {
        "batch": found,
        **about(found),
        "job": job if job and job.finished_at is None else None,
        "page": page,
        "done_words": _done_words(found),
        "reason": found.terms.get("reason", ""),
        "requirement_url": reverse("enrollment:requirement", args=[requirement]) if requirement else "",
    }
    return render(request, "enrollment/exceptions/several_done.html", context)


def _said(found: ExceptionBatch, result: dict[str, Any]) -> tuple[str, str]:
    """Say what was done for one of them, with where it is to be seen."""
    words, kind = result["words"], ExceptionKind(found.kind)
    if kind == ExceptionKind.WAIVE:
        return _("waiver proposed"), reverse("enrollment:waiver", args=[words])
    if kind in (ExceptionKind.EXTEND, ExceptionKind.ASSIGN):
        if not words:
            return _("required; completed already"), ""
        return _("due on {day}").format(day=short_day(date.fromisoformat(words))), ""
    if kind == ExceptionKind.REVOKE:
        return _("{serial} revoked").format(serial=words), ""
    return _("goes on with version {label}").format(label=words), ""


def _job(found: ExceptionBatch) -> Job | None:
    return Job.objects.filter(pk=found.job_id).first() if found.job_id else None


def _done_words(found: ExceptionBatch) -> str:
    done = sum(each["done"] for each in found.results.values())
    if found.kind in EXCEPTIONS:
        return _("{count} of {all} made.").format(count=done, all=len(found.subject_ids))
    return _("Done for {count} of {all}.").format(count=done, all=len(found.subject_ids))


def _all_of(request: PersonRequest) -> list[UUID]:
    """Return the assignments of everyone on a requirement's list who has something to do, as it was filtered."""
    named = ids_in([request.POST.get("requirement", "")])
    requirement = get_object_or_404(requirements_readable_by(request.user), pk__in=named)
    status = request.POST.get("status", "")
    return [each.assignment_id for each in people_with(requirement, at=now(), status=status) if each.assignment_id]
