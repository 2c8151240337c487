"""`make bench`: measure, and write what was measured to docs/benchmarks.md and var/bench.json.

`ONLY=pages` or `ONLY=engine` measures that group alone; `BENCH_PAGES=home,course` some pages; and
`BENCH_SECONDS` says for how long each page is asked (8 by default). The company of 2,000 people and the
crowd of 100,000 are built once, under var/bench; every run works in fresh copies of them.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from lms.local import services
from lms.local.house import ROOT, Processes, answers, commands, environment

GROUPS = ("pages", "engine")
LOADED, COPY = "bench_load", "bench_run"  # the second as in lms.bench.run
CROWD, CROWD_COPY, LIST = "bench_crowd", "bench_engine", "bench_import"
PAGE = ROOT / "docs" / "benchmarks.md"
Settings = Callable[[str], dict[str, str]]  # of a house on this database
PORT = int(os.environ.get("PORT") or 8766)


def main() -> None:
    """Start the servers, build what is missing, measure, and write the figures."""
    only = os.environ.get("ONLY", "")
    if only and only not in GROUPS:
        sys.exit(f"ONLY={only} is no group. There are: {', '.join(GROUPS)}.")
    var = Path(os.environ.get("VAR") or ROOT / "var").resolve()
    folder = var / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    _count_statements(folder / "postgres")
    with services.postgres(folder / "postgres") as postgres, services.redis(folder / "redis") as redis:

        def settings_of(database: str) -> dict[str, str]:
            return environment(folder, port=PORT, postgres=postgres, redis=redis, database=database)

        if only != "engine":
            _pages(postgres, redis, settings_of, folder=folder, json_path=var / "bench.json")
        if only != "pages":
            _engine(postgres, settings_of, folder=folder, json_path=var / "bench.json")


def _pages(
    postgres: services.Postgres, redis: services.Redis, settings_of: Settings, *, folder: Path, json_path: Path
) -> None:
    """Measure the pages in a copy of the load company."""
    _build(postgres, settings_of(LOADED))
    settings = settings_of(COPY)
    _copy(postgres, LOADED, COPY)
    postgres.psql("CREATE EXTENSION IF NOT EXISTS pg_stat_statements", database=COPY)
    _manage(settings, "collectstatic", "--noinput", "-v", "0")
    house = Processes(folder / "log", settings)
    house.start("web", commands(folder)["web"])
    try:
        _wait_for(house, settings["BASE_URL"])
        os.environ.update(settings, DJANGO_SETTINGS_MODULE="lms.settings")
        import django

        django.setup()
        from lms.bench.run import measure_pages

        pids = {"web": house.running["web"].pid, "postgres": postgres.pid, "redis": redis.process.pid}
        measure_pages(port=PORT, pids=pids, postgres=postgres, json_path=json_path, page=PAGE)
    finally:
        house.stop()


def _engine(postgres: services.Postgres, settings_of: Settings, *, folder: Path, json_path: Path) -> None:
    """Measure the engine of requirements in a copy of the crowd, and the import of people in an empty house."""
    from lms.bench import crowd, engine, imports, report
    from lms.bench.stamp import stamp_of

    stamp = folder / "crowd-built"
    now = stamp_of("lms/bench/crowd.py")
    if not (stamp.exists() and stamp.read_text() == now):
        print("Writing the crowd of 100,000 people, some minutes …", flush=True)
        _empty(postgres, CROWD, settings_of(CROWD))
        crowd.build_crowd(postgres, database=CROWD)
        stamp.write_text(now)
    _copy(postgres, CROWD, CROWD_COPY)
    measured: dict[str, float] = {}
    for name in engine.MEASURES:
        found = engine.run(name, settings_of(CROWD_COPY))
        print(name, found, flush=True)
        measured |= found
    _empty(postgres, LIST, settings_of(LIST))
    found = imports.measure_import(settings_of(LIST), path=imports.write_list(folder / "people.csv"))
    measured |= {name.removeprefix("engine."): value for name, value in found.items()}
    figures = report.engine_figures(measured)
    report.write(figures, group="engine", words=report.engine_table(figures), json_path=json_path, page=PAGE)
    print(report.engine_table(figures))


def _empty(postgres: services.Postgres, database: str, settings: dict[str, str]) -> None:
    """Make a database anew, with its tables and nothing in them."""
    postgres.psql(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
    services.ensure_database(postgres, database)
    _manage(settings, "migrate", "-v", "0")


def _copy(postgres: services.Postgres, database: str, copy: str) -> None:
    postgres.psql(f"DROP DATABASE IF EXISTS {copy} WITH (FORCE)")
    postgres.psql(f"CREATE DATABASE {copy} TEMPLATE {database} OWNER {services.OWNER}")
    postgres.psql("VACUUM ANALYZE", database=copy)


def _count_statements(folder: Path) -> None:
    """Let PostgreSQL count statements, which takes effect at its next start."""
    with services.postgres(folder) as postgres:
        if "pg_stat_statements" not in postgres.psql("SHOW shared_preload_libraries"):
            postgres.psql("ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'")


def _build(postgres: services.Postgres, settings: dict[str, str]) -> None:
    """Build the load company when it is missing or was built on other tables."""
    from lms.bench.stamp import stamp_of

    stamp = Path(settings["STORAGE_FOLDER"]).parent / "built"
    now = stamp_of("lms/demo/*.py")
    if stamp.exists() and stamp.read_text() == now:
        return
    _empty(postgres, LOADED, settings)
    _manage(settings, "populate", "--scale", "load", "--seed", "1")
    stamp.write_text(now)


def _manage(settings: dict[str, str], *arguments: str) -> None:
    subprocess.run([sys.executable, "manage.py", *arguments], check=True, cwd=ROOT, env=settings)


def _wait_for(house: Processes, address: str) -> None:
    for _ in range(300):
        if answers(address):
            return
        if house.ended():
            break
        time.sleep(0.1)
    sys.exit("The web server did not come up:\n" + house.last_words("web"))


if __name__ == "__main__":
    main()
