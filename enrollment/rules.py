"""Pure decisions: due dates, validity, how someone stands, what is open and why."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from enrollment.choices import CountedFrom, Status

DUE_SOON = timedelta(days=7)
RENEWAL_WINDOW = timedelta(days=60)


def day_at(zone: str, at: datetime) -> date:
    """Return the calendar day in a zone at an instant: a due day ends at midnight there."""
    return at.astimezone(ZoneInfo(zone)).date()


def add_months(day: date, months: int) -> date:
    """Return the same day some months later, or that month's last day where it has no such day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def valid_until(*, completed_on: date, months: int | None) -> date | None:
    """Return the last day on which a completion counts; nothing when it never ends."""
    return None if months is None else add_months(completed_on, months)


def due_on(
    *, counted_from: CountedFrom | str, within_days: int, role_since: date, hired_on: date | None, switched_on: date
) -> date:
    """Return the day by which an assignment is due.

    Counted from entering the role, from being hired (from the role where that day is unknown), or
    from the day on which the requirement was switched on, but never before someone entered the role.
    """
    start = {
        CountedFrom.ROLE: role_since,
        CountedFrom.HIRE: hired_on or role_since,
        CountedFrom.SWITCH_ON: max(switched_on, role_since),
    }[CountedFrom(counted_from)]
    return start + timedelta(days=within_days)


def status_of(
    *, today: date, due_on: date, started: bool, completed_on: date | None, valid_until: date | None
) -> Status:
    """Say how someone stands with one requirement on a day.

    The last completion decides first: it counts until its validity ends. Without one, the due date
    does. `enrollment.queries.STATUS_SQL` says the same in SQL; a property test holds them together.
    """
    if completed_on is not None:
        if valid_until is None or today <= valid_until:
            return Status.DONE
        return Status.EXPIRED
    if today > due_on:
        return Status.LATE
    if due_on - today <= DUE_SOON:
        return Status.SOON
    return Status.DOING if started else Status.TODO


def may_renew(*, today: date, valid_until: date | None) -> bool:
    """Say whether a completion may be renewed: from 60 days before its end."""
    return valid_until is not None and valid_until - today <= RENEWAL_WINDOW


@dataclass(frozen=True, slots=True)
class Lock:
    """Why an activity is not open yet, in words, and what opens it."""

    words: str
    opened_by: UUID | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One activity as the rules of sequence see it."""

    id: UUID
    title: str
    is_assessment: bool


def locks(steps: Sequence[Step], *, completed: Iterable[UUID]) -> dict[UUID, Lock]:
    """Return the locked activities with their reason: an assessment opens when all before it is done."""
    done = set(completed)
    locked: dict[UUID, Lock] = {}
    missing: list[Step] = []
    for step in steps:
        if step.is_assessment and missing and step.id not in done:
            first = missing[0]
            if len(missing) == 1:
                words = _("Opens when you complete “{title}”").format(title=first.title)
            else:
                words = _("Opens when you complete “{title}” and {count} more").format(
                    title=first.title, count=len(missing) - 1
                )
            locked[step.id] = Lock(words, first.id)
        if step.id not in done:
            missing.append(step)
    return locked


def outstanding(steps: Sequence[Step], *, completed: Iterable[UUID]) -> list[Step]:
    """Return what is still to be done before the training can be signed."""
    done = set(completed)
    return [step for step in steps if step.id not in done]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an activity reports: finished or not, and points where it is graded."""

    completed: bool
    score: Decimal | None = None
    max_score: Decimal | None = None
    passed: bool | None = None


def reason_sentence(because: dict[str, str]) -> str:
    """Say in plain words why someone has a requirement, from what was noted when it was given."""
    since = date.fromisoformat(because["since"]) if because.get("since") else None
    when = _("since {day}").format(day=short_day(since)) if since else ""
    parts = []
    if because.get("job_role"):
        parts.append(_("your job role is {job_role}").format(job_role=because["job_role"]))
    if because.get("department"):
        parts.append(_("you work in {department}").format(department=because["department"]))
    if because.get("site"):
        parts.append(_("you work at {site}").format(site=because["site"]))
    if not parts:
        parts.append(_("everyone has it"))
    return _("Because {parts}").format(parts=_(" and ").join(parts)) + (f" {when}" if when else "")


def reason_about(because: dict[str, str]) -> str:
    """Say the same about somebody else: “Tablet Operator since 3 Nov 2026”."""
    named = [because[part] for part in ("job_role", "department", "site") if because.get(part)]
    words = ", ".join(named) or _("Everyone")
    if because.get("since"):
        words += " " + _("since {day}").format(day=short_day(date.fromisoformat(because["since"])))
    return words


def short_day(day: date) -> str:
    """Spell a day as “3 Nov 2026” in the language of the reader."""
    from django.utils.formats import date_format

    return date_format(day, "j M Y")
