"""A hint to an administrator that mail to somebody comes back."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from core.views import requires
from notifications.queries import hard_bounce_of
from people.permissions import administered_by, administrator
from people.requests import PersonRequest


@require_safe
@requires(administrator)
def bounced(request: PersonRequest, person_id: UUID) -> HttpResponse:
    """Answer with the hint, for the page of a person; with nothing where mail arrives."""
    person = get_object_or_404(administered_by(request.user, on=timezone.localdate()), pk=person_id)
    return render(request, "notifications/_bounced.html", {"bounce": hard_bounce_of(person), "person": person})
