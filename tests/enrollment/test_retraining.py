"""A new version: who must learn it, by when, and what counts until then."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from core.tasks import run_waiting_jobs
from courses.actions import start_new_version
from courses.choices import Retraining
from courses.models import CourseVersion
from courses.queries import signatures_of
from enrollment.actions import enroll
from enrollment.actions.checking import check_standings
from enrollment.actions.retraining import ask_to_retrain, tell_of_version
from enrollment.choices import Status, Why
from enrollment.followers import FIRST
from enrollment.models import RetrainingDue
from enrollment.queries import standings
from notifications.models import Message
from people.choices import AccessRole
from people.models import User
from records.models import Event
from tests.enrollment.workplace import AT, TODAY, complete, deliver, laboratory, operator, rewrite, switched_on, write
from tests.factories import make_department, make_draft, make_effective, make_person

DUE = TODAY + timedelta(days=14)


@pytest.fixture(autouse=True)
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("enrollment.followers.now", lambda: AT + timedelta(hours=1))


@pytest.fixture
def first(db: None) -> CourseVersion:
    return make_effective(make_draft(title="Cleaning of presses"))


def revised(before: CourseVersion, *, at: datetime = AT, **decision: Any) -> CourseVersion:
    """Let a new version of a course take effect, with what its approver says about those who are trained."""
    draft = start_new_version(course=before.course, by=before.owner, at=at, change_summary="Rinse twice.")
    decision = {"retraining": Retraining.REPEAT, "retraining_within_days": 14, **decision}
    version = make_effective(draft, at=at, **decision)
    deliver()
    run_waiting_jobs()
    return version


def due_days() -> dict[str, date]:
    return dict(RetrainingDue.objects.values_list("user__name", "due_on"))


def status_of(person: User, at: datetime) -> tuple[Status, Why]:
    [standing] = standings(at=at, user_ids=[person.pk])
    return standing.status, standing.why


def test_whoever_is_trained_counts_until_the_day_and_then_no_longer(first: CourseVersion) -> None:
    maya = operator("Maya", since=date(2020, 1, 1))
    switched_on(first.course, by=make_person(AccessRole.ADMINISTRATOR))
    complete(maya, first.course, on=date(2026, 6, 1))
    version = revised(first)
    assert due_days() == {"Maya": DUE}
    assert check_standings(after=FIRST, most=1000)[1] == [], "who is asked stands anew in the same transaction"
    assert status_of(maya, AT) == (Status.DONE, Why.RETRAINING)
    assert status_of(maya, AT + timedelta(days=15)) == (Status.EXPIRED, Why.RETRAINING)
    [standing] = standings(at=AT, user_ids=[maya.pk])
    assert (standing.due_on, standing.valid_until, standing.needs_work) == (DUE, DUE, True)
    told = Message.objects.get(kind="enrollment.retrain")
    assert (told.recipient, told.subject) == (maya, "Cleaning of presses has a new version")
    assert "Rinse twice." in told.body
    complete(maya, version.course, on=TODAY + timedelta(days=3))
    assert status_of(maya, AT + timedelta(days=15)) == (Status.DONE, Why.RENEWAL)


def test_nobody_is_asked_where_the_approver_says_so(first: CourseVersion) -> None:
    complete(operator("Maya"), first.course, on=date(2026, 11, 5))
    revised(first, retraining=Retraining.KEEP)
    assert due_days() == {}


@pytest.mark.requirement("R-91")
def test_only_whom_the_approver_named_are_asked(first: CourseVersion) -> None:
    production = make_department()
    for name, department in (("Maya", production), ("Rosa", laboratory())):
        complete(operator(name, department=department), first.course, on=date(2026, 11, 5))
    operator("Never trained")
    revised(first, retraining_of={"departments": [str(production.pk)]})
    assert due_days() == {"Maya": DUE}


def test_only_those_of_the_old_versions_that_were_named(first: CourseVersion) -> None:
    complete(operator("Old"), first.course, on=date(2026, 11, 5))
    second = revised(first, at=AT - timedelta(days=10), retraining=Retraining.KEEP)
    complete(operator("Newer"), first.course, on=date(2026, 11, 20))
    revised(second, retraining_up_to=1)
    assert due_days() == {"Old": DUE}


def test_asking_again_asks_nobody_twice(first: CourseVersion) -> None:
    for name in ("Maya", "Rosa", "Amara"):
        complete(operator(name), first.course, on=date(2026, 11, 5))
    version = revised(first)
    assert len(due_days()) == 3
    before = Event.objects.count(), Message.objects.count()
    assert ask_to_retrain(version_id=version.pk, at=AT, after=FIRST, most=2) == (0, None)
    assert (Event.objects.count(), Message.objects.count()) == before


def test_it_goes_on_where_it_stopped(first: CourseVersion, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("enrollment.followers.A_BATCH", 2)
    for name in ("Maya", "Rosa", "Amara"):
        complete(operator(name), first.course, on=date(2026, 11, 5))
    revised(first)
    assert len(due_days()) == 3


def test_what_the_approver_said_is_signed_and_stays(first: CourseVersion) -> None:
    version = revised(first, retraining_up_to=1, retraining_of={"sites": []})
    [signed] = [each.record for each in signatures_of(version) if "retraining" in each.record]
    assert (signed["retraining_within_days"], signed["retraining_up_to"], signed["retraining_of"]) == (14, 1, {})
    assert (version.retraining_within_days, version.retraining_up_to, version.retraining_of) == (14, 1, {})
    for change in ({"retraining_within_days": 3}, {"retraining_up_to": None}, {"retraining_of": {"sites": ["x"]}}):
        with pytest.raises(DatabaseError, match="the approval of version"), transaction.atomic():
            rewrite(CourseVersion.objects.filter(pk=version.pk), **change)


def test_the_database_keeps_what_was_asked(first: CourseVersion) -> None:
    maya = operator("Maya")
    complete(maya, first.course, on=date(2026, 11, 5))
    version = revised(first)
    asked = {"user": maya, "course": first.course, "version": version, "asked_at": AT, "effective_on": TODAY}
    with pytest.raises(IntegrityError, match="retraining_once"), transaction.atomic():
        write([RetrainingDue(**asked, due_on=DUE)])
    with pytest.raises(IntegrityError, match="retraining_due_after_effective"), transaction.atomic():
        write([RetrainingDue(**{**asked, "version": first}, due_on=TODAY - timedelta(days=1))])
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        rewrite(RetrainingDue.objects.all(), due_on=DUE + timedelta(days=1))


def test_the_others_hear_that_a_version_is_in_effect_once(first: CourseVersion) -> None:
    admin = make_person(AccessRole.ADMINISTRATOR)
    maya = operator("Maya", since=date(2020, 1, 1))
    tom = operator("Tom", since=date(2020, 1, 1), department=laboratory())
    rosa = operator("Rosa", since=date(2026, 11, 3))
    operator("Amara", since=date(2026, 11, 3))  # has not begun: she takes the new one
    switched_on(first.course, by=admin)
    for person in (maya, tom):
        complete(person, first.course, on=date(2026, 6, 1))
    enroll(user=rosa, course=first.course, by=rosa, at=AT)
    version = revised(first, retraining_of={"departments": [str(laboratory().pk)]})
    assert due_days() == {"Tom": DUE}
    told = {each.recipient: each.body for each in Message.objects.filter(kind="enrollment.new_version")}
    assert set(told) == {maya, rosa}
    assert "What you completed goes on counting." in told[maya]
    assert "choose to go on with the new one" in told[rosa]
    assert all("Rinse twice." in body for body in told.values())
    assert tell_of_version(version_id=version.pk, at=AT, after=FIRST, most=100) is not None
    assert Message.objects.filter(kind="enrollment.new_version").count() == 2


def test_who_is_trained_hears_of_a_version_that_nobody_must_learn(first: CourseVersion) -> None:
    maya = operator("Maya", since=date(2020, 1, 1))
    switched_on(first.course, by=make_person(AccessRole.ADMINISTRATOR))
    complete(maya, first.course, on=date(2026, 6, 1))
    revised(first, retraining=Retraining.KEEP)
    assert due_days() == {}
    assert Message.objects.get(kind="enrollment.new_version").recipient == maya
