"""Cells of the training matrix: setting one and taking one away, each from a day on."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from enrollment.rules.audiences import Span


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
