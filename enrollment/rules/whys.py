"""Why somebody has a requirement, how they stand with it, and what happens next: in plain sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.days import later
from enrollment.choices import Status, Why
from enrollment.rules.days import short_day
from enrollment.rules.obligations import BEGINNING, Obligation, Round


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence, with the state whose sign stands before it."""

    state: str
    words: str


@dataclass(frozen=True, slots=True)
class RoundSaid:
    """One round so far: by when it was due, when it was done, and until when it counts."""

    number: int
    completion_id: str
    due: str
    done: str
    was_late: bool
    verdict: str
    counts: str


def standing_said(found: Obligation, today: date) -> Said:
    """Say how somebody stands today, and why."""
    status = found.status_on(today)
    done = short_day(found.credit.on) if found.credit else ""
    until = short_day(found.valid_until) if found.valid_until else ""
    due = short_day(found.due_on) if found.due_on else ""
    if status == Status.DONE and until:
        words = _("Completed on {done}. That counts until {until}.").format(done=done, until=until)
    elif status == Status.DONE:
        words = _("Completed on {done}. That counts without end.").format(done=done)
    elif status == Status.EXPIRED:
        words = _("Completed on {done}. That counted until {until}.").format(done=done, until=until)
    elif status == Status.WAIVED:
        words = _("A waiver holds: nothing is asked now.")
    elif status == Status.PAUSED:
        words = _("On leave: nothing is asked now.")
    elif status == Status.LATE:
        words = _("It was due on {due} and is not completed.").format(due=due)
    elif due:
        words = _("It is not completed yet. It is due on {due}.").format(due=due)
    else:
        words = _("It is not completed yet. It has no due day now.")
    return Said(status.value, words)


def stood_said(found: Obligation, last: date) -> Said:
    """Say how somebody stood on the last day of what is asked no longer."""
    status = found.status_on(last)
    done = short_day(found.credit.on) if found.credit else ""
    due = short_day(found.due_on) if found.due_on else ""
    if status == Status.DONE:
        words = _("Completed on {done}. That counted when it ended.").format(done=done)
    elif status == Status.EXPIRED:
        until = short_day(found.valid_until) if found.valid_until else ""
        words = _("Completed on {done}. That had counted until {until}.").format(done=done, until=until)
    elif status == Status.WAIVED:
        words = _("A waiver held: nothing was asked then.")
    elif status == Status.PAUSED:
        words = _("On leave: nothing was asked then.")
    elif status == Status.LATE:
        words = _("It had been due on {due} and was not completed.").format(due=due)
    elif due:
        words = _("It was not completed yet. It would have been due on {due}.").format(due=due)
    else:
        words = _("It was not completed yet. It had no due day.")
    return Said(status.value, words)


def due_said(found: Obligation) -> str:
    """Say what the next due day comes from; nothing where there is none."""
    if found.due_on is None:
        return ""
    words = {
        Why.FIRST: _("{due} is the due day of the first time."),
        Why.RENEWAL: _("{due} is the due day of the next time: by then it must be completed again."),
        Why.RETRAINING: _("{due} comes from a new version that must be learned by then."),
    }[found.why]
    return words.format(due=short_day(found.due_on))


def rounds_said(rounds: Sequence[Round], due_days: Sequence[date | None]) -> list[RoundSaid]:
    """Say each round so far, the first one first, by the days that were due when they were completed."""
    said = []
    for each, due_on in zip(rounds, due_days, strict=True):
        late = max((each.credit.on - due_on).days, 0) if due_on else 0
        verdict = ngettext("{days} day late", "{days} days late", late).format(days=late) if late else _("in time")
        counts = _("until {day}").format(day=short_day(each.ends_on)) if each.ends_on else _("without end")
        done, due = short_day(each.credit.on), short_day(due_on) if due_on else _("no day")
        said.append(RoundSaid(each.number, str(each.credit.id), due, done, late > 0, verdict, counts))
    return said


def next_said(found: Obligation, today: date) -> list[Said]:
    """Say what happens next and when, if nothing new comes: the window, then each change of the status."""
    coming: list[tuple[date, Said]] = []
    if found.window_on is not None and found.window_on > today:
        words = _("It may be completed again from {day}.").format(day=short_day(found.window_on))
        coming.append((found.window_on, Said(Status.TODO.value, words)))
    before = found.status_on(today)
    for day, status in zip(found.days, found.statuses, strict=True):
        if day <= today or day == BEGINNING:
            continue
        coming.append((day, Said(status.value, _change_said(before, status, day))))
        before = status
    return [said for _day, said in sorted(coming, key=lambda pair: pair[0])]


def _change_said(before: Status, status: Status, day: date) -> str:
    """Say one change of the status; the end of a leave or a waiver says what holds then."""
    after = {
        Status.TODO: _("It is asked again from {day}."),
        Status.DOING: _("It is asked again from {day}."),
        Status.SOON: _("It is due soon from {day}."),
        Status.LATE: _("It is overdue from {day}."),
        Status.DONE: _("It counts again from {day}."),
        Status.EXPIRED: _("It expires at the end of {last}."),
        Status.PAUSED: _("Leave begins on {day}: nothing is asked then."),
        Status.WAIVED: _("A waiver holds from {day}: nothing is asked then."),
    }[status]
    if status == Status.EXPIRED and before in (Status.PAUSED, Status.WAIVED):
        after = _("It is expired from {day}, since nothing counts any more.")
    return after.format(day=short_day(day), last=short_day(later(day, -1)))
