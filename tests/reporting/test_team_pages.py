"""The manager's team: only their own, equal on screen and in files, and quick whatever its size."""

from __future__ import annotations

import csv
from datetime import timedelta
from io import BytesIO, StringIO
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from people.actions import change_person, take_leave
from people.queries import reports_of
from records.models import Event
from reporting.queries import kept
from tests.enrollment.workplace import a_course, deliver, move, operator, switched_on
from tests.factories import BY, make_person
from tests.reporting.company import AT, TODAY, Company, content_of, reading, travel


def page(client: Client, path: str = "/team/") -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def rows_of(client: Client, path: str = "/team/team.csv") -> list[list[str]]:
    return list(csv.reader(StringIO(content_of(client, path).decode("utf-8-sig"))))


def test_manager_sees_direct_and_indirect_reports_and_nobody_else(firm: Company) -> None:
    shown = page(reading(firm.jonas))
    assert "Your 4 reports, direct and indirect," in shown
    for person in firm.team:
        assert person.name in shown
    for stranger in (firm.ines, firm.ruth, firm.admin):
        assert stranger.name not in shown


@pytest.mark.parametrize("path", ["/team/", "/team/team.csv", "/team/team.xlsx"])
def test_team_is_for_managers_alone(firm: Company, path: str) -> None:
    assert reading(firm.jonas).get(path).status_code == 200
    assert reading(firm.maya).get(path).status_code == 403
    assert reading(firm.admin).get(path).status_code == 403
    visitor = Client().get(path)
    assert (visitor.status_code, visitor["Location"]) == (302, f"/accounts/login/?next={path}")


def test_transfer_takes_a_person_out_of_sight_at_once(firm: Company) -> None:
    jonas, ruth = reading(firm.jonas), reading(firm.ruth)
    assert "Owen Price" in page(jonas)
    assert "Owen Price" not in page(ruth)
    move(firm.owen, since=TODAY, manager=firm.ruth)
    assert "Owen Price" not in page(jonas)
    assert "Owen Price" in page(ruth)


def test_former_manager_loses_the_page(firm: Company) -> None:
    assert reading(firm.ruth).get("/team/").status_code == 200
    move(firm.ines, since=TODAY - timedelta(days=10), manager=firm.jonas)
    assert reading(firm.ruth).get("/team/").status_code == 403


def test_cells_say_status_in_words_and_lead_to_the_evidence(firm: Company) -> None:
    shown = page(reading(firm.jonas))
    href = f"/people/{firm.maya.pk}/#c-{firm.signing.pk}"
    assert f'<a class="cell is-late" href="{href}">' in shown
    assert '<span class="visually-hidden">Overdue, </span>6 d late</a>' in shown
    assert '<span class="visually-hidden">Completed, </span>to Jun 2027</a>' in shown
    assert '<span class="visually-hidden">Not required</span>' in shown


def test_five_numbers_and_expired_add_up(firm: Company) -> None:
    answer = reading(firm.jonas).get("/team/")
    assert answer.context["numbers"] == [
        ("late", 1, "?status=late"),
        ("expired", 1, "?status=expired"),
        ("soon", 0, "?status=soon"),
        ("doing", 1, "?status=doing"),
        ("todo", 0, "?status=todo"),
        ("done", 1, "?status=done"),
    ]
    assert "4 requirements · 25 % current" in " ".join(answer.content.decode().split())


def test_percent_says_that_it_is_of_those_asked_now_when_somebody_is_away(firm: Company) -> None:
    take_leave(person=firm.maya, valid_from=TODAY, valid_until=None, reason="parental", by=firm.admin, at=AT)
    deliver()
    answer = reading(firm.jonas).get("/team/")
    assert ("paused", 1) in [each[:2] for each in answer.context["numbers"]]
    assert "4 requirements · 33 % current of those asked now" in " ".join(answer.content.decode().split())


