"""Managers hear on Monday what needs them: once a week, in their own days, and nothing when nothing does."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from django.conf import settings
from django.db import IntegrityError, connections, transaction
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from enrollment import tasks
from enrollment.actions import ask_for_waiver, propose_waiver
from enrollment.actions.weekly import tell_week
from enrollment.choices import Status
from enrollment.models import Assignment, WeeklySummary
from enrollment.queries.weekly import managers_to_tell, needed_of
from enrollment.rules.weekly import monday_of, needs_manager
from notifications.mail import compose
from notifications.models import Message
from people.actions import deactivate_person
from people.choices import AccessRole
from people.models import Holiday, User
from tests.enrollment.workplace import (
    AT,
    TODAY,
    a_course,
    complete,
    newark,
    open_assignments,
    operator,
    switched_on,
    write,
)
from tests.factories import BY, LONG_AGO, make_department, make_person, make_site, place

MONDAY = TODAY  # 23 November 2026
SUNDAY_NIGHT = datetime(2026, 11, 22, 22, 59, tzinfo=UTC)  # in Basel
WEEK = "enrollment.week"


@pytest.fixture
def lead(db: None) -> User:
    person = make_person(name="Lead")
    place(person)
    return person


def given_to(
    lead: User, admin: User, *, due: date, name: str = "Maya Lindqvist", title: str = "Signatures"
) -> Assignment:
    """Let somebody who reports to the lead, and nobody else, have a training that is due on a day."""
    department = make_department(f"Department of {name}")
    operator(name, since=due - timedelta(days=28), manager=lead, department=department)
    requirement = switched_on(a_course(title), by=admin, due_within_days=28, department=department)
    return open_assignments(requirement)[name]


def sweep(at: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "now", lambda: at)
    tasks.tell_weeks()


def weeks(person: User) -> list[Message]:
    return list(Message.objects.filter(kind=WEEK, recipient=person).order_by("created_at"))


@pytest.mark.parametrize(
    ("status", "due", "needs"),
    [
        (Status.LATE, -30, True),
        (Status.EXPIRED, None, True),
        (Status.SOON, 0, True),
        (Status.SOON, -2, True),  # in its grace period
        (Status.TODO, 7, True),
        (Status.DOING, 8, False),
        (Status.DONE, 5, True),  # a renewal
        (Status.DONE, None, False),
        (Status.PAUSED, 1, False),
        (Status.WAIVED, 1, False),
    ],
)
def test_what_needs_a_manager(status: Status, due: int | None, needs: bool) -> None:
    due_on = None if due is None else TODAY + timedelta(days=due)
    assert needs_manager(status, due_on=due_on, today=TODAY) is needs


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)))
def test_week_begins_on_its_monday(day: date) -> None:
    monday = monday_of(day)
    assert (monday.isoweekday(), (day - monday).days in range(7)) == (1, True)


def test_manager_hears_on_monday_what_needs_them_and_once_a_week(
    admin: User, lead: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = given_to(lead, admin, due=MONDAY - timedelta(days=3))
    given_to(lead, admin, due=MONDAY + timedelta(days=4), name="Ana", title="Cleaning")
    given_to(lead, admin, due=MONDAY + timedelta(days=20), name="Zoe", title="Later")
    for hours in (-10, 0, 1, 9, 30, 100):
        sweep(SUNDAY_NIGHT + timedelta(hours=hours), monkeypatch)
    told = [each for each in weeks(lead) if each.created_at >= SUNDAY_NIGHT]
    [message] = told
    assert message.created_at == SUNDAY_NIGHT + timedelta(hours=1)
    assert message.subject == "Your team this week: 1 overdue, 1 due within 7 days"
    assert message.body == "As of Monday 23 November 2026."
    assert message.mail_state == "gathered"
    assert message.mail_due_at == datetime(2026, 11, 23, 7, tzinfo=UTC)  # eight in the morning in Basel
    by_text = {line["text"]: dict(line["links"]) for line in message.lines}
    record = reverse("reporting:person", args=[late.user_id]) + f"#c-{late.course_id}"
    assert by_text["Maya Lindqvist: Signatures, was due on 20 Nov 2026"] == {
        "More time": f"/assignments/{late.pk}/more-time/",
        "Remind": f"/assignments/{late.pk}/remind/",
        "Open": record,
    }
    assert list(by_text)[1:] == ["Ana: Cleaning, due on 27 Nov 2026"]
    for links in by_text.values():
        for path in links.values():
            client = Client()
            assert client.get(path.split("#")[0])["Location"].startswith("/accounts/login/?next=")  # and back there
            client.force_login(lead)
            assert client.get(path.split("#")[0]).status_code == 200
    sweep(SUNDAY_NIGHT + timedelta(days=7, hours=1), monkeypatch)
    assert len([each for each in weeks(lead) if each.created_at >= SUNDAY_NIGHT]) == 2


def test_mail_has_each_line_with_its_links(admin: User, lead: User) -> None:
    late = given_to(lead, admin, due=MONDAY - timedelta(days=3))
    assert tell_week(manager_id=lead.pk, at=AT)
    [message] = weeks(lead)
    mail = compose(message)
    assert mail is not None
    html = str(mail.alternatives[0][0])
    for address in ("more-time", "remind"):
        link = f"{settings.BASE_URL}/assignments/{late.pk}/{address}/"
        assert f": {link}\n" in mail.body
        assert f'<a href="{link}"' in html
    assert "- Maya Lindqvist: Signatures, was due on 20 Nov 2026" in mail.body
    page = Client()
    page.force_login(lead)
    assert f'href="/assignments/{late.pk}/remind/"' in page.get(reverse("notifications:inbox")).content.decode()


def test_with_nothing_to_say_nothing_is_said_all_week(admin: User, lead: User, monkeypatch: pytest.MonkeyPatch) -> None:
    assignment = given_to(lead, admin, due=MONDAY + timedelta(days=9))
    complete(assignment.user, assignment.course, on=TODAY)
    for day in range(7):
        sweep(AT + timedelta(days=day), monkeypatch)
    assert weeks(lead) == []
    assert list(WeeklySummary.objects.values_list("manager", "week_on", "lines")) == [(lead.pk, MONDAY, 0)]
    sweep(AT + timedelta(days=7), monkeypatch)
    assert weeks(lead) == []


def test_week_begins_in_their_zone_and_after_their_holiday(
    admin: User, lead: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    given_to(lead, admin, due=MONDAY - timedelta(days=3))
    far = make_person(name="Far")
    place(far, site=newark())
    operator("Ben", since=date(2026, 10, 1), manager=far)
    write([Holiday(site=make_site(), on=MONDAY, name="Town day")])
    switched_on(a_course(), by=admin)
    sweep(datetime(2026, 11, 23, 4, 30, tzinfo=UTC), monkeypatch)  # Sunday evening in Newark, a holiday in Basel
    assert (weeks(lead), weeks(far)) == ([], [])
    sweep(datetime(2026, 11, 23, 5, 30, tzinfo=UTC), monkeypatch)
    assert (weeks(lead), len(weeks(far))) == ([], 1)
    sweep(datetime(2026, 11, 24, 9, tzinfo=UTC), monkeypatch)
    assert (len(weeks(lead)), len(weeks(far))) == (1, 1)
    assert weeks(lead)[0].body == "As of Tuesday 24 November 2026."
    assert set(WeeklySummary.objects.values_list("week_on", flat=True)) == {MONDAY}


def test_waiver_that_is_asked_for_is_a_line_until_it_is_proposed(admin: User, lead: User) -> None:
    make_person(AccessRole.ADMINISTRATOR)
    assignment = given_to(lead, admin, due=MONDAY + timedelta(days=20))
    ask_for_waiver(
        assignment=assignment, by=assignment.user, at=AT - timedelta(days=2), reason="On secondment until March"
    )  # fmt: skip
    [needed] = needed_of(lead, at=AT, on=MONDAY)
    assert (needed.status, needed.words, needed.is_overdue) == (None, "On secondment until March", False)
    assert needed_of(lead, at=AT + timedelta(days=13), on=MONDAY)[-1].status is not None  # two weeks are long enough
    propose_waiver(
        assignment=assignment, valid_from=MONDAY, valid_until=MONDAY + timedelta(days=60), reason="Agreed with Zug",
        by=lead, at=AT,
    )  # fmt: skip
    assert needed_of(lead, at=AT + timedelta(hours=1), on=MONDAY) == []


def test_many_lines_are_cut_and_counted(admin: User, lead: User) -> None:
    for number in range(3):
        operator(f"Person {number}", since=date(2026, 10, 1), manager=lead)
    for number in range(8):
        switched_on(a_course(f"Course {number}"), by=admin)
    assert tell_week(manager_id=lead.pk, at=AT + timedelta(days=21))
    [message] = weeks(lead)
    assert len(message.lines) == 20
    assert "more stand on the page of your team." in message.body


def test_who_has_left_or_leads_nobody_has_no_week(admin: User, lead: User) -> None:
    assignment = given_to(lead, admin, due=MONDAY - timedelta(days=3))
    assert lead.pk in managers_to_tell(at=AT)
    assert assignment.user_id not in managers_to_tell(at=AT)
    deactivate_person(person=assignment.user, by=BY, at=LONG_AGO, left_on=TODAY, reason="left")
    assert managers_to_tell(at=AT) == []


def test_what_breaks_down_in_between_is_told_by_the_next_sweep(
    admin: User, lead: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    given_to(lead, admin, due=MONDAY - timedelta(days=3))

    def breaks(*args: object, **kwargs: object) -> bool:
        raise RuntimeError("the mail table is away")

    with monkeypatch.context() as broken:
        broken.setattr("enrollment.actions.weekly.tell", breaks)
        sweep(AT, broken)
    assert (weeks(lead), WeeklySummary.objects.count()) == ([], 0)
    sweep(AT + timedelta(minutes=15), monkeypatch)
    assert len(weeks(lead)) == 1


def test_sweeps_at_the_same_moment_tell_once(committed_db: str) -> None:
    admin, lead = make_person(AccessRole.ADMINISTRATOR), make_person()
    place(lead)
    given_to(lead, admin, due=MONDAY - timedelta(days=3))
    barrier = threading.Barrier(6)
    told: list[bool] = []

    def work() -> None:
        try:
            barrier.wait()
            told.append(tell_week(manager_id=lead.pk, at=AT))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (sorted(told), len(weeks(lead))) == ([*[False] * 5, True], 1)


def test_queries_do_not_grow_with_the_team(admin: User, lead: User, django_assert_num_queries) -> None:
    for number in range(3):
        given_to(lead, admin, due=MONDAY - timedelta(days=number), name=f"Person {number}", title=f"Course {number}")
        with django_assert_num_queries(4):
            assert needed_of(lead, at=AT, on=MONDAY)


def test_one_week_of_a_manager_and_only_of_a_monday(admin: User, lead: User) -> None:
    row = {"manager": lead, "told_at": AT, "lines": 0}
    WeeklySummary.objects.create(week_on=MONDAY, **row)
    with pytest.raises(IntegrityError, match="weekly_summary_once"), transaction.atomic():
        WeeklySummary.objects.create(week_on=MONDAY, **row)
    with pytest.raises(IntegrityError, match="weekly_summary_of_a_monday"), transaction.atomic():
        WeeklySummary.objects.create(week_on=MONDAY + timedelta(days=1), **row)


def test_link_to_remind_asks_first_and_then_reminds(admin: User, lead: User) -> None:
    assignment = given_to(lead, admin, due=MONDAY - timedelta(days=3))
    client = Client()
    client.force_login(lead)
    address = reverse("enrollment:remind", args=[assignment.pk])
    answer = client.get(address)
    assert "Remind Maya Lindqvist" in answer.content.decode()
    assert not Message.objects.filter(kind="enrollment.reminded").exists()
    client.force_login(make_person())
    assert client.get(address).status_code == 404
    client.force_login(lead)
    record = answer.context["back"]
    assert client.post(address, {"next": record, "text": "Please."})["Location"] == record
    assert Message.objects.filter(kind="enrollment.reminded", recipient=assignment.user).count() == 1
