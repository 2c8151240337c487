"""`make check`: everything about the code that can be known without running the product.

All steps run, also after one has failed, so that one run tells everything. Names on the command line
choose steps: `python -m scripts.check types walls`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent


def tool(name: str, *arguments: str) -> list[str]:
    """Return the command of a program that is installed beside this Python."""
    return [str(BIN / name), *arguments]


def manage(*arguments: str) -> list[str]:
    """Return the command of a management command."""
    return [sys.executable, "-W", "ignore", "manage.py", *arguments]


def committed(*patterns: str) -> list[str]:
    """Return the files under version control, and those about to be, that match."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [name for name in listed.stdout.splitlines() if (ROOT / name).exists()]


def steps() -> dict[str, Callable[[], list[str]]]:
    """Return the steps by name, in their order; each makes its command when its turn has come."""
    return {
        "lint": lambda: tool("ruff", "check", "--quiet", "."),
        "format": lambda: tool("ruff", "format", "--check", "--quiet", "."),
        "types": lambda: tool("mypy", "--no-error-summary"),
        "walls": lambda: tool("lint-imports", "--no-logo"),
        "dependencies": lambda: tool("deptry", "."),
        "templates": lambda: tool("djade", "--check", "--target-version", "5.2", *committed("*.html")),
        "migrations": lambda: manage("makemigrations", "--check", "--dry-run", "--no-input"),
        "deployment": lambda: manage("check", "--deploy", "--fail-level", "WARNING"),
        "house": lambda: [sys.executable, "-m", "pytest", "tests/house", "-q"],
    }


def main() -> None:
    """Run the steps and end with 1 when any of them failed."""
    chosen = sys.argv[1:] or list(steps())
    import tests.services  # noqa: F401  starts PostgreSQL and Redis, and puts their addresses into the environment
    from tests.production import production_environment

    failed = []
    for name in chosen:
        command = steps()[name]()
        environment = {**os.environ, **(production_environment() if name == "deployment" else {})}
        began = time.monotonic()
        done = subprocess.run(command, cwd=ROOT, env=environment, check=False, capture_output=True, text=True)
        verdict = "ok" if done.returncode == 0 else "FAILED"
        print(f"{name:<14}{verdict:<8}{time.monotonic() - began:6.1f} s", flush=True)
        if done.returncode:
            failed.append(name)
            sys.stdout.write(done.stdout + done.stderr)
            sys.stdout.flush()
    if failed:
        sys.exit(f"make check failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
