"""Signatures: bound to one record, one person, one time; with a meaning out of a list."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from core.ids import new_id
from records.actions import record_fact, sign
from records.choices import Components, Meaning
from records.models import Certificate, CertificateFile, Event, FactDelivery, Signature
from tests.factories import BY, NINE, make_certificate, make_person
from tests.records.test_delivery import HAPPENED

RECORD: dict[str, Any] = {"course": "GXP-011", "score": 9, "completed_at": NINE}


def signed(**details: Any) -> Signature:
    what = {"record_type": "completion", "record_id": new_id(), "record": RECORD, "meaning": Meaning.COMPLETED}
    with transaction.atomic():
        return sign(
            by=make_person(name="Maya Lindqvist"), at=NINE, zone="Europe/Zurich", components=Components.ALL,
            **{**what, **details},
        )  # fmt: skip


@pytest.mark.requirement("R-30")
def test_signature_keeps_name_time_zone_meaning_and_hash(db: None) -> None:
    signature = signed()
    kept = Signature.objects.get()
    assert kept == signature
    assert (kept.signer_name, kept.signed_at, kept.zone) == ("Maya Lindqvist", NINE, "Europe/Zurich")
    assert kept.statement == "I have completed and understood this training"
    assert kept.is_intact()
    fact = Event.objects.get(verb="records.signed")
    assert (fact.signature_id, fact.payload["record_sha256"]) == (kept.pk, kept.record_sha256)


@pytest.mark.requirement("R-33")
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("signer_name", "Somebody Else"),
        ("signer_id", new_id()),
        ("meaning", "approved"),
        ("signed_at", NINE + timedelta(seconds=1)),
        ("zone", "UTC"),
        ("record_id", new_id()),
        ("record_type", "waiver"),
        ("record", {**RECORD, "score": 10}),
        ("record_sha256", "0" * 64),
        ("sha256", "0" * 64),
    ],
)
def test_any_change_breaks_it(db: None, field: str, value: object) -> None:
    signature = signed()
    assert signature.is_intact()
    setattr(signature, field, value)
    assert not signature.is_intact()


@pytest.mark.requirement("R-33")
def test_it_covers_its_own_record_and_no_other(db: None) -> None:
    record_id = new_id()
    signature = Signature.objects.get(pk=signed(record_id=record_id).pk)
    assert signature.covers(record_type="completion", record_id=record_id, record=RECORD)
    assert not signature.covers(record_type="completion", record_id=new_id(), record=RECORD)
    assert not signature.covers(record_type="waiver", record_id=record_id, record=RECORD)
    assert not signature.covers(record_type="completion", record_id=record_id, record={**RECORD, "score": 10})


@pytest.mark.requirement("R-31")
def test_meaning_in_free_text_is_refused(db: None) -> None:
    with pytest.raises(ValueError, match="is not a valid Meaning"):
        signed(meaning="I was here")
    assert not Signature.objects.exists()


def test_only_a_person_signs(db: None) -> None:
    with pytest.raises(ValueError, match="only a person signs"):
        sign(
            by=BY, at=NINE, zone="UTC", meaning=Meaning.COMPLETED, components=Components.ALL, record_type="x",
            record_id=new_id(), record={},
        )  # fmt: skip


def a_signature(**details: Any) -> Signature:
    return Signature(
        **{
            "signer_id": new_id(), "signer_name": "Maya", "meaning": "completed", "statement": "I have", "zone": "UTC",
            "signed_at": NINE, "components": "all", "record_type": "x", "record_id": new_id(), "record": {},
            "record_sha256": "0" * 64, "sha256": "0" * 64, **details,
        }
    )  # fmt: skip


@pytest.mark.parametrize(
    ("constraint", "details"),
    [
        ("signature_meaning_known", {"meaning": "i_was_here"}),
        ("signature_components_known", {"components": "click"}),
        ("signature_manifestation_complete", {"signer_name": ""}),
        ("signature_manifestation_complete", {"zone": ""}),
        ("signature_manifestation_complete", {"statement": ""}),
    ],
)
def test_database_refuses_half_a_signature(db: None, constraint: str, details: dict[str, str]) -> None:
    _happened()
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        a_signature(**details).save(force_insert=True)


@pytest.mark.parametrize(
    ("constraint", "changes"),
    [
        ("certificate_score_whole", {"max_score": None}),
        ("records_certificate_serial", {"id": "new", "token": "t", "completion_id": "new"}),
        ("records_certificate_token", {"id": "new", "serial": "s", "completion_id": "new"}),
        ("records_certificate_completion_id", {"id": "new", "serial": "s", "token": "t"}),
    ],
)
def test_database_refuses_a_second_or_half_certificate(db: None, constraint: str, changes: dict[str, Any]) -> None:
    certificate = make_certificate(make_person())
    fresh = {"id": new_id(), "serial": "s", "token": "t", "completion_id": new_id()} if "id" not in changes else {}
    for field, value in {**fresh, **changes}.items():
        setattr(certificate, field, new_id() if value == "new" else value)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        certificate.save(force_insert=True)
    assert Certificate.objects.count() == 1


def test_database_keeps_one_file_of_a_certificate(db: None) -> None:
    certificate = make_certificate(make_person())
    file = {"sha256": "0" * 64, "storage_key": "k", "size_bytes": 1, "rendered_at": NINE}
    CertificateFile.objects.create(certificate=certificate, **file)
    with pytest.raises(IntegrityError, match="records_certificatefile_pkey"), transaction.atomic():
        CertificateFile.objects.create(certificate=certificate, **file)


@pytest.mark.parametrize(
    ("constraint", "follower", "state"),
    [("delivery_once_per_follower", "tests.one", "waiting"), ("delivery_state_known", "tests.two", "lost")],
)
def test_database_keeps_one_delivery_a_follower(db: None, constraint: str, follower: str, state: str) -> None:
    number = _happened()
    FactDelivery.objects.create(event_id=number, follower="tests.one", not_before=NINE)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        FactDelivery.objects.create(event_id=number, follower=follower, state=state, not_before=NINE)


def _happened() -> int:
    with transaction.atomic():
        return record_fact(HAPPENED, by=BY, at=NINE, subject_type="test", subject_id=new_id())
