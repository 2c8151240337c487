"""`make bench`: measure, and write what was measured to docs/benchmarks.md and var/bench.json.

`ONLY=pages` measures that group alone; `BENCH_PAGES=home,course` some pages of it; `BENCH_SECONDS` says for how
long each page is asked (8 by default). The company of 2,000 people is built once, under var/bench;
every run works in a fresh copy of it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from lms.local import services
from lms.local.house import ROOT, Processes, answers, commands, environment

GROUPS = ("pages",)
LOADED, COPY = "bench_load", "bench_run"  # the second as in lms.bench.run
PORT = int(os.environ.get("PORT") or 8766)


def main() -> None:
    """Start the servers, build what is missing, measure, and write the figures."""
    only = os.environ.get("ONLY", "pages")
    if only not in GROUPS:
        sys.exit(f"ONLY={only} is no group. There are: {', '.join(GROUPS)}.")
    var = Path(os.environ.get("VAR") or ROOT / "var").resolve()
    folder = var / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    _count_statements(folder / "postgres")
    with services.postgres(folder / "postgres") as postgres, services.redis(folder / "redis") as redis:
        settings = environment(folder, port=PORT, postgres=postgres, redis=redis, database=LOADED)
        _build(postgres, settings)
        settings = environment(folder, port=PORT, postgres=postgres, redis=redis, database=COPY)
        postgres.psql(f"DROP DATABASE IF EXISTS {COPY} WITH (FORCE)")
        postgres.psql(f"CREATE DATABASE {COPY} TEMPLATE {LOADED} OWNER {services.OWNER}")
        postgres.psql("CREATE EXTENSION IF NOT EXISTS pg_stat_statements", database=COPY)
        postgres.psql("VACUUM ANALYZE", database=COPY)
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
            measure_pages(
                port=PORT, pids=pids, postgres=postgres, json_path=var / "bench.json",
                page=ROOT / "docs" / "benchmarks.md",
            )  # fmt: skip
        finally:
            house.stop()


def _count_statements(folder: Path) -> None:
    """Let PostgreSQL count statements, which takes effect at its next start."""
    with services.postgres(folder) as postgres:
        if "pg_stat_statements" not in postgres.psql("SHOW shared_preload_libraries"):
            postgres.psql("ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'")


def _build(postgres: services.Postgres, settings: dict[str, str]) -> None:
    """Build the load company when it is missing or was built on other tables."""
    from lms.bench.stamp import current_stamp

    stamp = Path(settings["STORAGE_FOLDER"]).parent / "built"
    if stamp.exists() and stamp.read_text() == current_stamp():
        return
    postgres.psql(f"DROP DATABASE IF EXISTS {LOADED} WITH (FORCE)")
    services.ensure_database(postgres, LOADED)
    _manage(settings, "migrate", "-v", "0")
    _manage(settings, "populate", "--scale", "load", "--seed", "1")
    stamp.write_text(current_stamp())


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
