"""A rule that keeps itself while it is typed, over a slow network: nothing newer is undone, nothing open is closed."""

from __future__ import annotations

from datetime import timedelta

from django.urls import reverse
from playwright.sync_api import Page, expect

from core.clock import now
from courses.models import Course
from enrollment.actions.matrix import draft_matrix_change
from enrollment.actions.requirements import draft_requirement, remove_requirement
from enrollment.models import MatrixCell, Requirement
from enrollment.rules.matrix import CellChange
from people.models import JobRole
from tests.journeys.conftest import OpenPage
from tests.journeys.house import House
from tests.journeys.steps import short
from tests.journeys.steps.company import account, today
from tests.journeys.watch import Watch

SLOW = """() => {
  const [quick, wait] = [window.fetch.bind(window), () => new Promise((done) => setTimeout(done, 750))];
  window.fetch = async (...asked) => (await wait(), await quick(...asked).finally(wait));
}"""
LATE = """() => {
  const [quick, wait] = [window.fetch.bind(window), () => new Promise((done) => setTimeout(done, 1200))];
  window.fetch = (...asked) => quick(...asked).finally(wait);
}"""
REASON = "SOP-PRD-014: everyone who signs at a press"


def a_draft() -> Requirement:
    """Draft a rule for two job roles; nobody has to read it anywhere else."""
    roles = [str(role.pk) for role in JobRole.objects.order_by("name")[:2]]
    audience = {"all": [{"field": "job_role", "is": roles}]}
    course = Course.objects.get(code="GXP-011")
    return draft_requirement(
        by=account("admin"), at=now(), course=course, audience=audience, due_within_days=14, reason=REASON
    )


def test_a_slow_answer_undoes_nothing_and_closes_nothing(live_house: House, page_at: OpenPage) -> None:
    roles, drafted = list(JobRole.objects.order_by("name")[:4]), a_draft()
    page = page_at("desktop", account="admin")
    page.goto(reverse("enrollment:requirement", args=[drafted.pk]))
    page.evaluate(SLOW)
    page.get_by_text("More about the time").click()
    page.locator("#condition-1-list summary").click()
    boxes = page.locator("#condition-1-list input")
    for role in roles[2:]:
        boxes.and_(page.locator(f"[value='{role.pk}']")).check()
        page.wait_for_timeout(1000)
    boxes.and_(page.locator(f"[value='{roles[0].pk}']")).uncheck()
    page.wait_for_timeout(1000)
    page.locator("[name=due_within_days]").select_option("90")
    expect(page.locator("#condition-1-list summary")).to_contain_text(roles[3].name)
    expect(page.locator("#condition-1-list input:checked")).to_have_count(3)
    for name in ("condition-1-list", "more-time"):
        assert page.locator(f"#{name}").get_attribute("open") is not None
    page.wait_for_timeout(2500)
    drafted.refresh_from_db()
    assert drafted.due_within_days == 90
    assert drafted.audience == {"all": [{"field": "job_role", "is": [str(role.pk) for role in roles[1:]]}]}


def test_a_button_pressed_while_two_changes_are_on_their_way_waits_for_them(
    live_house: House, page_at: OpenPage
) -> None:
    drafted = a_draft()
    page = page_at("desktop", account="admin")
    page.goto(reverse("enrollment:requirement", args=[drafted.pk]))
    page.evaluate(LATE)
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.locator("[name=validity_months]").select_option("12")
    page.locator("[name=reason]").fill("CAPA 2026-131")  # is kept when the button takes the focus, behind the first
    page.get_by_role("button", name="Switch on for").click()
    expect(page.get_by_role("heading", name="Who has it")).to_be_visible()
    drafted.refresh_from_db()
    assert (drafted.state, drafted.validity_months, drafted.reason) == ("on", 12, "CAPA 2026-131")


