"""Modules and activities of a draft: added, moved, removed and brought back."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core.clock import now
from core.views import requires
from courses.actions import (
    NothingToUndo,
    add_activity,
    add_module,
    move_activity,
    move_module,
    remove_activity,
    remove_module,
    undo_removal,
)
from courses.forms import ModuleForm, MoveForm, NewActivityForm
from courses.models import Activity, CourseVersion, Module
from courses.permissions import author
from courses.queries import outline_of
from courses.rules import place_after_step
from courses.views.editor import on_draft
from people.requests import PersonRequest


@requires(author)
@require_http_methods(["GET", "HEAD", "POST"])
@on_draft
def new_module(request: PersonRequest, version: CourseVersion) -> HttpResponseBase:
    form = ModuleForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        typed = {name: form.cleaned_data[name] for name in ("title", "objective", "needed")}
        added = add_module(version_id=version.pk, by=request.user, at=now(), **typed)
        return redirect("courses:module", version.pk, added.pk)
    context = {"form": form, "version": version, "back": reverse("courses:edit", args=[version.pk])}
    return render(request, "courses/studio/new_module.html", context, status=422 if form.errors else 200)


@requires(author)
@require_http_methods(["GET", "HEAD", "POST"])
@on_draft
def new_activity(request: PersonRequest, version: CourseVersion) -> HttpResponseBase:
    outline = outline_of(version.pk)
    if not outline.modules:
        messages.info(request, _("Add a module first; an activity belongs to one."))
        return redirect("courses:edit", version.pk)
    chosen = request.GET.get("module") or str(outline.modules[-1].id)
    form = NewActivityForm(request.POST or None, outline=outline, initial={"module": chosen, "kind": "page"})
    if request.method == "POST" and form.is_valid():
        added = add_activity(
            module_id=UUID(form.cleaned_data["module"]),
            by=request.user,
            at=now(),
            kind=form.cleaned_data["kind"],
            title=form.cleaned_data["title"],
        )
        return redirect("courses:activity", version.pk, added.pk)
    context = {"form": form, "version": version, "back": reverse("courses:edit", args=[version.pk])}
    return render(request, "courses/studio/new_activity.html", context, status=422 if form.errors else 200)


@requires(author)
@require_POST
@on_draft
def step_module(request: PersonRequest, version: CourseVersion, module_id: UUID) -> HttpResponseBase:
    moved = get_object_or_404(Module, pk=module_id, version=version)
    form = MoveForm(request.POST)
    order = [each.id for each in outline_of(version.pk).modules]
    if form.is_valid():
        step = form.cleaned_data["direction"]
        number = form.cleaned_data["number"]
        if step:
            place = place_after_step([order], part=moved.pk, up=step == "up")
            number = place[1] if place else None
        if number:
            move_module(module_id=moved.pk, by=request.user, at=now(), number=number)
    return _moved(request, version, moved, reverse("courses:module", args=[version.pk, moved.pk]))


@requires(author)
@require_POST
@on_draft
def step_activity(request: PersonRequest, version: CourseVersion, activity_id: UUID) -> HttpResponseBase:
    moved = get_object_or_404(Activity, pk=activity_id, module__version=version)
    form = MoveForm(request.POST)
    modules = outline_of(version.pk).modules
    if form.is_valid():
        target, number = form.cleaned_data["module"] or moved.module_id, form.cleaned_data["number"]
        if form.cleaned_data["direction"]:
            order = [[each.id for each in one.activities] for one in modules]
            place = place_after_step(order, part=moved.pk, up=form.cleaned_data["direction"] == "up")
            target, number = (modules[place[0]].id, place[1]) if place else (target, None)
        if number:
            get_object_or_404(Module, pk=target, version=version)
            move_activity(activity_id=moved.pk, by=request.user, at=now(), module_id=target, number=number)
    return _moved(request, version, moved, reverse("courses:activity", args=[version.pk, moved.pk]))


def _moved(request: PersonRequest, version: CourseVersion, part: Module | Activity, back: str) -> HttpResponse:
    outline = outline_of(version.pk)
    for one in outline.modules:
        if one.id == part.pk:
            words = _("“%(part)s” is now module %(number)s of %(count)s.")
            told = {"part": part.title, "number": one.number, "count": len(outline.modules)}
            messages.success(request, words % told)
        for each in one.activities:
            if each.id == part.pk:
                words = _("“%(part)s” is now %(number)s of %(count)s in “%(module)s”.")
                count = len(one.activities)
                told = {"part": part.title, "number": each.number, "count": count, "module": one.title}
                messages.success(request, words % told)
    return redirect(back)


@requires(author)
@require_POST
@on_draft
def drop_module(request: PersonRequest, version: CourseVersion, module_id: UUID) -> HttpResponseBase:
    gone = get_object_or_404(Module, pk=module_id, version=version)
    fact = remove_module(module_id=gone.pk, by=request.user, at=now())
    return _removed(request, version, gone.title, fact)


@requires(author)
@require_POST
@on_draft
def drop_activity(request: PersonRequest, version: CourseVersion, activity_id: UUID) -> HttpResponseBase:
    gone = get_object_or_404(Activity, pk=activity_id, module__version=version)
    fact = remove_activity(activity_id=gone.pk, by=request.user, at=now())
    return _removed(request, version, gone.title, fact)


def _removed(request: PersonRequest, version: CourseVersion, title: str, fact: int) -> HttpResponse:
    undo_at = reverse("courses:undo", args=[version.pk, fact])
    messages.success(request, _("“%(part)s” was removed.") % {"part": title}, extra_tags=f"undo:{undo_at}")
    return redirect("courses:edit", version.pk)


@requires(author)
@require_POST
@on_draft
def undo(request: PersonRequest, version: CourseVersion, fact_id: int) -> HttpResponseBase:
    try:
        title = undo_removal(version_id=version.pk, fact_id=fact_id, by=request.user, at=now())
    except NothingToUndo as nothing:
        raise Http404 from nothing
    messages.success(request, _("“%(part)s” is back.") % {"part": title})
    return redirect("courses:edit", version.pk)
