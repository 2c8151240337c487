"""Leaving an audience ends what is open and keeps what is done; coming back goes on where it was."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from courses.models import Course
from enrollment.actions import enroll, follow_person, record_outcome, switch_off_requirement
from enrollment.choices import EnrollmentState, Status
from enrollment.models import Assignment, Enrollment, Progress
from enrollment.queries import standings
from enrollment.rules import Outcome
from notifications.models import Message
from people.actions import deactivate_person
from people.choices import AccessRole
from people.models import User
from records.models import Event
from tests.enrollment.classroom import a_learner, a_version, at_once, retire, taking
from tests.enrollment.workplace import AT, TODAY, complete, move, operator, rewrite, switched_on
from tests.factories import BY, make_department, make_job_role, make_person

LATER = AT + timedelta(days=3)
BACK = AT + timedelta(days=10)


@pytest.fixture
def admin(db: None) -> User:
    return make_person(AccessRole.ADMINISTRATOR)


@pytest.fixture
def maya(db: None) -> User:
    return operator("Maya")


def begun(person: User, course: Course, *, pages_done: int = 1) -> Enrollment:
    """Let somebody begin a course, and read its first pages."""
    enrollment = enroll(user=person, course=course, by=person, at=AT)
    activities = list(enrollment.version.modules.get().activities.order_by("position"))
    for activity in activities[:pages_done]:
        record_outcome(
            enrollment=enrollment, activity_id=activity.pk, outcome=Outcome(completed=True), by=person, at=AT
        )
    return enrollment


def a_course(**details: Any) -> Course:
    return a_version("page", "page", **details).course


def leave(person: User, at: Any = LATER) -> None:
    move(person, since=at.date(), at=at, job_role=make_job_role("Cleaner"))
    follow_person(user_id=person.pk, at=at)


def come_back(person: User, at: Any = BACK) -> None:
    move(person, since=at.date(), at=at, job_role=make_job_role())
    follow_person(user_id=person.pk, at=at)


def state_of(enrollment: Enrollment) -> tuple[str, str]:
    enrollment.refresh_from_db()
    return enrollment.state, enrollment.ended_because


def test_leaving_ends_what_is_open_and_keeps_what_was_done(admin: User, maya: User) -> None:
    requirement = switched_on(a_course(), by=admin)
    done = complete(maya, switched_on(a_course(), by=admin).course, on=TODAY)
    enrollment = begun(maya, requirement.course)
    leave(maya)
    assert state_of(enrollment) == ("cancelled", "The job role is no longer Tablet Operator")
    assert enrollment.ended_at == LATER
    assert Progress.objects.filter(enrollment=enrollment, state="completed").count() == 1
    done.refresh_from_db()
    assert done.enrollment is not None
    assert done.enrollment.state == "completed"
    fact = Event.objects.get(verb="enrollment.cancelled")
    assert (fact.person_id, fact.payload["why"]) == (maya.pk, "The job role is no longer Tablet Operator")
    assert Message.objects.get(kind="enrollment.no_longer_asked").recipient == maya
    assert standings(at=LATER, user_ids=[maya.pk]) == []


def test_coming_back_goes_on_where_it_was(admin: User, maya: User) -> None:
    requirement = switched_on(a_course(), by=admin)
    enrollment = begun(maya, requirement.course)
    leave(maya)
    come_back(maya)
    assert state_of(enrollment) == ("open", "")
    assert enrollment.ended_at is None
    assert enrollment.assignment == Assignment.objects.get(user=maya, ended_at=None)
    assert Enrollment.objects.count() == 1
    [standing] = standings(at=BACK, user_ids=[maya.pk])
    assert (standing.status, standing.enrollment_id) == (Status.DOING, enrollment.pk)
    assert Event.objects.get(verb="enrollment.reopened").payload["why"] == f"Required again by R-{requirement.number}"


def test_following_twice_changes_nothing(admin: User, maya: User) -> None:
    begun(maya, switched_on(a_course(), by=admin).course)
    leave(maya)
    facts = Event.objects.count()
    follow_person(user_id=maya.pk, at=LATER)
    assert Event.objects.count() == facts
    come_back(maya)
    facts = Event.objects.count()
    follow_person(user_id=maya.pk, at=BACK)
    assert Event.objects.count() == facts


def test_a_newer_version_is_begun_anew_by_who_comes_back(admin: User, maya: User) -> None:
    requirement = switched_on(a_course(), by=admin)
    enrollment = begun(maya, requirement.course)
    leave(maya)
    newer = a_version("page", "page", course=requirement.course, number=2)
    come_back(maya)
    assert state_of(enrollment)[0] == "cancelled"
    again = enroll(user=maya, course=requirement.course, by=maya, at=BACK)
    assert (again.version, again.pk == enrollment.pk) == (newer, False)
    assert Enrollment.objects.filter(state="open").count() == 1


def test_who_completed_it_meanwhile_has_nothing_open(admin: User, maya: User) -> None:
    requirement = switched_on(a_course(), by=admin)
    enrollment = begun(maya, requirement.course)
    leave(maya)
    rewrite(Enrollment.objects.filter(pk=enrollment.pk), state="open", ended_at=None)
    complete(maya, requirement.course, on=LATER.date())
    come_back(maya)
    assert Enrollment.objects.filter(user=maya, state="open").count() == 0


def test_another_requirement_keeps_it_open(admin: User, maya: User) -> None:
    course = a_course()
    switched_on(course, by=admin)
    switched_on(course, by=admin, job_role=None, department=make_department())
    enrollment = begun(maya, course)
    leave(maya)  # another job role in the same department
    assert state_of(enrollment) == ("open", "")
    move(maya, since=BACK.date(), at=BACK, department=make_department("Logistics"))
    follow_person(user_id=maya.pk, at=BACK)
    assert state_of(enrollment) == ("cancelled", "No longer in Production")


def test_what_was_begun_of_own_will_stays_open(admin: User, maya: User) -> None:
    course = a_course()
    enrollment = begun(maya, course)
    switched_on(course, by=admin)
    leave(maya)
    assert state_of(enrollment) == ("open", "")


def test_a_refresher_belongs_to_its_requirement(admin: User, maya: User) -> None:
    refresher = a_course()
    requirement = switched_on(a_course(), by=admin, refreshers=[refresher.pk], validity_months=12)
    complete(maya, requirement.course, on=date(2025, 12, 1), valid_until=date(2026, 11, 30))
    enrollment = begun(maya, refresher)
    assert enrollment.assignment is not None
    leave(maya)
    assert state_of(enrollment)[0] == "cancelled"


def test_switching_off_ends_it_with_the_reason(admin: User, maya: User) -> None:
    requirement = switched_on(a_course(), by=admin)
    enrollment = begun(maya, requirement.course)
    switch_off_requirement(requirement=requirement, by=admin, at=LATER, reason="the press is gone")
    assert state_of(enrollment) == ("cancelled", f"R-{requirement.number} was switched off")
    assert Event.objects.get(verb="enrollment.cancelled").reason == "the press is gone"


def test_a_leaver_has_nothing_open_and_hears_nothing(admin: User, maya: User) -> None:
    enrollment = begun(maya, switched_on(a_course(), by=admin).course)
    own = begun(maya, a_course())
    deactivate_person(person=maya, by=BY, at=LATER, left_on=LATER.date(), reason="left the company")
    follow_person(user_id=maya.pk, at=LATER)
    assert state_of(enrollment)[0] == "cancelled"
    assert state_of(own)[0] == "open"
    assert not Message.objects.filter(kind="enrollment.no_longer_asked").exists()


def test_taking_it_up_of_own_will_goes_on(admin: User, maya: User) -> None:
    requirement = switched_on(a_course(), by=admin)
    enrollment = begun(maya, requirement.course)
    leave(maya)
    again = enroll(user=maya, course=requirement.course, by=maya, at=BACK)
    assert (again.pk, again.assignment) == (enrollment.pk, None)
    come_back(maya, BACK + timedelta(days=1))
    leave(maya, BACK + timedelta(days=5))
    assert state_of(enrollment) == ("open", "")  # for it was their own will


def test_who_is_in_the_middle_of_a_retired_version_can_finish(admin: User) -> None:
    someone = taking("page", "page", learner=a_learner())
    switched_on(someone.version.course, by=admin)
    someone.finish(1)
    retire(someone.version)
    someone.finish(2)
    completion = someone.sign()
    assert (completion.version, state_of(someone.enrollment)[0]) == (someone.version, "completed")
    [standing] = standings(at=AT, user_ids=[someone.learner.pk])
    assert (standing.status, standing.completion_id) == (Status.DONE, completion.pk)


def test_the_many_cost_as_many_queries_as_one(admin: User, django_assert_max_num_queries: Any) -> None:
    people = [operator(f"Person {number}") for number in range(5)]
    one, many = switched_on(a_course(), by=admin), switched_on(a_course(), by=admin)
    begun(people[0], one.course)
    for person in people:
        begun(person, many.course)
    with CaptureQueriesContext(connection) as first:
        switch_off_requirement(requirement=one, by=admin, at=LATER, reason="the press is gone")
    with django_assert_max_num_queries(len(first)):
        switch_off_requirement(requirement=many, by=admin, at=LATER, reason="the press is gone")
    assert Enrollment.objects.filter(state="cancelled").count() == 6


@pytest.mark.parametrize(
    "changed",
    [{"state": "completed"}, {"state": "open", "ended_at": None, "version": None}, {"ended_because": "no reason"}],
)
def test_what_was_cancelled_changes_in_no_other_way(admin: User, maya: User, changed: dict[str, Any]) -> None:
    enrollment = begun(maya, switched_on(a_course(), by=admin).course)
    leave(maya)
    if "version" in changed:
        changed = {**changed, "version": a_version("page")}
    with pytest.raises(DatabaseError, match="has ended does not change"), transaction.atomic():
        rewrite(Enrollment.objects.filter(pk=enrollment.pk), **changed)


def test_nothing_moves_from_itself(maya: User) -> None:
    enrollment = begun(maya, a_course())
    with pytest.raises(IntegrityError, match="enrollment_moved_from_another"), transaction.atomic():
        rewrite(Enrollment.objects.filter(pk=enrollment.pk), moved_from=enrollment.pk)


@pytest.mark.usefixtures("committed_db")
def test_leaving_while_beginning_leaves_nothing_that_is_not_asked() -> None:
    admin, maya = make_person(AccessRole.ADMINISTRATOR), operator("Maya")
    requirement = switched_on(a_course(), by=admin)
    raised = at_once(
        lambda: enroll(user=maya, course=requirement.course, by=maya, at=LATER),
        lambda: switch_off_requirement(requirement=requirement, by=admin, at=LATER, reason="the press is gone"),
    )
    assert raised == []
    enrollment = Enrollment.objects.get()
    assert (enrollment.state, enrollment.assignment is None) in {("cancelled", False), ("open", True)}


@pytest.mark.usefixtures("committed_db")
def test_coming_back_twice_at_once_opens_it_once() -> None:
    admin, maya = make_person(AccessRole.ADMINISTRATOR), operator("Maya")
    first, second = (switched_on(a_course(), by=admin) for _each in range(2))
    enrollment = begun(maya, first.course)
    leave(maya)
    move(maya, since=BACK.date(), at=BACK, job_role=make_job_role())
    raised = at_once(
        lambda: follow_person(user_id=maya.pk, at=BACK),
        lambda: follow_person(user_id=maya.pk, at=BACK),
        lambda: enroll(user=maya, course=first.course, by=maya, at=BACK),
    )
    assert raised == []
    assert Enrollment.objects.filter(user=maya, course=first.course).count() == 1
    assert state_of(enrollment)[0] == EnrollmentState.OPEN
    assert Event.objects.filter(verb="enrollment.reopened").count() == 1
    assert Assignment.objects.filter(user=maya, requirement=second, ended_at=None).count() == 1
