"""What was measured, as a table for people and a list for machines."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import psutil

from lms.bench.measure import Timing

# At least, and aimed at, per second; what Moodle 4.5, tuned, did on the same machine with the same sizes
TARGETS = {
    "sign_in": (15, 30, 10.4),
    "home": (150, 330, 22),
    "course": (150, 340, 23),
    "activity": (120, 300, 24),
    "quiz_flow": (15, 38, 3.8),
    "search": (150, 400, 27),
    "matrix": (80, 160, 16),
    "csv": (30, 63, 6.3),
}
# At most
ENGINE = {
    "switch_on_100k_s": (30, "a requirement switched on, until 100,000 people have it"),
    "recompute_3m_s": (300, "every one of 3,000,000 standings computed again and compared"),
    "recompute_peak_mib": (1024, "the largest that this makes a process"),
    "job_change_s": (1, "one person changes job role, 200 requirements in force, until all has followed"),
    "preview_s": (2, "what that change would do, shown before"),
    "qualified_one_ms": (20, "whether one person was qualified for a task of ten courses on a past day"),
    "qualified_1000_s": (1, "the same for a thousand people"),
    "reminder_sweep_s": (5, "who is to be reminded, found among 3,000,000 standings"),
    "import_10k_s": (60, "a list of 10,000 people checked and applied"),
    "import_peak_mib": (500, "the largest that this makes a process"),
}
COLD_TARGETS = {"cold_kib": (150, 65), "cold_requests": (12, 12)}


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number; `ok` says whether the target is met."""

    name: str
    value: float
    unit: str
    target: float | None = None
    ok: bool | None = None


def figures_of(timings: Iterable[Timing], queries: dict[str, int], cold: dict[str, float]) -> list[Figure]:
    """Return every figure of the group `pages`."""
    found = []
    for timing in timings:
        name, least = f"pages.{timing.name}", TARGETS[timing.name][0]
        good = timing.per_second >= least and timing.errors == 0
        found += [
            Figure(f"{name}.per_second", round(timing.per_second, 1), "1/s", least, good),
            Figure(f"{name}.p50_ms", round(timing.p50_ms, 1), "ms"),
            Figure(f"{name}.p95_ms", round(timing.p95_ms, 1), "ms"),
            Figure(f"{name}.p50_alone_ms", round(timing.p50_alone_ms, 1), "ms"),
            Figure(f"{name}.p95_alone_ms", round(timing.p95_alone_ms, 1), "ms"),
            Figure(f"{name}.cpu_ms", round(timing.cpu_ms, 2), "ms"),
            Figure(f"{name}.cpu_database_ms", round(timing.cpu_database_ms, 2), "ms"),
            Figure(f"{name}.queries", queries.get(timing.name, 0), "statements"),
            Figure(f"{name}.errors", timing.errors, "requests", 0, timing.errors == 0),
        ]
    for name, value in cold.items():
        most = COLD_TARGETS[name][0]
        found.append(Figure(f"pages.course.{name}", value, name.split("_")[1], most, value <= most))
    return found


def engine_figures(measured: dict[str, float]) -> list[Figure]:
    """Return the figures of the group `engine`, in the order of its table."""
    return [
        Figure(f"engine.{name}", round(measured[name], 3), name.rsplit("_", 1)[1], most, measured[name] <= most)
        for name, (most, _words) in ENGINE.items()
        if name in measured
    ]


def write(figures: list[Figure], *, group: str, words: str, json_path: Path, page: Path) -> None:
    """Write the figures of a group into the list, and its table between its marks in the page."""
    json_path.parent.mkdir(parents=True, exist_ok=True)
    earlier = json.loads(json_path.read_text()) if json_path.exists() else []
    others = [each for each in earlier if not each["name"].startswith(f"{group}.")]
    kept = [{k: getattr(each, k) for k in ("name", "value", "unit", "target", "ok")} for each in figures]
    json_path.write_text(json.dumps([*others, *kept], indent=1) + "\n")
    begin, end = f"<!-- {group}: begin -->", f"<!-- {group}: end -->"
    before, _, rest = page.read_text().partition(begin)
    _, _, after = rest.partition(end)
    page.write_text(f"{before}{begin}\n{words}\n{end}{after}")


def engine_table(figures: list[Figure]) -> str:
    """Return the table of the engine in Markdown."""
    lines = [
        f"Measured on {date.today().isoformat()}: {machine()}.",  # noqa: DTZ011
        "",
        "| what | measured | at most | met |",
        "|---|---|---|---|",
    ]
    for each in figures:
        name = each.name.removeprefix("engine.")
        mark = "yes" if each.ok else "**no**"
        lines.append(f"| {ENGINE[name][1]} (`{name}`) | **{each.value:g}** {each.unit} | {each.target:g} | {mark} |")
    return "\n".join(lines)


def table(figures: list[Figure]) -> str:
    """Return the table of pages in Markdown."""
    by_name = {each.name: each.value for each in figures}
    lines = [
        f"Measured on {date.today().isoformat()}: {machine()}.",  # noqa: DTZ011
        "",
        "| page | requests/s at 8 | at least | aim | p50 / p95 at 8, ms | p50 / p95 at 1, ms "
        "| CPU ms, of it PostgreSQL | SQL | errors | Moodle 4.5, requests/s | times Moodle |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for page, (least, aim, moodle) in TARGETS.items():
        value = {part: by_name.get(f"pages.{page}.{part}") for part in _PARTS}
        if value["per_second"] is None:
            continue
        lines.append(
            f"| {page.replace('_', ' ')} | **{value['per_second']:g}** | {least} | {aim} "
            f"| {value['p50_ms']:g} / {value['p95_ms']:g} | {value['p50_alone_ms']:g} / {value['p95_alone_ms']:g} "
            f"| {value['cpu_ms']:g}, {value['cpu_database_ms']:g} | {value['queries']:g} | {value['errors']:g} "
            f"| {moodle:g} | {value['per_second'] / moodle:.1f} |"
        )
    if "pages.course.cold_kib" in by_name:
        lines += [
            "",
            f"Course page in a cold browser: {by_name['pages.course.cold_requests']:g} requests, "
            f"{by_name['pages.course.cold_kib']:g} KiB (at most 12 and 150, aim 65 KiB; Moodle 29 and 1,233 KiB).",
        ]
    return "\n".join(lines)


_PARTS = (
    "per_second",
    "p50_ms",
    "p95_ms",
    "p50_alone_ms",
    "p95_alone_ms",
    "cpu_ms",
    "cpu_database_ms",
    "queries",
    "errors",
)


def machine() -> str:
    """Name the machine by its cores and memory."""
    memory = round(psutil.virtual_memory().total / 2**30)
    return f"{os.cpu_count()} cores, {memory} GiB, Python {platform.python_version()}, {platform.system()}"
