"""axe in a page that is looked at again and again: its script comes with every document, and only findings go back.

The script has half a megabyte; sent before every look, it costs as much as the look itself.
"""

from __future__ import annotations

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page


def bring_axe(page: Page) -> None:
    """Give axe to every document that this page opens from now on."""
    page.add_init_script(AXE_SCRIPT)


def violations(page: Page) -> list[dict[str, Any]]:
    """Return what axe finds on the page as it stands, by all its rules."""
    found: list[dict[str, Any]] = page.evaluate(
        "axe.run({resultTypes: ['violations']}).then((results) => results.violations)"
    )
    return found
