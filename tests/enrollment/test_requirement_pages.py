"""The pages of requirements: by role, with and without scripts, and with bad input."""

from __future__ import annotations

import csv
import io
import re
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.actions import ask_for_job
from core.clock import now
from enrollment.actions import change_requirement, follow_person
from enrollment.actions.requirements import SETTLE_JOB, remove_requirement
from enrollment.choices import RequirementState, Status
from enrollment.models import Assignment, Requirement
from enrollment.queries import outlook_of, people_with
from notifications.models import Message
from people.actions import grant_role, take_leave
from people.choices import AccessRole
from people.models import User
from tests.enrollment.workplace import (
    a_course,
    analyst,
    browser,
    complete,
    draft,
    newark,
    open_assignments,
    operator,
    switched_on,
)
from tests.factories import BY, LONG_AGO, make_job_role, make_person, make_site, place

HTMX = {"HTTP_HX_REQUEST": "true"}


def terms(training: object, **changed: object) -> dict[str, object]:
    """Return what the form posts: Tablet Operators, within 14 days of entering the role."""
    filled = {
        "job_role": str(make_job_role().pk),
        "site": "",
        "department": "",
        "course": str(getattr(training, "pk", "")),
        "due_within_days": "14",
        "counted_from": "role",
        "validity_months": "12",
        "reason": "CAPA 2026-117",
    }
    return {**filled, **changed}


def page_of(requirement: Requirement) -> str:
    return reverse("enrollment:requirement", args=[requirement.pk])


def ago(days: int) -> datetime:
    return now() - timedelta(days=days)


# Who may see and do what


def test_only_administrators_and_auditors_read_requirements(admin: User) -> None:
    requirement = draft(a_course(), by=admin)
    for address in (reverse("enrollment:requirements"), page_of(requirement), page_of(requirement) + "people.csv"):
        assert browser(admin).get(address).status_code == 200
        assert browser(make_person(AccessRole.AUDITOR)).get(address).status_code == 200
        for other in (make_person(), make_person(AccessRole.AUTHOR, AccessRole.APPROVER)):
            assert browser(other).get(address).status_code == 403
        visitor = Client().get(address)
        assert (visitor.status_code, visitor["Location"].startswith("/accounts/login/")) == (302, True)


def test_auditor_reads_and_changes_nothing(admin: User) -> None:
    requirement = draft(a_course(), by=admin)
    auditor = browser(make_person(AccessRole.AUDITOR))
    page = auditor.get(page_of(requirement)).content.decode()
    assert "Electronic records and signatures" in page
    assert "Switch on for" not in page
    assert auditor.post(page_of(requirement), terms(requirement.course, do="switch_on")).status_code == 404
    assert auditor.get(reverse("enrollment:new_requirement")).status_code == 403
    assert auditor.get(page_of(requirement) + "off/").status_code == 403
    assert Requirement.objects.get().state == RequirementState.DRAFT


def test_administrator_of_a_site_sees_and_makes_requirements_of_that_site_alone(admin: User) -> None:
    course = a_course()
    everywhere, basel = draft(course, by=admin), draft(course, by=admin, site=make_site())
    local = make_person()
    grant_role(person=local, role=AccessRole.ADMINISTRATOR, by=BY, at=LONG_AGO, reason="for a test", site=make_site())
    client = browser(User.objects.get(pk=local.pk))
    assert client.get(page_of(basel)).status_code == 200
    assert client.get(page_of(everywhere)).status_code == 404
    listed = client.get(reverse("enrollment:requirements")).content.decode()
    assert f"R-{basel.number}" in listed
    assert f"R-{everywhere.number}" not in listed
    for site in ("", str(newark().pk)):
        refused = client.post(reverse("enrollment:new_requirement"), terms(course, id=str(uuid4()), site=site))
        assert refused.status_code == 422
    made = client.post(reverse("enrollment:new_requirement"), terms(course, id=str(uuid4()), site=str(make_site().pk)))
    assert made.status_code == 302
    assert Requirement.objects.count() == 3


def test_unknown_requirement_does_not_exist(admin: User) -> None:
    for page in ("requirement", "requirement_people", "switch_off", "requirement_progress"):
        assert browser(admin).get(reverse(f"enrollment:{page}", args=[uuid4()])).status_code == 404


# The sentence


