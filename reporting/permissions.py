"""Who may have a finished report."""

from __future__ import annotations

from datetime import date

from people.models import User
from people.permissions import overseer, readable_by
from reporting.models import ReportFile


def may_fetch(user: User, file: ReportFile, *, on: date) -> bool:
    """Say whether a report's owner may download it now: they must still be allowed to read everyone in it."""
    if file.job.owner_id != user.pk or not overseer(user):
        return False
    people = set(file.job.report.people)
    return readable_by(user, on=on).filter(pk__in=people).count() == len(people)
