"""What is acknowledged stays, and what was due is done once, whatever is killed, flushed or pressed twice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

import psycopg2
from django.db import connection
from django.urls import reverse
from playwright.sync_api import Error, Page, expect

from assessments.models import Attempt, Response
from core.clock import now
from core.models import Job
from enrollment.models import Completion, Enrollment
from notifications.models import Message
from records.models import Certificate, CertificateFile
from reporting.models import ReportFile
from tests.journeys.conftest import OpenPage
from tests.journeys.house import PASSWORD, House
from tests.journeys.steps import scenes
from tests.journeys.steps.company import account
from tests.journeys.steps.learner import answers_of
from tests.journeys.steps.signing import fill_signature, sign
from tests.journeys.watch import Watch

SECONDS_TO_RECOVER = 30


@contextmanager
def _stuck_at(house: House, table: str) -> Iterator[None]:
    """Keep everybody from writing to a table, as a slow disk would, for as long as the block lasts."""
    server = str(house.postgres.socket_folder)
    lock = psycopg2.connect(host=server, user="postgres", dbname=house.database)
    try:
        with lock.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {table} IN EXCLUSIVE MODE")
        yield
    finally:
        lock.close()


@contextmanager
def _synchronous_commit(house: House) -> Iterator[None]:
    """Let PostgreSQL keep what it acknowledges, as in production; journeys otherwise trade that for speed."""

    def alter(change: str) -> None:
        house.postgres.psql(f"ALTER SYSTEM {change}")
        house.postgres.psql("SELECT pg_reload_conf()")

    alter("SET synchronous_commit = on")
    try:
        yield
    finally:
        alter("RESET synchronous_commit")


def _somebody_waits(house: House) -> bool:
    words = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    return house.postgres.psql(words, database=house.database) != "0"


def test_certificate_is_rendered_once_when_its_worker_is_killed_half_way(live_house: House, page_at: OpenPage) -> None:
    enrollment = scenes.before_signature(account("learner"))
    page = page_at("phone", account="learner")
    page.goto(reverse("enrollment:sign", args=[enrollment.pk]))
    with _stuck_at(live_house, "records_certificatefile"):
        sign(page, "learner", both=True)
        expect(page.get_by_role("heading", name="Your certificate is being made")).to_be_visible()
        live_house.wait_until(lambda: _somebody_waits(live_house), "the worker is about to keep the PDF")
        live_house.kill("worker")
    assert not CertificateFile.objects.exists()
    live_house.start("worker")
    for _sweep in range(2):
        live_house.send("records.render_missing_certificates")
    expect(page.get_by_role("heading", name="Your certificate is ready")).to_be_visible(timeout=60_000)
    file = CertificateFile.objects.get()
    document = page.request.get(reverse("reporting:certificate_pdf", args=[file.certificate_id])).body()
    assert len(document) == file.size_bytes
    assert Completion.objects.filter(enrollment=enrollment).count() == 1


def test_report_of_a_killed_worker_is_taken_up_again_with_one_result(live_house: House, page_at: OpenPage) -> None:
    page = page_at("desktop", account="manager")
    page.goto(reverse("reporting:new_report") + "?scope=team")
    with _stuck_at(live_house, "reporting_reportfile"):
        page.get_by_role("button", name="Make PDF and XLSX").click()
        live_house.wait_until(lambda: _somebody_waits(live_house), "the worker is about to keep the files")
        live_house.kill("worker")
    job = Job.objects.get()
    assert (job.state, ReportFile.objects.count()) == ("running", 0)
    Job.objects.update(claimed_at=now() - timedelta(minutes=3))  # its claim has run out
    live_house.start("worker")
    for _sweep in range(2):
        live_house.send("core.run_waiting_jobs")
    expect(page.get_by_role("link", name=re.compile("^XLSX"))).to_be_visible(timeout=60_000)
    job.refresh_from_db()
    assert (job.state, job.attempts, ReportFile.objects.count()) == ("done", 2, 2)
    assert Message.objects.filter(kind="reporting.report_ready").count() == 1


def test_flushed_redis_loses_no_answer_and_no_session(live_house: House, page_at: OpenPage) -> None:
    page, attempt = _in_a_quiz(page_at)
    answers = list(answers_of(attempt).items())
    _answer(page, answers[:3])
    live_house.flush_redis()
    _answer(page, answers[3:])
    page.reload()
    assert _answered(attempt) == len(answers)
    expect(page.locator("[data-open-count]")).to_have_text("0")
    page.locator("[data-finish]").click()
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Passed")


def test_answers_outlive_a_crash_of_postgresql(live_house: House, page_at: OpenPage, watch: Watch) -> None:
    watch.forgive(r"status of 5\d\d|ERR_EMPTY_RESPONSE|ERR_CONNECTION")
    page, attempt = _in_a_quiz(page_at)
    web = live_house.processes.running["web"].pid
    answers = list(answers_of(attempt).items())
    with _synchronous_commit(live_house):
        _answer(page, answers[:3])
        assert _answered(attempt) == 3
        connection.close()
        live_house.restart_postgres()
    _answer(page, answers[3:], seconds=SECONDS_TO_RECOVER)
    assert _answered(attempt) == len(answers)
    page.locator("[data-finish]").click()
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Passed")
    assert live_house.processes.running["web"].pid == web
    assert live_house.processes.ended() is None


def test_five_wrong_passwords_lock_signing_whatever_becomes_of_redis(live_house: House, page_at: OpenPage) -> None:
    enrollment = scenes.before_signature(account("learner"))
    page = page_at("phone", account="learner")
    page.goto(reverse("enrollment:sign", args=[enrollment.pk]))
    for _try in range(5):
        form = fill_signature(page, "learner", password="not my password")
        with page.expect_response(lambda answer: answer.request.method == "POST"):
            form.locator("[type=submit]").click()
        expect(page.locator("#id_sign-password_error, .errorlist, .error").first).to_be_visible()
    live_house.flush_redis()
    fill_signature(page, "learner", password=PASSWORD).locator("[type=submit]").click()
    expect(page.get_by_role("dialog")).to_contain_text(re.compile("locked", re.IGNORECASE))
    assert not Completion.objects.filter(enrollment=enrollment).exists()
    live_house.mail_to("learner@demo.test", about="Your account is locked")
    live_house.mail_to("security@demo.test", about="Account locked: Maya Lindqvist")


def test_two_tabs_and_a_double_click_make_one_result(live_house: House, page_at: OpenPage) -> None:
    page, attempt = _in_a_quiz(page_at)
    address = reverse("assessments:review", args=[attempt.enrollment_id, attempt.quiz_id])
    _answer(page, list(answers_of(attempt).items()))
    other = page.context.new_page()
    for tab in (page, other):
        tab.goto(address)
    page.get_by_role("button", name="Submit").dblclick()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Passed")
    other.get_by_role("button", name="Submit").click()
    expect(other.get_by_role("heading", level=1)).to_contain_text("Passed")
    assert [(each.number, each.passed) for each in Attempt.objects.all()] == [(1, True)]
    sign_at = reverse("enrollment:sign", args=[attempt.enrollment_id])
    for tab in (page, other):
        tab.goto(sign_at)
        fill_signature(tab, "learner")
    page.get_by_role("button", name="Sign", exact=True).dblclick()
    expect(page.get_by_role("heading", name="Completed and signed")).to_be_visible()
    other.get_by_role("button", name="Sign", exact=True).click()
    expect(other.get_by_role("heading", name="Completed and signed")).to_be_visible()
    assert (Completion.objects.count(), Certificate.objects.count()) == (1, 1)
    assert Enrollment.objects.get().state == "completed"


def _in_a_quiz(page_at: OpenPage) -> tuple[Page, Attempt]:
    """Let the learner be at the first question of a quiz."""
    enrollment = scenes.open_quiz(account("learner"), code="GXP-011")
    page = page_at("phone", account="learner")
    attempt = Attempt.objects.get(enrollment=enrollment)
    page.goto(reverse("assessments:quiz", args=[enrollment.pk, attempt.quiz_id]))
    return page, attempt


def _answer(page: Page, answers: list[tuple[str, tuple[list[str], list[str]]]], *, seconds: int = 10) -> None:
    """Give right answers, and wait until each is said to be saved."""
    for key, (right, _wrong) in answers:
        for choice in right:
            page.locator(f"input[name='q-{key}'][value='{choice}']").check()
    expect(page.locator("[data-saved]")).to_contain_text("Saved", timeout=seconds * 1000)
    page.wait_for_timeout(100)
    expect(page.locator("[data-saved].is-waiting")).to_have_count(0, timeout=seconds * 1000)
    until_sent = "Object.keys(localStorage).filter(key => key.startsWith('attest:quiz:')).length === 0"
    for _look in range(seconds * 10):
        with suppress(Error):
            if page.evaluate(until_sent):
                return
        page.wait_for_timeout(100)
    raise AssertionError("answers still wait to be sent")


def _answered(attempt: Attempt) -> int:
    return Response.objects.filter(attempt=attempt).count()
