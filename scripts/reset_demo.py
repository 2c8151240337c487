"""`make demo-reset`: throw the data of the demo away. Needs nothing but Python."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import sys
import time
from pathlib import Path

from scripts.setup import ROOT


def main() -> None:
    """Delete the demo's folder; end with a sentence when the demo is running."""
    folder = Path(os.environ.get("VAR") or ROOT / "var").resolve() / "demo"
    if not folder.exists():
        print("There is no demo data.")
        return
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit("The demo is running. Stop it first with Ctrl-C.")
        stop_left_over_postgres(folder / "postgres")
        shutil.rmtree(folder)
    print("The demo data is gone; `make demo` makes it anew.")


def stop_left_over_postgres(data: Path) -> None:
    """End a PostgreSQL that a killed demo left running on this folder."""
    try:
        pid = int((data / "postmaster.pid").read_text().split()[0])
        ours = str(data) in Path(f"/proc/{pid}/cmdline").read_text()
    except (OSError, ValueError, IndexError):
        return
    if ours:
        os.kill(pid, signal.SIGINT)
        while Path(f"/proc/{pid}").exists():
            time.sleep(0.1)


if __name__ == "__main__":
    main()
