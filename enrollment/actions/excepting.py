"""Exceptions for several people at once: whom, what, and what came out for each of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
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
from enrollment.actions.extending import ExtensionRefused, extend
from enrollment.actions.telling import tell
from enrollment.actions.waiving import WaiverRefused, propose_waiver, why_not_proposed
from enrollment.choices import ExceptionKind
from enrollment.models import Assignment, ExceptionBatch, Waiver
from enrollment.permissions import administered_among, exceptable_by
from enrollment.queries.exceptions import DueNow, due_now, policy_limits, waiting_waivers
from enrollment.rules import day_in
from enrollment.rules.exceptions import Limits, new_day, why_no_more_time, why_not_until, why_not_waived
from people.models import User

BATCH_JOB = "enrollment.exceptions"
AT_ONCE = 50  # for so many people it is done in the request; a job does it for more
MOST = 5000


class NobodyChosen(Exception):
    """Nobody was chosen for whom this person may make an exception."""


class BatchChanged(Exception):
    """What would come out has changed since it was shown."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What one of several people would get: a day, or a refusal in words."""

    now_due: DueNow
    day: date | None
    refusal: str

    @property
    def name(self) -> str:
        return self.now_due.due.name


def ids_in(texts: Iterable[str]) -> list[UUID]:
    """Return the ids among these texts; what is none is left out."""
    found = []
    for text in texts:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


@transaction.atomic
def begin_batch(*, kind: ExceptionKind, assignment_ids: Collection[UUID], by: User, at: datetime) -> ExceptionBatch:
    """Remember whom somebody has chosen, as far as they may make exceptions for them. Raises NobodyChosen."""
    allowed = exceptable_by(by, on=at.date()).filter(pk__in=assignment_ids)
    chosen = list(allowed.order_by("user__name", "pk").values_list("pk", flat=True)[:MOST])
    if not chosen:
        raise NobodyChosen(_("Choose at least one person first."))
    batch = ExceptionBatch(id=new_id(), kind=kind, owner=by, assignment_ids=chosen, created_at=at)
    batch.save(force_insert=True)
    return batch


def effects_of(batch: ExceptionBatch, terms: dict[str, Any], *, at: datetime) -> list[Effect]:
    """Return what each of the people would get by these terms; as many queries for a hundred as for one."""
    allowed = exceptable_by(batch.owner, on=at.date()).filter(pk__in=batch.assignment_ids)
    found = sorted(due_now(allowed, at=at), key=lambda each: (each.due.name, str(each.assignment.pk)))
    limits, people = policy_limits(), [each.assignment.user_id for each in found]
    if batch.kind == ExceptionKind.EXTEND:
        free = administered_among(batch.owner, people, on=at.date())
        effects = []
        for each in found:
            day = new_day(each.due, days=terms["days"], until=terms["until"])
            beyond = each.assignment.user_id in free
            refusal = why_no_more_time(each.due, limits, may_go_beyond=beyond)
            refusal = refusal or why_not_until(each.due, day, limits, may_go_beyond=beyond)
            effects.append(Effect(each, None if refusal else each.with_more_time(day).due_on, refusal))
        return effects
    waiting = waiting_waivers(people)
    return [_waived(batch, each, waiting, terms, limits, at=at) for each in found]


def _waived(
    batch: ExceptionBatch,
    each: DueNow,
    waiting: Mapping[tuple[UUID, UUID], Waiver],
    terms: dict[str, Any],
    limits: Limits,
    *,
    at: datetime,
) -> Effect:
    """Return what a waiver would do for one of them."""
    assignment = each.assignment
    other = waiting.get((assignment.user_id, assignment.requirement_id))
    days = {"valid_from": terms["valid_from"], "valid_until": terms["valid_until"]}
    refusal = why_not_proposed(assignment, other, reason=terms["reason"], by=batch.owner)
    refusal = refusal or why_not_waived(**days, today=day_in(assignment.zone, at), limits=limits)
    return Effect(each, None if refusal else terms["valid_until"], refusal)


