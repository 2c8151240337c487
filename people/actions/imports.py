"""The way of a list of people: brought, read, checked, applied or discarded. `import_writing` writes its rows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, BinaryIO

from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from psycopg2.extras import execute_values

from core.actions import ask_for_job, finish_job
from core.ids import new_id
from core.models import Job
from core.storage import store_file_once
from people import facts
from people.actions.reporting import NotAllowed
from people.choices import ImportSource, ImportState, RowKind
from people.models import ImportMapping, ImportPolicy, ImportRow, ImportToken, PeopleImport, User
from people.queries.imports import digest_of, target_of
from people.rules.import_plan import Plan, is_reconciled, stops
from people.uploads import Sheet, plain_name
from records.actions import record_fact
from records.facts import Actor, FactKind, SystemActor

CHECK_JOB, APPLY_JOB = "people.check_import", "people.apply_import"
ROWS_AT_ONCE = 2000
OPEN = (ImportState.MAPPING, ImportState.CHECKED, ImportState.STOPPED, ImportState.FAILED)


def actor_of(run: PeopleImport) -> Actor:
    """Return who acts when a list is written: who uploaded it, or the system where nobody looked at it."""
    return run.owner if run.source == ImportSource.UPLOAD else SystemActor("list of people")


@transaction.atomic
def bring_import(
    *,
    file: BinaryIO,
    name: str,
    sheet: Sheet,
    owner: User,
    source: ImportSource,
    by: Actor,
    at: datetime,
    mapping: ImportMapping | None = None,
    token: ImportToken | None = None,
) -> PeopleImport:
    """Keep a list under its hash. With a mapping it is checked and applied by itself, unless it stops.

    `sheet` is what `people.uploads.examine` found in the file. Raises NotAllowed when the file lacks a
    column that the mapping reads.
    """
    key, digest = store_file_once(file, suffix=sheet.suffix)
    run = PeopleImport(
        id=new_id(),
        file_name=plain_name(name),
        storage_key=key,
        sha256=digest,
        size_bytes=file.seek(0, 2),
        headings=sheet.headings,
        source=source,
        owner=owner,
        token=token,
        created_at=at,
    )
    if mapping is not None:
        lacking = [heading for heading in mapping.columns.values() if heading not in sheet.headings]
        if lacking:
            words = _("The file has no column “{heading}”, which “{mapping}” reads.")
            raise NotAllowed(words.format(heading=lacking[0], mapping=mapping.name))
        _read(run, mapping.reading)
        run.applies_itself = True
    _about(run, facts.IMPORT_BROUGHT, by=by, at=at, sha256=digest, source=source)
    run.save(force_insert=True)
    if mapping is not None:
        _ask_for_check(run, by=by, at=at)
    return run


@transaction.atomic
def read_import(
    *, run: PeopleImport, reading: Mapping[str, Any], by: User, at: datetime, save_as: str = ""
) -> PeopleImport:
    """Say how a list is read and let it be checked; with a name, this way of reading is kept for the next.

    Raises NotAllowed when it is under way or over.
    """
    locked = _locked(run)
    if locked.state not in OPEN:
        raise NotAllowed(_("This list is under way or done. Bring the file again."))
    if save_as:
        _save_mapping(locked, reading, name=save_as, by=by, at=at)
    _read(locked, reading)
    _ask_for_check(locked, by=by, at=at)
    return locked


@transaction.atomic
def call_off_check(*, run: PeopleImport, by: Actor, at: datetime) -> None:
    """Let a list that is being checked wait for its columns again. Otherwise nothing happens."""
    locked = _locked(run)
    if locked.state == ImportState.CHECKING:
        _about(locked, facts.IMPORT_ASKED, by=by, at=at, called_off=True)
        _save(locked, state=ImportState.MAPPING)


@transaction.atomic
def keep_plan(
    *, run: PeopleImport, job: Job, made: Plan, on: date, row_count: int, open_accounts: int, at: datetime
) -> PeopleImport:
    """Keep what a list would do, row by row, end the job, and go on by itself where nobody is to look.

    Where so many would leave that the policy says so, it stops until somebody confirms. Raises
    core.actions.JobLost, and keeps nothing, when another worker has taken the job over; RuntimeError
    when a row of the file got lost.
    """
    if not is_reconciled(made.counts, rows=row_count):
        raise RuntimeError(f"{row_count} rows became {made.counts}")
    locked = _locked(run)
    counts, digest = made.counts, digest_of(made)
    is_stopped = stops(leaving=made.leaving, open_accounts=open_accounts, percent=most_leaving_percent())
    is_changed = locked.state == ImportState.APPLYING  # it was to be applied, and something is different now
    ImportRow.objects.filter(run=locked).delete()
    _insert_rows(locked, made)
    kind = facts.IMPORT_STOPPED if is_stopped else facts.IMPORT_CHECKED
    told = {"counts": counts, "leaving": made.leaving, "rows": row_count, "open_accounts": open_accounts}
    by = actor_of(locked)
    told |= {"changed": is_changed, "waits": is_stopped or not locked.applies_itself}
    _about(locked, kind, by=by, at=at, plan_sha256=digest, **told)
    _save(
        locked,
        state=ImportState.STOPPED if is_stopped else ImportState.CHECKED,
        counts_on=on,
        row_count=row_count,
        before=locked.planned if is_changed else {},
        planned=counts,
        new_places=made.new_places,
        plan_sha256=digest,
        open_accounts=open_accounts,
        confirmed_leaving=None,
        checked_at=at,
        words="",
    )
    finish_job(job=job, message=_("Checked"), at=at)
    if locked.applies_itself and not is_stopped:
        _begin(locked, by=by, at=at)
    return locked


@transaction.atomic
def fail_import(*, run: PeopleImport, words: str, at: datetime) -> None:
    """Note why a list can not be taken. One that is being applied stays so: what was written stands."""
    locked = _locked(run)
    if locked.state == ImportState.CHECKING:
        _about(locked, facts.IMPORT_FAILED, by=actor_of(locked), at=at, words=words)
        _save(locked, state=ImportState.FAILED, words=words[:300])


@transaction.atomic
def apply_import(*, run: PeopleImport, by: User, at: datetime, typed: int | None = None) -> PeopleImport:
    """Let a checked list be written by a worker; again, where its job ended before it was done.

    Raises NotAllowed when it is not checked, and where so many would leave that `typed` must say how many.
    """
    locked = _locked(run)
    if locked.state == ImportState.APPLYING and locked.job is not None and locked.job.state in ("failed", "cancelled"):
        _begin(locked, by=by, at=at)
        return locked
    if locked.state not in (ImportState.CHECKED, ImportState.STOPPED):
        raise NotAllowed(_("Only a checked list can be applied."))
    percent = most_leaving_percent()
    if stops(leaving=locked.leaving, open_accounts=locked.open_accounts or 0, percent=percent):
        if typed != locked.leaving:
            words = ngettext(
                "{count} account would be closed. Type this number to confirm it.",
                "{count} accounts would be closed. Type this number to confirm it.",
                locked.leaving or 0,
            )
            raise NotAllowed(words.format(count=locked.leaving))
        locked.confirmed_leaving = typed
    locked.applies_itself = False  # somebody has looked at it, and looks again should it change
    _begin(locked, by=by, at=at)
    return locked


@transaction.atomic
def discard_import(*, run: PeopleImport, by: User, at: datetime) -> None:
    """Let go of a list that was not applied; that it was brought stays in the trail."""
    locked = _locked(run)
    if locked.state not in OPEN:
        raise NotAllowed(_("This list is under way or done."))
    _about(locked, facts.IMPORT_DISCARDED, by=by, at=at)
    _save(locked, state=ImportState.DISCARDED)
    ImportRow.objects.filter(run=locked).delete()


@transaction.atomic
def note_rejects_fetched(*, run: PeopleImport, by: User, at: datetime) -> None:
    """Write to the trail that somebody downloaded the rejected rows."""
    _about(run, facts.IMPORT_REJECTS_FETCHED, by=by, at=at, rows=run.planned.get(RowKind.REJECTED, 0))


def most_leaving_percent() -> Any:
    """Return how many of a hundred open accounts a list may close before somebody confirms it."""
    return ImportPolicy.objects.get(pk=1).most_leaving_percent


def _save_mapping(run: PeopleImport, reading: Mapping[str, Any], *, name: str, by: User, at: datetime) -> None:
    known = ImportMapping.objects.select_for_update().filter(name=name).first()
    mapping = known or ImportMapping(id=new_id(), name=name)
    for field in PeopleImport.READING:
        setattr(mapping, field, reading[field])
    mapping.headings, mapping.saved_by, mapping.saved_at = run.headings, by, at
    payload = {"name": name, "columns": dict(reading["columns"])}
    record_fact(
        facts.MAPPING_SAVED, by=by, at=at, subject_type="import_mapping", subject_id=mapping.pk, payload=payload
    )
    mapping.save()


def _read(run: PeopleImport, reading: Mapping[str, Any]) -> None:
    for field in PeopleImport.READING:
        setattr(run, field, reading[field])


def _ask_for_check(run: PeopleImport, *, by: Actor, at: datetime) -> None:
    _about(run, facts.IMPORT_ASKED, by=by, at=at, reading=run.reading)
    title = _("Check {file}").format(file=run.file_name)
    arguments = {"import_id": run.pk}
    job = ask_for_job(kind=CHECK_JOB, owner_id=run.owner_id, title=title, arguments=arguments, at=at)
    _save(run, state=ImportState.CHECKING, job=job, **run.reading)


def _begin(run: PeopleImport, *, by: Actor, at: datetime) -> None:
    _about(run, facts.IMPORT_BEGUN, by=by, at=at, confirmed_leaving=run.confirmed_leaving, plan_sha256=run.plan_sha256)
    _ask_to_write(run, at=at)


def _ask_to_write(run: PeopleImport, *, at: datetime) -> None:
    title = _("Apply {file}").format(file=run.file_name)
    arguments = {"import_id": run.pk}
    job = ask_for_job(kind=APPLY_JOB, owner_id=run.owner_id, title=title, arguments=arguments, at=at)
    kept = {"confirmed_leaving": run.confirmed_leaving, "applies_itself": run.applies_itself}
    _save(run, state=ImportState.APPLYING, job=job, **kept)


def _locked(run: PeopleImport) -> PeopleImport:
    locked = PeopleImport.objects.select_for_update(of=("self",)).select_related("owner", "job", "token")
    return locked.get(pk=run.pk)


def _save(run: PeopleImport, **values: Any) -> None:
    for field, value in values.items():
        setattr(run, field, value)
    run.save(update_fields=list(values))


def _about(run: PeopleImport, kind: FactKind, *, by: Actor, at: datetime, **payload: Any) -> None:
    """Write a fact about a list; its owner is named, so that followers can tell them."""
    owner = {"person_id": run.owner_id, "name": run.owner.name}
    record_fact(
        kind,
        by=by,
        at=at,
        subject_type="people_import",
        subject_id=run.pk,
        payload={"file": run.file_name, "import_id": run.pk, **owner, **payload},
    )


def _insert_rows(run: PeopleImport, made: Plan) -> None:
    """Write the rows of a plan in few statements."""
    with connection.cursor() as cursor:
        execute_values(cursor.cursor, _INSERT_ROWS, _values_of(run, made), page_size=ROWS_AT_ONCE)


_INSERT_ROWS = """
    INSERT INTO people_importrow (run_id, line, number, name, kind, changes, reason, target, fingerprint, turn, is_done)
    VALUES %s