def test_look_here_first_can_remind_of_the_longest_overdue(firm: Company) -> None:
    client = reading(firm.jonas)
    first = client.get("/team/").context["first"]
    assert [(each["person"].name, each["why"]) for each in first] == [
        ("Maya Lindqvist", "Electronic records and signatures overdue 6 days"),
        ("Elif Aydın", "Electronic records and signatures expired on 1 Jun 2026"),
    ]
    path = f"/assignments/{first[0]['assignment_id']}/remind/"
    assert f'action="{path}"' in page(client)
    answer = client.post(path, {"next": "/team/"})
    assert (answer.status_code, answer["Location"]) == (302, "/team/")
    assert Event.objects.filter(verb="enrollment.reminded", person_id=firm.maya.pk).exists()


def test_filters_live_in_the_address_and_are_taken_away_one_by_one(firm: Company) -> None:
    site = firm.maya.position_on(TODAY).site_id
    shown = page(reading(firm.jonas), f"/team/?level=direct&site={site}&q=owen")
    assert "Owen Price" in shown
    assert "Sofia Marino" not in shown
    for removed in (f"?site={site}&amp;q=owen", "?level=direct&amp;q=owen", f"?level=direct&amp;site={site}"):
        assert f'class="chip on" href="{removed}"' in shown
    assert "1 person" in shown


@pytest.mark.parametrize("query", ["site=nonsense", "status=nonsense", "page=99", "page=x", "level=up", "q=", "view=x"])
def test_nonsense_in_the_address_changes_nothing(firm: Company, query: str) -> None:
    assert "Your 4 reports" in page(reading(firm.jonas), f"/team/?{query}")


def test_filters_without_result_say_so_and_offer_the_way_back(firm: Company) -> None:
    shown = page(reading(firm.jonas), "/team/?q=nobody")
    assert "No one matches these filters" in shown
    assert 'href="?">Remove all filters' in shown


def test_team_without_requirements_says_so(db: None) -> None:
    manager = make_person()
    operator("Owen Price", manager=manager)
    assert "Nothing is required of your team yet" in page(reading(manager))


def test_list_shows_the_same_requirements_by_urgency(firm: Company) -> None:
    client = reading(firm.jonas)
    lines = client.get("/team/?view=list").context["lines"]
    assert [(line.person.name, line.mark.status.value) for line in lines] == [
        ("Maya Lindqvist", "late"),
        ("Elif Aydın", "expired"),
        ("Sofia Marino", "doing"),
        ("Owen Price", "done"),
    ]
    only = client.get("/team/?view=list&status=expired").context["lines"]
    assert [line.person.name for line in only] == ["Elif Aydın"]


def test_pages_hold_25_people(firm: Company) -> None:
    for number in range(25):
        operator(f"Operator {number:02}", manager=firm.jonas)
    client = reading(firm.jonas)
    first, second = client.get("/team/").context["page"], client.get("/team/?page=2").context["page"]
    assert (len(first), len(second)) == (25, 4)
    assert "1–25 of 29" in page(client)


def test_page_takes_the_same_queries_for_one_and_many(firm: Company, django_assert_num_queries: Any) -> None:
    for manager in (firm.ruth, firm.jonas):
        client = reading(manager)
        client.get("/team/")
        kept._kept.clear()
        with django_assert_num_queries(7):  # person, unread messages, and the board's five
            client.get("/team/")
        with django_assert_num_queries(3):  # the board is kept
            client.get("/team/")


@pytest.mark.parametrize("query", ["", "?level=direct", "?status=late", "?q=maya"])
def test_csv_is_the_screen(firm: Company, query: str) -> None:
    client = reading(firm.jonas)
    board = client.get(f"/team/{query}").context["board"]
    head, *rows = rows_of(client, f"/team/team.csv{query}")
    assert head[:5] == ["Name", "Employee number", "Job role", "Site", "Department"]
    assert [column.split(" ", 1)[1] for column in head[5:]] == [column.title for column in board.columns]
    assert [row[0] for row in rows] == [person.name for person in board.people]
    for row, person in zip(rows, board.people, strict=True):
        for cell, column in zip(row[5:], board.columns, strict=True):
            mark = board.marks[person.id].get(column.id)
            assert cell.split(",")[0] == (mark.status.label if mark else "Not required")


