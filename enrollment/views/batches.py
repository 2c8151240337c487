"""Exceptions for several people at once: whom, what each would get, and what came out."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.clock import now
from core.models import Job
from core.views import requires
from enrollment.actions.excepting import (
    BatchChanged,
    Effect,
    NobodyChosen,
    begin_batch,
    confirm_batch,
    effects_key,
    effects_of,
    ids_in,
)
from enrollment.choices import ExceptionKind
from enrollment.forms import MoreTimeForm, WaiverForm
from enrollment.models import Assignment, ExceptionBatch
from enrollment.permissions import administered_among, exceptable_by, may_except, requirements_readable_by
from enrollment.queries import people_with
from enrollment.queries.exceptions import policy_limits
from enrollment.rules import day_in, short_day
from enrollment.views.leading_back import back_to
from people.requests import PersonRequest

SHOWN = 200  # so many people stand in a preview; the others are counted
PAGE = 100


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
    if not form.is_bound or not form.is_valid():
        context: dict[str, Any] = {"batch": found, "form": form, "people": _people(found, at=at)}
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
    context = {"batch": found, "form": form, "refusal": refusal, **_preview(effects)}
    return render(request, "enrollment/exceptions/several.html", context, status=409 if refusal else 200)


@requires(may_except)
@require_safe
def progress(request: PersonRequest, batch_id: UUID) -> HttpResponse:
    """How far the job is that makes the exceptions."""
    found = get_object_or_404(ExceptionBatch.objects.filter(owner=request.user), pk=batch_id)
    context = {"job": _job(found), "poll_url": request.path}
    return render(request, "enrollment/requirements/_job.html", context)


def _form(request: PersonRequest, found: ExceptionBatch, *, at: datetime) -> MoreTimeForm | WaiverForm:
    typed = request.POST or None
    if found.kind == ExceptionKind.WAIVE:
        today = day_in(request.user.zone_name, at)
        return WaiverForm(typed, request.FILES or None, limits=policy_limits(), today=today)
    people = Assignment.objects.filter(pk__in=found.assignment_ids).values_list("user", flat=True)
    free = bool(administered_among(request.user, list(people), on=at.date()))
    return MoreTimeForm(typed, limits=policy_limits(), may_go_beyond=free)


def _people(found: ExceptionBatch, *, at: datetime) -> list[str]:
    allowed = exceptable_by(found.owner, on=at.date()).filter(pk__in=found.assignment_ids)
    return list(dict.fromkeys(allowed.order_by("user__name").values_list("user__name", flat=True)))


def _preview(effects: list[Effect]) -> dict[str, Any]:
    refused = [each for each in effects if each.refusal]
    given = [each for each in effects if not each.refusal]
    words = ngettext("{count} exception is made.", "{count} exceptions are made.", len(given)).format(count=len(given))
    if refused:
        words += " " + ngettext("{count} is not.", "{count} are not.", len(refused)).format(count=len(refused))
    return {
        "effects": [*refused, *given][:SHOWN],
        "more": max(0, len(effects) - SHOWN),
        "given": len(given),
        "effect_words": words,
        "expected": effects_key(effects),
    }


def _result(request: PersonRequest, found: ExceptionBatch) -> HttpResponse:
    """Show what came out for each of them, the refusals first."""
    rows = sorted(found.results.values(), key=lambda each: (each["done"], each["name"]))
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    is_extension = found.kind == ExceptionKind.EXTEND
    for each in page:
        if each["done"] and is_extension:
            each["day"] = short_day(date.fromisoformat(each["words"]))
    job = _job(found) if found.finished_at is None else None
    context = {
        "batch": found,
        "job": job,
        "page": page,
        "is_extension": is_extension,
        "done_words": _done_words(found),
        "reason": found.terms.get("reason", ""),
    }
    return render(request, "enrollment/exceptions/several_done.html", context)


def _job(found: ExceptionBatch) -> Job | None:
    return Job.objects.filter(pk=found.job_id).first() if found.job_id else None


def _done_words(found: ExceptionBatch) -> str:
    done = sum(each["done"] for each in found.results.values())
    return _("{count} of {all} made.").format(count=done, all=len(found.assignment_ids))


def _all_of(request: PersonRequest) -> list[UUID]:
    """Return the assignments of everyone on a requirement's list who has something to do, as it was filtered."""
    named = ids_in([request.POST.get("requirement", "")])
    requirement = get_object_or_404(requirements_readable_by(request.user), pk__in=named)
    status = request.POST.get("status", "")
    people = people_with(requirement, at=now())
    return [each.assignment_id for each in people if each.assignment_id and (not status or each.status == status)]
