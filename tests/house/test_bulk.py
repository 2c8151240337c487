"""The bulk path of the load company writes what the actions write."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from core.clock import now
from courses.models import CourseVersion
from courses.queries import outline_of
from enrollment.actions import enroll, open_activity, record_outcome
from enrollment.models import Enrollment, Place, Progress
from enrollment.rules import Outcome
from lms.demo.build import build_small
from lms.demo.bulk import Begun, batches, learn
from people.models import User
from records.facts import SystemActor
from records.models import Event
from tests.factories import make_draft, make_effective, make_person

FINISHED = 3


def rows_of(enrollment: Enrollment) -> dict[str, Any]:
    """Return everything that an enrollment left behind, without ids, numbers and owners."""
    own = {str(enrollment.pk), str(enrollment.user_id), enrollment.user.name}

    def neutral(row: dict[str, Any]) -> dict[str, Any]:
        unlike = {"id", "enrollment_id", "user_id", "fact_id", "recorded_at", "actor_id", "person_id", "subject_id"}
        return {key: "own" if str(value) in own else value for key, value in row.items() if key not in unlike}

    facts = Event.objects.filter(subject_id=str(enrollment.pk), kind="fact").order_by("id")
    captures = Event.objects.filter(kind="capture", fact__subject_id=str(enrollment.pk)).order_by("id")
    progress = Progress.objects.filter(enrollment=enrollment)
    return {
        "enrollment": neutral(Enrollment.objects.filter(pk=enrollment.pk).values().get()),
        "progress": [neutral(row) for row in progress.order_by("opened_at").values()],
        "place": neutral(Place.objects.filter(enrollment=enrollment).values().get()),
        "facts": [neutral(row) for row in facts.values()],
        "captured tables": sorted(
            {(row["subject_type"], row["verb"]) for row in captures.values("subject_type", "verb")} - BOTH_STEPS
        ),
    }


# One by one, an activity is opened (a row is inserted) and then finished (it is updated); in bulk the
# finished row is inserted at once.
BOTH_STEPS = {("enrollment_progress", "updated"), ("enrollment_progress", "inserted")}


def test_bulk_learning_leaves_the_same_rows_and_facts_as_the_actions(db: None) -> None:
    at = now()
    version = make_effective(make_draft(pages=4))
    slow, quick = make_person(), make_person()

    one_by_one = _learn_by_actions(slow, version, at=at)
    written = learn([Begun(quick, version, None, FINISHED)], by=SystemActor("a test"), at=at)

    in_bulk = Enrollment.objects.get(user=quick, version=version, assignment=None)
    assert written == FINISHED
    assert rows_of(in_bulk) == rows_of(one_by_one)


def _learn_by_actions(person: User, version: CourseVersion, *, at: Any) -> Enrollment:
    enrollment = enroll(user=person, course=version.course, by=person, at=at)
    for number, activity in enumerate(outline_of(version.pk).activities[:FINISHED]):
        moment = at + timedelta(minutes=number + 1)
        open_activity(enrollment=enrollment, activity=activity, at=moment, first=True)
        record_outcome(
            enrollment=enrollment, activity_id=activity.id, outcome=Outcome(completed=True), by=person, at=moment
        )
    return enrollment


def test_batches_hold_every_item_once() -> None:
    assert list(batches(range(7), 3)) == [[0, 1, 2], [3, 4, 5], [6]]
    assert list(batches([], 3)) == []


def test_small_company_has_its_accounts_and_courses(db: None) -> None:
    build_small(at=now(), seed=1, password="irrelevant here", say=lambda words: None)
    emails = set(User.objects.values_list("email", flat=True))
    assert {f"{name}@demo.test" for name in ("learner", "manager", "author", "approver", "admin", "auditor")} <= emails
    effective = CourseVersion.objects.filter(state="effective").values_list("course__code", flat=True)
    assert set(effective) == {"GXP-011", "GXP-003", "HOS-004", "EHS-002", "PRG-100"}
    draft = CourseVersion.objects.get(state="draft")
    assert (draft.course.code, draft.label) == ("GXP-011", "3.1")
