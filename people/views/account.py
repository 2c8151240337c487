"""One's own settings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core.clock import now
from core.views import requires
from people import actions, facts
from people.forms import PreferencesForm, ThemeForm
from people.permissions import signed_in
from people.queries import is_proofed
from people.requests import PersonRequest
from people.rules import SESSION_BEGAN
from records.models import Event

SIGN_INS_SHOWN = 6


@require_http_methods(["GET", "HEAD", "POST"])
@requires(signed_in)
def account(request: PersonRequest) -> HttpResponse:
    """Show and change how Attest looks, and show what protects the account."""
    person = request.user
    position = person.position_on(timezone.localdate())
    initial = {name: getattr(person, name) for name in ("theme", "time_zone", "language", "shortcuts_on")}
    site_zone = position.site.time_zone if position else "UTC"
    form = PreferencesForm(request.POST if request.method == "POST" else None, site_zone=site_zone, initial=initial)
    if request.method == "POST" and form.is_valid():
        actions.change_preferences(person=person, at=now(), **form.cleaned_data)
        messages.success(request, _("Your settings are saved."))
        return redirect("people:account")
    began = datetime.fromtimestamp(request.session[SESSION_BEGAN], UTC)
    context = {
        "form": form,
        "position": position,
        "is_proofed": is_proofed(person),
        "has_second_factor": Authenticator.objects.filter(user=person, type=Authenticator.Type.TOTP).exists(),
        "began_at": began,
        "ends_at": began + timedelta(seconds=settings.SESSION_COOKIE_AGE),
        "idle_minutes": settings.SESSION_IDLE_SECONDS // 60,
        "sign_ins": Event.objects.filter(
            person_id=person.pk, verb__in=[facts.SIGNED_IN.verb, facts.SECRET_WRONG.verb, facts.ACCOUNT_LOCKED.verb]
        ).order_by("-id")[:SIGN_INS_SHOWN],
    }
    return render(request, "people/account.html", context, status=422 if form.errors else 200)


@require_POST
@requires(signed_in)
def theme(request: PersonRequest) -> HttpResponse:
    """Change the appearance at once, and stay on the page."""
    form = ThemeForm(request.POST)
    if form.is_valid():
        actions.change_preferences(person=request.user, at=now(), theme=form.cleaned_data["theme"])
    onward = request.POST.get("next", "")
    is_safe = url_has_allowed_host_and_scheme(onward, allowed_hosts={request.get_host()})
    return redirect(onward if is_safe else "people:account")
