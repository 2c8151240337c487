"""Find a Chromium for the browser journeys, and install one where that is possible."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

SHELL = "chromium-headless-shell"  # the same engine without a window around it, which was 40 % of the work
NAMES = (SHELL, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_browser() -> str | None:
    """Return a Chromium: from CHROMIUM, the PATH, Debian's package, or Playwright's own; None without any."""
    named = os.environ.get("CHROMIUM")
    if named:
        return named if works(named) else None
    return on_the_path() or from_debian() or from_playwright()


def works(program: str) -> bool:
    """Say whether this program starts."""
    try:
        return subprocess.run([program, "--version"], capture_output=True, timeout=60, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def on_the_path() -> str | None:
    """Return the first Chromium of the PATH that starts."""
    found = (shutil.which(name) for name in NAMES)
    return next((path for path in found if path and works(path)), None)


def from_debian() -> str | None:
    """Install Debian's package, when this is Debian and we are root."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return None
    print("Installing Chromium from Debian …", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["install", "-y", "-qq", "--no-install-recommends", "fonts-dejavu"]
    for command in (["update", "-qq"], [*install, SHELL], [*install, "chromium"]):
        subprocess.run(["apt-get", *command], env=environment, stdout=subprocess.DEVNULL, check=False)
        if found := on_the_path():
            return found
    return None


def from_playwright() -> str | None:
    """Let Playwright fetch its own Chromium into its own folder."""
    print("Fetching Chromium with Playwright …", flush=True)
    try:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], timeout=600, check=True)
        from playwright.sync_api import sync_playwright

        with sync_playwright() as playwright:
            path = playwright.chromium.executable_path
    except (OSError, subprocess.SubprocessError):
        return None
    return path if Path(path).exists() and works(path) else None
