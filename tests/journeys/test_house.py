"""The house that journeys visit stands, and its watch is awake."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from core.models import Heartbeat
from tests.journeys.house import House
from tests.journeys.watch import Watch


@pytest.mark.parametrize("size", ["phone", "desktop"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_visitor_is_led_to_the_sign_in_form(
    page_at: Callable[..., Page], accessible: Callable[[Page], None], size: str, theme: str
) -> None:
    page = page_at(size, theme=theme)
    page.goto("/")
    expect(page.locator("input[name=login]")).to_be_visible()
    accessible(page)


def test_account_signs_in(page_at: Callable[..., Page]) -> None:
    page = page_at("phone", account="learner")
    assert "/accounts/login/" not in page.url


def test_worker_and_beat_show_life(live_house: House) -> None:
    live_house.send("core.beat", name="beat")
    names = live_house.wait_until(lambda: set(Heartbeat.objects.values_list("name", flat=True)), "a heart beats")
    assert names <= {"worker", "beat"}


def test_worker_goes_on_after_redis_was_away(live_house: House, page_at: Callable[..., Page]) -> None:
    live_house.stop_redis()
    try:
        page = page_at(account="learner")
        assert "/accounts/login/" not in page.url
    finally:
        live_house.start_redis()
    live_house.send("core.beat", name="beat")
    live_house.wait_until(Heartbeat.objects.filter(name="beat").exists, "the worker takes work again")


def test_house_goes_on_after_postgresql_crashed(live_house: House, page_at: Callable[..., Page]) -> None:
    page = page_at(account="learner")
    live_house.restart_postgres()
    page.reload()
    assert "/accounts/login/" not in page.url


def test_watch_hears_what_the_policy_refuses(page_at: Callable[..., Page], watch: Watch) -> None:
    page = page_at()
    page.goto("/accounts/login/")
    page.evaluate("document.head.append(Object.assign(document.createElement('style'), {textContent: 'p{}'}))")
    page.evaluate("fetch('/no/such/page/')")
    page.wait_for_timeout(300)
    assert any("CSP refused style-src" in words for words in watch.unforgiven())
    assert any("status of 404" in words for words in watch.unforgiven())
    watch.forgive("")
