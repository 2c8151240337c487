"""On which days a session is, when those can be, how they are said, and which days follow when it is planned again."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from enrollment.rules.days import long_day

FURTHEST = timedelta(days=730)
MOST_DAYS = 10  # of one session
MOST_AGAIN = 26  # so many sessions are planned in one go
SOON = timedelta(days=1)  # who gets a seat later than so long before it hears of the session once


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """One day of a session: from one instant until another."""

    starts_at: datetime
    ends_at: datetime


def why_not_dated(starts_at: datetime, ends_at: datetime, *, at: datetime) -> str:
    """Say why a session can not be at a time; nothing when it can."""
    if ends_at <= starts_at:
        return _("It ends before it begins.")
    if starts_at <= at:
        return _("That time has passed. Choose a later one.")
    if starts_at > at + FURTHEST:
        return _("Choose a day within the next two years.")
    return ""


def why_not_on_days(days: Sequence[Span], *, at: datetime, before: Collection[Span] = ()) -> str:
    """Say why a session can not be on these days; nothing when it can.

    `before` are its days so far: those that have begun stay as they are.
    """
    begun = {each for each in before if each.starts_at <= at}
    if begun - set(days):
        return _("A day that has begun stays as it is.")
    for each in days:
        if each not in begun and (refusal := why_not_dated(each.starts_at, each.ends_at, at=at)):
            return refusal
    if len(days) > MOST_DAYS:
        return _("A session has at most {count} days.").format(count=MOST_DAYS)
    in_order = sorted(days)
    if any(later.starts_at < earlier.ends_at for earlier, later in pairwise(in_order)):
        return _("Two of its days overlap.")
    return ""


def instant_of(day: date, clock: time, zone: str) -> datetime | None:
    """Return the instant (UTC) at which clocks of a zone show this; nothing where they never do.

    In the hour that clocks show twice it is the first time.
    """
    local = datetime.combine(day, clock, ZoneInfo(zone))
    instant = local.astimezone(UTC)
    return instant if instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == local.replace(tzinfo=None) else None


def moved_by(days: Sequence[Span], many: int, *, zone: str) -> tuple[Span, ...] | None:
    """Return days so many days later, at the same hours by the clocks of a zone; nothing where those skip one."""
    moved = []
    for each in days:
        ends = []
        for instant in (each.starts_at, each.ends_at):
            local = instant.astimezone(ZoneInfo(zone))
            ends.append(instant_of(local.date() + timedelta(days=many), local.time(), zone))
        if ends[0] is None or ends[1] is None or ends[1] <= ends[0]:
            return None
        moved.append(Span(ends[0], ends[1]))
    return tuple(moved)


def meet(some: Collection[Span], others: Collection[Span]) -> bool:
    """Say whether one of these days is at the same time as one of the others."""
    return any(one.starts_at < other.ends_at and other.starts_at < one.ends_at for one in some for other in others)


def again_from(first: date, *, times: int, weeks: int) -> list[date]:
    """Return the days on which a session begins that is planned so many times, every so many weeks."""
    return [first + timedelta(weeks=weeks * count) for count in range(times)]


def not_worked(
    days: Sequence[Span], *, zone: str, free_weekdays: Collection[int], holidays: Mapping[date, str]
) -> list[str]:
    """Say which of these days a site does not work, and why; nothing where it works on all of them."""
    said = []
    for day in dict.fromkeys(each.starts_at.astimezone(ZoneInfo(zone)).date() for each in days):
        if day in holidays:
            said.append(_("{day}: {holiday}").format(day=long_day(day), holiday=holidays[day]))
        elif day.isoweekday() in free_weekdays:
            said.append(_("{day}: a free day").format(day=long_day(day)))
    return said


def in_words(days: int) -> str:
    """Say in how many days something is: “today”, “tomorrow”, “in 5 days”."""
    if days <= 0:
        return _("today")
    return _("tomorrow") if days == 1 else ngettext("in {count} day", "in {count} days", days).format(count=days)


def is_soon(starts_at: datetime, *, at: datetime) -> bool:
    """Say whether something begins so soon that no reminder of it follows."""
    return starts_at - SOON < at


def reminded_of(days: Sequence[Span]) -> list[Span]:
    """Return the days, of these in their order, that people are reminded of: not those that follow another closely."""
    return [*days[:1], *(day for before, day in pairwise(days) if day.starts_at >= before.ends_at + SOON)]


def soon_words(days: Sequence[Span], *, at: datetime) -> str:
    """Say that a session begins soon, to somebody who hears of it now, and that no reminder of that follows.

    Nothing where one follows.
    """
    if not is_soon(days[0].starts_at, at=at):
        return ""
    if all(is_soon(each.starts_at, at=at) for each in reminded_of(days)):
        return _("It begins in less than a day, so no reminder follows.")
    return _("It begins in less than a day, so no reminder of the first day follows.")


def when_words(starts_at: datetime, ends_at: datetime, *, zone: str, reader: str = "") -> str:
    """Say when a session is, by the clocks of its site, and by the reader's where they show something else."""
    words = _span(starts_at, ends_at, zone)
    here, there = (starts_at.astimezone(ZoneInfo(name)) for name in (zone, reader or zone))
    if here.utcoffset() == there.utcoffset():
        return words
    return _("{there}. For you: {here}").format(there=words, here=_span(starts_at, ends_at, reader, day=here.date()))


