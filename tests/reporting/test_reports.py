"""Compliance reports: made once, with the owner's rights and the screen's numbers, and given while rights last."""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.test import Client
from openpyxl import load_workbook
from pypdf import PdfReader

from core.actions import JobLost, cancel_job, claim_job
from core.choices import JobState
from core.ids import new_id
from core.models import Job
from core.tasks import run_job
from notifications.models import Message
from people.actions import deactivate_person
from people.models import User
from records.models import Event
from reporting.models import Report, ReportFile
from reporting.reports import compliance
from reporting.tasks import discard_expired
from tests.enrollment.classroom import require, taking
from tests.enrollment.workplace import move
from tests.factories import BY
from tests.reporting.company import AT, TODAY, Company, content_of, reading, travel
from tests.reporting.test_people_pages import an_auditor

DRAWN = b"%PDF-1.7 drawn in no time"


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the drawing of the PDF out, which takes a second."""
    monkeypatch.setattr(compliance, "render_report", lambda board, context: DRAWN)


def ask(client: Client, **fields: Any) -> Job:
    """Ask for a report as the page's button does."""
    before = set(Job.objects.values_list("pk", flat=True))
    answer = client.post("/reports/ask/", fields)
    assert (answer.status_code, answer["Location"]) == (302, "/reports/")
    return Job.objects.exclude(pk__in=before).get()


def made(client: Client, **fields: Any) -> Job:
    """Ask for a report and let a worker make it."""
    job = ask(client, **fields)
    run_job(str(job.pk))
    job.refresh_from_db()
    assert job.state == JobState.DONE, job.message
    return job


def pdf_text(content: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages).split())


def test_page_spreadsheet_and_pdf_say_the_same(firm: Company) -> None:
    client = reading(firm.jonas)
    screen = client.get("/reports/new/?scope=team").context
    job = made(client, scope="team")
    book = load_workbook(BytesIO(content_of(client, f"/reports/{job.pk}/xlsx/")))
    text = pdf_text(content_of(client, f"/reports/{job.pk}/pdf/"))

    about = {row[0].value: row[1].value for row in book["About"].iter_rows(min_row=3)}
    words = {"late": "Overdue", "expired": "Expired", "soon": "Due soon", "doing": "In progress", "todo": "Not started"}
    for state, word in {**words, "done": "Completed"}.items():
        assert about[word] == screen["counts"][state]
        assert f"{word} {screen['counts'][state]}" in text
    assert about["Percent current"] == screen["percent"] == 25
    assert "4, 25 % current" in text
    people = [row[0] for row in book["People"].iter_rows(min_row=2, values_only=True)]
    assert people == [person.name for person in screen["board"].people]
    for person, row in zip(screen["board"].people, book["People"].iter_rows(min_row=2, values_only=True), strict=True):
        assert re.search(rf"{person.name} ?{person.number}", text)
        for column, cell in zip(screen["board"].columns, row[5:], strict=True):
            mark = screen["board"].marks[person.id].get(column.id)
            assert cell.split(",")[0] == (mark.status.label if mark else "Not required")
    assert "Maya Lindqvist" in text[text.index("Overdue and expired") : text.index("People and requirements")]


def test_pdf_has_its_head_and_is_tagged(firm: Company) -> None:
    client = reading(firm.jonas)
    job = made(client, scope="team", level="direct")
    content = content_of(client, f"/reports/{job.pk}/pdf/")
    text = pdf_text(content)
    for words in (
        "Your organisation", "Team of Jonas Keller (direct reports only)", "Filters direct reports only", "Asked by",
        "Jonas Keller, 23 Nov 2026",
        "23 Nov 2026 10:00:00 CET (09:00:00 UTC)", "Uncontrolled when printed or passed on", "1 / ",
    ):  # fmt: skip
        assert words in text
    reader = PdfReader(BytesIO(content))
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert reader.trailer["/Root"]["/Lang"] == "en"
    assert reader.metadata is not None
    assert reader.metadata.title == "Compliance report: Team of Jonas Keller (direct reports only)"


