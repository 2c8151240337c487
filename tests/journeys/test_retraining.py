"""A revision that only Production must learn: what its approver says, who has it to do again, and who stays trained."""

from __future__ import annotations

from datetime import timedelta

from django.urls import reverse
from playwright.sync_api import Locator, Page, expect

from core.clock import now
from courses.models import Course, CourseVersion
from enrollment.choices import Status
from enrollment.models import Assignment, RetrainingDue
from enrollment.queries import standings
from enrollment.rules import short_day
from lms.demo.history import learn
from notifications.models import Message
from people.models import User
from tests.journeys.conftest import OpenPage
from tests.journeys.house import House
from tests.journeys.steps import author, reminders, short
from tests.journeys.steps.author import COURSE
from tests.journeys.steps.company import account, hire_learner, today
from tests.journeys.steps.signing import sign

WITHIN = 30  # days


def test_only_production_learns_a_revision_and_counts_until_the_day(live_house: House, page_at: OpenPage) -> None:
    maya = account("learner")
    since = today() - timedelta(days=90)
    femke = hire_learner("Femke Vries", department="QC Laboratory", job_role="QC Analyst", since=since)
    of_maya, of_femke = trained_before(maya, "Production"), trained_before(femke, "QC Laboratory")

    version = author.edit_and_submit(page_at("desktop", account="author"))
    approve_for_production(page_at("desktop", account="approver"), version)
    live_house.wait_until(RetrainingDue.objects.exists, "Production is asked to learn the new version")
    [asked] = RetrainingDue.objects.all()
    assert (asked.user, asked.version) == (maya, version)

    phone = page_at("phone", account="learner")
    see_to_do_again(phone, asked)
    see_still_current(phone)
    see_what_comes(phone, of_maya, asked)
    see_that_nothing_is_asked(page_at("phone", theme="dark", account="femke.vries"), of_femke)
    see_in_matrix(page_at("desktop", account="manager"))

    reminders.let_digests_go(live_house)
    live_house.mail_to("learner@demo.test", about=f"{COURSE} has a new version")
    assert Message.objects.filter(recipient=maya, kind="enrollment.retrain").count() == 1
    assert not Message.objects.filter(recipient=femke, kind="enrollment.retrain").exists()
    later = now() + timedelta(days=WITHIN + 1)
    found = {each.user_id: each.status for each in standings(at=later, user_ids=[maya.pk, femke.pk])
             if each.course_id == version.course_id}  # fmt: skip
    assert found == {maya.pk: Status.EXPIRED, femke.pk: Status.DONE}


def trained_before(person: User, department: str) -> Assignment:
    """Have the version before required in a department, and completed by one of its people."""
    course = Course.objects.get(code="GXP-011")
    requirement = short.required_in(department, course, at=now() - timedelta(days=60))
    given = Assignment.objects.get(requirement=requirement, user=person)
    learn(given, at=now() - timedelta(days=5), failed_first=False)
    return given


def approve_for_production(page: Page, version: CourseVersion) -> None:
    """Approve the version, and say that who is trained in Production learns it within thirty days."""
    page.goto("/reviews/")
    page.get_by_role("link", name=f"{COURSE}, {version.label}").click()
    page.get_by_role("link", name="Approve and sign").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("learns this version, too").check()
    named = dialog.get_by_role("group", name="Only in these departments and below")
    expect(named).to_be_visible()
    dialog.get_by_label("Within how many days of taking effect").fill(str(WITHIN))
    named.get_by_label("Production", exact=True).check()
    signed = dialog.get_by_role("status")
    expect(signed).to_contain_text("Everyone who completed an earlier version, in Production and below")
    expect(signed).to_contain_text(f"{WITHIN} days after it takes effect")
    see_how_many_learn_it_again(dialog)
    see_what_is_wrong_beside_its_field(dialog)
    sign(page, "approver", both=True)
    page.wait_for_url(f"**/versions/{version.pk}/**")
    expect(page.get_by_role("main")).to_contain_text("Effective")
    version.refresh_from_db()
    assert version.state == "effective"


