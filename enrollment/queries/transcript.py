"""What a person has completed, each with its version, result, certificate and signature."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Subquery

from enrollment.choices import CompletionSource
from enrollment.models import Completion
from enrollment.queries import retention
from enrollment.queries.sources import FIELDS, RELATED, origin_of
from enrollment.rules.retention import Keeping
from enrollment.rules.sources import Origin
from people.models import User
from records.choices import CertificateStatus
from records.models import Certificate, Revocation, Signature
from records.rules import certificate_status


@dataclass(frozen=True, slots=True)
class TranscriptEntry:
    """One completion as a record shows it."""

    enrollment_id: UUID | None  # nothing where it was not taken here
    source: CompletionSource
    origin: Origin
    claim_id: UUID | None
    course_id: UUID
    code: str
    title: str
    version_label: str
    completed_at: datetime
    completed_on: date
    valid_until: date | None
    score: Decimal | None
    max_score: Decimal | None
    certificate_id: UUID | None
    serial: str
    signature: Signature | None
    status: CertificateStatus
    kept: Keeping  # until when the record is kept at least

    @property
    def is_current(self) -> bool:
        return self.status == CertificateStatus.CURRENT


def transcript_of(user: User, *, on: date) -> list[TranscriptEntry]:
    """Return all completions of a person, newest first, and what each is worth on a day; two queries."""
    certificate = Certificate.objects.filter(completion_id=OuterRef("pk"))
    rows = (
        Completion.objects.filter(user=user)
        .order_by("-completed_at", "-id")
        .annotate(
            certificate_id=Subquery(certificate.values("id")[:1]),
            serial=Subquery(certificate.values("serial")[:1]),
            is_revoked=Exists(Revocation.objects.filter(certificate__completion_id=OuterRef("pk"))),
            code=F("course__code"),
        )
        .select_related("version", "signature", *RELATED)
        .only(
            *(
                "enrollment_id",
                "course_id",
                "completed_at",
                "completed_on",
                "valid_until",
                "score",
                "max_score",
            ),
            *("version__title", "version__label", *retention.FIELDS),
            *("claim_id", "imported_from_id", "session_id", *FIELDS),
            *("signature__signer_name", "signature__statement", "signature__signed_at", "signature__record_sha256"),
        )
    )
    newest: set[UUID] = set()
    entries = []
    listed = list(rows)
    periods = retention.periods_of({row.course_id for row in listed})
    for row in listed:
        status = certificate_status(
            on=on, valid_until=row.valid_until, revoked=row.is_revoked, superseded=row.course_id in newest
        )
        newest.add(row.course_id)
        entries.append(
            TranscriptEntry(
                enrollment_id=row.enrollment_id,
                course_id=row.course_id,
                code=row.code,
                title=row.version.title,
                version_label=row.version.label,
                completed_at=row.completed_at,
                completed_on=row.completed_on,
                valid_until=row.valid_until,
                score=row.score,
                max_score=row.max_score,
                certificate_id=row.certificate_id,
                serial=row.serial or "",
                signature=row.signature,
                source=CompletionSource(row.source),
                origin=origin_of(row),
                claim_id=row.claim_id,
                status=status,
                kept=retention.keeping_of(row, periods, person=user, on=on),
            )
        )
    return entries
