"""The editor of a draft: its outline, one part of it at a time, and what is missing."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.clock import now
from core.views import requires
from courses.actions import (
    AsksInACircle,
    LabelTaken,
    NotADraft,
    Stale,
    edit_activity,
    edit_module,
    edit_version,
)
from courses.activity_kinds import kind_of
from courses.forms import ActivityForm, ModuleForm, VersionForm, activity_form
from courses.kinds.page import render as render_page
from courses.models import Activity, Asset, CourseVersion, Module
from courses.permissions import author, readable_by
from courses.queries import activities_with_content, outline_of, told_together, version_checks
from courses.queries.versions import owners_for
from courses.rules import Change, text_change
from courses.views.steps import steps_of
from courses.words import size_words
from people.requests import PersonRequest

DraftView = Callable[..., HttpResponseBase]


def on_draft(view: DraftView) -> DraftView:
    """Give the view a draft that this author may edit; lead to a version's page once it is none any more."""

    @wraps(view)
    def guarded(request: PersonRequest, version_id: UUID, **kwargs: Any) -> HttpResponseBase:
        version = get_object_or_404(readable_by(request.user), pk=version_id)
        if version.state != "draft":
            return _not_a_draft(request, NotADraft(version))
        try:
            return view(request, version, **kwargs)
        except NotADraft as refusal:  # submitted by somebody else since it was opened
            return _not_a_draft(request, refusal)

    return guarded


def _not_a_draft(request: PersonRequest, refusal: NotADraft) -> HttpResponseBase:
    if wants_json(request):
        return JsonResponse({"message": str(refusal)}, status=409)
    if request.method == "POST":
        messages.error(request, str(refusal))
    return redirect("courses:version", refusal.version.pk)


def wants_json(request: PersonRequest) -> bool:
    """Say whether a script saves in the background; a form asks for a page."""
    return request.headers.get("Accept", "").startswith("application/json")


# Details, modules and activities: shown, saved, saved by themselves


@requires(author)
@require_http_methods(["GET", "HEAD", "POST"])
@on_draft
def details(request: PersonRequest, version: CourseVersion) -> HttpResponseBase:
    def form_for(*args: Any) -> VersionForm:
        return VersionForm(*args, version=version, owners=owners_for(version, at=now()))

    def save(form: VersionForm) -> None:
        edit_version(
            version_id=version.pk,
            by=request.user,
            at=now(),
            seen_revision=form.cleaned_data["revision"],
            **form.details(),
        )

    return _edit(request, version, form_for, save, {"title": _("Details"), "template": "courses/studio/details.html"})


@requires(author)
@require_http_methods(["GET", "HEAD", "POST"])
@on_draft
def module(request: PersonRequest, version: CourseVersion, module_id: UUID) -> HttpResponseBase:
    edited = get_object_or_404(Module, pk=module_id, version=version)

    def form_for(*args: Any) -> ModuleForm:
        return ModuleForm(*args, module=edited, initial={"revision": version.revision})

    def save(form: ModuleForm) -> None:
        edit_module(
            module_id=edited.pk,
            by=request.user,
            at=now(),
            title=form.cleaned_data["title"],
            objective=form.cleaned_data["objective"],
            needed=form.cleaned_data["needed"],
            seen_revision=form.cleaned_data["revision"],
        )

    context = {"title": edited.title, "module": edited, "template": "courses/studio/module.html"}
    return _edit(request, version, form_for, save, context)


@requires(author)
@require_http_methods(["GET", "HEAD", "POST"])
@on_draft
def activity(request: PersonRequest, version: CourseVersion, activity_id: UUID) -> HttpResponseBase:
    edited = get_object_or_404(activities_with_content(), pk=activity_id, module__version=version)
    kind = kind_of(edited.kind)

    def form_for(*args: Any) -> ActivityForm:
        return activity_form(edited, *args, revision=version.revision)

    def save(form: ActivityForm) -> None:
        edit_activity(
            activity_id=edited.pk,
            by=request.user,
            at=now(),
            title=form.cleaned_data["title"],
            minutes=form.cleaned_data["minutes"],
            values=form.values(),
            seen_revision=form.cleaned_data["revision"],
        )

    context = {
        "title": edited.title,
        "activity": edited,
        "kind": kind,
        "uploads": _uploads(edited),
        "template": kind.editor_template,
        **kind.editor_context(edited),
    }
    return _edit(request, version, form_for, save, context)


def _uploads(edited: Activity) -> list[tuple[str, Asset, str, str]]:
    """Return the files of an activity: the label of their field, where they open, how large they are."""
    fields = kind_of(edited.kind).edit_form_class.base_fields
    return [
        (
            str(fields[name].label if name in fields else name),
            asset,
            reverse("courses:file", args=[edited.pk, name]),
            size_words(asset.size_bytes),
        )
        for name, asset in kind_of(edited.kind).assets(edited).items()
    ]