def test_report_of_a_person_holds_the_whole_record(db: None) -> None:
    taken = taking("page", "quiz")
    taken.finish()
    taken.sign()
    require(taken.learner, taken.version.course, due_on=TODAY)
    auditor = an_auditor()
    client = reading(auditor)
    job = made(client, scope="person", person=str(taken.learner.pk))
    text = pdf_text(content_of(client, f"/reports/{job.pk}/pdf/"))
    for words in ("Signatures", "“I have completed and understood this training”", "Certificates", "History"):
        assert words in text
    book = load_workbook(BytesIO(content_of(client, f"/reports/{job.pk}/xlsx/")))
    assert book.sheetnames[4:] == ["Certificates", "Signatures", "Attempts", "History"]
    signature = next(book["Signatures"].iter_rows(min_row=2, values_only=True))
    assert (signature[0], signature[4], signature[6]) == ("Maya Lindqvist", "Europe/Zurich", "matches")
    history = [row[4] for row in book["History"].iter_rows(min_row=2, values_only=True)]
    assert "Completed: Electronic records, version 1.0" in history


def scopes(firm: Company) -> dict[str, str]:
    position = firm.maya.position_on(TODAY)
    assert position is not None
    return {"site": str(position.site_id), "department": str(position.department_id), "course": str(firm.signing.pk)}


def people_of(client: Client, **fields: str) -> list[str]:
    board = client.get("/reports/new/", fields).context["board"]
    return [person.name for person in board.people]


def test_managers_report_of_a_site_or_course_holds_only_whom_they_may_read(firm: Company) -> None:
    of = scopes(firm)
    jonas, admin = reading(firm.jonas), reading(firm.admin)
    team = ["Elif Aydın", "Maya Lindqvist", "Owen Price", "Sofia Marino"]
    assert people_of(jonas, scope="team") == team
    assert people_of(jonas, scope="site", site=of["site"]) == [*team[:1], "Jonas Keller", *team[1:]]
    assert people_of(jonas, scope="course", course=of["course"]) == team[:3]
    assert people_of(admin, scope="course", course=of["course"]) == ["Elif Aydın", "Ines Costa", *team[1:3]]
    assert "Ruth Vogel" in people_of(admin, scope="department", department=of["department"])


def test_course_report_is_about_that_course_alone(firm: Company) -> None:
    context = reading(firm.admin).get("/reports/new/", {"scope": "course", "course": str(firm.lockout.pk)}).context
    assert [column.title for column in context["board"].columns] == ["Lockout, tagout"]
    assert context["requirement_count"] == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"scope": "person", "person": "ines"},
        {"scope": "site", "site": "00000000-0000-0000-0000-000000000000"},
        {"scope": "course", "course": "nonsense"},
        {"scope": "everything"},
        {"scope": "department"},
        {},
    ],
)
def test_what_one_may_not_read_looks_as_if_it_did_not_exist(firm: Company, fields: dict[str, str]) -> None:
    client = reading(firm.jonas)
    told = {name: str(firm.ines.pk) if value == "ines" else value for name, value in fields.items()}
    assert client.post("/reports/ask/", told).status_code == 404
    assert client.get("/reports/new/", told).status_code == (404 if told else 200)
    assert not Job.objects.exists()


def test_person_is_found_by_number_or_address(firm: Company) -> None:
    client = reading(firm.jonas)
    for typed in (firm.maya.employee_number, firm.maya.email.upper()):
        assert people_of(client, scope="person", person=typed) == ["Maya Lindqvist"]


def test_reports_are_for_those_who_oversee(firm: Company, quick: None) -> None:
    assert {reading(each).get("/reports/").status_code for each in (firm.jonas, firm.admin, an_auditor())} == {200}
    assert reading(firm.maya).get("/reports/").status_code == 403
    assert reading(firm.maya).post("/reports/ask/", {"scope": "team"}).status_code == 403
    job = made(reading(firm.jonas), scope="team")
    for stranger in (firm.ruth, firm.admin, an_auditor()):
        client = reading(stranger)
        for path in (f"/reports/{job.pk}/", f"/reports/{job.pk}/pdf/", f"/reports/{job.pk}/xlsx/"):
            assert client.get(path).status_code == 404
        assert client.post(f"/reports/{job.pk}/cancel/").status_code == 404


