"""Asking to take a training, being let, going on with a newer version; and a training required of a list."""

from __future__ import annotations

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from core.clock import now
from courses.actions.joining import change_joining
from courses.choices import Joining
from courses.models import Course
from enrollment.models import Assignment, Enrollment, JoinRequest
from tests.journeys.conftest import OpenPage
from tests.journeys.house import House
from tests.journeys.steps import scenes
from tests.journeys.steps.company import account

GUARDED = "HOS-004"


@pytest.mark.parametrize(("size", "theme"), [("phone", "dark"), ("desktop", "light")])
def test_somebody_asks_is_let_and_goes_on_with_a_newer_version(
    live_house: House, page_at: OpenPage, size: str, theme: str
) -> None:
    course = Course.objects.get(code=GUARDED)
    change_joining(course=course, joining=Joining.APPROVAL, by=account("author"), at=now(), reason="few places only")
    learner = page_at(size, theme=theme, account="learner")
    learner.goto(reverse("enrollment:start", args=[course.pk]))
    learner.get_by_role("link", name="Ask to take it").click()
    learner.get_by_label("What should your manager know?").fill("I help out in packaging.")
    learner.get_by_role("button", name="Ask", exact=True).click()
    expect(learner.get_by_role("button", name="I no longer ask for it")).to_be_visible()
    asked = JoinRequest.objects.get()

    boss = page_at(size, theme=theme, account="manager")
    boss.goto(reverse("enrollment:join_requests"))
    boss.get_by_role("link", name="Agree … Maya").click()
    boss.get_by_role("button", name="Let them take it").click()
    expect(boss.get_by_text("has begun it, and was told.")).to_be_visible()

    begun = Enrollment.objects.get(user=asked.user, course=course)
    scenes.newer_version(begun)
    learner.goto(reverse("enrollment:move", args=[begun.pk]))  # each process knows of a new version within seconds
    learner.get_by_role("button", name="Continue with version").click()
    expect(learner.get_by_text("You go on with version")).to_be_visible()
    begun.refresh_from_db()
    assert (begun.state, begun.moved_to.state) == ("moved", "open")


def test_a_training_is_required_of_a_list(live_house: House, page_at: OpenPage) -> None:
    page = page_at("desktop", account="admin")
    page.goto(reverse("enrollment:people_list") + "?kind=assign")
    maya = account("learner")
    page.get_by_label("Employee numbers or e-mail addresses").fill(f"{maya.employee_number}\nE-nobody")
    page.get_by_role("button", name="Read the list").click()
    expect(page.get_by_text("E-nobody")).to_be_visible()
    course = Course.objects.get(code=GUARDED)
    page.get_by_label("Training").select_option(str(course.pk))
    page.get_by_label("Due day").fill("2027-06-30")
    page.get_by_label("Reason").fill("New line opens in summer")
    page.get_by_role("button", name="Show what each gets").click()
    page.get_by_role("button", name="Confirm for 1 person").click()
    expect(page.get_by_text("Done for 1 of 1.").first).to_be_visible()
    assert Assignment.objects.get(user=maya, course=course, ended_at=None).due_on.isoformat() == "2027-06-30"
