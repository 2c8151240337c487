"""Two learners and one seat: the first gives it up, the second moves up and is told, the manager records who came."""

from __future__ import annotations

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from courses.models import Course
from enrollment.models import PlannedSession, RecordedSession
from tests.enrollment.workplace import a_picture
from tests.journeys.conftest import OpenPage
from tests.journeys.house import House
from tests.journeys.steps import scenes
from tests.journeys.steps.company import account

COURSE = "HOS-004"


@pytest.mark.parametrize(("size", "theme"), [("phone", "dark"), ("desktop", "light")])
def test_seat_given_up_goes_to_who_waits_and_who_came_is_recorded(
    live_house: House, page_at: OpenPage, size: str, theme: str
) -> None:
    boss = page_at(size, theme=theme, account="manager")
    boss.goto(reverse("enrollment:planned_sessions"))
    boss.get_by_role("link", name="Plan a session").click()
    boss.get_by_label("Course").select_option(str(Course.objects.get(code=COURSE).pk))
    boss.get_by_label("From", exact=True).fill("09:00")
    boss.get_by_label("To", exact=True).fill("11:00")
    boss.get_by_label("Place").fill("Room 4")
    boss.get_by_label("Seats").fill("1")
    boss.get_by_role("button", name="Plan it").click()
    expect(boss.get_by_text("Nobody has a seat yet")).to_be_visible()
    session = PlannedSession.objects.latest("planned_at")
    page = reverse("enrollment:planned", args=[session.pk])

    first = page_at(size, theme=theme, account="learner")
    first.goto(reverse("enrollment:start", args=[session.course_id]))
    first.get_by_role("region", name="Coming sessions").get_by_role("link").first.click()
    first.get_by_role("button", name="Take a seat").click()
    expect(first.get_by_text("You have a seat.")).to_be_visible()

    second = page_at(size, theme=theme, account="shift.lead")
    second.goto(page)
    second.get_by_role("button", name="Join the waiting list").click()
    expect(second.get_by_text("You are 1st on the waiting list.").first).to_be_visible()

    first.get_by_role("link", name="Give up my seat").click()
    first.get_by_role("button", name="Give it up").click()
    expect(first.get_by_text("You gave up your seat.")).to_be_visible()

    second.goto(reverse("notifications:inbox"))
    expect(second.get_by_text("A seat became free for you").first).to_be_visible()
    second.goto(page)
    expect(second.get_by_text("You have a seat").first).to_be_visible()

    scenes.begun_session(session)
    boss.goto(page)
    boss.get_by_role("link", name="Record who came").click()
    lead = account("shift.lead")
    expect(boss.get_by_label(f"{lead.name}, {lead.employee_number}")).to_be_checked()
    sheet = {"name": "sheet.png", "mimeType": "image/png", "buffer": a_picture().read()}
    boss.get_by_label("Sign-in sheet").set_input_files(sheet)
    boss.get_by_role("button", name="Go on to the preview").click()
    expect(boss.get_by_text("This is the preview.")).to_be_visible()
    session.refresh_from_db()
    assert (session.state, session.record.user_ids) == ("held", [lead.pk])
    assert RecordedSession.objects.get(pk=session.record_id).place == "Room 4"
