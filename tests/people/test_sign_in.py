"""The door: who comes in, who does not, and what they are told."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.core.cache import cache
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks
from pytest_django.fixtures import Settings

from core.clock import now
from core.throttle import within_limit
from people.actions import deactivate_person, unlock_account
from people.adapter import WRONG_A_MINUTE
from people.choices import AccessRole
from people.models import CredentialLock
from records.models import Event
from tests.factories import BY, PASSWORD, make_leaver, make_person
from tests.people.signing_in import DOOR, is_in, sign_in, words


@pytest.fixture(autouse=True)
def _no_brake() -> None:
    """Let each test begin with an empty cache, so that the brake on guessing is off."""
    cache.clear()


def test_right_password_leads_in_and_is_on_the_trail(client: Client, db: None) -> None:
    person = make_person()
    answer = sign_in(client, person)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert is_in(client)
    assert Event.objects.filter(verb="people.signed_in", actor_id=person.pk).count() == 1


def test_address_may_be_typed_with_capitals_and_spaces(client: Client, db: None) -> None:
    make_person(email="Maya.Lindqvist@demo.test")
    assert sign_in(client, " maya.LINDQVIST@Demo.test ").status_code == 302


def test_signing_out_ends_the_session_and_is_on_the_trail(client: Client, db: None) -> None:
    person = make_person()
    sign_in(client, person)
    client.post("/accounts/logout/")
    assert not is_in(client)
    assert Event.objects.filter(verb="people.signed_out", actor_id=person.pk).count() == 1


def test_session_has_a_new_key_after_sign_in(client: Client, db: None) -> None:
    person = make_person()
    client.get(DOOR)
    session = client.session
    session["kept"] = "by an attacker"
    session.save()
    client.cookies["attest_session"] = session.session_key or ""
    sign_in(client, person)
    assert client.session.session_key != session.session_key


@pytest.mark.parametrize(
    ("onward", "leads_to"),
    [
        ("/training/", "/training/"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_next_leads_only_to_this_site(client: Client, db: None, onward: str, leads_to: str) -> None:
    assert sign_in(client, make_person(), next=onward)["Location"] == leads_to


@pytest.mark.requirement("R-46")
def test_wrong_password_is_said_plainly_and_the_fifth_locks(client: Client, db: None) -> None:
    person = make_person()
    for left in (4, 3, 2, 1):
        answer = words(sign_in(client, person, "wrong"))
        tries = "1 try is left" if left == 1 else f"{left} tries are left"
        assert f"User ID or password is wrong. {tries}." in answer
        assert f'value="{person.email}"' in answer, "what was typed stays"
    assert "The account is locked after 5 wrong passwords, until" in words(sign_in(client, person, "wrong"))
    assert "The account is locked" in words(sign_in(client, person, PASSWORD)), "also for the right password"
    assert not is_in(client)
    assert Event.objects.filter(verb="people.account_locked").count() == 1


@pytest.mark.requirement("R-47")
def test_lock_outlives_the_cache_and_ends_by_itself(client: Client, db: None) -> None:
    person = make_person()
    for _ in range(5):
        sign_in(client, person, "wrong")
    cache.clear()
    assert sign_in(client, person).status_code == 200
    with time_machine.travel(now() + timedelta(minutes=31)):
        assert sign_in(client, person).status_code == 302


def test_administrator_ends_a_lock(client: Client, db: None) -> None:
    person = make_person()
    for _ in range(5):
        sign_in(client, person, "wrong")
    unlock_account(person=person, by=make_person(AccessRole.ADMINISTRATOR), at=now(), reason="it was she herself")
    assert sign_in(client, person).status_code == 302


def test_right_password_forgets_the_wrong_ones(client: Client, db: None) -> None:
    person = make_person()
    for _ in range(4):
        sign_in(client, person, "wrong")
    assert sign_in(client, person).status_code == 302
    assert not CredentialLock.objects.exists()


@pytest.mark.parametrize("kind", ["unknown", "leaver"])
def test_stranger_is_answered_like_a_colleague(client: Client, db: None, kind: str) -> None:
    address = make_leaver().email if kind == "leaver" else "nobody@demo.test"
    for left in (4, 3, 2):
        assert f"{left} tries are left." in words(sign_in(client, address))
    sign_in(client, address)
    assert "The account is locked after 5 wrong passwords" in words(sign_in(client, address))
    assert "The account is locked" in words(sign_in(client, address))


@pytest.mark.requirement("R-07")
def test_closed_account_is_out_at_the_next_request(client: Client, db: None) -> None:
    person = make_person()
    sign_in(client, person)
    assert is_in(client)
    deactivate_person(person=person, by=BY, at=now(), left_on=now().date(), reason="left the company")
    assert client.get("/account/")["Location"].startswith(DOOR)


@pytest.mark.requirement("R-35")
def test_address_of_a_leaver_serves_a_new_identity_alone(client: Client, db: None) -> None:
    before = make_leaver()
    after = make_person(email=before.email.upper())
    assert after.pk != before.pk
    sign_in(client, after)
    assert client.get("/account/").wsgi_request.user.pk == after.pk


def test_session_ends_when_it_is_idle(client: Client, db: None, settings: Settings) -> None:
    sign_in(client, make_person())
    moment = now()
    for minutes, is_still_in in [(20, True), (45, True), (80, False)]:
        with time_machine.travel(moment + timedelta(minutes=minutes)):
            assert is_in(client) is is_still_in, minutes


def test_session_ends_after_twelve_hours_of_use(client: Client, db: None) -> None:
    sign_in(client, make_person())
    moment = now()
    for minutes in range(0, 12 * 60, 29):
        with time_machine.travel(moment + timedelta(minutes=minutes)):
            assert is_in(client)
    with time_machine.travel(moment + timedelta(hours=12, minutes=1)):
        assert not is_in(client)


def test_new_password_ends_other_sessions_and_keeps_this_one(db: None) -> None:
    person = make_person()
    here, elsewhere = Client(), Client()
    sign_in(here, person)
    sign_in(elsewhere, person)
    fresh = "another quiet press 8"
    form = {"oldpassword": PASSWORD, "password1": fresh, "password2": fresh}
    assert here.post("/accounts/password/change/", form).status_code == 302
    assert is_in(here)
    assert not is_in(elsewhere)
    assert sign_in(elsewhere, person, fresh).status_code == 302


def test_weak_password_is_refused_beside_its_field(client: Client, db: None) -> None:
    sign_in(client, make_person())
    form = {"oldpassword": PASSWORD, "password1": "short", "password2": "short"}
    assert "too short" in words(client.post("/accounts/password/change/", form))


@pytest.mark.requirement("R-41")
def test_forgotten_password_is_set_through_ones_own_mailbox(
    client: Client, db: None, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    person = make_person(email="maya@demo.test", name="Maya Lindqvist")
    for _ in range(5):
        sign_in(client, person, "wrong")
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post("/accounts/password/reset/", {"email": "Maya@demo.test"})
    assert answer["Location"] == "/accounts/password/reset/done/"
    (sent,) = mail.outbox
    assert (sent.to, sent.subject) == (["maya@demo.test"], "Set your password for Attest")
    (link,) = set(re.findall(r"http://testserver(/\S+)", str(sent.body))) - {""}
    assert "Hello Maya Lindqvist" in str(sent.message())
    form = client.get(link, follow=True)
    fresh = "another quiet press 8"
    target = form.request["PATH_INFO"]
    assert client.post(target, {"password1": fresh, "password2": fresh}).status_code == 302
    assert sign_in(client, person, fresh).status_code == 302
    assert "password1" not in words(Client().get(link, follow=True)), "a link works once"


def test_unknown_address_gets_the_same_answer_and_no_mail(
    client: Client, db: None, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post("/accounts/password/reset/", {"email": "nobody@demo.test"})
    assert answer["Location"] == "/accounts/password/reset/done/"
    assert mail.outbox == []


@pytest.mark.parametrize(
    "page", ["signup/", "email/", "confirm-email/", "confirm-email/abc/", "password/set/", "login/code/confirm/"]
)
def test_pages_that_would_change_accounts_do_not_exist(client: Client, db: None, page: str) -> None:
    client.force_login(make_person())
    assert client.get(f"/accounts/{page}").status_code == 404
    assert client.post(f"/accounts/{page}").status_code == 404


def test_wrong_password_at_reauthentication_counts(client: Client, db: None) -> None:
    person = make_person()
    sign_in(client, person)
    with time_machine.travel(now() + timedelta(minutes=10)):
        assert client.get("/accounts/2fa/totp/activate/")["Location"].startswith("/accounts/reauthenticate/")
        answer = client.post("/accounts/reauthenticate/", {"password": "wrong"})
        assert "4 tries are left" in words(answer)
        answer = client.post("/accounts/reauthenticate/?next=/account/", {"password": PASSWORD})
        assert answer.status_code == 302


def test_sign_in_reads_and_writes_little(client: Client, db: None, django_assert_max_num_queries: object) -> None:
    person = make_person()
    # The last asks whether somebody waits to be observed by whoever is qualified.
    with django_assert_max_num_queries(16):  # type: ignore[operator]
        client.get(DOOR)
        sign_in(client, person)


def test_guessing_many_accounts_from_one_address_is_braked(client: Client, db: None) -> None:
    person = make_person()
    with time_machine.travel(now(), tick=False):  # all of it within one minute
        for _ in range(WRONG_A_MINUTE + 1):
            within_limit("wrong-password", who="192.0.2.7", times=WRONG_A_MINUTE, seconds=60)
        client.defaults["REMOTE_ADDR"] = "192.0.2.7"
        assert "Too many failed login attempts" in words(sign_in(client, person))
        client.defaults["REMOTE_ADDR"] = "192.0.2.8"
        assert sign_in(client, person).status_code == 302


@pytest.mark.parametrize(
    ("behind_proxy", "forwarded", "caller"),
    [
        (True, "198.51.100.9, 192.0.2.7", "192.0.2.7"),
        (True, "", "127.0.0.1"),
        (False, "198.51.100.9", "127.0.0.1"),
    ],
)
def test_caller_is_whom_our_proxy_has_seen(
    client: Client, db: None, settings: Settings, behind_proxy: bool, forwarded: str, caller: str
) -> None:
    settings.BEHIND_PROXY = behind_proxy
    answer = client.get(DOOR, headers={"X-Forwarded-For": forwarded})
    assert answer.wsgi_request.META["REMOTE_ADDR"] == caller
