"""Tokens with which other systems ask who is qualified."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from core.clock import now
from core.views import requires
from enrollment.actions.access import create_reading_token, revoke_reading_token
from enrollment.forms import RevokeForm, TokenForm
from enrollment.models import ReadingToken
from people.permissions import administrator_everywhere
from people.requests import PersonRequest

either = require_http_methods(["GET", "HEAD", "POST"])


@requires(administrator_everywhere)
@require_safe
def tokens(request: PersonRequest) -> HttpResponse:
    """List the tokens, those that work first."""
    listed = ReadingToken.objects.select_related("created_by", "revoked_by").order_by("revoked_at", "-created_at")
    ordered = sorted(listed, key=lambda token: token.revoked_at is not None)
    context = {"tokens": ordered, "address": _address(), "trail": _trail((_("Access of other systems"), ""))}
    return render(request, "enrollment/tasks/tokens.html", context)


@requires(administrator_everywhere)
@either
def new_token(request: PersonRequest) -> HttpResponse:
    """Create a token, and show it this one time."""
    form = TokenForm(request.POST if request.method == "POST" else None)
    here = (_("Access of other systems"), reverse("enrollment:tokens"))
    if request.method == "POST" and form.is_valid():
        token, secret = create_reading_token(name=form.cleaned_data["name"], by=request.user, at=now())
        context = {
            "token": token,
            "secret": secret,
            "address": _address(),
            "back": reverse("enrollment:tokens"),
            "trail": _trail(here, (token.name, "")),
        }
        return render(request, "people/token.html", context)
    context = {"form": form, "trail": _trail(here, (_("Create a token"), ""))}
    return render(request, "enrollment/tasks/new_token.html", context, status=422 if form.errors else 200)


@requires(administrator_everywhere)
@either
def revoke_token(request: PersonRequest, token_id: UUID) -> HttpResponse:
    """Let a token open nothing any more."""
    token = get_object_or_404(ReadingToken, pk=token_id)
    form = RevokeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        revoke_reading_token(token=token, by=request.user, at=now(), reason=form.cleaned_data["reason"])
        messages.success(request, _("The token {name} opens nothing any more.").format(name=token.name))
        return redirect("enrollment:tokens")
    context = {"form": form, "token": token, "back": reverse("enrollment:tokens")}
    return render(request, "enrollment/tasks/revoke_token.html", context, status=422 if form.errors else 200)


def _address() -> str:
    return settings.BASE_URL + "/api/tasks/…/qualified/?person=…"


def _trail(*rest: tuple[str, str]) -> list[tuple[str, str]]:
    return [(_("Who is qualified"), reverse("enrollment:tasks")), *rest]
