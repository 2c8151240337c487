"""Submitting, reviewing, approving, returning and retiring: the pages on which somebody decides and signs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from core.clock import now
from core.views import requires
from courses.actions import (
    NotAllowed,
    NotReady,
    SubmittedAnew,
    approve_version,
    retire_version,
    return_version,
    submit_version,
)
from courses.activity_kinds import kind_of
from courses.choices import Retraining, VersionState
from courses.forms import ApprovalForm, RetireForm, ReturnForm
from courses.models import CourseVersion
from courses.permissions import approver, author, readable_by
from courses.queries import (
    content_sha256_of,
    contributor_ids,
    difference,
    outline_of,
    signatures_of,
    version_checks,
)
from courses.queries.paths import asking_for, course_names
from courses.queries.versions import days_waiting, earlier_labels, predecessor_of, versions_decided, versions_in_review
from courses.rules import Answer, PartDifference, may_approve, may_move
from courses.views.decided import decision_shown, in_words, key_of, query_of, unseen_words
from courses.views.editor import on_draft
from courses.views.steps import steps_of
from people.requests import PersonRequest
from people.signing import SignatureForm, signature_form
from records.choices import Meaning
from records.rules import day_in

RECENT = 10


@requires(author)
@require_http_methods(["GET", "HEAD", "POST"])
@on_draft
def submit(request: PersonRequest, version: CourseVersion) -> HttpResponseBase:
    missing = [check for check in version_checks(version) if not check.passed]
    sign = signature_form(request, once=not missing)
    refusal = ""
    if sign.is_bound and sign.is_valid():
        try:
            submit_version(
                version_id=version.pk,
                by=request.user,
                at=now(),
                zone=request.user.zone_name,
                components=sign.components,
            )
        except (NotReady, NotAllowed) as refused:
            refusal = str(refused)
        else:
            messages.success(request, _("Submitted. The approvers were told."))
            return redirect("courses:version", version.pk)
    context = {
        "version": version,
        "missing": missing,
        "refusal": refusal,
        "effect": "enrollment:retraining" if earlier_labels(version) else "",
        "effect_query": f"retraining={Retraining.REPEAT}",
        "back": reverse("courses:edit", args=[version.pk]),
        **_signing(sign, Meaning.AUTHORED, version, content_sha256_of(version)),
    }
    return render(request, "courses/studio/submit.html", context, status=422 if sign.errors or refusal else 200)


def _in_review(view: Callable[[PersonRequest, CourseVersion], HttpResponse]) -> Callable[..., HttpResponse]:
    """Give the view a version that waits for a decision; lead to the version's own page once it is decided."""

    @wraps(view)
    def guarded(request: PersonRequest, version_id: UUID) -> HttpResponse:
        version = get_object_or_404(readable_by(request.user).select_related("submitted_by"), pk=version_id)
        if version.state != VersionState.IN_REVIEW:
            return redirect("courses:version", version.pk)
        return view(request, version)

    return guarded


@requires(approver)
@require_safe
def reviews(request: PersonRequest) -> HttpResponse:
    versions = readable_by(request.user)
    context = {
        "waiting": [(version, _answer(request, version)) for version in versions_in_review(versions)],
        "decided": versions_decided(versions)[:RECENT],
    }
    return render(request, "courses/reviews/list.html", context)


def _answer(request: PersonRequest, version: CourseVersion) -> Answer:
    return may_approve(
        user_id=request.user.pk,
        is_approver=approver(request.user),
        submitter_id=version.submitted_by_id,
        contributor_ids=contributor_ids(version),
    )


@requires(approver)
@require_safe
@_in_review
def review(request: PersonRequest, version: CourseVersion) -> HttpResponse:
    before = predecessor_of(version)
    found = difference(before, version)
    outline = outline_of(version.pk)
    by_lineage = {str(activity.lineage): activity for activity in outline.activities}
    context = {
        "version": version,
        "before": before,
        "difference": found,
        "modules": [(module, _shown(module, by_lineage)) for module in found.modules],
        "changed": [_with_kind(part, by_lineage) for part in found.changed_activities],
        "outline": outline,
        "first": sorted(course_names(outline.prerequisites).values(), key=lambda name: name.code),
        "answer": _answer(request, version),
        "signatures": list(signatures_of(version)),
        **steps_of(version),
    }
    return render(request, "courses/reviews/review.html", context)


def _shown(module: PartDifference, by_lineage: dict[str, Any]) -> list[dict[str, Any]]:
    return [_with_kind(part, by_lineage) for part in module.activities if part.is_changed]


def _with_kind(part: PartDifference, by_lineage: dict[str, Any]) -> dict[str, Any]:
    """Return a difference with the label of its kind and, where it is still there, its activity."""
    return {"part": part, "kind": kind_of(part.kind), "activity": by_lineage.get(part.lineage)}


