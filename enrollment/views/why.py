"""Why one person has one requirement."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.clock import now
from core.views import requires
from enrollment.permissions import assignments_readable_by, requirements_readable_by
from enrollment.queries.whys import why_of
from enrollment.views.next_steps import next_steps
from people.permissions import signed_in
from people.requests import PersonRequest

SIGNS = {
    "given": "user-check",
    "reworded": "pencil",
    "recounted": "calendar-sync",
    "more_time": "calendar-plus",
    "leave": "circle-pause",
    "back": "circle-play",
    "taken_back": "undo-2",
    "waived": "shield",
    "withdrawn": "shield-off",
    "version": "book-up",
    "now": "calendar-clock",
}


@requires(signed_in)
@require_safe
def why(request: PersonRequest, assignment_id: UUID) -> HttpResponse:
    """Say why somebody has a requirement, how they stand with it, what comes next, and how the day came about."""
    at = now()
    readable = assignments_readable_by(request.user, on=timezone.localdate(at))
    found = get_object_or_404(
        readable.select_related("requirement__site", "requirement__switched_off_by", "user"), pk=assignment_id
    )
    page = why_of(found, at=at)
    is_own = found.user_id == request.user.pk
    record = reverse("enrollment:training") if is_own else ""
    may_open = requirements_readable_by(request.user).filter(pk=found.requirement_id).exists()
    steps = next_steps(request, found, page, may_open=may_open, at=at)
    context = {
        "assignment": found,
        "why": page,
        "is_own": is_own,
        "history": [(SIGNS[step.kind], step) for step in page.history],
        "may_open": may_open,
        "open": [step for step in steps if step.url],
        "locked": [step for step in steps if step.locked],
        "trail": [(_("My training") if is_own else found.user.name, record), (page.title, "")],
    }
    return render(request, "enrollment/why.html", context)
