"""Pure decisions about sign-in, lockout and signing sessions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from records.choices import Components

MAX_FAILURES = 5
LOCK_FOR = timedelta(minutes=30)
SIGNING_SESSION = timedelta(minutes=15)  # idle limit of a continuous signing session
SIGNING_SESSION_AT_MOST = timedelta(hours=4)
SESSION_BEGAN, SESSION_USED = "began_at", "used_at"  # keys of the session


@dataclass(frozen=True, slots=True)
class LockState:
    """How often a secret was wrong in a row, and until when the account is locked."""

    failures: int = 0
    locked_until: datetime | None = None

    def is_locked(self, *, at: datetime) -> bool:
        return self.locked_until is not None and at < self.locked_until


def after_failure(state: LockState, *, at: datetime) -> LockState:
    """Return the state after one more wrong secret: the fifth in a row locks for 30 minutes."""
    expired = state.locked_until is not None and at >= state.locked_until
    failures = 1 if expired else state.failures + 1
    return LockState(failures, at + LOCK_FOR if failures >= MAX_FAILURES else None)


def tries_left(state: LockState) -> int:
    return max(0, MAX_FAILURES - state.failures)


@dataclass(frozen=True, slots=True)
class SigningContinuity:
    """What must stay the same between two signings for the second to need the secret alone."""

    person: str
    address: str
    agent: str
    credentials: str  # changes with password, second factor and roles
    began_at: datetime
    last_at: datetime


def components_needed(
    previous: SigningContinuity | None, *, person: str, address: str, agent: str, credentials: str, at: datetime
) -> Components:
    """Say which components a signer must show now.

    All of them at the first signing of a continuous session, the secret at later ones
    (21 CFR 11.200(a)(1)). The session ends with sign-out, 15 idle minutes, four hours, another
    address or browser, and any change of password, second factor or roles.
    """
    if previous is None:
        return Components.ALL
    same = (previous.person, previous.address, previous.agent, previous.credentials) == (
        person,
        address,
        agent,
        credentials,
    )
    fresh = at - previous.last_at < SIGNING_SESSION and at - previous.began_at < SIGNING_SESSION_AT_MOST
    return Components.SECRET if same and fresh else Components.ALL
