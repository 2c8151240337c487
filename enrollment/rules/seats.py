"""Who has a seat in a session and who waits, and what can be done about it at which time."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from enrollment.choices import PlannedState, SeatState


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
    leads: bool = False,
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
    if leads:
        return _("You lead this session, so you need no seat.")
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


def why_not_held(state: str, *, has_begun: bool, is_record_void: bool, days: int = 1) -> str:
    """Say why nobody can record now who came; nothing when they can.

    `has_begun` is about the last of its `days`; `is_record_void` says that what was recorded is returned
    or discarded.
    """
    if state == PlannedState.CANCELLED:
        return _("This session was cancelled.")
    if state == PlannedState.HELD and not is_record_void:
        return _("Who came is recorded already.")
    if has_begun:
        return ""
    return _("This session has not begun yet.") if days == 1 else _("The last day of this session has not begun yet.")


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