def test_owner_is_told_once_and_everything_is_in_the_trail(firm: Company, quick: None) -> None:
    client = reading(firm.jonas)
    job = made(client, scope="team")
    content_of(client, f"/reports/{job.pk}/pdf/")
    message = Message.objects.get(kind="reporting.report_ready")
    assert (message.recipient, message.path) == (firm.jonas, "/reports/")
    facts = Event.objects.filter(subject_type="report", subject_id=str(job.pk)).order_by("id")
    assert [fact.verb for fact in facts] == [
        "reporting.report_asked",
        "reporting.report_made",
        "reporting.report_fetched",
    ]
    assert {fact.actor_id for fact in facts} == {firm.jonas.pk}
    assert facts[1].payload["people"] == 4
    assert facts[2].payload["format"] == "PDF"


def test_made_again_after_a_crash_there_is_one_result(firm: Company, quick: None) -> None:
    job = ask(reading(firm.jonas), scope="team")
    lost = claim_job(job_id=job.pk, at=AT)  # a worker takes it and dies
    assert lost is not None
    with travel(AT + timedelta(minutes=3)):
        run_job(str(job.pk))
        run_job(str(job.pk))
        with pytest.raises(JobLost):  # the one that was thought dead goes on
            compliance.make(lost)
    job.refresh_from_db()
    assert (job.state, job.attempts) == (JobState.DONE, 2)
    assert ReportFile.objects.filter(job=job).count() == 2
    assert Message.objects.filter(kind="reporting.report_ready").count() == 1
    assert Event.objects.filter(verb="reporting.report_made").count() == 1


def test_called_off_report_is_not_made(firm: Company, quick: None) -> None:
    client = reading(firm.jonas)
    job = ask(client, scope="team")
    assert client.post(f"/reports/{job.pk}/cancel/").status_code == 302
    run_job(str(job.pk))
    assert not ReportFile.objects.exists()
    assert not cancel_job(job_id=job.pk, owner_id=firm.jonas.pk, at=AT)


def test_rights_are_those_at_the_time_of_making(firm: Company, quick: None) -> None:
    job = ask(reading(firm.jonas), scope="team")
    move(firm.owen, since=TODAY, manager=firm.ruth)
    run_job(str(job.pk))
    assert {str(each) for each in Report.objects.get().people} == {
        str(each.pk) for each in (firm.elif_, firm.maya, firm.sofia)
    }


def test_who_may_not_ask_any_more_gets_nothing(firm: Company, quick: None) -> None:
    job = ask(reading(firm.jonas), scope="team")
    deactivate_person(person=firm.jonas, by=BY, at=AT, left_on=TODAY, reason="left the company")
    run_job(str(job.pk))
    job.refresh_from_db()
    assert (job.state, job.message) == (JobState.FAILED, "You may not ask for reports any more.")


def test_scope_that_became_empty_is_refused_in_words(firm: Company, quick: None) -> None:
    client = reading(firm.jonas)
    job = ask(client, scope="person", person=str(firm.owen.pk))
    move(firm.owen, since=TODAY, manager=firm.ruth)
    run_job(str(job.pk))
    assert "There is nobody left there whose record you may read." in client.get("/reports/").content.decode()


def test_rights_are_checked_again_at_download(firm: Company, quick: None) -> None:
    client = reading(firm.jonas)
    job = made(client, scope="team")
    assert content_of(client, f"/reports/{job.pk}/pdf/") == DRAWN
    move(firm.owen, since=TODAY, manager=firm.ruth)
    refused = client.get(f"/reports/{job.pk}/pdf/")
    assert refused.status_code == 403
    assert "You may not read everyone in this report any more" in refused.content.decode()
    assert Event.objects.filter(verb="reporting.report_fetched").count() == 1


def test_link_ends_after_seven_days_and_offers_the_same_report(firm: Company, quick: None) -> None:
    job = made(reading(firm.jonas), scope="team", level="direct")
    with travel(AT + timedelta(days=7, seconds=-1)):
        assert content_of(reading(firm.jonas), f"/reports/{job.pk}/pdf/") == DRAWN
    with travel(AT + timedelta(days=7)):
        client = reading(firm.jonas)
        gone = client.get(f"/reports/{job.pk}/pdf/")
        assert gone.status_code == 410
        again = "/reports/new/?scope=team&amp;level=direct"
        assert f'href="{again}"' in gone.content.decode()
        assert f'href="{again}"' in client.get("/reports/").content.decode()
        assert client.get(again.replace("&amp;", "&")).status_code == 200


