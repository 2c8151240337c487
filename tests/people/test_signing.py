"""Who signs shows who they are: all components first, the secret later, and never somebody else."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.contrib.auth import SESSION_KEY as USER_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.cache import cache
from django.http import HttpRequest
from django.test import RequestFactory

from core.clock import now
from people import actions, choices
from people.choices import AccessRole
from people.models import CredentialLock, User
from people.queries import has_accepted_accountability
from people.signing import SignatureForm
from records.actions import sign
from records.choices import Components, Meaning
from records.models import Event, Signature
from tests.factories import BY, PASSWORD, make_person

AGENT = "a browser"


class Desk:
    """One browser at which somebody signs: its session, address and name."""

    def __init__(self, person: User) -> None:
        self.person, self.session = person, SessionStore()
        self.session[USER_KEY] = str(person.pk)
        self.address, self.agent = "192.0.2.1", AGENT

    def request(self) -> HttpRequest:
        request = RequestFactory(REMOTE_ADDR=self.address, HTTP_USER_AGENT=self.agent).post("/")
        request.user = User.objects.for_request(self.person.pk)  # type: ignore[assignment]
        request.session = self.session
        return request

    def form(self, **typed: str) -> SignatureForm:
        data = {"email": self.person.email, "password": PASSWORD, "accept": "on", **typed}
        return SignatureForm(self.request(), {f"sign-{name}": value for name, value in data.items()})

    def asked(self) -> set[str]:
        """Return the fields that the form shows now."""
        return set(SignatureForm(self.request()).fields)

    def sign(self, **typed: str) -> SignatureForm:
        """Fill in the form and, when it is valid, sign something as a view does."""
        form = self.form(**typed)
        if form.is_valid():
            sign(
                by=self.person,
                at=now(),
                zone="UTC",
                meaning=Meaning.COMPLETED,
                components=form.components,
                record_type="thing",
                record_id=self.person.pk,
                record={"of": "a test"},
            )
        return form


@pytest.fixture
def desk(db: None) -> Desk:
    return Desk(make_person(signs=True, name="Maya Lindqvist"))


def words(form: SignatureForm) -> str:
    return " ".join(str(error) for errors in form.errors.values() for error in errors)


@pytest.mark.requirement("R-38")
@pytest.mark.requirement("R-39")
def test_first_signing_asks_for_all_and_later_ones_for_the_secret(desk: Desk) -> None:
    assert {"email", "password"} <= desk.asked()
    assert desk.sign().components == Components.ALL
    assert desk.asked() == {"password"}
    assert desk.sign().components == Components.SECRET
    signed = Signature.objects.filter(meaning=Meaning.COMPLETED).order_by("signed_at")
    assert [signature.components for signature in signed] == [Components.ALL, Components.SECRET]


@pytest.mark.requirement("R-39")
@pytest.mark.parametrize("typed", [{"email": ""}, {"password": ""}, {"email": "", "password": ""}])
def test_first_signing_without_a_component_is_refused(desk: Desk, typed: dict[str, str]) -> None:
    assert not desk.sign(**typed).is_valid()
    assert not CredentialLock.objects.exists(), "what is missing is not a wrong guess"


@pytest.mark.requirement("R-39")
def test_a_mere_click_never_signs(desk: Desk) -> None:
    desk.sign()
    assert not desk.sign(password="").is_valid()


@pytest.mark.requirement("R-39")
def test_session_of_signing_begins_with_a_signature_that_was_written(desk: Desk) -> None:
    assert desk.form().is_valid()  # and then the record had changed meanwhile, so nothing was signed
    assert "email" in desk.asked()


def _sign_out(desk: Desk, at: datetime) -> None:
    desk.session.flush()


def _address(desk: Desk, at: datetime) -> None:
    desk.address = "192.0.2.2"


def _browser(desk: Desk, at: datetime) -> None:
    desk.agent = "another browser"


def _password(desk: Desk, at: datetime) -> None:
    actions.change_password(person=desk.person, password="another quiet press 8", by=desk.person, at=at)


def _second_factor(desk: Desk, at: datetime) -> None:
    Authenticator.objects.create(user=desk.person, type=Authenticator.Type.TOTP, data={"secret": "x"})


def _role(desk: Desk, at: datetime) -> None:
    actions.grant_role(person=desk.person, role=AccessRole.AUTHOR, by=BY, at=at, reason="writes courses now")


@pytest.mark.requirement("R-40")
@pytest.mark.parametrize("change", [_sign_out, _address, _browser, _password, _second_factor, _role])
def test_change_asks_for_all_components_again(desk: Desk, change: Any) -> None:
    desk.sign()
    assert "email" not in desk.asked()
    change(desk, now())
    assert "email" in desk.asked()


@pytest.mark.requirement("R-40")
@pytest.mark.parametrize(("minutes", "all_again"), [(14, False), (15, True)])
def test_idle_signer_shows_all_components_again(desk: Desk, minutes: int, all_again: bool) -> None:
    desk.sign()
    with time_machine.travel(now() + timedelta(minutes=minutes), tick=False):
        assert ("email" in desk.asked()) is all_again


@pytest.mark.requirement("R-40")
def test_four_hours_of_signing_are_the_most(desk: Desk) -> None:
    began = now()
    desk.sign()
    for minutes in range(14, 240, 14):
        with time_machine.travel(began + timedelta(minutes=minutes)):
            assert "email" not in desk.asked(), minutes
            assert desk.sign().is_valid()
    with time_machine.travel(began + timedelta(minutes=241)):
        assert "email" in desk.asked()


@pytest.mark.requirement("R-41")
def test_nobody_signs_for_somebody_else(desk: Desk) -> None:
    desk.session["impersonator"] = "an administrator"
    form = desk.sign()
    assert "Nobody signs for somebody else." in words(form)
    assert not Signature.objects.filter(meaning=Meaning.COMPLETED).exists()


@pytest.mark.requirement("R-41")
def test_user_id_of_somebody_else_is_wrong_and_counted(desk: Desk) -> None:
    other = make_person(signs=True)
    form = desk.sign(email=other.email)
    assert "User ID or password is wrong. 4 tries are left." in words(form)
    assert CredentialLock.objects.get().user == desk.person


@pytest.mark.requirement("R-36")
def test_unverified_person_can_not_sign(db: None) -> None:
    form = Desk(make_person()).sign()
    assert "Your identity has not been verified yet" in words(form)
    assert not Signature.objects.exists()


@pytest.mark.requirement("R-46")
@pytest.mark.requirement("R-47")
def test_five_wrong_passwords_lock_signing_and_sign_in(desk: Desk) -> None:
    for left in (4, 3, 2):
        assert f"{left} tries are left." in words(desk.sign(password="wrong"))
    assert "1 try is left." in words(desk.sign(password="wrong"))
    assert "The account is locked after 5 wrong passwords" in words(desk.sign(password="wrong"))
    cache.clear()
    assert "The account is locked" in words(desk.sign())
    assert Event.objects.get(verb="people.account_locked").payload["purpose"] == "signing"
    with time_machine.travel(now() + timedelta(minutes=31)):
        assert desk.sign().is_valid()
    assert not CredentialLock.objects.exists()


@pytest.mark.requirement("R-46")
def test_wrong_ones_at_sign_in_and_signing_add_up(desk: Desk) -> None:
    for _ in range(3):
        actions.note_wrong_secret(person=desk.person, purpose=actions.SIGN_IN, at=now())
    assert "1 try is left." in words(desk.sign(password="wrong"))


@pytest.mark.requirement("R-20")
def test_first_signing_accepts_the_statement_of_accountability(db: None) -> None:
    desk = Desk(make_person(signs=True, accepts=False))
    assert "accept" in desk.asked()
    form = desk.sign(accept="")
    assert "Tick this first" in words(form)
    assert not Signature.objects.exists()

    assert desk.sign().is_valid()
    acceptance, signature = Signature.objects.order_by("signed_at")
    assert (acceptance.meaning, signature.meaning) == (Meaning.ACCOUNTABLE, Meaning.COMPLETED)
    assert acceptance.record["version"] == choices.ACCOUNTABILITY.version
    assert acceptance.record["words"] == str(choices.ACCOUNTABILITY.words)
    assert acceptance.is_intact()
    assert "accept" not in desk.asked()


@pytest.mark.requirement("R-20")
def test_wrong_password_accepts_nothing(db: None) -> None:
    desk = Desk(make_person(signs=True, accepts=False))
    desk.sign(password="wrong")
    assert not has_accepted_accountability(desk.person, version="1")


@pytest.mark.requirement("R-20")
def test_new_version_of_the_statement_is_put_before_people_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "accept" not in desk.asked()
    revised = choices.Statement(version="2", words=choices.ACCOUNTABILITY.words)
    monkeypatch.setattr("people.signing.ACCOUNTABILITY", revised)
    assert "accept" in desk.asked()


@pytest.mark.requirement("R-30")
def test_signature_holds_name_time_with_zone_and_meaning(desk: Desk) -> None:
    desk.sign()
    kept = Signature.objects.get(meaning=Meaning.COMPLETED)
    assert (kept.signer_name, kept.zone) == ("Maya Lindqvist", "UTC")
    assert kept.statement == "I have completed and understood this training"
    assert kept.is_intact()
