"""The public check page: every state, nothing more than the certificate says, and a brake."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from people.models import User
from records import tasks
from records.actions import revoke_certificate
from records.models import Certificate, CertificateFile
from tests.factories import NINE, make_certificate, make_person
from tests.records.tampering import tamper

NOON = NINE + timedelta(hours=3)


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    cache.clear()
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def certificate(db: None) -> Certificate:
    return make_certificate(make_person(name="Maya Lindqvist", email="maya@demo.test", employee_number="20418"))


def page_of(client: Client, certificate: Certificate) -> str:
    answer = client.get(f"/v/{certificate.token}/")
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_current_certificate_says_what_it_says_and_no_more(client: Client, certificate: Certificate) -> None:
    tasks.render_certificate(str(certificate.pk))
    page = page_of(client, certificate)
    for words in (
        "Genuine and current", "Maya Lindqvist", "Electronic records and signatures", "GXP-011, 3.0",
        "23 Nov 2026 10:00:00 CET (09:00:00 UTC)", "passed", "23 Nov 2027",
            "I have completed and understood this training",
        "Corvane Pharma", certificate.serial, certificate.code, CertificateFile.objects.get().sha256,
        "Checked against the record on", "23 Nov 2026 13:00:00 CET (12:00:00 UTC)",
    ):  # fmt: skip
        assert words in page
    for secret in ("20418", "maya@demo.test", "Tablet Operator", str(certificate.holder_id), "9 of 10"):
        assert secret not in page


def test_page_stays_out_of_search_engines_and_caches(client: Client, certificate: Certificate) -> None:
    answer = client.get(f"/v/{certificate.token}/")
    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert "no-store" in answer["Cache-Control"]


def test_superseded_certificate_names_what_replaced_it(client: Client, certificate: Certificate) -> None:
    holder = User.objects.get(pk=certificate.holder_id)
    newer = make_certificate(holder, at=NINE + timedelta(hours=1), course_id=certificate.course_id)
    page = page_of(client, certificate)
    assert "Genuine, superseded" in page
    assert f"Replaced by certificate {newer.serial}." in page
    assert "Genuine and current" in page_of(client, newer)


def test_expired_certificate_says_since_when(client: Client, db: None) -> None:
    certificate = make_certificate(make_person(), valid_until=date(2026, 11, 23))
    assert "Genuine and current" in page_of(client, certificate)
    with time_machine.travel(NINE + timedelta(days=1), tick=False):
        page = page_of(client, certificate)
    assert "Genuine, expired" in page
    assert "It was valid until 23 Nov 2026. No newer one replaced it." in page


def test_revoked_certificate_warns_without_the_reason(client: Client, certificate: Certificate) -> None:
    revoke_certificate(certificate=certificate, by=make_person(), at=NINE, reason="Somebody else answered")
    page = page_of(client, certificate)
    assert "Revoked on 23 Nov 2026" in page
    assert "Do not rely on it. Ask Corvane Pharma for the reason." in page
    assert "Somebody else answered" not in page


@pytest.mark.requirement("R-34")
def test_changed_record_is_said_to_not_match(client: Client, committed_db: str) -> None:
    certificate = make_certificate(make_person())
    assert "Genuine and current" in page_of(client, certificate)
    tamper("records_certificate", "valid_until = '2099-01-01'")
    page = page_of(client, certificate)
    assert "The signature does not match" in page
    assert "I have completed and understood" not in page


@pytest.mark.requirement("R-33")
def test_moved_signature_is_said_to_not_match(client: Client, committed_db: str) -> None:
    maya = make_person()
    mine, other = make_certificate(maya), make_certificate(maya)
    assert other.signature is not None
    tamper("records_certificate", f"signature_id = '{other.signature.pk}'")
    assert "The signature does not match" in page_of(client, mine)
    assert "Genuine and current" in page_of(client, other)


def test_unknown_token_is_answered_like_a_known_one(
    client: Client, certificate: Certificate, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(1):
        client.get(f"/v/{certificate.token}/")
    with django_assert_num_queries(1):
        answer = client.get("/v/AAAAAAAAAAAAAAAAAAAAAA/")
    assert answer.status_code == 404
    assert "No such certificate" in answer.content.decode()


def test_number_and_code_lead_to_the_page(client: Client, certificate: Certificate) -> None:
    typed = {"serial": certificate.serial.lower().replace("-", " "), "code": certificate.code.upper()}
    answer = client.post("/verify/", typed)
    assert (answer.status_code, answer["Location"]) == (302, f"/v/{certificate.token}/")


def test_wrong_code_finds_nothing(client: Client, certificate: Certificate) -> None:
    answer = client.post("/verify/", {"serial": certificate.serial, "code": "0" * 12})
    assert answer.status_code == 404
    assert certificate.token not in answer.content.decode()


def test_half_a_number_is_asked_for_again(client: Client, certificate: Certificate) -> None:
    answer = client.post("/verify/", {"serial": "7KQ4", "code": "xyz"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="7KQ4"' in page
    assert "A number has ten letters and figures" in page
    assert "A code has twelve figures and letters" in page


def _stored(certificate: Certificate) -> bytes:
    tasks.render_certificate(str(certificate.pk))
    with default_storage.open(CertificateFile.objects.get(certificate=certificate).storage_key) as file:
        content: bytes = file.read()
    return content


def test_issued_file_is_recognised_and_a_changed_one_is_not(client: Client, certificate: Certificate) -> None:
    content = _stored(certificate)
    same = client.post(f"/v/{certificate.token}/", {"file": SimpleUploadedFile("c.pdf", content)})
    other = client.post(f"/v/{certificate.token}/", {"file": SimpleUploadedFile("c.pdf", content + b" ")})
    assert (same.context["same_file"], other.context["same_file"]) == (True, False)


def test_issued_file_leads_to_its_certificate(client: Client, certificate: Certificate) -> None:
    content = _stored(certificate)
    found = client.post("/verify/", {"file": SimpleUploadedFile("c.pdf", content)})
    missing = client.post("/verify/", {"file": SimpleUploadedFile("c.pdf", content + b" ")})
    assert (found.status_code, found.context["certificate"]) == (200, certificate)
    assert (missing.status_code, missing.context["certificate"]) == (404, None)


def test_too_large_and_missing_files_are_refused_beside_the_field(client: Client, certificate: Certificate) -> None:
    large = SimpleUploadedFile("c.pdf", b"0" * (5 * 1024 * 1024 + 1))
    assert "larger than 5 MB" in client.post("/verify/", {"file": large}).content.decode()
    assert client.post("/verify/", {}).status_code == 422


def test_one_address_is_braked_and_another_is_not(client: Client, certificate: Certificate) -> None:
    path = f"/v/{certificate.token}/"
    answers = [client.get(path, REMOTE_ADDR="192.0.2.7").status_code for _each in range(31)]
    assert answers == [200] * 30 + [429]
    assert client.get(path, REMOTE_ADDR="192.0.2.8").status_code == 200
