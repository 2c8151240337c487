"""When mail goes out, as an administrator decides it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.clock import now
from core.views import requires
from notifications import actions
from notifications.forms import PolicyForm
from notifications.queries import mail_policy
from people.permissions import administrator_everywhere
from people.requests import PersonRequest


@require_http_methods(["GET", "HEAD", "POST"])
@requires(administrator_everywhere)
def policy(request: PersonRequest) -> HttpResponse:
    """Show and change quiet hours, days off, the hour of the digest and the longest wait."""
    form = PolicyForm(request.POST if request.method == "POST" else None, initial=PolicyForm.of(mail_policy()))
    if request.method == "POST" and form.is_valid():
        actions.set_mail_policy(policy=form.policy, by=request.user, at=now(), reason=form.cleaned_data["reason"])
        messages.success(request, _("Saved. What waits is planned anew."))
        return redirect("notifications:policy")
    return render(request, "notifications/policy.html", {"form": form}, status=422 if form.errors else 200)
