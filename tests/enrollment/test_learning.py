"""Beginning a course, opening and finishing activities: in order, once, and never backwards."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from enrollment.actions.learning import (
    AlreadyEnded,
    LockedActivity,
    NotOffered,
    enroll,
    open_activity,
    record_outcome,
)
from enrollment.models import Enrollment, Place, Progress
from enrollment.rules import Outcome, add_months, locks
from enrollment.rules.sequence import Step, goes_on_with
from records.models import Event
from tests.enrollment.classroom import AT, Taking, a_learner, a_version, require, retire, take_effect, taking
from tests.enrollment.workplace import rewrite, write
from tests.factories import make_person


def facts() -> list[str]:
    return list(Event.objects.filter(kind="fact", verb__startswith="enrollment.").values_list("verb", flat=True))


def test_enrolling_begins_the_effective_version_and_says_so(db: None) -> None:
    learner, version = a_learner(), a_version("page")
    enrollment = enroll(user=learner, course=version.course, by=learner, at=AT)
    assert (enrollment.version_id, enrollment.state, enrollment.enrolled_at) == (version.pk, "open", AT)
    fact = Event.objects.get(verb="enrollment.enrolled")
    assert (fact.person_id, fact.payload["version"], fact.actor_name) == (learner.pk, "1.0", learner.name)


def test_enrolling_again_answers_with_the_open_one(db: None) -> None:
    first = taking("page")
    again = enroll(user=first.learner, course=first.version.course, by=first.learner, at=AT)
    assert again == first.enrollment
    assert facts() == ["enrollment.enrolled"]


def test_enrolling_names_the_assignment_that_is_due_first(db: None) -> None:
    learner, version = a_learner(), a_version("page")
    require(learner, version.course, due_on=date(2026, 12, 24))
    sooner = require(learner, version.course, due_on=date(2026, 12, 1))
    enrollment = enroll(user=learner, course=version.course, by=learner, at=AT)
    assert enrollment.assignment == sooner


def test_a_course_without_effective_version_cannot_be_begun(db: None) -> None:
    learner, version = a_learner(), a_version("page", in_effect=False)
    with pytest.raises(NotOffered):
        enroll(user=learner, course=version.course, by=learner, at=AT)
    assert not Enrollment.objects.exists()


def test_two_windows_begin_one_enrollment(committed_db: str) -> None:
    learner, version = a_learner(), a_version("page")
    together = Barrier(6)

    def begin(_number: int) -> UUID:
        try:
            together.wait(10)
            return enroll(user=learner, course=version.course, by=learner, at=AT).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        ids = set(pool.map(begin, range(6)))
    assert len(ids) == 1
    assert Enrollment.objects.count() == 1


def test_opening_notes_progress_place_and_fact_once(db: None) -> None:
    someone = taking("page", "page")
    activity = someone.activities[0]
    for first in (True, True, False):  # the second is the other window, which did not see the first
        open_activity(enrollment=someone.enrollment, activity=activity, at=AT, first=first)
    assert Progress.objects.values_list("state", "opened_at").get() == ("opened", AT)
    assert Place.objects.values_list("activity_id", flat=True).get() == activity.id


def test_opening_another_activity_moves_the_place(db: None) -> None:
    someone = taking("page", "page")
    for activity in someone.activities:
        open_activity(enrollment=someone.enrollment, activity=activity, at=AT, first=True)
    assert Place.objects.values_list("activity_id", flat=True).get() == someone.activities[1].id


def test_opening_after_the_end_is_only_reading(db: None) -> None:
    someone = taking("page")
    someone.finish()
    someone.sign()
    someone.enrollment.refresh_from_db()
    open_activity(enrollment=someone.enrollment, activity=someone.activities[0], at=AT, first=True)
    assert not Place.objects.exists()


def test_an_outcome_is_kept_once(db: None) -> None:
    someone = taking("page")
    someone.finish(1, at=AT)
    someone.finish(1, at=AT + timedelta(hours=1))
    assert Progress.objects.values_list("state", "completed_at").get() == ("completed", AT)
    assert facts().count("enrollment.activity_completed") == 1


@pytest.mark.requirement("R-14")
def test_an_outcome_of_a_locked_activity_is_refused_and_changes_nothing(db: None) -> None:
    someone = taking("page", "quiz")
    before = facts()
    with pytest.raises(LockedActivity) as refusal:
        someone.finish(2)
    assert refusal.value.lock.words == "Opens when you complete “Page 1”"
    assert (facts(), Progress.objects.count()) == (before, 0)
    someone.finish(1, 2)
    assert Progress.objects.filter(state="completed").count() == 2


def test_an_outcome_after_the_end_is_refused(db: None) -> None:
    someone = taking("page", "page")
    rewrite(Enrollment.objects.filter(pk=someone.enrollment.pk), state="cancelled", ended_at=AT)
    with pytest.raises(AlreadyEnded):
        someone.finish(1)


def test_a_version_that_was_superseded_or_retired_is_finished_as_it_was_begun(db: None) -> None:
    someone = taking("page", "page")
    someone.finish(1)
    newer = a_version("page", course=someone.version.course, number=2, in_effect=False)
    take_effect(newer)
    someone.finish(2)
    other = Taking(a_learner(), newer, enroll(user=make_person(), course=newer.course, by=someone.learner, at=AT))
    retire(newer)
    other_learner = other.enrollment.user
    record_outcome(
        enrollment=other.enrollment,
        activity_id=other.activities[0].id,
        outcome=Outcome(completed=True),
        by=other_learner,
        at=AT,
    )
    completion = someone.sign()
    assert (completion.version, newer.pk != completion.version_id) == (someone.version, True)
    assert Progress.objects.filter(state="completed").count() == 3


# What the database refuses by itself


@pytest.mark.parametrize(
    ("constraint", "changes"),
    [
        ("progress_state_known|progress_completed_at", {"state": "perhaps"}),
        ("progress_completed_at_when_completed", {"state": "completed"}),
        ("progress_score_whole", {"score": 3}),
    ],
)
def test_progress_is_kept_whole(db: None, constraint: str, changes: dict[str, object]) -> None:
    someone = taking("page")
    open_activity(enrollment=someone.enrollment, activity=someone.activities[0], at=AT, first=True)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        rewrite(Progress.objects.all(), **changes)


def test_progress_never_goes_back(db: None) -> None:
    someone = taking("page")
    someone.finish()
    with pytest.raises(DatabaseError, match="completed progress does not change"), transaction.atomic():
        rewrite(Progress.objects.all(), state="opened", completed_at=None)
    with pytest.raises(DatabaseError, match="rows of enrollment_progress are kept"), transaction.atomic():
        Progress.objects.all().delete()


def test_there_is_one_open_enrollment_for_a_course(db: None) -> None:
    someone = taking("page")
    double = Enrollment(user=someone.learner, course=someone.version.course, version=someone.version, enrolled_at=AT)
    with pytest.raises(IntegrityError, match="enrollment_one_open"), transaction.atomic():
        write([double])


# Rules


@given(st.lists(st.booleans(), max_size=8), st.data())
def test_an_assessment_is_locked_exactly_while_something_before_it_is_missing(
    kinds: list[bool], data: st.DataObject
) -> None:
    steps = [Step(uuid4(), f"Step {number}", is_assessment) for number, is_assessment in enumerate(kinds)]
    done = data.draw(st.sets(st.sampled_from([step.id for step in steps]))) if steps else set()
    locked = locks(steps, completed=done)
    for place, step in enumerate(steps):
        missing = [each for each in steps[:place] if each.id not in done]
        assert (step.id in locked) == (step.is_assessment and step.id not in done and bool(missing))
        if step.id in locked:
            assert locked[step.id].opened_by == missing[0].id


@given(st.lists(st.booleans(), max_size=8), st.data())
def test_a_learner_goes_on_with_something_open_until_all_is_done(kinds: list[bool], data: st.DataObject) -> None:
    steps = [Step(uuid4(), f"Step {number}", is_assessment) for number, is_assessment in enumerate(kinds)]
    ids = [step.id for step in steps]
    done = data.draw(st.sets(st.sampled_from(ids))) if ids else set()
    last = data.draw(st.sampled_from([None, *ids]))
    found = goes_on_with(steps, completed=done, last=last)
    assert (found is None) == (done == set(ids))
    if found:
        assert found.id not in done
        assert found.id not in locks(steps, completed=done)
    if last and last not in done and last not in locks(steps, completed=done):
        assert found is not None
        assert found.id == last


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(0, 240))
def test_adding_months_keeps_the_day_or_takes_the_last_of_the_month(day: date, months: int) -> None:
    later = add_months(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or (later.day < day.day and (later + timedelta(days=1)).day == 1)
