"""When a session can be, who has a seat in it and who waits, and how its time is said."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from enrollment.choices import PlannedState, SeatState
from enrollment.rules.days import long_day

FURTHEST = timedelta(days=730)


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody who has a seat, or waits for one."""

    id: UUID
    asked_at: datetime
    has_seat: bool


def in_order(asked: Collection[Asked]) -> list[Asked]:
    """Return them in the order of asking; of two at the same instant the one whose id was made first."""
    return sorted(asked, key=lambda each: (each.asked_at, each.id))


def seat_for(capacity: int | None, *, taken: int, waiting: int) -> SeatState:
    """Return what somebody gets who asks now; nobody passes those who wait."""
    if capacity is None or (taken < capacity and not waiting):
        return SeatState.TAKEN
    return SeatState.WAITING


def moving_up(asked: Collection[Asked], *, capacity: int | None) -> list[UUID]:
    """Return who gets a seat now of those who wait, in the order of asking; nothing for `capacity` is no limit."""
    waiting = [each.id for each in in_order(asked) if not each.has_seat]
    if capacity is None:
        return waiting
    free = capacity - sum(each.has_seat for each in asked)
    return waiting[: max(0, free)]


def place_in_line(asked: Collection[Asked], id: UUID) -> int:
    """Return which of those who wait somebody is, counted from 1; 0 for whoever does not wait."""
    waiting = [each.id for each in in_order(asked) if not each.has_seat]
    return waiting.index(id) + 1 if id in waiting else 0


def line_words(place: int) -> str:
    """Say a place on the waiting list: “2nd on the waiting list”."""
    ending = "th" if place % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(place % 10, "th")
    return _("{place} on the waiting list").format(place=f"{place}{ending}")


def seats_words(capacity: int | None, *, taken: int, waiting: int) -> str:
    """Say how full a session is: “3 of 8 seats taken, 2 wait”."""
    if capacity is None:
        words = ngettext("{count} seat taken, no limit", "{count} seats taken, no limit", taken).format(count=taken)
    else:
        words = ngettext("{count} of {capacity} seat taken", "{count} of {capacity} seats taken", capacity)
        words = words.format(count=taken, capacity=capacity)
    if waiting:
        words += ", " + ngettext("{count} waits", "{count} wait", waiting).format(count=waiting)
    return words


def why_no_seat(
    state: str,
    *,
    has_begun: bool,
    has_seat: bool = False,
    waits: bool = False,
    is_offered: bool = True,
    not_for: str = "",
) -> str:
    """Say why somebody can not take a seat or wait for one; nothing when they can.

    `not_for` says why the course is not for them, in the words of the catalog.
    """
    if state == PlannedState.CANCELLED:
        return _("This session was cancelled.")
    if state == PlannedState.HELD:
        return _("This session is over.")
    if has_begun:
        return _("This session has begun, so its seats stay as they are.")
    if has_seat:
        return _("You have a seat already.")
    if waits:
        return _("You are on the waiting list already.")
    if not is_offered:
        return _("No version of this training is in effect now, so nobody can begin it.")
    return not_for


def why_no_change(state: str, *, has_begun: bool) -> str:
    """Say why a planned session can not be changed or cancelled any more; nothing when it can."""
    if state == PlannedState.CANCELLED:
        return _("This session was cancelled.")
    if state == PlannedState.HELD:
        return _("This session is over.")
    return _("This session has begun.") if has_begun else ""


def why_not_held(state: str, *, has_begun: bool, is_record_void: bool) -> str:
    """Say why nobody can record now who came; nothing when they can.

    `is_record_void` says that what was recorded is returned or discarded.
    """
    if state == PlannedState.CANCELLED:
        return _("This session was cancelled.")
    if state == PlannedState.HELD and not is_record_void:
        return _("Who came is recorded already.")
    return "" if has_begun else _("This session has not begun yet.")


def why_not_dated(starts_at: datetime, ends_at: datetime, *, at: datetime) -> str:
    """Say why a session can not be at a time; nothing when it can."""
    if ends_at <= starts_at:
        return _("It ends before it begins.")
    if starts_at <= at:
        return _("That time has passed. Choose a later one.")
    if starts_at > at + FURTHEST:
        return _("Choose a day within the next two years.")
    return ""


def why_not_that_few(capacity: int | None, *, taken: int) -> str:
    """Say why a session can not hold so few; nothing when it can. Nobody's seat is taken away silently."""
    if capacity is None or capacity >= taken:
        return ""
    words = ngettext(
        "{count} person has a seat. Take it from them first.",
        "{count} people have a seat. Take some of them away first, or leave at least so many seats.",
        taken,
    )
    return words.format(count=taken)


def instant_of(day: date, clock: time, zone: str) -> datetime | None:
    """Return the instant (UTC) at which clocks of a zone show this; nothing where they never do.

    In the hour that clocks show twice it is the first time.
    """
    local = datetime.combine(day, clock, ZoneInfo(zone))
    instant = local.astimezone(UTC)
    return instant if instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == local.replace(tzinfo=None) else None


def when_words(starts_at: datetime, ends_at: datetime, *, zone: str, reader: str = "") -> str:
    """Say when a session is, by the clocks of its site, and by the reader's where they show something else."""
    words = _span(starts_at, ends_at, zone)
    here, there = (starts_at.astimezone(ZoneInfo(name)) for name in (zone, reader or zone))
    if here.utcoffset() == there.utcoffset():
        return words
    return _("{there}. For you: {here}").format(there=words, here=_span(starts_at, ends_at, reader, day=here.date()))


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

    starts_at: datetime
    ends_at: datetime
    zone: str
    place: str
    link: str
    trainer: str
    words: str


def what_changed(before: Plan, after: Plan, *, reader: str = "") -> list[str]:
    """Say, in a sentence each, what is different now; nothing where it is the same for whoever goes there."""
    said: list[str] = []
    spans = [when_words(each.starts_at, each.ends_at, zone=each.zone, reader=reader) for each in (before, after)]
    for label, was, now in (
        (_("Time"), *spans),
        (_("Place"), before.place, after.place),
        (_("Link"), before.link, after.link),
        (_("Led by"), before.trainer, after.trainer),
        (_("To know"), before.words, after.words),
    ):
        if was != now:
            words = _("{label}: {now} (was: {was})") if was else _("{label}: {now}")
            said.append(words.format(label=label, now=now or _("none"), was=was))
    return said
