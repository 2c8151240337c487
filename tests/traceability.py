"""A pytest plugin that keeps which requirements a test proves, and how each test ended.

`--record FILE` writes both as JSON: {test: {"requirements": [ids], "outcome": word}}. A run of a part of
the suite updates that part.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

NOT_RUN = "not run"
_SEVERITY = ["passed", "skipped", "failed"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--record", metavar="FILE", help="write requirements and outcomes of tests to FILE")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("record") and not hasattr(config, "workerinput"):  # workers of xdist report to us
        config.pluginmanager.register(Recorder(Path(config.getoption("record"))))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let each test carry its requirements, and begin with the journeys, which take longest."""
    for item in items:
        ids = sorted({marker.args[0] for marker in item.iter_markers("requirement")})
        item.user_properties.append(("requirements", ids))
    items.sort(key=lambda item: item.get_closest_marker("journey") is None)


class Recorder:
    """Collects outcomes on the process that the user started, and writes them at the end."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.tests: dict[str, dict[str, Any]] = {}

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        if session.config.option.collectonly:
            for item in session.items:
                self._note(item.nodeid, item.user_properties, NOT_RUN)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._note(report.nodeid, report.user_properties, report.outcome)

    def _note(self, test: str, properties: list[tuple[str, object]], outcome: str) -> None:
        known = self.tests.setdefault(test, {"requirements": dict(properties)["requirements"], "outcome": outcome})
        if outcome in _SEVERITY and _SEVERITY.index(outcome) > _SEVERITY.index(known["outcome"]):
            known["outcome"] = outcome

    def pytest_sessionfinish(self) -> None:
        before = read_record(self.path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(json.dumps({**before, **self.tests}, indent=1, sort_keys=True))


def read_record(path: Path) -> dict[str, dict[str, Any]]:
    """Return what was recorded last, or nothing."""
    try:
        recorded: dict[str, dict[str, Any]] = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return recorded
