"""What was learned elsewhere: claimed with a proof, verified or returned by another with a signature."""

from __future__ import annotations

from collections.abc import Callable
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
from courses.models import Course
from courses.uploads import Upload
from enrollment import facts, notices
from enrollment.actions.deciding import sign_decision
from enrollment.actions.recording import Learned, hold_people, write_learned
from enrollment.actions.telling import tell
from enrollment.choices import ClaimState, CompletionSource
from enrollment.models import Claim
from enrollment.notices import Claimed
from enrollment.permissions import claims_decidable_by
from enrollment.queries.elsewhere import completions_known, editions
from enrollment.queries.retention import refusal_to_record
from enrollment.rules import day_in
from enrollment.rules.elsewhere import why_not_on
from enrollment.rules.histories import edition_for, own_end
from notifications.wording import Notice
from people.models import User
from people.queries import manager_or_administrators
from records.actions import record_fact
from records.choices import Components, Meaning
from records.facts import FactKind
from records.models import Signature
from records.rules import record_hash


class ClaimRefused(Exception):
    """The claim can not be made, decided or taken back; the words say why."""


@transaction.atomic
def claim_learned(
    *,
    course: Course,
    completed_on: date,
    provider: str,
    upload: Upload,
    by: User,
    at: datetime,
    valid_until: date | None = None,
    words: str = "",
    id: UUID | None = None,
) -> Claim:
    """Let a person say that they learned a course elsewhere, with a file that proves it; tell who decides.

    It would count as the version that was in effect on that day. Raises ClaimRefused.
    """
    hold_people([by.pk])
    refusal = why_not_on(completed_on, today=day_in(by.zone_name, at), valid_until=valid_until)
    if refusal:
        raise ClaimRefused(refusal)
    unsigned = refusal_to_record(course.pk, CompletionSource.EXTERNAL)
    if unsigned:
        raise ClaimRefused(unsigned)
    if Claim.objects.filter(user=by, course=course, state=ClaimState.WAITING).exists():
        raise ClaimRefused(_("You sent a proof for this course already, and it waits for a decision."))
    found = editions([course.pk]).get(course.code.casefold())
    if not found:
        raise ClaimRefused(_("This course was never in effect, so nothing can count as it."))
    edition, _note = edition_for(found, "", completed_on)
    if (by.pk, edition.id, completed_on) in completions_known([by.pk]):
        raise ClaimRefused(_("That is in your record already."))
    claim = Claim(
        id=id or new_id(),
        user=by,
        course=course,
        version_id=edition.id,
        completed_on=completed_on,
        valid_until=valid_until,
        provider=provider.strip(),
        words=words.strip(),
        proof=store_upload(upload=upload, by=by, at=at),
        claimed_at=at,
    )
    proof = {"name": claim.proof.name, "sha256": claim.proof.sha256}
    _say(facts.CLAIMED, claim, by=by, at=at, told={"proof": proof}, reason=claim.words)
    claim.save(force_insert=True)
    for each in manager_or_administrators(by.pk, on=at.date(), at=at):
        _tell(each, claim, notices.claimed, "made", at=at)
    return claim


@transaction.atomic
def verify_claim(*, claim: Claim, by: User, at: datetime, zone: str, components: Components, words: str = "") -> Claim:
    """Let what was learned elsewhere count, signed; tell the person. Raises ClaimRefused."""
    locked = _waiting(claim, by=by, at=at)
    unsigned = refusal_to_record(locked.course_id, CompletionSource.EXTERNAL)
    if unsigned:
        raise ClaimRefused(unsigned)
    verified = ClaimState.VERIFIED, facts.CLAIM_VERIFIED, Meaning.VERIFIED
    _decide(locked, *verified, by=by, at=at, zone=zone, components=components, words=words)
    learned = Learned(
        user_id=locked.user_id,
        version_id=locked.version_id,
        on=locked.completed_on,
        valid_until=counts_until(locked),
        origin={"claim": locked},
        told={"provider": locked.provider, "verified_by": by.name, "proof_sha256": locked.proof.sha256},
    )
    kind, source = facts.COMPLETED_ELSEWHERE, CompletionSource.EXTERNAL
    if not write_learned([learned], source=source, kind=kind, by=by, at=at):
        raise ClaimRefused(_("This came into the record another way meanwhile. Return it."))
    _tell(locked.user, locked, notices.claim_verified, "verified", at=at)
    return locked


@transaction.atomic
def return_claim(*, claim: Claim, by: User, at: datetime, zone: str, components: Components, words: str) -> Claim:
    """Give a claim back with words, signed; tell the person. Raises ClaimRefused."""
    locked = _waiting(claim, by=by, at=at)
    if not is_reason(words):
        raise ClaimRefused(_("Say why in at least two words."))
    returned = ClaimState.RETURNED, facts.CLAIM_RETURNED, Meaning.CLAIM_RETURNED
    _decide(locked, *returned, by=by, at=at, zone=zone, components=components, words=words)
    _tell(locked.user, locked, notices.claim_returned, "returned", at=at)
    return locked


