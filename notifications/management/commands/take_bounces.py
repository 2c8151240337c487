"""Takes notifications about mail that could not be delivered, from a mail server's pipe or a folder."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from core.clock import now
from notifications.actions import note_bounce
from notifications.bounces import LONGEST, bounce_in


class Command(BaseCommand):
    help = "Note which mail was not delivered, from one notification on standard input or from a Maildir folder."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--folder",
            default=settings.BOUNCES_FOLDER,
            help="a Maildir folder whose new mail is read and moved to `cur`; without it standard input is read",
        )

    def handle(self, *args: Any, folder: str, **options: Any) -> None:
        host = urlsplit(settings.BASE_URL).hostname or ""
        read = bounced = 0
        for raw in _in_folder(Path(folder)) if folder else [sys.stdin.buffer.read(LONGEST + 1)]:
            read += 1
            bounce = bounce_in(raw, host=host)
            if bounce is not None and note_bounce(bounce=bounce, at=now()):
                bounced += 1
        self.stdout.write(f"{read} read, {bounced} of them about mail that was not delivered")


def _in_folder(folder: Path) -> Iterator[bytes]:
    """Yield each new mail of a Maildir folder; it counts as read, and is moved, once its turn is over.

    A crash in between lets it be read again, which changes nothing.
    """
    if not (folder / "new").is_dir():
        raise CommandError(f"{folder} is not a Maildir folder: it has no folder `new`.")
    (folder / "cur").mkdir(exist_ok=True)
    for path in sorted((folder / "new").iterdir()):
        if path.is_symlink() or not path.is_file():
            continue
        with path.open("rb") as file:
            yield file.read(LONGEST + 1)
        path.rename(folder / "cur" / f"{path.name}:2,S")
