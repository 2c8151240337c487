"""What may be granted: more time within limits, and waivers for a while. A refusal is said in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.days import later
from enrollment.choices import Status
from enrollment.rules.days import short_day
from enrollment.rules.obligations import Extension, Obligation

PROPOSED_DAYS = (7, 14, 30, 60, 90)
LONGEST_AT_ALL = 366  # of one extension, for whom the policy does not limit


@dataclass(frozen=True, slots=True)
class Limits:
    """How far exceptions may go."""

    longest_extension_days: int = 30
    most_extensions: int = 2  # one after the other, of one due day
    longest_waiver_days: int = 366


@dataclass(frozen=True, slots=True)
class Due:
    """What somebody has to do by a day, as far as giving more time asks for it."""

    name: str
    today: date
    status: Status
    due_on: date | None
    may_renew: bool
    times: int  # how often more time was given already, until this due day

    @property
    def counted_from(self) -> date:
        """The day from which more time is counted: the due day, or today where that has passed."""
        return max(self.due_on or self.today, self.today)


def due_of(obligation: Obligation, extensions: Sequence[Extension], *, name: str, today: date) -> Due:
    """Return what somebody has to do, from how they stand."""
    return Due(
        name=name,
        today=today,
        status=obligation.status_on(today),
        due_on=obligation.due_on,
        may_renew=obligation.window_on is not None and today >= obligation.window_on,
        times=times_extended(extensions, due_on=obligation.due_on, is_moved=obligation.is_moved),
    )


def times_extended(extensions: Sequence[Extension], *, due_on: date | None, is_moved: bool = False) -> int:
    """Count how many extensions, one after the other, led to a due day.

    Where a leave or a waiver moved the day in between, the chain goes on at the nearest day before it.
    """
    left, times = list(extensions), 0
    while due_on is not None:
        found = next((each for each in reversed(left) if each.due_on == due_on), None)
        if found is None and is_moved:
            earlier = [each for each in left if each.due_on < due_on]
            found = max(earlier, key=lambda each: each.due_on, default=None)
            is_moved = False  # a day moves once
        if found is None:
            break
        left.remove(found)
        times, due_on = times + 1, found.was_due_on
    return times


def new_day(due: Due, *, days: int | None, until: date | None) -> date:
    """Return the day that is asked for: so many days more, or a certain one."""
    return until if days is None and until else later(due.counted_from, days or 0)


def proposed_days(limits: Limits, *, may_go_beyond: bool) -> tuple[int, ...]:
    """Return by how many days more time is proposed, to one whom the limit binds or not."""
    most = PROPOSED_DAYS[-1] if may_go_beyond else limits.longest_extension_days
    return tuple(days for days in PROPOSED_DAYS if days <= most) or (most,)


def why_no_more_time(due: Due, limits: Limits, *, may_go_beyond: bool) -> str:
    """Say why no more time can be given at all; nothing when it can."""
    if due.status == Status.DONE and not due.may_renew:
        return _("{name} has completed this already.").format(name=due.name)
    if due.status == Status.WAIVED:
        return _("It is waived for {name} now, so nothing is due.").format(name=due.name)
    if due.due_on is None:
        return _("Nothing is due for {name}, so there is no day to move.").format(name=due.name)
    if not limits.most_extensions and not may_go_beyond:
        return _("Managers give no more time here. An administrator can.")
    if due.times >= limits.most_extensions and not may_go_beyond:
        words = ngettext(
            "{name} was given more time {count} time already, and that is the most. An administrator can give more.",
            "{name} was given more time {count} times already, and that is the most. An administrator can give more.",
            due.times,
        )
        return words.format(name=due.name, count=due.times)
    return ""


def why_not_asked(due: Due) -> str:
    """Say to a person why they can not ask for a waiver of what is required of them; nothing when they can."""
    if due.status == Status.WAIVED:
        return _("It is waived now, so nothing is asked of you.")
    if due.status == Status.PAUSED:
        return _("You are on leave, so nothing is asked of you now.")
    if due.status == Status.DONE and not due.may_renew:
        return _("You have completed this already, so nothing is asked of you now.")
    return ""


def why_not_until(due: Due, new_due_on: date, limits: Limits, *, may_go_beyond: bool) -> str:
    """Say why this day can not be the new due day; nothing when it can."""
    if due.due_on is None or new_due_on <= due.due_on:
        return _("That is not later than the due day, {day}.").format(day=short_day(due.due_on or due.today))
    if new_due_on < due.today:
        return _("That day has passed. Choose today or a later one.")
    most = LONGEST_AT_ALL if may_go_beyond else limits.longest_extension_days
    last = later(due.counted_from, most)
    if new_due_on <= last:
        return ""
    if may_go_beyond:
        return _("At most {count} days, until {day}.").format(count=most, day=short_day(last))
    words = _("You can give at most {count} days, until {day}. An administrator can give more.")
    return words.format(count=most, day=short_day(last))


def why_not_waived(*, valid_from: date, valid_until: date, today: date, limits: Limits) -> str:
    """Say why a waiver can not have these days, the second the first on which it holds no longer; or nothing."""
    if valid_until <= valid_from:
        return _("The last day is before the first one.")
    if valid_from < today:
        return _("A waiver begins today or later: what was due until yesterday stays so.")
    if (valid_until - valid_from).days > limits.longest_waiver_days:
        last = later(valid_from, limits.longest_waiver_days - 1)
        words = _("At most {count} days, so until {day}. Another one can follow.")
        return words.format(count=limits.longest_waiver_days, day=short_day(last))
    return ""
