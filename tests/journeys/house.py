"""The running house that journeys visit: real processes on servers of their own, with the demo company in it."""

from __future__ import annotations

import fcntl
import hashlib
import itertools
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from celery import Celery

from core.clock import now
from lms.local import services
from lms.local.house import ROOT, Processes, answers, commands, environment
from tests.notifications.mail_server import MailServer
from tests.production import free_port
from tests.services import VAR, copy_template

PASSWORD = "attest-demo-2026"
SECONDS_TO_COME_UP = 60
TEMPLATE = "attest_template"
ROOMS = ("core", "records", "people", "notifications", "courses", "enrollment", "assessments", "reporting", "lms")


class House:
    """Attest as it runs in production, on this machine; `address` is where a browser finds it.

    Its PostgreSQL and Redis are its own, so a journey may restart or flush them.
    """

    database = "attest_live"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.mail = MailServer()
        self.address = f"http://127.0.0.1:{free_port()}"
        self._stack = ExitStack()

    def open(self) -> None:
        """Start the servers, make the company's template, and start web, worker and beat."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.postgres = self._stack.enter_context(services.postgres(self.folder / "postgres", durable=False))
        self.start_redis()
        self._stack.callback(self.stop_redis)
        self.mail.start()
        self._stack.callback(self.mail.stop)
        port = int(self.address.rsplit(":", 1)[1])
        own = environment(self.folder, port=port, postgres=self.postgres, redis=self.redis, database=self.database)
        own |= {"EMAIL_URL": f"smtp://127.0.0.1:{self.mail.port}", "CELERY_EAGER": "false", "DEMO_PASSWORD": PASSWORD}
        own |= {"WEB_WORKERS": "2", "LOG_LEVEL": "WARNING"}
        self.environment = {**os.environ, **own}
        self._make_template()
        self._renew_database()
        self.processes = Processes(self.folder / "log", self.environment)
        self._stack.callback(self.processes.stop)
        for name in ("web", "worker", "beat"):
            self.start(name)
        self.wait_until(lambda: answers(self.address), "the web server answers")

    def on_close(self, tidy_up: Callable[[], object]) -> None:
        """Have something done when everything has stopped."""
        self._stack.callback(tidy_up)

    def close(self) -> None:
        """Stop everything."""
        self._stack.close()

    def start_over(self) -> None:
        """Bring the company back to how it was made: its rows, an empty Redis, no mail."""
        self._renew_database()
        self.flush_redis()
        self.mail.accepted.clear()

    # The processes, for journeys about what happens when one of them is lost

    def start(self, name: str) -> None:
        """Start web, worker or beat."""
        self.processes.start(name, commands(self.folder)[name])

    def kill(self, name: str) -> None:
        """Kill a process without a chance to tidy up (its children end with it)."""
        self.processes.kill(name)

    def restart(self, name: str) -> None:
        """Kill a process and start it again."""
        self.kill(name)
        self.start(name)

    def restart_postgres(self) -> None:
        """Let PostgreSQL crash and recover."""
        services.crash_and_restart(self.folder / "postgres")

    def start_redis(self) -> None:
        """Start Redis, empty, where it was before."""
        self._redis = ExitStack()
        self.redis = self._redis.enter_context(services.redis(self.folder / "redis"))

    def stop_redis(self) -> None:
        """Stop Redis, and with it all that it knew."""
        self._redis.close()

    def flush_redis(self) -> None:
        """Empty Redis: caches, throttles and every wake-up on its way."""
        from redis import Redis

        with Redis.from_url(self.redis.url) as client:
            client.flushall()

    def send(self, task: str, **arguments: Any) -> None:
        """Send a task to the worker, as beat would have done later."""
        broker = self.redis.url.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host=")
        with Celery(broker=broker, set_as_current=False) as app:
            app.send_task(task, kwargs=arguments, queue="default", ignore_result=True)

    # What came out

    def wait_until(self, is_so: Callable[[], Any], what: str, *, seconds: float = SECONDS_TO_COME_UP) -> Any:
        """Return what `is_so` answers as soon as it is true; AssertionError, with the logs' ends, when it is not."""
        until = time.monotonic() + seconds
        while not (answer := is_so()):
            ended = self.processes.ended()
            if ended or time.monotonic() > until:
                name = ended or "worker"
                raise AssertionError(f"waited in vain until {what}; {name} says:\n{self.processes.last_words(name)}")
            time.sleep(0.1)
        return answer

    def mails_to(self, address: str, *, about: str = "") -> list[EmailMessage]:
        """Return the e-mails to somebody so far with these words in the subject, or within a digest."""
        return [mail for mail in self.mail.accepted if address in str(mail["To"]) and about in _said(mail)]

    def mail_to(self, address: str, *, about: str = "") -> EmailMessage:
        """Wait for an e-mail to somebody, with these words in its subject or within a digest, and return it."""

        def find() -> EmailMessage | None:
            return next(iter(self.mails_to(address, about=about)), None)

        mail: EmailMessage = self.wait_until(find, f"{address} has mail about “{about}”")
        return mail

    # The template that every journey starts from

    def _make_template(self) -> None:
        """Build the company once for this code and this day, as `make demo` does it.

        Its tables are those that the migrations made for this test run; making them again takes long.
        """
        stamp, wanted = self.folder / "template", f"{_code_digest()} {now().date()}"
        if not stamp.exists() or stamp.read_text() != wanted:
            stamp.unlink(missing_ok=True)
            self.postgres.psql(f"DROP DATABASE IF EXISTS {TEMPLATE} WITH (FORCE)")
            services.ensure_database(self.postgres, TEMPLATE)
            copy_template(self.postgres, TEMPLATE, dump=self.folder / "tables.sql")
        settings = {
            **self.environment,
            "DATABASE_URL": self.postgres.url(services.APPLICATION, TEMPLATE),
            "DATABASE_OWNER_URL": self.postgres.url(services.OWNER, TEMPLATE),
            "CELERY_EAGER": "true",
            "EMAIL_URL": "dummymail://",
            "DEMO_SCALE": os.environ.get("DEMO_SCALE", "small"),
        }
        command = [sys.executable, "-m", "lms.local.prepare", str(self.folder)]
        subprocess.run(command, cwd=ROOT, env=settings, check=True)
        stamp.write_text(wanted)

    def _renew_database(self) -> None:
        self.postgres.psql(f"DROP DATABASE IF EXISTS {self.database} WITH (FORCE)")
        # By file, not by WAL: a sequence that is copied through the WAL goes back when PostgreSQL crashes
        # before it has logged its next values, which it does once in 32.
        copy = f"CREATE DATABASE {self.database} TEMPLATE {TEMPLATE} OWNER {services.OWNER} STRATEGY FILE_COPY"
        self.postgres.psql(copy)


def _said(mail: EmailMessage) -> str:
    """Return the subject and the words of an e-mail."""
    words = mail.get_body(("plain",))
    return f"{mail['Subject']}\n{words.get_content() if words else ''}"


def _code_digest() -> str:
    """Return a digest of all that the company is made of."""
    digest = hashlib.sha256()
    files = [path for room in ROOMS for path in (ROOT / room).rglob("*") if path.suffix in {".py", ".md", ".toml"}]
    for path in sorted(files):
        digest.update(str(path).encode() + path.read_bytes())
    return digest.hexdigest()


def open_house() -> House:
    """Start the house of this test run, in a folder that no other run uses now."""
    for number in itertools.count(1):
        folder = VAR / f"journeys-{number}"
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            lock.close()
    house = House(folder)
    house.on_close(lock.close)
    try:
        house.open()
    except BaseException:
        house.close()
        raise
    return house
