"""Giving somebody more time, and the limits of it."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import date
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.clock import now
from core.views import requires
from enrollment import actions
from enrollment.forms import LimitsForm, MoreTimeForm
from enrollment.models import Assignment, ExceptionPolicy
from enrollment.permissions import administered_among, assignments_cared_for_by
from enrollment.queries.exceptions import due_now, extensions_of, policy_limits
from enrollment.rules import long_day
from enrollment.rules.exceptions import Limits, why_no_more_time
from enrollment.views.leading_back import back_to, record_of
from people.permissions import administrator_everywhere, signed_in
from people.requests import PersonRequest


@requires(signed_in)
@require_http_methods(["GET", "HEAD", "POST"])
def extend(request: PersonRequest, assignment_id: UUID) -> HttpResponse:
    """Give more time: for managers of the person and administrators; to others it does not exist."""
    at = now()
    found = get_object_or_404(assignments_cared_for_by(request.user, on=at.date()), pk=assignment_id)
    [now_due] = due_now(Assignment.objects.filter(pk=found.pk), at=at)
    back = back_to(request, record_of(found))
    limits, beyond = policy_limits(), bool(administered_among(request.user, [found.user_id], on=at.date()))
    shown = _day(request.POST.get("was_due_on", "")) or now_due.due.due_on
    shown_due = replace(now_due.due, due_on=shown)
    form = MoreTimeForm(
        request.POST or None,
        limits=limits,
        may_go_beyond=beyond,
        due=shown_due,
        becomes=lambda day: now_due.with_more_time(day).due_on,
    )
    refusal = ""
    if not form.is_bound:
        refusal = why_no_more_time(now_due.due, limits, may_go_beyond=beyond)
    elif shown is not None and form.is_valid():
        new_due_on, reason = form.new_due_on(shown_due), form.cleaned_data["reason"]
        try:
            given = actions.extend(
                assignment=found, was_due_on=shown, due_on=new_due_on, reason=reason, by=request.user, at=at
            )
        except actions.ExtensionRefused as refused:
            refusal = str(refused)
        else:
            words = _("{name} has until {day} for {course}.")
            day = long_day(given.due_on)
            messages.success(request, words.format(name=found.user.name, day=day, course=now_due.title))
            return redirect(back)
    context = {
        "assignment": found,
        "now_due": now_due,
        "form": form,
        "refusal": refusal,
        "is_open": not refusal or form.is_bound,
        "history": extensions_of([found.pk]),
        "back": back,
    }
    status = 422 if form.is_bound else 200
    return render(request, "enrollment/exceptions/extend.html", context, status=status)


@requires(administrator_everywhere)
@require_http_methods(["GET", "HEAD", "POST"])
def limits(request: PersonRequest) -> HttpResponse:
    """The limits of exceptions, for the whole organisation."""
    kept = ExceptionPolicy.objects.select_related("changed_by").filter(pk=1).first()
    shown = {**asdict(kept.limits if kept else Limits()), "revision": kept.revision if kept else 0}
    form = LimitsForm(request.POST or None, initial=shown)
    refusal = ""
    if form.is_valid():
        typed = dict(form.cleaned_data)
        reason, revision = typed.pop("reason"), typed.pop("revision")
        try:
            actions.change_exception_policy(
                limits=Limits(**typed), revision=revision, reason=reason, by=request.user, at=now()
            )
        except actions.PolicyChangedMeanwhile as refused:
            refusal = str(refused)
        else:
            messages.success(request, _("Saved. The limits hold from now on."))
            return redirect("enrollment:exceptions")
    context = {"form": form, "kept": kept, "refusal": refusal, "back": reverse("enrollment:exceptions")}
    return render(request, "enrollment/exceptions/limits.html", context, status=422 if form.is_bound else 200)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
