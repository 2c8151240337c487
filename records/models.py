"""What must stay true: the trail, e-signatures and certificates. No foreign keys to other rooms."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from core.constraints import both_or_neither, one_of
from core.models import Row
from records.choices import CertificateStatus, Components, DeliveryState, EventKind, Meaning
from records.facts import registry
from records.rules import SignedStatement, certificate_status, record_hash


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
    fact = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="captures")
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

    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="deliveries")
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

    class Meta:
        constraints = [both_or_neither("score", "max_score", name="certificate_score_whole")]
        indexes = [models.Index(fields=["holder_id", "course_id", "-issued_at"], name="certificate_of_holder")]

    def status(self, *, on: Any) -> CertificateStatus:
        """Say what it is worth on a day (two look-ups)."""
        newer = Certificate.objects.filter(
            holder_id=self.holder_id, course_id=self.course_id, issued_at__gt=self.issued_at
        )
        return certificate_status(
            on=on,
            valid_until=self.valid_until,
            revoked=Revocation.objects.filter(certificate=self).exists(),
            superseded=newer.exists(),
        )


class CertificateFile(models.Model):
    """The one rendering of a certificate, kept under the hash of its bytes. Append-only."""

    certificate = models.OneToOneField(Certificate, on_delete=models.PROTECT, primary_key=True, related_name="file")
    sha256 = models.CharField(max_length=64)
    storage_key = models.CharField(max_length=120)
    size_bytes = models.PositiveIntegerField()
    rendered_at = models.DateTimeField()


class Revocation(Row):
    """That a certificate no longer counts, and why. Append-only."""

    certificate = models.OneToOneField(Certificate, on_delete=models.PROTECT, related_name="revocation")
    reason = models.TextField()
    revoked_by_id = models.UUIDField()
    revoked_by_name = models.CharField(max_length=200)
    revoked_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="revocation_has_reason")]
