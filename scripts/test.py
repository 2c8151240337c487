"""`make test`: the whole suite on embedded servers of its own, browser journeys included."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "var" / "test" / "results.xml"


def main() -> None:
    """Find a browser, run pytest on every core, keep the results for `make requirements`."""
    from scripts.browser import find_browser

    chromium = find_browser()
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    arguments = sys.argv[1:]
    if chromium:
        environment["CHROMIUM"] = chromium
    else:
        arguments += ["-m", "not journey"]
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "pytest", "-q", "-n", os.environ.get("WORKERS", "auto"), "--dist", "loadgroup"]
    command += ["--junit-xml", str(RESULTS), *arguments]
    code = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
    if not chromium:
        sys.stdout.write("\nATTENTION: NO CHROMIUM. The browser journeys did not run. Set CHROMIUM to its path.\n")
        code = code or (1 if os.environ.get("CI") == "true" else 0)
    sys.exit(code)


if __name__ == "__main__":
    main()