def test_new_page_keeps_nothing_until_it_is_sent(admin: User) -> None:
    page = browser(admin).get(reverse("enrollment:new_requirement"))
    assert page.status_code == 200
    assert "Not saved yet" in page.content.decode()
    assert not Requirement.objects.exists()


def test_draft_is_kept_once_however_often_it_is_sent(admin: User) -> None:
    client, course, key = browser(admin), a_course(), str(uuid4())
    for days in ("14", "30", "30"):
        answer = client.post(reverse("enrollment:new_requirement"), terms(course, id=key, due_within_days=days), **HTMX)
        assert answer.status_code == 200
        assert answer["HX-Replace-Url"] == reverse("enrollment:requirement", args=[key])
    requirement = Requirement.objects.get()
    assert (str(requirement.pk), requirement.due_within_days, requirement.revision) == (key, 30, 2)
    assert "Draft, saved" in answer.content.decode()


def test_preview_says_how_many_who_why_and_by_when(admin: User) -> None:
    course = a_course()
    complete(operator("Jonas Current"), course, on=ago(10).date())
    operator("Maya Lindqvist", since=ago(20).date())
    operator("Rosa Delgado", since=ago(3).date())
    operator("Somebody Else", job_role=analyst())
    answer = browser(admin).post(reverse("enrollment:new_requirement"), terms(course, id=str(uuid4())), **HTMX)
    page = answer.content.decode()
    assert "Switch on for 3 people" in page
    assert "Maya Lindqvist" in page
    assert "Tablet Operator since" in page
    assert page.index("Maya Lindqvist") < page.index("Rosa Delgado")  # the most urgent first
    assert "Jonas Current" not in page
    assert "Somebody Else" not in page
    assert "Count from today instead" in page
    current = browser(admin).get(page_of(Requirement.objects.get()) + "?show=current").content.decode()
    assert "Jonas Current" in current
    assert "Maya Lindqvist" not in current


def test_chart_of_a_preview_leaves_nobody_out_and_calls_nothing_that_is_past_a_week_to_come(admin: User) -> None:
    course = a_course()
    for count in (300, 2, 9, 16, 23, 30, 37):  # days since they came; who came first is on leave
        person = operator(f"Came {count} days ago", since=ago(count).date())
        if count == 300:
            take_leave(
                person=person,
                valid_from=ago(299).date(),
                valid_until=None,
                reason="Parental leave",
                by=admin,
                at=ago(0),
            )
    answer = browser(admin).post(
        reverse("enrollment:new_requirement"), terms(course, id=str(uuid4()), due_within_days=90), **HTMX
    )
    chart = answer.context["preview"].columns
    assert [(each.count, each.state) for each in chart][-2:] == [(3, "brand"), (1, "paused")]
    assert (len(chart), sum(each.count for each in chart)) == (5, 7)
    assert "on leave: 1" in answer.content.decode()


def test_preview_of_nobody_says_so(admin: User) -> None:
    page = browser(admin).get(page_of(draft(a_course(), by=admin))).content.decode()
    assert "No active person fits this sentence today" in page
    assert "Switch on for 0 people" in page


def test_without_scripts_the_draft_is_kept_and_shown(admin: User) -> None:
    client, course = browser(admin), a_course()
    answer = client.post(reverse("enrollment:new_requirement"), terms(course, id=str(uuid4())), follow=True)
    assert answer.redirect_chain == [(page_of(Requirement.objects.get()), 302)]
    assert "Switch on for 0 people" in answer.content.decode()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"course": ""}, "Choose the training that people must complete."),
        ({"course": "no-such-course"}, "That is not offered. Choose from the list."),
        ({"job_role": "00000000-0000-0000-0000-000000000000"}, "That is not offered. Choose from the list."),
        ({"due_within_days": "5000"}, "That is not offered. Choose from the list."),
        ({"counted_from": "birth"}, "That is not offered. Choose from the list."),
        ({"validity_months": "-1"}, "That is not offered. Choose from the list."),
        ({"reason": "x" * 301}, "At most 300 characters; this has 301."),
    ],
)
def test_bad_input_is_refused_beside_its_field_and_kept(admin: User, changed: dict[str, object], message: str) -> None:
    kept = {"reason": "CAPA 2026-117: kept as typed", **changed}
    answer = browser(admin).post(reverse("enrollment:new_requirement"), terms(a_course(), id=str(uuid4()), **kept))
    page = answer.content.decode()
    assert (answer.status_code, message in page) == (422, True)
    assert str(kept["reason"]) in page
    assert not Requirement.objects.exists()


