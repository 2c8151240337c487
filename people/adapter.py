"""Where allauth asks us: no sign-up, passwords through our actions, words that say what is wrong."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.stagekit import clear_login
from allauth.core.exceptions import ImmediateHttpResponse
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.shortcuts import redirect

from core.clock import now
from core.throttle import is_over, within_limit
from people.actions import SIGN_IN, change_password, try_secret
from people.models import User
from people.notices import locked_words, refused_words
from people.queries import lock_state
from people.rules import SESSION_BEGAN, SESSION_USED
from people.strangers import stranger_state

WRONG_A_MINUTE = 60  # from one address, through which a whole site may come when a shift begins


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts are made by an administrator or the personnel system, never by a visitor."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Brake whoever guesses passwords of many accounts from one address."""
        if is_over("wrong-password", who=request.META.get("REMOTE_ADDR", ""), times=WRONG_A_MINUTE, seconds=60):
            raise self.validation_error("too_many_login_attempts")

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        within_limit("wrong-password", who=request.META.get("REMOTE_ADDR", ""), times=WRONG_A_MINUTE, seconds=60)

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User:
        """Return the person who signs in. Raises ValidationError that says how many tries are left."""
        person: User | None = super().authenticate(request, **credentials)
        if person is None:
            address = str(credentials.get("email", ""))
            known = User.objects.by_address(address).first()
            state = lock_state(known) if known else stranger_state(address)
            raise ValidationError(refused_words(state, at=now()), code="refused")
        return person

    def reauthenticate(self, user: User, password: str) -> bool:
        """Check the password of somebody who is signed in; wrong ones count like those at sign-in."""
        answer = try_secret(person=user, secret=password, purpose=SIGN_IN, at=now())
        if not answer.is_right:
            raise ValidationError(refused_words(answer.lock, at=now()), code="refused")
        return True

    def login(self, request: HttpRequest, user: User) -> None:
        """Begin the session, unless wrong codes of the second factor have locked the account meanwhile."""
        if any(record["method"] == "mfa" for record in get_authentication_records(request, user)):
            state = lock_state(user)
            if state.is_locked(at=now()):
                clear_login(request)
                messages.error(request, locked_words(state.locked_until, at=now()))
                raise ImmediateHttpResponse(redirect("account_login"))
        super().login(request, user)
        # Written now, with the new session, so that the next page need not write it.
        request.session[SESSION_BEGAN] = request.session[SESSION_USED] = now().timestamp()

    def set_password(self, user: User, password: str) -> None:
        change_password(person=user, password=password, by=user, at=now())

    def get_user_search_fields(self) -> list[str]:
        return ["name", "email"]
