"""The contracts of import-linter, tried on a small house with planted faults."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.walls import ROOMS, ROOT

MODULES = ("urls", "views", "forms", "tasks", "actions", "permissions", "queries", "models", "facts", "rules")
LINT = Path(sys.executable).parent / "lint-imports"


@pytest.fixture
def small_house(tmp_path: Path) -> Path:
    """Build a house of empty rooms under the contracts of the real one."""
    for room in ROOMS:
        (tmp_path / room).mkdir()
        for name in ("__init__", *MODULES):
            (tmp_path / room / f"{name}.py").touch()
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text())
    return tmp_path


def lint(house: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([LINT, "--no-logo", "--no-cache"], cwd=house, capture_output=True, text=True, check=False)


def test_small_house_is_whole(small_house: Path) -> None:
    (small_house / "courses/views.py").write_text("import courses.actions\nimport people.queries\n")
    assert lint(small_house).returncode == 0


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("people/actions.py", "import courses.models"),
        ("core/views.py", "import records.models"),
        ("courses/actions.py", "import lms.urls"),
        ("courses/actions.py", "import courses.views"),
        ("courses/queries.py", "import courses.permissions"),
        ("courses/rules.py", "import courses.models"),
        ("courses/rules.py", "import courses.facts"),
        ("courses/tasks.py", "import courses.forms"),
        ("courses/models.py", "def late():\n    from courses import actions"),
    ],
)
def test_planted_fault_is_caught(small_house: Path, module: str, line: str) -> None:
    (small_house / module).write_text(line + "\n")
    done = lint(small_house)
    assert done.returncode == 1, done.stdout
    assert "BROKEN" in done.stdout
