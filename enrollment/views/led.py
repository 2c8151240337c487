"""The sessions that somebody leads, whatever their role."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from core.views import requires
from enrollment.choices import LEADS_SESSIONS, PlannedState
from enrollment.queries.planned import led_by, planned_with
from enrollment.views.planned import PAGE
from enrollment.views.session_lines import lines_of
from people.permissions import signed_in
from people.requests import PersonRequest


@requires(signed_in)
@require_safe
def led_sessions(request: PersonRequest) -> HttpResponse:
    """Sessions that one leads: what comes or is not recorded yet, or what was."""
    in_past = "past" in request.GET
    over = ~Q(state=PlannedState.PLANNED)
    theirs = planned_with(led_by(request.user))
    found = theirs.filter(over).order_by("-starts_at", "pk") if in_past else theirs.exclude(over)
    page = Paginator(found if in_past else found.order_by("starts_at", "pk"), PAGE).get_page(request.GET.get("page"))
    if page.paginator.count:
        request.session.setdefault(LEADS_SESSIONS, True)
    count = page.paginator.count
    context = {
        "page": page,
        "lines": lines_of(page, reader=request.user),
        "in_past": in_past,
        "kept": [("past", "1")] if in_past else [],
        "found": ngettext("{count} session", "{count} sessions", count).format(count=count),
    }
    return render(request, "enrollment/planned/led.html", context)
