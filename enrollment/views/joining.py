"""Asking to take a course, and deciding about it; the day by which a learner wants to be done."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.clock import now
from core.views import requires
from courses.models import Course
from courses.queries import effective_version
from enrollment.actions.joining import (
    JoinRefused,
    ask_to_join,
    decline_joining,
    grant_joining,
    set_own_day,
    withdraw_joining,
)
from enrollment.choices import JoinState
from enrollment.forms import AskToJoinForm, DeclineForm, OwnDayForm, WordsForm
from enrollment.models import JoinRequest
from enrollment.permissions import join_requests_decidable_by, join_requests_readable_by
from enrollment.queries import course_titles
from enrollment.queries.joining import door_of, requests_with
from enrollment.rules import day_in, short_day
from enrollment.views.exceptions import tabs_of
from people.permissions import overseer, signed_in
from people.requests import PersonRequest

PAGE = 25
GLYPHS = {"asked": "doing", "granted": "done", "declined": "todo", "withdrawn": "todo"}


@requires(signed_in)
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: PersonRequest, course_id: UUID) -> HttpResponse:
    """Ask to take a course that is not begun without somebody's word."""
    at, back = now(), reverse("enrollment:start", args=[course_id])
    version = effective_version(course_id)
    course = version.course if version else get_object_or_404(Course, pk=course_id)
    if version is None or not door_of(course, request.user).may_ask:
        return redirect(back)
    form, refusal = AskToJoinForm(request.POST or None, today=day_in(request.user.zone_name, at)), ""
    if form.is_valid():
        try:
            _asked, told = ask_to_join(course=course, by=request.user, at=at, **form.cleaned_data)
        except JoinRefused as refused:
            refusal = str(refused)
        else:
            words = _("{names} was asked. You hear when it is decided.")
            messages.success(request, words.format(names=", ".join(each.name for each in told)))
            return redirect(back)
    context = {"title": version.title, "form": form, "refusal": refusal, "back": back}
    return render(request, "enrollment/joining/ask.html", context, status=422 if form.is_bound else 200)


@requires(signed_in)
@require_POST
def withdraw(request: PersonRequest, asked_id: UUID) -> HttpResponse:
    """Take back what one has asked for."""
    found = get_object_or_404(JoinRequest.objects.filter(user=request.user), pk=asked_id)
    try:
        withdraw_joining(asked=found, by=request.user, at=now())
    except JoinRefused as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, _("You no longer ask for it."))
    return redirect("enrollment:start", found.course_id)


@requires(overseer)
@require_safe
def join_requests(request: PersonRequest) -> HttpResponse:
    """Who asks to take what: those that wait for this person's decision, or those that were decided."""
    at, user = now(), request.user
    request.section = "enrollment:exceptions"
    in_past = "decided" in request.GET
    waiting = join_requests_decidable_by(user, on=at.date())
    decided = join_requests_readable_by(user, on=at.date()).exclude(state=JoinState.ASKED)
    page = Paginator(requests_with(decided if in_past else waiting), PAGE).get_page(request.GET.get("page"))
    titles = course_titles({each.course_id for each in page})
    lines = [(each, titles[each.course_id], GLYPHS[each.state], JoinState(each.state).label) for each in page]
    count = page.paginator.count
    context = {
        "page": page,
        "lines": lines,
        "in_past": in_past,
        "found": ngettext("{count} request", "{count} requests", count).format(count=count),
        "tabs": tabs_of(request, current="joining"),
    }
    return render(request, "enrollment/joining/list.html", context)


@requires(overseer)
@require_http_methods(["GET", "HEAD", "POST"])
def let(request: PersonRequest, asked_id: UUID) -> HttpResponse:
    """Let somebody take what they asked for."""
    return _decision(request, asked_id, granted=True)


@requires(overseer)
@require_http_methods(["GET", "HEAD", "POST"])
def decline(request: PersonRequest, asked_id: UUID) -> HttpResponse:
    """Say, with words, that somebody does not take what they asked for."""
    return _decision(request, asked_id, granted=False)


def _decision(request: PersonRequest, asked_id: UUID, *, granted: bool) -> HttpResponse:
    at, back = now(), reverse("enrollment:join_requests")
    readable = join_requests_readable_by(request.user, on=at.date()).exclude(user=request.user)
    found = get_object_or_404(requests_with(readable), pk=asked_id)
    if not join_requests_decidable_by(request.user, on=at.date()).filter(pk=found.pk).exists():
        if found.state == JoinState.ASKED:
            raise Http404("not this person's to decide")
        messages.info(request, _("This was decided already."))
        return redirect(back)
    form, refusal = (WordsForm if granted else DeclineForm)(request.POST or None), ""
    if form.is_valid():
        try:
            act = grant_joining if granted else decline_joining
            act(asked=found, by=request.user, at=at, words=form.cleaned_data["words"])
        except JoinRefused as refused:
            refusal = str(refused)
        else:
            words = _("{name} has begun it, and was told.") if granted else _("{name} was told why.")
            messages.success(request, words.format(name=found.user.name))
            return redirect(back)
    context: dict[str, Any] = {
        "asked": found,
        "title": course_titles([found.course_id])[found.course_id],
        "granted": granted,
        "form": form,
        "refusal": refusal,
        "back": back,
    }
    return render(request, "enrollment/joining/decide.html", context, status=422 if form.is_bound else 200)


@requires(signed_in)
@require_http_methods(["GET", "HEAD", "POST"])
def own_day(request: PersonRequest, enrollment_id: UUID) -> HttpResponse:
    """Choose a day by which one wants to be done."""
    at, back = now(), reverse("enrollment:course", args=[enrollment_id])
    found = get_object_or_404(request.user.enrollments.select_related("version"), pk=enrollment_id)
    today = day_in(request.user.zone_name, at)
    form, refusal = OwnDayForm(request.POST or None, today=today, initial={"wished_on": found.own_due_on}), ""
    if form.is_valid():
        day = form.cleaned_data["wished_on"]
        try:
            set_own_day(enrollment=found, day=day, by=request.user, at=at)
        except JoinRefused as refused:
            refusal = str(refused)
        else:
            words = _("You want to be done by {day}.").format(day=short_day(day)) if day else _("No day of your own.")
            messages.success(request, words)
            return redirect(back)
    context = {"title": found.version.title, "form": form, "refusal": refusal, "back": back}
    return render(request, "enrollment/joining/own_day.html", context, status=422 if form.is_bound else 200)
