"""Lists of old completions for tests: written as text, brought, checked and loaded as the pages and workers do it."""

from __future__ import annotations

import io
from datetime import datetime

from core.columns import matching_columns
from core.tasks import run_job
from enrollment.actions import histories as actions
from enrollment.models import CompletionImport, CompletionImportRow
from enrollment.rules.histories import HEADINGS
from people.models import User
from people.uploads import examine
from tests.enrollment.workplace import AT

PLAIN = "Employee number,Course code,Completed on"


def brought(text: str | bytes, by: User, *, name: str = "history.csv", at: datetime = AT) -> CompletionImport:
    """Bring a list whose columns are still to be named."""
    file = io.BytesIO(text.encode() if isinstance(text, str) else text)
    return actions.bring_history(file=file, name=name, sheet=examine(file), by=by, at=at)


def asked(run: CompletionImport, *, order: str = "ymd") -> CompletionImport:
    """Let a list be checked, its columns as they are guessed."""
    columns = matching_columns(run.headings, HEADINGS)
    return actions.read_history(run=run, columns=columns, date_order=order, by=run.owner, at=AT)


def checked(text: str | bytes, by: User, *, order: str = "ymd", name: str = "history.csv") -> CompletionImport:
    """Bring a list and let it be checked."""
    return worked(asked(brought(text, by, name=name), order=order))


def loaded(text: str | bytes, by: User, *, order: str = "ymd", name: str = "history.csv") -> CompletionImport:
    """Bring a list, let it be checked, and load it."""
    return worked(actions.load_history(run=checked(text, by, order=order, name=name), by=by, at=AT))


def worked(run: CompletionImport) -> CompletionImport:
    """Do the job of a list as a worker does, and return the list after it."""
    run.refresh_from_db()
    run_job(str(run.job_id))
    return CompletionImport.objects.select_related("owner", "job").get(pk=run.pk)


def rows_of(run: CompletionImport) -> dict[int, tuple[str, str]]:
    """Return the kind and the words of each row by its line."""
    found = CompletionImportRow.objects.filter(run=run).order_by("line")
    return {each.line: (each.kind, each.words) for each in found}
