"""Three people at a site where it is noon: due in seven days, due tomorrow, and overdue."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import F

from core.clock import now
from courses.models import Course
from enrollment.actions.requirements import draft_requirement, switch_on_requirement
from enrollment.rules import those_with
from notifications.models import Digest, Message
from people.actions import add_job_role, add_site
from people.models import User
from tests.journeys.house import House
from tests.journeys.steps.company import PERSONNEL, account, hire

JOB_ROLE = "Press Cleaner"
DAYS_LEFT = {"Vera Seven": 7, "Otto One": 1, "Ida Late": -3}
WITHIN = 60


def people_with_due_dates(*, at: datetime) -> dict[str, User]:
    """Hire them, and require a training of them since half their time: the sweep has three steps to take."""
    hours = at.hour - 12  # a zone in which it is noon now, so that reminders may go out
    zone = f"Etc/GMT{hours:+d}" if hours else "Etc/UTC"
    site = add_site(name="Noon", time_zone=zone, country="CH", by=PERSONNEL, at=at)
    add_job_role(name=JOB_ROLE, by=PERSONNEL, at=at)
    people = {
        name: hire(
            name, manager="manager", job_role=JOB_ROLE, site=site, since=at.date() - timedelta(days=WITHIN - left)
        )
        for name, left in DAYS_LEFT.items()
    }
    began = at - timedelta(days=WITHIN // 2)
    admin, course = account("admin"), Course.objects.get(code="GXP-011")
    requirement = draft_requirement(
        by=admin, at=began, course=course,
        audience=those_with(job_role=people["Vera Seven"].positions.get().job_role_id),
        due_within_days=WITHIN, reason="SOP-CLN-003: who cleans presses signs for it",
    )  # fmt: skip
    assert switch_on_requirement(requirement=requirement, by=admin, at=began) == len(people)
    return people


def let_digests_go(house: House) -> None:
    """Let what waits for a digest be two days old, so that its hour has come, and have it swept.

    Beat may have sent today's digest in between, with something else in it: it counts as one of long ago.
    """
    Digest.objects.update(on=F("on") - timedelta(days=30))
    gathered = Message.objects.filter(mail_state="gathered")
    old = now() - timedelta(days=2)
    gathered.update(created_at=old, mail_due_at=old)
    house.send("notifications.gather_digests")
