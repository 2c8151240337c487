"""`manage.py doctor`: look at everything that Attest needs, and say what to do about what is wrong."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from lms.probes import Finding, all_findings


class Command(BaseCommand):
    """Print one line for each finding, with its remedy; end with 1 when something is wrong."""

    help = "Check database, Redis, storage, fonts and Pango, mail, migrations, worker and beat."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("names", nargs="*", help="look at these alone, such as worker or beat")

    def handle(self, *args: Any, names: list[str], **options: Any) -> None:
        findings: list[Finding] = []
        for finding in all_findings(names):
            findings.append(finding)
            mark = self.style.SUCCESS("well ") if finding.is_well else self.style.ERROR("WRONG")
            self.stdout.write(f"{mark}  {finding.name:<12}{finding.words}")
            if not finding.is_well:
                self.stdout.write(f"       {'':<12}→ {finding.remedy}")
        wrong = sum(not finding.is_well for finding in findings)
        self.stdout.write(f"{wrong} of {len(findings)} wrong" if wrong else "All is well.")
        if wrong:
            sys.exit(1)
