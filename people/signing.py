"""Signing as a form: the components that are due, checked before anything is signed.

Higher rooms put a SignatureForm on their page and hand `form.components` to their action.
Source: 21 CFR 11.200, 11.300(d).
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from core.clock import now
from people.actions import note_right_secret, note_wrong_secret
from people.models import User
from people.queries import is_proofed, lock_state
from people.rules import SigningContinuity, components_needed, tries_left
from records.choices import Components

SESSION_KEY = "signing"


class SignatureForm(forms.Form):
    """User ID and password at the first signing of a session, the password alone later."""

    email = forms.CharField(label=_("User ID"), widget=forms.TextInput(attrs={"autocomplete": "username"}))
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        self.request = request
        self.person: User = request.user  # type: ignore[assignment]
        super().__init__(*args, prefix="sign", **kwargs)
        self.components = components_needed(_continuity(request), at=now(), **_circumstances(request))
        if self.components is Components.SECRET:
            del self.fields["email"]
        else:
            self.fields["email"].help_text = _("The e-mail address you sign in with.")

    def clean(self) -> dict[str, Any]:
        """Check the components; count what is wrong, and begin or go on with a signing session."""
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        at = now()
        if self.request.session.get("impersonator"):
            raise forms.ValidationError(_("Nobody signs for somebody else."))
        if not is_proofed(self.person):
            raise forms.ValidationError(
                _("Your identity has not been verified yet, so you cannot sign. Ask an administrator.")
            )
        state = lock_state(self.person)
        if state.is_locked(at=at):
            raise forms.ValidationError(locked_words(state.locked_until))
        named = cleaned.get("email", self.person.email)
        if named.strip().lower() != self.person.email.lower() or not self.person.check_password(cleaned["password"]):
            after = note_wrong_secret(person=self.person, purpose="signing", at=at)
            if after.is_locked(at=at):
                self.add_error("password", locked_words(after.locked_until))
            else:
                left = tries_left(after)
                words = ngettext(
                    "User ID or password is wrong. %(left)s try left.",
                    "User ID or password is wrong. %(left)s tries left.",
                    left,
                )
                self.add_error("password", words % {"left": left})
            return cleaned
        if state.failures:
            note_right_secret(person=self.person)
        _go_on(self.request, at=at, began_anew=self.components is Components.ALL)
        return cleaned


def locked_words(until: datetime | None) -> str:
    """Say that an account is locked, and what to do."""
    from django.utils import timezone

    moment = timezone.localtime(until).strftime("%H:%M") if until else "–"
    return gettext(
        "The account is locked after 5 wrong passwords, until %(moment)s. "
        "The security contact was told. An administrator can unlock it earlier."
    ) % {"moment": moment}


def _circumstances(request: HttpRequest) -> dict[str, str]:
    person: User = request.user  # type: ignore[assignment]
    factors = Authenticator.objects.filter(user=person).order_by("pk").values_list("pk", flat=True)
    credentials = f"{person.password}|{list(factors)}|{sorted(person.roles)}"
    return {
        "person": str(person.pk),
        "address": request.META.get("REMOTE_ADDR", ""),
        "agent": hashlib.sha256(request.headers.get("User-Agent", "").encode()).hexdigest()[:16],
        "credentials": hashlib.sha256(credentials.encode()).hexdigest(),
    }


def _continuity(request: HttpRequest) -> SigningContinuity | None:
    kept = request.session.get(SESSION_KEY)
    if not kept:
        return None
    instants = {name: datetime.fromisoformat(kept[name]) for name in ("began_at", "last_at")}
    return SigningContinuity(**{**kept, **instants})


def _go_on(request: HttpRequest, *, at: datetime, began_anew: bool) -> None:
    kept = request.session.get(SESSION_KEY) or {}
    began = at.isoformat() if began_anew or "began_at" not in kept else kept["began_at"]
    request.session[SESSION_KEY] = {**_circumstances(request), "began_at": began, "last_at": at.isoformat()}
