"""Reading, answering, submitting and signing work in a browser without JavaScript."""

from __future__ import annotations

from django.urls import reverse
from playwright.sync_api import expect

from assessments.models import Attempt
from core.clock import now
from courses.models import Course
from courses.queries import outline_of
from enrollment.actions import record_outcome
from enrollment.models import Completion, Enrollment
from enrollment.rules import Outcome
from tests.journeys.conftest import OpenPage
from tests.journeys.house import House
from tests.journeys.steps.company import account
from tests.journeys.steps.learner import answers_of, read_pages
from tests.journeys.steps.signing import sign


def test_learner_reads_answers_submits_and_signs_without_scripts(live_house: House, page_at: OpenPage) -> None:
    maya = account("learner")
    page = page_at("phone", account="learner", java_script_enabled=False)
    course = Course.objects.get(code="GXP-011")
    page.goto(reverse("enrollment:start", args=[course.pk]))
    page.get_by_role("button", name="Start").click()
    read_pages(page, passage="")
    enrollment = Enrollment.objects.get(user=maya, course=course)
    outline = outline_of(enrollment.version_id)
    # A video counts only where a player reports; here it was watched on another device.
    for activity in outline.activities:
        if activity.kind == "video":
            record_outcome(
                enrollment=enrollment, activity_id=activity.id, outcome=Outcome(completed=True), by=maya, at=now()
            )
    aid = next(each for each in outline.activities if each.kind == "file")
    page.goto(reverse("enrollment:activity", args=[enrollment.pk, aid.id]))
    with page.expect_download():
        page.get_by_role("link", name="Download").click()

    quiz = next(each for each in outline.activities if each.is_assessment)
    page.goto(reverse("assessments:quiz", args=[enrollment.pk, quiz.id]))
    page.get_by_role("button", name="Start").click()
    attempt = Attempt.objects.get(enrollment=enrollment)
    for key, (right, _wrong) in answers_of(attempt).items():
        for choice in right:
            page.locator(f"input[name='q-{key}'][value='{choice}']").check()
    page.get_by_role("button", name="Review and submit").click()
    expect(page.get_by_text("All questions are answered.")).to_be_visible()
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Passed")
    page.goto(reverse("enrollment:sign", args=[enrollment.pk]))
    sign(page, "learner", both=True)
    expect(page.get_by_role("heading", name="Completed and signed")).to_be_visible()
    assert Completion.objects.filter(enrollment=enrollment).exists()
