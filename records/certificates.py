"""The printed certificate: what stands on it, and its one rendering as a PDF."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import segno
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from core.pdf import render_pdf
from records.models import Certificate
from records.queries import approval_of

LONG_NAME, LONG_TITLE = 32, 90  # letters that still fit in the large type


def check_address(certificate: Certificate) -> str:
    """Return the address that the QR code leads to."""
    return settings.BASE_URL + reverse("records:verify", args=[certificate.token])


def render_certificate(certificate: Certificate) -> bytes:
    """Return the certificate as PDF/A-3b; the same certificate gives the same bytes.

    Raises core.pdf.PdfUnavailable without Pango.
    """
    with timezone.override(ZoneInfo(certificate.zone)):
        return render_pdf("pdf/certificate.html", printed(certificate), variant="pdf/a-3b")


def printed(certificate: Certificate) -> dict[str, Any]:
    """Return what the template prints: the certificate, its signatures, its QR code and hash."""
    digest, issued = certificate.record_sha256, certificate.issued_at.astimezone(UTC)
    return {
        "certificate": certificate,
        "is_long": len(certificate.holder_name) > LONG_NAME or len(certificate.course_title) > LONG_TITLE,
        "result": _result(certificate.score, certificate.max_score),
        "completed_on": certificate.completed_at.astimezone(ZoneInfo(certificate.zone)).date(),
        "signatures": [
            (each, signed_words(each.signed_at, each.zone))
            for each in (certificate.signature, approval_of(certificate.version_id))
            if each
        ],
        "qr": _qr_path(check_address(certificate)),
        "check_at": (settings.BASE_URL + reverse("records:check")).split("//", 1)[-1].rstrip("/"),
        "code": " ".join(certificate.code[place : place + 4] for place in range(0, len(certificate.code), 4)),
        "hash_lines": [digest[:32], digest[32:]],
        "issued_at": f"{issued:%Y-%m-%dT%H:%M:%SZ}",
        "issued": f"{issued.day} {issued:%b %Y %H:%M:%S} UTC",
        "version": settings.VERSION,
    }


def signed_words(at: datetime, zone: str) -> str:
    """Say when a signature was made as it is printed: 23 Nov 2026 11:21:44 CET (UTC+01:00)."""
    local = at.astimezone(ZoneInfo(zone))
    offset = local.strftime("%z")
    return f"{local.day} {local:%b %Y %H:%M:%S} {local.tzname()} (UTC{offset[:3]}:{offset[3:]})"


def _result(score: Decimal | None, max_score: Decimal | None) -> tuple[str, str] | None:
    if score is None or max_score is None:
        return None
    return f"{score.normalize():f}", f"{max_score.normalize():f}"


def _qr_path(text: str) -> dict[str, Any]:
    """Return a QR code as one SVG path of horizontal runs, and its width in modules."""
    matrix = segno.make(text, error="m", micro=False).matrix
    runs = []
    for y, row in enumerate(matrix):
        x = 0
        while x < len(row):
            begun = x
            while x < len(row) and row[x]:
                x += 1
            if x > begun:
                runs.append(f"M{begun} {y}h{x - begun}v1H{begun}z")
            x += 1
    return {"path": "".join(runs), "size": len(matrix), "width": len(matrix) + 4}
