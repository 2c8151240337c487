"""Somebody without a role leads a session of two days: planned with them, found, printed, held, and planned again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from core.clock import now
from courses.models import Course
from enrollment.models import PlannedSession
from enrollment.rules import day_in
from tests.journeys.conftest import OpenPage
from tests.journeys.house import House
from tests.journeys.steps import scenes
from tests.journeys.steps.company import account

COURSE = "HOS-004"


@pytest.mark.parametrize(("size", "theme"), [("phone", "light"), ("desktop", "dark")])
def test_trainer_without_a_role_leads_a_session_of_two_days(
    live_house: House, page_at: OpenPage, size: str, theme: str
) -> None:
    trainer, first = account("learner"), day_in("Europe/Zurich", now()) + timedelta(days=20)
    boss = page_at(size, theme=theme, account="manager")
    boss.goto(reverse("enrollment:new_planned"))
    boss.get_by_label("Course").select_option(str(Course.objects.get(code=COURSE).pk))
    boss.get_by_label("Day", exact=True).fill(first.isoformat())
    boss.get_by_label("From", exact=True).fill("09:00")
    boss.get_by_label("To", exact=True).fill("11:00")
    boss.get_by_text("On several days").click()
    boss.get_by_label("Day 2", exact=True).fill((first + timedelta(days=1)).isoformat())
    boss.get_by_label("From, day 2").fill("13:00")
    boss.get_by_label("To, day 2").fill("15:00")
    boss.get_by_label("Place").fill("Room 4")
    boss.get_by_label("Or their employee number").fill(trainer.employee_number)
    boss.get_by_role("button", name="Plan it").click()
    expect(boss.get_by_text("Nobody has a seat yet")).to_be_visible()
    session = PlannedSession.objects.latest("planned_at")
    assert len(session.spans) == 2

    learner = page_at(size, theme=theme, account="shift.lead")
    learner.goto(reverse("enrollment:planned", args=[session.pk]))
    learner.get_by_role("button", name="Take a seat").click()
    expect(learner.get_by_text("You have a seat.")).to_be_visible()
    learner.goto(reverse("enrollment:home"))
    expect(learner.get_by_role("region", name="Your next session").get_by_text("in 20 days")).to_be_visible()

    tara = page_at(size, theme=theme, account="learner")
    tara.goto(reverse("enrollment:home"))
    tara.get_by_role("link", name="I lead" if size == "phone" else "Sessions that I lead").first.click()
    tara.get_by_role("link", name="Sign-in sheet").first.click()
    expect(tara.get_by_text("Signature, ")).to_have_count(2)
    expect(tara.get_by_text(account("shift.lead").name)).to_be_visible()
    tara.go_back()
    tara.get_by_role("link", name=session.course.versions.get(state="effective").title).first.click()
    expect(tara.get_by_role("heading", name="You lead this session")).to_be_visible()

    boss.get_by_role("link", name="Plan it again").click()
    boss.get_by_label("How many times").fill("3")
    boss.get_by_role("button", name="Show the days").click()
    boxes = boss.get_by_role("checkbox")
    expect(boxes).to_have_count(3)
    boxes.nth(0).set_checked(True)
    boxes.nth(1).set_checked(False)
    boxes.nth(2).set_checked(True)
    boss.get_by_role("button", name="Plan those chosen").click()
    expect(boss.get_by_text("2 sessions are planned.")).to_be_visible()
    tara.goto(reverse("enrollment:led_sessions"))
    expect(tara.get_by_text("3 sessions", exact=True)).to_be_visible()

    scenes.begun_session(session)
    tara.goto(reverse("enrollment:planned", args=[session.pk]))
    expect(tara.get_by_text("Who came is recorded by a manager or administrator of these people.")).to_be_visible()
    boss.goto(reverse("enrollment:planned", args=[session.pk]))
    expect(boss.get_by_role("link", name="Record who came")).to_be_visible()
