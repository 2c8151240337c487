"""How long a list of 10,000 people takes from the file to the records, and how much memory.

`python -m lms.bench.imports` measures it alone, in a database of its own; `VAR=` says where.
"""

from __future__ import annotations

import csv
import json
import os
import random
import resource
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from lms.local import services
from lms.local.house import ROOT, environment

PEOPLE = 10_000
DATABASE = "bench_import"
HEADINGS = (
    "Employee number", "Name", "E-mail", "Hired on", "Site", "Department", "Job role", "Employment type", "Manager",
    "Position since",
)  # fmt: skip


def _words(text: str) -> list[str]:
    return text.split()


FIRST = _words("""
    Maya Jonas Sofia Daniel Amara Luca Yusuf Hanna Pavel Rosa Tom Grace Marcus Elena Andre Nadia Stefan Chiara
    Bilal Lena Oskar Keisha David Maria Patrick Aisha Jerome Femke Anil Clara Mateus Ewa Linda Samuel Julia
    Victor Naomi Zoë José François Søren Łukasz İbrahim Björn Anaïs
""")
LAST = _words("""
    Lindqvist Keller Marino Weiss Diallo Bianchi Demir Virtanen Novák Delgado Whitfield Kim Bell Petrova Silva
    Haddad Moser Conti Aziz Vogt Lund Brown Nguyen Lopez Doyle Khan Carter Vries Kapoor Schmid Rocha Kowalska
    Park Osei Adams Chen Clark Frei Dvořák Rahimi Berg Huber Russo Vega Sullivan Müller Özdemir O'Brien
    Sánchez
""")
ROLES = _words("""
    Operator Analyst Technician Lead Manager Specialist Engineer Trainee Reviewer Planner Coordinator Nurse
""")
SITES = ("Basel", "Newark", "Cork", "Singapore", "São Paulo")
DIVISIONS = ("Production", "Quality", "Engineering", "Supply", "Research")
UNITS = ("Office", "Tableting", "Packaging", "Laboratory", "Stability", "Warehouse", "Maintenance", "Training")
LEVELS = ("Junior", "", "Senior", "Principal", "Site")


def write_list(path: Path, *, people: int = PEOPLE, seed: int = 1) -> Path:
    """Write a list of people: 5 sites, 40 departments, 60 job roles, and managers seven reports each."""
    chance = random.Random(seed)
    roles = [" ".join(part for part in (level, role) if part) for level in LEVELS for role in ROLES]
    departments = [f"{division} / {unit}" for division in DIVISIONS for unit in UNITS]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADINGS)
        for place in range(people):
            name = f"{chance.choice(FIRST)} {chance.choice(LAST)}"
            hired_on = date(2005, 1, 1) + timedelta(days=chance.randrange(7500))
            manager = f"{100_001 + (place - 1) // 7}" if place else ""
            writer.writerow([
                f"{100_001 + place}", name, f"p{100_001 + place}@bench.test", hired_on, chance.choice(SITES),
                chance.choice(departments), chance.choice(roles), chance.choice(("Employee", "Agency worker")), manager,
                hired_on + timedelta(days=chance.randrange(300)),
            ])  # fmt: skip
    return path


def measure_import(settings: dict[str, str], *, path: Path) -> dict[str, float]:
    """Import a list in a fresh process, end to end, and return seconds and peak MiB.

    `settings` is the environment of a house whose database is migrated and knows nobody of the list.
    """
    command = [sys.executable, "-m", "lms.bench.imports", str(path)]
    done = subprocess.run(command, cwd=ROOT, env=settings, check=True, capture_output=True, text=True)
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    if figures["counts"].get("added") != figures["rows"]:
        raise RuntimeError(f"the import made {figures['counts']} of {figures['rows']} rows")
    return {"engine.import_10k_s": figures["seconds"], "engine.import_peak_mib": figures["peak_mib"]}


def run_here(path: Path) -> dict[str, Any]:
    """Bring, check and apply a list in this process, as a request and a worker do, and return what it took."""
    import django

    django.setup()
    from core.clock import now
    from core.tasks import run_job
    from people import actions
    from people.choices import AccessRole, ImportSource
    from people.models import PeopleImport
    from people.rules.import_rows import guess_columns
    from people.uploads import examine
    from records.facts import SystemActor

    by = SystemActor("benchmark")
    owner = actions.add_person(by=by, at=now(), name="Bench", email="bench@bench.test", employee_number="bench")
    actions.grant_role(person=owner, role=AccessRole.ADMINISTRATOR, by=by, at=now(), reason="for the benchmark")
    began = time.perf_counter()
    with path.open("rb") as file:
        run = actions.bring_import(
            file=file,
            name=path.name,
            sheet=examine(file),
            owner=owner,
            source=ImportSource.UPLOAD,
            by=owner,
            at=now(),
        )
    reading = {**run.reading, "columns": guess_columns(run.headings, {}), "creates": True}
    run = actions.read_import(run=run, reading=reading, by=owner, at=now())
    run_job(str(run.job_id))
    checked = time.perf_counter() - began
    run = actions.apply_import(run=run, by=owner, at=now())
    run_job(str(run.job_id))
    seconds = time.perf_counter() - began
    run = PeopleImport.objects.get(pk=run.pk)
    return {
        "seconds": round(seconds, 2),
        "check_seconds": round(checked, 2),
        "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
        "rows": run.row_count,
        "counts": run.made,
    }


def main() -> None:
    """Measure in a database of its own, on servers of its own."""
    folder = Path(os.environ.get("VAR") or ROOT / "var").resolve() / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    with services.postgres(folder / "postgres") as postgres, services.redis(folder / "redis") as redis:
        settings = environment(folder, port=8766, postgres=postgres, redis=redis, database=DATABASE)
        postgres.psql(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        services.ensure_database(postgres, DATABASE)
        subprocess.run([sys.executable, "manage.py", "migrate", "-v", "0"], check=True, cwd=ROOT, env=settings)
        for name, figure in measure_import(settings, path=write_list(folder / "people.csv")).items():
            print(f"{name:26} {figure:8.2f}")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.settings")
        print(json.dumps(run_here(Path(sys.argv[1]))))
    else:
        main()
