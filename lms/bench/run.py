"""Runs the pages one after the other and gathers their figures."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from lms.bench import pages, report
from lms.bench.cold import cold_course
from lms.bench.measure import Accounts, Timing, run
from lms.local import services

COPY = "bench_run"
COUNT = """
    SELECT coalesce(sum(calls), 0) FROM pg_stat_statements JOIN pg_database ON dbid = pg_database.oid
    WHERE datname = current_database() AND query !~* '^(begin|commit|savepoint|release|rollback|set )'
        AND query !~ 'pg_stat_statements'
"""

PAGES: dict[str, Callable[[pages.House, int], Iterator[pages.Call]]] = {
    "sign_in": pages.sign_in,
    "home": pages.home,
    "course": pages.course,
    "activity": pages.activity,
    "quiz_flow": pages.quiz_flow,
    "search": pages.search,
    "matrix": pages.matrix,
    "csv": pages.csv,
}


def measure_pages(*, port: int, pids: dict[str, int], postgres: services.Postgres, json_path: Path, page: Path) -> None:
    """Measure every page, and write the figures."""
    chosen = [name for name in os.environ.get("BENCH_PAGES", ",".join(PAGES)).split(",") if name]
    seconds = float(os.environ.get("BENCH_SECONDS", "8"))
    house = pages.open_house(port)
    accounts = Accounts(pids)
    timings: list[Timing] = []
    for name in chosen:
        timing = run(name, partial(PAGES[name], house), accounts, seconds=seconds)
        timings.append(timing)
        print(
            f"{name:10} {timing.per_second:7.1f}/s  p50 {timing.p50_ms:6.1f} ms  p95 {timing.p95_ms:6.1f} ms  "
            f"alone {timing.p50_alone_ms:6.1f} ms  "
            f"CPU {timing.cpu_ms:6.2f} ms ({timing.cpu_database_ms:.2f} PostgreSQL)  errors {timing.errors}",
            flush=True,
        )
    cold = cold_course(house) if "course" in chosen else {}
    figures = report.figures_of(timings, statements(house, chosen, postgres), cold)
    if len(chosen) == len(PAGES):
        report.write(figures, group="pages", words=report.table(figures), json_path=json_path, page=page)
    print(report.table(figures))


def statements(house: pages.House, chosen: list[str], postgres: services.Postgres) -> dict[str, int]:
    """Count the SQL statements that the server runs for one call of each page, as PostgreSQL saw them.

    The least of five calls: the others met a process that read a version of a course for the first time.
    """
    counted = {}
    for name in chosen:
        calls = PAGES[name](house, 8)
        counts = []
        for call in itertools.islice(calls, 5):
            postgres.psql("SELECT pg_stat_statements_reset()", database=COPY)
            call()
            counts.append(int(postgres.psql(COUNT, database=COPY)))
        counted[name] = min(counts)
    return counted
