"""A submitted attempt as those read it who look after a person's record."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from assessments.actions import NotExhausted, allow_attempt, note_attempt_opened
from assessments.forms import AllowForm
from assessments.models import Attempt
from assessments.permissions import attempts_allowed_by, attempts_on_record
from assessments.queries import attempts_of, feedback, quiz_content, verdict_of
from assessments.queries.earlier import taken_now
from core.clock import now
from core.views import requires
from people.choices import AccessRole
from people.permissions import overseer, signed_in
from people.requests import PersonRequest


@requires(signed_in)
@require_safe
def attempt_record(request: PersonRequest, attempt_id: UUID) -> HttpResponse:
    """Show a submitted attempt read-only: questions as shown, answers, key, reasons, times."""
    at = now()
    readable = attempts_on_record(request.user, on=at.date()).select_related("enrollment__user")
    attempt = get_object_or_404(readable, pk=attempt_id)
    if request.method == "GET" and AccessRole.AUDITOR in request.user.roles and attempt.enrollment.user != request.user:
        note_attempt_opened(attempt=attempt, by=request.user, at=at)
    return _show(request, attempt, AllowForm(), at=at)


def _show(
    request: PersonRequest, attempt: Attempt, form: AllowForm, *, at: datetime, status: int = 200
) -> HttpResponse:
    result = feedback(attempt)
    context = {
        "attempt": attempt,
        "person": attempt.enrollment.user,
        "quiz": quiz_content(attempt.quiz_id),
        "result": result,
        "questions": result.questions,
        "may_allow": not attempt.passed and _may_allow(request, attempt, at=at),
        "form": form,
    }
    return render(request, "assessments/attempt_record.html", context, status=status)


def _may_allow(request: PersonRequest, attempt: Attempt, *, at: datetime) -> bool:
    """Say whether all attempts are used, and this person may allow another one."""
    if not attempts_allowed_by(request.user, on=at.date()).filter(pk=attempt.pk).exists():
        return False
    enrollment, quiz_id = taken_now(attempt.enrollment, attempt.quiz_id)
    lines = attempts_of(enrollment.pk, quiz_id=quiz_id)
    return verdict_of(enrollment, quiz_content(quiz_id), lines).is_exhausted


@requires(overseer)
@require_POST
def allow(request: PersonRequest, attempt_id: UUID) -> HttpResponse:
    """Allow one more attempt to the person whose attempt this is."""
    at = now()
    allowed = attempts_allowed_by(request.user, on=at.date()).select_related("enrollment__user")
    attempt = get_object_or_404(allowed, pk=attempt_id)
    form = AllowForm(request.POST)
    if not form.is_valid():
        return _show(request, attempt, form, at=at, status=422)
    try:
        allow_attempt(
            enrollment_id=attempt.enrollment_id,
            quiz_id=attempt.quiz_id,
            by=request.user,
            at=at,
            reason=form.cleaned_data["reason"],
        )
    except NotExhausted as refusal:
        messages.info(request, str(refusal))
    else:
        words = _("{name} may try once more, and was told so.").format(name=attempt.enrollment.user.name)
        messages.success(request, words)
    return redirect("assessments:attempt_record", attempt_id)
