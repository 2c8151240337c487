"""Pure decisions about mail: when to try again, and when to stop."""

from __future__ import annotations

from datetime import datetime, timedelta

MAX_TRIES = 8
FIRST_PAUSE = timedelta(minutes=1)
SENDING_AT_MOST = timedelta(minutes=10)


def next_try_at(*, tries: int, at: datetime) -> datetime | None:
    """Return when mail that was certainly not accepted is tried again; nothing after the last try.

    The pauses grow threefold: eight tries span 18 hours, the night in which a mail server is away.
    """
    return None if tries >= MAX_TRIES else at + FIRST_PAUSE * 3 ** (tries - 1)