def test_while_filling_in_nothing_is_called_a_mistake(admin: User) -> None:
    answer = browser(admin).post(reverse("enrollment:new_requirement"), terms(None, id=str(uuid4()), course=""), **HTMX)
    assert answer.status_code == 200
    assert "Choose a training, and you see here" in answer.content.decode()


def test_change_of_what_somebody_else_changed_is_told_and_not_kept(admin: User) -> None:
    requirement = draft(a_course(), by=admin)
    other = make_person(AccessRole.ADMINISTRATOR, name="Jonas Weber")
    change_requirement(requirement=requirement, by=other, at=now(), revision=1, due_within_days=90)
    answer = browser(admin).post(page_of(requirement), terms(requirement.course, due_within_days="30", revision="1"))
    assert answer.status_code == 409
    assert "Jonas Weber has changed this draft in the meantime" in answer.content.decode()
    assert Requirement.objects.get().due_within_days == 90


@pytest.mark.parametrize("headers", [HTMX, {}])
@pytest.mark.parametrize("revision", ["1", ""])
def test_a_second_tab_never_undoes_what_the_first_kept(admin: User, headers: dict[str, str], revision: str) -> None:
    requirement, client = draft(a_course(), by=admin), browser(admin)
    client.post(page_of(requirement), terms(requirement.course, due_within_days="90", revision="1"), **HTMX)
    site = str(make_site().pk)
    old = terms(requirement.course, site=site, revision=revision, do="" if headers else "switch_on", expected="-")
    answer = client.post(page_of(requirement), old, **headers)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "You have changed this draft elsewhere in the meantime" in page
    assert f'<a href="{page_of(requirement)}">Reload to see it</a>' in page
    assert "Not saved" in page
    assert f'<option value="{site}" selected>' in page
    assert f'name="revision" value="{revision}"' in page or not revision  # so the next change is refused as well
    kept = Requirement.objects.get()
    assert (kept.due_within_days, kept.site, kept.state) == (90, None, RequirementState.DRAFT)


def test_one_tab_goes_on_from_each_answer(admin: User) -> None:
    requirement, client, revision = draft(a_course(), by=admin), browser(admin), "1"
    for days in ("30", "60", "90"):
        asked = terms(requirement.course, due_within_days=days, revision=revision)
        page = client.post(page_of(requirement), asked, **HTMX).content.decode()
        [revision] = re.findall(r'name="revision" value="(\d+)"', page)
    refused = client.post(
        page_of(requirement), {**asked, "revision": revision, "site": str(make_site().pk), "do": "switch_on"}
    )
    assert "has changed since it was shown" in refused.content.decode()
    [revision] = re.findall(r'name="revision" value="(\d+)"', refused.content.decode())
    assert int(revision) == Requirement.objects.get().revision == 5


# Switching on and off


@pytest.mark.requirement("R-80")
def test_exactly_those_on_the_page_have_it_after_switching_on(admin: User) -> None:
    course = a_course()
    names = {operator(f"Person {number}", since=ago(number).date()).name for number in range(1, 4)}
    requirement = draft(course, by=admin, validity_months=12)
    client = browser(admin)
    page = client.get(page_of(requirement))
    shown = {reach.name for reach in page.context["preview"].reaches}
    assert shown == names
    asked = terms(course, do="switch_on", expected=page.context["preview"].key, reason=requirement.reason)
    answer = client.post(page_of(requirement), asked, follow=True)
    assert "is on for 3 people." in answer.content.decode()
    assert set(open_assignments(requirement)) == shown
    assert Message.objects.filter(kind="enrollment.assigned").count() == 3


def test_switching_on_twice_gives_it_once(admin: User) -> None:
    operator("Maya")
    requirement = draft(a_course(), by=admin, validity_months=12)
    client = browser(admin)
    key = client.get(page_of(requirement)).context["preview"].key
    asked = terms(requirement.course, do="switch_on", expected=key, reason=requirement.reason)
    assert client.post(page_of(requirement), asked).status_code == 302
    again = client.post(page_of(requirement), asked, follow=True)
    assert "was switched on already" in again.content.decode()
    assert Assignment.objects.count() == 1


