"""`make demo` from nothing to ready, its words when it can not start, and how it ends."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from environ import Env

from assessments.models import Observation
from core.clock import now
from enrollment.actions.checking import check_standings
from enrollment.models import (
    Assignment,
    Claim,
    Completion,
    CompletionImport,
    Equivalence,
    Extension,
    JoinRequest,
    MatrixCell,
    PlannedSession,
    RecordClass,
    RecordedSession,
    Seat,
    Task,
    Waiver,
)
from enrollment.queries.weekly import needed_of
from lms.demo import build
from lms.demo.company import found_company
from lms.demo.history import learn, require
from lms.demo.today import go_on
from lms.local.house import ROOT, environment, kept_secret
from lms.local.services import Postgres, Redis
from people.models import Leave
from tests.enrollment.workplace import deliver
from tests.production import free_port

SECONDS = 120


class Demo:
    """A demo in a process group of its own, as a terminal would start it."""

    def __init__(self, folder: Path, port: int) -> None:
        clean = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "TMPDIR"}}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "lms.local.demo"], cwd=ROOT, text=True, start_new_session=True,
            env={**clean, "VAR": str(folder), "PORT": str(port), "DEMO_SCALE": "small"},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        self.lines: list[str] = []

    def until(self, beginning: str) -> list[str]:
        """Read what it prints until a line begins so."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip())
            if line.startswith(beginning):
                return self.lines
        raise AssertionError("\n".join(self.lines))

    def interrupt(self) -> float:
        """Press Ctrl-C, and return how many seconds it took to end."""
        began = time.monotonic()
        os.killpg(self.process.pid, signal.SIGINT)
        self.process.communicate(timeout=30)
        return time.monotonic() - began

    def members(self) -> list[str]:
        """Return the commands of the processes of its group."""
        listed = subprocess.run(["ps", "-ww", "-eo", "pgid=,args="], capture_output=True, text=True, check=True)
        rows = (line.split(None, 1) for line in listed.stdout.splitlines())
        return [command for group, command in rows if int(group) == self.process.pid and "<defunct>" not in command]


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def running(tmp_path: Path, port: int) -> Iterator[Demo]:
    demo = Demo(tmp_path, port)
    yield demo
    if demo.process.poll() is None:
        demo.interrupt()


def test_demo_from_nothing_and_again(tmp_path: Path, port: int, running: Demo) -> None:
    lines = running.until("Ready:")
    assert lines[-1] == f"Ready: http://127.0.0.1:{port}"
    printed = "\n".join(lines)
    assert re.search(r"^Password: \S+$", printed, re.MULTILINE)
    accounts = re.findall(r"(\w+)@demo\.test", printed)
    assert accounts == ["learner", "manager", "author", "approver", "admin", "auditor"]
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=20) as answer:
        page = answer.read().decode()
    assert 'name="login"' in page
    assert 'name="password"' in page
    commands = " ".join(running.members())
    assert [name for name in ("gunicorn", "celery -A lms worker", "celery -A lms beat") if name not in commands] == []
    assert start_in_vain(tmp_path, str(free_port())).stderr.startswith("A demo already runs on")

    assert running.interrupt() < 10
    assert running.process.returncode == 0
    assert running.members() == []
    assert not (tmp_path / "demo/postgres/postmaster.pid").exists()

    again = Demo(tmp_path, port)
    assert not [line for line in again.until("Ready:") if line.endswith("…")], "it prepared everything once more"
    beat = subprocess.run(
        ["pgrep", "-g", str(again.process.pid), "-f", "lms beat"], capture_output=True, text=True, check=True
    )
    os.kill(int(beat.stdout.split()[0]), signal.SIGKILL)
    words, _ = again.process.communicate(timeout=30)
    assert again.process.returncode == 1
    assert "The process “beat” has ended, so everything stops." in words
    assert again.members() == []

    command = [sys.executable, "-m", "scripts.reset_demo"]
    assert subprocess.run(command, cwd=ROOT, env={**os.environ, "VAR": str(tmp_path)}, check=False).returncode == 0
    assert not (tmp_path / "demo").exists()


