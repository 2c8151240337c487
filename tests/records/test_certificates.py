"""Certificates: issued once, printed once, worth something until they are not."""

from datetime import date, timedelta
from io import BytesIO

import pytest
from django.core.files.storage import default_storage
from django.db import DatabaseError, transaction
from pypdf import PdfReader

from core.pdf import PdfUnavailable
from records import tasks
from records.actions import revoke_certificate
from records.certificates import check_address, render_certificate
from records.choices import CertificateStatus
from records.facts import SystemActor
from records.models import Certificate, CertificateFile, Event
from records.queries import certificates, certificates_of
from tests.factories import NINE, make_certificate, make_person, make_site, place
from tests.records.tampering import tamper

LATER = NINE + timedelta(days=90)


def test_newer_certificate_supersedes_unless_it_was_revoked(db: None) -> None:
    maya, admin = make_person(), make_person()
    first = make_certificate(maya)
    assert first.status_at(NINE) == CertificateStatus.CURRENT
    second = make_certificate(maya, at=LATER, course_id=first.course_id)
    kept = certificates().get(pk=first.pk)
    assert (kept.status_at(LATER), kept.replaced_by) == (CertificateStatus.SUPERSEDED, second.serial)
    revoke_certificate(certificate=second, by=admin, at=LATER, reason="Issued by mistake")
    assert certificates().get(pk=first.pk).status_at(LATER) == CertificateStatus.CURRENT
    assert Certificate.objects.get(pk=second.pk).status_at(LATER) == CertificateStatus.REVOKED


def test_certificate_of_another_person_or_course_supersedes_nothing(db: None) -> None:
    maya, noor = make_person(), make_person()
    first = make_certificate(maya)
    make_certificate(maya, at=LATER)
    make_certificate(noor, at=LATER, course_id=first.course_id)
    assert certificates().get(pk=first.pk).status_at(LATER) == CertificateStatus.CURRENT


def test_certificates_of_a_person_take_one_query_whatever_their_number(
    db: None, django_assert_num_queries: object
) -> None:
    maya = make_person()
    for number in (1, 3):
        for _each in range(number):
            make_certificate(maya)
        with django_assert_num_queries(1):  # type: ignore[operator]
            assert all(each.status_at(NINE) for each in certificates_of(maya.pk))


def test_revoking_twice_keeps_the_first_reason(db: None) -> None:
    certificate, admin = make_certificate(make_person()), make_person()
    first = revoke_certificate(certificate=certificate, by=admin, at=NINE, reason="Somebody else answered")
    assert revoke_certificate(certificate=certificate, by=admin, at=LATER, reason="Again") == first
    facts = Event.objects.filter(verb="records.certificate_revoked")
    assert [(fact.reason, fact.person_id) for fact in facts] == [("Somebody else answered", certificate.holder_id)]


def test_only_a_person_revokes_and_only_with_a_reason(db: None) -> None:
    certificate, admin = make_certificate(make_person()), make_person()
    with pytest.raises(ValueError, match="only a person"):
        revoke_certificate(certificate=certificate, by=SystemActor("a test"), at=NINE, reason="x")
    with pytest.raises(DatabaseError, match="revocation_has_reason"), transaction.atomic():
        revoke_certificate(certificate=certificate, by=admin, at=NINE, reason="")


@pytest.mark.requirement("R-33")
def test_certificate_does_not_match_a_signature_for_something_else(db: None) -> None:
    maya = make_person()
    mine, other = make_certificate(maya), make_certificate(maya)
    assert mine.matches_signature()
    mine.signature = other.signature
    assert not mine.matches_signature()


@pytest.mark.requirement("R-33")
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("holder_name", "Somebody Else"),
        ("version_label", "4.0"),
        ("valid_until", date(2099, 1, 1)),
        ("completed_at", LATER),
    ],
)
def test_certificate_does_not_match_when_it_says_something_else(db: None, field: str, value: object) -> None:
    certificate = make_certificate(make_person())
    assert certificate.matches_signature()
    setattr(certificate, field, value)
    assert not certificate.matches_signature()


