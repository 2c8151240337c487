"""Signing, which every role does alike."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.journeys.house import PASSWORD


def fill_signature(page: Page, account: str, *, password: str = PASSWORD) -> Locator:
    """Fill what a signature asks for now, and return its form; the user ID is asked first in a session only."""
    form = page.locator("form:has(input[name=sign-password])")
    for field, words in (("email", f"{account}@demo.test"), ("password", password)):
        if form.locator(f"[name=sign-{field}]").count():
            form.locator(f"[name=sign-{field}]").fill(words)
    if form.locator("[name=sign-accept]").count():
        form.locator("[name=sign-accept]").check()
    return form


def sign(page: Page, account: str, *, both: bool) -> None:
    """Sign with the components that are due: both at the first signing of a session, then the secret alone."""
    expect(page.locator("[name=sign-email]")).to_have_count(1 if both else 0)
    expect(page.locator("[name=sign-password]")).to_have_value("")
    fill_signature(page, account).locator("[type=submit]").click()
