"""Parts of one piece of work, done side by side: while one waits for the database, the other computes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

from django.db import connection

Part = TypeVar("Part")
Made = TypeVar("Made")
AT_A_TIME = 2  # one computes and one writes; a third would wait for either


def side_by_side(work: Callable[[Part], Made], parts: Sequence[Part]) -> Iterator[Made]:
    """Yield what `work` makes of each part, in their order, two at a time.

    Each part has a database connection of its own, so it must be a transaction of its own. Within a
    transaction, whose rows others do not see yet, they are done here, one after the other. What one
    raises is raised, and what was not begun then is not begun any more.
    """
    if connection.in_atomic_block or len(parts) < AT_A_TIME:
        yield from map(work, parts)
        return

    def alone(part: Part) -> Made:
        try:
            return work(part)
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_A_TIME, thread_name_prefix="side-by-side") as pool:
        begun = [pool.submit(copy_context().run, alone, part) for part in parts]
        try:
            for each in begun:
                yield each.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
