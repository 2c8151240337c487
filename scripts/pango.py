"""Pango, a system package that WeasyPrint needs for certificates and reports."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess

LIBRARIES = ("libpango-1.0.so.0", "libpangoft2-1.0.so.0", "libharfbuzz-subset.so.0")
PACKAGES = ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0", "fonts-dejavu-core")


def ensure_pango() -> None:
    """Install Pango where it is missing and we may; else say the one command and go on without."""
    if is_there():
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("Installing Pango, which certificates need …", flush=True)
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *PACKAGES]):
            subprocess.run(["apt-get", *command], env=environment, stdout=subprocess.DEVNULL, check=False)
        if is_there():
            return
    print("Pango is missing, so certificates will say “being made” until you have run this:")
    print(f"    sudo apt-get install {' '.join(PACKAGES)}", flush=True)


def is_there() -> bool:
    """Say whether the libraries that WeasyPrint loads can be loaded."""
    try:
        for name in LIBRARIES:
            ctypes.CDLL(name)
    except OSError:
        return False
    return True