def effects_key(effects: Sequence[Effect]) -> str:
    """Return a short text that is the same for the same effects on the same due days, and no other."""
    told = {str(each.now_due.assignment.pk): [each.now_due.due.due_on, each.day] for each in effects}
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
    effects = effects_of(locked, terms, at=at)
    if effects_key(effects) != expected:
        raise BatchChanged(_("Something has changed since this was shown. Look again, then confirm."))
    if upload is not None:
        locked.evidence = store_upload(upload=upload, by=locked.owner, at=at)
    shown = {str(each.now_due.assignment.pk): each.now_due.due.due_on for each in effects}
    locked.terms, locked.confirmed_at = plain({**terms, "shown": shown}), at
    if len(locked.assignment_ids) > AT_ONCE:
        kind, count = ExceptionKind(locked.kind).label, len(locked.assignment_ids)
        title = _("{kind}, {count} times").format(kind=kind, count=count)
        job = ask_for_job(kind=BATCH_JOB, owner_id=locked.owner_id, title=title, arguments={"batch": locked.pk}, at=at)
        locked.job_id = job.pk
    locked.save(update_fields=["terms", "confirmed_at", "evidence", "job_id"])
    if locked.job_id is None:
        go_on_with_batch(batch_id=locked.pk, at=at, most=AT_ONCE)
        locked.refresh_from_db()
    return locked


@transaction.atomic
def go_on_with_batch(*, batch_id: UUID, at: datetime, most: int) -> int:
    """Do it for the next of the people, each with a result of their own; return for how many it is left to do.

    The rights are those that the owner has now. What has a result is not done again.
    """
    batch = ExceptionBatch.objects.select_for_update(of=("self",)).select_related("owner", "evidence").get(pk=batch_id)
    left = sorted(each for each in batch.assignment_ids if str(each) not in batch.results)
    part = left[:most]
    # All at once and in the order of `restand`, so that two writers never wait for each other.
    list(Assignment.objects.select_for_update(no_key=True).filter(pk__in=part).order_by("pk").values_list("pk"))
    allowed = exceptable_by(batch.owner, on=at.date()).filter(pk__in=part)
    found = {each.assignment.pk: each for each in due_now(allowed, at=at)}
    for assignment_id in part:
        batch.results[str(assignment_id)] = _result(batch, assignment_id, found.get(assignment_id), at=at)
    if len(part) == len(left):
        batch.finished_at = at
    batch.save(update_fields=["results", "finished_at"])
    return len(left) - len(part)


@transaction.atomic
def tell_batch_done(*, batch: ExceptionBatch, at: datetime) -> None:
    """Tell whoever asked that it is done, for how many, and for how many it was not."""
    done = sum(each["done"] for each in batch.results.values())
    wording = partial(notices.exceptions_done, done=done, refused=len(batch.results) - done)
    path = reverse("enrollment:batch", args=[batch.pk])
    tell(batch.owner, wording, once=f"exceptions:{batch.pk}", path=path, at=at)


def _result(batch: ExceptionBatch, assignment_id: UUID, each: DueNow | None, *, at: datetime) -> dict[str, Any]:
    """Do it for one person; a refusal leaves nothing behind but its words."""
    if each is None:
        known = Assignment.objects.select_related("user").get(pk=assignment_id)
        return {"name": known.user.name, "done": False, "words": _("This is not yours to change any more.")}
    try:
        with transaction.atomic():
            return {"name": each.due.name, "title": each.title, "done": True, "words": _do(batch, each, at=at)}
    except (ExtensionRefused, WaiverRefused) as refusal:
        return {"name": each.due.name, "title": each.title, "done": False, "words": str(refusal)}


def _do(batch: ExceptionBatch, each: DueNow, *, at: datetime) -> str:
    """Give more time, or propose a waiver; return where it is to be seen."""
    terms = batch.terms
    if batch.kind == ExceptionKind.EXTEND:
        until = date.fromisoformat(terms["until"]) if terms["until"] else None
        was = terms["shown"].get(str(each.assignment.pk))
        given = extend(
            assignment=each.assignment,
            was_due_on=date.fromisoformat(was) if was else each.due.counted_from,
            due_on=new_day(each.due, days=terms["days"], until=until),
            reason=terms["reason"],
            by=batch.owner,
            at=at,
        )
        return given.due_on.isoformat()
    waiver = propose_waiver(
        assignment=each.assignment,
        valid_from=date.fromisoformat(terms["valid_from"]),
        valid_until=date.fromisoformat(terms["valid_until"]),
        reason=terms["reason"],
        evidence=batch.evidence,
        by=batch.owner,
        at=at,
    )
    return str(waiver.pk)
