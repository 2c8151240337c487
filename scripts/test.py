"""`make test`: the whole suite on embedded servers of its own, browser journeys included."""

from __future__ import annotations

import os
import subprocess
import sys

from scripts.browser import find_browser
from scripts.setup import ROOT

RECORD = ROOT / "var" / "test" / "record.json"
LOUD = """
==================================================================================================
ATTENTION: NO CHROMIUM COULD BE FOUND OR INSTALLED, SO NO BROWSER JOURNEY RAN. Set CHROMIUM to its path."""


def main() -> None:
    """Find a browser, run pytest on every core, and record how each test ended."""
    chromium = find_browser()
    command = [sys.executable, "-m", "pytest", "-q", "-n", os.environ.get("WORKERS", "auto"), "--dist", "loadscope"]
    command += ["--record", str(RECORD), *sys.argv[1:]]
    if chromium is None:
        command += ["-m", "not journey"]
    environment = {**os.environ, "CHROMIUM": chromium or ""}
    code = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
    if chromium is None:
        print(LOUD, flush=True)
        code = code or (1 if os.environ.get("CI") == "true" else 0)
    sys.exit(code)


if __name__ == "__main__":
    main()