@pytest.mark.requirement("R-30")
@pytest.mark.requirement("R-32")
def test_pdf_says_who_what_when_in_which_zone_and_with_which_meaning(db: None) -> None:
    maya = make_person(name="Maya Łindqvist", employee_number="20418")
    certificate = make_certificate(maya)
    reader = PdfReader(BytesIO(render_certificate(certificate)))
    text = " ".join(reader.pages[0].extract_text().split())
    assert len(reader.pages) == 1
    for words in (
        "Maya Łindqvist", "Employee 20418 · Tablet Operator, Basel", "Electronic records and signatures",
        "GXP-011, 3.0", "9 of 10", "23 November 2026", "23 November 2027",
        "Signed electronically by Maya Łindqvist", "23 Nov 2026 10:00:00 CET (UTC+01:00)",
        "Meaning: I have completed and understood this training.",
        certificate.serial, certificate.record_sha256[:32], certificate.record_sha256[32:],
        "Issued 23 Nov 2026 09:00:00 UTC",
    ):  # fmt: skip
        assert words in text
    xmp = reader.xmp_metadata
    assert xmp is not None
    assert b"pdfaid" in xmp.rdf_root.ownerDocument.toxml().encode()


def test_pdf_of_the_same_certificate_has_the_same_bytes(db: None) -> None:
    certificate = make_certificate(make_person())
    assert render_certificate(certificate) == render_certificate(Certificate.objects.get(pk=certificate.pk))


def test_check_address_carries_the_token_on_the_configured_host(db: None) -> None:
    certificate = make_certificate(make_person())
    assert check_address(certificate) == f"http://testserver/v/{certificate.token}/"


def test_rendering_is_stored_once_and_stays(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = make_certificate(make_person())
    tasks.render_certificate(str(certificate.pk))
    kept = CertificateFile.objects.get()
    with default_storage.open(kept.storage_key) as file:
        assert file.read() == render_certificate(certificate)
    monkeypatch.setattr(tasks, "rendering_of", lambda _certificate: b"another rendering")
    tasks.render_certificate(str(certificate.pk))
    tasks._keep_rendering(certificate)
    assert CertificateFile.objects.get().sha256 == kept.sha256
    assert Event.objects.filter(verb="records.certificate_filed").count() == 1


def test_without_pango_certificates_wait_and_are_made_later(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = make_certificate(make_person())

    def missing(_certificate: Certificate) -> bytes:
        raise PdfUnavailable("no Pango")

    with monkeypatch.context() as patched:
        patched.setattr(tasks, "rendering_of", missing)
        tasks.render_certificate(str(certificate.pk))
        tasks.render_missing_certificates()
    assert not CertificateFile.objects.exists()
    tasks.render_missing_certificates()
    assert CertificateFile.objects.get().certificate_id == certificate.pk


def test_one_that_can_not_be_made_does_not_keep_the_others(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    broken, whole = make_certificate(make_person()), make_certificate(make_person(), at=LATER)

    def some(certificate: Certificate) -> bytes:
        if certificate.pk == broken.pk:
            raise ValueError("a glyph is missing")
        return b"%PDF-1.7 a rendering"

    monkeypatch.setattr(tasks, "rendering_of", some)
    tasks.render_missing_certificates()
    assert [file.certificate_id for file in CertificateFile.objects.all()] == [whole.pk]


@pytest.mark.parametrize("table", ["records_certificate", "records_certificatefile", "records_signature"])
def test_stored_records_can_not_be_changed(db: None, table: str) -> None:
    maya = make_person()
    place(maya, site=make_site())
    tasks.render_certificate(str(make_certificate(maya).pk))
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Certificate.objects.raw(f"DELETE FROM {table}")[0]


@pytest.mark.requirement("R-34")
def test_signature_is_void_when_its_record_is_changed_underneath(committed_db: str) -> None:
    certificate = make_certificate(make_person())
    assert certificates().get().matches_signature()
    tamper("records_signature", """record = jsonb_set(record, '{valid_until}', '"2099-01-01"')""")
    assert not certificates().get().matches_signature()
    assert certificate.signature is not None


def test_longest_name_and_title_still_fit_on_one_page(db: None) -> None:
    certificate = make_certificate(make_person(name=("Maximiliana von Hohenzollern " * 6)[:150].strip()))
    certificate.course_title = ("Control of hazardous energy in maintenance " * 5)[:200].strip()
    reader = PdfReader(BytesIO(render_certificate(certificate)))
    assert len(reader.pages) == 1
    assert certificate.serial in reader.pages[0].extract_text()
