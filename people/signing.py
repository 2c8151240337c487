"""Signing as a form: the components that are due, checked before anything is signed.

Higher rooms put a SignatureForm on their page and hand `form.components` to their action.
Source: 21 CFR 11.10(j), 11.100, 11.200, 11.300(d).
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from core.clock import now
from people.actions import SIGNING, SecretAnswer, accept_accountability, note_wrong_secret, try_secret
from people.choices import ACCOUNTABILITY
from people.models import User
from people.notices import locked_words, refused_words
from people.queries import has_accepted_accountability, has_signed_since, is_proofed, lock_state
from people.rules import SigningContinuity, components_needed
from records.choices import Components, Meaning

SESSION_KEY = "signing"
IMPERSONATOR_KEY = "impersonator"


class SignatureForm(forms.Form):
    """User ID and password at the first signing of a session, the password alone later.

    Who has not yet accepted the statement of accountability, in its current version, also ticks it;
    a valid form has recorded that as a signature of its own, before the one that follows. The view
    hands `form.components` to the action that signs.
    """

    email = forms.CharField(label=_("User ID"), widget=forms.TextInput(attrs={"autocomplete": "username"}))
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    accept = forms.BooleanField(
        label=ACCOUNTABILITY.words,
        help_text=_("Asked once, before your first signature. It is signed with this one."),
        error_messages={"required": _("Tick this first: without it nobody can sign.")},
    )

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        self.request = request
        self.person: User = request.user  # type: ignore[assignment]
        super().__init__(*args, **{"prefix": "sign", **kwargs})
        self.circumstances = _circumstances(request)
        self.components = components_needed(_continuity(request), at=now(), **self.circumstances)
        if self.components is Components.SECRET:
            del self.fields["email"]
        else:
            self.fields["email"].help_text = _("The e-mail address you sign in with.")
        if has_accepted_accountability(self.person, version=ACCOUNTABILITY.version):
            del self.fields["accept"]

    def clean(self) -> dict[str, Any]:
        """Check the components; count what is wrong, and begin or go on with a signing session."""
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        at = now()
        self._refuse_who_may_not_sign(at)
        answer = self._try(cleaned, at)
        if not answer.is_right:
            self.add_error("password", refused_words(answer.lock, at=at))
            return cleaned
        if cleaned.get("accept"):
            accept_accountability(person=self.person, components=self.components, at=at)
        _go_on(self.request, self.circumstances, at=at, began_anew=self.components is Components.ALL)
        return cleaned

    def signing(self, *, facts: list[tuple[str, str]], sha256: str, meaning: Meaning) -> dict[str, Any]:
        """Return what `components/sign_fields.html` shows: what is signed, what it means, and by whom."""
        return {
            "facts": facts,
            "sha256": sha256,
            "meaning": meaning.label,
            "sign": self,
            "signer": self.person.name,
            "first": self.components == Components.ALL,
        }

    def _refuse_who_may_not_sign(self, at: datetime) -> None:
        if self.request.session.get(IMPERSONATOR_KEY):
            raise forms.ValidationError(_("Nobody signs for somebody else."))
        if not is_proofed(self.person):
            raise forms.ValidationError(
                _("Your identity has not been verified yet, so you cannot sign. Ask an administrator.")
            )
        state = lock_state(self.person)
        if state.is_locked(at=at):
            raise forms.ValidationError(locked_words(state.locked_until, at=at))

    def _try(self, cleaned: dict[str, Any], at: datetime) -> SecretAnswer:
        named = cleaned.get("email", self.person.email)
        if named.strip().lower() != self.person.email.lower():
            return SecretAnswer(False, note_wrong_secret(person=self.person, purpose=SIGNING, at=at))
        return try_secret(person=self.person, secret=cleaned["password"], purpose=SIGNING, at=at)


def signature_form(request: HttpRequest, *, once: bool) -> SignatureForm:
    """Return the fields of a signature, filled only once the decision itself is in order.

    So a wrong date costs no try at the password: looking at a bound form's errors counts one. Until then all that
    was typed but the password stays.
    """
    if request.method == "POST" and once:
        return SignatureForm(request, request.POST)
    typed = {"email": request.POST.get("sign-email", ""), "accept": "sign-accept" in request.POST}
    return SignatureForm(request, initial=typed)


def _circumstances(request: HttpRequest) -> dict[str, str]:
    """Return what must stay the same for a continuous signing session, as text for the session."""
    person: User = request.user  # type: ignore[assignment]
    factors = Authenticator.objects.filter(user=person).order_by("pk").values_list("pk", "created_at")
    credentials = f"{person.password}|{[str(factor) for factor in factors]}|{sorted(person.roles)}"
    return {
        "person": str(person.pk),
        "address": request.META.get("REMOTE_ADDR", ""),
        "agent": hashlib.sha256(request.headers.get("User-Agent", "").encode()).hexdigest()[:16],
        "credentials": hashlib.sha256(credentials.encode()).hexdigest(),
    }


def _continuity(request: HttpRequest) -> SigningContinuity | None:
    """Return the signing session under way; it begins with a signature that was really written."""
    kept = request.session.get(SESSION_KEY)
    if not kept:
        return None
    instants = {name: datetime.fromisoformat(kept[name]) for name in ("began_at", "last_at")}
    if not has_signed_since(request.user, instants["began_at"]):  # type: ignore[arg-type]
        return None
    return SigningContinuity(**{**kept, **instants})


def _go_on(request: HttpRequest, circumstances: dict[str, str], *, at: datetime, began_anew: bool) -> None:
    kept = request.session.get(SESSION_KEY) or {}
    began = at.isoformat() if began_anew or "began_at" not in kept else kept["began_at"]
    request.session[SESSION_KEY] = {**circumstances, "began_at": began, "last_at": at.isoformat()}
