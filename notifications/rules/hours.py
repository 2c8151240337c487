"""When mail may go out: not at night, not on days off, and not so late that it is of no use.

All of it is by the clock and calendar of the reader. Where clocks are put forward, an hour that does not
exist counts as the one after; where they are put back, the first of the two is meant.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
MIDNIGHT = time(0)


@dataclass(frozen=True, slots=True)
class Policy:
    """What an administrator has decided; quiet hours that begin when they end are none."""

    quiet_from: time = time(19)
    quiet_until: time = time(7)
    on_free_days: bool = False
    digest_at: time = time(8)
    longest_wait: timedelta = timedelta(days=5)


@dataclass(frozen=True, slots=True)
class Calendar:
    """A reader's days. Who works at no site has no days off that anybody knows of."""

    zone: str = "UTC"
    free_weekdays: frozenset[int] = frozenset()  # ISO 8601: Monday is 1
    holidays: frozenset[date] = frozenset()

    def local(self, at: datetime) -> datetime:
        return at.astimezone(ZoneInfo(self.zone))

    def day(self, at: datetime) -> date:
        return self.local(at).date()

    def works_on(self, day: date) -> bool:
        return day.isoweekday() not in self.free_weekdays and day not in self.holidays

    def moments(self, day: date, clock: time) -> Iterator[datetime]:
        """Yield the instants at which the clock shows this time on a day: two where it is put back that day."""
        zone = ZoneInfo(self.zone)
        first, second = (
            datetime.combine(day, clock.replace(fold=fold), zone).astimezone(UTC) for fold in (0, 1)
        )  # fmt: skip
        yield first
        if second > first:
            yield second


def is_quiet(policy: Policy, clock: time) -> bool:
    """Say whether a time of the day lies in the quiet hours, which may span midnight."""
    begins, ends = policy.quiet_from, policy.quiet_until
    if begins <= ends:
        return begins <= clock < ends
    return clock >= begins or clock < ends


def may_go_out(policy: Policy, calendar: Calendar, at: datetime, *, since: datetime | None = None) -> bool:
    """Say whether mail may go out at an instant; on a day off only if it has waited the longest since `since`."""
    if is_quiet(policy, calendar.local(at).time()):
        return False
    waited_longest = since is not None and at - since >= policy.longest_wait
    return policy.on_free_days or waited_longest or calendar.works_on(calendar.day(at))


@lru_cache(maxsize=1024)  # many people share a site, and are told in one breath
def goes_out_at(policy: Policy, calendar: Calendar, at: datetime, *, since: datetime | None = None) -> datetime:
    """Return the first instant, from `at` on, at which mail that waits since `since` may go out."""
    since = since or at
    first_day = calendar.day(at)
    moments = {at, max(at, since + policy.longest_wait)}
    for number in range(policy.longest_wait // DAY + 4):
        for clock in (MIDNIGHT, policy.quiet_until):
            moments.update(calendar.moments(first_day + number * DAY, clock))
    return next(
        each for each in sorted(moments) if each >= at and may_go_out(policy, calendar, each, since=since)
    )  # fmt: skip


@lru_cache(maxsize=1024)
def digest_at(
    policy: Policy, calendar: Calendar, at: datetime, *, since: datetime | None = None, hour: time | None = None
) -> datetime:
    """Return when the next digest goes out, from `at` on, for what waits since `since`.

    It goes at the digest hour of the next working day. Where that is later than the longest wait allows,
    it goes on the last day before, whether that is worked or not. `hour` is the reader's own.
    """
    latest = (since or at) + policy.longest_wait
    any_day = list(_digest_moments(policy, calendar, at, hour))
    worked = (each for each in any_day if policy.on_free_days or calendar.works_on(calendar.day(each)))
    planned = next(worked, None)
    if planned is not None and planned <= latest:
        return planned
    in_time = [each for each in any_day if each <= latest]
    return in_time[-1] if in_time else any_day[0]


def digest_goes(policy: Policy, calendar: Calendar, at: datetime, *, since: datetime, hour: time | None = None) -> bool:
    """Say whether a digest goes out at an instant, which may be later than it was planned."""
    planned = digest_at(policy, calendar, since, hour=hour)
    if at < planned or is_quiet(policy, calendar.local(at).time()):
        return False
    return calendar.day(at) == calendar.day(planned) or may_go_out(policy, calendar, at, since=since)


def _digest_moments(policy: Policy, calendar: Calendar, at: datetime, hour: time | None) -> Iterator[datetime]:
    """Yield the digest hour of each day from `at` on, for as long as anything may wait; at least two of them."""
    clock = hour or policy.digest_at
    if is_quiet(policy, clock):
        clock = policy.quiet_until
    first_day = calendar.day(at)
    for number in range(policy.longest_wait // DAY + 4):
        moment = next(calendar.moments(first_day + number * DAY, clock))
        if moment >= at:
            yield moment
