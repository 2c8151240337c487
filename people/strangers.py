"""Addresses without an account: they are answered as if they had one, so that nobody learns who has.

Counted in the cache alone: when it is lost, a stranger merely gets more tries at nothing.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from django.core.cache import cache

from people.rules import LOCK_FOR, LockState, after_failure


def note_stranger(address: str, *, at: datetime) -> LockState:
    """Count one more sign-in with an address that nobody has."""
    before = stranger_state(address)
    if before.is_locked(at=at):
        return before
    state = after_failure(before, at=at)
    cache.set(_key(address), (state.failures, state.locked_until), LOCK_FOR.total_seconds())
    return state


def stranger_state(address: str) -> LockState:
    """Return how often an address that nobody has was tried."""
    kept = cache.get(_key(address))
    return LockState(*kept) if kept else LockState()


def _key(address: str) -> str:
    return f"stranger:{hashlib.sha256(address.strip().lower().encode()).hexdigest()}"