@pytest.mark.parametrize("port_text", ["0", "70000", "eighty"])
def test_impossible_port_is_said(tmp_path: Path, port_text: str) -> None:
    done = start_in_vain(tmp_path, port_text)
    assert done.stderr == f"PORT={port_text} is no port. Choose a number from 1024 to 65535: make demo PORT=8001\n"


def test_taken_port_is_said(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = start_in_vain(tmp_path, str(port))
    assert done.stderr == f"Port {port} is taken by another program. Choose another: make demo PORT={port + 1}\n"


def start_in_vain(folder: Path, port: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "lms.local.demo"], cwd=ROOT, capture_output=True, text=True, check=False,
        env={**os.environ, "VAR": str(folder), "PORT": port},
    )  # fmt: skip
    assert done.returncode == 1
    return done


def test_secret_is_made_once_and_only_for_us(tmp_path: Path) -> None:
    secret = kept_secret(tmp_path / "folder" / "key")
    assert len(secret) >= 50
    assert kept_secret(tmp_path / "folder" / "key") == secret
    assert (tmp_path / "folder" / "key").stat().st_mode & 0o077 == 0


def test_mail_lies_where_the_demo_says(tmp_path: Path) -> None:
    postgres, redis = Postgres(tmp_path, tmp_path, 0), Redis("redis://", None)  # type: ignore[arg-type]
    url = environment(tmp_path, port=8000, postgres=postgres, redis=redis)["EMAIL_URL"]
    assert Env.email_url_config(url)["EMAIL_FILE_PATH"] == str(tmp_path / "mail")


def test_demo_shows_what_waits_and_what_holds(db: None) -> None:
    """What goes on in the demo company these weeks, without the two years before it; it is a day on in Basel."""
    at = (now() - timedelta(days=1)).replace(hour=23, minute=30)
    company = found_company(at=at, password="irrelevant here", seed=1, colleagues=True)
    courses = {folder: build.load(company, folder, at=at).course for folder in (*build.FOLDERS, *build.AT_WORK)}
    require(company, courses, at=at - timedelta(days=40))
    taught = Assignment.objects.get(user=company["shift.lead"], course__code="GXP-003", ended_at=None)
    learn(taught, at=at - timedelta(days=30), failed_first=False)  # who leads a session of it
    go_on(company, at=at)
    deliver()
    assert set(MatrixCell.objects.values_list("job_role__name", flat=True)) == {
        "Shift Lead", "Production Manager", "Tablet Operator", "Trainee",
    }  # fmt: skip
    assert Assignment.objects.filter(user=company["learner"], course__code="PRG-100", ended_at=None).exists()
    assert sorted(Claim.objects.values_list("state", flat=True)) == ["returned", "waiting"]
    assert sorted(Waiver.objects.values_list("state", flat=True)) == ["granted", "proposed"]
    assert RecordedSession.objects.get().state == "signed"
    assert sorted(Seat.objects.values_list("state", flat=True)) == ["taken", "taken", "taken", "waiting"]
    assert sorted(len(each.spans) for each in PlannedSession.objects.all()) in ([1, 1, 1, 2], [1, 1, 2])  # a holiday
    assert not PlannedSession.objects.filter(starts_at__lte=at).exists()
    assert JoinRequest.objects.get().state == "asked"
    assert sorted(Observation.objects.values_list("state", flat=True)) == ["asked", "not_met"]
    assert Extension.objects.count() == Leave.objects.count() == Equivalence.objects.count() == 1
    assert set(Task.objects.values_list("name", flat=True)) == {"Set up a tablet press", "Teach documentation"}
    assert {each.name: each.courses.count() for each in RecordClass.objects.all()} == {
        "GMP training": 3, "Bloodborne pathogens training": 1, "Lockout/tagout training": 2,
    }  # fmt: skip
    assert CompletionImport.objects.get().planned == {"new": 3, "known": 0, "error": 1}
    assert Completion.objects.filter(source="imported").count() == 3
    needed = needed_of(company["manager"], at=at, on=at.date())
    assert "I hand the line over in two weeks" in [each.words for each in needed]
    assert len([each for each in needed if each.status is not None]) > 1
    _checked, differences, _after = check_standings(after=UUID(int=0), most=1000)
    assert differences == []
