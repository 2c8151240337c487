"""How a browser signs in, for tests of doors and sessions."""

from __future__ import annotations

from typing import Any

from django.test import Client

from people.models import User
from tests.factories import PASSWORD

DOOR = "/accounts/login/"


def sign_in(client: Client, person: User | str, password: str = PASSWORD, **more: Any) -> Any:
    """Send the sign-in form as a browser does, and return the answer."""
    address = person if isinstance(person, str) else person.email
    return client.post(DOOR, {"login": address, "password": password, **more})


def is_in(client: Client) -> bool:
    """Say whether this browser is signed in."""
    return client.get("/account/").status_code == 200


def words(response: Any) -> str:
    """Return what a page says, without its tags' whitespace."""
    return " ".join(response.content.decode().split())
