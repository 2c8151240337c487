"""What an auditor does: find a person, read the whole record, and check the certificate as a stranger would."""

from __future__ import annotations

import io
import re

from playwright.sync_api import Page, expect
from pypdf import PdfReader

from records.models import Certificate
from tests.journeys.steps.author import COURSE


def read_record(page: Page, certificate: Certificate) -> None:
    """Find the person, and read their history, attempts, signatures and requirements, with versions."""
    page.goto("/people/")
    expect(page.get_by_role("note")).to_contain_text("Read-only access")
    page.get_by_role("searchbox").fill("Lindqvist")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("main").get_by_role("link", name="Maya Lindqvist").click()
    parts = {
        "history": [COURSE, "3.1", "I have completed and understood this training", certificate.serial],
        "attempts": ["6 of 10", "10 of 10", "Not passed", "Passed", "3.1"],
        "signatures": ["I have completed and understood this training", "sha256"],
        "positions": ["Tablet Operator", "Packaging Operator"],
        "certificates": [certificate.serial, "3.1", "Current"],
    }
    for part, expected in parts.items():
        page.goto(f"/people/{certificate.holder_id}/{part}/")
        for words in expected:
            expect(page.get_by_role("main")).to_contain_text(words)
    assert page.get_by_role("main").get_by_role("button", name=re.compile("Remind|Edit|Delete")).count() == 0


def download_certificate(page: Page, certificate: Certificate) -> bytes:
    """Take the certificate's file from its page."""
    page.get_by_role("main").get_by_role("link", name=COURSE, exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download PDF").click()
    document = download.value.path().read_bytes()
    words = " ".join(PdfReader(io.BytesIO(document)).pages[0].extract_text().split())
    assert certificate.serial in words
    return document


def check_address(page: Page) -> str:
    """Return where the certificate's QR code leads, as its page says it."""
    address = page.get_by_role("link", name="Check page").get_attribute("href")
    assert address is not None
    return address


def check_signed_out(page: Page, address: str, *, expected: str, status: int = 200) -> None:
    """Open a check page as somebody without an account."""
    answer = page.goto(address)
    assert answer is not None
    assert answer.status == status
    expect(page.get_by_role("heading", level=1)).to_contain_text(expected)
