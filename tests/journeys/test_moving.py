"""What is required follows where somebody works: a department's rule, a move to another one, and the way back."""

from __future__ import annotations

import re
from datetime import date, timedelta
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse
from playwright.sync_api import Locator, Page, expect

from core.clock import now
from courses.models import Course
from enrollment.models import Assignment, Completion, Requirement
from enrollment.queries import reached_by
from people.models import Position, User
from records.models import Certificate
from tests.journeys.conftest import OpenPage
from tests.journeys.house import House
from tests.journeys.steps import reminders, short
from tests.journeys.steps.company import account, today

HERE, THERE = "Tableting", "QC Laboratory"
PRESS, BALANCE = "Cleaning of a tablet press", "Weighing on an analytical balance"
ASKED_IN = {HERE: PRESS, THERE: BALANCE}
REASON = "SOP-PRD-021: whoever works at the presses"


def test_what_is_required_follows_a_move_and_nothing_begins_twice(live_house: House, page_at: OpenPage) -> None:
    maya = account("learner")
    press, balance = short.a_course(PRESS, code="PRD-021"), short.a_course(BALANCE, code="QCL-004")
    short.required_in(THERE, balance.course, at=now() - timedelta(days=40))
    desk, phone = page_at("desktop", account="admin"), page_at("phone", account="learner")

    requirement = require(desk, course=PRESS, department=HERE)
    first = Assignment.objects.get(requirement=requirement, user=maya)
    expect_required(phone, PRESS, because=f"you work in {HERE}")
    expect_listed(phone, BALANCE, count=0)
    short.take(phone, PRESS)
    certificate = Certificate.objects.get(holder_id=maya.pk, course_code="PRD-021")

    days_ago = today() - timedelta(days=2)  # noted when two days had gone by
    move(desk, maya.pk, department=THERE, since=days_ago)
    live_house.wait_until(lambda: open_ones(maya, balance.course), "the new department's training is required")
    expect_required(phone, BALANCE, because=f"you work in {THERE}")
    first.refresh_from_db()
    assert first.ended_at is not None
    see_why_it_ended(desk, first)
    see_record(phone, certificate)
    see_who_has_it(desk, requirement, is_there=False)

    move(desk, maya.pk, department=HERE, since=today())
    live_house.wait_until(lambda: not open_ones(maya, balance.course), "it is required no longer")
    expect_listed(phone, BALANCE, count=0)
    row = expect_listed(phone, PRESS)
    expect(row).to_contain_text("Completed")
    expect(row.get_by_role("link", name="Start")).to_have_count(0)
    see_who_has_it(desk, requirement, is_there=True)
    again = Assignment.objects.get(requirement=requirement, user=maya, ended_at=None)
    see_one_round(phone, again)
    assert Completion.objects.filter(user=maya, course=press.course).count() == 1
    assert Assignment.objects.filter(user=maya, course=press.course).count() == 2
    reminders.let_digests_go(live_house)
    live_house.mail_to("learner@demo.test", about=BALANCE)
    assert len(live_house.mails_to("learner@demo.test", about=f"New training for you: {PRESS}")) <= 1


def open_ones(person: User, course: Course) -> QuerySet[Assignment]:
    """Return what is open for somebody of a course; the worker follows a move within seconds."""
    return Assignment.objects.filter(user=person, course=course, ended_at=None)


