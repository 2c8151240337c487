"""Health and readiness, as a load balancer asks for them."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connections
from django.test import Client

from core.actions import note_heartbeat
from core.clock import now
from lms import probes
from tests import services

NOBODY = "unix:///nowhere/redis.sock?db=0"


@pytest.fixture(autouse=True)
def _nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes._known, "applied", False)


def test_healthz_asks_nobody(client: Client, settings) -> None:
    settings.REDIS_URL = NOBODY
    answer = client.get("/healthz/")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_whoever_watches_may_call_by_number(client: Client) -> None:
    assert client.get("/healthz/", headers={"host": "10.0.0.7:8000"}).status_code == 200
    assert client.get("/", headers={"host": "10.0.0.7:8000"}).status_code == 400


def test_readyz_says_that_all_is_well(client: Client, db: None) -> None:
    answer = client.get("/readyz/")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "checks": {"database": "ok", "redis": "ok", "migrations": "ok"}}
    assert "no-cache" in answer["Cache-Control"]


def test_readyz_names_redis(client: Client, db: None, settings) -> None:
    settings.REDIS_URL = NOBODY
    answer = client.get("/readyz/")
    assert answer.status_code == 503
    assert answer.json()["checks"] == {"database": "ok", "redis": "does not answer", "migrations": "ok"}


def test_readyz_names_migrations_and_later_forgets_them(client: Client, committed_db: str) -> None:
    services.superuser().psql("DELETE FROM django_migrations WHERE name = '0002_jobs'", database=committed_db)
    answer = client.get("/readyz/")
    assert answer.status_code == 503
    assert answer.json()["checks"]["migrations"] == "1 to apply, first core.0002_jobs"
    services.superuser().psql(
        "INSERT INTO django_migrations (app, name, applied) VALUES ('core', '0002_jobs', now())", database=committed_db
    )
    assert client.get("/readyz/").status_code == 200


def test_readyz_names_the_database(client: Client, committed_db: str) -> None:
    connections["default"].close()
    connections["default"].settings_dict["NAME"] = "no_such_database"
    answer = client.get("/readyz/")
    connections["default"].settings_dict["NAME"] = committed_db
    assert answer.status_code == 503
    assert answer.json()["checks"]["database"] == "does not answer"
    assert "no_such_database" not in answer.content.decode()


def doctor() -> tuple[int, str]:
    words = StringIO()
    try:
        call_command("doctor", stdout=words, no_color=True)
    except SystemExit as end:
        return int(str(end.code)), words.getvalue()
    return 0, words.getvalue()


def test_doctor_finds_nothing_wrong(db: None, monkeypatch: pytest.MonkeyPatch, tmp_path, settings) -> None:
    monkeypatch.setattr(probes, "unsafe_database", list)  # the test server does not sync
    for name in ("worker", "beat"):
        note_heartbeat(name=name, at=now())
    code, words = doctor()
    assert (code, words.splitlines()[-1]) == (0, "All is well."), words


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("redis", "Start Redis"),
        ("worker", "Start it: celery -A lms worker"),
        ("beat", "Start it: celery -A lms beat, and a worker"),
        ("storage", "Make STORAGE_FOLDER writable."),
        ("mail", "Check EMAIL_URL"),
        ("promises", "Set fsync = on."),
    ],
)
def test_doctor_names_what_is_wrong_and_its_remedy(db: None, settings, tmp_path, name: str, remedy: str) -> None:
    note_heartbeat(name="worker", at=now() - timedelta(minutes=2))
    settings.REDIS_URL = NOBODY
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    (tmp_path / "file").write_text("")
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "core.storage.LocalStorage", "OPTIONS": {"location": str(tmp_path / "file" / "folder")}},
    }
    code, words = doctor()
    lines = words.splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith(f"WRONG  {name} "))
    assert remedy in lines[at + 1]
    assert code == 1


def test_findings_without_a_database_are_words_too(committed_db: str) -> None:
    connections["default"].close()
    connections["default"].settings_dict["NAME"] = "no_such_database"
    with pytest.raises(DatabaseError):
        connections["default"].cursor()
    findings = list(probes.all_findings())
    connections["default"].settings_dict["NAME"] = committed_db
    unwell = {finding.name for finding in findings if not finding.is_well}
    assert {"database", "promises", "migrations", "worker", "beat"} <= unwell
