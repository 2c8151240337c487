"""A certificate as a page and a file: for its holder and whom may read them, the same bytes for ever."""

from __future__ import annotations

from django.core.files.storage import default_storage

from records import tasks
from records.actions import revoke_certificate
from records.models import CertificateFile, Event
from tests.factories import make_certificate
from tests.records.tampering import tamper
from tests.reporting.company import AT, Company, company, content_of, reading
from tests.reporting.test_people_pages import an_auditor


def test_certificate_is_for_its_holder_and_whom_may_read_them(firm: Company) -> None:
    certificate = make_certificate(firm.maya)
    tasks.render_certificate(str(certificate.pk))
    paths = [f"/certificates/{certificate.pk}/", f"/certificates/{certificate.pk}/certificate.pdf"]
    for path in paths:
        for reader in (firm.maya, firm.sofia, firm.jonas, firm.admin, an_auditor()):
            assert content_of(reading(reader), path), reader.name
        for reader in (firm.owen, firm.ruth, firm.ines):
            assert reading(reader).get(path).status_code == 404, reader.name


def test_page_says_that_the_file_is_being_made_and_looks_again(firm: Company) -> None:
    certificate = make_certificate(firm.maya)
    client, path = reading(firm.maya), f"/certificates/{certificate.pk}/"
    waiting = client.get(path).content.decode()
    assert "The PDF is being made" in waiting
    assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in waiting
    assert f'data-wait="{path}certificate.pdf"' in waiting
    assert client.get(f"{path}certificate.pdf").status_code == 404
    tasks.render_certificate(str(certificate.pk))
    ready = client.get(path).content.decode()
    assert "being made" not in ready
    assert 'http-equiv="refresh"' not in ready
    assert f'href="{path}certificate.pdf"' in ready


def test_file_is_the_stored_bytes_for_ever(firm: Company) -> None:
    certificate = make_certificate(firm.maya)
    tasks.render_certificate(str(certificate.pk))
    kept = CertificateFile.objects.get()
    client, path = reading(firm.maya), f"/certificates/{certificate.pk}/certificate.pdf"
    first = client.get(path)
    content = b"".join(first.streaming_content)  # type: ignore[attr-defined]
    assert first["Content-Type"] == "application/pdf"
    assert f'filename="{certificate.serial}.pdf"' in first["Content-Disposition"]
    tasks.render_missing_certificates()
    assert content_of(client, path) == content
    with default_storage.open(kept.storage_key) as file:
        assert file.read() == content


def test_page_says_why_a_certificate_was_revoked(firm: Company) -> None:
    certificate = make_certificate(firm.maya)
    revoke_certificate(certificate=certificate, by=firm.admin, at=AT, reason="Somebody else answered")
    shown = reading(firm.maya).get(f"/certificates/{certificate.pk}/").content.decode()
    assert "by Tomás Ferreira: Somebody else answered" in shown


def test_what_an_auditor_opens_is_written_to_the_trail(firm: Company) -> None:
    certificate = make_certificate(firm.maya)
    reading(an_auditor()).get(f"/certificates/{certificate.pk}/")
    opened = Event.objects.get(verb="reporting.record_opened")
    assert opened.person_id == firm.maya.pk


def test_changed_certificate_is_said_not_to_match(committed_db: str) -> None:
    maya = company().maya
    certificate = make_certificate(maya)
    client, path = reading(maya), f"/certificates/{certificate.pk}/"
    assert "does not match" not in client.get(path).content.decode()
    tamper("records_certificate", "course_title = 'Something harder'")
    assert "The signature does not match" in client.get(path).content.decode()
