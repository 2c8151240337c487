"""States of the company that pages need, brought about through the actions: a record to look at, a quiz under way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from assessments.actions import start_attempt
from assessments.actions.observing import ask_to_be_observed, observe
from assessments.models import Observation
from assessments.queries.observations import Practice, practice_in
from core.clock import now
from core.ids import new_id
from courses.actions import start_new_version, submit_version
from courses.actions.joining import change_joining
from courses.choices import Joining
from courses.models import Course, CourseVersion
from courses.queries import ActivityOutline, outline_of
from enrollment.actions import (
    change_study_policy,
    credit_courses,
    enroll,
    extend,
    propose_waiver,
    record_outcome,
)
from enrollment.actions.claiming import claim_learned
from enrollment.actions.equivalences import add_equivalence
from enrollment.actions.joining import ask_to_join
from enrollment.actions.planning import Terms, plan_session
from enrollment.actions.sessions import draft_session, sign_session
from enrollment.models import (
    Assignment,
    Claim,
    Enrollment,
    Equivalence,
    JoinRequest,
    PlannedSession,
    RecordedSession,
    Waiver,
)
from enrollment.rules import Outcome, day_in
from enrollment.rules.meetings import Span
from lms.demo.history import learn, take_quiz
from people.models import Site, User
from records.choices import Components
from tests.enrollment.booking import happens
from tests.enrollment.classroom import take_effect, taking
from tests.enrollment.workplace import a_scan
from tests.journeys.steps.company import account, today


def completed_training(person: User, *, code: str = "GXP-003") -> Enrollment:
    """Let somebody finish what is required of them, failing the quiz once, and return the training."""
    assignment = Assignment.objects.get(user=person, course__code=code, ended_at__isnull=True)
    learn(assignment, at=now() - timedelta(days=2), failed_first=True)
    return Enrollment.objects.get(user=person, course__code=code)


def begun_training(person: User, *, code: str = "GXP-011", all_but_quiz: bool = False) -> Enrollment:
    """Let somebody begin a course; `all_but_quiz` leaves them before its quiz."""
    version = CourseVersion.objects.get(course__code=code, state="effective")
    enrollment = enroll(user=person, course=version.course, by=person, at=now())
    for activity in outline_of(version.pk).activities:
        if all_but_quiz and not activity.is_assessment:
            record_outcome(
                enrollment=enrollment, activity_id=activity.id, outcome=Outcome(completed=True), by=person, at=now()
            )
    return enrollment


def before_signature(person: User, *, code: str = "GXP-011") -> Enrollment:
    """Let somebody do everything of a course but sign."""
    enrollment = begun_training(person, code=code, all_but_quiz=True)
    take_quiz(enrollment, quiz_of(enrollment), at=now() - timedelta(minutes=10), wrong=0)
    return enrollment


def begun_program(person: User, *, code: str = "PRG-100") -> Enrollment:
    """Let somebody begin a program, and lock what else they could begin by a cap that is reached."""
    program = begun_training(person, code=code)
    credit_courses(enrollment_id=program.pk, at=now())
    change_study_policy(most_active=1, revision=0, reason="one at a time", by=account("admin"), at=now())
    return program


def open_quiz(person: User, *, code: str = "EHS-002") -> Enrollment:
    """Let somebody be in the middle of a quiz."""
    enrollment = begun_training(person, code=code, all_but_quiz=True)
    start_attempt(enrollment=enrollment, quiz_id=quiz_of(enrollment).id, by=person, at=now())
    return enrollment


def quiz_of(enrollment: Enrollment) -> ActivityOutline:
    """Return the quiz of a training."""
    return next(each for each in outline_of(enrollment.version_id).activities if each.is_assessment)


def proposed_waiver(person: User, *, by: User, code: str = "EHS-002") -> Waiver:
    """Let something be proposed to be waived for somebody, who was given more time for it before."""
    given = Assignment.objects.select_related("standing").get(user=person, course__code=code, ended_at__isnull=True)
    today = day_in(given.zone, now())
    was = given.standing.due_on
    assert was is not None
    extend(
        assignment=given, was_due_on=was, due_on=max(was, today) + timedelta(days=7), reason="Line four is rebuilt",
        by=by, at=now(),
    )  # fmt: skip
    return propose_waiver(
        assignment=given,
        valid_from=today,
        valid_until=today + timedelta(days=90),
        reason="Pregnant, no energised work",
        by=by,
        at=now(),
    )


def sent_claim(person: User, *, code: str = "EHS-002", provider: str = "Red Cross Basel") -> Claim:
    """Let somebody send a proof of what they learned elsewhere."""
    course = Course.objects.get(code=code)
    on = today() - timedelta(days=40)
    return claim_learned(
        course=course, completed_on=on, provider=provider, upload=a_scan("proof.png"), by=person, at=now(),
        words="The original is with me", id=new_id(),
    )  # fmt: skip


def recorded_session(people: Sequence[User], *, by: User, code: str = "HOS-004", signs: bool = True) -> RecordedSession:
    """Let somebody record a session, and sign it first."""
    session = draft_session(
        course=Course.objects.get(code=code), held_on=today() - timedelta(days=3), trainer="Dr. Steiner",
        place="Room 4", upload=a_scan("sheet.png"), user_ids=[each.pk for each in people], by=by, at=now(),
    )  # fmt: skip
    if signs:
        sign_session(session=session, by=by, at=now(), zone=by.zone_name, components=Components.ALL)
    return session


def planned_session(
    *, by: User, code: str = "HOS-004", capacity: int = 1, link: str = "", led_by: User | None = None, days: int = 1
) -> PlannedSession:
    """Plan a session in ten days, on so many days in a row."""
    starts = now() + timedelta(days=10)
    spans = tuple(
        Span(starts + timedelta(days=count), starts + timedelta(days=count, hours=2)) for count in range(days)
    )
    terms = Terms(
        site=Site.objects.get(name="Basel"), days=spans, trainer="Dr. Steiner", led_by=led_by, place="Room 4",
        link=link, capacity=capacity, words="Bring your badge.",
    )  # fmt: skip
    return plan_session(course=Course.objects.get(code=code), terms=terms, by=by, at=now())


def begun_session(session: PlannedSession) -> None:
    """Let a planned session have begun an hour ago, as time would."""
    happens(session, now() - timedelta(hours=1), now() + timedelta(hours=1))


def equivalent_courses(*, by: User) -> Equivalence:
    """Let one course count as another."""
    one, other = (Course.objects.get(code=code) for code in ("HOS-004", "GXP-011"))
    made: Equivalence = add_equivalence(
        course=one, counts_as=other, valid_from=today(), reason="Same content, approved by QA", by=by, at=now()
    )
    return made


def submitted_draft() -> CourseVersion:
    """Have the draft wait for an approver."""
    draft = CourseVersion.objects.get(course__code="GXP-011", state="draft")
    author = account("author")
    return submit_version(version_id=draft.pk, by=author, at=now(), zone=author.zone_name, components=Components.ALL)


def asked_to_join(person: User, *, code: str = "HOS-004") -> JoinRequest:
    """Let a person ask to take a course for which one must ask."""
    course = Course.objects.get(code=code)
    change_joining(course=course, joining=Joining.APPROVAL, by=account("author"), at=now(), reason="few places only")
    words = "I will help out in packaging from January."
    return ask_to_join(course=course, by=person, at=now(), words=words, wished_on=today() + timedelta(days=30))[0]


def newer_version(enrollment: Enrollment) -> None:
    """Let a newer version of what somebody has begun take effect."""
    take_effect(start_new_version(course=enrollment.course, by=account("author"), at=now()))


def ready_to_be_observed(person: User) -> Practice:
    """Let a person begin a course in which they are observed, and ask for it."""
    taken = taking("practice", learner=person, at=now())
    practice = practice_in(taken.enrollment, taken.activities[0].id)
    assert practice is not None
    ask_to_be_observed(practice=practice, by=person, at=now())
    return practice


def observed(practice: Practice, *, by: User) -> Observation:
    """Let somebody see all but the last point of it."""
    seen = [*[True] * (len(practice.points) - 1), False]
    signed: dict[str, Any] = {"by": by, "at": now(), "zone": "Europe/Zurich", "components": Components.ALL}
    return observe(practice=practice, seen=seen, observed_on=today(), words="Try it, too", **signed)
