"""What a colleague with a pencil would note about one person and one requirement, and say about every day."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

from enrollment.choices import Renewal, Status

A_DAY = timedelta(days=1)
WITHIN, WINDOW, SOON = timedelta(days=14), timedelta(days=60), timedelta(days=7)
AT_LEAST, KEEPS_GOING = timedelta(days=60), range(1, 40)


@dataclass
class Away:
    """Days on which nothing is asked: a leave, or a waiver."""

    first: date
    until: date | None

    def has(self, day: date) -> bool:
        return self.first <= day and (self.until is None or day < self.until)


@dataclass(eq=False)
class Done:
    """A completion, of a version on a day, with the last day that its certificate says."""

    on: date
    version: int
    says_until: date
    was_required: bool
    counts: bool = True


@dataclass
class Notebook:
    """What happened to Maya, as a colleague with a pencil would note it; and what follows from it, day by day."""

    renewal: Renewal
    since: date | None
    done: list[Done] = field(default_factory=list)
    asked_again: list[tuple[int, date]] = field(default_factory=list)  # a version, and by when
    waivers: list[Away] = field(default_factory=list)
    leaves: list[Away] = field(default_factory=list)
    began: bool = False
    began_version: int = 0
    left_off: int = 0  # the version that ended unfinished when nothing was required any more
    times_given: int = 0
    within: timedelta = WITHIN
    granted: date | None = None  # until when she has time, unless it has been done since

    @property
    def counting(self) -> list[Done]:
        return [each for each in self.done if each.counts]

    def period_ends(self) -> date | None:
        """Say on which day the last completion ends that counts, whatever new versions came."""
        first = end = None
        for each in self.counting:
            if self.renewal in (Renewal.COURSE, Renewal.COMPLETION) or (self.renewal == Renewal.EXPIRY and not end):
                end = years_after(each.on, 1)
            elif end is None or each.on >= end - WINDOW:
                later = each.on + (AT_LEAST if self.renewal == Renewal.CALENDAR else A_DAY)
                ends = [date(each.on.year + more, 3, 31) for more in range(5)]
                if self.renewal == Renewal.EXPIRY:
                    ends = [years_after(first or each.on, more) for more in KEEPS_GOING]
                end = min(day for day in ends if day >= later and (end is None or day > end))
            first = first or end
        return end

    def asks_again_by(self) -> date | None:
        """Say by when a new version is to be learned that she has not learned yet."""
        newest = max((each.version for each in self.counting), default=None)
        return min((day for version, day in self.asked_again if newest and version > newest), default=None)

    def counts_until(self) -> date | None:
        """Say on which day what she completed counts for the last time."""
        ends = [day for day in (self.period_ends(), self.asks_again_by()) if day]
        return min(ends, default=None)

    def plain_due(self) -> date | None:
        """Say by when there is something to do, had nobody been away or been given time."""
        return self.counts_until() or (self.since + self.within if self.since else None)

    def is_away(self, day: date) -> bool:
        return any(each.has(day) for each in (*self.leaves, *self.waivers))

    def is_certified(self, day: date) -> bool:
        """Say whether a certificate says that she is trained, on the version that is asked for."""
        asked = self.asks_again_by()
        return any(day <= each.says_until for each in self.counting) and not (asked and asked < day)

    def status(self, day: date, *, due_on: date | None) -> Status:
        last = self.counts_until()
        if last and day <= last:
            return Status.DONE
        if any(each.has(day) for each in self.waivers):
            return Status.WAIVED
        if any(each.has(day) for each in self.leaves):
            return Status.PAUSED
        if last:
            return Status.EXPIRED
        if due_on and day > due_on:
            return Status.LATE
        if due_on and day >= due_on - SOON:
            return Status.SOON
        return Status.DOING if self.began else Status.TODO


def years_after(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return date(day.year + years, 2, 28)