@requires(approver)
@require_http_methods(["GET", "HEAD", "POST"])
@_in_review
def approve(request: PersonRequest, version: CourseVersion) -> HttpResponse:
    at = now()
    earlier = earlier_labels(version)
    asking = partial(
        ApprovalForm,
        today=day_in(request.user.zone_name, at),
        earlier=earlier,
        waiting=days_waiting(version.course_id),
    )
    if request.GET.get("show") == "decided":
        return _decided(request, version, asking(request.GET), earlier)
    form = asking(request.POST or None)
    answer = _answer(request, version)
    refusal = "" if answer else str(answer.reason)
    looked_at = request.POST.get("looked_at", "")
    is_seen = form.is_valid() and request.POST.get("shown") == key_of(form, version)
    is_seen = is_seen and looked_at == version.content_sha256
    unseen = _unseen(looked_at, version, form) if answer and not is_seen else ""
    sign = signature_form(request, once=bool(answer) and is_seen)
    if sign.is_bound and sign.is_valid():
        try:
            approve_version(
                version_id=version.pk,
                by=request.user,
                at=at,
                zone=request.user.zone_name,
                components=sign.components,
                seen=version.content_sha256,
                **form.decision,
            )
        except SubmittedAnew as refused:
            unseen = str(refused)
            version.refresh_from_db()
        except NotAllowed as refused:
            refusal = str(refused)
        else:
            day = date_format(form.cleaned_data["effective_on"], "j F Y")
            messages.success(request, _("Approved and signed. Effective from %(day)s.") % {"day": day})
            return redirect("courses:version", version.pk)
    shown = decision_shown(form, earlier=earlier)
    context = {"form": form, **_decision(version, sign, Meaning.APPROVED, refusal)}
    context["facts"] += in_words(shown, earlier=earlier, zone=request.user.zone_name)
    context |= {"looked_at": version.content_sha256, "shown": key_of(shown, version), "unseen": unseen}
    context |= {"effect": "enrollment:retraining" if earlier else "", "effect_query": query_of(shown)}
    return render(request, "courses/reviews/approve.html", context, status=_status(form, sign, refusal, unseen))


def _unseen(looked_at: str, version: CourseVersion, form: ApprovalForm | ReturnForm) -> str:
    """Say what has to be seen first: another content whatever else is wrong, else what is decided once it is."""
    is_other = looked_at and looked_at != version.content_sha256
    return unseen_words(looked_at, version) if is_other or form.is_valid() else ""


def _status(form: ApprovalForm | ReturnForm, sign: SignatureForm, refusal: str, unseen: str) -> int:
    if unseen:
        return 409
    return 422 if form.errors or sign.errors or (form.is_bound and refusal) else 200


def _decided(
    request: PersonRequest, version: CourseVersion, form: ApprovalForm, earlier: dict[int, str]
) -> HttpResponse:
    """Show what would be signed with what is chosen so far, and beside each field what is wrong with it.

    Where another content waits than the one that the dialog was opened on, nothing there can be signed any more.
    """
    if request.GET.get("looked_at") != version.content_sha256:
        context: dict[str, Any] = {"unseen": str(SubmittedAnew()), "shown": "", "decided": form}
        return render(request, "courses/reviews/_signed.html", context)
    facts = [*_facts(version), *in_words(form, earlier=earlier, zone=request.user.zone_name)]
    context = {"facts": facts, "sha256": version.content_sha256, "shown": key_of(form, version), "decided": form}
    return render(request, "courses/reviews/_signed.html", context)


@requires(approver)
@require_http_methods(["GET", "HEAD", "POST"])
@_in_review
def give_back(request: PersonRequest, version: CourseVersion) -> HttpResponse:
    form = ReturnForm(request.POST or None)
    answer = _answer(request, version)
    refusal = "" if answer else str(answer.reason)
    looked_at = request.POST.get("shown", "")
    is_seen = looked_at == version.content_sha256
    unseen = _unseen(looked_at, version, form) if answer and not is_seen else ""
    sign = signature_form(request, once=bool(answer) and form.is_valid() and is_seen)
    if sign.is_bound and sign.is_valid():
        try:
            return_version(
                version_id=version.pk,
                by=request.user,
                at=now(),
                zone=request.user.zone_name,
                components=sign.components,
                note=form.cleaned_data["note"],
                seen=version.content_sha256,
            )
        except SubmittedAnew as refused:
            unseen = str(refused)
            version.refresh_from_db()
        except NotAllowed as refused:
            refusal = str(refused)
        else:
            messages.success(request, _("Returned to the author, who was told why."))
            return redirect("courses:reviews")
    context = {"form": form, **_decision(version, sign, Meaning.RETURNED, refusal)}
    context |= {"shown": version.content_sha256, "unseen": unseen}
    return render(request, "courses/reviews/return.html", context, status=_status(form, sign, refusal, unseen))


@requires(approver)
@require_http_methods(["GET", "HEAD", "POST"])
def retire(request: PersonRequest, version_id: UUID) -> HttpResponse:
    version = get_object_or_404(readable_by(request.user), pk=version_id)
    form = RetireForm(request.POST or None)
    if not may_move(version.state, VersionState.RETIRED):
        return redirect("courses:version", version.pk)
    if request.method == "POST" and form.is_valid():
        retire_version(version_id=version.pk, by=request.user, at=now(), reason=form.cleaned_data["reason"])
        messages.success(request, _("Retired. What was completed with it stays as it is."))
        return redirect("courses:version", version.pk)
    context = {"version": version, "form": form, "back": reverse("courses:version", args=[version.pk])}
    context["asking"] = asking_for(version.course_id) if version.state == VersionState.EFFECTIVE else []
    return render(request, "courses/reviews/retire.html", context, status=422 if form.errors else 200)


def _decision(version: CourseVersion, sign: SignatureForm, meaning: Meaning, refusal: str) -> dict[str, Any]:
    return {
        "version": version,
        "refusal": refusal,
        "back": reverse("courses:review", args=[version.pk]),
        **_signing(sign, meaning, version, version.content_sha256),
    }


def _signing(sign: SignatureForm, meaning: Meaning, version: CourseVersion, sha256: str) -> dict[str, Any]:
    return sign.signing(facts=_facts(version), sha256=sha256, meaning=meaning)


def _facts(version: CourseVersion) -> list[tuple[str, str]]:
    return [
        (_("Training"), version.title),
        (_("Version"), f"{version.course.code}, {version.label}"),
        (_("What changed"), version.change_summary or _("First version")),
    ]
