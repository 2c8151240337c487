"""PDFs out of templates; WeasyPrint is loaded only where one is made, since it needs Pango."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string

# What paper does not know of a style sheet for the screen is left out in silence.
logging.getLogger("weasyprint").setLevel(logging.ERROR)


class PdfUnavailable(RuntimeError):
    """WeasyPrint cannot be loaded: Pango, a system package, is missing."""


def render_pdf(template: str, context: dict[str, Any], *, variant: str) -> bytes:
    """Return a PDF of the template. `variant` is pdf/a-3b for records, pdf/ua-1 for reports.

    Only files of the project are read; nothing is fetched. Raises PdfUnavailable without Pango.
    """
    try:
        from weasyprint import HTML
        from weasyprint.urls import URLFetcher
    except OSError as error:
        raise PdfUnavailable(str(error)) from error

    static = Path(settings.BASE_DIR) / "static"
    fetcher = URLFetcher(allowed_protocols=["file", "data"])
    html = HTML(string=render_to_string(template, context), base_url=static.as_uri() + "/", url_fetcher=fetcher)
    document: bytes = html.write_pdf(pdf_variant=variant, pdf_tags=True)
    return document
