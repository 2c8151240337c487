"""What happens at sign-in and sign-out, and when a second factor changes."""

from __future__ import annotations

from typing import Any

from allauth.mfa import signals as mfa
from django.contrib.auth.signals import user_logged_in, user_logged_out

from core.clock import now
from people.actions import SIGN_IN, note_second_factor_changed, note_signed_in, note_signed_out, note_wrong_secret
from people.models import User


def connect() -> None:
    """Listen to Django's and allauth's signals."""
    user_logged_in.connect(_signed_in, dispatch_uid="people.signed_in")
    user_logged_out.connect(_signed_out, dispatch_uid="people.signed_out")
    mfa.authenticator_added.connect(_factor_added, dispatch_uid="people.factor_added")
    mfa.authenticator_removed.connect(_factor_removed, dispatch_uid="people.factor_removed")
    mfa.authenticator_reset.connect(_factor_renewed, dispatch_uid="people.factor_renewed")
    mfa.authentication_failed.connect(_code_wrong, dispatch_uid="people.code_wrong")


def _signed_in(*, user: User, **signal: Any) -> None:
    note_signed_in(person=user, at=now())


def _signed_out(*, user: User | None, **signal: Any) -> None:
    if user is not None and user.is_authenticated:
        note_signed_out(person=user, at=now())


def _factor_added(*, user: User, authenticator: Any, **signal: Any) -> None:
    note_second_factor_changed(person=user, what=f"{authenticator.type} added", at=now())


def _factor_removed(*, user: User, authenticator: Any, **signal: Any) -> None:
    note_second_factor_changed(person=user, what=f"{authenticator.type} removed", at=now())


def _factor_renewed(*, user: User, authenticator: Any, **signal: Any) -> None:
    note_second_factor_changed(person=user, what=f"{authenticator.type} made anew", at=now())


def _code_wrong(*, user: User, **signal: Any) -> None:
    note_wrong_secret(person=user, purpose=SIGN_IN, at=now())
