"""Cells of the training matrix: setting one and taking one away, each from a day on."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from core.columns import SHOWN_LETTERS
from core.days import why_no_day
from enrollment.rules.audiences import Span
from enrollment.rules.days import short_day
from people.rules.import_rows import SPREADSHEET_ERRORS

TICKS = frozenset({"x", "yes", "y", "1", "ja", "oui", "✓", "required"})
_PERIOD = re.compile(r"(\d{4}-\d{2}-\d{2})(?:\s*(?:to|until|/)\s*(\d{4}-\d{2}-\d{2}))?")


@dataclass(frozen=True, slots=True)
class CellChange:
    """That a job role is to have a requirement from a day on, until a day or for good; or no longer from a day on."""

    job_role: UUID
    requirement: UUID
    is_set: bool
    since: date
    until: date | None = None

    def data(self) -> dict[str, Any]:
        """Return it as it is stored."""
        return {
            "job_role": str(self.job_role),
            "requirement": str(self.requirement),
            "set": self.is_set,
            "since": self.since.isoformat(),
            "until": self.until.isoformat() if self.until else None,
        }


def read_change(data: Mapping[str, Any]) -> CellChange:
    """Return a change from what is stored."""
    until = data["until"]
    return CellChange(
        UUID(data["job_role"]),
        UUID(data["requirement"]),
        bool(data["set"]),
        date.fromisoformat(data["since"]),
        date.fromisoformat(until) if until else None,
    )


def read_cell(text: str, since: date) -> tuple[bool, date, date | None]:
    """Return whether a cell of a file is set, from which day on, and until which, if it ends.

    What is empty or ticked holds from `since` on. Raises ValueError with a sentence that says what is wrong.
    """
    word = text.strip()
    if not word or word.casefold() in TICKS:
        return bool(word), since, None
    shown = word[:SHOWN_LETTERS]
    if word in SPREADSHEET_ERRORS:
        raise ValueError(_("The spreadsheet shows an error here: {value}.").format(value=shown))
    found = _PERIOD.fullmatch(word)
    if found is None:
        words = _("“{value}” is neither an x, nor a day such as 2027-01-31, nor two days with “to” between them.")
        raise ValueError(words.format(value=shown))
    begins, ends = (_day_in(day) if day else None for day in found.groups())
    assert begins is not None
    if ends is not None and ends <= begins:
        words = _("“{value}” ends on {until}, not after {since}, its first day.")
        raise ValueError(words.format(value=shown, until=short_day(ends), since=short_day(begins)))
    return True, begins, ends


def _day_in(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ValueError(_("The calendar has no {day}.").format(day=text)) from None
    if refusal := why_no_day(day):
        raise ValueError(f"“{text}”: {refusal}")
    return day


def cells_after(spans: Sequence[Span], change: CellChange) -> list[Span]:
    """Return the periods of one cell as a change leaves them, in order of time.

    What was before its day stays as it was. What holds on that day or begins later gives way. A cell
    that is set while it holds goes on without a gap, so nobody starts anew.
    """
    kept = sorted((_ended(span, change.since) for span in spans), key=lambda span: span.valid_from)
    before = [span for span in kept if span.valid_until is None or span.valid_from < span.valid_until]
    if not change.is_set:
        return before
    if before and before[-1].valid_until == change.since:
        return [*before[:-1], replace(before[-1], valid_until=change.until)]
    return [*before, Span(change.since, change.until)]


def holds_on(spans: Collection[Span], day: date) -> bool:
    """Say whether a cell is set on a day."""
    return any(span.holds_on(day) for span in spans)


def is_change(spans: Sequence[Span], change: CellChange) -> bool:
    """Say whether a change would leave a cell otherwise than it is."""
    real = [span for span in spans if span.valid_until is None or span.valid_from < span.valid_until]
    return [(s.valid_from, s.valid_until) for s in cells_after(spans, change)] != [
        (s.valid_from, s.valid_until) for s in sorted(real, key=lambda span: span.valid_from)
    ]


def _ended(span: Span, day: date) -> Span:
    """Return a period that is over on a day; empty where it had not begun."""
    last = max(day, span.valid_from)
    if span.valid_from >= day:
        return replace(span, valid_until=span.valid_from)
    return replace(span, valid_until=last if span.valid_until is None else min(span.valid_until, last))
