"""What the pages about one person share: whom one may look after, and a form that acts and leads back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from people.actions import NotAllowed
from people.models import User
from people.permissions import administered_by
from people.requests import PersonRequest

either = require_http_methods(["GET", "HEAD", "POST"])


def find(request: PersonRequest, person_id: UUID) -> User:
    """Return a person in one's scope; others look as if they did not exist."""
    found: User = get_object_or_404(administered_by(request.user, on=timezone.localdate()), pk=person_id)
    return found


def typed(request: PersonRequest) -> QueryDict | None:
    """Return what was sent, or nothing for a form that is only shown."""
    return request.POST if request.method == "POST" else None


def decide(
    request: PersonRequest,
    found: User,
    form: forms.Form,
    *,
    act: Callable[[dict[str, Any]], Any],
    title: str,
    button: str,
    done: str,
    lead: str = "",
    is_danger: bool = False,
    effect: Mapping[str, object] | None = None,
) -> HttpResponse:
    """Show a form about a person, and when it is sent and valid, act and return to the person.

    Where there is an `effect`, a page of another room says, while the form is filled in, what it would do,
    and beside its fields why it is refused. It tells that page which change this is: `of`, and of what.
    """
    if request.method == "POST" and form.is_valid():
        try:
            act(dict(form.cleaned_data))
        except NotAllowed as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            messages.success(request, done)
            return redirect("people:person", found.pk)
    context = {
        "person": found,
        "form": form,
        "title": title,
        "lead": lead or found.name,
        "button": button,
        "is_danger": is_danger,
        "effect": effect,
        "back": reverse("people:person", args=[found.pk]),
    }
    return render(request, "people/decide.html", context, status=422 if form.errors else 200)