def _edit(
    request: PersonRequest,
    version: CourseVersion,
    form_for: Callable[..., Any],
    save: Callable[[Any], None],
    context: dict[str, Any],
) -> HttpResponseBase:
    """Show a part in its form, or save it: a page for a form, JSON for a script that saves by itself."""
    if request.method != "POST":
        return _show(request, version, {"form": form_for(), **context})
    form = form_for(request.POST, request.FILES)
    stale: Stale | None = None
    if form.is_valid():
        try:
            if set(form.changed_data) - {"revision"}:
                save(form)
        except Stale as refusal:
            stale = refusal
        except LabelTaken as refusal:
            form.add_error("label", str(refusal))
        except AsksInACircle as refusal:
            form.add_error("course" if "course" in form.fields else "prerequisites", str(refusal))
    if wants_json(request):
        return _told(version, form, stale)
    if stale:
        return _show_conflict(request, version, form_for, form, stale, context)
    if form.errors:
        return _show(request, version, {"form": form, **context}, status=422)
    messages.success(request, _("Saved."))
    return redirect(request.path)


def _told(version: CourseVersion, form: forms.Form, stale: Stale | None) -> JsonResponse:
    if stale:
        when = timezone.localtime(stale.when).strftime("%H:%M") if stale.when else "–"
        words = _("%(who)s changed this at %(when)s, after you had opened it.") % {"who": stale.who, "when": when}
        return JsonResponse({"by": stale.who, "at": stale.when, "message": words}, status=409)
    if form.errors:
        errors = {name: [str(error) for error in found] for name, found in form.errors.items()}
        return JsonResponse({"errors": errors}, status=422)
    version.refresh_from_db(fields=["revision", "edited_at"])
    return JsonResponse({"revision": version.revision, "saved_at": version.edited_at})


def _show_conflict(
    request: PersonRequest,
    version: CourseVersion,
    form_for: Callable[..., Any],
    form: Any,
    stale: Stale,
    context: dict[str, Any],
) -> HttpResponse:
    """Show what somebody else saved beside what was typed; saving again is a decision then."""
    theirs = form_for().initial
    changes = [_difference(form, name, theirs.get(name), form.cleaned_data[name]) for name in form.changed_data]
    version.refresh_from_db(fields=["revision"])
    typed = request.POST.copy()
    typed["revision"] = str(version.revision)
    conflict = {"who": stale.who, "when": stale.when, "changes": [change for change in changes if change]}
    return _show(request, version, {"form": form_for(typed), "conflict": conflict, **context}, status=409)


def _difference(form: Any, name: str, theirs: Any, mine: Any) -> Change | None:
    field = form.fields[name]
    if field.widget.is_hidden or isinstance(field, forms.FileField):
        return None
    before, after = (_in_words(field, value) for value in (theirs, mine))
    return text_change(field.label, before, after)


def _in_words(field: forms.Field, value: Any) -> str:
    if isinstance(field, forms.ModelChoiceField):
        chosen = value if hasattr(value, "pk") else field.queryset.filter(pk=value).first()  # type: ignore[union-attr]
        return str(chosen or "")
    shown = field.prepare_value(value)
    return "" if shown is None else str(shown)


def _show(
    request: PersonRequest, version: CourseVersion, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    outline = outline_of(version.pk)
    checks = version_checks(version)
    missing = {check.activity_id or check.module_id for check in checks if not check.passed}
    lines = told_together(checks)
    page = {
        "version": version,
        "outline": outline,
        "selected": context.get("activity") or context.get("module"),
        "missing": missing,
        **steps_of(version),
        "based_on": version.course.versions.exclude(pk=version.pk).filter(state="effective").first(),
        **_counted(lines),
        **context,
    }
    return render(request, "courses/studio/edit.html", page, status=status)


def _counted(lines: list[Any]) -> dict[str, Any]:
    passed = sum(line.passed for line in lines)
    return {"checks": lines, "passed": passed, "to_do": len(lines) - passed}


@requires(author)
@require_safe
@on_draft
def checks(request: PersonRequest, version: CourseVersion) -> HttpResponseBase:
    """Answer with the checklist alone, for a page whose form saves by itself."""
    context = {"version": version, **_counted(told_together(version_checks(version)))}
    return render(request, "courses/studio/_checks.html", context)


@requires(author)
@require_POST
@on_draft
def page_preview(request: PersonRequest, version: CourseVersion) -> HttpResponseBase:
    """Answer with what is being typed as learners will read it; nothing is kept."""
    text = request.POST.get("body", "")[:200_000]
    return render(request, "courses/studio/_page_preview.html", {"page": render_page(text)})
