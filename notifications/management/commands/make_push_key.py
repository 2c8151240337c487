"""Makes the key with which Attest signs what it sends to browsers."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from notifications.webpush import new_key


class Command(BaseCommand):
    help = "Print a new value for WEB_PUSH_KEY. Another key ends all notifications that people have turned on."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(new_key())
