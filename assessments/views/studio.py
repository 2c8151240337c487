"""The questions of a quiz in a draft: added, edited, moved, removed, brought back."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from assessments.actions import (
    NothingToBringBack,
    add_question,
    bring_back_question,
    edit_question,
    move_question,
    remove_question,
)
from assessments.forms import QuestionForm, draft_from, initial_of, option_rows
from assessments.kinds.quiz.differences import spelled
from assessments.models import Question
from assessments.queries import draft_of, passages_of, plain_questions
from assessments.rules import QuestionDraft, gaps_of
from core.clock import now
from core.views import requires
from courses.actions import NotADraft, Stale
from courses.models import Activity, CourseVersion
from courses.permissions import author, readable_by
from courses.rules import text_change
from people.requests import PersonRequest

DraftView = Callable[..., HttpResponse]


def on_draft(view: DraftView) -> DraftView:
    """Give the view a quiz in a draft that this author may edit; lead to the version once it is none any more."""

    @wraps(view)
    def guarded(request: PersonRequest, version_id: UUID, activity_id: UUID, **more: Any) -> HttpResponse:
        version = get_object_or_404(readable_by(request.user), pk=version_id)
        quiz = get_object_or_404(
            Activity.objects.select_related("quiz"), pk=activity_id, module__version=version, kind="quiz"
        )
        try:
            if version.state != "draft":
                raise NotADraft(version)
            return view(request, version, quiz, **more)
        except NotADraft as refusal:
            if _wants_json(request):
                return JsonResponse({"message": str(refusal)}, status=409)
            messages.error(request, str(refusal))
            return redirect("courses:version", version_id)

    return guarded


def _wants_json(request: PersonRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")


@requires(author)
@require_http_methods(["GET", "HEAD", "POST"])
@on_draft
def new_question(request: PersonRequest, version: CourseVersion, quiz: Activity) -> HttpResponse:
    form = QuestionForm(request.POST or None, passages=passages_of(version.pk), initial=initial_of(None))
    rows = option_rows(request.POST or None)
    if request.method == "POST" and form.is_valid() and rows.is_valid():
        added = add_question(quiz_id=quiz.pk, draft=draft_from(form, rows), by=request.user, at=now())
        messages.success(request, _("Question {number} was added.").format(number=added.position))
        return redirect("courses:activity", version.pk, quiz.pk)
    return _show(request, version, quiz, form, rows)


@requires(author)
@require_http_methods(["GET", "HEAD", "POST"])
@on_draft
def question(request: PersonRequest, version: CourseVersion, quiz: Activity, question_id: UUID) -> HttpResponse:
    """Edit one question; a script saves it by itself, and nobody writes over what somebody else saved."""
    asked = get_object_or_404(Question.objects.prefetch_related("options"), pk=question_id, quiz_id=quiz.pk)
    stored = draft_of(asked)
    passages = passages_of(version.pk)
    if request.method != "POST":
        form = QuestionForm(passages=passages, initial=initial_of(stored))
        return _show(request, version, quiz, form, option_rows(draft=stored), asked)
    form = QuestionForm(request.POST, passages=passages, initial=initial_of(stored))
    rows = option_rows(request.POST, draft=stored)
    if not (form.is_valid() and rows.is_valid()):
        if _wants_json(request):
            return JsonResponse({"errors": _errors(form, rows)}, status=422)
        return _show(request, version, quiz, form, rows, asked)
    typed = draft_from(form, rows)
    try:
        if typed != stored:
            seen = form.cleaned_data["revision"] or None
            edit_question(question_id=asked.pk, draft=typed, by=request.user, at=now(), seen_sha256=seen)
    except Stale as refusal:
        return _conflict(request, version, quiz, asked, typed, refusal)
    if _wants_json(request):
        return JsonResponse({"revision": typed.sha256, "saved_at": now()})
    messages.success(request, _("Question {number} was saved.").format(number=asked.position))
    return redirect("courses:activity", version.pk, quiz.pk)


def _errors(form: QuestionForm, rows: Any) -> dict[str, list[str]]:
    found = {name: [str(error) for error in errors] for name, errors in form.errors.items()}
    for row in rows:
        found |= {row.add_prefix(name): [str(error) for error in errors] for name, errors in row.errors.items()}
    return found


def _conflict(
    request: PersonRequest, version: CourseVersion, quiz: Activity, asked: Question, typed: QuestionDraft, stale: Stale
) -> HttpResponse:
    """Show what somebody else saved beside what was typed; saving again is a decision then."""
    if _wants_json(request):
        when = timezone.localtime(stale.when).strftime("%H:%M") if stale.when else "–"
        words = _("{who} changed this at {when}, after you had opened it.").format(who=stale.who, when=when)
        return JsonResponse({"by": stale.who, "at": stale.when, "message": words}, status=409)
    theirs = draft_of(Question.objects.prefetch_related("options").get(pk=asked.pk))
    change = text_change(_("Question"), spelled(theirs), spelled(typed))
    conflict = {"who": stale.who, "when": stale.when, "changes": [change] if change else []}
    form = QuestionForm(passages=passages_of(version.pk), initial=initial_of(typed) | {"revision": theirs.sha256})
    rows = option_rows(draft=typed)
    return _show(request, version, quiz, form, rows, asked, conflict=conflict, status=409)


def _show(
    request: PersonRequest,
    version: CourseVersion,
    quiz: Activity,
    form: QuestionForm,
    rows: Any,
    asked: Question | None = None,
    *,
    conflict: dict[str, Any] | None = None,
    status: int = 0,
) -> HttpResponse:
    has_errors = form.is_bound and (form.errors or rows.errors or rows.non_form_errors())
    context = {
        "version": version,
        "quiz": quiz,
        "question": asked,
        "form": form,
        "rows": rows,
        "gaps": gaps_of(plain_questions([asked])) if asked else [],
        "conflict": conflict,
        "back": reverse("courses:activity", args=[version.pk, quiz.pk]),
    }
    return render(request, "assessments/studio/question.html", context, status=status or (422 if has_errors else 200))


@requires(author)
@require_POST
@on_draft
def move_question_view(
    request: PersonRequest, version: CourseVersion, quiz: Activity, question_id: UUID
) -> HttpResponse:
    """Move a question one step up or down."""
    moved = get_object_or_404(Question, pk=question_id, quiz_id=quiz.pk)
    step = -1 if request.POST.get("direction") == "up" else 1
    after = move_question(question_id=moved.pk, number=moved.position + step, by=request.user, at=now())
    count = Question.objects.filter(quiz_id=quiz.pk).count()
    words = _("The question is now {number} of {count}.").format(number=after.position, count=count)
    messages.success(request, words)
    return redirect("courses:activity", version.pk, quiz.pk)


@requires(author)
@require_POST
@on_draft
def remove_question_view(
    request: PersonRequest, version: CourseVersion, quiz: Activity, question_id: UUID
) -> HttpResponse:
    gone = get_object_or_404(Question, pk=question_id, quiz_id=quiz.pk)
    fact_id = remove_question(question_id=gone.pk, by=request.user, at=now())
    undo = reverse("assessments:bring_back_question", args=[version.pk, quiz.pk, fact_id])
    words = _("Question {number} was removed.").format(number=gone.position)
    messages.success(request, words, extra_tags=f"undo:{undo}")
    return redirect("courses:activity", version.pk, quiz.pk)


@requires(author)
@require_POST
@on_draft
def bring_back_question_view(
    request: PersonRequest, version: CourseVersion, quiz: Activity, fact_id: int
) -> HttpResponse:
    try:
        back = bring_back_question(quiz_id=quiz.pk, fact_id=fact_id, by=request.user, at=now())
    except NothingToBringBack as nothing:
        raise Http404 from nothing
    messages.success(request, _("Question {number} is back.").format(number=back.position))
    return redirect("courses:activity", version.pk, quiz.pk)
