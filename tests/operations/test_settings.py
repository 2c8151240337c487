"""A missing or weak setting stops the start in production, with a sentence that says what to set."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from lms.local.house import ROOT
from tests.production import production_environment

START = "import django; django.setup()"
READ = "from django.conf import settings; settings.DEBUG"


def start(changes: dict[str, str | None], *, command: list[str] | None = None) -> subprocess.CompletedProcess[str]:
    """Start Attest with production's settings and some changes; None takes a setting away."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    settings = {**kept, "DJANGO_SETTINGS_MODULE": "lms.settings", **production_environment()}
    for name, value in changes.items():
        settings.pop(name, None)
        if value is not None:
            settings[name] = value
    return subprocess.run(
        command or [sys.executable, "-c", START], cwd=ROOT, env=settings, capture_output=True, text=True, check=False
    )


def test_sound_settings_start() -> None:
    done = start({})
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("SECRET_KEY", None, "SECRET_KEY is not set. Set it to a random text of at least 50 characters"),
        ("SECRET_KEY", "short", "SECRET_KEY is weak. Set it to a random text of at least 50 characters."),
        ("SECRET_KEY", "ab" * 40, "SECRET_KEY is weak."),
        ("BASE_URL", None, "BASE_URL is not set. Set it to the address people use"),
        ("BASE_URL", "http://attest.example.com", "BASE_URL does not begin with https://."),
        ("DATABASE_URL", None, "DATABASE_URL is not set."),
        ("REDIS_URL", None, "REDIS_URL is not set."),
        ("EMAIL_URL", None, "EMAIL_URL is not set. Set it to the mail server"),
        ("DEBUG", "true", "DEBUG is on. Set DEBUG to false in production."),
        ("CELERY_EAGER", "true", "CELERY_EAGER is on. Set it to false in production."),
        ("SECURITY_CONTACT", None, "SECURITY_CONTACT is not set. Set it to the address"),
        ("ATTEST_MODE", "prod", "ATTEST_MODE is 'prod'; set it to production, local or test."),
    ],
)
def test_missing_or_weak_setting_stops_the_start(name: str, value: str | None, sentence: str) -> None:
    done = start({name: value}, command=[sys.executable, "-c", READ])
    assert done.returncode != 0
    assert sentence in done.stderr.splitlines()[-1]


def check(changes: dict[str, str | None]) -> str:
    """Return what `check --deploy` says; it fails on any warning."""
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    done = start(changes, command=command)
    return "" if done.returncode == 0 else done.stderr


def test_deployment_is_sound() -> None:
    assert check({}) == ""


def test_one_role_for_both_is_an_error() -> None:
    assert "attest.E001" in check({"DATABASE_OWNER_URL": os.environ["DATABASE_URL"]})


@pytest.mark.parametrize(("owner", "error"), [(None, "attest.E002"), ("the same", "attest.E001")])
def test_migrate_as_the_application_is_refused(owner: str | None, error: str) -> None:
    named = os.environ["DATABASE_URL"] if owner else None
    done = start({"DATABASE_OWNER_URL": named}, command=[sys.executable, "manage.py", "migrate", "--plan"])
    assert done.returncode != 0
    assert error in done.stderr


def test_web_refuses_a_database_that_forgets() -> None:
    done = start({}, command=[sys.executable, "-c", "import lms.wsgi"])  # the test server runs without fsync
    assert done.returncode != 0
    assert "PostgreSQL can lose what it has confirmed: fsync is off. Set fsync = on." in done.stderr.splitlines()[-1]


def test_worker_refuses_a_database_that_forgets() -> None:
    done = start({}, command=[sys.executable, "-m", "celery", "-A", "lms", "worker", "--concurrency", "1"])
    assert done.returncode != 0
    assert "fsync is off. Set fsync = on." in done.stderr


def test_role_that_owns_the_tables_is_refused() -> None:
    done = start({"DATABASE_URL": os.environ["DATABASE_OWNER_URL"]}, command=[sys.executable, "-c", "import lms.wsgi"])
    assert "The role of DATABASE_URL owns the tables, so it could rewrite the trail." in done.stderr
