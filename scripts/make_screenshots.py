"""Take the README's pictures of the demo company, in a real browser: `python -m scripts.make_screenshots`."""

from __future__ import annotations

import io
import os
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

import tests.services  # noqa: F401  starts the servers and puts their addresses into the environment
from scripts.browser import find_browser
from scripts.setup import ROOT

IMAGES = ROOT / "docs" / "images"
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
PAPER, GAP = "#e9eded", 32


def main() -> None:
    """Run the house of the journeys, and take one picture after the other."""
    import django

    os.environ["DEMO_SCALE"] = "demo"  # with its history, which journeys do without
    django.setup()
    from tests.journeys.house import open_house

    IMAGES.mkdir(parents=True, exist_ok=True)
    house = open_house()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=find_browser(), args=["--no-sandbox"])
            phone = picture(browser, house.address, "learner", "/", PHONE)
            desk = picture(browser, house.address, "learner", "/", DESK, theme="dark")
            save(beside(phone, desk), IMAGES / "home.png")
            save(picture(browser, house.address, "manager", "/team/", DESK), IMAGES / "team.png")
            save(picture(browser, house.address, "admin", "/requirements/new/", DESK), IMAGES / "requirement.png")
            browser.close()
    finally:
        house.close()


def picture(
    browser: Browser, address: str, account: str, path: str, size: dict[str, int], *, theme: str = "light"
) -> Image.Image:
    """Sign in and return what one page looks like."""
    from tests.journeys.conftest import sign_in

    context = browser.new_context(base_url=address, viewport=size, color_scheme=theme, device_scale_factor=1)  # type: ignore[arg-type]
    page = context.new_page()
    sign_in(page, account)
    page.goto(path, wait_until="networkidle")
    taken = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    context.close()
    return taken


def beside(left: Image.Image, right: Image.Image) -> Image.Image:
    """Return two pictures side by side on grey paper."""
    height = max(left.height, right.height) + 2 * GAP
    sheet = Image.new("RGB", (left.width + right.width + 3 * GAP, height), PAPER)
    sheet.paste(left, (GAP, GAP))
    sheet.paste(right, (left.width + 2 * GAP, GAP))
    return sheet


def save(taken: Image.Image, path: Path) -> None:
    """Write a picture with a palette, which is small and loses nothing that one would see."""
    taken.quantize(colors=256, dither=Image.Dither.NONE).save(path, optimize=True)


if __name__ == "__main__":
    main()
