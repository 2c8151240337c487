"""Small phrases about content that several pages say in the same way."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _


def minutes_words(minutes: int) -> Promise:
    """Say a time needed: "4 min", "1 h 20 min"."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return format_lazy(_("{minutes} min"), minutes=minutes)
    if not rest:
        return format_lazy(_("{hours} h"), hours=hours)
    return format_lazy(_("{hours} h {minutes} min"), hours=hours, minutes=rest)


def clock_words(seconds: float) -> str:
    """Say a length of film as a clock does: "3:10", "1:02:07"."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def size_words(size_bytes: int) -> str:
    """Say the size of a file: "68 kB", "2.2 MB"."""
    if size_bytes < 1_000_000:
        return f"{max(1, round(size_bytes / 1000))} kB"
    return f"{size_bytes / 1_000_000:.1f} MB"
