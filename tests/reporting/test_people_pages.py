"""Whole records: who may read whose, what stands in them, and that looking is written down."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test import Client

from enrollment.actions.retention import add_record_class
from enrollment.choices import KeptFrom
from enrollment.rules import short_day
from enrollment.rules.retention import add_years
from people.actions import change_person, change_preferences, deactivate_person, grant_role, revoke_role
from people.choices import AccessRole
from people.models import User
from records.models import Certificate, Event
from reporting.queries.dossiers import dossier_of
from reporting.reports.dossier_tables import dossier_tables
from tests.enrollment.classroom import Taking, require, taking
from tests.enrollment.workplace import move, newark
from tests.factories import BY, LONG_AGO, make_certificate, make_person, make_site
from tests.records.tampering import tamper
from tests.reporting.company import AT, TODAY, Company, reading, travel

FAR = datetime(2090, 1, 1, tzinfo=UTC)
PARTS = ["", "qualified/", "history/", "attempts/", "signatures/", "certificates/", "positions/"]


def open_record(reader: User, person: User, part: str = "") -> int:
    status: int = reading(reader).get(f"/people/{person.pk}/{part}").status_code
    return status


def an_auditor(*, ends_at: datetime = FAR, **scope: Any) -> User:
    """Add an auditor. Roles are asked of the database's clock, so their times are far away or taken from it."""
    auditor = make_person(name="Ruth Abrams")
    grant = {"role": AccessRole.AUDITOR, "reason": "audit of the site", "ends_at": ends_at, **scope}
    grant_role(person=auditor, by=BY, at=LONG_AGO, **grant)
    return auditor


@pytest.mark.parametrize("part", PARTS)
def test_record_is_for_oneself_ones_managers_and_the_roles_that_read(firm: Company, part: str) -> None:
    for reader in (firm.maya, firm.sofia, firm.jonas, firm.admin, an_auditor()):
        assert open_record(reader, firm.maya, part) == 200, reader.name
    for reader in (firm.owen, firm.elif_, firm.ruth, firm.ines):
        assert open_record(reader, firm.maya, part) == 404, reader.name
    visitor = Client().get(f"/people/{firm.maya.pk}/{part}")
    assert visitor.status_code == 302


def test_unknown_part_and_person_do_not_exist(firm: Company) -> None:
    client = reading(firm.admin)
    assert client.get(f"/people/{firm.maya.pk}/secrets/").status_code == 404
    assert client.get("/people/00000000-0000-0000-0000-000000000000/").status_code == 404


def test_transfer_moves_the_right_to_read(firm: Company) -> None:
    assert (open_record(firm.jonas, firm.owen), open_record(firm.ruth, firm.owen)) == (200, 404)
    move(firm.owen, since=TODAY, manager=firm.ruth)
    assert (open_record(firm.jonas, firm.owen), open_record(firm.ruth, firm.owen)) == (404, 200)


def test_manager_does_not_read_upwards(firm: Company) -> None:
    assert open_record(firm.sofia, firm.jonas) == 404


def test_auditor_reads_until_the_end_and_nothing_after(firm: Company) -> None:
    paths = ["/people/", "/trail/", "/trail/trail.csv", "/reports/", "/reports/new/"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    with travel(moment):
        within = an_auditor(ends_at=moment + timedelta(minutes=10))
        after = an_auditor(ends_at=moment - timedelta(minutes=10))
        assert {reading(within).get(path).status_code for path in paths} == {200}
        assert {reading(after).get(path).status_code for path in paths} == {403}
        assert (open_record(within, firm.maya), open_record(after, firm.maya)) == (200, 404)


def test_revoked_role_reads_nothing_more(firm: Company) -> None:
    auditor = an_auditor()
    assert open_record(auditor, firm.maya) == 200
    revoke_role(grant=auditor.grants.get(), by=firm.admin, at=AT, reason="the audit is over")
    assert open_record(auditor, firm.maya) == 404


def test_scope_of_a_site_is_its_people(firm: Company) -> None:
    auditor = an_auditor(site=newark())
    assert (open_record(auditor, firm.ines), open_record(auditor, firm.maya)) == (200, 404)
    found = reading(auditor).get("/people/").context["rows"]
    assert [row.name for row, _email, _tally in found] == ["Ines Costa", "Ruth Abrams"]


def test_auditor_is_told_the_end_on_every_page(firm: Company) -> None:
    client = reading(an_auditor())
    for path in ("/people/", f"/people/{firm.maya.pk}/", "/trail/", "/reports/", "/reports/new/"):
        shown = " ".join(client.get(path).content.decode().split())
        assert "Read-only access. It ends on" in shown, path
        assert "1 Jan 2090, 00:00 UTC" in shown
    assert "Read-only access" not in reading(firm.admin).get("/people/").content.decode()


def test_what_an_auditor_opens_is_written_once_in_ten_minutes(firm: Company) -> None:
    auditor = an_auditor()
    client = reading(auditor)
    for part in PARTS:
        client.get(f"/people/{firm.maya.pk}/{part}")
    client.get(f"/people/{firm.owen.pk}/")
    opened = Event.objects.filter(verb="reporting.record_opened").order_by("id")
    assert [event.person_id for event in opened] == [firm.maya.pk, firm.owen.pk]
    assert opened[0].sentence == "Ruth Abrams opened the record of Maya Lindqvist"
    with travel(AT + timedelta(minutes=10)):
        client.get(f"/people/{firm.maya.pk}/")
    assert opened.all().count() == 3


def test_managers_and_learners_leave_no_such_trace(firm: Company) -> None:
    for reader in (firm.maya, firm.jonas, firm.admin):
        open_record(reader, firm.maya)
    assert not Event.objects.filter(verb="reporting.record_opened").exists()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=lindq", ["Maya Lindqvist"]),
        ("q=MAYA lind", ["Maya Lindqvist"]),
        ("q=nobody", []),
        ("left=yes", []),
    ],
)
def test_finder_searches_names(firm: Company, query: str, expected: list[str]) -> None:
    rows = reading(firm.admin).get(f"/people/?{query}").context["rows"]
    assert [row.name for row, _email, _tally in rows] == expected


