"""Parts of one piece of work, done side by side."""

from __future__ import annotations

import threading
import time

import pytest
from django.db import connection, transaction

from core.context import request_id
from core.side_by_side import side_by_side
from core.sql import rows

pytestmark = pytest.mark.usefixtures("committed_db")
ONE_ANOTHER = 10  # seconds that two parts wait for each other


def backend(_part: int) -> int:
    return rows("SELECT pg_backend_pid()")[0][0]


def are_gone(backends: list[int]) -> bool:
    """Say whether these backends end; one whose connection was closed takes a moment to."""
    end = time.monotonic() + ONE_ANOTHER
    while (left := rows("SELECT count(*) FROM pg_stat_activity WHERE pid = ANY (%s)", [backends])[0][0]) > 0:
        if time.monotonic() > end:
            break
        time.sleep(0.01)
    return left == 0


def test_two_parts_are_done_at_once_each_with_a_connection_of_its_own() -> None:
    met = threading.Barrier(2, timeout=ONE_ANOTHER)

    def meet(part: int) -> tuple[int, int]:
        met.wait()
        return part, backend(part)

    made = list(side_by_side(meet, [1, 2]))
    assert [part for part, _backend in made] == [1, 2]
    assert len({backend(0), *(found for _part, found in made)}) == 3
    assert are_gone([found for _part, found in made]), "their connections are closed"


def test_within_a_transaction_parts_are_done_here() -> None:
    with transaction.atomic():
        assert list(side_by_side(backend, [1, 2, 3])) == [backend(0)] * 3
    assert list(side_by_side(backend, [1])) == [backend(0)]
    assert connection.connection is not None


def test_what_one_part_raises_stops_the_rest() -> None:
    begun = []

    def work(part: int) -> int:
        begun.append(part)
        if part == 1:
            raise LookupError("no such part")
        return part

    with pytest.raises(LookupError, match="no such part"):
        list(side_by_side(work, list(range(200))))
    assert len(begun) < 200


def test_the_trail_knows_from_which_task_each_part_came() -> None:
    before = request_id.set("task-7")
    try:
        assert list(side_by_side(lambda _part: request_id.get(), [1, 2])) == ["task-7", "task-7"]
    finally:
        request_id.reset(before)
