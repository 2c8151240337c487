"""Short trainings of one page, as journeys about requirements need them: made, required, taken and signed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from playwright.sync_api import Page, expect

from core.clock import now
from courses.models import Course, CourseVersion
from courses.queries import outline_of
from enrollment.actions import draft_requirement, enroll, record_outcome, switch_on_requirement
from enrollment.actions.completing import complete_enrollment
from enrollment.models import Completion, Requirement
from enrollment.rules import Outcome, those_with
from people.models import Department, User
from records.choices import Components
from tests.factories import make_draft, make_effective
from tests.journeys.steps.company import account
from tests.journeys.steps.learner import next_step
from tests.journeys.steps.signing import fill_signature

LONG_BEFORE = timedelta(days=720)  # the demo company is two years old


def a_course(title: str, *, code: str, **details: Any) -> CourseVersion:
    """Have a course of one page, in effect for long."""
    at = now() - LONG_BEFORE
    draft = make_draft(account("author"), at=at, title=title, code=code, **details)
    return make_effective(draft, approver=account("approver"), at=at)


def required_in(department: str, course: Course, *, at: datetime, **terms: Any) -> Requirement:
    """Have a course required of everyone in a department, or of another audience, since an instant."""
    admin = account("admin")
    terms = {"due_within_days": 30, "reason": "SOP-TRN-002: what departments learn", **terms}
    if "audience" not in terms:
        terms["audience"] = those_with(department=Department.objects.get(name=department).pk)
    requirement = draft_requirement(by=admin, at=at, course=course, **terms)
    switch_on_requirement(requirement=requirement, by=admin, at=at)
    return requirement


def completed(person: User, course: Course, *, at: datetime) -> Completion:
    """Let somebody take and sign a course at an instant."""
    enrollment = enroll(user=person, course=course, by=person, at=at)
    for activity in outline_of(enrollment.version_id).activities:
        record_outcome(
            enrollment=enrollment, activity_id=activity.id, outcome=Outcome(completed=True), by=person, at=at
        )
    return complete_enrollment(enrollment=enrollment, components=Components.ALL, by=person, at=at)


def take(page: Page, title: str, *, name: str = "learner") -> None:
    """Find a training under those of one's own, read its page and sign it, in a browser."""
    page.goto("/training/?show=open")
    page.get_by_role("main").get_by_role("link", name=title, exact=True).click()
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("heading", name="Page 1", level=1)).to_be_visible()
    next_step(page).click()
    expect(page.locator(".meaning")).to_have_text("I have completed and understood this training")
    fill_signature(page, name).locator("[type=submit]").click()
    expect(page.get_by_role("heading", name="Completed and signed")).to_be_visible()
