"""What must stay true: the trail, e-signatures and certificates. No foreign keys to other rooms."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery

from core.constraints import both_or_neither, one_of
from core.models import Row
from records.choices import CertificateStatus, Components, DeliveryState, EventKind, Meaning
from records.facts import registry
from records.rules import CODE_LENGTH, SignedStatement, agrees, certificate_status, day_in, record_hash


class Event(models.Model):
    """One line of the trail, append-only (a trigger refuses all else).

    A `fact` is the meaningful line that an action writes. A `capture` is the mechanical one that a
    trigger writes for each changed row of a regulated table; it names its fact. The application's
    role can write neither a capture, nor the id, nor the time of recording. The column `xid`, which
    only the database knows, is there for sealing.
    """

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=8, choices=EventKind)
    verb = models.CharField(max_length=80)
    recorded_at = models.DateTimeField()
    occurred_at = models.DateTimeField()
    actor_id = models.UUIDField(null=True)
    actor_name = models.CharField(max_length=200)
    actor_roles = models.CharField(max_length=200, blank=True)
    subject_type = models.CharField(max_length=80)
    subject_id = models.CharField(max_length=80)
    person_id = models.UUIDField(null=True)
    payload = models.JSONField(default=dict)
    old = models.JSONField(null=True)
    new = models.JSONField(null=True)
    reason = models.TextField(blank=True)
    signature_id = models.UUIDField(null=True)
    fact = models.ForeignKey("self", on_delete=models.PROTECT, db_index=False, null=True, related_name="captures")
    request_id = models.CharField(max_length=40, blank=True)
    app_version = models.CharField(max_length=40)

    class Meta:
        constraints = [
            one_of("kind", EventKind, name="event_kind_known"),
            models.CheckConstraint(
                condition=Q(kind="fact", fact__isnull=True) | Q(kind="capture", fact__isnull=False),
                name="event_capture_names_its_fact",
            ),
        ]
        indexes = [
            models.Index(fields=["subject_type", "subject_id", "-id"], name="event_subject"),
            models.Index(fields=["person_id", "-id"], condition=Q(person_id__isnull=False), name="event_person"),
            models.Index(fields=["actor_id", "-id"], name="event_actor"),
            models.Index(fields=["verb", "-id"], name="event_verb"),
            models.Index(fields=["fact"], condition=Q(fact__isnull=False), name="event_captures"),
        ]

    @property
    def sentence(self) -> str:
        """Say this fact in words."""
        kind = registry.kinds.get(self.verb)
        return kind.say(actor=self.actor_name, payload=self.payload) if kind else self.verb

    @property
    def glyph(self) -> str:
        kind = registry.kinds.get(self.verb)
        return kind.glyph if kind else "todo"


class FactDelivery(models.Model):
    """One fact on its way to one follower; written with the fact, done once."""

    event = models.ForeignKey(Event, on_delete=models.PROTECT, db_index=False, related_name="deliveries")
    follower = models.CharField(max_length=80)
    state = models.CharField(max_length=8, choices=DeliveryState, default=DeliveryState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField()
    error = models.TextField(blank=True)

    class Meta:
        constraints = [
            one_of("state", DeliveryState, name="delivery_state_known"),
            models.UniqueConstraint(fields=["event", "follower"], name="delivery_once_per_follower"),
        ]
        indexes = [models.Index(fields=["not_before"], condition=Q(state="waiting"), name="delivery_waiting")]


class Signature(Row):
    """An electronic signature, bound to the hash of one canonical record. Append-only."""

    signer_id = models.UUIDField()
    signer_name = models.CharField(max_length=200)
    meaning = models.CharField(max_length=20, choices=Meaning)
    statement = models.CharField(max_length=300)
    signed_at = models.DateTimeField()
    zone = models.CharField(max_length=64)
    components = models.CharField(max_length=8, choices=Components)
    record_type = models.CharField(max_length=80)
    record_id = models.UUIDField()
    record = models.JSONField()
    record_sha256 = models.CharField(max_length=64)
    sha256 = models.CharField(max_length=64)

    class Meta:
        constraints = [
            one_of("meaning", Meaning, name="signature_meaning_known"),
            one_of("components", Components, name="signature_components_known"),
            models.CheckConstraint(
                condition=~Q(signer_name="") & ~Q(zone="") & ~Q(statement=""), name="signature_manifestation_complete"
            ),
        ]
        indexes = [
            models.Index(fields=["record_type", "record_id"], name="signature_record"),
            models.Index(fields=["signer_id", "-signed_at"], name="signature_signer"),
        ]

    def statement_of(self) -> SignedStatement:
        return SignedStatement(
            signature_id=self.id,
            signer_id=self.signer_id,
            signer_name=self.signer_name,
            meaning=self.meaning,
            signed_at=self.signed_at,
            zone=self.zone,
            record_type=self.record_type,
            record_id=self.record_id,
            record_sha256=self.record_sha256,
        )

    def is_intact(self) -> bool:
        """Say whether record and signature still agree with their hashes."""
        return record_hash(self.record) == self.record_sha256 and self.statement_of().sha256() == self.sha256

    def covers(self, *, record_type: str, record_id: Any, record: dict[str, Any]) -> bool:
        """Say whether this signature is intact and stands for exactly this record as it is now."""
        same = (self.record_type, str(self.record_id)) == (record_type, str(record_id))
        return same and self.is_intact() and record_hash(record) == self.record_sha256


class CertificateQuerySet(models.QuerySet["Certificate"]):
    def with_worth(self) -> CertificateQuerySet:
        """Add, in the same query, what decides what a certificate is worth, and what replaced it."""
        newer = Certificate.objects.replacing(OuterRef("holder_id"), OuterRef("course_id"), OuterRef("issued_at"))
        return self.annotate(
            known_revoked=Exists(Revocation.objects.filter(certificate=OuterRef("pk"))),
            known_replaced_by=Subquery(newer.order_by("issued_at").values("serial")[:1]),
        )

    def replacing(self, holder_id: Any, course_id: Any, issued_at: Any) -> CertificateQuerySet:
        """Certificates that supersede one of this person for this course: newer, and not revoked themselves."""
        return self.filter(holder_id=holder_id, course_id=course_id, issued_at__gt=issued_at, revocation__isnull=True)


class Certificate(Row):
    """What a person has completed, as it was that day: a snapshot, append-only."""

    serial = models.CharField(max_length=14, unique=True)
    token = models.CharField(max_length=32, unique=True)
    completion_id = models.UUIDField(unique=True)
    holder_id = models.UUIDField()
    holder_name = models.CharField(max_length=200)
    holder_number = models.CharField(max_length=40)
    holder_title = models.CharField(max_length=120, blank=True)
    issuer = models.CharField(max_length=120)
    site = models.CharField(max_length=120, blank=True)
    course_id = models.UUIDField()
    course_code = models.CharField(max_length=40)
    course_title = models.CharField(max_length=200)
    version_id = models.UUIDField()
    version_label = models.CharField(max_length=20)
    version_sha256 = models.CharField(max_length=64)
    completed_at = models.DateTimeField()
    zone = models.CharField(max_length=64)
    valid_until = models.DateField(null=True)
    score = models.DecimalField(max_digits=7, decimal_places=2, null=True)
    max_score = models.DecimalField(max_digits=7, decimal_places=2, null=True)
    signature = models.ForeignKey(Signature, on_delete=models.PROTECT, null=True, related_name="+")
    issued_at = models.DateTimeField()

    objects = CertificateQuerySet.as_manager()

    class Meta:
        constraints = [both_or_neither("score", "max_score", name="certificate_score_whole")]
        indexes = [models.Index(fields=["holder_id", "course_id", "-issued_at"], name="certificate_of_holder")]

    @property
    def record_sha256(self) -> str:
        """The hash of the record that was signed, or of this snapshot where nobody signs."""
        return self.signature.record_sha256 if self.signature else record_hash(self.claims())

    @property
    def code(self) -> str:
        """The first digits of that hash; with the serial they name a certificate over the telephone."""
        return self.record_sha256[:CODE_LENGTH]

    def claims(self) -> dict[str, Any]:
        """Return what this certificate says, in the shape of the record that its holder signed."""
        return {
            "person": {"id": self.holder_id, "name": self.holder_name, "employee_number": self.holder_number},
            "course": {"id": self.course_id, "code": self.course_code, "title": self.course_title},
            "version": {"id": self.version_id, "label": self.version_label, "sha256": self.version_sha256},
            "completed_at": self.completed_at,
            "valid_until": self.valid_until,
        }

    def matches_signature(self) -> bool:
        """Say whether the signature is intact, was made for this completion, and says what is said here."""
        signature = self.signature
        if signature is None:
            return True
        made_for = (signature.record_type, signature.record_id, signature.signer_id)
        return (
            made_for == ("completion", self.completion_id, self.holder_id)
            and signature.is_intact()
            and agrees(signature.record, self.claims())
        )

    @property
    def replaced_by(self) -> str | None:
        """The serial of the certificate that replaced this one, or nothing."""
        known = self.__dict__
        if "known_replaced_by" not in known:
            newer = Certificate.objects.replacing(self.holder_id, self.course_id, self.issued_at)
            known["known_replaced_by"] = newer.order_by("issued_at").values_list("serial", flat=True).first()
        replaced_by: str | None = known["known_replaced_by"]
        return replaced_by

    def status(self, *, on: date) -> CertificateStatus:
        """Say what it is worth on a day; two look-ups, or none after `with_worth`."""
        known = self.__dict__
        if "known_revoked" not in known:
            known["known_revoked"] = Revocation.objects.filter(certificate=self).exists()
        return certificate_status(
            on=on,
            valid_until=self.valid_until,
            revoked=known["known_revoked"],
            superseded=self.replaced_by is not None,
        )

    def status_at(self, at: datetime) -> CertificateStatus:
        """Say what it is worth at an instant: its days end where its holder worked."""
        return self.status(on=day_in(self.zone, at))


class CertificateFile(models.Model):
    """The one rendering of a certificate, kept under the hash of its bytes. Append-only."""

    certificate = models.OneToOneField(Certificate, on_delete=models.PROTECT, primary_key=True, related_name="file")
    sha256 = models.CharField(max_length=64)
    storage_key = models.CharField(max_length=120)
    size_bytes = models.PositiveIntegerField()
    rendered_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["sha256"], name="certificate_file_hash")]


class Revocation(Row):
    """That a certificate no longer counts, and why. Append-only."""

    certificate = models.OneToOneField(Certificate, on_delete=models.PROTECT, related_name="revocation")
    reason = models.TextField()
    revoked_by_id = models.UUIDField()
    revoked_by_name = models.CharField(max_length=200)
    revoked_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="revocation_has_reason")]