def see_how_many_learn_it_again(dialog: Locator) -> None:
    """See how many people that is, how long it takes them, and where; no names of whose record one may not read."""
    concerned = dialog.get_by_role("region", name="How many people that is")
    expect(concerned.get_by_role("definition").first).to_have_text("1")
    expect(concerned).to_contain_text("You may read the training record of none of them")
    expect(concerned).not_to_contain_text("Maya Lindqvist")
    with dialog.page.expect_popup() as opened:
        concerned.get_by_role("link", name="See how many work where").click()
    expect(opened.value.get_by_role("main")).to_contain_text("You may read the training record of none of them")
    expect(opened.value.get_by_role("table")).to_have_count(0)
    opened.value.close()


def see_what_is_wrong_beside_its_field(dialog: Locator) -> None:
    """Type days that can not be: it stands beside the field as soon as one leaves it, and goes when it is mended."""
    days = dialog.get_by_label("Within how many days of taking effect")
    days.fill("-3")
    days.blur()
    beside = days.locator("xpath=..")
    expect(beside).to_contain_text("At least 0.")
    expect(days).to_have_attribute("aria-invalid", "true")
    expect(dialog.get_by_role("region", name="How many people that is")).to_contain_text("is in order")
    dialog.get_by_role("button", name="Approve and sign").click()
    days = dialog.page.get_by_role("dialog").get_by_label("Within how many days of taking effect")
    expect(days).to_be_focused()
    expect(days).to_have_value("-3")
    days.fill(str(WITHIN))
    days.blur()
    expect(beside).not_to_contain_text("At least 0.")
    expect(days).not_to_have_attribute("aria-invalid", "true")
    expect(dialog.get_by_role("status")).to_contain_text(f"{WITHIN} days after it takes effect")


def see_to_do_again(page: Page, asked: RetrainingDue) -> None:
    """See on the phone that it is to be done again by a day, and counts until then."""
    page.goto("/inbox/")
    expect(page.get_by_role("main")).to_contain_text(f"{COURSE} has a new version")
    page.goto("/training/?show=open")
    row = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name=COURSE))
    expect(row).to_contain_text(
        f"there is a new version, and what you completed counts until {short_day(asked.due_on)}"
    )
    expect(row.locator("time")).to_have_attribute("datetime", asked.due_on.isoformat())
    expect(row.get_by_role("link", name=f"Renew {COURSE}")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def see_still_current(page: Page) -> None:
    """See in the own record that what was completed counts as current meanwhile."""
    page.goto("/record/")
    expect(page.get_by_role("row").filter(has_text=COURSE)).to_contain_text("Current")


def see_what_comes(page: Page, given: Assignment, asked: RetrainingDue) -> None:
    """Read why, until when the old version counts, and what happens then."""
    page.goto(reverse("enrollment:why", args=[given.pk]))
    stands = page.get_by_role("region", name="How it stands")
    expect(stands).to_contain_text(f"That counts until {short_day(asked.due_on)}.")
    history = page.get_by_role("region", name="The due day so far").get_by_role("listitem")
    expect(history.nth(1)).to_contain_text(f"Version {asked.version.label} is in effect, and must be learned by")
    expect(history.last).to_contain_text(
        f"{short_day(asked.due_on)} comes from a new version that must be learned by then."
    )
    coming = page.get_by_role("region", name="What happens next")
    expect(coming).to_contain_text(f"It expires at the end of {short_day(asked.due_on)}.")


def see_that_nothing_is_asked(page: Page, given: Assignment) -> None:
    """See as somebody of another department that the old version goes on counting."""
    page.goto("/training/?show=completed")
    row = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name=COURSE))
    expect(row).to_contain_text("Completed on")
    page.goto("/training/?show=open")
    expect(page.get_by_role("main").get_by_role("heading", name=COURSE)).to_have_count(0)
    page.goto(reverse("enrollment:why", args=[given.pk]))
    expect(page.get_by_role("region", name="How it stands")).to_contain_text("Completed on")
    expect(page.get_by_role("main")).not_to_contain_text("new version that must be learned")


def see_in_matrix(page: Page) -> None:
    """See as the manager that who has it to do again still counts as completed."""
    page.goto("/team/?view=list&q=lindqvist")
    row = page.get_by_role("row").filter(has_text=COURSE)
    expect(row).to_contain_text("Completed")