def test_a_button_that_waited_switches_on_for_those_who_were_shown_alone(
    live_house: House, page_at: OpenPage, watch: Watch
) -> None:
    watch.forgive("status of 409")
    drafted = a_draft()
    page = page_at("desktop", account="admin")
    page.goto(reverse("enrollment:requirement", args=[drafted.pk]))
    page.evaluate(LATE)
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.locator("[name=due_within_days]").select_option("30")
    page.locator("[name=site]").select_option(index=1)
    page.get_by_role("button", name="Switch on for").click()
    expect(page.locator(".error-summary")).to_contain_text("has changed since it was shown")
    drafted.refresh_from_db()
    assert (drafted.state, drafted.site_id is None) == ("draft", False)


def test_a_draft_that_was_removed_meanwhile_is_shown_as_gone(
    live_house: House, page_at: OpenPage, watch: Watch
) -> None:
    watch.forgive("status of 404")
    drafted = a_draft()
    page = page_at("desktop", account="admin")
    page.goto(reverse("enrollment:requirement", args=[drafted.pk]))
    remove_requirement(requirement=drafted, by=account("admin"), at=now())
    page.locator("[name=due_within_days]").select_option("90")
    expect(page.get_by_role("heading", name="This page is not here")).to_be_visible()
    expect(page.get_by_role("navigation", name="Main")).to_have_count(1)


def test_who_downloads_first_puts_in_force_after_it(live_house: House, page_at: OpenPage) -> None:
    course = short.a_course("Line clearance", code="PRD-044").course
    position = account("learner").position_on(today())
    assert position is not None
    rule = short.required_in(position.department.name, course, at=now() - timedelta(hours=1))
    page = page_at("desktop", account="admin")
    page.goto(reverse("enrollment:reword_requirement", args=[rule.pk]))
    page.locator("[name=due_within_days]").select_option("90")
    page.locator("[name=why]").fill("CAPA 2026-131")  # typed while what it changes is on its way
    page.locator("[name=why]").blur()
    download_then_put_in_force(page)
    expect(page.get_by_role("heading", name="Who has it")).to_be_visible()
    rule.refresh_from_db()
    assert (rule.due_within_days, rule.terms_number) == (90, 2)

    matrix = short.a_course("Gown change", code="PRD-045").course
    column = short.required_in("", matrix, at=now(), audience={"all": [{"field": "matrix"}]})
    ticked = CellChange(position.job_role_id, column.pk, True, today())
    change = draft_matrix_change(changes=[ticked], by=account("admin"), at=now())
    page.goto(reverse("enrollment:matrix_change", args=[change.pk]))
    page.locator("[name=reason]").fill("CAPA 2026-132")
    download_then_put_in_force(page)
    expect(page.get_by_text("The matrix is in force as you changed it.")).to_be_visible()
    assert MatrixCell.objects.filter(requirement=column, job_role=position.job_role).exists()


def test_ticks_of_the_matrix_are_not_left_behind_unasked(live_house: House, page_at: OpenPage) -> None:
    course = short.a_course("Gown change", code="PRD-045").course
    short.required_in("", course, at=now(), audience={"all": [{"field": "matrix"}]})
    page = page_at("desktop", account="admin")
    page.goto(reverse("enrollment:matrix"))
    tick = page.get_by_role("checkbox", name="Tablet Operator: Gown change")
    add = page.get_by_role("button", name="Add as a column")
    tick.check()
    page.get_by_label("Training", exact=True).select_option(label="Gown change")

    page.once("dialog", lambda dialog: dialog.dismiss())
    with page.expect_event("dialog") as asked:
        add.click(no_wait_after=True)
    assert asked.value.type == "beforeunload"
    expect(tick).to_be_checked()

    page.once("dialog", lambda dialog: dialog.accept())
    with page.expect_event("dialog"):
        add.click(no_wait_after=True)
    expect(page.get_by_text("It is a column of the matrix now.")).to_be_visible()


def download_then_put_in_force(page: Page) -> None:
    """Take the file twice, then press the button that puts the change in force."""
    for _time in range(2):
        with page.expect_download():
            page.get_by_role("button", name="Download who is concerned").click()
    page.get_by_role("button", name="Put in force for").click()
