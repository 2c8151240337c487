"""More time and a waiver, from the manager who makes them to the auditor who reads them, at both sizes."""

from __future__ import annotations

import pytest

from tests.journeys.conftest import OpenPage
from tests.journeys.house import House
from tests.journeys.steps import exceptions, reminders

OVERDUE, SOON = "Good documentation practice", "Lockout/tagout: control of hazardous energy"


@pytest.mark.parametrize(("size", "theme"), [("phone", "light"), ("desktop", "dark")])
def test_exceptions_are_made_decided_and_seen(live_house: House, page_at: OpenPage, size: str, theme: str) -> None:
    desk, phone = (page_at(size, theme=theme, account=name) for name in ("manager", "learner"))
    given = exceptions.give_more_time(desk, course=OVERDUE)
    exceptions.see_new_day(phone, given, course=OVERDUE)
    waiver = exceptions.propose(desk, course=SOON)
    exceptions.grant(page_at(size, theme=theme, account="admin"), waiver)
    reminders.let_digests_go(live_house)
    live_house.mail_to("admin@demo.test", about="A waiver waits for a decision: Maya Lindqvist")
    live_house.mail_to("learner@demo.test", about="Waived for you")
    exceptions.see_waived(phone, waiver, course=SOON)
    exceptions.read_with_its_file(page_at(size, theme=theme, account="auditor"), waiver)
