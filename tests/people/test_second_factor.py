"""The second factor: set up, asked for, guessed at, and lost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.cache import cache
from django.test import Client

from core.clock import now
from people.models import CredentialLock, User
from records.models import Event
from tests.factories import PASSWORD, make_person
from tests.people.signing_in import is_in, sign_in, words

CODE_PAGE = "/accounts/2fa/authenticate/"


@pytest.fixture(autouse=True)
def _no_brake() -> None:
    cache.clear()


def code_of(secret: str) -> str:
    """Return what an authenticator app shows now."""
    counter = next(iter(yield_hotp_counters_from_time()))
    return format_hotp_value(hotp_value(secret, counter))


def set_up(client: Client, person: User) -> str:
    """Sign in and set up the second factor as a person does; return the app's secret."""
    sign_in(client, person)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    page = client.get("/accounts/2fa/totp/activate/")
    secret: str = page.context["form"].secret
    answer = client.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)})
    assert answer.status_code == 302
    return secret


def guess(client: Client) -> Any:
    return client.post(CODE_PAGE, {"code": "000000"})


@pytest.mark.requirement("R-48")
def test_setting_up_needs_a_right_code(client: Client, db: None) -> None:
    person = make_person()
    sign_in(client, person)
    assert client.get("/accounts/2fa/totp/activate/")["Location"].startswith("/accounts/reauthenticate/")
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    client.get("/accounts/2fa/totp/activate/")
    client.post("/accounts/2fa/totp/activate/", {"code": "000000"})
    assert not Authenticator.objects.exists()
    set_up(client, person)
    changes = Event.objects.filter(verb="people.second_factor_changed", person_id=person.pk).order_by("id")
    assert [event.payload["what"] for event in changes] == ["authenticator app added", "recovery codes made"]


def test_sign_in_asks_for_the_code(client: Client, db: None) -> None:
    person = make_person()
    secret = set_up(client, person)
    other = Client()
    assert sign_in(other, person)["Location"] == CODE_PAGE
    assert not is_in(other)
    with time_machine.travel(now() + timedelta(seconds=60)):
        assert other.post(CODE_PAGE, {"code": code_of(secret)}).status_code == 302
        assert is_in(other)


def test_recovery_code_works_once(client: Client, db: None) -> None:
    person = make_person()
    set_up(client, person)
    code = Authenticator.objects.get(type=Authenticator.Type.RECOVERY_CODES).wrap().get_unused_codes()[0]
    for attempt, works in [(1, True), (2, False)]:
        other = Client()
        sign_in(other, person)
        other.post(CODE_PAGE, {"code": code})
        assert is_in(other) is works, attempt


@pytest.mark.requirement("R-46")
def test_guessing_codes_locks_the_account(client: Client, db: None) -> None:
    person = make_person()
    secret = set_up(client, person)
    other = Client()
    sign_in(other, person)
    for _ in range(5):
        guess(other)
        cache.clear()
    assert CredentialLock.objects.get(user=person).locked_until is not None
    with time_machine.travel(now() + timedelta(seconds=60)):
        answer = other.post(CODE_PAGE, {"code": code_of(secret)}, follow=True)
    assert "The account is locked after 5 wrong passwords" in words(answer)
    assert not is_in(other)


@pytest.mark.requirement("R-45")
def test_removed_app_no_longer_counts(client: Client, db: None) -> None:
    person = make_person()
    set_up(client, person)
    assert client.post("/accounts/2fa/totp/deactivate/").status_code == 302
    assert not Authenticator.objects.exists()
    assert sign_in(Client(), person)["Location"] == "/"
    last = Event.objects.filter(verb="people.second_factor_changed").latest("id")
    assert last.payload["what"] in {"authenticator app removed", "recovery codes removed"}
