"""Lists of people, from the file to the records: what is made, what is told, what stops, what resumes."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.formats import date_format

from core.actions import JobLost, claim_job
from core.clock import now
from core.models import Job
from people import actions, lists, tasks
from people.actions import NotAllowed, import_writing
from people.choices import AccessRole, ImportState
from people.models import Attribute, Department, ImportRow, JobRole, PeopleImport, Position, Site, User
from records.models import Event
from tests.factories import BY, make_department, make_job_role, make_person, make_site, place
from tests.people.lists import HEADINGS, applied, brought, checked, counts, kinds, line, reading, text_of, worked

TODAY = timezone.localdate()


@pytest.fixture
def admin(db: None) -> User:
    make_site(), make_department("Quality"), make_job_role("QC Analyst")
    return make_person(AccessRole.ADMINISTRATOR, name="Tomás Herrera")


@pytest.fixture
def loose(admin: User) -> None:
    """Let any number of people leave unconfirmed."""
    actions.set_import_policy(most_leaving_percent=100, by=admin, at=now())


def snapshot() -> dict[str, Any]:
    """Return everything about people that a list could change."""
    people = {
        user.pk: (user.employee_number, user.name, user.email, user.hired_on, user.left_on, user.is_active)
        for user in User.objects.all()
    }
    positions = sorted(
        Position.objects.values_list(
            "user", "site__name", "department__name", "job_role__name", "manager", "valid_from", "valid_until"
        ),
        key=str,
    )
    return {"people": people, "positions": positions, "places": Department.objects.count() + Site.objects.count()}


def facts_about(person: User) -> list[str]:
    return list(Event.objects.filter(kind="fact", person_id=person.pk).order_by("id").values_list("verb", flat=True))


# What is made


def test_people_are_added_with_their_managers(admin: User) -> None:
    text = text_of([line("3", manager="2"), line("2", manager="new1@demo.test"), line("1", manager=admin.email)])
    run = applied(text, admin)
    assert (run.state, counts(run), run.row_count) == (ImportState.APPLIED, {"added": 3}, 3)
    first, second, third = (User.objects.get(employee_number=number) for number in "123")
    assert [each.positions.get().manager for each in (first, second, third)] == [admin, first, second]
    assert not first.has_usable_password()
    assert facts_about(first) == ["people.person_added", "people.position_changed"]
    fact = Event.objects.get(verb="people.position_changed", person_id=third.pk)
    assert (UUID(fact.payload["person_id"]), fact.actor_id) == (third.pk, admin.pk)
    assert fact.payload | {"job_role": "QC Analyst", "site": "Basel", "name": "New 3"} == fact.payload


def test_every_field_is_taken(admin: User) -> None:
    attribute = actions.add_attribute(by=BY, at=now(), name="Clearance", options=["A", "B"])
    head = make_person(name="Head")
    actions.add_department(by=BY, at=now(), name="Laboratory", parent=make_department("Quality"))
    row = ["77", "Zoë Müller", "ZOE@demo.test", "English", "01.03.2026", "", "basel", "Quality / Laboratory"]
    row += ["QC Analyst", "Agency worker", head.employee_number, admin.email, "01.04.2026", "B"]
    text = text_of([row], (*HEADINGS, "Clearance")).replace(",", ";").encode("cp1252")
    run = brought(text, admin)
    how = reading(run, date_order="dmy")
    how["columns"][f"attribute:{attribute.pk}"] = "Clearance"
    actions.read_import(run=run, reading=how, by=admin, at=now())
    assert counts(worked(run)) == {"added": 1}
    actions.apply_import(run=run, by=admin, at=now())
    worked(run)
    person = User.objects.get(employee_number="77")
    position = person.positions.get()
    assert (person.name, person.email, person.hired_on) == ("Zoë Müller", "zoe@demo.test", date(2026, 3, 1))
    assert (position.department.name, position.employment_type) == ("Laboratory", "agency")
    assert (position.manager, position.second_manager, position.valid_from) == (head, admin, date(2026, 4, 1))
    assert person.attribute_values.get().value == "B"
    assert "people.attribute_set" in facts_about(person)


def test_people_are_changed_moved_and_corrected(admin: User) -> None:
    maya, kenji = make_person(employee_number="1", name="Maya"), make_person(employee_number="2", name="Kenji")
    newark = make_site("Newark", "America/New_York", "US")
    for person in (maya, kenji):
        place(person, department=make_department("Quality"), job_role=make_job_role("QC Analyst"))
    text = text_of(
        [line("1", name="Maya L.", email=maya.email), line("2", name="Kenji", email=kenji.email, site="Newark")]
    )
    run = applied(text, admin)
    assert kinds(run) == {"1": "changed", "2": "moved"}
    assert ImportRow.objects.get(run=run, number="1").changes == [["name", "Maya", "Maya L."]]
    maya.refresh_from_db()
    assert maya.name == "Maya L."
    assert list(kenji.positions.order_by("valid_from").values_list("site", "valid_until")) == [
        (make_site().pk, TODAY), (newark.pk, None),
    ]  # fmt: skip
    fact = Event.objects.get(verb="people.person_changed", person_id=maya.pk)
    assert (fact.payload["changed"], fact.reason) == (["name"], "List of people: people.csv")
    again = applied(text.replace("Newark", "Basel"), admin)  # on the same day
    assert kinds(again) == {"1": "unchanged", "2": "moved"}
    assert list(kenji.positions.order_by("valid_from").values_list("site", "valid_until")) == [
        (make_site().pk, TODAY), (make_site().pk, None),
    ]  # fmt: skip


@pytest.mark.requirement("R-07")
def test_leaver_loses_access_with_the_next_request_and_keeps_the_record(
    admin: User, loose: None, client: Client
) -> None:
    maya = make_person(employee_number="1")
    place(maya)
    client.force_login(maya)
    assert client.get("/account/").status_code == 200
    yesterday = TODAY - timedelta(days=1)
    run = applied(text_of([["1", str(yesterday)]], ("Employee number", "Left on")), admin)
    assert counts(run) == {"left": 1}
    assert client.get("/account/").status_code == 302
    maya.refresh_from_db()
    assert (maya.is_active, maya.left_on, maya.positions.count()) == (False, yesterday, 1)
    assert facts_about(maya)[-1] == "people.person_deactivated"
    admin_client = Client()
    admin_client.force_login(admin)
    assert admin_client.get(f"/people/{maya.pk}/").status_code in (200, 404)
    assert admin_client.get(f"/directory/{maya.pk}/").status_code == 200


def test_who_works_until_today_or_later_leaves_when_the_day_is_over(admin: User, loose: None) -> None:
    make_person(employee_number="1"), make_person(employee_number="2")
    text = text_of([["1", str(TODAY)], ["2", str(TODAY + timedelta(days=9))]], ("Employee number", "Left on"))
    assert counts(applied(text, admin)) == {"changed": 2}
    tasks.close_leavers()
    assert User.objects.filter(employee_number__in="12", is_active=True).count() == 2
    person = User.objects.get(employee_number="1")
    actions.change_person(
        person=person, by=BY, at=now(), reason="for a test", left_on=TODAY - timedelta(days=2), hired_on=None
    )
    tasks.close_leavers()
    person.refresh_from_db()
    assert (person.is_active, person.left_on) == (False, TODAY - timedelta(days=2))


def test_who_is_missing_leaves_only_by_a_complete_list(admin: User, loose: None) -> None:
    gone = make_person(employee_number="1")
    text = text_of([line("5")])
    assert counts(applied(text, admin)) == {"added": 1}
    run = applied(text, admin, is_complete=True)
    assert counts(run) == {"unchanged": 1, "missing": 1}
    gone.refresh_from_db()
    admin.refresh_from_db()
    assert (gone.is_active, gone.left_on, admin.is_active) == (False, TODAY, True)


def test_links_are_sent_when_asked(admin: User, django_capture_on_commit_callbacks: Any, mailoutbox: list[Any]) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        applied(text_of([line("5"), line("6")]), admin, sends_links=True)
    assert sorted(mail.to[0] for mail in mailoutbox if "password" in mail.subject) == [
        "new5@demo.test", "new6@demo.test",
    ]  # fmt: skip
    assert Event.objects.filter(verb="people.password_link_sent").count() == 2


def test_unknown_places_are_errors_or_created(admin: User) -> None:
    text = text_of([line("5", site="Cork", department="Quality / Stability / Cold", job_role="Pilot")])
    assert counts(checked(text, admin)) == {"rejected": 1}
    options = {"creates": True, "new_site_zone": "Europe/Dublin", "new_site_country": "IE"}
    run = checked(text, admin, **options)
    assert run.new_places == [
        ["department", "Quality / Stability"], ["department", "Quality / Stability / Cold"],
        ["job_role", "Pilot"], ["site", "Cork"],
    ]  # fmt: skip
    assert not Site.objects.filter(name="Cork").exists()
    actions.apply_import(run=run, by=admin, at=now())
    assert counts(worked(run)) == {"added": 1}
    assert (Site.objects.get(name="Cork").time_zone, JobRole.objects.filter(name="Pilot").exists()) == (
        "Europe/Dublin",
        True,
    )
    cold = Department.objects.get(name="Cold")
    assert (cold.parent.name, cold.parent.parent.name) == ("Stability", "Quality")
    assert counts(applied(text, admin)) == {"unchanged": 1}


# Counts, hashes, twice


@pytest.mark.requirement("R-63")
def test_rows_reconcile_and_the_file_is_kept_under_its_hash(admin: User) -> None:
    place(make_person(employee_number="1", name="Maya"), department=make_department("Quality"))
    rows = [
        line("1", name="Maya", email="maya@demo.test"),
        line("2"),
        line("2"),
        line("3", email="nonsense"),
        line("4"),
    ]
    text = text_of([*rows, line("5", site="Nowhere")])
    run = applied(text, admin)
    assert run.sha256 == hashlib.sha256(text.encode()).hexdigest()
    assert (run.made, run.planned) == (run.planned, run.made)
    assert (counts(run), run.row_count) == ({"moved": 1, "added": 1, "rejected": 4}, 6)
    rejected = ImportRow.objects.filter(run=run, kind="rejected").order_by("line")
    assert [(row.line, row.reason.split(":")[0]) for row in rejected] == [
        (3, "The number 2 stands in several lines"), (4, "The number 2 stands in several lines"),
        (5, "“nonsense” is no e-mail address."), (7, "There is no site “Nowhere”."),
    ]  # fmt: skip
    fact = Event.objects.get(verb="people.import_applied")
    assert (fact.payload["sha256"], fact.payload["counts"]) == (run.sha256, run.made)


@pytest.mark.requirement("R-63")
def test_same_file_again_changes_nothing(admin: User, loose: None) -> None:
    make_person(employee_number="9")
    text = text_of([line("1", manager=admin.email), line("2", manager="1"), line("3", site="Nowhere")])
    first = applied(text, admin, is_complete=True)
    before, facts = (
        snapshot(),
        Event.objects.filter(verb__in=["people.person_added", "people.position_changed"]).count(),
    )
    second = applied(text, admin, is_complete=True)
    assert (counts(first), counts(second)) == (
        {"added": 2, "rejected": 1, "missing": 1}, {"unchanged": 2, "rejected": 1},
    )  # fmt: skip
    assert snapshot() == before
    assert Event.objects.filter(verb__in=["people.person_added", "people.position_changed"]).count() == facts


def test_planned_transfer_stays_and_only_another_position_is_refused(admin: User) -> None:
    maya, kenji = make_person(employee_number="1", name="Maya"), make_person(employee_number="2", name="Kenji")
    day = TODAY + timedelta(days=48)
    for person in (maya, kenji):
        where = {"department": make_department("Quality"), "job_role": make_job_role("QC Analyst")}
        place(person, manager=admin, **where)
        place(person, since=day, site=make_site("Newark", "America/New_York", "US"), **where)
    rows = [line("1", name="Maya L.", email=maya.email, manager=admin.email)]
    rows += [line("2", name="Kenji", email=kenji.email, manager=admin.email)]
    before = snapshot()["positions"]
    run = applied(text_of(rows), admin)
    assert (kinds(run), run.planned) == ({"1": "changed", "2": "unchanged"}, run.made)
    assert counts(applied(text_of(rows), admin)) == {"unchanged": 2}
    rows[1] = line("2", name="Kenji", email=kenji.email, manager=maya.email)
    run = applied(text_of(rows), admin)
    assert (kinds(run), run.planned) == ({"1": "unchanged", "2": "rejected"}, run.made)
    words = f"A position from {date_format(day, 'j M Y')} on is noted already. Correct it on the person's page."
    assert ImportRow.objects.get(run=run, number="2").reason == words
    assert snapshot()["positions"] == before


def test_current_position_that_changed_since_the_check_rejects_the_row(admin: User) -> None:
    maya = make_person(employee_number="1", name="Maya")
    where = {"department": make_department("Quality"), "job_role": make_job_role("QC Analyst")}
    place(maya, **where)
    place(maya, since=TODAY + timedelta(days=48), manager=admin, **where)
    run = checked(text_of([line("1", name="Maya L.", email=maya.email)]), admin)
    actions.apply_import(run=run, by=admin, at=now())
    actions.begin_writing(run=run, at=now())
    held = maya.positions.get(valid_until__isnull=False)
    whose = {"manager": None, "second_manager": None, "employment_type": "agency"}
    where |= {"site": held.site}
    actions.correct_position(position=held, **where, **whose, reason="typed wrong", by=BY, at=now())
    run = worked(run)
    assert (counts(run), run.planned["changed"]) == ({"rejected": 1}, 1)
    assert "changed since the list was checked" in ImportRow.objects.get(run=run, number="1").reason


def test_captures_lie_under_the_fact_of_their_batch(admin: User) -> None:
    applied(text_of([line("1"), line("2")]), admin)
    captured = Event.objects.filter(kind="capture", subject_type="people_user", verb="inserted").order_by("-id")[:2]
    assert {each.fact.verb for each in captured} == {"people.import_written"}
    assert captured[0].fact.payload["rows"] == 2


# What stops


@pytest.mark.requirement("R-63")
def test_guard_stops_until_the_number_is_typed(admin: User) -> None:
    people = [make_person() for _ in range(5)]
    text = text_of([[each.employee_number] for each in people[:3]], ("Employee number",))
    run = checked(text, admin, is_complete=True)
    assert (run.state, run.leaving, run.open_accounts) == (ImportState.STOPPED, 2, 6)
    for typed in (None, 3):
        with pytest.raises(NotAllowed, match="2 accounts would be closed"):
            actions.apply_import(run=run, by=admin, at=now(), typed=typed)
    assert User.objects.filter(is_active=True).count() == 6
    actions.apply_import(run=run, by=admin, at=now(), typed=2)
    run = worked(run)
    assert (run.state, run.confirmed_leaving) == (ImportState.APPLIED, 2)
    assert User.objects.filter(is_active=True).count() == 4
    assert Event.objects.get(verb="people.import_begun").payload["confirmed_leaving"] == 2


def test_policy_moves_the_guard(admin: User) -> None:
    people = [make_person() for _ in range(4)]
    text = text_of([[each.employee_number] for each in people[:3]], ("Employee number",))
    actions.set_import_policy(most_leaving_percent=20, by=admin, at=now())
    assert checked(text, admin, is_complete=True).state == ImportState.CHECKED
    actions.set_import_policy(most_leaving_percent=19, by=admin, at=now())
    assert checked(text, admin, is_complete=True).state == ImportState.STOPPED
    with pytest.raises(NotAllowed):
        actions.set_import_policy(most_leaving_percent=101, by=admin, at=now())


@pytest.mark.requirement("R-63")
def test_change_since_the_check_is_shown_and_not_applied(admin: User) -> None:
    maya = make_person(employee_number="1", name="Maya")
    run = checked(text_of([["1", "Maya L."]], ("Employee number", "Name")), admin)
    actions.change_person(person=maya, by=BY, at=now(), reason="married last week", name="Maya L.")
    actions.apply_import(run=run, by=admin, at=now())
    run = worked(run)
    assert (run.state, counts(run), run.before["changed"]) == (ImportState.CHECKED, {"unchanged": 1}, 1)
    actions.apply_import(run=run, by=admin, at=now())
    assert worked(run).state == ImportState.APPLIED


def test_change_while_it_is_written_rejects_the_row(admin: User) -> None:
    maya = make_person(employee_number="1", name="Maya")
    run = checked(
        text_of([["1", "Maya L.", "m@demo.test"], ["2", "Bo", "bo@demo.test"]], ("Employee number", "Name", "E-mail")),
        admin,
    )
    actions.apply_import(run=run, by=admin, at=now())
    actions.begin_writing(run=run, at=now())
    actions.change_person(person=maya, by=BY, at=now(), reason="married last week", name="Maya M.")
    run = worked(run)
    assert (counts(run), run.planned["changed"]) == ({"added": 1, "rejected": 1}, 1)
    assert "changed since the list was checked" in ImportRow.objects.get(run=run, number="1").reason
    maya.refresh_from_db()
    assert maya.name == "Maya M."


# What fails and goes on


@pytest.mark.requirement("R-63")
@pytest.mark.parametrize("fails_at", [1, 2, 3])
def test_killed_in_the_middle_it_goes_on_to_the_same_end(
    admin: User, fails_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_writing, "BATCH", 2)
    monkeypatch.setattr(actions, "write_batch", lambda **given: import_writing.write_batch(**given, most=2))
    rows = [line(str(number), manager="1" if number > 1 else "") for number in range(1, 8)]
    run = checked(text_of(rows), admin)
    actions.apply_import(run=run, by=admin, at=now())
    run.refresh_from_db()
    written, save = [], import_writing._Batch.write

    def dies(batch: Any) -> None:
        save(batch)
        written.append(len(batch.added))
        if len(written) == fails_at:
            raise RuntimeError("killed")

    monkeypatch.setattr(import_writing._Batch, "write", dies)
    run = worked(run)
    done = sum(written[:-1])
    assert (run.state, User.objects.filter(employee_number__in=[str(n) for n in range(1, 8)]).count()) == (
        ImportState.APPLYING, done,
    )  # fmt: skip
    monkeypatch.setattr(import_writing._Batch, "write", save)
    Job.objects.filter(pk=run.job_id).update(claimed_at=now() - timedelta(minutes=5))
    run = worked(run)
    assert (run.state, counts(run)) == (ImportState.APPLIED, {"added": 7})
    assert Event.objects.filter(verb="people.person_added", payload__name__startswith="New").count() == 7
    assert {
        each.positions.get().manager.employee_number for each in User.objects.filter(employee_number__in="234567")
    } == {"1"}


def test_job_that_failed_for_good_is_asked_for_again(admin: User) -> None:
    run = checked(text_of([line("1")]), admin)
    actions.apply_import(run=run, by=admin, at=now())
    run.refresh_from_db()
    with pytest.raises(NotAllowed):
        actions.apply_import(run=run, by=admin, at=now())
    Job.objects.filter(pk=run.job_id).update(state="failed", finished_at=now())
    first = run.job_id
    actions.apply_import(run=run, by=admin, at=now())
    run = worked(run)
    assert (run.state, run.job_id == first) == (ImportState.APPLIED, False)


def test_worker_that_was_replaced_keeps_nothing(admin: User) -> None:
    run = brought(text_of([line("1")]), admin)
    actions.read_import(run=run, reading=reading(run), by=admin, at=now())
    run.refresh_from_db()
    job = claim_job(job_id=run.job_id, at=now())
    Job.objects.filter(pk=run.job_id).update(attempts=2)
    with pytest.raises(JobLost):
        tasks.check_import(job)
    assert not ImportRow.objects.filter(run=run).exists()


def test_long_list_goes_on_in_another_job(admin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "SECONDS_AT_WORK", -1)
    run = checked(text_of([line("1")]), admin)
    actions.apply_import(run=run, by=admin, at=now())
    first = run.job_id
    run = worked(run)
    assert (run.state, run.job_id != first) == (ImportState.APPLYING, True)
    monkeypatch.setattr(lists, "SECONDS_AT_WORK", 99)
    assert worked(run).state == ImportState.APPLIED


def test_file_that_breaks_off_is_failed_with_words(admin: User) -> None:
    lines = [line(str(number)) for number in range(300)]
    run = checked(text_of(lines) + '"open,', admin)
    assert (run.state, "quotation mark" in run.words) == (ImportState.FAILED, True)
    assert Event.objects.filter(verb="people.import_failed").count() == 1


def test_only_an_administrator_of_everything_gets_through(admin: User) -> None:
    run = brought(text_of([line("1")]), admin)
    actions.read_import(run=run, reading=reading(run), by=admin, at=now())
    grant = admin.grants.get()
    actions.revoke_role(grant=grant, by=make_person(AccessRole.ADMINISTRATOR), at=now(), reason="no longer needed")
    run = worked(run)
    assert (run.state, "Only an administrator" in run.words) == (ImportState.FAILED, True)


def test_list_is_discarded_only_before_it_is_applied(admin: User) -> None:
    run = checked(text_of([line("1")]), admin)
    actions.discard_import(run=run, by=admin, at=now())
    assert (PeopleImport.objects.get(pk=run.pk).state, ImportRow.objects.count()) == (ImportState.DISCARDED, 0)
    done = applied(text_of([line("1")]), admin)
    for refused in (
        lambda: actions.discard_import(run=done, by=admin, at=now()),
        lambda: actions.read_import(run=done, reading=done.reading, by=admin, at=now()),
        lambda: actions.apply_import(run=done, by=admin, at=now()),
    ):
        with pytest.raises(NotAllowed):
            refused()


@pytest.mark.parametrize("count", [1, 3])
def test_a_batch_asks_as_often_for_many(admin: User, count: int, django_assert_max_num_queries: Any) -> None:
    run = checked(text_of([line(str(number)) for number in range(count)]), admin)
    actions.apply_import(run=run, by=admin, at=now())
    actions.begin_writing(run=run, at=now())
    with django_assert_max_num_queries(36):
        actions.write_batch(run=run, at=now())


def badged(value: str, admin: User) -> PeopleImport:
    """Have a list loaded that says which badge somebody has."""
    run = brought(text_of([["1", value]], ("Employee number", "Badge")), admin)
    how = reading(run)
    how["columns"][f"attribute:{Attribute.objects.get().pk}"] = "Badge"
    actions.read_import(run=run, reading=how, by=admin, at=now())
    worked(run)
    actions.apply_import(run=run, by=admin, at=now())
    return worked(run)


def test_attribute_is_set_corrected_and_ended(admin: User) -> None:
    attribute = actions.add_attribute(by=BY, at=now(), name="Badge")
    person = make_person(employee_number="1")
    actions.set_attribute(person=person, attribute=attribute, value="7", valid_from=date(2020, 1, 1), by=BY, at=now())
    for value, expected in [("8", ["7", "8"]), ("9", ["7", "9"]), ("", ["7"])]:
        assert counts(badged(value, admin)) == {"changed": 1}
        assert list(person.attribute_values.order_by("valid_from").values_list("value", flat=True)) == expected
    assert person.attribute_values.get().valid_until == TODAY


def test_planned_value_of_an_attribute_stays_and_only_another_one_is_refused(admin: User) -> None:
    attribute = actions.add_attribute(by=BY, at=now(), name="Badge")
    person = make_person(employee_number="1")
    for value, day in (("7", TODAY - timedelta(days=9)), ("8", TODAY + timedelta(days=9))):
        actions.set_attribute(person=person, attribute=attribute, value=value, valid_from=day, by=BY, at=now())
    before = list(person.attribute_values.order_by("valid_from").values())
    for value, kind in (("7", "unchanged"), ("8", "unchanged"), ("9", "rejected"), ("", "rejected")):
        assert counts(badged(value, admin)) == {kind: 1}, value
    assert ImportRow.objects.latest("run__pk").reason == "A later value of Badge is known already."
    assert list(person.attribute_values.order_by("valid_from").values()) == before
