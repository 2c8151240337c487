"""Fixtures of the browser journeys: a running house, pages at two sizes and in two themes, and a watch on them.

Each journey begins with the company as it was made, but that mail goes out whenever it runs. The rows of
its house are also those of the test process, so that a journey may look at them or prepare them through
the actions.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connections
from playwright.sync_api import Browser, Page, sync_playwright

from scripts.browser import find_browser
from tests.journeys.house import PASSWORD, House, open_house
from tests.journeys.steps.company import let_mail_out_at_any_hour
from tests.journeys.watch import Watch
from tests.services import VAR

SIZES = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1280, "height": 900}}
SECONDS_TO_ANSWER = 15
OpenPage = Callable[..., Page]

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright keeps an event loop in this thread


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what lies here as journeys."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.journey)


@pytest.fixture(scope="session")
def _house() -> Iterator[House]:
    house = open_house()
    yield house
    house.close()


@pytest.fixture
def live_house(_house: House, django_db_setup: None, django_db_blocker) -> Iterator[House]:
    """Give the running house, with its company as it was made and its database open to the test."""
    _house.start_over()
    settings = connections["default"].settings_dict
    before = {**settings}
    _use(settings, NAME=_house.database, HOST=str(_house.postgres.socket_folder))
    with django_db_blocker.unblock():
        let_mail_out_at_any_hour()
        yield _house
        _use(settings, **before)


def _use(settings: dict, **changes: object) -> None:
    connections["default"].close()
    settings.update(changes)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Give one Chromium for all journeys."""
    with sync_playwright() as playwright:
        args = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        chromium = playwright.chromium.launch(executable_path=find_browser(), args=args)
        yield chromium
        chromium.close()


@pytest.fixture
def watch() -> Iterator[Watch]:
    """Give the watch over the pages of one test; what it saw and nobody expected fails the test."""
    seen = Watch()
    yield seen
    assert seen.unforgiven() == []


@pytest.fixture
def page_at(live_house: House, browser: Browser, watch: Watch, request: pytest.FixtureRequest) -> Iterator[OpenPage]:
    """Give a function that opens a page of the house: `page_at("phone", theme="dark", account="learner")`.

    Each page has a session of its own; with an account it is signed in.
    """
    opened: list[Page] = []

    def open_page(size: str = "desktop", *, theme: str = "light", account: str = "", **options: object) -> Page:
        context = browser.new_context(
            base_url=live_house.address, viewport=SIZES[size], color_scheme=theme, has_touch=size == "phone", **options
        )
        context.set_default_timeout(SECONDS_TO_ANSWER * 1000)
        watch.over(context)
        page = context.new_page()
        opened.append(page)
        if account:
            sign_in(page, account)
        return page

    yield open_page
    failed = getattr(request.node, "call_failed", False)
    for number, page in enumerate(opened):
        if failed and not page.is_closed():
            page.screenshot(path=VAR / "failed" / f"{request.node.name}-{number}.png", full_page=True)
        page.context.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let the fixtures know that their test has failed, so that they keep a picture of it."""
    report = yield
    if report.when == "call":
        item.call_failed = report.failed  # type: ignore[attr-defined]
    return report


def sign_in(page: Page, account: str, *, password: str = PASSWORD) -> None:
    """Sign in as a demo account, through the form."""
    page.goto("/accounts/login/")
    page.fill("input[name=login]", account if "@" in account else f"{account}@demo.test")
    page.fill("input[name=password]", password)
    page.locator("form:has(input[name=password]) [type=submit]").click()
    page.wait_for_url(lambda url: "/accounts/login/" not in url)


@pytest.fixture
def accessible() -> Callable[[Page], None]:
    """Give a function that fails when axe finds anything on a page."""
    axe = Axe()

    def check(page: Page) -> None:
        results = axe.run(page)
        assert results.violations_count == 0, results.generate_report()

    return check
