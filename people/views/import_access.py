"""How lists of people come by themselves: saved mappings, tokens of other systems, the folder, and the policy."""

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
from people import actions
from people.forms import ReasonForm
from people.forms.imports import PolicyForm, TokenForm
from people.models import ImportMapping, ImportToken
from people.permissions import administrator_everywhere
from people.requests import PersonRequest

either = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@requires(administrator_everywhere)
def import_access(request: PersonRequest) -> HttpResponse:
    """Show what lets lists come by themselves."""
    tokens = ImportToken.objects.select_related("mapping", "created_by", "revoked_by")
    mappings = ImportMapping.objects.select_related("saved_by").order_by("name")
    context = {
        "tokens": tokens.order_by("revoked_at", "-created_at"),
        "mappings": mappings,
        "folder": settings.IMPORT_FOLDER,
        "folder_mapping": settings.IMPORT_MAPPING,
        "folder_works": any(mapping.name == settings.IMPORT_MAPPING for mapping in mappings),
        "percent": actions.most_leaving_percent().normalize(),
        "feed_address": settings.BASE_URL + reverse("people:import_feed"),
    }
    return render(request, "people/import_access.html", context)


@either
@requires(administrator_everywhere)
def new_token(request: PersonRequest) -> HttpResponse:
    """Create a token, and show it this one time."""
    form = TokenForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        token, secret = actions.create_import_token(by=request.user, at=now(), **form.cleaned_data)
        back = reverse("people:import_access")
        context = {
            "token": token,
            "secret": secret,
            "address": settings.BASE_URL + reverse("people:import_feed"),
            "back": back,
            "trail": [
                (_("Import people"), reverse("people:imports")),
                (_("Feeds and limits"), back),
                (token.name, ""),
            ],
        }
        return render(request, "people/token.html", context)
    context = {"form": form, "has_mappings": ImportMapping.objects.exists()}
    return render(request, "people/import_new_token.html", context, status=422 if form.errors else 200)


@either
@requires(administrator_everywhere)
def revoke_token(request: PersonRequest, token_id: UUID) -> HttpResponse:
    """Let a token open nothing any more."""
    token = get_object_or_404(ImportToken, pk=token_id)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        actions.revoke_import_token(token=token, by=request.user, at=now(), reason=form.cleaned_data["reason"])
        messages.success(request, _("The token %(name)s opens nothing any more.") % {"name": token.name})
        return redirect("people:import_access")
    context = {
        "form": form,
        "title": _("Revoke the token"),
        "lead": _("%(name)s: lists that it sends are refused at once. It cannot be undone.") % {"name": token.name},
        "button": _("Revoke"),
        "is_danger": True,
        "back": reverse("people:import_access"),
    }
    return render(request, "people/decide.html", context, status=422 if form.errors else 200)


@either
@requires(administrator_everywhere)
def import_policy(request: PersonRequest) -> HttpResponse:
    """Say how many people may leave by a list before somebody confirms it."""
    initial = {"most_leaving_percent": actions.most_leaving_percent().normalize()}
    form = PolicyForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        actions.set_import_policy(by=request.user, at=now(), **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("people:import_access")
    context = {
        "form": form,
        "title": _("Limit of leavers"),
        "lead": _("A wrong file must not close hundreds of accounts."),
        "button": _("Save"),
        "back": reverse("people:import_access"),
    }
    return render(request, "people/decide.html", context, status=422 if form.errors else 200)
