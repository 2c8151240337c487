"""What may be written of training that was not taken here. A refusal is said in words."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.days import FIRST_DAY, LAST_DAY
from enrollment.rules.days import short_day

MOST_NAMES = 5


def why_not_on(on: date, *, today: date, valid_until: date | None = None) -> str:
    """Say why something can not have been completed on a day, and counted until another; nothing when it can."""
    if on > today:
        return _("{day} has not come yet.").format(day=short_day(on))
    if on < FIRST_DAY:
        return _("{day} is too long ago to be true.").format(day=on.isoformat())
    if valid_until is not None and valid_until > LAST_DAY:
        return _("{day} is too far away. Leave the last day out where there is none.").format(
            day=valid_until.isoformat()
        )
    if valid_until is not None and valid_until <= on:
        return _("The last day is not after the day of completion.")
    return ""


def why_not_recorded(*, names_not_yours: Collection[str], names_known: Collection[str], has_oneself: bool) -> str:
    """Say why a session can not be recorded for these people; nothing when it can."""
    if has_oneself:
        return _("Nobody records a completion for themselves. Let somebody else record this session.")
    if names_not_yours:
        words = _("You neither manage nor look after: {names}.")
        return words.format(names=_few(names_not_yours))
    if names_known:
        return _("This is in their record already: {names}. Leave them out.").format(names=_few(names_known))
    return ""


def why_not_led(
    *, tasks: Collection[str], who: str, lacking: Collection[str], on: date, is_planned: bool = False
) -> str:
    """Say why somebody can not have led a session, or not lead one that is planned; nothing when they can.

    `tasks` are what they must be qualified for, and `lacking` those of them for which they were not on
    that day. Source: 21 CFR 211.25(a), training by qualified individuals.
    """
    if tasks and not who:
        words = _("Whoever leads a session of this course must be qualified for: {tasks}. Write their employee number.")
        return words.format(tasks=_few(tasks))
    if lacking:
        words = _("{who} was not qualified for this on {day}: {tasks}.")
        if is_planned:
            words = _("As things stand, {who} is not qualified for this on {day}: {tasks}.")
        return words.format(who=who, day=short_day(on), tasks=_few(lacking))
    return ""


def not_here_yet(first_days: Iterable[tuple[str, date | None]], *, on: date) -> str:
    """Name those whose first day of work came after a day; nothing when there are none.

    `first_days` are names, each with the first day as far as it is known. All are named, so that who signs
    can look each of them up on the sheet.
    """
    late = sorted(name for name, first_on in first_days if first_on is not None and on < first_on)
    return _("Not employed here yet on that day: {names}.").format(names=", ".join(late)) if late else ""


def why_not_confirmed(*, by_recorder: bool, among_people: bool, names_not_yours: Collection[str]) -> str:
    """Say why somebody can not give the second signature of a session; nothing when they can."""
    if by_recorder:
        return _("You signed first. A second person confirms it.")
    if among_people:
        return _("You are among the people of this session. Somebody else confirms it.")
    if names_not_yours:
        return _("You neither manage nor look after: {names}.").format(names=_few(names_not_yours))
    return ""


def why_not_equivalent(*, is_same: bool, is_there: bool, valid_from: date, valid_until: date | None) -> str:
    """Say why one course can not count as another; nothing when it can."""
    if is_same:
        return _("A course counts as itself already. Choose another one.")
    if is_there:
        return _("This stands already. End it first if it is to change.")
    if valid_until is not None and valid_until <= valid_from:
        return _("The last day is before the first one.")
    return ""


def why_not_ended(*, ended_on: date, valid_from: date, valid_until: date | None) -> str:
    """Say why an equivalence can not end on a day; nothing when it can."""
    if ended_on < valid_from:
        return _("It began on {day}, and can not end before.").format(day=short_day(valid_from))
    if valid_until is not None and ended_on >= valid_until:
        return _("It ends on {day} by itself.").format(day=short_day(valid_until))
    return ""


def _few(names: Collection[str]) -> str:
    listed = sorted(names)
    more = len(listed) - MOST_NAMES
    words = ", ".join(listed[:MOST_NAMES])
    if more > 0:
        words += " " + ngettext("and {count} more", "and {count} more", more).format(count=more)
    return words
