"""The way of a list of old completions: brought, its columns named, checked, loaded in parts or discarded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, BinaryIO
from uuid import UUID

from django.db import transaction
from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext as _

from core.actions import ask_for_job, finish_job
from core.choices import JobState
from core.ids import new_id
from core.models import Job
from core.storage import store_file_once
from courses.models import CourseVersion
from enrollment import facts, notices
from enrollment.actions.recording import Learned, write_learned
from enrollment.actions.telling import tell
from enrollment.choices import CompletionSource, HistoryRowKind
from enrollment.models import CompletionImport, CompletionImportRow
from enrollment.queries.retention import refusals
from enrollment.rules.histories import Judged
from people.choices import ImportState
from people.models import User
from people.permissions import administered_by
from people.uploads import Sheet, plain_name
from records.actions import record_fact
from records.facts import FactKind

CHECK_JOB, LOAD_JOB = "enrollment.check_history", "enrollment.load_history"
A_PART = 500


class HistoryRefused(Exception):
    """The list can not be read, loaded or discarded now; the words say why."""


@transaction.atomic
def bring_history(*, file: BinaryIO, name: str, sheet: Sheet, by: User, at: datetime) -> CompletionImport:
    """Keep a list of old completions under its hash. `sheet` is what `people.uploads.examine` found in it."""
    key, digest = store_file_once(file, suffix=sheet.suffix)
    run = CompletionImport(
        id=new_id(),
        file_name=plain_name(name),
        storage_key=key,
        sha256=digest,
        size_bytes=file.seek(0, 2),
        headings=sheet.headings,
        owner=by,
        created_at=at,
    )
    _about(run, facts.HISTORY_BROUGHT, by=by, at=at)
    run.save(force_insert=True)
    return run


@transaction.atomic
def read_history(
    *, run: CompletionImport, columns: Mapping[str, str], date_order: str, by: User, at: datetime
) -> CompletionImport:
    """Say which column says what, and let a job check the list. Raises HistoryRefused."""
    locked = _open(run)
    _about(locked, facts.HISTORY_READ, by=by, at=at, columns=dict(columns), date_order=date_order)
    locked.columns, locked.date_order = dict(columns), date_order
    locked.state, locked.job = ImportState.CHECKING, _job(locked, CHECK_JOB, _("Check {file}"), at=at)
    locked.save(update_fields=["columns", "date_order", "state", "job"])
    return locked


@transaction.atomic
def keep_judged(*, run: CompletionImport, job: Job, rows: Iterable[Judged], at: datetime) -> CompletionImport:
    """Keep what a list would do, row by row, in the place of what was kept before, and end the job.

    Raises core.actions.JobLost, and keeps nothing, when another worker has taken the job over.
    """
    locked = _locked(run)
    CompletionImportRow.objects.filter(run=locked).delete()
    made = [_row(locked, each) for each in rows]
    CompletionImportRow.objects.bulk_create(made, batch_size=2000)
    counts = {kind.value: sum(each.kind == kind for each in made) for kind in HistoryRowKind}
    _about(locked, facts.HISTORY_CHECKED, by=locked.owner, at=at, rows=len(made), **counts)
    locked.state, locked.planned, locked.row_count = ImportState.CHECKED, counts, len(made)
    locked.checked_at, locked.words = at, ""
    locked.save(update_fields=["state", "planned", "row_count", "checked_at", "words"])
    finish_job(job=job, message=_("Checked"), at=at)
    return locked


@transaction.atomic
def fail_history(*, run: CompletionImport, words: str, at: datetime) -> None:
    """Note why a list can not be taken; one that is being loaded stays so, and what is loaded stands."""
    locked = _locked(run)
    if locked.state == ImportState.CHECKING:
        _about(locked, facts.HISTORY_FAILED, by=locked.owner, at=at, words=words)
        locked.state, locked.words = ImportState.FAILED, words[:300]
        locked.save(update_fields=["state", "words"])


@transaction.atomic
def load_history(*, run: CompletionImport, by: User, at: datetime) -> CompletionImport:
    """Let a job load what is new in a checked list; again, where its job ended before it was done.

    Raises HistoryRefused.
    """
    locked = _locked(run)
    ended = locked.job is not None and locked.job.state in (JobState.FAILED, JobState.CANCELLED)
    if locked.state != ImportState.CHECKED and not (locked.state == ImportState.APPLYING and ended):
        raise HistoryRefused(_("Only a checked list can be loaded."))
    _about(locked, facts.HISTORY_BEGUN, by=by, at=at)
    locked.state, locked.job = ImportState.APPLYING, _job(locked, LOAD_JOB, _("Load {file}"), at=at)
    locked.save(update_fields=["state", "job"])
    return locked


@transaction.atomic
def load_part(*, run: CompletionImport, at: datetime, most: int = A_PART) -> int:
    """Write the next rows of a list and mark them as done, in one transaction; return how many are left.

    The rights are those that the owner has now. What came into the record meanwhile is known, not
    written again.
    """
    locked = _locked(run)
    waiting = CompletionImportRow.objects.filter(run=locked, kind=HistoryRowKind.NEW, is_done=False)
    rows = list(waiting.order_by("id")[:most])
    if not rows or locked.state != ImportState.APPLYING:
        return 0
    theirs = administered_by(locked.owner, on=at.date()).exclude(pk=locked.owner_id)
    allowed = set(theirs.filter(pk__in=[each.user_id for each in rows]).values_list("pk", flat=True))
    unsigned = _unsigned(rows)
    taken = [each for each in rows if each.user_id in allowed and each.version_id not in unsigned]
    learned = [_learned(locked, each) for each in taken]
    span = {"first": rows[0].line, "last": rows[-1].line}

    def say(count: int) -> None:
        _about(locked, facts.HISTORY_PART_LOADED, by=locked.owner, at=at, rows=count, **span)

    by, kind = locked.owner, facts.COMPLETION_IMPORTED
    written = write_learned(learned, source=CompletionSource.IMPORTED, kind=kind, by=by, at=at, say=say)
    lines = {each.imported_line for each in written}
    for each in rows:
        each.is_done = True
        if each.user_id not in allowed:
            each.kind, each.words = HistoryRowKind.ERROR, _("This person is not yours to look after any more.")
        elif each.version_id in unsigned:
            each.kind, each.words = HistoryRowKind.ERROR, unsigned[each.version_id]
        elif each.line not in lines:
            each.kind, each.words = HistoryRowKind.KNOWN, _("It came into the record since the list was checked.")
    CompletionImportRow.objects.bulk_update(rows, ["is_done", "kind", "words"])
    return waiting.count()


@transaction.atomic
def go_on_loading(*, run: CompletionImport, job: Job, at: datetime) -> None:
    """End a job that has worked long enough, and let another one go on where it stopped."""
    locked = _locked(run)
    _about(locked, facts.HISTORY_BEGUN, by=locked.owner, at=at, goes_on=True)
    finish_job(job=job, at=at)
    locked.job = _job(locked, LOAD_JOB, _("Load {file}"), at=at)
    locked.save(update_fields=["job"])


@transaction.atomic
def finish_loading(*, run: CompletionImport, job: Job, at: datetime) -> CompletionImport:
    """Close a list whose rows are all written, with what became of them; tell its owner and end its job."""
    locked = _locked(run)
    waiting = CompletionImportRow.objects.filter(run=locked, kind=HistoryRowKind.NEW, is_done=False)
    if locked.state != ImportState.APPLYING or waiting.exists():
        return locked
    found = dict(CompletionImportRow.objects.filter(run=locked).values_list("kind").annotate(count=Count("pk")))
    counts = {kind.value: found.get(kind.value, 0) for kind in HistoryRowKind}
    _about(locked, facts.HISTORY_LOADED, by=locked.owner, at=at, rows=locked.row_count, **counts)
    locked.state, locked.made, locked.loaded_at = ImportState.APPLIED, counts, at
    locked.save(update_fields=["state", "made", "loaded_at"])
    wording = partial(notices.history_loaded, file=locked.file_name, **counts)
    path = reverse("enrollment:history", args=[locked.pk])
    tell(locked.owner, wording, once=f"history:{locked.pk}", path=path, at=at)
    finish_job(job=job, message=_("Loaded"), at=at)
    return locked


@transaction.atomic
def discard_history(*, run: CompletionImport, by: User, at: datetime) -> None:
    """Let go of a list that was not loaded; that it was brought stays in the trail. Raises HistoryRefused."""
    locked = _open(run)
    _about(locked, facts.HISTORY_DISCARDED, by=by, at=at)
    locked.state = ImportState.DISCARDED
    locked.save(update_fields=["state"])
    CompletionImportRow.objects.filter(run=locked).delete()


@transaction.atomic
def note_errors_fetched(*, run: CompletionImport, by: User, at: datetime) -> None:
    """Write to the trail that somebody downloaded the rows in error."""
    _about(run, facts.HISTORY_ERRORS_FETCHED, by=by, at=at)


def _open(run: CompletionImport) -> CompletionImport:
    """Return a list that is neither under way nor over, held until the transaction ends."""
    locked = _locked(run)
    has_stopped = locked.state == ImportState.CHECKING and locked.job is not None and locked.job.finished_at is not None
    if locked.state not in (ImportState.MAPPING, ImportState.CHECKED, ImportState.FAILED) and not has_stopped:
        raise HistoryRefused(_("This list is under way or done. Bring the file again."))
    return locked


def _locked(run: CompletionImport) -> CompletionImport:
    locked = CompletionImport.objects.select_for_update(of=("self",)).select_related("owner", "job")
    return locked.get(pk=run.pk)


def _job(run: CompletionImport, kind: str, title: str, *, at: datetime) -> Job:
    told = title.format(file=run.file_name)
    return ask_for_job(kind=kind, owner_id=run.owner_id, title=told, arguments={"import_id": run.pk}, at=at)


def _row(run: CompletionImport, each: Judged) -> CompletionImportRow:
    told = each.told
    return CompletionImportRow(
        run=run,
        line=told.line,
        kind=each.kind,
        person=told.person,
        course_code=told.course[:40],
        user_id=each.person_id,
        version_id=each.version_id,
        completed_on=told.completed_on,
        valid_until=each.valid_until,
        score=told.score,
        max_score=told.max_score,
        reference=told.reference[:120],
        words=each.words,
    )


def _unsigned(listed: Iterable[CompletionImportRow]) -> dict[UUID | None, str]:
    """Return the versions whose records have to be signed by now, as a line of a list is not, and why."""
    ids = {each.version_id for each in listed if each.version_id}
    courses = dict(CourseVersion.objects.filter(pk__in=ids).values_list("pk", "course_id"))
    found = refusals(courses.values(), CompletionSource.IMPORTED)
    return {version: found[course] for version, course in courses.items() if course in found}


def _learned(run: CompletionImport, row: CompletionImportRow) -> Learned:
    assert row.user_id is not None  # as a constraint holds, of these three
    assert row.version_id is not None
    assert row.completed_on is not None
    return Learned(
        user_id=row.user_id,
        version_id=row.version_id,
        on=row.completed_on,
        valid_until=row.valid_until,
        score=row.score,
        max_score=row.max_score,
        origin={"imported_from": run, "imported_line": row.line, "reference": row.reference},
        told={"file": run.file_name, "sha256": run.sha256, "line": row.line, "reference": row.reference},
    )


def _about(run: CompletionImport, kind: FactKind, *, by: User, at: datetime, **payload: Any) -> None:
    record_fact(
        kind,
        by=by,
        at=at,
        subject_type="completion_import",
        subject_id=run.pk,
        payload={"file": run.file_name, "sha256": run.sha256, **payload},
    )
