"""Fifty people from a list of the personnel system, two of them with a mistake, as an administrator brings them."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

from playwright.sync_api import FilePayload, Page, expect

from people.models import User
from tests.journeys.conftest import OpenPage
from tests.journeys.house import House
from tests.journeys.steps.company import today

HEADINGS = ["Personnel no.", "Full name", "Reached at", "Plant", "Unit", "Function", "Hired"]
FIELDS = ["Employee number", "Name", "E-mail address", "Site", "Department", "Job role", "First day of work"]
UNKNOWN = "Reached at"  # a heading that says nothing by itself
PEOPLE = 50
FORGOT_ADDRESS, NO_SUCH_SITE = 17, 32  # their lines in the file
FILE = "joiners.csv"


def a_list() -> FilePayload:
    """Return fifty joiners of Packaging in Basel; one without an address, one at a site that there is not."""
    hired = (today() - timedelta(days=3)).isoformat()
    out = io.StringIO()
    write = csv.writer(out).writerow
    write(HEADINGS)
    for line in range(2, PEOPLE + 2):
        mail = f"joiner{line}@demo.test" if line != FORGOT_ADDRESS else "joiner at demo"
        site = "Basel" if line != NO_SUCH_SITE else "Bazel"
        write([f"I{line:04}", f"Joiner Number {line}", mail, site, "Packaging", "Packaging Operator", hired])
    return {"name": FILE, "mimeType": "text/csv", "buffer": out.getvalue().encode()}


def test_fifty_people_are_imported_and_two_rows_say_why_not(live_house: House, page_at: OpenPage) -> None:
    before = User.objects.count()
    desk = page_at("desktop", account="admin")
    bring(desk)
    name_columns(desk)
    expect(desk.get_by_role("heading", name="What it would do")).to_be_visible()
    expect_counts(desk, {"Rows in the file": 50, "Added": 48, "Changed": 0, "Unchanged": 0, "Rejected": 2})
    see_why_rejected(desk)
    assert User.objects.count() == before
    see_on_phone(page_at("phone", theme="dark", account="admin"), desk.url)

    expect(desk.get_by_role("complementary")).to_contain_text("48 people are written. Rejected rows are left out.")
    desk.get_by_role("button", name="Apply").click()
    expect(desk.get_by_role("heading", name="What it did")).to_be_visible()
    expect_counts(desk, {"Added": 48, "Rejected": 2})
    assert User.objects.count() == before + 48
    find(desk, "Joiner Number 20", is_there=True)
    for line in (FORGOT_ADDRESS, NO_SUCH_SITE):
        find(desk, f"Joiner Number {line}", is_there=False)

    bring(desk)  # by mistake, the same file again
    expect(desk.get_by_label("Personnel no.")).to_have_count(0)
    name_columns(desk)
    expect_counts(desk, {"Rows in the file": 50, "Added": 0, "Changed": 0, "Moved": 0, "Unchanged": 48, "Rejected": 2})
    expect(desk.get_by_role("main")).to_contain_text("There is nothing to write")
    expect(desk.get_by_role("button", name="Apply")).to_have_count(0)
    assert User.objects.count() == before + 48


def bring(page: Page) -> None:
    """Upload the list."""
    page.goto("/directory/")
    page.get_by_role("link", name="Import").click()
    page.get_by_label("File").set_input_files(a_list())
    page.get_by_role("button", name="Go on to its columns").click()
    expect(page.get_by_role("heading", name="Columns of the list")).to_be_visible()


def name_columns(page: Page) -> None:
    """Say which column is which where the heading did not say it, and have the list checked."""
    for field, heading in zip(FIELDS, HEADINGS, strict=True):
        column = page.get_by_role("combobox", name=re.compile(rf"^{field}( · optional)?$"))
        if heading == UNKNOWN:
            column.select_option(label=heading)
        expect(column).to_have_value(heading)
    page.get_by_label("Only these people: nobody else is touched").check()
    page.get_by_role("button", name="Check the list").click()
    expect(page.get_by_role("heading", name="Reconciliation")).to_be_visible(timeout=30_000)


def expect_counts(page: Page, counts: dict[str, int]) -> None:
    """See the numbers of the list."""
    numbers = page.get_by_role("region", name="Reconciliation")
    for words, count in counts.items():
        shown = numbers.locator("dt", has_text=words).first.locator("+ dd")
        expect(shown).to_have_text(str(count))


def see_why_rejected(page: Page) -> None:
    """Read both rejected rows with their lines and reasons, on the page and in the file of them."""
    page.get_by_role("link", name="Rejected").first.click()
    expected = {FORGOT_ADDRESS: "joiner at demo", NO_SUCH_SITE: "Bazel"}
    table = page.get_by_role("table")
    expect(table.get_by_role("row")).to_have_count(3)
    for line, words in expected.items():
        row = table.get_by_role("row").filter(has_text=f"Joiner Number {line}")
        expect(row.get_by_role("cell").first).to_have_text(str(line))
        expect(row).to_contain_text(words)
    with page.expect_download() as download:
        page.get_by_role("link", name="Rejected rows as CSV").click()
    with download.value.path().open(newline="", encoding="utf-8-sig") as file:
        found = list(csv.DictReader(file))
    assert {int(row["Line"]): row["Full name"] for row in found} == {line: f"Joiner Number {line}" for line in expected}
    assert all(words in row["Reason"] for row, words in zip(found, expected.values(), strict=True))


def see_on_phone(page: Page, address: str) -> None:
    """Read the same on a phone: no sideways scroll, and the reason beside its line."""
    page.goto(address)
    expect(page.get_by_role("main")).to_contain_text("Bazel")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def find(page: Page, name: str, *, is_there: bool) -> None:
    """Look for somebody in the directory."""
    page.goto(f"/directory/?q={name.replace(' ', '+')}")
    expect(page.get_by_role("main").get_by_role("link", name=name, exact=True)).to_have_count(int(is_there))