def require(page: Page, *, course: str, department: str) -> Requirement:
    """Require a training in a department; as many have it afterwards as were shown before."""
    page.goto("/requirements/")
    page.get_by_role("link", name="New requirement").click()
    for field, words in (("department", department), ("course", course), ("due_within_days", "30 days")):
        with page.expect_response(lambda answer: answer.request.method == "POST"):
            page.locator(f"[name={field}]").select_option(label=words)
    effect = page.get_by_role("complementary", name="Effect")
    switch_on = effect.get_by_role("button", name=re.compile(r"Switch on for \d+ people"))
    shown = int(re.findall(r"\d+", switch_on.inner_text())[0])
    expect(effect.locator("dd").first).to_have_text(str(shown))
    draft = Requirement.objects.get(course__code="PRD-021", state="draft")
    assert shown == len(reached_by(draft, at=now())) > 1
    page.locator("[name=reason]").fill(REASON)
    switch_on.click()
    expect(page.get_by_role("heading", name="Who has it")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text(f"{shown} people")
    requirement = Requirement.objects.get(reason=REASON, state="on")
    assert requirement.assignments.filter(ended_at=None).count() == shown
    return requirement


def move(page: Page, person: UUID, *, department: str, since: date) -> None:
    """Let somebody work in another department from a day on, in the dialog of their page."""
    page.goto(reverse("people:person", args=[person]))
    page.get_by_role("link", name="Change position").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("What is required of them follows within seconds.")
    dialog.get_by_label("Department").select_option(label=department)
    expect(dialog.get_by_role("status")).to_contain_text(ASKED_IN[department])  # before anything is saved
    manager = dialog.locator("[name=manager]")
    kept = manager.input_value()
    manager.fill(User.objects.get(pk=person).email)
    manager.blur()
    expect(dialog.locator("#live-manager")).to_have_text("Nobody is their own manager.")
    expect(dialog.get_by_role("status")).to_have_text(re.compile("It can not be saved as it stands"))
    manager.fill(kept)
    manager.blur()
    expect(dialog.locator("#live-manager")).to_be_empty()
    expect(dialog.get_by_role("status")).to_contain_text(ASKED_IN[department])
    dialog.get_by_label("From", exact=True).fill(since.isoformat())
    dialog.get_by_role("button", name="Change position").click()
    expect(page.get_by_role("main")).to_contain_text("The position is changed.")
    expect(page.get_by_role("region", name="Positions")).to_contain_text(department)
    assert Position.objects.get(user=person, valid_until=None).department.name == department


def training(page: Page, title: str) -> Locator:
    return page.get_by_role("listitem").filter(has=page.get_by_role("heading", name=title))


def expect_listed(page: Page, title: str, *, count: int = 1) -> Locator:
    """See a training among what is required, or see that it is not there."""
    page.goto("/training/?show=required")
    row = training(page, title)
    expect(row).to_have_count(count)
    return row


def expect_required(page: Page, title: str, *, because: str) -> None:
    """See a training to do, and in plain words why."""
    expect(expect_listed(page, title)).to_contain_text(because)


def see_why_it_ended(page: Page, ended: Assignment) -> None:
    """Read as the administrator since when and why it holds no longer, and that what was done is kept."""
    page.goto(reverse("enrollment:why", args=[ended.pk]))
    expect(page.get_by_role("main")).to_contain_text("It holds no longer since")
    expect(page.get_by_role("main")).to_contain_text(f"No longer in {HERE}")
    rounds = page.get_by_role("region", name="Each time so far").get_by_role("row")
    expect(rounds).to_have_count(2)
    expect(rounds.last).to_contain_text("in time")


def see_record(page: Page, certificate: Certificate) -> None:
    """Find on the phone what was completed, with its certificate."""
    page.goto("/record/")
    row = page.get_by_role("row").filter(has_text=PRESS)
    expect(row.get_by_role("link", name=certificate.serial)).to_be_visible()
    expect(row).to_contain_text("Current")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def see_who_has_it(page: Page, requirement: Requirement, *, is_there: bool) -> None:
    """See on the requirement's page whether somebody has it, with the name as a link."""
    page.goto(reverse("enrollment:requirement", args=[requirement.pk]))
    expect(page.get_by_role("link", name="Maya Lindqvist")).to_have_count(int(is_there))


def see_one_round(page: Page, given: Assignment) -> None:
    """Read why it is there again: the new reason, and the one time that it was completed."""
    page.goto(reverse("enrollment:why", args=[given.pk]))
    expect(page.get_by_role("region", name="Why you have this")).to_contain_text(f"you work in {HERE}")
    expect(page.get_by_role("region", name="How it stands")).to_contain_text("Completed on")
    expect(page.get_by_role("region", name="Each time so far").get_by_role("row")).to_have_count(2)