def test_finder_searches_numbers_and_addresses_and_filters(firm: Company) -> None:
    client = reading(firm.admin)
    for query in (f"q={firm.maya.employee_number}", f"q={firm.maya.email}"):
        assert [row.name for row, *_rest in client.get(f"/people/?{query}").context["rows"]] == ["Maya Lindqvist"]
    site = make_site("Newark").pk
    assert [row.name for row, *_rest in client.get(f"/people/?site={site}").context["rows"]] == ["Ines Costa"]
    assert "No one matches" in client.get("/people/?q=nobody").content.decode()


def test_finder_finds_who_has_left_only_when_asked(firm: Company) -> None:
    deactivate_person(person=firm.owen, by=BY, at=AT, left_on=TODAY, reason="left the company")
    client = reading(firm.admin)
    assert client.get("/people/?q=owen").context["rows"] == []
    assert [row.name for row, *_rest in client.get("/people/?q=owen&left=yes").context["rows"]] == ["Owen Price"]
    assert "Left on 23 Nov 2026" in client.get(f"/people/{firm.owen.pk}/").content.decode()


def test_finder_is_for_administrators_and_auditors(firm: Company) -> None:
    assert reading(an_auditor()).get("/people/").status_code == 200
    assert {reading(each).get("/people/").status_code for each in (firm.jonas, firm.maya)} == {403}


def test_finder_takes_the_same_queries_for_one_and_many(firm: Company, django_assert_num_queries: Any) -> None:
    client = reading(firm.admin)
    client.get("/people/")
    for query in ("?q=maya", ""):
        with django_assert_num_queries(11):
            client.get(f"/people/{query}")


def test_requirements_say_why_and_lead_to_the_certificate(db: None) -> None:
    taken = a_completed_training()
    require(taken.learner, taken.version.course, due_on=TODAY)
    shown = reading(taken.learner).get(f"/people/{taken.learner.pk}/").content.decode()
    (requirement,) = reading(taken.learner).get(f"/people/{taken.learner.pk}/").context["requirements"]
    assert f'id="c-{taken.version.course_id}"' in shown
    assert "Tablet Operator since 1 Jan 2020" in shown
    assert f"/certificates/{requirement.certificate_id}/" in shown


def a_completed_training() -> Taking:
    taken = taking("page", "quiz")
    taken.finish()
    taken.sign()
    return taken


def test_record_says_until_when_it_is_kept_wherever_it_stands(db: None) -> None:
    taken = a_completed_training()
    learner, completion = taken.learner, taken.enrollment.completion
    add_record_class(
        name="House rule", kept_from=KeptFrom.COMPLETED, years=3, courses=[taken.version.course],
        by=make_person(AccessRole.ADMINISTRATOR), at=AT, reason="SOP 9, edition 2",
    )  # fmt: skip
    require(learner, taken.version.course, due_on=TODAY)
    sentence = f"Kept at least until {short_day(add_years(completion.completed_on, 3))} (House rule)"
    certificate = Certificate.objects.get(completion_id=completion.pk)
    for address in (
        f"/people/{learner.pk}/",
        f"/people/{learner.pk}/certificates/",
        f"/certificates/{certificate.pk}/",
    ):
        assert sentence in reading(learner).get(address).content.decode(), address
    dossier = dossier_of(learner, at=AT, on=TODAY)
    [(_title, names, [row])] = [table for table in dossier_tables(dossier) if table[0] == "Certificates"]
    assert (names[-1], row[-1]) == ("Kept", sentence)
    assert sentence in render_to_string("pdf/dossier.html", {"dossier": dossier})


