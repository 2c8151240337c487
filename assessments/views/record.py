"""A submitted attempt as those read it who look after a person's record."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from assessments.actions import note_attempt_opened
from assessments.permissions import attempts_on_record
from assessments.queries import feedback, quiz_content
from core.clock import now
from core.views import requires
from people.choices import AccessRole
from people.permissions import signed_in


@requires(signed_in)
@require_safe
def attempt_record(request: HttpRequest, attempt_id: UUID) -> HttpResponse:
    """Show a submitted attempt read-only: questions as shown, answers, key, reasons, times."""
    at = now()
    readable = attempts_on_record(request.user, on=at.date()).select_related("enrollment__user")
    attempt = get_object_or_404(readable, pk=attempt_id)
    if request.method == "GET" and AccessRole.AUDITOR in request.user.roles and attempt.enrollment.user != request.user:
        note_attempt_opened(attempt=attempt, by=request.user, at=at)
    result = feedback(attempt)
    context = {
        "attempt": attempt,
        "person": attempt.enrollment.user,
        "quiz": quiz_content(attempt.quiz_id),
        "result": result,
        "questions": result.questions,
    }
    return render(request, "assessments/attempt_record.html", context)
