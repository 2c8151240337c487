"""Who must learn what, and by when: the list of requirements, the sentence that makes one, and what it does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRedirect, replace_url

from core.clock import now
from core.models import Job
from core.once import form_id, made_once
from core.sheets import csv_answer
from core.views import requires
from enrollment.actions import (
    ChangedMeanwhile,
    NotADraft,
    NotOn,
    ReachChanged,
    ReasonMissing,
    change_requirement,
    draft_requirement,
    switch_off_requirement,
    switch_on_requirement,
)
from enrollment.actions.requirements import SETTLE_JOB, NotOffered
from enrollment.choices import CountedFrom, RequirementState, Status, Why
from enrollment.forms import ReasonForm, RequirementForm
from enrollment.models import Requirement
from enrollment.permissions import requirements_editable_by, sites_of
from enrollment.queries import (
    Outlook,
    course_titles,
    ladders_in_force,
    outlook_of,
    people_with,
    reach_key,
    sentence_of,
)
from enrollment.queries.wordings import wordings_of
from enrollment.rules import day_in
from enrollment.rules.ladder import sentence_of_step
from enrollment.rules.sentences import terms_beside
from enrollment.views.reaches import (
    exceptions_of,
    holding_page,
    people_page,
    people_words,
    preview_of,
    reached_page,
    sheet,
    status_options,
)
from enrollment.views.wordings import (
    RELATED,
    readable_requirement,
    readable_wordings,
    switched_off,
    wording_sheet,
)
from people.choices import AccessRole
from people.permissions import administrator, administrator_or_auditor
from people.requests import PersonRequest


@requires(administrator)
@require_http_methods(["GET", "HEAD", "POST"])
def new_requirement(request: PersonRequest) -> HttpResponse:
    """A sentence to fill in; it is kept as a draft as soon as it names a training."""
    if request.method != "POST":
        return _builder(request, _form(request), draft_id=form_id({}))
    draft_id = form_id(request.POST)
    existing = requirements_editable_by(request.user).filter(pk=draft_id).first()
    if existing is not None:
        return _saved(request, existing)
    form = _form(request)
    if not form.is_valid():
        if request.htmx:
            form.leave_open()
        return _builder(request, form, draft_id=draft_id, status=422 if form.errors else 200)
    requirement, is_new = made_once(
        id=draft_id,
        among=requirements_editable_by(request.user),
        make=lambda: draft_requirement(id=draft_id, by=request.user, at=now(), **form.terms),
    )
    return _went_on(request, requirement, form) if is_new else _saved(request, requirement)


@requires(administrator_or_auditor)
@require_http_methods(["GET", "HEAD", "POST"])
def requirement(request: PersonRequest, requirement_id: UUID) -> HttpResponse:
    """A draft as its sentence with what it would do; one in force with who has it; one that is off with who had it."""
    if request.method == "POST":
        editable = requirements_editable_by(request.user).select_related(*RELATED)
        return _saved(request, get_object_or_404(editable, pk=requirement_id))
    found = readable_requirement(request, requirement_id)
    if found.state == RequirementState.OFF:
        return switched_off(request, found)
    may_edit = requirements_editable_by(request.user).filter(pk=found.pk).exists()
    if found.state == RequirementState.DRAFT and may_edit:
        return _builder(request, _form(request, found), found)
    return _detail(request, found, may_edit=may_edit)


@requires(administrator_or_auditor)
@require_safe
def requirement_people(request: PersonRequest, requirement_id: UUID) -> HttpResponseBase:
    """The people whom a draft would reach, who have what is on, or had what is off: the rows of the screen."""
    found = readable_requirement(request, requirement_id)
    if found.state == RequirementState.OFF:
        return wording_sheet(found, wordings_of(found)[-1])
    if found.state == RequirementState.DRAFT:
        people: Sequence[Outlook] = preview_of(outlook_of(found, at=now()), key="", today=_today(request)).reaches
    else:
        people = people_with(found, at=now())
    return csv_answer(sheet(people), name=f"R-{found.number}")


@requires(administrator)
@require_http_methods(["GET", "HEAD", "POST"])
def switch_off(request: PersonRequest, requirement_id: UUID) -> HttpResponse:
    """End a requirement for everyone who has it, with a reason."""
    found = get_object_or_404(requirements_editable_by(request.user), pk=requirement_id)
    if found.state != RequirementState.ON:
        messages.info(request, _("It is not on."))
        return redirect("enrollment:requirement", requirement_id=found.pk)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            people = switch_off_requirement(
                requirement=found, by=request.user, at=now(), reason=form.cleaned_data["reason"]
            )
        except NotOn as refusal:
            messages.warning(request, str(refusal))
        else:
            words = ngettext(
                "R-{number} is off. It no longer holds for {count} person; what is done stays.",
                "R-{number} is off. It no longer holds for {count} people; what is done stays.",
                people,
            )
            messages.success(request, words.format(number=found.number, count=people))
        return redirect("enrollment:requirement", requirement_id=found.pk)
    context = {
        "requirement": found,
        "form": form,
        "people": found.assignments.filter(ended_at__isnull=True).count(),
        "back": reverse("enrollment:requirement", args=[found.pk]),
    }
    status = 422 if form.errors else 200
    return render(request, "enrollment/requirements/switch_off.html", context, status=status)


@requires(administrator)
@require_safe
def requirement_progress(request: PersonRequest, requirement_id: UUID) -> HttpResponse:
    """How far the job is that gives a requirement to many people."""
    found = get_object_or_404(requirements_editable_by(request.user), pk=requirement_id)
    context = {"job": _job(found), "poll_url": request.path}
    return render(request, "enrollment/requirements/_job.html", context)


def _saved(request: PersonRequest, found: Requirement) -> HttpResponse:
    """Keep what was typed, then do what was asked."""
    form = _form(request, found)
    if not form.is_valid():
        if request.htmx:
            form.leave_open()
        return _builder(request, form, found, status=422 if form.errors else 200)
    shown = form.cleaned_data["revision"] or 1  # a new page has seen no later one
    try:
        changed = change_requirement(requirement=found, by=request.user, at=now(), revision=shown, **form.terms)
    except NotADraft as refusal:
        messages.info(request, str(refusal))
        return led_to(request, reverse("enrollment:requirement", args=[found.pk]))
    except ChangedMeanwhile as conflict:
        return _builder(request, form, found, conflict=conflict.requirement, status=409)
    return _went_on(request, changed, form)


def led_to(request: PersonRequest, address: str) -> HttpResponse:
    """Lead the browser to a page, also where only a part of one was asked for."""
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)


def _went_on(request: PersonRequest, found: Requirement, form: RequirementForm) -> HttpResponse:
    """Answer a draft that was kept: with its preview, from another day, or switched on."""
    address = reverse("enrollment:requirement", args=[found.pk])
    form.is_kept_as(found)
    if request.htmx:
        return replace_url(_builder(request, _form(request, found, bound=False), found), address)
    asked = request.POST.get("do", "")
    if form.conditions.incomplete:
        form.conditions.tell_incomplete()
        words = _("The draft is kept without the condition that is marked. Mend it, or remove it.")
        form.add_error(None, words)
        return _builder(request, form, found, status=422)
    try:
        if asked == "from_today":
            change_requirement(
                requirement=found,
                by=request.user,
                at=now(),
                revision=found.revision,
                counted_from=CountedFrom.SWITCH_ON,
                due_fixed_on=None,
                due_within_days=abs(found.due_within_days),
            )
        if asked != "switch_on":
            return redirect(address)
        people = switch_on_requirement(
            requirement=found,
            by=request.user,
            at=now(),
            revision=found.revision,
            expected=request.POST.get("expected", "-") or "-",
        )
    except ReasonMissing as refusal:
        form.add_error("reason", str(refusal))
        return _builder(request, form, found, status=422)
    except NotADraft as refusal:
        messages.info(request, str(refusal))
        return redirect(address)
    except ChangedMeanwhile as conflict:
        return _builder(request, form, found, conflict=conflict.requirement, status=409)
    except (ReachChanged, NotOffered) as refusal:
        form.add_error(None, str(refusal))
        return _builder(request, form, found, status=409)
    words = ngettext("R-{number} is on for {count} person.", "R-{number} is on for {count} people.", people)
    messages.success(request, words.format(number=found.number, count=people))
    return redirect(address)


def _builder(
    request: PersonRequest,
    form: RequirementForm,
    found: Requirement | None = None,
    *,
    draft_id: UUID | None = None,
    conflict: Requirement | None = None,
    status: int = 200,
) -> HttpResponse:
    """Show the sentence, and beside it what it would do."""
    preview = None
    if found is not None:
        found = Requirement.objects.select_related(*RELATED).get(pk=found.pk)
        reaches = outlook_of(found, at=now())
        preview = preview_of(reaches, key=reach_key(reaches), today=_today(request))
    show = "current" if request.GET.get("show") == "current" else "new"
    listed = [] if preview is None else preview.new if show == "new" else [r for r in preview.reaches if r.is_current]
    context = {
        "form": form,
        "requirement": found,
        "draft_id": draft_id or (found.pk if found else None),
        "address": reverse("enrollment:requirement", args=[found.pk]) if found else request.path,
        "said": said_of(found, form) if found else None,
        "preview": preview,
        "steps": [sentence_of_step(step) for step in ladders_in_force()[Why.FIRST]],
        "show": show,
        "page": people_page(listed, request.GET.get("page")),
        "people_words": people_words(preview.people) if preview else "",
        "may_count_from_today": found is not None and found.counted_from != CountedFrom.SWITCH_ON,
        "conflict": conflict,
        "trail": [(_("Requirements"), reverse("enrollment:requirements")), (_name(found), "")],
    }
    template = "_builder.html" if request.htmx else "builder.html"
    return render(request, f"enrollment/requirements/{template}", context, status=status)


@dataclass(frozen=True, slots=True)
class Saying:
    """What a requirement says: its sentence, and what it asks beside it."""

    sentence: str
    beside: list[tuple[str, str]]


def said_of(found: Requirement, form: RequirementForm) -> Saying:
    """Say a requirement in the words of the trainings that its form offers."""
    sentence = sentence_of(found, title=form.titles[found.course_id])
    return Saying(sentence, terms_beside(found.terms, form.titles))


def _detail(request: PersonRequest, found: Requirement, *, may_edit: bool) -> HttpResponse:
    """Show what a requirement says, and who has it."""
    is_draft = found.state == RequirementState.DRAFT
    chosen = request.GET.get("status", "")
    chosen = chosen if chosen in Status.values else ""
    counts, page = (reached_page if is_draft else holding_page)(found, chosen, request.GET.get("page"))
    people = sum(counts.values())
    titles = course_titles([found.course_id, *found.refreshers])
    title = titles[found.course_id]
    excepting = {} if is_draft else exceptions_of(page, requirement=found, by=request.user, at=now())
    wordings = readable_wordings(request, wordings_of(found))
    context = {
        "requirement": found,
        "title": title,
        "excepting": excepting,
        "may_except": any(each.may for each in excepting.values()),
        "hidden": [("requirement", found.pk), ("status", chosen)],
        "sentence": sentence_of(found, title=title),
        "may_edit": may_edit,
        "people": people,
        "people_words": people_words(people),
        "counts": {status.value: count for status, count in counts.items()},
        "options": status_options(counts),
        "chosen": chosen,
        "page": page,
        "job": _job(found) if may_edit else None,
        "wording": wordings[-1] if wordings else None,
        "earlier": wordings[-2::-1],
        "trail": [(_("Requirements"), reverse("enrollment:requirements")), (_name(found), "")],
    }
    return render(request, "enrollment/requirements/detail.html", context)


def _form(request: PersonRequest, found: Requirement | None = None, *, bound: bool = True) -> RequirementForm:
    typed = request.POST if request.method == "POST" else None
    return RequirementForm(
        typed if bound else None, typed=typed, requirement=found, sites=sites_of(request.user, AccessRole.ADMINISTRATOR)
    )


def _job(found: Requirement) -> Job | None:
    """Return the last job that lets this requirement act on many people."""
    owners = found.wordings.values("put_in_force_by")
    jobs = Job.objects.filter(kind=SETTLE_JOB, owner_id__in=owners, arguments__requirement_id=str(found.pk))
    return jobs.order_by("-created_at").first()


def _today(request: PersonRequest) -> date:
    return day_in(request.user.zone_name, now())


def _name(found: Requirement | None) -> str:
    return f"R-{found.number}" if found else _("New")
