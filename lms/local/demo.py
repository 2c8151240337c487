"""`make demo`: the whole house on this machine, until Ctrl-C. The data stays.

PostgreSQL, Redis, web, worker and beat run for as long as this process does. When one of them ends,
all are stopped and its last words are shown, rather than restarted behind your back.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from lms.local import services
from lms.local.house import ROOT, Processes, answers, commands, environment
from lms.local.prepare import is_prepared

ACCOUNTS = {
    "learner": "has training to do, on a phone or here",
    "manager": "sees the team and reminds people",
    "author": "writes courses and submits them",
    "approver": "approves versions with a signature",
    "admin": "decides who must learn what",
    "auditor": "reads everything, changes nothing",
}
PASSWORD = "attest-demo-2026"  # noqa: S105  of the demo accounts, which hold nothing
SECONDS_TO_COME_UP = 60


class Stopped(Exception):
    """Somebody asked us to stop."""


def main() -> None:
    """Start everything, say how to sign in, and wait."""
    port = chosen_port(os.environ.get("PORT") or "8000")
    folder = Path(os.environ.get("VAR") or ROOT / "var").resolve() / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    with contextlib.suppress(Stopped), only_one(folder):
        run(folder, port=port)
    print("\nStopped. The data is kept.", flush=True)


def run(folder: Path, *, port: int) -> None:
    """Run the house until Stopped is raised, or until one of its processes ends."""
    with servers(folder) as (postgres, redis):
        settings = environment(folder, port=port, postgres=postgres, redis=redis)
        if "DATABASE_URL" in os.environ:  # somebody's own server: its owner is theirs to name, too
            del settings["DATABASE_OWNER_URL"]
        settings = {"DEMO_PASSWORD": PASSWORD, "DJANGO_SETTINGS_MODULE": "lms.settings", **settings, **os.environ}
        if not is_prepared(folder, settings):
            prepare = [sys.executable, "-m", "lms.local.prepare", str(folder)]
            if subprocess.run(prepare, cwd=ROOT, env=settings, check=False).returncode:
                sys.exit("The demo could not be prepared; the lines above say why.")
        processes = Processes(folder / "log", settings)
        try:
            to_start = commands(folder)
            processes.start("web", to_start["web"])
            wait_for_web(processes, settings["BASE_URL"])
            processes.start("worker", to_start["worker"])
            processes.start("beat", to_start["beat"])
            welcome(settings, folder)
            while processes.ended() is None and redis.process.poll() is None:
                time.sleep(0.3)
            give_up(processes)
        finally:
            ignore_signals()
            processes.stop()


@contextlib.contextmanager
def servers(folder: Path) -> Iterator[tuple[services.Postgres, services.Redis]]:
    """Run PostgreSQL, with our database in it, and Redis."""
    with services.postgres(folder / "postgres") as postgres, services.redis(folder / "redis") as redis:
        services.ensure_database(postgres)
        try:
            yield postgres, redis
        finally:
            ignore_signals()


def chosen_port(text: str) -> int:
    """Return the port to serve on; end with a sentence when it can not be had."""
    if not text.isdigit() or not 0 < int(text) < 65536:
        sys.exit(f"PORT={text} is no port. Choose a number from 1024 to 65535: make demo PORT=8001")
    port = int(text)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            sys.exit(f"Port {port} is reserved on this machine. Choose another: make demo PORT=8001")
        except OSError:
            sys.exit(f"Port {port} is taken by another program. Choose another: make demo PORT={port + 1}")
    return port


@contextlib.contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Keep a second demo away from this folder."""
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit(f"A demo already runs on {folder}. Stop it, or give this one a folder: make demo VAR=elsewhere")
        yield


def wait_for_web(processes: Processes, address: str) -> None:
    """Wait until the web server answers; give up when a process ends or after a minute."""
    until = time.monotonic() + SECONDS_TO_COME_UP
    while not answers(address):
        if processes.ended():
            give_up(processes)
        if time.monotonic() > until:
            sys.exit(f"{processes.last_words('web')}\n\nThe web server does not answer on {address}.")
        time.sleep(0.1)


def give_up(processes: Processes) -> None:
    """Say which process ended and with which words, and end with 1."""
    name = processes.ended()
    if name is None:
        sys.exit("Redis has ended, so everything stops.")
    words = f"The process “{name}” has ended, so everything stops. Its log: {processes.log(name)}"
    sys.exit(f"{processes.last_words(name)}\n\n{words}")


def welcome(settings: dict[str, str], folder: Path) -> None:
    """Print the accounts, the password and, last, the address."""
    lines = ["", "Demo accounts:"]
    lines += [f"  {f'{name}@demo.test':<20} {what}" for name, what in ACCOUNTS.items()]
    lines += [f"Password: {settings['DEMO_PASSWORD']}", f"Mail: {folder / 'mail'}    Logs: {folder / 'log'}"]
    lines += ["Ctrl-C stops everything and keeps the data; `make demo-reset` throws it away.", ""]
    lines += [f"Ready: {settings['BASE_URL']}"]
    print("\n".join(lines), flush=True)


def ignore_signals() -> None:
    """Let nothing interrupt the stopping."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def _stop(number: int, frame: FrameType | None) -> None:
    raise Stopped


if __name__ == "__main__":
    main()
