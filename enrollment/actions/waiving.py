"""Waivers: proposed by one, decided by another with a signature, withdrawn with a reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from core.canonical import plain
from core.ids import new_id
from core.reasons import is_reason
from courses.actions import store_upload
from courses.models import Asset
from courses.uploads import Upload
from enrollment import facts, notices
from enrollment.actions.deciding import sign_decision
from enrollment.actions.standing import restand
from enrollment.actions.telling import tell
from enrollment.choices import WaiverState
from enrollment.models import Assignment, Waiver
from enrollment.notices import Waived
from enrollment.permissions import waivers_decidable_by, waivers_withdrawable_by
from enrollment.queries import course_titles
from enrollment.queries.exceptions import WaiverDays, deciders_for, policy_limits, waiting_waivers
from enrollment.rules import day_in
from enrollment.rules.exceptions import why_not_waived
from notifications.wording import Notice
from people.models import User
from records.actions import record_fact
from records.choices import Components, Meaning
from records.facts import FactKind
from records.models import Signature
from records.rules import record_hash


class WaiverRefused(Exception):
    """The waiver can not be proposed, decided or withdrawn; the words say why."""


@transaction.atomic
def propose_waiver(
    *,
    assignment: Assignment,
    valid_from: date,
    valid_until: date,
    reason: str,
    by: User,
    at: datetime,
    upload: Upload | None = None,
    evidence: Asset | None = None,
    id: UUID | None = None,
) -> Waiver:
    """Propose that a requirement asks nothing of a person from a day until, but not on, another; tell who decides.

    `upload` is a file that proves it, to be stored, or `evidence` one that was stored. The caller has
    checked that `by` may do it for this person. Raises WaiverRefused, in words.
    """
    locked = (
        Assignment.objects.select_for_update(of=("self",), no_key=True).select_related("user").get(pk=assignment.pk)
    )
    waiting = waiting_waivers([locked.user_id]).get((locked.user_id, locked.requirement_id))
    refusal = why_not_proposed(locked, waiting, reason=reason, by=by) or why_not_waived(
        valid_from=valid_from, valid_until=valid_until, today=day_in(locked.zone, at), limits=policy_limits()
    )
    if refusal:
        raise WaiverRefused(refusal)
    if upload is not None:
        evidence = store_upload(upload=upload, by=by, at=at)
    waiver = Waiver(
        id=id or new_id(),
        requirement_id=locked.requirement_id,
        user=locked.user,
        valid_from=valid_from,
        valid_until=valid_until,
        reason=reason.strip(),
        evidence=evidence,
        proposed_at=at,
        proposed_by=by,
    )
    _say(facts.WAIVER_PROPOSED, waiver, by=by, at=at, reason=waiver.reason, told=_evidence_of(waiver))
    waiver.save(force_insert=True)
    _tell(deciders_for(waiver, at=at), waiver, notices.waiver_proposed, "proposed", at=at)
    return waiver


@transaction.atomic
def grant_waiver(
    *, waiver: Waiver, by: User, at: datetime, zone: str, components: Components, words: str = ""
) -> Waiver:
    """Let a waiver hold, signed; tell the person and who proposed it. Raises WaiverRefused."""
    locked = _waiting(waiver, by=by, at=at)
    if locked.valid_until <= WaiverDays([locked]).today(locked, at=at):
        raise WaiverRefused(_("Its days have passed. Return it."))
    granted = WaiverState.GRANTED, facts.WAIVER_GRANTED, Meaning.WAIVED
    _decide(locked, *granted, by=by, at=at, zone=zone, components=components, words=words)
    restand(user_ids=[locked.user_id], requirement_ids=[locked.requirement_id])
    _tell([locked.user, locked.proposed_by], locked, notices.waiver_granted, "granted", at=at)
    return locked


@transaction.atomic
def return_waiver(*, waiver: Waiver, by: User, at: datetime, zone: str, components: Components, words: str) -> Waiver:
    """Give a proposal back with words, signed; tell who proposed it. Raises WaiverRefused."""
    locked = _waiting(waiver, by=by, at=at)
    if not is_reason(words):
        raise WaiverRefused(_("Say why in at least two words."))
    returned = WaiverState.RETURNED, facts.WAIVER_RETURNED, Meaning.WAIVER_RETURNED
    _decide(locked, *returned, by=by, at=at, zone=zone, components=components, words=words)
    _tell([locked.proposed_by], locked, notices.waiver_returned, "returned", at=at)
    return locked


@transaction.atomic
def withdraw_waiver(*, waiver: Waiver, by: User, at: datetime, reason: str) -> Waiver:
    """End a waiver from today at its site on, or take a proposal back; tell whom it concerns. Raises WaiverRefused."""
    locked = _locked(waiver)
    if not is_reason(reason):
        raise WaiverRefused(_("Say why in at least two words."))
    if not waivers_withdrawable_by(by, on=at.date()).filter(pk=locked.pk).exists():
        raise WaiverRefused(_("It was returned or withdrawn already, or is not yours to withdraw."))
    was_granted = locked.state == WaiverState.GRANTED
    today = WaiverDays([locked]).today(locked, at=at)
    if was_granted and locked.valid_until <= today:
        raise WaiverRefused(_("It has ended by itself already."))
    _say(facts.WAIVER_WITHDRAWN, locked, by=by, at=at, reason=reason)
    locked.state, locked.withdrawn_at, locked.withdrawn_by = WaiverState.WITHDRAWN, at, by
    locked.withdrawn_on, locked.withdrawn_because = today, reason.strip()
    locked.save(update_fields=["state", "withdrawn_at", "withdrawn_on", "withdrawn_by", "withdrawn_because"])
    restand(user_ids=[locked.user_id], requirement_ids=[locked.requirement_id])
    told = [locked.user, locked.proposed_by] if was_granted else [locked.proposed_by]
    _tell([each for each in told if each.pk != by.pk], locked, notices.waiver_withdrawn, "withdrawn", at=at)
    return locked


@transaction.atomic
def note_evidence_opened(*, waiver: Waiver, by: User, at: datetime) -> None:
    """Write to the trail that somebody else than the person opened the proof of a waiver."""
    _say(facts.WAIVER_READ, waiver, by=by, at=at)


def content_of(waiver: Waiver) -> dict[str, Any]:
    """Return what was proposed, as it is signed."""
    person, requirement = waiver.user, waiver.requirement
    title = course_titles([requirement.course_id])[requirement.course_id]
    return {
        "person": {"id": person.pk, "name": person.name, "employee_number": person.employee_number},
        "requirement": {"id": requirement.pk, "number": requirement.number},
        "course": {"id": requirement.course_id, "code": requirement.course.code, "title": title},
        "valid_from": waiver.valid_from,
        "valid_until": waiver.valid_until,
        "reason": waiver.reason,
        "proposed_by": {"id": waiver.proposed_by_id, "name": waiver.proposed_by.name},
        "proposed_at": waiver.proposed_at,
        **_evidence_of(waiver),
    }


def content_sha256(waiver: Waiver) -> str:
    """Return the hash of what was proposed, which a decision repeats."""
    return record_hash(plain(content_of(waiver)))


def why_not_proposed(assignment: Assignment, waiting: Waiver | None, *, reason: str | None, by: User) -> str:
    """Say why somebody can not propose a waiver, given the one that waits already; nothing when they can.

    Asked without a `reason` where none was typed yet.
    """
    name = assignment.user.name
    if reason is not None and not is_reason(reason):
        return _("Say why in at least two words.")
    if assignment.user_id == by.pk:
        return _("Nobody proposes a waiver for themselves. Ask your manager.")
    if assignment.ended_at is not None:
        return _("This is no longer required of {name}.").format(name=name)
    if waiting is not None:
        words = _("{other} has proposed one for {name} already, and it waits for a decision.")
        return words.format(other=waiting.proposed_by.name, name=name)
    return ""


def _locked(waiver: Waiver) -> Waiver:
    related = ("user", "requirement__course", "proposed_by", "evidence")
    return Waiver.objects.select_for_update(of=("self",), no_key=True).select_related(*related).get(pk=waiver.pk)


def _waiting(waiver: Waiver, *, by: User, at: datetime) -> Waiver:
    """Return a proposal that this person may decide about, held until the transaction ends."""
    locked = _locked(waiver)
    if locked.state != WaiverState.PROPOSED:
        raise WaiverRefused(_("It was decided or withdrawn already."))
    if by.pk in (locked.user_id, locked.proposed_by_id):
        raise WaiverRefused(_("Somebody else decides: neither the person nor who proposed it."))
    if not waivers_decidable_by(by, on=at.date()).filter(pk=locked.pk).exists():
        raise WaiverRefused(_("Only an administrator who looks after this person decides."))
    return locked


def _decide(
    waiver: Waiver,
    state: WaiverState,
    kind: FactKind,
    meaning: Meaning,
    *,
    by: User,
    at: datetime,
    words: str,
    **how: Any,
) -> None:
    """Sign a decision, report it and write it down; `how` is the zone and the components of the signature."""
    content, whose = content_of(waiver), waiver.user_id
    signature = sign_decision("waiver", waiver.pk, content, meaning, by=by, at=at, words=words, person_id=whose, **how)
    told = {"words": words} if state == WaiverState.RETURNED else None
    _say(kind, waiver, by=by, at=at, reason=words, signature=signature, told=told)
    waiver.state, waiver.signature, waiver.decision = state, signature, words.strip()
    waiver.decided_at, waiver.decided_by = at, by
    waiver.save(update_fields=["state", "signature", "decision", "decided_at", "decided_by"])


def _evidence_of(waiver: Waiver) -> dict[str, Any]:
    found = waiver.evidence
    return {"evidence": {"name": found.name, "sha256": found.sha256} if found else None}


def _say(
    kind: FactKind,
    waiver: Waiver,
    *,
    by: User,
    at: datetime,
    reason: str = "",
    signature: Signature | None = None,
    told: dict[str, Any] | None = None,
) -> None:
    course = waiver.requirement.course_id
    payload = {
        "name": waiver.user.name,
        "course": course_titles([course])[course],
        "requirement": waiver.requirement.number,
        "first": waiver.valid_from,
        "last": waiver.last_on,
        **(told or {}),
    }
    record_fact(
        kind,
        by=by,
        at=at,
        subject_type="waiver",
        subject_id=waiver.pk,
        person_id=waiver.user_id,
        payload=payload,
        reason=reason,
        signature_id=signature.pk if signature else None,
    )


def _tell(people: Iterable[User], waiver: Waiver, wording: Callable[..., Notice], what: str, *, at: datetime) -> None:
    """Tell each of these people, each in their own words: the person, who proposed it, or who decides."""
    course = waiver.requirement.course_id
    about = Waived(
        name=waiver.user.name,
        course=course_titles([course])[course],
        first_on=waiver.valid_from,
        last_on=waiver.last_on,
        reason=waiver.reason,
        proposer=waiver.proposed_by.name,
        decider=waiver.decided_by.name if waiver.decided_by else "",
        words=waiver.withdrawn_because or waiver.decision,
    )
    path = reverse("enrollment:waiver", args=[waiver.pk])
    for each in people:
        said = partial(wording, about, to_person=each.pk == waiver.user_id)
        tell(each, said, once=f"waiver-{what}:{waiver.pk}:{each.pk}", path=path, at=at)
