"""Named reads of the records: certificates, signatures, and the facts of a person."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db.models import QuerySet

from records.choices import EventKind, Meaning
from records.models import Certificate, Event, Signature


def certificates() -> QuerySet[Certificate]:
    """Return certificates with all that says what they are worth, in one query."""
    return Certificate.objects.with_worth().select_related("signature", "file", "revocation")


def certificates_of(holder_id: UUID) -> QuerySet[Certificate]:
    """Return the certificates of a person, newest first."""
    return certificates().filter(holder_id=holder_id).order_by("-issued_at", "-id")


def certificate_by_token(token: str) -> Certificate | None:
    """Return the certificate that a QR code leads to."""
    return certificates().filter(token=token).first()


def certificate_by_serial(serial: str) -> Certificate | None:
    """Return the certificate with this serial; the caller compares the code."""
    return certificates().filter(serial=serial).first()


def certificate_by_file(sha256: str) -> Certificate | None:
    """Return the certificate whose stored file has this hash."""
    return certificates().filter(file__sha256=sha256).first()


def certificates_without_file(*, at_most: int) -> list[UUID]:
    """Return the ids of certificates that wait for their PDF, oldest first."""
    waiting = Certificate.objects.filter(file__isnull=True).order_by("issued_at", "id")
    return list(waiting.values_list("id", flat=True)[:at_most])


def approval_of(version_id: UUID) -> Signature | None:
    """Return the signature with which a course version was approved."""
    signed = Signature.objects.filter(record_id=version_id, meaning=Meaning.APPROVED)
    return signed.order_by("-signed_at").first()


def facts_about(person_id: UUID) -> QuerySet[Event]:
    """Return the facts of a person's record, newest first."""
    return Event.objects.filter(person_id=person_id, kind=EventKind.FACT).order_by("-id")


def signatures_by(signer_id: UUID) -> QuerySet[Signature]:
    """Return what a person signed, newest first."""
    return Signature.objects.filter(signer_id=signer_id).order_by("-signed_at", "-id")


def signatures_by_id(ids: Iterable[UUID | None]) -> dict[UUID, Signature]:
    """Return these signatures by their id."""
    return Signature.objects.in_bulk([each for each in ids if each is not None])
