"""Lists of people for tests: written as text, brought, checked and applied as the pages and workers do it."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from core.clock import now
from core.tasks import run_job
from people import actions
from people.choices import ImportSource
from people.models import ImportRow, PeopleImport, User
from people.rules.import_rows import guess_columns
from people.uploads import examine

HEADINGS = (
    "Employee number", "Name", "E-mail", "Language", "Hired on", "Left on", "Site", "Department", "Job role",
    "Employment type", "Manager", "Second manager", "Position since",
)  # fmt: skip
SHORT = ("Employee number", "Name", "E-mail", "Site", "Department", "Job role", "Manager")


def text_of(rows: Sequence[Sequence[str]], headings: Sequence[str] = SHORT) -> str:
    """Return a list as CSV."""
    return "\n".join(",".join(cells) for cells in [headings, *rows]) + "\n"


def line(number: str, *, name: str = "", manager: str = "", **cells: str) -> list[str]:
    """Return a row under SHORT: a QC Analyst in Quality at Basel unless said otherwise."""
    usual = {"email": f"new{number}@demo.test", "site": "Basel", "department": "Quality", "job_role": "QC Analyst"}
    found = usual | cells
    return [
        number, name or f"New {number}", found["email"], found["site"], found["department"], found["job_role"], manager,
    ]  # fmt: skip


def brought(text: str | bytes, by: User, *, at: datetime | None = None, name: str = "people.csv") -> PeopleImport:
    """Bring a list whose columns are still to be named."""
    file = io.BytesIO(text.encode() if isinstance(text, str) else text)
    return actions.bring_import(
        file=file, name=name, sheet=examine(file), owner=by, source=ImportSource.UPLOAD, by=by, at=at or now()
    )


def reading(run: PeopleImport, **options: Any) -> dict[str, Any]:
    """Return how a list is read, with its columns guessed."""
    return {**run.reading, "columns": guess_columns(run.headings, {}), **options}


def checked(text: str | bytes, by: User, **options: Any) -> PeopleImport:
    """Bring a list and let it be checked."""
    run = brought(text, by)
    save_as = options.pop("save_as", "")
    actions.read_import(run=run, reading=reading(run, **options), by=by, at=now(), save_as=save_as)
    return worked(run)


def worked(run: PeopleImport) -> PeopleImport:
    """Do the job of a list as a worker does, and return the list after it."""
    run.refresh_from_db()
    run_job(str(run.job_id))
    return PeopleImport.objects.get(pk=run.pk)


def applied(text: str | bytes, by: User, *, typed: int | None = None, **options: Any) -> PeopleImport:
    """Bring a list, let it be checked, and apply it."""
    run = checked(text, by, **options)
    actions.apply_import(run=run, by=by, at=now(), typed=typed)
    return worked(run)


def counts(run: PeopleImport) -> dict[str, int]:
    """Return the kinds of rows that there are any of."""
    return {kind: count for kind, count in (run.made or run.planned).items() if count}


def kinds(run: PeopleImport) -> dict[str, str]:
    """Return what became of each number."""
    return dict(ImportRow.objects.filter(run=run).values_list("number", "kind"))