def days_words(days: Sequence[Span], *, zone: str, reader: str = "") -> list[str]:
    """Say when each day of a session is."""
    return [when_words(each.starts_at, each.ends_at, zone=zone, reader=reader) for each in days]


def brief_words(days: Sequence[Span], *, zone: str, reader: str = "") -> str:
    """Say when a session is in one sentence: its first day, and how many follow until which."""
    words = when_words(days[0].starts_at, days[0].ends_at, zone=zone, reader=reader)
    more = len(days) - 1
    if not more:
        return words
    last = long_day(days[-1].starts_at.astimezone(ZoneInfo(zone)).date())
    counted = ngettext("{first}, and on {last}", "{first}, and {count} more days until {last}", more)
    return counted.format(first=words, count=more, last=last)


def _span(starts_at: datetime, ends_at: datetime, zone: str, *, day: date | None = None) -> str:
    """Say a span of time in a zone; without its day where that is `day`."""
    begins, ends = (each.astimezone(ZoneInfo(zone)) for each in (starts_at, ends_at))
    clock = pgettext("time", "H:i")
    until = date_format(ends, clock)
    if ends.date() != begins.date():
        until = f"{long_day(ends.date())}, {until}"
    named = ends.tzname() or ""
    named = f"UTC{named}" if named[:1] in "+-" else named
    words = _("{begins} to {ends} {zone}").format(begins=date_format(begins, clock), ends=until, zone=named)
    return words if begins.date() == day else f"{long_day(begins.date())}, {words}"


@dataclass(frozen=True, slots=True)
class Plan:
    """What people with a seat have to know of a session; they hear of what changes."""

    days: tuple[Span, ...]
    zone: str
    place: str
    link: str
    trainer: str
    words: str

    def when(self, reader: str = "") -> str:
        """Say when each of its days is."""
        return "; ".join(days_words(self.days, zone=self.zone, reader=reader))


def what_changed(before: Plan, after: Plan, *, reader: str = "") -> list[str]:
    """Say, in a sentence each, what is different now; nothing where it is the same for whoever goes there."""
    said: list[str] = []
    for label, was, now in (
        (_("Time"), before.when(reader), after.when(reader)),
        (_("Place"), before.place, after.place),
        (_("Link"), before.link, after.link),
        (_("Led by"), before.trainer, after.trainer),
        (_("To know"), before.words, after.words),
    ):
        if was != now:
            words = _("{label}: {now} (was: {was})") if was else _("{label}: {now}")
            said.append(words.format(label=label, now=now or _("none"), was=was))
    return said
