"""The course page in a browser that has never been here: how many requests, how many bytes."""

from __future__ import annotations

import os
from typing import Any

from django.urls import reverse

from enrollment.models import Enrollment
from lms.bench.pages import House
from scripts.browser import on_the_path


def cold_course(house: House) -> dict[str, float]:
    """Return requests and KiB over the wire of the course page; nothing where there is no browser."""
    executable = os.environ.get("CHROMIUM") or on_the_path()
    if executable is None:
        return {}
    from playwright.sync_api import sync_playwright

    user, visitor = house.learners[0]
    enrollment = Enrollment.objects.filter(user=user).order_by("pk")[0]
    sizes: dict[str, float] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        address = f"http://{visitor.host}:{visitor.port}"
        context.add_cookies([{"name": k, "value": v, "url": address} for k, v in visitor.cookies.items()])
        page = context.new_page()
        session = context.new_cdp_session(page)
        session.send("Network.enable")

        def finished(event: dict[str, Any]) -> None:
            sizes[event["requestId"]] = event["encodedDataLength"]

        session.on("Network.loadingFinished", finished)
        page.goto(address + reverse("enrollment:course", args=[enrollment.pk]), wait_until="networkidle")
        browser.close()
    return {"cold_kib": round(sum(sizes.values()) / 1024, 1), "cold_requests": len(sizes)}
