"""The background work of the records: facts on their way, and the PDFs of certificates."""

from __future__ import annotations

import logging
import time
from uuid import UUID

from celery import shared_task

from core.clock import now
from core.pdf import PdfUnavailable
from core.storage import store_once
from records.actions import deliver_next_fact, file_certificate
from records.certificates import render_certificate as rendering_of
from records.facts import SystemActor
from records.models import Certificate
from records.queries import certificates, certificates_without_file

log = logging.getLogger(__name__)

BY = SystemActor("certificates")
DRAIN_SECONDS = 60  # one run of a task; what is left over is taken by the next
CERTIFICATES_A_SWEEP = 200


@shared_task(name="records.deliver_facts")
def deliver_facts() -> None:
    """Hand facts to their followers until none waits."""
    ends = time.monotonic() + DRAIN_SECONDS
    while deliver_next_fact(at=now()) and time.monotonic() < ends:
        pass


@shared_task(name="records.render_certificate")
def render_certificate(certificate_id: str) -> None:
    """Make the PDF of one certificate, unless it is there. Without Pango it is left for the sweep."""
    certificate = certificates().filter(pk=UUID(certificate_id), file__isnull=True).first()
    if certificate is not None:
        try:
            _keep_rendering(certificate)
        except PdfUnavailable as error:
            log.warning("Certificate %s has to wait for its PDF: %s", certificate.serial, error)


@shared_task(name="records.render_missing_certificates")
def render_missing_certificates() -> None:
    """Make the PDFs that a lost wake-up or a missing library has left behind, oldest first."""
    for certificate_id in certificates_without_file(at_most=CERTIFICATES_A_SWEEP):
        try:
            _keep_rendering(certificates().get(pk=certificate_id))
        except PdfUnavailable as error:
            log.warning("Certificates have to wait for their PDFs: %s", error)
            return
        except Exception:  # one that cannot be made must not keep the others
            log.exception("The PDF of certificate %s could not be made", certificate_id)


def _keep_rendering(certificate: Certificate) -> None:
    document = rendering_of(certificate)
    key, sha256 = store_once(document, suffix=".pdf")
    file_certificate(certificate=certificate, by=BY, at=now(), sha256=sha256, storage_key=key, size_bytes=len(document))
