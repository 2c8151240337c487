"""Going on with the version in effect instead of the one that was begun."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.clock import now
from core.views import requires
from enrollment.actions.moving import MoveRefused, move_to_effective
from enrollment.choices import EnrollmentState
from enrollment.queries.moving import move_plan
from enrollment.views.learner import own_enrollment
from people.permissions import signed_in
from people.requests import PersonRequest


@requires(signed_in)
@require_http_methods(["GET", "HEAD", "POST"])
def move(request: PersonRequest, enrollment_id: UUID) -> HttpResponse:
    """Show what stays done and what is to be done again; POST moves, once, however often it is sent."""
    enrollment, _last = own_enrollment(request, enrollment_id)
    back = reverse("enrollment:course", args=[enrollment.pk])
    if enrollment.state == EnrollmentState.MOVED:
        return redirect("enrollment:course", enrollment.moved_to.pk)
    refusal = ""
    if request.method == "POST":
        try:
            expected = request.POST.get("version", "")
            moved = move_to_effective(enrollment=enrollment, by=request.user, at=now(), expected=expected)
        except MoveRefused as refused:
            refusal = str(refused)
        else:
            words = _("You go on with version {label}.").format(label=moved.version.label)
            messages.success(request, words)
            return redirect("enrollment:course", moved.pk)
    plan = move_plan(enrollment)
    if plan is None:
        if refusal:
            messages.warning(request, refusal)
        return redirect(back)
    kept = [each.title for each in plan.after.activities if each.id in plan.carried.kept]
    context = {
        "plan": plan,
        "kept": kept,
        "left": [each.title for each in plan.carried.left],
        "refusal": refusal,
        "back": back,
    }
    return render(request, "enrollment/learn/move.html", context, status=409 if refusal else 200)
