"""What a learner does, from the first look at the phone to the certificate in hand."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable
from datetime import timedelta

from django.db.models import F
from playwright.sync_api import Locator, Page, expect
from pypdf import PdfReader

from assessments.models import Attempt
from assessments.queries import quiz_content
from assessments.rules import Layout
from enrollment.models import Enrollment, Playback
from records.models import Certificate
from tests.journeys.steps.author import COURSE, PASSAGE
from tests.journeys.steps.signing import sign

FASTEST = 16  # as fast as Chromium plays; the server believes twice the speed at most


def begin(page: Page) -> Enrollment:
    """Find on the home page what is due, first what is most urgent, and begin the course that a rule requires."""
    page.goto("/")
    groups = page.locator(".group-head h2")
    assert groups.all_inner_texts()[0] == "Overdue"
    row = page.locator(".rows.due > li", has=page.get_by_role("link", name=COURSE, exact=True))
    expect(row).to_contain_text(re.compile(r"Because your job role is Tablet Operator since \d+ \w+"))
    row.get_by_role("link", name=COURSE, exact=True).click()
    expect(page.get_by_text("Why you have this")).to_be_visible()
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("heading", name="The night the printer lied")).to_be_visible()
    return Enrollment.objects.get(user__email="learner@demo.test", course__code="GXP-011", state="open")


def read_pages(page: Page, *, passage: str = PASSAGE) -> None:
    """Read the pages one after the other; what the author added stands in the third."""
    for title in ("The night the printer lied", "What the rule covers, and what not", "What a signature must show"):
        expect(page.get_by_role("heading", name=title, level=1)).to_be_visible()
        if title == "What a signature must show":
            expect(page.locator("article")).to_contain_text(passage)
        next_step(page).click()
    expect(page.locator("video")).to_be_visible()


def next_step(page: Page) -> Locator:
    """Return the way on, at the foot of an activity."""
    return page.locator(".actionbar [data-press=n]")


def watch(page: Page, enrollment: Enrollment) -> None:
    """Watch a part, leave, come back to the same second, skip ahead for nothing, and watch the rest."""
    _play_until(page, 4, rate=2)
    left_at = _leave(page, enrollment)
    page.get_by_role("link", name="Resume").click()
    expect(page.locator("video")).to_be_visible()
    wait_for(page, f"Math.abs(document.querySelector('video').currentTime - {left_at}) < 1")

    _play_until(page, left_at + 1, rate=2)
    page.locator(".transcript a[data-at^='8']").last.click()
    expect(page.locator("[data-skipped]")).to_contain_text("does not count until you watch it")
    skipped_to = _now_at(page)
    wait_for(page, f"document.querySelector('video').currentTime >= {skipped_to + 2}")
    _pause(page)
    seen = _intervals(enrollment)
    assert all(end < left_at + 5 or start > skipped_to - 2 for start, end in seen), seen
    expect(page.locator("[data-state]")).to_contain_text("In progress")

    page.evaluate("document.querySelector('video').currentTime = 0")
    _play_to_the_end(page, enrollment)
    expect(page.locator("[data-state]")).to_contain_text("Completed")


def wait_for(page: Page, expression: str, *, seconds: float = 20) -> None:
    """Wait until an expression is true in the page; Playwright's own way evaluates text, which the CSP forbids."""
    until = time.monotonic() + seconds
    while not page.evaluate(f"Boolean({expression})"):
        assert time.monotonic() < until, f"waited in vain for {expression} on {page.url}"
        page.wait_for_timeout(100)


def _leave(page: Page, enrollment: Enrollment) -> float:
    """Leave the player while it plays, and return the second that the server keeps."""
    leaving_at = _now_at(page)
    page.get_by_role("link", name="Leave the player").click()
    page.wait_for_url(f"**/training/{enrollment.pk}/")
    until = time.monotonic() + 5
    while _kept(enrollment) < leaving_at and time.monotonic() < until:
        page.wait_for_timeout(50)
    assert leaving_at <= _kept(enrollment) < leaving_at + 5
    return _kept(enrollment)


def _play_until(page: Page, second: float, *, rate: int) -> None:
    """Press play, at a speed that players offer, until a second of the video."""
    while page.locator("[data-rate]").inner_text() != f"{rate}×":
        page.get_by_role("button", name="Speed").click()
    page.get_by_role("button", name="Play", exact=True).click()
    wait_for(page, f"document.querySelector('video').currentTime >= {second}")


def _pause(page: Page) -> None:
    with page.expect_response("**/beat/"):
        page.get_by_role("button", name="Pause").click()