"""


def _values_of(run: PeopleImport, made: Plan) -> Iterator[tuple[Any, ...]]:
    for row in made.rows:
        what = (json.dumps(row.changes), row.reason, json.dumps(target_of(row)), row.fingerprint, row.turn)
        yield str(run.pk), row.line, row.number[:40], row.name[:150], row.kind.value, *what, not row.is_written


# The writing itself reports through these


@transaction.atomic
def go_on_writing(*, run: PeopleImport, job: Job, at: datetime) -> None:
    """End a job that has worked long enough, and let another one go on where it stopped."""
    locked = _locked(run)
    _about(locked, facts.IMPORT_BEGUN, by=actor_of(locked), at=at, goes_on=True)
    finish_job(job=job, at=at)
    _ask_to_write(locked, at=at)


def note_begun_writing(run: PeopleImport, *, at: datetime) -> None:
    """Note that nothing had changed since a list was checked; belongs into the transaction that makes its places."""
    _about(run, facts.IMPORT_VERIFIED, by=actor_of(run), at=at, plan_sha256=run.plan_sha256)
    _save(run, verified_at=at)


def note_written(run: PeopleImport, *, made: Mapping[str, int], at: datetime) -> None:
    """Note that a list is written to its last row; its owner is told by who follows the fact."""
    numbers = {"counts": dict(made), "rows": run.row_count, "sha256": run.sha256}
    _about(run, facts.IMPORT_APPLIED, by=actor_of(run), at=at, planned=run.planned, **numbers)
    _save(run, state=ImportState.APPLIED, applied_at=at, made=dict(made))


def note_batch(run: PeopleImport, *, lines: list[int], rows: int, at: datetime) -> None:
    """Report a batch, last before its writes: what the triggers capture is kept under this fact."""
    span = {"first_line": min(lines), "last_line": max(lines)} if lines else {}
    _about(run, facts.IMPORT_WRITTEN, by=actor_of(run), at=at, rows=rows, sha256=run.sha256, **span)


def locked_import(run: PeopleImport) -> PeopleImport:
    """Return the list, which nobody else writes until the transaction ends."""
    return _locked(run)
