"""The same for several people at once: for whom, what, and what came out for each of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from core.actions import ask_for_job
from core.canonical import plain, sha256_of
from core.ids import new_id
from courses.actions import store_upload
from courses.uploads import Upload
from enrollment import notices
from enrollment.actions import several_exceptions, several_records, several_trainings
from enrollment.actions.several import Effect, LeftOut, Several, several_of
from enrollment.actions.several_records import out_of_reach
from enrollment.actions.telling import tell
from enrollment.choices import ExceptionKind
from enrollment.models import ExceptionBatch
from enrollment.permissions import assignments_cared_for_by
from people.models import User

__all__ = ["AT_ONCE", "BATCH_JOB", "KINDS", "Effect", "LeftOut", "several_of"]

KINDS = (several_exceptions, several_records, several_trainings)  # each registers its own
BATCH_JOB = "enrollment.exceptions"
AT_ONCE = 50  # for so many people it is done in the request; a job does it for more
MOST = 5000
EXCEPTIONS = (ExceptionKind.EXTEND, ExceptionKind.WAIVE)


class NobodyChosen(Exception):
    """Nobody was chosen for whom this person may do it."""


class BatchChanged(Exception):
    """What would come out has changed since it was shown."""


@transaction.atomic
def begin_batch(*, kind: ExceptionKind, assignment_ids: Collection[UUID], by: User, at: datetime) -> ExceptionBatch:
    """Remember whom somebody has chosen from a list of assignments, as far as they may do it for them.

    Raises NobodyChosen.
    """
    several = _open_to(kind, by)
    found = assignments_cared_for_by(by, on=at.date()).filter(pk__in=assignment_ids).select_related("user")
    chosen = list(found.order_by("user__name", "pk")[:MOST])
    if not chosen:
        raise NobodyChosen(_("Choose at least one person first."))
    of = several.of_assignments(chosen)
    left = [LeftOut(0, each.user.name, several.nothing(each.user.name)) for each in chosen if each.pk not in of]
    return _begin(several, list(of.values()), left, by=by, at=at)


@transaction.atomic
def begin_listed(
    *, kind: ExceptionKind, people: Sequence[tuple[int, str, User]], of: UUID | None, left_out: Sequence[LeftOut],
    by: User, at: datetime,
) -> ExceptionBatch:  # fmt: skip
    """Remember who stands in a list, each with their line; `of` is the course or requirement that it is about.

    Raises NobodyChosen.
    """
    several = _open_to(kind, by)
    about = {person.pk: of or person.pk for _line, _text, person in people}
    found = several.subjects(about)
    left = [LeftOut(line, text, several.nothing(who.name)) for line, text, who in people if who.pk not in found]
    left = sorted([*left_out, *left], key=lambda each: each.line)
    return _begin(several, list(found.values()), left, by=by, at=at)


def effects_of(batch: ExceptionBatch, terms: dict[str, Any], *, at: datetime) -> list[Effect]:
    """Return what each of the people would get by these terms; as many queries for a hundred as for one."""
    return several_of(batch.kind).effects(batch, terms, at=at)


def effects_key(effects: Sequence[Effect]) -> str:
    """Return a short text that is the same for the same effects, as far as they matter, and no other."""
    told = {str(each.subject_id): [each.told, bool(each.refusal)] for each in effects}
    return sha256_of(plain(told))[:32]


@transaction.atomic
def confirm_batch(
    *, batch: ExceptionBatch, terms: dict[str, Any], expected: str, at: datetime, upload: Upload | None = None
) -> ExceptionBatch:
    """Give each of the people what was shown: at once, or by a job when they are many. Once, however often asked.

    `expected` is the `effects_key` of what was shown. Raises BatchChanged.
    """
    locked = ExceptionBatch.objects.select_for_update(of=("self",)).select_related("owner").get(pk=batch.pk)
    if locked.confirmed_at is not None:
        return locked
    several = several_of(locked.kind)
    if several.is_whole:
        several.hold(locked.subject_ids)
    effects = effects_of(locked, terms, at=at)
    if effects_key(effects) != expected:
        raise BatchChanged(_("Something has changed since this was shown. Look again, then confirm."))
    if upload is not None:
        locked.evidence = store_upload(upload=upload, by=locked.owner, at=at)
    shown = {str(each.subject_id): each.expected for each in effects}
    locked.terms, locked.confirmed_at = plain({**terms, "shown": shown}), at
    if several.is_whole:
        several.do_whole(locked, effects, at=at)
    elif len(locked.subject_ids) > AT_ONCE:
        kind, count = ExceptionKind(locked.kind).label, len(locked.subject_ids)
        title = _("{kind}, {count} times").format(kind=kind, count=count)
        job = ask_for_job(kind=BATCH_JOB, owner_id=locked.owner_id, title=title, arguments={"batch": locked.pk}, at=at)
        locked.job_id = job.pk
    locked.save(update_fields=["terms", "confirmed_at", "evidence", "job_id", "results", "finished_at"])
    if locked.job_id is None and locked.finished_at is None:
        go_on_with_batch(batch_id=locked.pk, at=at, most=AT_ONCE)
        locked.refresh_from_db()
    return locked


@transaction.atomic
def go_on_with_batch(*, batch_id: UUID, at: datetime, most: int) -> int:
    """Do it for the next of the people, each with a result of their own; return for how many it is left to do.

    The rights are those that the owner has now. What has a result is not done again.
    """
    batch = ExceptionBatch.objects.select_for_update(of=("self",)).select_related("owner", "evidence").get(pk=batch_id)
    several = several_of(batch.kind)
    left = sorted(each for each in batch.subject_ids if str(each) not in batch.results)
    part = left[:most]
    several.hold(part)
    found = several.found(batch, part, at=at) if several.may(batch.owner) else {}
    names = several.names([each for each in part if each not in found])
    for subject in part:
        batch.results[str(subject)] = (
            _result(several, batch, found[subject], at=at)
            if subject in found
            else {"name": names[subject], "done": False, "words": out_of_reach()}
        )
    if len(part) == len(left):
        batch.finished_at = at
    batch.save(update_fields=["results", "finished_at"])
    return len(left) - len(part)


@transaction.atomic
def tell_batch_done(*, batch: ExceptionBatch, at: datetime) -> None:
    """Tell whoever asked that it is done, for how many, and for how many it was not."""
    done = sum(each["done"] for each in batch.results.values())
    refused, kind = len(batch.results) - done, ExceptionKind(batch.kind)
    wording = partial(
        notices.exceptions_done, done=done, refused=refused, what="" if kind in EXCEPTIONS else str(kind.label)
    )
    path = reverse("enrollment:batch", args=[batch.pk])
    tell(batch.owner, wording, once=f"exceptions:{batch.pk}", path=path, at=at)


def _open_to(kind: ExceptionKind, by: User) -> Several:
    several = several_of(kind)
    if not several.may(by):
        raise NobodyChosen(_("Administrators do this."))
    return several


def _begin(
    several: Several, subjects: Sequence[UUID], left: Sequence[LeftOut], *, by: User, at: datetime
) -> ExceptionBatch:
    """Write down to what it is done, in the order of names, without what is not this person's to change."""
    allowed = several.allowed(by, list(dict.fromkeys(subjects)), on=at.date())[:MOST]
    if not allowed:
        raise NobodyChosen(next((each.words for each in left), _("Choose at least one person first.")))
    told = [{"line": each.line, "text": each.text[:200], "words": each.words} for each in left]
    batch = ExceptionBatch(id=new_id(), kind=several.kind, owner=by, subject_ids=allowed, left_out=told, created_at=at)
    batch.save(force_insert=True)
    return batch


def _result(several: Several, batch: ExceptionBatch, found: tuple[str, str, Any], *, at: datetime) -> dict[str, Any]:
    """Do it for one person; a refusal leaves nothing behind but its words."""
    name, title, thing = found
    try:
        with transaction.atomic():
            return {"name": name, "title": title, "done": True, "words": several.do(batch, thing, at=at)}
    except several.refusals as refusal:
        return {"name": name, "title": title, "done": False, "words": str(refusal)}
