"""A quiz in a browser: nothing that was answered is lost, whatever becomes of the network, the page or the tab."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from assessments.models import Attempt, Response
from core.clock import now
from courses.models import Course
from courses.queries import outline_of
from enrollment.actions import enroll, record_outcome
from enrollment.models import Enrollment
from enrollment.rules import Outcome
from people.models import User
from tests.journeys.house import House
from tests.journeys.watch import Watch

OpenPage = Callable[..., Page]


@pytest.fixture
def quiz_url(live_house: House) -> str:
    """Return the address of a quiz before which the learner has done everything."""
    learner = User.objects.get(email="learner@demo.test")
    course = Course.objects.get(code="GXP-003")
    enrollment = Enrollment.objects.filter(user=learner, course=course, state="open").first() or enroll(
        user=learner, course=course, by=learner, at=now()
    )
    activities = outline_of(enrollment.version_id).activities
    for activity in activities:
        if not activity.is_assessment:
            record_outcome(enrollment=enrollment, activity_id=activity.id, outcome=Outcome(True), by=learner, at=now())
    quiz = next(activity for activity in activities if activity.is_assessment)
    return f"/training/{enrollment.pk}/quiz/{quiz.id}/"


def begin(page: Page, quiz_url: str) -> None:
    page.goto(quiz_url)
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#q1")).to_be_visible()


def choose(page: Page, question: int, option: int) -> None:
    page.locator(f"#q{question} .choice").nth(option).click()


def chosen(page: Page, question: int) -> list[str]:
    fields = page.locator(f"#q{question} input:checked")
    return [fields.nth(index).get_attribute("value") or "" for index in range(fields.count())]


def saved(page: Page) -> None:
    expect(page.locator("[data-saved]")).to_contain_text("Saved")


@pytest.mark.parametrize("size", ["phone", "desktop"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_of_a_quiz_is_accessible(
    page_at: OpenPage, quiz_url: str, accessible: Callable[[Page], None], size: str, theme: str
) -> None:
    page = page_at(size, theme=theme, account="learner")
    page.goto(quiz_url)
    accessible(page)
    page.get_by_role("button", name="Start").click()
    accessible(page)
    choose(page, 1, 0)
    saved(page)
    page.get_by_role("button", name="Review and submit").click()
    expect(page.get_by_role("heading", name="Review your answers")).to_be_visible()
    accessible(page)
    page.get_by_role("button", name="Submit answers").click()
    expect(page.get_by_role("heading", name="Not passed yet")).to_be_visible()
    accessible(page)
    page.goto(quiz_url)
    accessible(page)


def test_answers_survive_a_lost_network_and_a_reload(page_at: OpenPage, quiz_url: str, watch: Watch) -> None:
    watch.forgive("ERR_INTERNET_DISCONNECTED")
    page = page_at("phone", account="learner")
    begin(page, quiz_url)
    choose(page, 1, 0)
    saved(page)
    page.context.set_offline(True)
    choose(page, 2, 0)
    expect(page.locator("[data-saved]")).to_contain_text("kept on this device")
    assert Response.objects.count() - Response.objects.filter(attempt__state="submitted").count() == 1
    page.context.set_offline(False)
    saved(page)
    expected = chosen(page, 2)
    page.reload()
    assert chosen(page, 2) == expected


def test_two_tabs_lose_nothing_to_each_other(page_at: OpenPage, quiz_url: str, watch: Watch) -> None:
    watch.forgive("status of 409")
    first = page_at(account="learner")
    begin(first, quiz_url)
    second = first.context.new_page()
    second.goto(quiz_url)
    choose(first, 3, 0)
    saved(first)
    choose(second, 3, 1)
    saved(second)
    newer = chosen(second, 3)
    first.get_by_role("button", name="Review and submit").click()
    first.get_by_role("link", name="Back to the questions").click()
    expect(first.locator("#q3")).to_be_visible()
    assert chosen(first, 3) == newer
    first.goto(f"{quiz_url}review/")
    first.get_by_role("button", name="Submit answers").click()
    expect(first.get_by_role("heading", name="Not passed yet")).to_be_visible()
    choose(second, 4, 0)  # too late: the page leads to the result
    expect(second.get_by_role("heading", name="Not passed yet")).to_be_visible()
    assert second.url == first.url


def test_quiz_works_with_the_keyboard_alone(page_at: OpenPage, quiz_url: str) -> None:
    page = page_at(account="learner")
    page.goto(quiz_url)
    page.get_by_role("button", name="Start").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#q1")).to_be_visible()
    page.locator("#q1 .choice input").first.focus()
    page.keyboard.press("Space")
    saved(page)
    assert len(chosen(page, 1)) == 1
    page.get_by_role("button", name="Review and submit").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Review your answers")).to_be_visible()
    page.get_by_role("button", name="Submit answers").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Not passed yet")).to_be_visible()


def test_quiz_works_without_scripts(page_at: OpenPage, quiz_url: str) -> None:
    page = page_at("phone", account="learner", java_script_enabled=False)
    begin(page, quiz_url)
    total = page.locator("fieldset.asked").count()
    for question in range(1, total):
        choose(page, question, 0)
    page.get_by_role("button", name="Review and submit").click()
    expect(page.get_by_text(f"{total - 1} of {total} questions are answered.")).to_be_visible()
    page.get_by_role("link", name=f"question {total}", exact=True).click()
    choose(page, total, 0)
    page.get_by_role("button", name="Review and submit").click()
    expect(page.get_by_text("All questions are answered.")).to_be_visible()
    page.get_by_role("button", name="Submit answers").click()
    expect(page.locator("#result")).to_be_visible()
    attempt = Attempt.objects.order_by("-started_at").first()
    assert attempt is not None
    assert attempt.state == "submitted"
    assert attempt.responses.count() == total


def test_answer_given_before_the_script_came_is_saved_when_it_comes(page_at: OpenPage, quiz_url: str) -> None:
    page = page_at(account="learner")
    begin(page, quiz_url)
    held = []
    page.route("**/quiz*.js", lambda route: held.append(route))
    page.reload(wait_until="commit")
    choose(page, 1, 0)
    assert chosen(page, 1)
    held[0].continue_()
    saved(page)
