"""Proposing a waiver, asking for one, deciding about it with a signature, and withdrawing it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.clock import now
from core.once import form_id, made_once
from core.views import requires
from enrollment import actions
from enrollment.actions.waiving import content_sha256
from enrollment.forms import ReturnWaiverForm, WaiverForm, WhyForm, WordsForm
from enrollment.models import Assignment, Waiver
from enrollment.permissions import (
    assignments_cared_for_by,
    waivers_decidable_by,
    waivers_readable_by,
    waivers_withdrawable_by,
)
from enrollment.queries import course_titles
from enrollment.queries.exceptions import deciders_for, policy_limits, waivers_with
from enrollment.rules import day_in, long_day, short_day
from enrollment.views.deciding import decide, too_late
from enrollment.views.leading_back import back_to, record_of
from people.permissions import administrator, signed_in
from people.requests import PersonRequest
from records.choices import Meaning


@requires(signed_in)
@require_http_methods(["GET", "HEAD", "POST"])
def propose(request: PersonRequest, assignment_id: UUID) -> HttpResponse:
    """Propose that nothing is asked of somebody for a time: for whoever may give them more time, too."""
    at = now()
    found = get_object_or_404(
        assignments_cared_for_by(request.user, on=at.date()).select_related("user"), pk=assignment_id
    )
    id, theirs = form_id(request.POST), Waiver.objects.filter(proposed_by=request.user)
    if theirs.filter(pk=id).exists():  # the same form twice
        return redirect("enrollment:waiver", id)
    title, back = course_titles([found.course_id])[found.course_id], back_to(request, record_of(found))
    form = WaiverForm(request.POST or None, request.FILES or None, limits=policy_limits(), today=day_in(found.zone, at))
    refusal = ""
    if form.is_valid():
        try:
            waiver, _is_new = made_once(
                id=id,
                among=theirs,
                make=lambda: actions.propose_waiver(
                    id=id,
                    assignment=found,
                    valid_from=form.cleaned_data["first_on"],
                    valid_until=form.cleaned_data["valid_until"],
                    reason=form.cleaned_data["reason"],
                    upload=form.cleaned_data["evidence"],
                    by=request.user,
                    at=at,
                ),
            )
        except actions.WaiverRefused as refused:
            refusal = str(refused)
        else:
            if deciders_for(waiver, at=at).exists():
                messages.success(request, _("Proposed. Who decides was told."))
            else:
                messages.warning(request, _("Proposed, but nobody can decide: it takes another administrator."))
            return redirect("enrollment:waiver", waiver.pk)
    context = {
        "assignment": found,
        "title": title,
        "form": form,
        "refusal": refusal,
        "back": back,
        "id": id,
    }
    return render(request, "enrollment/exceptions/propose.html", context, status=422 if form.is_bound else 200)


@requires(signed_in)
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: PersonRequest, assignment_id: UUID) -> HttpResponse:
    """Ask one's manager for a waiver of something that is required of oneself."""
    at = now()
    mine = Assignment.objects.filter(user=request.user, ended_at__isnull=True)
    found = get_object_or_404(mine, pk=assignment_id)
    form, refusal = WhyForm(request.POST or None), ""
    if form.is_valid():
        try:
            told = actions.ask_for_waiver(assignment=found, by=request.user, at=at, reason=form.cleaned_data["reason"])
        except actions.WaiverRefused as refused:
            refusal = str(refused)
        else:
            words = _("{names} was asked. You hear when something is decided.")
            messages.success(request, words.format(names=", ".join(each.name for each in told)))
            return redirect("enrollment:training")
    title = course_titles([found.course_id])[found.course_id]
    context = {"title": title, "form": form, "refusal": refusal, "back": reverse("enrollment:training")}
    return render(request, "enrollment/exceptions/ask.html", context, status=422 if form.is_bound else 200)


@requires(administrator)
@require_http_methods(["GET", "HEAD", "POST"])
def grant(request: PersonRequest, waiver_id: UUID) -> HttpResponse:
    """Let a waiver hold, with a signature."""
    return _decision(
        request,
        waiver_id,
        actions.grant_waiver,
        WordsForm,
        meaning=Meaning.WAIVED,
        title=_("Grant this waiver"),
        lead=_("Nothing is asked of the person for these days, and they are told."),
        button=_("Grant and sign"),
        done=_("Granted and signed. The person was told."),
    )


@requires(administrator)
@require_http_methods(["GET", "HEAD", "POST"])
def give_back(request: PersonRequest, waiver_id: UUID) -> HttpResponse:
    """Return a proposal to who made it, with words and a signature."""
    return _decision(
        request,
        waiver_id,
        actions.return_waiver,
        ReturnWaiverForm,
        meaning=Meaning.WAIVER_RETURNED,
        title=_("Return this waiver"),
        lead=_("The training stays required. Your words go to who proposed it and stand in the record."),
        button=_("Return and sign"),
        done=_("Returned. Who proposed it was told why."),
    )


@requires(signed_in)
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: PersonRequest, waiver_id: UUID) -> HttpResponse:
    """End a waiver from today on, with a reason: for managers of the person and administrators."""
    at = now()
    found = get_object_or_404(waivers_with(waivers_withdrawable_by(request.user, on=at.date())), pk=waiver_id)
    form, refusal = WhyForm(request.POST or None), ""
    if form.is_valid():
        try:
            actions.withdraw_waiver(waiver=found, by=request.user, at=at, reason=form.cleaned_data["reason"])
        except actions.WaiverRefused as refused:
            refusal = str(refused)
        else:
            messages.success(request, _("Withdrawn. Whom it concerns was told."))
            return redirect("enrollment:waiver", found.pk)
    context = {
        "waiver": found,
        "title": course_titles([found.requirement.course_id])[found.requirement.course_id],
        "form": form,
        "refusal": refusal,
        "back": reverse("enrollment:waiver", args=[found.pk]),
    }
    return render(request, "enrollment/exceptions/withdraw.html", context, status=422 if form.is_bound else 200)


def _decision(
    request: PersonRequest,
    waiver_id: UUID,
    act: Callable[..., object],
    form_of: type[WordsForm | ReturnWaiverForm],
    **page: Any,
) -> HttpResponse:
    """Let an administrator decide who may; what is not theirs to decide leads to its own page."""
    readable = waivers_with(waivers_readable_by(request.user, on=now().date()))
    found = get_object_or_404(readable.select_related("requirement__course"), pk=waiver_id)
    back = reverse("enrollment:waiver", args=[found.pk])
    if not waivers_decidable_by(request.user, on=now().date()).filter(pk=found.pk).exists():
        return too_late(request, back)
    return decide(
        request,
        form_of(request.POST or None),
        act=partial(act, waiver=found),
        refused=actions.WaiverRefused,
        facts=facts_of(found),
        sha256=content_sha256(found),
        back=back,
        **page,
    )


def facts_of(waiver: Waiver) -> list[tuple[str, str]]:
    """Return what was proposed, in words."""
    title = course_titles([waiver.requirement.course_id])[waiver.requirement.course_id]
    days = _("{first} until the end of {last}")
    first, last = short_day(waiver.valid_from), long_day(waiver.last_on)
    return [
        (_("Person"), f"{waiver.user.name}, {waiver.user.employee_number}"),
        (_("Training"), f"{title} (R-{waiver.requirement.number})"),
        (_("Days"), days.format(first=first, last=last)),
        (_("Reason"), waiver.reason),
        (_("Proposed by"), waiver.proposed_by.name),
        (_("Proof"), waiver.evidence.name if waiver.evidence else _("none")),
    ]
