"""The only ways into the records: facts, signatures, certificates, revocations."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _
from psycopg2.extras import execute_values

from core.canonical import plain
from core.context import request_id
from core.ids import new_id
from core.jobs import enqueue
from core.sql import copy_in
from records.choices import Components, DeliveryState, Meaning
from records.facts import Actor, Fact, FactKind, declare, registry
from records.models import Certificate, CertificateFile, FactDelivery, Revocation, Signature
from records.rules import record_hash, serial_from

SIGNED = declare("records.signed", _("{actor} signed: “{statement}”"), glyph="done")
CERTIFICATE_ISSUED = declare("records.certificate_issued", _("Certificate {serial} issued for {course}"), glyph="done")
CERTIFICATE_FILED = declare("records.certificate_filed", _("The PDF of certificate {serial} was stored"), glyph="done")
CERTIFICATE_REVOKED = declare("records.certificate_revoked", _("{actor} revoked certificate {serial}"), glyph="late")

_INSERT_FACT = """
    INSERT INTO records_event (kind, verb, occurred_at, actor_id, actor_name, actor_roles, subject_type,
        subject_id, person_id, payload, reason, signature_id, request_id, app_version)
    VALUES ('fact', %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id
"""
_COLUMNS = (
    *("kind", "verb", "occurred_at", "actor_id", "actor_name", "actor_roles", "subject_type", "subject_id"),
    *("person_id", "payload", "reason", "signature_id", "request_id", "app_version"),
)
_INSERT_FACTS = f"""
    INSERT INTO records_event ({", ".join(_COLUMNS)}) VALUES %s RETURNING id
"""  # noqa: S608 (names of our own columns)


def record_fact(
    kind: FactKind,
    *,
    by: Actor,
    at: datetime,
    subject_type: str,
    subject_id: UUID,
    person_id: UUID | None = None,
    payload: Mapping[str, Any] | None = None,
    reason: str = "",
    signature_id: UUID | None = None,
) -> int:
    """Write one fact to the trail and return its number.

    Belongs inside the transaction of the change that it reports, and before the change itself: the
    triggers of regulated tables ask for it. `person_id` is whose record it belongs to. Followers of
    this kind are queued with it. Raises RuntimeError outside a transaction.
    """
    if not connection.in_atomic_block:
        raise RuntimeError(f"{kind.verb} was reported outside a transaction")
    values: list[Any] = [kind.verb, at, by.actor_id, by.actor_name, by.actor_roles]
    values += [subject_type, str(subject_id), person_id]
    values += [json.dumps(plain(payload or {})), reason, signature_id, request_id.get(), settings.VERSION]
    with connection.cursor() as cursor:
        cursor.execute(_INSERT_FACT, values)
        number: int = cursor.fetchone()[0]
    followers = registry.followers.get(kind.verb)
    if followers:
        FactDelivery.objects.bulk_create(
            FactDelivery(event_id=number, follower=name, not_before=at) for name in followers
        )
        enqueue("records.deliver_facts")
    return number


@dataclass(frozen=True, slots=True)
class Said:
    """One of many facts of a kind: what it is about, what fills its sentence, and who acts if not all the same."""

    subject_id: UUID
    payload: Mapping[str, Any]
    person_id: UUID | None = None
    by: Actor | None = None


def record_facts(
    kind: FactKind, *, by: Actor, at: datetime, subject_type: str, about: Iterable[Said], reason: str = ""
) -> int:
    """Write many facts of one kind in few statements and return how many; otherwise as `record_fact`."""
    if not connection.in_atomic_block:
        raise RuntimeError(f"{kind.verb} was reported outside a transaction")
    said = list(about)
    spelled = {id(each.payload): each.payload for each in said}  # many may say the same words
    payloads = {key: json.dumps(plain(payload)) for key, payload in spelled.items()}
    when, ending = at.isoformat(), (reason, None, request_id.get(), settings.VERSION)
    rows = [
        ("fact", kind.verb, when, *_acting(each.by or by), subject_type, str(each.subject_id), each.person_id,
         payloads[id(each.payload)], *ending)
        for each in said
    ]  # fmt: skip
    followers = registry.followers.get(kind.verb)
    if not followers:
        copy_in("records_event", _COLUMNS, rows)
        return len(rows)
    with connection.cursor() as cursor:
        numbers = execute_values(cursor.cursor, _INSERT_FACTS, rows, page_size=1000, fetch=True)
    FactDelivery.objects.bulk_create(
        FactDelivery(event_id=number, follower=name, not_before=at) for (number,) in numbers for name in followers
    )
    if numbers:
        enqueue("records.deliver_facts")
    return len(numbers)


def _acting(actor: Actor) -> tuple[UUID | None, str, str]:
    return actor.actor_id, actor.actor_name, actor.actor_roles


MAX_DELIVERY_ATTEMPTS = 8


@transaction.atomic
def deliver_next_fact(*, at: datetime) -> bool:
    """Hand the oldest waiting fact to its follower; say whether there was one.

    The reaction and its mark commit together. A reaction that raises is tried again later, with
    growing pauses, and after eight times kept as failed for an operator to see.
    """
    delivery = (
        FactDelivery.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(state=DeliveryState.WAITING, not_before__lte=at)
        .select_related("event")
        .order_by("id")
        .first()
    )
    if delivery is None:
        return False
    event = delivery.event
    react = registry.followers.get(event.verb, {}).get(delivery.follower)
    fact = Fact(event.id, event.verb, event.occurred_at, event.subject_type, UUID(event.subject_id), event.payload)
    try:
        if react is None:
            raise LookupError(f"nobody is called {delivery.follower} any more")
        with transaction.atomic():
            react(fact)
        delivery.state = DeliveryState.DONE
    except Exception as error:  # whatever a follower does wrong, the others go on
        delivery.attempts += 1
        delivery.error = f"{type(error).__name__}: {error}"[:2000]
        delivery.not_before = at + timedelta(seconds=2**delivery.attempts)
        if delivery.attempts >= MAX_DELIVERY_ATTEMPTS:
            delivery.state = DeliveryState.FAILED
    delivery.save(update_fields=["state", "attempts", "error", "not_before"])
    return True


def sign(
    *,
    by: Actor,
    at: datetime,
    zone: str,
    meaning: Meaning,
    components: Components,
    record_type: str,
    record_id: UUID,
    record: Mapping[str, Any],
    person_id: UUID | None = None,
) -> Signature:
    """Write a signature that is bound to `record` as it is now.

    The caller has checked the signer's components (people.signing). Writes the fact
    `records.signed`. Source: 21 CFR 11.50, 11.70, 11.200.
    """
    if by.actor_id is None:
        raise ValueError("only a person signs")
    spelled = plain(record)
    signature = Signature(
        id=new_id(),
        signer_id=by.actor_id,
        signer_name=by.actor_name,
        meaning=meaning,
        statement=str(Meaning(meaning).label),
        signed_at=at,
        zone=zone,
        components=components,
        record_type=record_type,
        record_id=record_id,
        record=spelled,
        record_sha256=record_hash(spelled),
    )
    signature.sha256 = signature.statement_of().sha256()
    record_fact(
        SIGNED,
        by=by,
        at=at,
        subject_type=record_type,
        subject_id=record_id,
        person_id=person_id,
        payload={"statement": signature.statement, "record_sha256": signature.record_sha256, "zone": zone},
        signature_id=signature.id,
    )
    signature.save(force_insert=True)
    return signature


def issue_certificate(
    *,
    by: Actor,
    at: datetime,
    completion_id: UUID,
    holder_id: UUID,
    holder_name: str,
    holder_number: str,
    holder_title: str,
    site: str,
    issuer: str,
    course_id: UUID,
    course_code: str,
    course_title: str,
    version_id: UUID,
    version_label: str,
    version_sha256: str,
    completed_at: datetime,
    zone: str,
    valid_until: date | None,
    score: Decimal | None,
    max_score: Decimal | None,
    signature: Signature | None,
) -> Certificate:
    """Write the certificate of a completion; its PDF is made after the commit and stored for ever."""
    certificate = Certificate(
        id=new_id(),
        serial=serial_from(secrets.token_bytes(10)),
        token=secrets.token_urlsafe(16),
        completion_id=completion_id,
        holder_id=holder_id,
        holder_name=holder_name,
        holder_number=holder_number,
        holder_title=holder_title,
        site=site,
        issuer=issuer,
        course_id=course_id,
        course_code=course_code,
        course_title=course_title,
        version_id=version_id,
        version_label=version_label,
        version_sha256=version_sha256,
        completed_at=completed_at,
        zone=zone,
        valid_until=valid_until,
        score=score,
        max_score=max_score,
        signature=signature,
        issued_at=at,
    )
    record_fact(
        CERTIFICATE_ISSUED,
        by=by,
        at=at,
        subject_type="certificate",
        subject_id=certificate.id,
        person_id=holder_id,
        payload={"serial": certificate.serial, "course": course_title, "version": version_label},
    )
    certificate.save(force_insert=True)
    enqueue("records.render_certificate", certificate_id=str(certificate.id))
    return certificate


@transaction.atomic
def file_certificate(
    *, certificate: Certificate, by: Actor, at: datetime, sha256: str, storage_key: str, size_bytes: int
) -> bool:
    """Keep the rendering of a certificate; the first one stays. Says whether this was the first."""
    locked = Certificate.objects.select_for_update().get(pk=certificate.pk)
    if CertificateFile.objects.filter(certificate=locked).exists():
        return False
    record_fact(
        CERTIFICATE_FILED,
        by=by,
        at=at,
        subject_type="certificate",
        subject_id=locked.id,
        payload={"serial": locked.serial, "sha256": sha256},
    )
    CertificateFile.objects.create(
        certificate=locked, sha256=sha256, storage_key=storage_key, size_bytes=size_bytes, rendered_at=at
    )
    return True


@transaction.atomic
def revoke_certificate(*, certificate: Certificate, by: Actor, at: datetime, reason: str) -> Revocation:
    """Say that a certificate no longer counts. Doing it again changes nothing."""
    locked = Certificate.objects.select_for_update().get(pk=certificate.pk)
    existing = Revocation.objects.filter(certificate=locked).first()
    if existing:
        return existing
    if by.actor_id is None:
        raise ValueError("only a person revokes a certificate")
    record_fact(
        CERTIFICATE_REVOKED,
        by=by,
        at=at,
        subject_type="certificate",
        subject_id=locked.id,
        person_id=locked.holder_id,
        payload={"serial": locked.serial},
        reason=reason,
    )
    return Revocation.objects.create(
        certificate=locked, reason=reason, revoked_by_id=by.actor_id, revoked_by_name=by.actor_name, revoked_at=at
    )
