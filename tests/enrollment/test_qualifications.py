"""Who is qualified for a task: today, on any past day, and as it was known then."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from courses.models import Course
from enrollment.actions import grant_waiver, propose_waiver, withdraw_waiver
from enrollment.actions.qualifying import add_task, change_task
from enrollment.actions.standing import restand
from enrollment.choices import CompletionSource, Standpoint, Status
from enrollment.models import Completion, CompletionImport, RetrainingDue, Task, TaskCourse
from enrollment.queries import qualifications_at, qualified_at, standings
from enrollment.rules import Credit, Retraining, Span
from enrollment.rules.qualifications import verdict_on
from people.choices import AccessRole
from people.models import User
from records.actions import issue_certificate, revoke_certificate
from records.choices import Components
from records.models import Event
from tests.enrollment.workplace import (
    AT,
    TODAY,
    a_course,
    complete,
    deliver,
    newark,
    open_assignments,
    operator,
    rewrite,
    switched_on,
    write,
)
from tests.factories import make_person

DAY = date(2026, 3, 14)
NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)


def credit(on: str, until: str | None, version: int = 1) -> Credit:
    return Credit(on, "c", version, date.fromisoformat(on), date.fromisoformat(until) if until else None)


# The rule


@pytest.mark.parametrize(
    ("credits", "retrainings", "waivers", "standpoint", "until", "words"),
    [
        ([], [], [], Standpoint.NEVER, None, "Never completed until then"),
        ([credit("2026-03-15", None)], [], [], Standpoint.NEVER, None, "Never completed until then"),
        (
            [credit("2026-03-14", None)],
            [],
            [],
            Standpoint.CURRENT,
            None,
            "Completed on 14 Mar 2026, counts without end",
        ),
        (
            [credit("2025-03-14", "2026-03-14")],
            [],
            [],
            Standpoint.CURRENT,
            "2026-03-14",
            "Completed on 14 Mar 2025, counts until 14 Mar 2026",
        ),
        (
            [credit("2025-03-13", "2026-03-13")],
            [],
            [],
            Standpoint.EXPIRED,
            "2026-03-13",
            "Completed on 13 Mar 2025, and that counted until 13 Mar 2026",
        ),
        (
            [credit("2025-03-13", "2026-03-13"), credit("2026-03-20", None)],  # renewed after the day
            [],
            [],
            Standpoint.EXPIRED,
            "2026-03-13",
            "Completed on 13 Mar 2025, and that counted until 13 Mar 2026",
        ),
        (
            [credit("2025-06-01", None)],
            [Retraining(2, date(2026, 2, 1), date(2026, 3, 14))],
            [],
            Standpoint.CURRENT,
            "2026-03-14",
            "Completed on 1 Jun 2025, counts until 14 Mar 2026",
        ),
        (
            [credit("2025-06-01", None)],
            [Retraining(2, date(2026, 2, 1), date(2026, 3, 13))],
            [],
            Standpoint.OUTDATED,
            "2026-03-13",
            "Completed on 1 Jun 2025, on an older version; version 2 was to be learned by 13 Mar 2026",
        ),
        (
            [credit("2025-06-01", None), credit("2026-03-01", None, 2)],
            [Retraining(2, date(2026, 2, 1), date(2026, 3, 13))],
            [],
            Standpoint.CURRENT,
            None,
            "Completed on 1 Jun 2025, counts without end",
        ),
        (
            [],
            [],
            [Span(date(2026, 3, 1), date(2026, 3, 15))],
            Standpoint.EXEMPT,
            "2026-03-14",
            "A waiver holds until 14 Mar 2026",
        ),
        ([], [], [Span(date(2026, 3, 1), date(2026, 3, 14))], Standpoint.NEVER, None, "Never completed until then"),
    ],
)
def test_a_course_comes_to_what_is_known_of_the_day(
    credits: list[Credit],
    retrainings: list[Retraining],
    waivers: list[Span],
    standpoint: Standpoint,
    until: str | None,
    words: str,
) -> None:
    verdict = verdict_on(DAY, credits=credits, retrainings=retrainings, waivers=waivers)
    assert (verdict.standpoint, verdict.until) == (standpoint, date.fromisoformat(until) if until else None)
    assert verdict.sentence == words


days = st.dates(date(2025, 1, 1), date(2027, 1, 1))


@given(
    pairs=st.lists(st.tuples(days, st.none() | st.integers(1, 400)), max_size=4),
    day=days,
    later=st.tuples(days, st.none() | st.integers(1, 400)),
)
def test_what_happens_later_changes_no_past_day(
    pairs: list[tuple[date, int | None]], day: date, later: tuple[date, int | None]
) -> None:
    def made(on: date, length: int | None) -> Credit:
        return Credit(str(on), "c", 1, on, on + timedelta(days=length) if length else None)

    known = sorted((made(*pair) for pair in pairs), key=lambda each: each.on)
    after = made(max(later[0], day + timedelta(days=1)), later[1])
    assert verdict_on(day, credits=known) == verdict_on(day, credits=[*known, after])


# The record


def a_task(admin: User, *courses: Course) -> Task:
    return add_task(name="Release a batch", courses=courses, by=admin, at=AT - timedelta(days=600))


def test_a_past_day_is_answered_from_what_counted_on_it(admin: User) -> None:
    records, hygiene = a_course("Electronic records"), a_course("Hand hygiene")
    task = a_task(admin, records, hygiene)
    maya = operator("Maya", since=date(2020, 1, 1))
    complete(maya, records, on=date(2025, 3, 20), valid_until=date(2026, 3, 20))
    complete(maya, hygiene, on=date(2026, 3, 15))
    before = qualified_at(person=maya, task=task, at=NOON)
    assert not before.is_qualified
    assert [(each.title, each.verdict.standpoint) for each in before.missing] == [("Hand hygiene", Standpoint.NEVER)]
    assert qualified_at(person=maya, task=task, at=NOON + timedelta(days=2)).is_qualified
    assert not qualified_at(person=maya, task=task, at=NOON + timedelta(days=10)).is_qualified


def test_the_day_is_that_of_the_site(admin: User) -> None:
    course = a_course()
    task = a_task(admin, course)
    there = operator("Ana", since=date(2020, 1, 1), site=newark())
    complete(there, course, on=date(2025, 3, 14), valid_until=DAY)
    last_minute = datetime(2026, 3, 15, 3, 59, tzinfo=UTC)  # summer time in Newark since the 8th
    assert qualified_at(person=there, task=task, at=last_minute).is_qualified
    assert not qualified_at(person=there, task=task, at=last_minute + timedelta(minutes=1)).is_qualified


def test_what_was_written_later_was_not_known_then(admin: User) -> None:
    course = a_course()
    task = a_task(admin, course)
    maya = operator("Maya", since=date(2020, 1, 1))
    version = course.versions.get()
    run = CompletionImport(
        file_name="old.csv", storage_key="x", sha256="0" * 64, size_bytes=1, headings=[], owner=admin, created_at=AT
    )
    imported = Completion(
        user=maya, course=course, version=version, source=CompletionSource.IMPORTED, zone="Europe/Zurich",
        imported_from=run, imported_line=2, completed_at=NOON - timedelta(days=30), recorded_at=AT,
        completed_on=DAY - timedelta(days=30),
    )  # fmt: skip
    write([run, imported])
    assert qualified_at(person=maya, task=task, at=NOON).is_qualified
    assert not qualified_at(person=maya, task=task, at=NOON, known_at=NOON).is_qualified
    assert qualified_at(person=maya, task=task, at=NOON, known_at=AT).is_qualified


def test_a_waiver_that_was_withdrawn_later_was_known_to_hold(admin: User) -> None:
    decider, course = make_person(AccessRole.ADMINISTRATOR, signs=True), a_course()
    task, maya = a_task(admin, course), operator("Maya")
    assignment = open_assignments(switched_on(course, by=admin))["Maya"]
    proposed = propose_waiver(
        assignment=assignment, valid_from=TODAY, valid_until=TODAY + timedelta(days=30), reason="Works elsewhere",
        by=admin, at=AT,
    )  # fmt: skip
    waiver = grant_waiver(waiver=proposed, by=decider, at=AT, zone="Europe/Zurich", components=Components.ALL)
    withdrawn, later = AT + timedelta(days=2), AT + timedelta(days=5)
    withdraw_waiver(waiver=waiver, by=admin, at=withdrawn, reason="Back at work")

    def is_qualified(known_at: datetime | None) -> bool:
        return qualified_at(person=maya, task=task, at=later, known_at=known_at).is_qualified

    assert [is_qualified(AT - timedelta(hours=1)), is_qualified(AT), is_qualified(withdrawn), is_qualified(None)] == [
        False, True, False, False,
    ]  # fmt: skip


def test_what_a_task_asked_then_is_asked(admin: User) -> None:
    records, hygiene = a_course("Electronic records"), a_course("Hand hygiene")
    task = a_task(admin, records)
    maya = operator("Maya", since=date(2020, 1, 1))
    complete(maya, records, on=date(2026, 1, 5))
    change_task(task=task, courses=[records, hygiene], by=admin, at=AT, reason="Deviation 2026-114")
    assert qualified_at(person=maya, task=task, at=NOON, known_at=AT - timedelta(days=1)).is_qualified
    assert not qualified_at(person=maya, task=task, at=NOON).is_qualified
    events = Event.objects.filter(kind="fact", subject_type="task").order_by("id").values_list("verb", "reason")
    assert list(events) == [("enrollment.task_added", ""), ("enrollment.task_changed", "Deviation 2026-114")]
    facts = Event.objects.count()
    change_task(task=task, courses=[hygiene, records], by=admin, at=AT, reason="again")
    assert Event.objects.count() == facts


def test_a_new_version_takes_it_away_after_its_day(admin: User) -> None:
    course = a_course()
    task = a_task(admin, course)
    maya = operator("Maya", since=date(2020, 1, 1))
    requirement = switched_on(course, by=admin)
    complete(maya, course, on=date(2025, 6, 1))
    version = course.versions.get()
    rewrite(course.versions.all(), state="superseded", ended_at=AT)
    version.pk, version.number, version.label, version._state.adding = None, 2, "2.0", True
    version.id, version.state = Task().pk, "draft"
    version.approved_at = version.approved_by = version.submitted_at = version.submitted_by = None
    version.content_sha256, version.effective_on = "", None
    due = RetrainingDue(
        user=maya, course=course, version=version, effective_on=TODAY, due_on=TODAY + timedelta(days=14), asked_at=AT
    )
    write([version, due])
    restand(user_ids=[maya.pk])
    for later, qualified, status in ((14, True, Status.DONE), (15, False, Status.EXPIRED)):
        at = AT + timedelta(days=later)
        assert qualified_at(person=maya, task=task, at=at).is_qualified is qualified
        assert [each.status for each in standings(at=at, course_id=requirement.course_id)] == [status]


def test_a_revoked_certificate_counts_no_longer(admin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    course = a_course()
    task = a_task(admin, course)
    maya = operator("Maya", since=date(2020, 1, 1))
    switched_on(course, by=admin)
    completion = complete(maya, course, on=date(2026, 1, 5))
    with transaction.atomic():
        certificate = issue_certificate(
            by=maya, at=AT, completion_id=completion.pk, holder_id=maya.pk, holder_name=maya.name,
            holder_number=maya.employee_number, holder_title="", site="", issuer="", course_id=course.pk,
            course_code=course.code, course_title="", version_id=completion.version_id, version_label="1.0",
            version_sha256="0" * 64, completed_at=completion.completed_at, zone="UTC", valid_until=None, score=None,
            max_score=None, signature=completion.signature,
        )  # fmt: skip
    assert qualified_at(person=maya, task=task, at=AT).is_qualified
    revoke_certificate(certificate=certificate, by=admin, at=AT, reason="Copied answers")
    monkeypatch.setattr("enrollment.followers.now", lambda: AT + timedelta(hours=1))
    deliver()
    assert not qualified_at(person=maya, task=task, at=AT).is_qualified
    assert qualified_at(person=maya, task=task, at=AT, known_at=AT - timedelta(seconds=1)).is_qualified
    assert [each.status for each in standings(at=AT, user_ids=[maya.pk])] == [Status.LATE]


def test_many_people_cost_as_many_queries_as_one(admin: User, django_assert_num_queries) -> None:
    course = a_course()
    task = a_task(admin, course)
    people = [operator(f"Person {number}", since=date(2020, 1, 1)) for number in range(3)]
    complete(people[0], course, on=date(2026, 1, 5))
    with django_assert_num_queries(6):
        assert qualified_at(person=people[0], task=task, at=AT).is_qualified
    with django_assert_num_queries(6):
        found = qualifications_at(person_ids=[person.pk for person in people], task=task, at=AT)
    assert [found[person.pk].is_qualified for person in people] == [True, False, False]


def test_a_task_that_asks_for_nothing_qualifies_nobody(admin: User) -> None:
    task = a_task(admin)
    assert not qualified_at(person=operator("Maya"), task=task, at=AT).is_qualified


def test_the_database_keeps_tasks(admin: User) -> None:
    course = a_course()
    task = a_task(admin, course)
    asked = task.asked.get()
    with pytest.raises(IntegrityError, match="task_course_once"), transaction.atomic():
        write([TaskCourse(task=task, course=course, added_at=AT)])
    with pytest.raises(IntegrityError, match="task_course_ends_after_it_begins"), transaction.atomic():
        rewrite(TaskCourse.objects.all(), removed_at=asked.added_at)
    with pytest.raises(DatabaseError, match="are kept"), transaction.atomic():
        asked.delete()
    with pytest.raises(IntegrityError, match="name"), transaction.atomic():
        a_task(admin)


def test_the_database_refuses_a_completion_without_its_ground(admin: User) -> None:
    course = a_course()
    version = course.versions.get()
    known = {"user": admin, "course": course, "version": version, "completed_at": AT, "completed_on": TODAY}
    for source, recorded_at, constraint in (
        ("taken", None, "completion_taken_here_is_signed"),
        ("imported", None, "completion_known_otherwise_is_dated"),
        ("guessed", AT, "completion_source_known"),
    ):
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            write([Completion(**known, zone="UTC", source=source, recorded_at=recorded_at)])
