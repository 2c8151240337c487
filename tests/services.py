"""Starts the test run's own PostgreSQL and Redis before Django reads its settings.

Loaded by `-p tests.services`. The first process starts both servers and migrates one template
database; every worker of xdist works in a copy of its own, as the application's role.
"""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import os
import subprocess
import sys
from pathlib import Path

from lms.local import services

ROOT = Path(__file__).resolve().parent.parent
VAR = Path(os.environ.get("TEST_VAR", ROOT / "var" / "test"))
KEPT = "ATTEST_TEST_TEMPLATE"


def template_name() -> str:
    """Return a name that changes with any migration or trigger."""
    digest = hashlib.sha256()
    for path in sorted([*ROOT.glob("*/migrations/*.py"), ROOT / "records/triggers.py", ROOT / "core/database.py"]):
        digest.update(path.read_bytes())
    return f"template_{digest.hexdigest()[:16]}"


def environment(postgres: services.Postgres, database: str, redis_url: str) -> dict[str, str]:
    """Return the settings under which tests and the processes that they start run."""
    return {
        "ATTEST_MODE": "test",
        "SECRET_KEY": "only-for-tests-" + "x1y2z3" * 8,
        "BASE_URL": "http://testserver",
        "DATABASE_URL": postgres.url(services.APPLICATION, database),
        "DATABASE_OWNER_URL": postgres.url(services.OWNER, database),
        "REDIS_URL": redis_url,
        "EMAIL_URL": "memorymail://",
        "STORAGE_FOLDER": str(VAR / "media"),
        "CELERY_EAGER": "true",
        "SECURITY_CONTACT": "security@demo.test",
    }


def start() -> None:
    """Start the servers, make the template, and put all of it into the environment."""
    running = contextlib.ExitStack()
    VAR.mkdir(parents=True, exist_ok=True)
    postgres = running.enter_context(services.postgres(VAR / "postgres", durable=False))
    redis = running.enter_context(services.redis(VAR / "redis"))
    atexit.register(running.close)
    name = template_name()
    os.environ.update(environment(postgres, name, redis.url))
    os.environ["TEST_POSTGRES_BIN"] = str(postgres.bin_folder)
    os.environ["TEST_POSTGRES_SOCKETS"] = str(postgres.socket_folder)
    if not postgres.psql(f"SELECT 1 FROM pg_database WHERE datname = '{name}'"):
        services.ensure_database(postgres, name)
        try:
            subprocess.run([sys.executable, ROOT / "manage.py", "migrate", "-v", "0"], check=True, cwd=ROOT)
        except BaseException:
            postgres.psql(f"DROP DATABASE {name}")
            raise
    os.environ[KEPT] = name


def superuser() -> services.Postgres:
    """Return a handle on the running server, also from a worker."""
    return services.Postgres(Path(os.environ["TEST_POSTGRES_SOCKETS"]), Path(os.environ["TEST_POSTGRES_BIN"]), pid=0)


def copy_of_template(name: str, *, template: str | None = None) -> str:
    """Make a fresh database out of the template and return its name."""
    server = superuser()
    server.psql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    server.psql(f"CREATE DATABASE {name} TEMPLATE {template or os.environ[KEPT]} OWNER {services.OWNER}")
    return name


def copy_template(target: services.Postgres, name: str, *, dump: Path) -> None:
    """Fill an empty database of another server with what the template holds, by a file. Raises CalledProcessError."""
    server = superuser()
    connection = ["-h", str(server.socket_folder), "-U", "postgres", "-d", os.environ[KEPT]]
    subprocess.run([server.bin_folder / "pg_dump", *connection, "-f", dump], check=True, capture_output=True)
    target.psql(f"\\i '{dump}'", database=name)


def own_redis_database(url: str, worker: str) -> str:
    """Return the URL of a worker's own database of the one Redis: gw0 has number 1, and so on."""
    number = int(worker.removeprefix("gw")) + 1 if worker else 0
    return url.replace("?db=0", f"?db={number % 16}")


if KEPT not in os.environ:
    start()
os.environ["REDIS_URL"] = own_redis_database(os.environ["REDIS_URL"], os.environ.get("PYTEST_XDIST_WORKER", ""))