@transaction.atomic
def withdraw_claim(*, claim: Claim, by: User, at: datetime) -> Claim:
    """Let a person take their claim back before it is decided. Raises ClaimRefused."""
    locked = _locked(claim)
    if locked.user_id != by.pk or locked.state != ClaimState.WAITING:
        raise ClaimRefused(_("It was decided or taken back already, or is not yours."))
    _say(facts.CLAIM_WITHDRAWN, locked, by=by, at=at)
    locked.state, locked.withdrawn_at = ClaimState.WITHDRAWN, at
    locked.save(update_fields=["state", "withdrawn_at"])
    return locked


@transaction.atomic
def note_proof_opened(*, claim: Claim, by: User, at: datetime) -> None:
    """Write to the trail that somebody else than the person opened the proof of a claim."""
    _say(facts.CLAIM_READ, claim, by=by, at=at)


def counts_until(claim: Claim) -> date | None:
    """Return the last day on which it would count: what the proof says, else what the version says."""
    return claim.valid_until or own_end(claim.completed_on, claim.version.validity_months)


def content_of(claim: Claim) -> dict[str, Any]:
    """Return what was claimed, as it is signed."""
    person, version = claim.user, claim.version
    return {
        "person": {"id": person.pk, "name": person.name, "employee_number": person.employee_number},
        "course": {"id": claim.course_id, "code": claim.course.code, "title": version.title},
        "version": {"id": version.pk, "label": version.label, "sha256": version.content_sha256},
        "completed_on": claim.completed_on,
        "valid_until": counts_until(claim),
        "provider": claim.provider,
        "proof": {"name": claim.proof.name, "sha256": claim.proof.sha256},
        "said": claim.words,
        "claimed_at": claim.claimed_at,
    }


def content_sha256(claim: Claim) -> str:
    """Return the hash of what was claimed, which a decision repeats."""
    return record_hash(plain(content_of(claim)))


def _locked(claim: Claim) -> Claim:
    related = ("user", "course", "version", "proof")
    return Claim.objects.select_for_update(of=("self",), no_key=True).select_related(*related).get(pk=claim.pk)


def _waiting(claim: Claim, *, by: User, at: datetime) -> Claim:
    """Return a claim about which this person may decide, held until the transaction ends."""
    locked = _locked(claim)
    if locked.state != ClaimState.WAITING:
        raise ClaimRefused(_("It was decided or taken back already."))
    if by.pk == locked.user_id:
        raise ClaimRefused(_("Nobody decides about their own proof."))
    if not claims_decidable_by(by, on=at.date()).filter(pk=locked.pk).exists():
        raise ClaimRefused(_("Only a manager of this person, or an administrator who looks after them, decides."))
    return locked


def _decide(
    claim: Claim, state: ClaimState, kind: FactKind, meaning: Meaning, *, by: User, at: datetime, words: str, **how: Any
) -> None:
    """Sign a decision, report it and write it down; `how` is the zone and the components of the signature."""
    content, whose = content_of(claim), claim.user_id
    signature = sign_decision("claim", claim.pk, content, meaning, by=by, at=at, words=words, person_id=whose, **how)
    told = {"words": words} if state == ClaimState.RETURNED else None
    _say(kind, claim, by=by, at=at, reason=words, signature=signature, told=told)
    claim.state, claim.signature, claim.decision = state, signature, words.strip()
    claim.decided_at, claim.decided_by = at, by
    claim.save(update_fields=["state", "signature", "decision", "decided_at", "decided_by"])


def _say(
    kind: FactKind,
    claim: Claim,
    *,
    by: User,
    at: datetime,
    reason: str = "",
    signature: Signature | None = None,
    told: dict[str, Any] | None = None,
) -> None:
    about = {"name": claim.user.name, "course": claim.version.title, "version": claim.version.label}
    payload = {**about, "provider": claim.provider, "on": claim.completed_on, **(told or {})}
    record_fact(
        kind,
        by=by,
        at=at,
        subject_type="claim",
        subject_id=claim.pk,
        person_id=claim.user_id,
        payload=payload,
        reason=reason,
        signature_id=signature.pk if signature else None,
    )


def _tell(reader: User, claim: Claim, wording: Callable[[Claimed], Notice], what: str, *, at: datetime) -> None:
    about = Claimed(
        name=claim.user.name,
        course=claim.version.title,
        provider=claim.provider,
        on=claim.completed_on,
        valid_until=counts_until(claim),
        decider=claim.decided_by.name if claim.decided_by else "",
        words=claim.decision,
    )
    path = reverse("enrollment:claim", args=[claim.pk])
    tell(reader, partial(wording, about), once=f"claim-{what}:{claim.pk}:{reader.pk}", path=path, at=at)
