"""Locks and signing sessions, without a database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from people.notices import locked_words, refused_words
from people.rules import (
    LOCK_FOR,
    MAX_FAILURES,
    LockState,
    SigningContinuity,
    after_failure,
    components_needed,
    tries_left,
)
from records.choices import Components

AT = datetime(2026, 3, 14, 9, 0, tzinfo=UTC)
SAME = {"person": "p", "address": "a", "agent": "g", "credentials": "c"}


def test_fifth_failure_in_a_row_locks_for_half_an_hour() -> None:
    state = LockState()
    for failures in range(1, 5):
        state = after_failure(state, at=AT)
        assert (state.failures, state.is_locked(at=AT), tries_left(state)) == (failures, False, 5 - failures)
    state = after_failure(state, at=AT)
    assert state == LockState(5, AT + timedelta(minutes=30))
    assert tries_left(state) == 0


@pytest.mark.parametrize(("minutes", "locked"), [(0, True), (29, True), (30, False), (31, False)])
def test_lock_is_half_open(minutes: int, locked: bool) -> None:
    assert LockState(5, AT + LOCK_FOR).is_locked(at=AT + timedelta(minutes=minutes)) is locked


def test_after_a_lock_has_ended_counting_begins_anew() -> None:
    assert after_failure(LockState(5, AT), at=AT) == LockState(1)


@given(st.lists(st.integers(min_value=0, max_value=3600), max_size=40))
def test_nobody_gets_more_than_five_tries_in_half_an_hour(pauses: list[int]) -> None:
    state, at, tried = LockState(), AT, []
    for pause in pauses:
        at += timedelta(seconds=pause)
        if not state.is_locked(at=at):
            state = after_failure(state, at=at)
            tried.append(at)
    for first, sixth in zip(tried, tried[MAX_FAILURES:], strict=False):
        assert sixth - first >= LOCK_FOR


def continuity(*, began: int, last: int, **changes: str) -> SigningContinuity:
    return SigningContinuity(
        **{**SAME, **changes},
        began_at=AT - timedelta(minutes=began),
        last_at=AT - timedelta(minutes=last),
    )


@pytest.mark.requirement("R-39")
@pytest.mark.requirement("R-40")
@pytest.mark.parametrize(
    ("previous", "needed"),
    [
        (None, Components.ALL),
        (continuity(began=10, last=5), Components.SECRET),
        (continuity(began=14, last=14), Components.SECRET),
        (continuity(began=15, last=15), Components.ALL),
        (continuity(began=239, last=1), Components.SECRET),
        (continuity(began=240, last=1), Components.ALL),
        *((continuity(began=10, last=5, **{what: "other"}), Components.ALL) for what in SAME),
    ],
)
def test_components_follow_the_signing_session(previous: SigningContinuity | None, needed: Components) -> None:
    assert components_needed(previous, at=AT, **SAME) is needed


def test_words_say_tries_left_or_until_when() -> None:
    assert refused_words(LockState(1), at=AT) == "User ID or password is wrong. 4 tries are left."
    assert refused_words(LockState(4), at=AT) == "User ID or password is wrong. 1 try is left."
    locked = LockState(5, AT + timedelta(minutes=29, seconds=10))
    assert "until 09:29 UTC (in 30 minutes)" in refused_words(locked, at=AT)
    assert "(in 1 minute)" in locked_words(AT + timedelta(seconds=5), at=AT)
    assert locked_words(None, at=AT) == "The account is locked. An administrator can unlock it."
