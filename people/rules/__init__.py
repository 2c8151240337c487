"""Pure decisions of the people room."""

from people.rules.departments import all_below, below
from people.rules.sign_in import (
    LOCK_FOR,
    MAX_FAILURES,
    SESSION_BEGAN,
    SESSION_USED,
    SIGNING_SESSION,
    SIGNING_SESSION_AT_MOST,
    LockState,
    SigningContinuity,
    after_failure,
    components_needed,
    tries_left,
)

__all__ = [
    "LOCK_FOR",
    "MAX_FAILURES",
    "SESSION_BEGAN",
    "SESSION_USED",
    "SIGNING_SESSION",
    "SIGNING_SESSION_AT_MOST",
    "LockState",
    "SigningContinuity",
    "after_failure",
    "all_below",
    "below",
    "components_needed",
    "tries_left",
]
