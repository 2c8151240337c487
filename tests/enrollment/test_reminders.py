"""Reminders go out by themselves, once each, in the morning at the site; and by hand, once a day."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, connections, transaction
from django.db.models import QuerySet
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enrollment import tasks
from enrollment.actions import AlreadyReminded, NothingToRemind, remind, switch_off_requirement, take_reminder_steps
from enrollment.choices import ASSIGNED_STEP, Why
from enrollment.models import Assignment, ReminderSent, Standing
from enrollment.queries import remindable, remindable_now
from enrollment.rules import LadderStep, StepsDue
from notifications.models import Message
from people.actions import deactivate_person
from people.choices import AccessRole
from people.models import User
from records.models import Event
from tests.enrollment.workplace import (
    AT,
    TODAY,
    a_course,
    complete,
    newark,
    open_assignments,
    operator,
    switched_on,
)
from tests.factories import BY, make_department, make_person

WEEK, DAY, LATE, MANAGER = "learner:due-7", "learner:due-1", "learner:late+1", "manager:late+1"
SECOND, COORDINATOR = "second_manager:late+7", "coordinator:late+14"
DUE = date(2026, 12, 21)
SWITCHED = datetime(2026, 11, 23, 9, tzinfo=UTC)


def morning(day: date, hour: int = 7, minute: int = 0) -> datetime:
    """Return a time of that day in Basel, in winter."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC) - timedelta(hours=1)


def due_on(day: date, *, admin: User, name: str = "Maya Lindqvist", **details: object) -> Assignment:
    """Give someone a requirement that is due on a day, four weeks after they entered the role."""
    manager = make_person(name=f"Manager of {name}")
    operator(name, since=day - timedelta(days=28), manager=manager, **details)
    requirement = switched_on(a_course(), by=admin, at=SWITCHED, due_within_days=28)
    return open_assignments(requirement)[name]


def sweep(at: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "now", lambda: at)
    tasks.send_reminders()


def reminders() -> list[tuple[str, str]]:
    """Return kind and recipient of each message that is not the first one."""
    messages = Message.objects.exclude(kind="enrollment.assigned").order_by("created_at", "kind")
    return list(messages.values_list("kind", "recipient__name"))


def ladder() -> QuerySet[ReminderSent]:
    """Return the steps that were taken after the first, which tells that something was given."""
    return ReminderSent.objects.exclude(step=ASSIGNED_STEP)


