"""When mail is tried again."""

from datetime import UTC, datetime, timedelta

import pytest

from notifications.rules import MAX_TRIES, next_try_at

AT = datetime(2026, 3, 14, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(("tries", "minutes"), [(1, 1), (2, 3), (3, 9), (7, 729)])
def test_pause_grows_with_each_try(tries: int, minutes: int) -> None:
    assert next_try_at(tries=tries, at=AT) == AT + timedelta(minutes=minutes)


def test_eight_tries_are_enough() -> None:
    assert next_try_at(tries=MAX_TRIES, at=AT) is None
    assert MAX_TRIES == 8
