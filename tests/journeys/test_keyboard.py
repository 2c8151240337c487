"""The learner's main job by keyboard alone: everything is reached, seen to be reached, and closed again."""

from __future__ import annotations

from django.urls import reverse
from playwright.sync_api import Locator, Page, expect

from assessments.models import Attempt
from courses.queries import outline_of
from enrollment.models import Completion, Enrollment
from tests.journeys.conftest import OpenPage
from tests.journeys.house import PASSWORD, House
from tests.journeys.steps import scenes
from tests.journeys.steps.author import COURSE
from tests.journeys.steps.company import account
from tests.journeys.steps.learner import answers_of, wait_for

MOST_TABS = 120


def test_learner_signs_in_finds_a_course_reads_and_watches_by_keyboard(live_house: House, page_at: OpenPage) -> None:
    page = page_at("desktop")
    page.goto("/accounts/login/")
    for field, words in (("login", "learner@demo.test"), ("password", PASSWORD)):
        _tab_to(page, page.locator(f"input[name={field}]"))
        page.keyboard.type(words)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Maya")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("g")
    page.keyboard.press("c")
    page.wait_for_url("**/catalog/")
    _tab_to(page, page.get_by_role("main").get_by_role("link", name=COURSE, exact=True))
    page.keyboard.press("Enter")
    _tab_to(page, page.get_by_role("main").get_by_role("button", name="Start"))
    page.keyboard.press("Enter")
    expect(page.locator(".player")).to_be_visible()
    enrollment = Enrollment.objects.get(user=account("learner"), state="open")

    pages = [each for each in outline_of(enrollment.version_id).activities if each.kind == "page"]
    for shown in pages:
        expect(page.get_by_role("heading", name=shown.title, level=1)).to_be_visible()
        page.keyboard.press("n")
    expect(page.locator("video")).to_be_visible()
    page.keyboard.press("p")
    expect(page.get_by_role("heading", name=pages[-1].title, level=1)).to_be_visible()
    page.keyboard.press("n")
    _tab_to(page, page.get_by_role("button", name="Play", exact=True))
    page.keyboard.press("Space")
    wait_for(page, "document.querySelector('video').currentTime > 0.5")
    page.keyboard.press("Space")
    wait_for(page, "document.querySelector('video').paused")


def test_quiz_and_signature_by_keyboard(live_house: House, page_at: OpenPage) -> None:
    enrollment = scenes.open_quiz(account("learner"), code="GXP-011")
    attempt = Attempt.objects.get(enrollment=enrollment)
    page = page_at("desktop", account="learner")
    page.goto(reverse("assessments:quiz", args=[enrollment.pk, attempt.quiz_id]))
    for key, (right, _wrong) in answers_of(attempt).items():
        _choose(page, key, right)
    expect(page.locator("[data-open-count]")).to_have_text("0")
    _tab_to(page, page.locator("[data-finish]"))
    page.keyboard.press("Enter")
    _tab_to(page, page.get_by_role("button", name="Submit"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Passed")

    page.goto(reverse("enrollment:sign", args=[enrollment.pk]))
    expect(page.get_by_role("dialog")).to_be_visible()
    for name, words in (("sign-email", "learner@demo.test"), ("sign-password", PASSWORD)):
        _tab_to(page, page.locator(f"[name={name}]"))
        page.keyboard.type(words)
    for statement in page.locator("[name=sign-accept]").all():  # asked before a person's first signature
        _tab_to(page, statement)
        page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Completed and signed")).to_be_visible()
    assert Completion.objects.filter(enrollment=enrollment).exists()


def test_escape_closes_a_dialog_and_focus_returns(live_house: House, page_at: OpenPage) -> None:
    page = page_at("desktop", account="author")
    page.goto(reverse("courses:studio"))
    opener = page.get_by_role("link", name="New course")
    _tab_to(page, opener)
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    wait_for(page, "document.activeElement.closest('dialog')")
    for _press in range(12):  # focus stays inside
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement === document.body || !!document.activeElement.closest('dialog')")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()


def _choose(page: Page, key: str, right: list[str]) -> None:
    """Choose answers as a keyboard does: arrows in a group of radio buttons, the space bar in one of boxes."""
    first = page.locator(f"input[name='q-{key}']").first
    if first.get_attribute("type") == "checkbox":
        for choice in right:
            _tab_to(page, page.locator(f"input[name='q-{key}'][value='{choice}']"))
            page.keyboard.press("Space")
        return
    _tab_to(page, first)
    page.keyboard.press("Space")
    while page.locator(f"input[name='q-{key}']:checked").get_attribute("value") != right[0]:
        page.keyboard.press("ArrowDown")


def _tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until the focus is there, and see that it shows."""
    for _press in range(MOST_TABS):
        if wanted.evaluate("wanted => document.activeElement === wanted"):
            break
        page.keyboard.press("Tab")
    else:
        raise AssertionError(f"{wanted} is not reached by Tab on {page.url}")
    shows = """element => {
      const outlined = (each) => { const look = getComputedStyle(each);
        return (look.outlineStyle !== "none" && parseFloat(look.outlineWidth) > 0) || look.boxShadow !== "none"; };
      return outlined(element) || outlined(element.parentElement) || outlined(element.closest("label") ?? element);
    }"""
    assert wanted.evaluate(shows), f"the focus on {wanted} does not show on {page.url}"