def test_record_is_kept_as_of_the_readers_day(db: None) -> None:
    admin = make_person(AccessRole.ADMINISTRATOR)
    taken = a_completed_training()
    learner, tomorrow = taken.learner, TODAY + timedelta(days=1)
    add_record_class(
        name="Asbestos", kept_from=KeptFrom.LEFT, years=1, courses=[taken.version.course],
        by=admin, at=AT, reason="SOP 9, edition 2",
    )  # fmt: skip
    require(learner, taken.version.course, due_on=TODAY)
    change_person(person=learner, by=admin, at=AT, reason="leaves tomorrow", left_on=tomorrow)
    certificate = Certificate.objects.get(completion_id=taken.enrollment.completion.pk)
    pages = (f"/people/{learner.pk}/", f"/people/{learner.pk}/certificates/", f"/certificates/{certificate.pk}/")
    ended = f"Kept at least until {short_day(add_years(tomorrow, 1))} (Asbestos)"
    east, west = make_person(AccessRole.ADMINISTRATOR), make_person(AccessRole.ADMINISTRATOR)
    change_preferences(person=east, at=AT, time_zone="Asia/Tokyo")
    change_preferences(person=west, at=AT, time_zone="UTC")
    with travel(AT.replace(hour=20)):  # in Tokyo it is tomorrow already
        for address in pages:
            assert ended in reading(east).get(address).content.decode(), address
            assert "Kept at least while employed" in reading(west).get(address).content.decode(), address


@pytest.mark.requirement("R-30")
@pytest.mark.requirement("R-32")
def test_history_shows_the_signature_inside_what_it_signs(db: None) -> None:
    taken = a_completed_training()
    answer = reading(taken.learner).get(f"/people/{taken.learner.pk}/history/")
    shown = " ".join(answer.content.decode().split())
    assert "Completed: Electronic records, version 1.0" in shown
    assert "<b>Maya Lindqvist</b> signed: “I have completed and understood this training”" in shown
    assert "23 Nov 2026 10:00:00 CET (09:00:00 UTC)" in shown
    assert shown.count("signed: “I have completed") == 1
    assert "/certificates/" in shown


def test_history_comes_in_pages_newest_first(firm: Company) -> None:
    for number in range(60):
        moment = AT - timedelta(days=60 - number)
        change_person(person=firm.maya, by=firm.admin, at=moment, reason=f"change {number}", language="en")
    client = reading(firm.maya)
    first = client.get(f"/people/{firm.maya.pk}/history/").context["history"]
    second = client.get(f"/people/{firm.maya.pk}/history/?before={first.older}").context["history"]
    happened = [line.event.occurred_at for line in (*first.lines, *second.lines)]
    assert len(first.lines) == 50
    assert happened == sorted(happened, reverse=True)
    assert len({line.event.pk for line in (*first.lines, *second.lines)}) == len(happened)
    assert client.get(f"/people/{firm.maya.pk}/history/?before=nonsense").status_code == 200


@pytest.mark.parametrize("part", PARTS)
def test_each_part_takes_the_same_queries_for_one_and_three(
    db: None, part: str, django_assert_max_num_queries: Any
) -> None:
    one, three = a_completed_training(), a_completed_training()
    require(one.learner, one.version.course, due_on=TODAY)
    for _each in range(2):
        again = taking("page", "quiz", learner=three.learner)
        again.finish()
        again.sign()
        require(three.learner, again.version.course, due_on=TODAY)
    counts = []
    for person in (one.learner, three.learner):
        client = reading(person)
        client.get(f"/people/{person.pk}/{part}")
        with django_assert_max_num_queries(18) as captured:
            client.get(f"/people/{person.pk}/{part}")
        counts.append(len(captured))
    assert counts[0] == counts[1]


def matches(person_id: UUID, part: str) -> bool:
    answer = reading(User.objects.get(pk=person_id)).get(f"/people/{person_id}/{part}/")
    assert answer.status_code == 200
    return "The signature does not match" not in answer.content.decode()


@pytest.mark.requirement("R-33")
@pytest.mark.requirement("R-34")
@pytest.mark.parametrize(
    ("table", "assignment"),
    [
        ("records_signature", "signer_name = 'Somebody Else'"),
        ("records_signature", "signed_at = signed_at - interval '1 day'"),
        ("records_signature", """record = jsonb_set(record, '{valid_until}', '"2099-01-01"')"""),
        ("enrollment_completion", "valid_until = '2099-01-01'"),
        ("enrollment_completion", "completed_at = completed_at - interval '1 day'"),
    ],
)
def test_changed_record_or_signature_is_said_not_to_match(committed_db: str, table: str, assignment: str) -> None:
    learner = a_completed_training().learner
    assert matches(learner.pk, "history")
    assert matches(learner.pk, "signatures")
    tamper(table, assignment)
    assert not matches(learner.pk, "history")
    assert not matches(learner.pk, "signatures")


def test_certificates_say_what_each_is_worth(firm: Company) -> None:
    old = make_certificate(firm.maya, at=AT - timedelta(days=2))
    make_certificate(firm.maya, at=AT - timedelta(days=1), course_id=old.course_id)
    make_certificate(firm.maya, at=AT - timedelta(days=3), valid_until=TODAY - timedelta(days=1))
    held = reading(firm.maya).get(f"/people/{firm.maya.pk}/certificates/").context["certificates"]
    assert [each.status.value for each in held] == ["current", "superseded", "expired"]
