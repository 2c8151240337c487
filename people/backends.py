"""How a sign-in is checked, and how the person of a request is loaded."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.hashers import make_password
from django.http import HttpRequest

from core.clock import now
from people.actions import note_right_secret, note_wrong_secret
from people.models import User
from people.queries import lock_state


class PersonBackend:
    """E-mail and password against PostgreSQL, with a lock that outlives the cache."""

    def authenticate(
        self, request: HttpRequest | None, *, email: str = "", password: str = "", **credentials: Any
    ) -> User | None:
        """Return the person, or nothing; the same time passes for an unknown address."""
        address = email or credentials.get("username") or ""
        person = User.objects.filter(email__iexact=address, is_active=True).first()
        if person is None:
            make_password(password)
            return None
        state = lock_state(person)
        if state.is_locked(at=now()):
            make_password(password)
            return None
        if not person.check_password(password):
            note_wrong_secret(person=person, purpose="sign-in", at=now())
            return None
        if state.failures:
            note_right_secret(person=person)
        return person

    def get_user(self, user_id: Any) -> User | None:
        """Return the active person of a session with all that a page's frame needs, in one query."""
        person: User | None = User.objects.for_request().filter(pk=user_id, is_active=True).first()
        return person
