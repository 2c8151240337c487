"""A rule that keeps itself while it is typed, over a slow network: nothing newer is undone, nothing open is closed."""

from __future__ import annotations

from django.urls import reverse
from playwright.sync_api import expect

from core.clock import now
from courses.models import Course
from enrollment.actions.requirements import draft_requirement
from people.models import JobRole
from tests.journeys.conftest import OpenPage
from tests.journeys.house import House
from tests.journeys.steps.company import account

SLOW = """() => {
  const [quick, wait] = [window.fetch.bind(window), () => new Promise((done) => setTimeout(done, 750))];
  window.fetch = async (...asked) => (await wait(), await quick(...asked).finally(wait));
}"""
REASON = "SOP-PRD-014: everyone who signs at a press"


def test_a_slow_answer_undoes_nothing_and_closes_nothing(live_house: House, page_at: OpenPage) -> None:
    roles = list(JobRole.objects.order_by("name")[:4])
    audience = {"all": [{"field": "job_role", "is": [str(roles[0].pk), str(roles[1].pk)]}]}
    course = Course.objects.get(code="GXP-011")
    drafted = draft_requirement(
        by=account("admin"), at=now(), course=course, audience=audience, due_within_days=14, reason=REASON
    )
    page = page_at("desktop", account="admin")
    page.goto(reverse("enrollment:requirement", args=[drafted.pk]))
    page.evaluate(SLOW)
    page.get_by_text("More about the time").click()
    page.get_by_text("2 chosen").click()
    boxes = page.locator("#condition-1-list input")
    for role in roles[2:]:
        boxes.and_(page.locator(f"[value='{role.pk}']")).check()
        page.wait_for_timeout(1000)
    boxes.and_(page.locator(f"[value='{roles[0].pk}']")).uncheck()
    page.wait_for_timeout(1000)
    page.locator("[name=due_within_days]").select_option("90")
    expect(page.get_by_text("3 chosen")).to_be_visible()
    expect(page.locator("#condition-1-list input:checked")).to_have_count(3)
    for name in ("condition-1-list", "more-time"):
        assert page.locator(f"#{name}").get_attribute("open") is not None
    page.wait_for_timeout(2500)
    drafted.refresh_from_db()
    assert drafted.due_within_days == 90
    assert drafted.audience == {"all": [{"field": "job_role", "is": [str(role.pk) for role in roles[1:]]}]}
