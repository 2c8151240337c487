"""Pure decisions of reports: whom filters keep, what a cell says, what may stand in a spreadsheet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from functools import lru_cache
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from enrollment.choices import Status
from enrollment.rules import short_day

LINK_LASTS = timedelta(days=7)
OPENED_AGAIN_AFTER = timedelta(minutes=10)

NOT_ASKED = (Status.PAUSED, Status.WAIVED)  # of which nothing is asked now
PRESSING = (Status.LATE, Status.EXPIRED)  # what somebody may not work without


class PersonRow(NamedTuple):
    """One person as a table shows them, where they work today. Ids are text."""

    id: str
    name: str
    number: str
    title: str
    site: str
    department: str
    site_id: str
    job_role_id: str
    department_id: str
    manager_id: str


@dataclass(frozen=True, slots=True)
class Filters:
    """Which people, and which of their requirements, a table shows; empty means all."""

    level: str = ""  # "direct" keeps those who report to the manager themselves
    site: str = ""
    job_role: str = ""
    department: str = ""
    status: str = ""
    q: str = ""

    @property
    def is_empty(self) -> bool:
        return self == Filters()

    def without_status(self) -> Filters:
        return replace(self, status="")

    def admits(self, person: PersonRow, *, manager_id: str, departments: frozenset[str]) -> bool:
        """Say whether a person is shown, their status aside; `departments` are the one chosen and those below it."""
        return (
            (self.level != "direct" or person.manager_id == manager_id)
            and (not self.site or person.site_id == self.site)
            and (not self.job_role or person.job_role_id == self.job_role)
            and (not self.department or person.department_id in departments)
            and (not self.q or _mentions(person, self.q))
        )


def _mentions(person: PersonRow, words: str) -> bool:
    text = f"{person.name} {person.number}".casefold()
    return all(word in text for word in words.casefold().split())


def percent_current(counts: Mapping[Status, int]) -> int | None:
    """Return how many of a hundred requirements are completed and valid, never rounded up; nothing without any."""
    total = sum(count for status, count in counts.items() if status not in NOT_ASKED)
    if not total:
        return None
    return int((Decimal(100) * counts.get(Status.DONE, 0) / total).to_integral_value(ROUND_DOWN))


def added(counts: Iterable[Mapping[Status, int]]) -> Counter[Status]:
    """Return the sum of several counts."""
    total: Counter[Status] = Counter()
    for each in counts:
        total.update(each)
    return total


@lru_cache(maxsize=16384)
def cell_words(status: Status, due_on: date | None, valid_until: date | None, days_late: int, language: str) -> str:
    """Say the date of a cell: how late, valid to when, or due when. `language` keeps the cache apart."""
    if status is Status.LATE:
        return ngettext("%(n)s d late", "%(n)s d late", days_late) % {"n": days_late}
    if status is Status.DONE:
        return _("to %(day)s") % {"day": _month(valid_until)} if valid_until else _("no end")
    if status is Status.EXPIRED and valid_until:
        return short_day(valid_until)
    return short_day(due_on) if due_on else _("no day yet")


def _month(day: date) -> str:
    from django.utils.formats import date_format

    return date_format(day, "M Y")


def export_words(status: Status, due_on: date | None, valid_until: date | None) -> str:
    """Say a cell for a file: the word of the status with its date, which sorts and is never ambiguous."""
    if status is Status.DONE and valid_until is None:
        return _("%(status)s, without end") % {"status": status.label}
    if status in (Status.DONE, Status.EXPIRED):
        return _("%(status)s, valid until %(day)s") % {"status": status.label, "day": valid_until}
    if due_on is None:
        return str(status.label)
    return _("%(status)s, due %(day)s") % {"status": status.label, "day": due_on}


def link_works(*, expires_at: datetime, at: datetime) -> bool:
    """Say whether a report may still be downloaded."""
    return at < expires_at
