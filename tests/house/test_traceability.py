"""The report that ties requirements to tests says no more than is so."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from lms.local.house import ROOT
from scripts.requirements import report
from tests.traceability import NOT_RUN, read_record

REQUIREMENTS = {"R-01": {"text": "First"}, "R-02": {"text": "Second"}}


def collected(*tests: tuple[str, list[str]]) -> dict[str, dict[str, object]]:
    return {name: {"requirements": ids, "outcome": NOT_RUN} for name, ids in tests}


@pytest.mark.parametrize(
    ("outcomes", "proved"),
    [
        ({"a": "passed"}, 1),
        ({"a": "passed", "b": "skipped"}, 1),
        ({"a": "passed", "b": "failed"}, 0),
        ({"a": "skipped"}, 0),
        ({}, 0),
    ],
)
def test_requirement_is_proved_by_a_test_that_passed_while_none_failed(outcomes: dict[str, str], proved: int) -> None:
    tests = collected(("a", ["R-01"]), ("b", ["R-01"]), ("c", []))
    ran = {name: {"requirements": ["R-01"], "outcome": outcome} for name, outcome in outcomes.items()}
    lines = report(REQUIREMENTS, collected=tests, ran=ran)
    assert lines[-1] == f"{proved} of 2 requirements have a passing test"


def test_test_that_is_gone_proves_nothing() -> None:
    ran = {"gone": {"requirements": ["R-01"], "outcome": "passed"}}
    assert report(REQUIREMENTS, collected={}, ran=ran)[-1] == "0 of 2 requirements have a passing test"


def test_mark_of_no_requirement_is_shown() -> None:
    lines = report(REQUIREMENTS, collected=collected(("a", ["R-99"])), ran={})
    assert "? R-99  is no requirement, but 1 tests say that they prove it" in lines


def test_run_is_recorded_with_its_requirements(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(
        "import pytest\n"
        "@pytest.mark.requirement('R-01')\n"
        "def test_good(): pass\n"
        "@pytest.mark.requirement('R-02')\n"
        "@pytest.mark.requirement('R-01')\n"
        "def test_bad(): assert False\n"
        "@pytest.fixture\n"
        "def broken():\n"
        "    yield\n"
        "    assert False\n"
        "def test_late(broken): pass\n"
    )
    record = tmp_path / "record.json"
    record.write_text(json.dumps({"other.py::test_before": {"requirements": [], "outcome": "passed"}}))
    plugins = ["-p", "tests.traceability", "-p", "no:django", "-p", "no:cacheprovider"]
    place = ["-c", "/dev/null", "--rootdir", str(tmp_path), "--record", str(record), str(tmp_path)]
    command = [sys.executable, "-m", "pytest", "-q", *plugins, *place]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    assert read_record(record) == {
        "other.py::test_before": {"requirements": [], "outcome": "passed"},
        "test_it.py::test_bad": {"requirements": ["R-01", "R-02"], "outcome": "failed"},
        "test_it.py::test_good": {"requirements": ["R-01"], "outcome": "passed"},
        "test_it.py::test_late": {"requirements": [], "outcome": "failed"},
    }


def test_every_mark_names_a_requirement(request: pytest.FixtureRequest) -> None:
    known = set(tomllib.loads((ROOT / "docs" / "requirements.toml").read_text()))
    marks = {marker.args[0] for item in request.session.items for marker in item.iter_markers("requirement")}
    assert marks <= known