def _play_to_the_end(page: Page, enrollment: Enrollment) -> None:
    """Play all of it, quickly; the clock of the last report is put back, as if the time had passed."""
    page.evaluate(f"document.querySelector('video').playbackRate = {FASTEST}")
    page.get_by_role("button", name="Play", exact=True).click()
    while not page.evaluate("document.querySelector('video').ended"):
        Playback.objects.filter(enrollment=enrollment).update(beaten_at=F("beaten_at") - timedelta(minutes=2))
        page.wait_for_timeout(200)


def _now_at(page: Page) -> float:
    return float(page.evaluate("document.querySelector('video').currentTime"))


def _kept(enrollment: Enrollment) -> float:
    return float(Playback.objects.get(enrollment=enrollment).position_seconds)


def _intervals(enrollment: Enrollment) -> list[tuple[float, float]]:
    parts = re.findall(r"\[([\d.]+),([\d.]+)\)", Playback.objects.get(enrollment=enrollment).watched)
    return [(float(start), float(end)) for start, end in parts]


def download_job_aid(page: Page) -> None:
    """Take the job aid along; the step is done by that."""
    next_step(page).click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert download.value.path().read_bytes().startswith(b"%PDF")
    expect(page.locator("[data-state]")).to_contain_text("Completed")
    next_step(page).click()


def fail_and_pass_quiz(page: Page) -> None:
    """Fail the quiz, read why each answer is right, and pass at the second attempt."""
    page.get_by_role("button", name=re.compile("^Start|^Begin")).click()
    take_quiz(page, is_right=lambda number: number > 4)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Not passed yet")
    expect(page.locator(".choice.fixed .why").first).not_to_be_empty()
    assert page.locator(".choice.fixed").count() == page.locator(".choice.fixed .why").count() >= 12
    expect(page.get_by_text("Right answer").first).to_be_visible()
    page.get_by_role("button", name="Try again").click()
    take_quiz(page, is_right=lambda number: True)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Passed")


def take_quiz(page: Page, *, is_right: Callable[[int], bool]) -> None:
    """Answer each question of the open attempt, rightly or not, review and submit."""
    page.wait_for_selector("form[data-quiz]")
    attempt = Attempt.objects.get(pk=page.locator("form[data-quiz]").get_attribute("data-attempt"))
    for number, (key, chosen) in enumerate(answers_of(attempt).items(), start=1):
        right, wrong = chosen
        for choice in right if is_right(number) else wrong:
            page.locator(f"input[name='q-{key}'][value='{choice}']").check()
    expect(page.locator("[data-open-count]")).to_have_text("0")
    page.locator("[data-finish]").click()
    expect(page.get_by_role("heading", name="Review your answers")).to_be_visible()
    page.get_by_role("button", name="Submit").click()
    page.wait_for_url("**/attempts/**")


def answers_of(attempt: Attempt) -> dict[str, tuple[list[str], list[str]]]:
    """Return the right choices and a wrong one of each question, as this attempt shows them."""
    content = quiz_content(attempt.quiz_id)
    answers = {}
    for shown in Layout.from_json(attempt.layout).questions:
        right = {option.id for option in content.by_id[shown.question_id].options if option.is_correct}
        keys = [key for key, option in shown.options if option in right]
        answers[shown.key] = (keys, [next(key for key, option in shown.options if option not in right)])
    return answers


def sign_completion(page: Page, enrollment: Enrollment) -> Certificate:
    """Sign that it was understood, and hold the certificate."""
    page.get_by_role("link", name=re.compile("[Ss]ign")).first.click()
    expect(page.locator(".meaning")).to_have_text("I have completed and understood this training")
    sign(page, "learner", both=True)
    page.wait_for_url("**/completed/")
    expect(page.get_by_role("heading", name="Completed and signed")).to_be_visible()
    enrollment.refresh_from_db()
    assert (enrollment.version.label, enrollment.state) == ("3.1", "completed")
    return Certificate.objects.get(holder_id=enrollment.user_id, course_code="GXP-011")


def hold_certificate(page: Page, certificate: Certificate) -> bytes:
    """Wait until the worker has made the PDF, fetch it through its link, and read it."""
    expect(page.get_by_role("heading", name="Your certificate is ready")).to_be_visible(timeout=60_000)
    address = page.get_by_role("link", name="Certificate (PDF)").get_attribute("href")
    assert address is not None
    document = page.request.get(address).body()
    words = " ".join(PdfReader(io.BytesIO(document)).pages[0].extract_text().split())
    for expected in ("Maya Lindqvist", COURSE, "3.1", certificate.serial):
        assert expected in words, words
    return document
