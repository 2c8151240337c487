"""How a page is timed: at one client and at eight, with the CPU of every process that answers."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import psutil


@dataclass(frozen=True, slots=True)
class Timing:
    """What was measured of one page."""

    name: str
    p50_alone_ms: float
    p95_alone_ms: float
    p50_ms: float
    p95_ms: float
    per_second: float
    cpu_ms: float
    cpu_database_ms: float  # the part of it that PostgreSQL took
    errors: int
    requests: int


class Accounts:
    """The CPU time of named processes and all their children."""

    def __init__(self, pids: dict[str, int]) -> None:
        self.roots = {name: psutil.Process(pid) for name, pid in pids.items()}

    def seconds(self) -> dict[str, float]:
        """Return user and system seconds that each of these processes has used so far."""
        return {name: self._seconds(root) for name, root in self.roots.items()}

    @staticmethod
    def _seconds(root: psutil.Process) -> float:
        total = 0.0
        for process in [root, *root.children(recursive=True)]:
            try:
                used = process.cpu_times()
            except psutil.NoSuchProcess:
                continue
            total += used.user + used.system
            if process == root:
                total += used.children_user + used.children_system
        return total


def run(
    name: str,
    work: Callable[[int], Iterator[Callable[[], bool]]],
    accounts: Accounts,
    *,
    seconds: float,
) -> Timing:
    """Time `work(client)`, an endless supply of calls that say whether they went well, on 1 and on 8 clients."""
    _clients(work, 8, seconds / 2, offset=1)  # every process has read the versions that are asked for
    alone, _ = _clients(work, 1, seconds / 2, offset=0)
    before = accounts.seconds()
    together, elapsed = _clients(work, 8, seconds, offset=1)
    after = accounts.seconds()
    used = {name: (after[name] - before[name]) * 1000 / max(1, len(together)) for name in after}
    times = [each for each, _ok in together]
    return Timing(
        name=name,
        p50_alone_ms=_quantile([each for each, _ok in alone], 0.5),
        p95_alone_ms=_quantile([each for each, _ok in alone], 0.95),
        p50_ms=_quantile(times, 0.5),
        p95_ms=_quantile(times, 0.95),
        per_second=len(times) / elapsed,
        cpu_ms=sum(used.values()),
        cpu_database_ms=used["postgres"],
        errors=sum(1 for _each, ok in alone + together if not ok),
        requests=len(alone) + len(together),
    )


def _clients(
    work: Callable[[int], Iterator[Callable[[], bool]]], count: int, seconds: float, *, offset: int
) -> tuple[list[tuple[float, bool]], float]:
    results: list[list[tuple[float, bool]]] = [[] for _ in range(count)]
    begin = threading.Barrier(count + 1)
    failures: list[BaseException] = []

    def client(number: int) -> None:
        try:
            calls = work(offset + number)
            next(calls)()  # warm
            begin.wait()
            until = time.perf_counter() + seconds
            for call in calls:
                started = time.perf_counter()
                ok = call()
                results[number].append((time.perf_counter() - started, ok))
                if time.perf_counter() > until:
                    break
        except BaseException as error:
            failures.append(error)
            begin.abort()

    threads = [threading.Thread(target=client, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    try:
        begin.wait()
    except threading.BrokenBarrierError:
        raise failures[0] from None
    started = time.perf_counter()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return [row for rows in results for row in rows], time.perf_counter() - started


def _quantile(values: list[float], share: float) -> float:
    if len(values) < 2:
        return values[0] * 1000 if values else 0.0
    return statistics.quantiles(values, n=100, method="inclusive")[int(share * 100) - 1] * 1000
