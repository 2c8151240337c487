"""What a manager does: see the team, remind somebody, ask for a report and compare it with the screen."""

from __future__ import annotations

import io
import os
import re
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from openpyxl import load_workbook
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from lms.local.house import descendants
from notifications.models import Message
from tests.journeys.house import House

WORDS = {"done": "Completed", "doing": "In progress", "soon": "Due soon", "late": "Overdue", "todo": "Not started"}


def see_team(page: Page, *, names: set[str]) -> Counter[str]:
    """See exactly the direct and indirect reports, each cell with a colour and a word; return how many stand how."""
    page.goto("/team/")
    rows = page.locator("table.matrix tbody tr")
    assert {row.locator("th a").inner_text() for row in rows.all()} == names
    states: Counter[str] = Counter()
    for cell in page.locator("table.matrix a.cell").all():
        classes = cell.get_attribute("class") or ""
        state = classes.split("is-")[1]
        assert cell.locator(".visually-hidden").inner_text().startswith(WORDS[state])
        assert cell.evaluate("cell => getComputedStyle(cell.querySelector('svg, .glyph')).color") != "rgba(0, 0, 0, 0)"
        states[state] += 1
    for state, count in states.items():
        shown = page.locator(".states > div", has_text=WORDS[state]).locator("dd")
        expect(shown).to_have_text(str(count))
    return states


def remind(page: Page, house: House) -> None:
    """Remind somebody with one click; a message and an e-mail leave for them, and none of it twice."""
    page.goto("/team/?view=list")
    button = page.get_by_role("button", name=re.compile("Remind Daniel Weiss")).first
    button.click()
    expect(page.get_by_role("main")).to_contain_text(re.compile("Daniel Weiss was reminded|Reminded"))
    told = Message.objects.get(recipient__email="daniel.weiss@demo.test", kind="enrollment.reminded")
    assert "Jonas Keller reminds you" in told.subject
    house.mail_to("daniel.weiss@demo.test", about="Jonas Keller reminds you")


def ask_for_report(page: Page, house: House, *, states: Counter[str]) -> None:
    """Ask for the team's report, see how far it is, be told, and find the numbers of the screen in both files."""
    page.goto("/team/")
    page.get_by_role("main").get_by_role("link", name="Report", exact=True).click()
    with _held_back(house, "worker"):
        page.get_by_role("button", name="Make PDF and XLSX").click()
        expect(page.locator("section[data-job] progress")).to_be_visible()
        expect(page.locator("section[data-job]")).to_contain_text("you are told when it is ready")
    expect(page.get_by_role("link", name=re.compile("^XLSX")).first).to_be_visible(timeout=60_000)
    house.mail_to("manager@demo.test", about="eport")
    assert Message.objects.filter(recipient__email="manager@demo.test", kind__startswith="reporting.").count() == 1
    files = {name: _download(page, name) for name in ("PDF", "XLSX")}
    pages = PdfReader(io.BytesIO(files["PDF"])).pages
    printed = " ".join(" ".join(each.extract_text().split()) for each in pages)
    cells = _cells(files["XLSX"])
    for state, words in WORDS.items():
        assert f" {words} {states[state]} " in printed, printed
        assert cells[cells.index(words) + 1] == states[state]


def _download(page: Page, name: str) -> bytes:
    with page.expect_download() as download:
        page.get_by_role("link", name=re.compile(f"^{name}")).first.click()
    return download.value.path().read_bytes()


def _cells(workbook: bytes) -> list[Any]:
    sheets = load_workbook(io.BytesIO(workbook), read_only=True, data_only=True)
    rows = (row for sheet in sheets for row in sheet.iter_rows(values_only=True))
    return [cell for row in rows for cell in row if cell is not None]


@contextmanager
def _held_back(house: House, name: str) -> Iterator[None]:
    """Stop a process and its children for a while, so that what it has to do is seen waiting."""
    first = house.processes.running[name].pid
    pids = [first, *descendants(first)]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
