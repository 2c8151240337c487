"""Bring tables, static files and the demo company up to date; does nothing twice.

Run by `make demo` in a process of its own, with the settings of the house: `python -m lms.local.prepare FOLDER`.
Starting Django takes most of a second, so a start that finds everything as it was left skips this.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterable
from pathlib import Path

from lms.local.house import ROOT


def is_prepared(folder: Path, settings: dict[str, str]) -> bool:
    """Say whether nothing has changed since this folder was last prepared whole."""
    stamp = folder / "prepared"
    return stamp.exists() and stamp.read_text() == _fingerprint(settings)


def _fingerprint(settings: dict[str, str]) -> str:
    tables = [*ROOT.glob("*/migrations/*.py"), ROOT / "records" / "triggers.py", ROOT / "core" / "database.py"]
    return f"{_digest(tables)} {_digest(_static_files())} {settings['DATABASE_URL']}"


def _static_files() -> Iterable[Path]:
    yield from (path for path in (ROOT / "static").rglob("*") if path.is_file())
    yield ROOT / "requirements" / "runtime.txt"  # packages bring static files, too


def _digest(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted(files):
        known = path.stat()
        digest.update(f"{path} {known.st_size} {known.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def main() -> None:
    """Migrate, collect static files, and load the demo company into an empty database."""
    folder = Path(sys.argv[1])
    import django
    from django.core.management import call_command

    django.setup()
    from people.models import User

    _say("Bringing the tables up to date …")
    call_command("migrate", verbosity=0)
    collect_static(folder / "static-files")
    if not User.objects.exists():
        _say("Loading the demo company …")
        call_command("populate", scale=os.environ.get("DEMO_SCALE", "demo"), seed=1)
    (folder / "prepared").write_text(_fingerprint(dict(os.environ)))


def collect_static(stamp: Path) -> None:
    """Collect and compress the static files when any of them has changed since `stamp` was written."""
    from django.core.management import call_command

    digest = _digest(_static_files())
    if stamp.exists() and stamp.read_text() == digest:
        return
    _say("Compressing style sheets and scripts …")
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(digest)


def _say(words: str) -> None:
    print(words, flush=True)


if __name__ == "__main__":
    main()