def test_ladder_is_climbed_once_from_a_week_before_to_the_manager(admin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    due_on(DUE, admin=admin)
    for days in range(-10, 40):
        for hour in (0, 7, 12):
            sweep(morning(DUE + timedelta(days=days), hour), monkeypatch)
    assert reminders() == [
        ("enrollment.due_soon", "Maya Lindqvist"),
        ("enrollment.due_soon", "Maya Lindqvist"),
        ("enrollment.overdue", "Maya Lindqvist"),
        ("enrollment.overdue_in_team", "Manager of Maya Lindqvist"),
    ]
    sent = ladder().order_by("sent_at", "step").values_list("step", "due_on", "sent_at", "skipped")
    assert list(sent) == [
        (WEEK, DUE, morning(DUE - timedelta(days=7), 0), False),
        (DAY, DUE, morning(DUE - timedelta(days=1), 0), False),
        (LATE, DUE, morning(DUE + timedelta(days=1), 0), False),
        (MANAGER, DUE, morning(DUE + timedelta(days=1), 0), False),
        (SECOND, DUE, morning(DUE + timedelta(days=7), 0), True),  # there is none
        (COORDINATOR, DUE, morning(DUE + timedelta(days=14), 0), True),
    ]


def test_words_of_each_reminder_name_day_and_reason(admin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    due_on(DUE, admin=admin)
    for days in (-7, -1, 1):
        sweep(morning(DUE + timedelta(days=days)), monkeypatch)
    week, day, late, team = Message.objects.exclude(kind="enrollment.assigned").order_by("created_at", "kind")
    title = "Electronic records and signatures"
    because = "Because your job role is Tablet Operator since 23 Nov 2026."
    assert (week.subject, week.body, week.glyph) == (
        f"{title} is due in 7 days",
        f"Due in 7 days, by the end of Monday 21 December 2026 at your site.\n\n{because}",
        "soon",
    )
    assert (day.subject, day.action) == (f"{title} is due tomorrow", "Open the training")
    assert (late.subject, late.body, late.glyph) == (
        f"Overdue: {title}",
        f"It was due on Monday 21 December 2026, 1 day ago.\n\n{because}\n\nYour manager is told too.",
        "late",
    )
    assert (team.subject, team.body) == (
        f"Overdue in your team: Maya Lindqvist, {title}",
        f"Maya Lindqvist has not completed {title}. It was due on Monday 21 December 2026.\n\n"
        "Tablet Operator since 23 Nov 2026.",
    )
    assert team.path == reverse("reporting:team")
    # What can wait goes into the next digest; being overdue does not wait.
    assert [each.mail_state for each in (week, day, late, team)] == ["gathered", "gathered", "waiting", "gathered"]


def test_being_overdue_is_a_fact_of_the_person_once(admin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    assignment = due_on(DUE, admin=admin)
    for days in range(5):
        sweep(morning(DUE + timedelta(days=days)), monkeypatch)
    fact = Event.objects.get(verb="enrollment.overdue")
    assert (fact.person_id, fact.subject_id) == (assignment.user_id, str(assignment.pk))
    assert fact.sentence == "Overdue: Electronic records and signatures was due 21 Dec 2026"


def test_step_is_taken_when_its_day_begins_at_the_site_and_its_mail_waits_for_the_morning_there(
    admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    assignment = due_on(DUE, admin=admin, site=newark())
    sweep(datetime(2026, 12, 22, 4, 59, tzinfo=UTC), monkeypatch)  # a minute before midnight in Newark
    assert LATE not in ladder().values_list("step", flat=True)
    sweep(datetime(2026, 12, 22, 5, 0, tzinfo=UTC), monkeypatch)
    message = Message.objects.get(kind="enrollment.overdue", recipient=assignment.user)
    assert message.created_at == datetime(2026, 12, 22, 5, 0, tzinfo=UTC)
    assert message.mail_due_at == datetime(2026, 12, 22, 12, 0, tzinfo=UTC)  # seven in the morning there


def test_after_an_outage_the_newest_step_goes_out_and_the_others_are_noted(
    admin: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    due_on(DUE, admin=admin)
    sweep(morning(DUE + timedelta(days=2)), monkeypatch)
    assert reminders() == [
        ("enrollment.overdue", "Maya Lindqvist"),
        ("enrollment.overdue_in_team", "Manager of Maya Lindqvist"),
    ]
    assert set(ladder().values_list("step", "skipped")) == {
        (WEEK, True),
        (DAY, True),
        (LATE, False),
        (MANAGER, False),
    }
    assert "out of date and was skipped" in caplog.text


def test_whoever_is_done_hears_nothing_until_it_ends(admin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    assignment = due_on(DUE, admin=admin)
    complete(assignment.user, assignment.course, on=TODAY, valid_until=date(2027, 11, 23))
    for days in range(-8, 3):
        sweep(morning(DUE + timedelta(days=days)), monkeypatch)
    assert reminders() == []
    for days in (-7, -1, 1):
        sweep(morning(date(2027, 11, 23) + timedelta(days=days), 8), monkeypatch)
    assert Message.objects.filter(kind="enrollment.due_soon").count() == 2
    late = Message.objects.get(kind="enrollment.overdue")
    assert late.subject == "Expired: Electronic records and signatures"
    assert late.body.startswith("Your completion counted until Tuesday 23 November 2027. Complete the training again.")
    assert set(ladder().values_list("due_on", flat=True)) == {date(2027, 11, 23)}


def test_whoever_renewed_in_time_hears_nothing(admin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    assignment = due_on(DUE, admin=admin)
    complete(assignment.user, assignment.course, on=TODAY, valid_until=date(2027, 1, 31))
    complete(assignment.user, assignment.course, on=date(2026, 12, 1), valid_until=date(2028, 1, 31))
    for day in (date(2027, 1, 24), date(2027, 1, 30), date(2027, 2, 1)):
        sweep(morning(day), monkeypatch)
    assert reminders() == []


def test_ended_assignments_and_leavers_are_not_reminded(admin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = due_on(DUE, admin=admin, name="Ended")
    switch_off_requirement(
        requirement=ended.requirement, by=admin, at=SWITCHED + timedelta(hours=1), reason="Not needed"
    )
    left = due_on(DUE, admin=admin, name="Gone")
    deactivate_person(person=left.user, by=BY, at=SWITCHED, left_on=TODAY, reason="left")
    sweep(morning(DUE), monkeypatch)
    assert "Gone" not in {name for _kind, name in reminders()}
    assert not ladder().filter(assignment__in=[ended, left]).exists()


def test_overdue_at_once_is_told_on_the_day_after(admin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    due_on(TODAY - timedelta(days=400), admin=admin)
    sweep(AT + timedelta(hours=1), monkeypatch)
    assert reminders() == []
    sweep(morning(TODAY + timedelta(days=1)), monkeypatch)
    assert [kind for kind, _name in reminders()] == ["enrollment.overdue", "enrollment.overdue_in_team"]


def test_without_a_manager_the_step_is_noted_as_skipped(admin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    assignment = due_on(DUE, admin=admin)
    boss = assignment.user.position_on(DUE).manager
    deactivate_person(person=boss, by=BY, at=SWITCHED, left_on=TODAY, reason="left")
    sweep(morning(DUE + timedelta(days=1)), monkeypatch)
    assert [kind for kind, _name in reminders()] == ["enrollment.overdue"]
    assert ReminderSent.objects.get(step=MANAGER).skipped


def test_two_requirements_of_one_course_remind_once(admin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    assignment = due_on(DUE, admin=admin)
    switched_on(assignment.course, by=admin, at=SWITCHED, due_within_days=30, department=make_department())
    for days in range(-8, 8):
        sweep(morning(DUE + timedelta(days=days)), monkeypatch)
    assert len(reminders()) == 4


def test_one_failure_does_not_stop_the_others(admin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    first = due_on(DUE, admin=admin, name="First")
    due_on(DUE, admin=admin, name="Second", department=make_department("Packing"))

    def fails(*, assignment_id: object, at: datetime) -> list[str]:
        if assignment_id == first.pk:
            raise RuntimeError("broken")
        return take_reminder_steps(assignment_id=assignment_id, at=at)

    monkeypatch.setattr(tasks, "take_reminder_steps", fails)
    sweep(morning(DUE - timedelta(days=7)), monkeypatch)
    assert ("enrollment.due_soon", "Second") in reminders()


def test_same_step_twice_is_refused_by_the_database(admin: User) -> None:
    assignment = due_on(DUE, admin=admin)
    row = {"assignment": assignment, "due_on": DUE, "step": WEEK, "sent_at": AT}
    ReminderSent.objects.create(**row)
    with pytest.raises(IntegrityError, match="reminder_once"), transaction.atomic():
        ReminderSent.objects.create(**row)
    with pytest.raises(IntegrityError, match="reminder_step_known"), transaction.atomic():
        ReminderSent.objects.create(**{**row, "step": "never"})


def test_message_and_claim_are_one(admin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    assignment = due_on(DUE, admin=admin)

    def breaks(*args: object, **kwargs: object) -> bool:
        raise RuntimeError("the mail table is away")

    with monkeypatch.context() as broken:
        broken.setattr("enrollment.actions.reminding.tell", breaks)
        with pytest.raises(RuntimeError):
            take_reminder_steps(assignment_id=assignment.pk, at=morning(DUE - timedelta(days=7)))
    assert not ladder().exists()
    assert take_reminder_steps(assignment_id=assignment.pk, at=morning(DUE - timedelta(days=7))) == [WEEK]


@contextmanager
def in_threads(count: int, work: object) -> Iterator[list[BaseException]]:
    """Run `work` in so many threads at once; yields what they raised."""
    raised: list[BaseException] = []
    barrier = threading.Barrier(count)

    def run() -> None:
        try:
            barrier.wait()
            work()  # type: ignore[operator]
        except BaseException as error:
            raised.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    yield raised


def test_sweeps_at_the_same_moment_send_each_step_once(committed_db: str) -> None:
    admin = make_person(AccessRole.ADMINISTRATOR)
    assignment = due_on(DUE, admin=admin)
    at = morning(DUE + timedelta(days=1))

    def work() -> None:
        for _ in range(5):
            take_reminder_steps(assignment_id=assignment.pk, at=at)

    with in_threads(8, work) as raised:
        assert raised == []
    assert Message.objects.filter(kind__in=["enrollment.overdue", "enrollment.overdue_in_team"]).count() == 2
    assert Event.objects.filter(verb="enrollment.overdue").count() == 1
    assert ladder().filter(skipped=False).count() == 2


def test_sweep_asks_once_however_many_are_near_and_reads_nobody_who_is_done(
    admin: User, django_assert_num_queries
) -> None:
    course = a_course()
    people = [operator(f"Person {number}", since=TODAY - timedelta(days=14)) for number in range(4)]
    switched_on(course, by=admin)
    for person in people[:2]:
        complete(person, course, on=TODAY)
    with django_assert_num_queries(3):  # the ladders, the longest grace period, and whom
        assert len(remindable(at=AT + timedelta(days=1))) == 2


LADDERS = st.lists(
    st.sampled_from(
        [
            "learner:due-9",
            "learner:due+0",
            "learner:late+1",
            "manager:late+5",
            "coordinator:late+20",
            "learner:window+0",
            "learner:window+3",
            "learner:expiry-20",
            "learner:expiry+1",
            "manager:expiry+9",
        ]
    ),
    unique=True,
)


@given(keys=LADDERS, data=st.data())
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_sweep_finds_whom_the_rule_finds_and_nobody_else(
    few_standings: list[Assignment], monkeypatch: pytest.MonkeyPatch, keys: list[str], data: st.DataObject
) -> None:
    steps = tuple(LadderStep.of(key) for key in keys)
    ladders = dict.fromkeys(Why, steps)
    away = st.integers(-60, 60).map(lambda days: TODAY + timedelta(days=days))
    ReminderSent.objects.all().delete()
    for assignment in few_standings:
        due, ends = data.draw(away), data.draw(st.none() | away)
        Standing.objects.filter(pk=assignment.pk).update(
            due_on=due,
            late_on=due + timedelta(days=1 + data.draw(st.sampled_from([0, 3]))),
            valid_until=ends,
            window_on=ends and ends - timedelta(days=data.draw(st.integers(0, 60))),
            why=data.draw(st.sampled_from(Why)),
            days=[date(2020, 1, 1)],
            statuses=[data.draw(st.sampled_from(["late", "done", "expired", "paused", "waived"]))],
        )
        for key in data.draw(st.sets(st.sampled_from(keys))) if keys else ():
            ReminderSent.objects.create(
                assignment=assignment, due_on=data.draw(st.sampled_from([due, ends or due])), step=key, sent_at=AT
            )
    with monkeypatch.context() as patched:
        patched.setattr("enrollment.queries.reminders.ladders_in_force", lambda: ladders)
        found = set(remindable(at=AT))
    states = {each.pk: remindable_now(each.pk, at=AT) for each in few_standings}
    assert found == {pk for pk, state in states.items() if state and state.steps(ladders) != StepsDue()}


@pytest.fixture
def few_standings(admin: User) -> list[Assignment]:
    """Give two people each of three trainings, on days that are long past and just now."""
    for number in range(2):
        operator(f"Person {number}", since=TODAY - timedelta(days=100))
    given: list[Assignment] = []
    for days in (80, 17, 2):
        requirement = switched_on(a_course(), by=admin, at=SWITCHED - timedelta(days=days), grace_days=3)
        given += open_assignments(requirement).values()
    return given


# By hand


def test_manager_reminds_in_one_click_and_it_is_in_the_trail(admin: User) -> None:
    assignment = due_on(DUE, admin=admin)
    boss = assignment.user.position_on(DUE).manager
    remind(assignment=assignment, by=boss, at=AT, text=" Please do it before the audit. ")
    message = Message.objects.get(kind="enrollment.reminded")
    assert message.recipient == assignment.user
    assert message.subject == "Manager of Maya Lindqvist reminds you: Electronic records and signatures"
    assert message.body == (
        "Manager of Maya Lindqvist writes: Please do it before the audit.\n\n"
        "Due in 28 days, by the end of Monday 21 December 2026 at your site.\n\n"
        "Because your job role is Tablet Operator since 23 Nov 2026."
    )
    fact = Event.objects.get(verb="enrollment.reminded")
    assert fact.sentence == ("Manager of Maya Lindqvist reminded Maya Lindqvist of Electronic records and signatures")
    assert (fact.person_id, fact.payload["text"]) == (assignment.user_id, "Please do it before the audit.")


def test_second_reminder_on_a_day_is_refused_in_words(admin: User) -> None:
    assignment = due_on(DUE, admin=admin)
    remind(assignment=assignment, by=admin, at=AT)
    with pytest.raises(AlreadyReminded, match=r"Maya Lindqvist was reminded today already\. Once a day is enough\."):
        remind(assignment=assignment, by=assignment.user.position_on(DUE).manager, at=AT + timedelta(hours=2))
    assert Message.objects.filter(kind="enrollment.reminded").count() == 1
    assert Event.objects.filter(verb="enrollment.reminded").count() == 1
    remind(assignment=assignment, by=admin, at=AT + timedelta(days=1))
    assert Message.objects.filter(kind="enrollment.reminded").count() == 2


def test_nobody_is_reminded_of_what_is_done_or_ended(admin: User) -> None:
    assignment = due_on(DUE, admin=admin)
    complete(assignment.user, assignment.course, on=TODAY, valid_until=date(2027, 11, 23))
    with pytest.raises(NothingToRemind, match="Maya Lindqvist has nothing to do about it now"):
        remind(assignment=assignment, by=admin, at=AT)
    remind(assignment=assignment, by=admin, at=datetime(2027, 10, 1, 9, tzinfo=UTC))  # time to renew
    switch_off_requirement(requirement=assignment.requirement, by=admin, at=AT + timedelta(days=1), reason="Not needed")
    with pytest.raises(NothingToRemind):
        remind(assignment=assignment, by=admin, at=datetime(2027, 10, 2, 9, tzinfo=UTC))
