"""Letting go of a requirement that was never switched on."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.clock import now
from core.views import requires
from enrollment.actions import NotADraft
from enrollment.actions.requirements import remove_requirement
from enrollment.choices import RequirementState
from enrollment.permissions import requirements_editable_by
from people.permissions import administrator
from people.requests import PersonRequest


@requires(administrator)
@require_http_methods(["GET", "HEAD", "POST"])
def remove_draft(request: PersonRequest, requirement_id: UUID) -> HttpResponse:
    """Ask whether a draft is to go, and let it go; what is or was on says why it stays."""
    found = get_object_or_404(requirements_editable_by(request.user), pk=requirement_id)
    back = reverse("enrollment:requirement", args=[found.pk])
    if found.state != RequirementState.DRAFT:
        messages.info(request, _("R-{number} was switched on already.").format(number=found.number))
        return redirect(back)
    if request.method != "POST":
        return render(request, "enrollment/requirements/remove.html", {"requirement": found, "back": back})
    try:
        remove_requirement(requirement=found, by=request.user, at=now())
    except NotADraft as refusal:
        messages.warning(request, str(refusal))
        return redirect(back)
    messages.success(request, _("The draft R-{number} is removed.").format(number=found.number))
    return redirect("enrollment:requirements")