def test_csv_says_status_and_date(firm: Company) -> None:
    rows = {row[0]: row[5:] for row in rows_of(reading(firm.jonas))[1:]}
    assert rows == {
        "Elif Aydın": ["Expired, valid until 2026-06-01", "Not required"],
        "Maya Lindqvist": ["Overdue, due 2026-11-17", "Not required"],
        "Owen Price": ["Completed, valid until 2027-06-01", "Not required"],
        "Sofia Marino": ["Not required", rows["Sofia Marino"][1]],
    }


HOSTILE = "=HYPERLINK(\"http://x\")<script>alert('x')</script>"


def test_names_can_neither_run_in_a_spreadsheet_nor_in_a_page(firm: Company) -> None:
    change_person(person=firm.owen, by=BY, at=AT, reason="a hostile name", name=HOSTILE)
    client = reading(firm.jonas)
    shown = page(client)
    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert" in shown
    assert f"'{HOSTILE}" in [row[0] for row in rows_of(client)]
    book = load_workbook(BytesIO(client.get("/team/team.xlsx").content))
    cell = next(row[0] for row in book["People"].iter_rows(min_row=2) if str(row[0].value).startswith("="))
    assert (cell.value, cell.data_type) == (HOSTILE, "s")


def test_spreadsheet_has_the_same_numbers_in_typed_cells(firm: Company) -> None:
    client = reading(firm.jonas)
    board = client.get("/team/?level=direct").context["board"]
    book = load_workbook(BytesIO(client.get("/team/team.xlsx?level=direct").content))
    assert book.sheetnames == ["About", "Courses", "People", "Requirements"]
    about = {row[0].value: row[1].value for row in book["About"].iter_rows(min_row=3)}
    assert about["Filters"] == "direct reports only"
    assert (about["People"], about["Requirements"]) == (len(board.people), board.requirement_count)
    assert about["Completed"] == board.counts["done"] == 1
    people = list(book["People"].iter_rows(min_row=2, values_only=True))
    assert [row[0] for row in people] == [person.name for person in board.people]
    line = next(book["Requirements"].iter_rows(min_row=3, values_only=True))
    assert (line[0], line[7], line[9].date().isoformat()) == ("Owen Price", "Completed", "2027-06-01")


def test_every_export_is_written_to_the_trail_before_it_leaves(firm: Company) -> None:
    client = reading(firm.jonas)
    rows_of(client, "/team/team.csv?status=late")
    client.get("/team/team.xlsx")
    csv_fact, xlsx_fact = Event.objects.filter(verb="reporting.exported", kind="fact").order_by("id")
    assert csv_fact.payload == {"what": "the team matrix", "format": "CSV", "rows": 1, "filters": "Status: Overdue"}
    assert (xlsx_fact.payload["rows"], xlsx_fact.payload["filters"]) == (4, "without filters")
    assert csv_fact.actor_id == firm.jonas.pk


def test_numbers_follow_the_day_at_each_site(firm: Company) -> None:
    assert reports_of(manager=firm.ruth, on=TODAY).count() == 1
    due = a_course("Hand hygiene")
    switched_on(due, by=firm.admin, due_within_days=11, job_role=None)
    midnight_in_basel, midnight_in_newark = AT.replace(hour=23), AT.replace(hour=5) + timedelta(days=1)
    for instant, late in ((midnight_in_basel, 0), (midnight_in_newark, 1)):
        with travel(instant):
            assert reading(firm.ruth).get("/team/").context["counts"]["late"] == late
