"""What is remembered of somebody when they sign in."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest

from assessments.choices import OBSERVES
from assessments.permissions import observes_as_qualified
from core.clock import now
from people.models import User


def connect() -> None:
    """Listen to Django's signal of a sign-in."""
    user_logged_in.connect(_signed_in, dispatch_uid="assessments.signed_in")


def _signed_in(*, user: User, request: HttpRequest | None, **signal: Any) -> None:
    if request is not None and observes_as_qualified(user, at=now()):
        request.session[OBSERVES] = True
