"""Pure decisions about video: what a player's report is worth. Presence is not proven, time is.

A player reports what it has played since its last report, a beat. It earns no more than the wall
clock allows: the time since then times the rate of playing, and two seconds for clocks and networks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

MAX_RATE = Decimal(2)
SLACK_SECONDS = Decimal(2)
BURST = Decimal(10)  # so many beats may come at once; one a second may go on for ever
LONGEST_SECONDS = Decimal(100_000)
DEFAULT_REQUIRED_RATIO = Decimal("0.95")
MILLISECOND = Decimal("0.001")


class UnreadableBeat(ValueError):
    """What came is not a report of a player; the words say what is wrong."""


@dataclass(frozen=True, slots=True)
class Beat:
    """What a player has played since its last report, in seconds of the video."""

    session: UUID
    sequence: int
    start: Decimal
    end: Decimal
    rate: Decimal
    position: Decimal


@dataclass(frozen=True, slots=True)
class Gain:
    """The part of a beat that counts; empty where start and end are the same."""

    start: Decimal
    end: Decimal
    spare_seconds: Decimal  # slack that is left for the next beat

    @property
    def seconds(self) -> Decimal:
        return self.end - self.start


def read_beat(values: Any) -> Beat:
    """Return the beat in what a player sent. Raises UnreadableBeat."""
    if not isinstance(values, Mapping):
        raise UnreadableBeat("a beat is an object")
    try:
        session = UUID(str(values["session"]))
    except (KeyError, ValueError):
        raise UnreadableBeat("session is not an id") from None
    sequence = values.get("sequence")
    if type(sequence) is not int or not 0 < sequence < 2**31:
        raise UnreadableBeat("sequence is not a positive number")
    start, end, position = (_seconds(values, name) for name in ("from", "to", "position"))
    if end < start:
        raise UnreadableBeat("to is before from")
    rate = min(_number(values, "rate"), MAX_RATE).quantize(MILLISECOND)
    if rate <= 0:
        raise UnreadableBeat("rate is not positive")
    return Beat(session, sequence, start, end, rate, position)


def gain_of(beat: Beat, *, elapsed_seconds: Decimal, spare_seconds: Decimal, duration_seconds: Decimal) -> Gain:
    """Return what a beat earns: never more than the clock allows, and nothing beyond the end.

    `spare_seconds` is the slack that earlier beats have left, so that many beats do not earn more
    than one. What is too long is cut at its end.
    """
    allowed = max(elapsed_seconds, Decimal(0)) * beat.rate + spare_seconds
    start = min(beat.start, duration_seconds)
    end = min(beat.end, duration_seconds, start + allowed).quantize(MILLISECOND)
    end = max(start, end)
    left = min(max(allowed - (end - start), Decimal(0)), SLACK_SECONDS)
    return Gain(start, end, left.quantize(MILLISECOND))


def beats_left(*, spare_beats: Decimal, elapsed_seconds: Decimal) -> Decimal | None:
    """Return how many more beats may come at once after this one; nothing when this one is too many."""
    have = min(spare_beats + max(elapsed_seconds, Decimal(0)), BURST)
    return (have - 1).quantize(MILLISECOND) if have >= 1 else None


def required_seconds(*, duration_seconds: Decimal, required_ratio: Decimal) -> Decimal:
    """Return how much of a video has to be watched."""
    return duration_seconds * required_ratio


def _seconds(values: Mapping[str, Any], name: str) -> Decimal:
    number = _number(values, name)
    if not 0 <= number <= LONGEST_SECONDS:
        raise UnreadableBeat(f"{name} is out of range")
    return number.quantize(MILLISECOND)


def _number(values: Mapping[str, Any], name: str) -> Decimal:
    value = values.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise UnreadableBeat(f"{name} is not a number")
    number = Decimal(str(value)) if isinstance(value, float) else Decimal(value)
    if not number.is_finite():
        raise UnreadableBeat(f"{name} is not a number")
    return number