def test_download_has_its_type_and_name_and_is_not_cached(firm: Company, quick: None) -> None:
    client = reading(firm.jonas)
    job = made(client, scope="team")
    answer = client.get(f"/reports/{job.pk}/pdf/")
    assert b"".join(answer.streaming_content) == DRAWN  # type: ignore[attr-defined]
    assert answer["Content-Disposition"] == 'attachment; filename="team-of-jonas-keller-2026-11-23.pdf"'
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("application/pdf", "private, no-store")
    assert client.get(f"/reports/{job.pk}/docx/").status_code == 404


def test_card_tells_the_steps_and_asks_again_while_it_is_made(firm: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    client = reading(firm.jonas)
    job = ask(client, scope="team")
    seen: list[tuple[int, str]] = []

    def look(_board: object, _context: object) -> bytes:
        card = client.get(f"/reports/{job.pk}/").content.decode()
        current = Job.objects.get(pk=job.pk)
        seen.append((current.percent, current.message))
        assert f'data-poll="/reports/{job.pk}/"' in card
        assert current.message in card
        return DRAWN

    monkeypatch.setattr(compliance, "render_report", look)
    assert "Waiting" in client.get("/reports/").content.decode()
    run_job(str(job.pk))
    assert seen == [(55, "Step 3 of 3: laying out the PDF")]
    assert "data-poll" not in client.get(f"/reports/{job.pk}/").content.decode()


def test_list_takes_the_same_queries_for_one_and_three(
    firm: Company, quick: None, django_assert_num_queries: Any
) -> None:
    client = reading(firm.jonas)
    for number in (1, 2):
        for _each in range(number):
            made(client, scope="team")
        client.get("/reports/")
        with django_assert_num_queries(6):
            client.get("/reports/")


def test_nobody_floods_the_workers(firm: Company) -> None:
    client = reading(firm.jonas)
    for _each in range(11):
        client.post("/reports/ask/", {"scope": "team"})
    assert Job.objects.count() == 10


def test_auditor_may_ask_for_reports_and_change_nothing_else(firm: Company, quick: None) -> None:
    auditor = an_auditor()
    client = reading(auditor)
    made(client, scope="course", course=str(firm.signing.pk))
    assert client.post("/team/").status_code == 403
    for path in ("/people/", f"/people/{firm.maya.pk}/", "/trail/", "/reports/", "/reports/new/"):
        assert client.post(path).status_code == 405, path
    assert User.objects.get(pk=firm.maya.pk).name == "Maya Lindqvist"


def test_files_of_ended_links_are_thrown_away_once(firm: Company, quick: None) -> None:
    job = made(reading(firm.jonas), scope="team")
    keys = list(ReportFile.objects.filter(job=job).values_list("storage_key", flat=True))
    discard_expired()
    assert all(default_storage.exists(key) for key in keys)
    with travel(AT + timedelta(days=8)):
        again = made(reading(firm.jonas), scope="team")  # its PDF has the same bytes here, so the same key
        discard_expired()
        discard_expired()
        kept = set(ReportFile.objects.filter(job=again).values_list("storage_key", flat=True))
        assert [default_storage.exists(key) for key in keys] == [key in kept for key in keys]
        assert all(default_storage.exists(key) for key in kept)
        assert reading(firm.jonas).get(f"/reports/{job.pk}/pdf/").status_code == 410
    assert Event.objects.filter(verb="reporting.report_made", subject_id=str(job.pk)).exists()


@pytest.mark.parametrize(
    ("constraint", "format"), [("report_file_once_per_format", "pdf"), ("report_file_format_known", "doc")]
)
def test_database_keeps_one_file_a_format(firm: Company, quick: None, constraint: str, format: str) -> None:
    file = ReportFile.objects.get(job=made(reading(firm.jonas), scope="team"), format="pdf")
    file.pk, file.format = new_id(), format
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        file.save(force_insert=True)
