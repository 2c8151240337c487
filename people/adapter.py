"""Where allauth asks us: no sign-up, passwords through our action, sign-ins into the trail."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from core.clock import now
from people.actions import change_password
from people.models import User


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made by an administrator or the personnel system, never by a visitor."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def set_password(self, user: User, password: str) -> None:
        change_password(person=user, password=password, by=user, at=now())

    def get_user_search_fields(self) -> list[str]:
        return ["name", "email"]

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Leave counting to the backend, which keeps it in PostgreSQL."""
        super().authentication_failed(request, **credentials)
