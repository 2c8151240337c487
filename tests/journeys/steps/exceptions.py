"""What is done about exceptions: more time, a waiver with its proof, its decision, and who sees them."""

from __future__ import annotations

import io
from datetime import timedelta

from django.urls import reverse
from PIL import Image
from playwright.sync_api import Page, expect

from enrollment.models import Extension, Waiver
from enrollment.rules import short_day
from tests.journeys.house import PASSWORD
from tests.journeys.steps.company import account, today

WHY = "Night shift until Friday"
HEALTH = "Pregnant, no energised work"


def give_more_time(page: Page, *, course: str) -> Extension:
    """Give the learner two weeks for something overdue, after a reason that says nothing was refused."""
    page.goto("/team/?view=list&q=lindqvist")
    page.get_by_role("link", name=f"More time for Maya Lindqvist: {course}").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Overdue")
    dialog.get_by_label("14 days: due on").check()
    dialog.get_by_label("Reason").fill("late")
    dialog.get_by_role("button", name="Give more time").click()
    expect(page.get_by_role("alert")).to_contain_text("Say why in at least two words.")
    expect(page.get_by_label("14 days: due on")).to_be_checked()
    page.get_by_label("Reason").fill(WHY)
    page.get_by_role("button", name="Give more time").click()
    expect(page.get_by_role("main")).to_contain_text("Maya Lindqvist has until")
    return Extension.objects.get(user=account("learner"))


def see_new_day(page: Page, given: Extension, *, course: str) -> None:
    """See as the learner until when, by whom and why there is more time."""
    page.goto("/training/")
    row = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name=course))
    expect(row).to_contain_text("More time was given")
    expect(row.locator("time")).to_have_attribute("datetime", given.due_on.isoformat())
    page.goto("/inbox/")
    message = page.get_by_role("main")
    expect(message).to_contain_text(f"More time for {course}: until {short_day(given.due_on)}")


def propose(page: Page, *, course: str) -> Waiver:
    """Propose a waiver for the learner, with a picture as its proof."""
    page.goto("/team/?view=list&q=lindqvist")
    page.get_by_role("link", name=f"Waive for Maya Lindqvist: {course}").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Last day").fill((today() + timedelta(days=90)).isoformat())
    dialog.get_by_label("Reason").fill(HEALTH)
    picture = io.BytesIO()
    Image.new("RGB", (200, 100), "white").save(picture, "PNG")
    proof = {"name": "certificate of the doctor.png", "mimeType": "image/png", "buffer": picture.getvalue()}
    dialog.get_by_label("Proof").set_input_files(proof)
    dialog.get_by_role("button", name="Propose").click()
    expect(page.get_by_role("main")).to_contain_text("Waits for a decision")
    expect(page.get_by_role("link", name="Grant")).to_have_count(0)
    return Waiver.objects.get(user=account("learner"))


def grant(page: Page, waiver: Waiver) -> None:
    """Find as the administrator what waits, and grant it with a signature."""
    page.goto(reverse("enrollment:exceptions"))
    expect(page.get_by_role("main")).to_contain_text("One waiver waits for your decision.")
    page.get_by_role("link", name="Maya Lindqvist").click()
    page.get_by_role("link", name="Grant").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(HEALTH)
    expect(dialog).to_contain_text("I approve this waiver")
    dialog.get_by_label("User ID").fill("admin@demo.test")
    dialog.get_by_label("Password").fill(PASSWORD)
    dialog.get_by_role("button", name="Grant and sign").click()
    expect(page.get_by_role("main")).to_contain_text("Tomás Herrera granted it")
    waiver.refresh_from_db()
    assert waiver.signature is not None
    assert waiver.signature.is_intact()


def see_waived(page: Page, waiver: Waiver, *, course: str) -> None:
    """See as the learner why nothing is asked, and until when."""
    page.goto("/training/")
    row = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name=course))
    expect(row).to_contain_text(HEALTH)
    expect(row).to_contain_text(f"Nothing to do until {short_day(waiver.last_on)}")
    row.get_by_role("link", name="Waiver").click()
    expect(page.get_by_role("main")).to_contain_text("I approve this waiver")


def read_with_its_file(page: Page, waiver: Waiver) -> None:
    """Find the waiver as the auditor, with its signature and the file that proves it."""
    page.goto(reverse("enrollment:exceptions") + "?state=granted&q=lindqvist")
    page.get_by_role("link", name="Maya Lindqvist").click()
    expect(page.get_by_role("main")).to_contain_text("Tomás Herrera signed: “I approve this waiver”")
    expect(page.get_by_role("link", name="Withdraw")).to_have_count(0)
    proof = page.get_by_role("link", name="certificate of the doctor.jpg")
    answer = page.context.request.get(proof.get_attribute("href") or "")
    assert answer.headers["content-type"] == "image/jpeg"
    assert Image.open(io.BytesIO(answer.body())).size == (200, 100)
    page.goto("/trail/?q=lindqvist")
    expect(page.get_by_role("main")).to_contain_text("opened the evidence of a waiver")