def test_change_of_what_was_switched_on_elsewhere_leads_to_its_page(admin: User) -> None:
    requirement, client = switched_on(a_course(), by=admin, at=ago(1)), browser(admin)
    answer = client.post(page_of(requirement), terms(requirement.course, due_within_days="30", revision="1"), **HTMX)
    assert (answer.status_code, answer["HX-Redirect"], answer.content) == (200, page_of(requirement), b"")
    assert "was switched on already" in client.get(page_of(requirement)).content.decode()
    requirement.refresh_from_db()
    assert requirement.due_within_days == 14


@pytest.mark.parametrize("expected", ["", "-", "another"])
def test_switching_on_without_having_seen_whom_is_refused(admin: User, expected: str) -> None:
    operator("Maya")
    requirement = draft(a_course(), by=admin, validity_months=12)
    asked = terms(requirement.course, do="switch_on", expected=expected, reason=requirement.reason)
    answer = browser(admin).post(page_of(requirement), asked)
    assert answer.status_code == 409
    assert "has changed since it was shown" in answer.content.decode()
    assert not Assignment.objects.exists()


def test_switching_on_without_a_reason_is_refused_at_its_field(admin: User) -> None:
    requirement = draft(a_course(), by=admin, validity_months=12)
    client = browser(admin)
    key = client.get(page_of(requirement)).context["preview"].key
    answer = client.post(page_of(requirement), terms(requirement.course, do="switch_on", expected=key, reason="SOP"))
    assert answer.status_code == 422
    assert "Say in at least two words why this rule is needed." in answer.content.decode()
    assert Requirement.objects.get().state == RequirementState.DRAFT


def test_counting_from_today_is_one_button(admin: User) -> None:
    operator("Maya", since=ago(100).date())
    requirement = draft(a_course(), by=admin, validity_months=12)
    answer = browser(admin).post(
        page_of(requirement), terms(requirement.course, do="from_today", reason=requirement.reason), follow=True
    )
    preview = answer.context["preview"]
    assert (Requirement.objects.get().counted_from, preview.missed) == ("switch_on", 0)


@pytest.mark.parametrize(
    "start",
    [
        {"counted_from": "fixed", "due_fixed_on": "2026-01-31"},
        {"counted_from": "version", "due_before": "on"},
    ],
)
def test_counting_from_today_leaves_nothing_of_another_day(admin: User, start: dict[str, str]) -> None:
    operator("Maya", since=ago(100).date())
    client, key = browser(admin), str(uuid4())
    course = a_course()
    client.post(reverse("enrollment:new_requirement"), terms(course, id=key, **start))
    kept = Requirement.objects.get()
    page = client.get(page_of(kept)).content.decode()
    assert "One person's due day has passed already." in page
    client.post(page_of(kept), terms(course, do="from_today", revision=kept.revision, **start))
    kept.refresh_from_db()
    assert (kept.counted_from, kept.due_fixed_on, kept.due_within_days) == ("switch_on", None, 14)


@pytest.mark.parametrize("meanwhile", ["removed", "changed"])
def test_counting_from_today_waits_for_whoever_was_faster(
    admin: User, monkeypatch: pytest.MonkeyPatch, meanwhile: str
) -> None:
    kept, calls = draft(a_course(), by=admin), []

    def overtaken(**asked: Any) -> Requirement:
        calls.append(asked)
        if len(calls) == 2:  # between what was typed and what the button asks for
            other = make_person(AccessRole.ADMINISTRATOR)
            if meanwhile == "removed":
                remove_requirement(requirement=kept, by=other, at=now())
            else:
                change_requirement(requirement=kept, by=other, at=now(), due_within_days=90)
        return change_requirement(**asked)

    monkeypatch.setattr("enrollment.views.requirements.change_requirement", overtaken)
    answer = browser(admin).post(page_of(kept), terms(kept.course, do="from_today", revision=kept.revision))
    assert (answer.status_code, len(calls)) == (302 if meanwhile == "removed" else 409, 2)
    kept.refresh_from_db()
    assert (kept.counted_from, kept.due_within_days) == ("role", 14 if meanwhile == "removed" else 90)


def test_switching_off_asks_for_a_reason_and_ends_it(admin: User) -> None:
    operator("Maya")
    requirement = switched_on(a_course(), by=admin, at=ago(1))
    client, address = browser(admin), page_of(requirement) + "off/"
    assert "the one person who has it" in client.get(address).content.decode()
    assert client.post(address, {"reason": "old"}).status_code == 422
    answer = client.post(address, {"reason": "Replaced by R-130"}, follow=True)
    assert "is off. It no longer holds for 1 person" in answer.content.decode()
    assert open_assignments(requirement) == {}
    again = client.post(address, {"reason": "Replaced by R-130"}, follow=True)
    assert "is not on" in again.content.decode()


