"""How a sign-in is checked, and how the person of a request is loaded."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.hashers import make_password
from django.http import HttpRequest

from core.clock import now
from people.actions import SIGN_IN, try_secret
from people.models import User
from people.strangers import note_stranger


class PersonBackend:
    """E-mail and password against PostgreSQL, with a lock that outlives the cache."""

    def authenticate(
        self, request: HttpRequest | None, *, email: str = "", password: str = "", **credentials: Any
    ) -> User | None:
        """Return the person, or nothing; the same time passes for an unknown address."""
        address = email or credentials.get("username") or ""
        person = User.objects.by_address(address).first()
        if person is None:
            make_password(password)
            note_stranger(address, at=now())
            return None
        answer = try_secret(person=person, secret=password, purpose=SIGN_IN, at=now())
        return person if answer.is_right else None

    def get_user(self, user_id: Any) -> User | None:
        """Return the active person of a session with all that a page's frame needs, in one query."""
        return User.objects.for_request(user_id)
