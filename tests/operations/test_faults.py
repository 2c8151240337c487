"""Redis may be lost at any time: requests go on, nobody is signed out, work is found again by its row."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django.fixtures import Settings

from core import cache as core_cache
from lms.local import services
from lms.local.house import ROOT
from tests.factories import PASSWORD, make_person
from tests.services import superuser

NOWHERE = "unix:///nowhere/redis.sock?db=0"
FORM = "/accounts/login/"


@pytest.fixture
def redis_away(settings: Settings) -> None:
    """Let the cache look for Redis where there is none."""
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": NOWHERE}}


@pytest.fixture(autouse=True)
def _fresh_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core_cache.patience, "_until", float("-inf"))


def sign_in(client: Client, email: str) -> None:
    answer = client.post(FORM, {"login": email, "password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, "/")


def is_signed_in(client: Client) -> bool:
    return client.get(FORM).status_code == 302


def test_cache_without_redis_is_an_empty_one(redis_away: None, caplog: pytest.LogCaptureFixture) -> None:
    cache.set("a", 1)
    assert cache.get("a") is None
    assert cache.get("a", "otherwise") == "otherwise"
    assert cache.get_many(["a"]) == {}
    assert cache.add("a", 1)
    assert not cache.has_key("a")
    assert not cache.delete("a")
    assert caplog.text.count("Redis did not answer") == 1, "it was not left alone"


def test_cache_comes_back_with_redis(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    core_cache.patience.rest()
    assert cache.get("a", "otherwise") == "otherwise"
    monkeypatch.setattr(core_cache.patience, "_until", time.monotonic())
    cache.set("a", 1)
    assert cache.get("a") == 1


def test_people_sign_in_and_stay_while_redis_is_away(db: None, redis_away: None, client: Client) -> None:
    person = make_person()
    sign_in(client, person.email)
    assert is_signed_in(client)


def test_flushed_redis_signs_nobody_out(db: None, client: Client) -> None:
    person = make_person()
    sign_in(client, person.email)
    cache.clear()
    assert is_signed_in(client)


def test_redis_lost_between_two_requests_signs_nobody_out(db: None, client: Client, settings: Settings) -> None:
    person = make_person()
    sign_in(client, person.email)
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": NOWHERE}}
    assert is_signed_in(client)


def test_wrong_passwords_are_counted_in_postgresql(db: None, redis_away: None, client: Client) -> None:
    person = make_person()
    for _ in range(5):
        client.post(FORM, {"login": person.email, "password": "wrong"})
        cache.clear()
    client.post(FORM, {"login": person.email, "password": PASSWORD})
    assert not is_signed_in(client)


ENQUEUE = """
import time, django
django.setup()
from django.db import transaction
from core.jobs import enqueue
for _ in range(3):
    began = time.monotonic()
    with transaction.atomic():
        enqueue("core.beat", name="beat")
    print(time.monotonic() - began)
"""


@pytest.mark.parametrize("broker", [NOWHERE, "redis://127.0.0.1:1/0"])
def test_work_is_asked_for_without_a_broker(committed_db: str, broker: str) -> None:
    settings = {**os.environ, "DJANGO_SETTINGS_MODULE": "lms.settings", "CELERY_EAGER": "false", "REDIS_URL": broker}
    settings["DATABASE_URL"] = superuser().url(services.APPLICATION, committed_db)
    done = subprocess.run(
        [sys.executable, "-c", ENQUEUE], cwd=ROOT, env=settings, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    seconds = [float(line) for line in done.stdout.splitlines()]
    assert len(seconds) == 3
    assert seconds[0] < 3
    assert max(seconds[1:]) < 0.1, "it was asked again at once"
    assert done.stderr.count("Could not wake core.beat") == 1
