"""Lists that people paste: holidays with their names, and employee numbers or addresses."""

from __future__ import annotations

import re
from datetime import date

from django.utils.translation import gettext as _

MOST_LINES = 400
LONGEST_NAME = 120


def read_holidays(text: str) -> tuple[dict[date, str], list[str]]:
    """Return the days and names of lines such as "2026-12-25 Christmas Day", and a sentence for each that is none."""
    days: dict[date, str] = {}
    faults: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        found = re.fullmatch(r"\s*(\d{4})-(\d\d)-(\d\d)[\s,;:]+(\S.*?)\s*", line)
        try:
            if found is None:
                raise ValueError(_("Write the day and then its name, such as “2026-12-25 Christmas Day”."))
            year, month, day, name = found.groups()
            if len(name) > LONGEST_NAME:
                raise ValueError(_("The name has more than {count} characters.").format(count=LONGEST_NAME))
            on = _day(int(year), int(month), int(day))
            if on in days:
                raise ValueError(_("This day stands here twice."))
            days[on] = name
        except ValueError as fault:
            faults.append(_("Line {number}: {fault}").format(number=number, fault=fault))
    return days, faults


def _day(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise ValueError(_("There is no such day.")) from None


def spell_holidays(days: dict[date, str]) -> str:
    """Return holidays as `read_holidays` reads them, in their order."""
    return "\n".join(f"{on.isoformat()} {name}" for on, name in sorted(days.items()))


def read_names(text: str) -> list[tuple[int, str]]:
    """Return the employee numbers or addresses of a pasted list, each with its line, and each once."""
    found: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        for word in re.split(r"[,;\s]+", line):
            if word:
                found.setdefault(word, number)
    return [(number, word) for word, number in found.items()]
