"""What authors and approvers do with a version, and what nobody can do once it is approved."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils.formats import date_format
from playwright.sync_api import Page, expect

from courses.models import Activity, CourseVersion
from records.triggers import FROZEN
from tests.journeys.steps.signing import sign

COURSE = "Electronic records and signatures"
PASSAGE = "A shared tablet is locked before it is handed on, even for a minute."


def edit_and_submit(page: Page) -> CourseVersion:
    """Add a passage to a page of the draft, and submit the version with a signature.

    Whoever submits at once signs what was typed last: it is saved before the dialog opens.
    """
    page.goto("/studio/")
    page.get_by_role("link", name=COURSE, exact=True).click()
    page.get_by_role("link", name="What a signature must show").first.click()
    body = page.locator("#id_body")
    body.fill(body.input_value().replace("\n\n", f"\n\n{PASSAGE}\n\n", 1))
    page.get_by_role("link", name="Submit for review").click()
    expect(page.get_by_role("dialog")).to_contain_text("You cannot approve it yourself")
    expect(page.locator("[data-saved]")).to_contain_text(re.compile(r"Saved\s+\d\d:\d\d"))
    assert PASSAGE in Activity.objects.get(title="What a signature must show", module__version__label="3.1").body
    sign(page, "author", both=True)
    version = CourseVersion.objects.get(course__code="GXP-011", label="3.1")
    page.wait_for_url(f"**/versions/{version.pk}/**")
    expect(page.get_by_text("In review").first).to_be_visible()
    version.refresh_from_db()
    assert version.state == "in_review"
    return version


def is_refused_own_approval(page: Page, version: CourseVersion, *, today: date) -> None:
    """Try to approve what one wrote oneself, as somebody who may approve others' work."""
    page.goto(f"/reviews/{version.pk}/")
    expect(page.get_by_role("link", name="Approve and sign")).to_have_count(0)
    expect(page.get_by_label("Your decision")).to_contain_text("somebody else has to decide")
    page.goto(f"/reviews/{version.pk}/approve/")
    _fill_dates(page, today)
    sign(page, "author", both=False)
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("somebody else has to decide")
    assert CourseVersion.objects.get(pk=version.pk).state == "in_review"


def approve(page: Page, version: CourseVersion, *, today: date) -> None:
    """See what changed, and approve it with a signature, effective today."""
    page.goto("/reviews/")
    page.get_by_role("link", name=f"{COURSE}, {version.label}").click()
    expect(page.get_by_role("heading", name="What changed")).to_be_visible()
    expect(page.locator("ins", has_text=PASSAGE)).to_be_visible()
    page.get_by_role("link", name="Approve and sign").click()
    review_on = _fill_dates(page, today)
    expect(page.get_by_role("dialog").get_by_role("status")).to_contain_text(date_format(review_on, "j F Y"))
    sign(page, "approver", both=True)
    page.wait_for_url(f"**/versions/{version.pk}/**")
    expect(page.locator("main")).to_contain_text("Effective")
    assert CourseVersion.objects.get(pk=version.pk).state == "effective"


def _fill_dates(page: Page, today: date) -> date:
    page.locator("[name=effective_on]").fill(today.isoformat())
    review_on = today.replace(year=today.year + 1, day=1)
    page.locator("[name=next_review_on]").fill(review_on.isoformat())
    page.locator("[name=next_review_on]").blur()
    return review_on


def is_fixed(page: Page, version: CourseVersion) -> None:
    """Try to change an approved version: by the editor's address, and past the application by SQL."""
    activity = Activity.objects.filter(module__version=version).first()
    assert activity is not None
    page.goto(f"/studio/{version.pk}/activities/{activity.pk}/")
    expect(page.locator("form[data-autosave]")).to_have_count(0)
    for statement in (
        "UPDATE courses_activity SET title = 'Another' WHERE id = %s",
        "DELETE FROM courses_activity WHERE id = %s",
    ):
        with pytest.raises(DatabaseError) as refusal, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, [activity.pk])
        assert getattr(refusal.value.__cause__, "pgcode", "") == FROZEN
