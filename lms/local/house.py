"""Attest's own processes on this machine: their settings, their commands, and their life together.

Used by `make demo` and by the browser journeys, which both run what production runs: gunicorn, a
worker and beat.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import secrets
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from lms.local.services import APPLICATION, DATABASE, OWNER, Postgres, Redis

ROOT = Path(__file__).resolve().parent.parent.parent
BIN = Path(sys.executable).parent
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of prctl(2)


def environment(
    folder: Path, *, port: int, postgres: Postgres, redis: Redis, database: str = DATABASE
) -> dict[str, str]:
    """Return the settings of a house that keeps its files in `folder`."""
    return {
        "ATTEST_MODE": "local",
        "SECRET_KEY": kept_secret(folder / "secret-key"),
        "BASE_URL": f"http://127.0.0.1:{port}",
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "DATABASE_URL": postgres.url(APPLICATION, database),
        "DATABASE_OWNER_URL": postgres.url(OWNER, database),
        "REDIS_URL": redis.url,
        "STORAGE_FOLDER": str(folder / "media"),
        "STATIC_FOLDER": str(folder / "static"),
        "EMAIL_URL": f"filemail:///{folder / 'mail'}",  # the third slash ends the host, the path brings a fourth
        "ORGANISATION": "Rheintal Pharma (demo)",
        "SECURITY_CONTACT": "security@demo.test",
        "BIND": f"127.0.0.1:{port}",
    }


def kept_secret(path: Path) -> str:
    """Return the secret in this file; make it, readable by its owner alone, when it is missing."""
    with contextlib.suppress(FileNotFoundError):
        return path.read_text().strip()
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(60))
    return path.read_text()


def commands(folder: Path) -> dict[str, list[str]]:
    """Return the command of each process by its name."""
    celery = [str(BIN / "celery"), "-A", "lms"]
    return {
        "web": [str(BIN / "gunicorn"), "--config", "python:lms.server", "lms.wsgi"],
        "worker": [*celery, "worker", "--concurrency", "2", "--without-gossip", "--without-mingle"],
        "beat": [*celery, "beat", "--schedule", str(folder / "beat-schedule"), "--pidfile", ""],
    }


@dataclass
class Processes:
    """Processes that live and die together, each with a log of its own. Nothing is restarted in silence."""

    log_folder: Path
    environment: dict[str, str]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, command: list[str]) -> None:
        """Start a process in our process group; it ends when we are killed."""
        self.log_folder.mkdir(parents=True, exist_ok=True)
        with self.log(name).open("ab") as log:
            self.running[name] = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                preexec_fn=_die_with_parent,
            )  # fmt: skip

    def log(self, name: str) -> Path:
        """Return where a process writes its log."""
        return self.log_folder / f"{name}.log"

    def ended(self) -> str | None:
        """Return the name of a process that has ended, if there is one."""
        return next((name for name, process in self.running.items() if process.poll() is not None), None)

    def last_words(self, name: str, *, lines: int = 15) -> str:
        """Return the end of a process's log."""
        return "\n".join(self.log(name).read_text(errors="replace").splitlines()[-lines:])

    def kill(self, name: str) -> None:
        """End a process and its children at once, without a chance to tidy up."""
        process = self.running.pop(name)
        for pid in [process.pid, *descendants(process.pid)]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        """Let every process finish what it is doing; hurry those that take long, and kill what is left."""
        for number, seconds in ((signal.SIGTERM, 2.5), (signal.SIGQUIT, 1.0)):
            for process in self.running.values():
                if process.poll() is None:
                    process.send_signal(number)
            until = time.monotonic() + seconds
            while time.monotonic() < until and any(process.poll() is None for process in self.running.values()):
                time.sleep(0.05)
        for name in list(self.running):
            self.kill(name)


def descendants(pid: int) -> list[int]:
    """Return the children of a process, and theirs (Linux; none elsewhere)."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in map(int, task.read_text().split()):
                found += [child, *descendants(child)]
    return found


def _die_with_parent() -> None:
    """Ask Linux to send us SIGTERM when our parent is gone; other systems do without."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGTERM)


def answers(address: str) -> bool:
    """Say whether the web server at this address is up."""
    try:
        with urllib.request.urlopen(f"{address}/healthz/", timeout=2) as answer:  # noqa: S310  an address of ours
            return bool(answer.status == 200)
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return False
