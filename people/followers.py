"""What happens at sign-in and sign-out, and when a second factor changes."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authentication_failed
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.db.models.signals import post_delete, post_save

from core.clock import now
from people.actions import SIGN_IN, note_second_factor_changed, note_signed_in, note_signed_out, note_wrong_secret
from people.models import User

CHANGES = {
    (Authenticator.Type.TOTP, "added"): "authenticator app added",
    (Authenticator.Type.TOTP, "removed"): "authenticator app removed",
    (Authenticator.Type.RECOVERY_CODES, "added"): "recovery codes made",
    (Authenticator.Type.RECOVERY_CODES, "removed"): "recovery codes removed",
}


def connect() -> None:
    """Listen to Django's and allauth's signals.

    A second factor is followed at its row, since allauth's own signals come after the commit.
    """
    user_logged_in.connect(_signed_in, dispatch_uid="people.signed_in")
    user_logged_out.connect(_signed_out, dispatch_uid="people.signed_out")
    post_save.connect(_factor_saved, sender=Authenticator, dispatch_uid="people.factor_saved")
    post_delete.connect(_factor_removed, sender=Authenticator, dispatch_uid="people.factor_removed")
    authentication_failed.connect(_code_wrong, dispatch_uid="people.code_wrong")


def _signed_in(*, user: User, **signal: Any) -> None:
    note_signed_in(person=user, at=now())


def _signed_out(*, user: User | None, **signal: Any) -> None:
    if user is not None and user.is_authenticated:
        note_signed_out(person=user, at=now())


def _factor_saved(*, instance: Authenticator, created: bool, **signal: Any) -> None:
    if created:  # a use of it is saved too, and is no change
        note_second_factor_changed(person=instance.user, what=CHANGES[instance.type, "added"], at=now())


def _factor_removed(*, instance: Authenticator, **signal: Any) -> None:
    note_second_factor_changed(person=instance.user, what=CHANGES[instance.type, "removed"], at=now())


def _code_wrong(*, user: User, **signal: Any) -> None:
    note_wrong_secret(person=user, purpose=SIGN_IN, at=now())