def test_requirement_in_force_shows_who_has_it_by_status(admin: User) -> None:
    course = a_course()
    complete(operator("Jonas Current"), course, on=ago(10).date())
    operator("Maya Late", since=ago(30).date())
    requirement = switched_on(course, by=admin, at=ago(1))
    page = browser(admin).get(page_of(requirement)).content.decode()
    assert page.index("Maya Late") < page.index("Jonas Current")
    late = browser(admin).get(page_of(requirement) + "?status=late").content.decode()
    assert "Maya Late" in late
    assert "Jonas Current" not in late
    assert "Maya Late" in browser(admin).get(page_of(requirement) + "?status=nonsense").content.decode()


def test_progress_of_giving_it_to_many_is_shown(admin: User, django_capture_on_commit_callbacks) -> None:
    requirement = switched_on(a_course(), by=admin, at=ago(1))
    with django_capture_on_commit_callbacks(execute=False):
        ask_for_job(
            kind=SETTLE_JOB, owner_id=admin.pk, title="For 900 people", at=now(),
            arguments={"requirement_id": requirement.pk},
        )  # fmt: skip
    assert "For 900 people" in browser(admin).get(page_of(requirement)).content.decode()
    card = browser(admin).get(page_of(requirement) + "progress/").content.decode()
    assert 'data-job="queued"' in card


# The file and the list


@pytest.mark.parametrize("is_on", [False, True])
def test_download_holds_the_rows_of_the_screen(admin: User, is_on: bool) -> None:
    course = a_course()
    operator("Maya Lindqvist", since=ago(30).date())
    operator("=cmd()", since=ago(2).date())
    requirement = switched_on(course, by=admin, at=ago(1)) if is_on else draft(course, by=admin)
    answer = browser(admin).get(page_of(requirement) + "people.csv")
    text = answer.getvalue().decode("utf-8-sig")
    rows = {row["Person"]: row for row in csv.DictReader(io.StringIO(text))}
    expected = {reach.name: reach for reach in (people_with if is_on else outlook_of)(requirement, at=now())}
    assert answer["Content-Disposition"] == f'attachment; filename="R-{requirement.number}.csv"'
    assert set(rows) == {"Maya Lindqvist", "'=cmd()"}
    maya = expected["Maya Lindqvist"]
    assert rows["Maya Lindqvist"] == {
        "Person": "Maya Lindqvist",
        "Employee number": maya.employee_number,
        "Site": "Basel",
        "Why": maya.reason_about,
        "Since": maya.since_on.isoformat(),
        "Due": maya.due_on.isoformat(),
        "Status": "Overdue",
        "Valid until": "",
    }


def test_whoever_has_it_is_read_a_part_at_a_time_most_urgent_first(admin: User) -> None:
    course = a_course()
    maya, kenji, ines = operator("Maya", since=ago(30).date()), operator("Kenji"), operator("Ines")
    requirement = switched_on(course, by=admin, at=ago(1))
    complete(kenji, course, on=ago(0).date())
    names = [each.name for each in people_with(requirement, at=now())]
    assert names == [maya.name, ines.name, kenji.name]
    parts = [people_with(requirement, at=now(), first=first, most=1) for first in range(4)]
    assert [[each.name for each in part] for part in parts] == [[name] for name in names] + [[]]
    done = people_with(requirement, at=now(), status=Status.DONE)
    assert [(each.name, each.is_current) for each in done] == [(kenji.name, True)]


def test_what_is_off_is_not_switched_off_again(admin: User) -> None:
    requirement = switched_on(a_course(), by=admin, at=ago(1))
    address = reverse("enrollment:switch_off", args=[requirement.pk])
    client = browser(admin)
    assert client.get(address).status_code == 200
    client.post(address, {"reason": "Replaced by R-130"})
    answer = client.get(address)
    assert (answer.status_code, answer["Location"]) == (302, page_of(requirement))


