"""What an administrator does to require a training of people."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from enrollment.models import Assignment, Requirement
from tests.journeys.steps.author import COURSE

REASON = "SOP-PRD-014: everyone who signs at a press"


def require(page: Page, *, names: set[str]) -> Requirement:
    """Say the rule as a sentence, see exactly these people and why, and switch it on with a reason."""
    page.goto("/requirements/")
    page.get_by_role("link", name="New requirement").click()
    for field, words in (("job_role", "Tablet Operator"), ("site", "any site"), ("course", COURSE)):
        _choose(page, field, words)
    for field, words in (("due_within_days", "14 days"), ("validity_months", "every 12 months")):
        _choose(page, field, words)
    everyone = re.compile(rf"Switch on for {len(names)} people")
    expect(page.get_by_role("button", name=everyone)).to_be_visible()
    reached = page.locator("#requirement table tbody tr")
    expect(reached).to_have_count(len(names))
    assert {row.locator("th a, th").first.inner_text().split("\n")[0] for row in reached.all()} == names
    for row in reached.all():
        expect(row).to_contain_text(re.compile(r"Tablet Operator since \d+ \w+"))
    assert not Assignment.objects.filter(course__code="GXP-011", ended_at__isnull=True).exists()
    page.locator("[name=reason]").fill(REASON)
    page.get_by_role("button", name=everyone).click()
    expect(page.get_by_role("heading", name="Who has it")).to_be_visible()
    return Requirement.objects.get(reason=REASON, state="on")


def _choose(page: Page, field: str, words: str) -> None:
    """Choose a word of the sentence; the draft saves itself after each, and shows whom it reaches."""
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.locator(f"[name={field}]").select_option(label=words)
