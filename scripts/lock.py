"""Resolve the dependencies anew: every package of every set with its version and its hashes.

The files name no package index, since users have their own. The smaller sets follow the versions of
the largest, so that the demo finds its packages in an environment made for development.
"""

from __future__ import annotations

import subprocess
import sys

from scripts.setup import ROOT, VENV, works

COMPILE = ["pip", "compile", "-q", "--universal", "--generate-hashes", "--no-annotate", "--no-emit-index-url"]
COMPILE += ["--no-header", "--python-version", "3.11"]
SETS = {
    "dev": ["pyproject.toml", "--group", "dev"],
    "demo": ["pyproject.toml", "--group", "embedded", "--constraint", "requirements/dev.txt"],
    "runtime": ["pyproject.toml", "--constraint", "requirements/dev.txt"],
    "uv": ["--group", "lock"],
}


def main() -> None:
    """Write requirements/*.txt; arguments go to uv, such as --upgrade."""
    uv = "uv" if works("uv") else str(VENV / "bin" / "uv")
    for name, sources in SETS.items():
        command = [uv, *COMPILE, *sources, "-o", f"requirements/{name}.txt", *sys.argv[1:]]
        subprocess.run(command, cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
