"""Builds a company to look at, to test with, or to measure with."""

from __future__ import annotations

import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from core.clock import now
from lms.demo import build
from people.models import User

PASSWORD = "attest-demo-2026"  # noqa: S105  of accounts that hold nothing


class Command(BaseCommand):
    """manage.py populate --scale small|demo|load --seed N"""

    help = "Builds a company: small (for tests), demo (with two years of history) or load (2,000 people, to measure)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--scale", choices=sorted(build.SCALES), default="demo")
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, *args: Any, scale: str, seed: int, **options: Any) -> None:
        if User.objects.exists():
            raise CommandError("There are people in this database already. A company is built in an empty one.")
        password = os.environ.get("DEMO_PASSWORD", PASSWORD)
        with transaction.atomic():
            build.SCALES[scale](at=now(), seed=seed, password=password, say=self.stdout.write)
