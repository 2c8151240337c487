"""Install what Attest needs into `.venv`, and nothing when it is already there.

Runs on any Python from 3.11 on, without a package: `python3 -m scripts.setup dev` or `demo`.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from scripts.pango import ensure_pango

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / os.environ.get("VENV", ".venv")
PYTHON = VENV / "bin" / "python"
STAMPS = VENV / "attest-stamps.json"
SETS = {"demo": "requirements/demo.txt", "dev": "requirements/dev.txt"}
COVERED_BY = {"demo": ("demo", "dev"), "dev": ("dev",)}


def main() -> None:
    """Make the environment and install one set of locked packages, when the lock has changed."""
    if sys.version_info < (3, 11):
        sys.exit(f"Attest needs Python 3.11 or newer; this is {sys.version.split()[0]}. Try: make PYTHON=python3.12")
    wanted = sys.argv[1] if len(sys.argv) > 1 else "dev"
    made = ensure_environment()
    stamps = {} if made else read_stamps()
    if not any(stamps.get(name) == digest(name) for name in COVERED_BY[wanted]):
        print(f"Installing the packages of {SETS[wanted]} into {VENV.name} …", flush=True)
        install(ROOT / SETS[wanted])
        STAMPS.write_text(json.dumps({**stamps, wanted: digest(wanted)}))
    ensure_pango()


def ensure_environment() -> bool:
    """Create the virtual environment where it is missing or broken; say whether it was created."""
    if PYTHON.exists() and subprocess.run([PYTHON, "-c", ""], check=False).returncode == 0:
        return False
    print(f"Making {VENV.name} with Python {sys.version.split()[0]} …", flush=True)
    if works("uv") and succeeds("uv", "venv", "-q", "--clear", "--seed", "--python", sys.executable, VENV):
        return True
    if importlib.util.find_spec("ensurepip") is None:
        package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
        if os.geteuid() != 0 or shutil.which("apt-get") is None:
            sys.exit(f"Python's module venv is missing. Install it, for example: sudo apt-get install {package}")
        run("apt-get", "update", "-qq")
        run("apt-get", "install", "-y", "-qq", "--no-install-recommends", package)
    run(sys.executable, "-m", "venv", "--clear", VENV)
    return True


def install(lock: Path) -> None:
    """Install a lock with uv (of the PATH, or put into the environment), else with pip, which knows your own index."""
    uv: str | Path = "uv" if works("uv") else VENV / "bin" / "uv"
    if not works(uv):
        succeeds(PYTHON, "-m", "pip", "install", "-q", "--require-hashes", "-r", ROOT / "requirements/uv.txt")
    if works(uv):
        command = [uv, "pip", "install", "-q", "--python", PYTHON, "--require-hashes", "-r", lock]
        if subprocess.run(command, cwd=ROOT, capture_output=True, check=False).returncode == 0:
            return
        print("uv could not install them; pip, which knows your own index, tries …", flush=True)
    run(PYTHON, "-m", "pip", "install", "-q", "--require-hashes", "-r", lock)


def works(program: str | Path) -> bool:
    """Say whether a program is there and starts."""
    try:
        return subprocess.run([program, "--version"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def succeeds(*command: str | Path) -> bool:
    """Run a command and say whether it succeeded."""
    return subprocess.run(command, cwd=ROOT, check=False).returncode == 0


def run(*command: str | Path) -> None:
    """Run a command; end the program when it fails."""
    if not succeeds(*command):
        sys.exit("This failed: " + " ".join(str(part) for part in command))


def read_stamps() -> dict[str, str]:
    """Return which lock was installed last, by set."""
    try:
        return dict(json.loads(STAMPS.read_text()))
    except (OSError, ValueError):
        return {}


def digest(name: str) -> str:
    """Return a digest of the lock of one set."""
    return hashlib.sha256((ROOT / SETS[name]).read_bytes()).hexdigest()


if __name__ == "__main__":
    main()
