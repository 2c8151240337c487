"""Dates and times in words: always absolute, relative where it helps, the zone always named."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import lru_cache

from django.utils import timezone
from django.utils.dateformat import format as formatted
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

DAYS_NAMED = 7  # so far ahead the weekday says more than the number


def local_time(instant: datetime | None, style: str = "") -> SafeString:
    """Return an instant in the reader's zone, as <time>. Style: "day", "clock", "full" or "relative".

    "relative" is the full form that a script shortens to "5 minutes ago" while that is young.
    """
    if instant is None:
        return mark_safe("–")
    local = timezone.localtime(instant)
    return _local_time(local, local.tzname() or "", style, get_language())


def moment_words(instant: datetime | None) -> str:
    """Return the words of `local_time`, for plain text and files."""
    if instant is None:
        return "–"
    local = timezone.localtime(instant)
    return f"{formatted(local, pgettext('date and time', 'j M Y, H:i'))} {_zone(local.tzname() or '')}"


def record_time(instant: datetime | None) -> SafeString:
    """Return an instant as records and signatures print it: to the second, in the reader's zone and in UTC."""
    if instant is None:
        return mark_safe("–")
    local = timezone.localtime(instant)
    text = record_words(instant)
    return mark_safe(f'<time datetime="{_machine(local)}">{escape(text)}</time>')


def record_words(instant: datetime) -> str:
    """Return the words of `record_time`, for plain text and PDFs."""
    local, utc = timezone.localtime(instant), instant.astimezone(UTC)
    return _record_words(local, utc, _zone(local.tzname() or ""), get_language())


def due_phrase(due_on: date | None, today: date) -> SafeString:
    """Return a due date with its distance, as <time>: "Due Thu 26 Nov, in 3 days"."""
    if due_on is None:
        return mark_safe("")
    return _due_phrase(due_on, today, get_language())


def due_words(due_on: date, today: date) -> str:
    """Return the words of `due_phrase`, for mails and PDFs."""
    days = (due_on - today).days
    day = formatted(due_on, _day_format(due_on, today))
    if days == 0:
        return _("Due today, %(day)s") % {"day": formatted(due_on, _weekday_format())}
    if days == 1:
        return _("Due tomorrow, %(day)s") % {"day": formatted(due_on, _weekday_format())}
    if days == -1:
        return _("Due yesterday, %(day)s") % {"day": day}
    if days < 0:
        return ngettext("Due %(day)s, %(n)s day ago", "Due %(day)s, %(n)s days ago", -days) % {"day": day, "n": -days}
    if days <= DAYS_NAMED:
        near = formatted(due_on, _weekday_format())
        return ngettext("Due %(day)s, in %(n)s day", "Due %(day)s, in %(n)s days", days) % {"day": near, "n": days}
    return _("Due %(day)s") % {"day": day}


@lru_cache(maxsize=4096)
def _due_phrase(due_on: date, today: date, language: str | None) -> SafeString:
    full = formatted(due_on, pgettext("full date", "l j F Y"))
    title = _("%(day)s, until the end of the day") % {"day": full}
    words = escape(due_words(due_on, today))
    return mark_safe(f'<time datetime="{due_on.isoformat()}" title="{escape(title)}">{words}</time>')


@lru_cache(maxsize=4096)
def _local_time(local: datetime, tzname: str, style: str, language: str | None) -> SafeString:
    zone = _zone(tzname)
    full = f"{formatted(local, pgettext('date and time', 'j M Y, H:i'))} {zone}"
    text = {
        "day": lambda: formatted(local, pgettext("date", "j M Y")),
        "clock": lambda: formatted(local, pgettext("time", "H:i")),
    }.get(style, lambda: full)()
    relative = " data-relative" if style == "relative" else ""
    title = f' title="{escape(full)}"' if text != full else ""
    return mark_safe(f'<time datetime="{_machine(local)}"{title}{relative}>{escape(text)}</time>')


@lru_cache(maxsize=4096)
def _record_words(local: datetime, utc: datetime, zone: str, language: str | None) -> str:
    to_the_second = pgettext("date and time of a record", "j M Y H:i:s")
    here = f"{formatted(local, to_the_second)} {zone}"
    if local.utcoffset() == utc.utcoffset():
        return here
    same_day = local.date() == utc.date()
    there = formatted(utc, pgettext("time of a record", "H:i:s") if same_day else pgettext("day and time", "j M H:i:s"))
    return f"{here} ({there} UTC)"


def _day_format(day: date, today: date) -> str:
    return pgettext("day of this year", "j M") if day.year == today.year else pgettext("date", "j M Y")


def _weekday_format() -> str:
    return pgettext("day with weekday", "D j M")


def _machine(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _zone(tzname: str) -> str:
    """Name the zone; those without letters of their own are named by their offset."""
    return f"UTC{tzname}" if tzname[:1] in "+-" else tzname