def test_list_is_narrowed_by_its_address(admin: User) -> None:
    on = switched_on(a_course("Hand hygiene"), by=admin, at=ago(1))
    drafted = draft(a_course("Lockout/tagout"), by=admin, job_role=analyst(), site=newark())
    client, address = browser(admin), reverse("enrollment:requirements")
    for query, shown in (
        ("", {on, drafted}),
        ("?state=on", {on}),
        ("?state=draft", {drafted}),
        (f"?course={on.course_id}", {on}),
        (f"?job_role={analyst().pk}", {drafted}),
        (f"?site={newark().pk}&state=draft", {drafted}),
        ("?state=off", set()),
        ("?state=nonsense&course=1&page=x", {on, drafted}),
    ):
        lines = client.get(address + query).context["lines"]
        assert {line.row.requirement for line in lines} == shown, query
    assert "No requirement matches these filters" in client.get(address + "?state=off").content.decode()


def test_empty_list_says_what_it_is_for(admin: User) -> None:
    assert "No requirement yet" in browser(admin).get(reverse("enrollment:requirements")).content.decode()


def test_pages_ask_as_often_for_three_as_for_one(admin: User) -> None:
    course, client = a_course(), browser(admin)
    operator("One", since=ago(3).date())
    addresses = [
        reverse("enrollment:requirements"),
        page_of(draft(course, by=admin)),
        page_of(switched_on(course, by=admin, at=ago(1))),
    ]

    def statements() -> list[int]:
        counted = []
        for address in addresses:
            with CaptureQueriesContext(connection) as asked:
                assert client.get(address).status_code == 200
            counted.append(len(asked))
        return counted

    statements()  # the first request of a session writes to it
    of_one = statements()
    for name in ("Two", "Three"):
        follow_person(user_id=operator(name, since=ago(3).date()).pk, at=now())
        switched_on(course, by=admin, at=ago(1))
    assert statements() == of_one
    assert max(of_one) <= 23


# Reminding by hand


def team(admin: User) -> tuple[Assignment, User, User]:
    """Return somebody's assignment, their manager and the manager above."""
    director, manager = make_person(name="Director"), make_person(name="Ana Costa")
    place(manager, manager=director)
    operator("Maya Lindqvist", manager=manager, since=ago(30).date())
    requirement = switched_on(a_course(), by=admin, at=ago(1))
    return open_assignments(requirement)["Maya Lindqvist"], manager, director


def remind_address(assignment: Assignment) -> str:
    return reverse("enrollment:remind", args=[assignment.pk])


def test_managers_and_administrators_remind_and_nobody_else_can(admin: User) -> None:
    assignment, manager, director = team(admin)
    strangers = [
        assignment.user,
        make_person(),
        make_person(AccessRole.AUDITOR),
        make_person(AccessRole.AUTHOR, AccessRole.APPROVER),
        operator("Colleague"),
    ]
    other = make_person(name="Other Manager")
    operator("Somebody Else", manager=other)
    for person in [*strangers, other]:
        assert browser(person).post(remind_address(assignment)).status_code == 404
    assert not Message.objects.filter(kind="enrollment.reminded").exists()
    for person in (manager, director, admin):
        assert browser(person).post(remind_address(assignment)).status_code == 302
    assert Message.objects.filter(kind="enrollment.reminded").count() == 1
    assert Client().post(remind_address(assignment))["Location"].startswith("/accounts/login/")
    for person, status in ((manager, 200), (other, 404)):  # a link asks first
        assert browser(person).get(remind_address(assignment)).status_code == status
    assert Message.objects.filter(kind="enrollment.reminded").count() == 1


def test_reminding_says_so_in_place_or_goes_back(admin: User) -> None:
    assignment, manager, _director = team(admin)
    client = browser(manager)
    first = client.post(remind_address(assignment), {"text": "Before the audit, please."}, **HTMX)
    assert "Maya Lindqvist was reminded." in first.content.decode()
    assert "<html" not in first.content.decode()
    again = client.post(remind_address(assignment), **HTMX)
    assert "today already. Once a day is enough." in again.content.decode()
    back = client.post(remind_address(assignment), {"next": "/record/?page=2"})
    assert back["Location"] == "/record/?page=2"
    away = client.post(remind_address(assignment), {"next": "https://elsewhere.test/"})
    assert away["Location"] == "/"
    assert "Before the audit, please." in Message.objects.get(kind="enrollment.reminded").body


def test_nobody_is_reminded_of_what_has_ended(admin: User) -> None:
    assignment, manager, _director = team(admin)
    browser(admin).post(page_of(assignment.requirement) + "off/", {"reason": "Replaced by R-12"})
    assert browser(manager).post(remind_address(assignment)).status_code == 404
