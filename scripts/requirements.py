"""`make requirements`: the product's requirements, each with the tests that prove it.

Which tests carry which mark is collected anew; how they ended is what `make test` recorded last.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import tomllib
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scripts.setup import ROOT
from scripts.test import RECORD
from tests.traceability import NOT_RUN, read_record

Tests = Mapping[str, Mapping[str, Any]]


def main() -> None:
    """Print every requirement with its tests; the last line counts those with a passing one."""
    requirements = tomllib.loads((ROOT / "docs" / "requirements.toml").read_text())
    print("\n".join(report(requirements, collected=collect(), ran=read_record(RECORD))))


def collect() -> Tests:
    """Return the tests that there are now, none of them run."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "collected.json"
        command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "--record", str(path)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(done.stdout + done.stderr)
        return read_record(path)


def report(requirements: Mapping[str, Mapping[str, str]], *, collected: Tests, ran: Tests) -> list[str]:
    """Return the lines of the report. A requirement is proved when a test of it passed and none failed."""
    tests_of: dict[str, dict[str, str]] = defaultdict(dict)
    for test, known in collected.items():
        for id in known["requirements"]:
            tests_of[id][test] = ran.get(test, {}).get("outcome", NOT_RUN)
    lines, proved = [], 0
    for id, requirement in requirements.items():
        outcomes = tests_of.pop(id, {})
        passes = "passed" in outcomes.values() and "failed" not in outcomes.values()
        proved += passes
        lines.append(f"{'✓' if passes else '·'} {id}  {requirement['text']}")
        lines += [f"      {outcome:<8} {test}" for test, outcome in sorted(outcomes.items())]
    lines += [
        f"? {id}  is no requirement, but {len(tests)} tests say that they prove it" for id, tests in tests_of.items()
    ]
    return [*lines, f"{proved} of {len(requirements)} requirements have a passing test"]


if __name__ == "__main__":
    main()
