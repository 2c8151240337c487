"""How often one caller may do one thing, counted in the cache: a brake, never a record."""

from __future__ import annotations

import hashlib

from django.core.cache import cache

from core.clock import now


def within_limit(what: str, *, who: str, times: int, seconds: int) -> bool:
    """Count one more of `what` by `who`, and say whether it is within `times` in this span of `seconds`.

    While the cache is away everyone is admitted: what must hold even then is kept in PostgreSQL.
    """
    key = _key(what, who, seconds)
    if cache.add(key, 1, timeout=seconds):
        return True
    try:
        return int(cache.incr(key)) <= times
    except ValueError:  # the key has just ended, or the cache is away
        return True


def is_over(what: str, *, who: str, times: int, seconds: int) -> bool:
    """Say, without counting, whether `who` has done `what` more than `times` in this span of `seconds`."""
    return int(cache.get(_key(what, who, seconds), 0) or 0) > times


def _key(what: str, who: str, seconds: int) -> str:
    span = int(now().timestamp()) // seconds
    caller = hashlib.sha256(who.encode()).hexdigest()[:24]
    return f"throttle:{what}:{caller}:{span}"
