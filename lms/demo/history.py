"""Two years of training in the demo company: done, late, expired, in progress, not begun."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum, auto

from assessments.actions import save_response, start_attempt, submit_attempt
from assessments.queries import quiz_content
from assessments.rules import Layout
from courses.models import Course
from courses.queries import ActivityOutline, outline_of
from enrollment.actions import (
    MayNotBegin,
    complete_enrollment,
    credit_courses,
    enroll,
    open_activity,
    record_outcome,
)
from enrollment.actions.assigning import follow_person
from enrollment.actions.requirements import draft_requirement, switch_on_requirement
from enrollment.choices import Renewal
from enrollment.models import Assignment, Enrollment
from enrollment.rules import Outcome, those_with
from lms.demo.company import Company
from people.models import User
from records.choices import Components

REQUIREMENTS_BEGAN = timedelta(days=440)


class Fate(Enum):
    """What became of one thing that somebody had to learn."""

    ON_TIME = auto()
    LATE = auto()
    HALF_WAY = auto()
    NOT_BEGUN = auto()


CHANCES = {Fate.ON_TIME: 74, Fate.LATE: 12, Fate.HALF_WAY: 8, Fate.NOT_BEGUN: 6}


@dataclass(frozen=True, slots=True)
class Rule:
    """One requirement of the demo company."""

    folder: str
    job_role: str | None
    site: str | None
    within: int
    months: int | None
    reason: str
    began: timedelta = REQUIREMENTS_BEGAN  # how long ago it was switched on


RULES = [
    Rule("good-documentation", None, None, 30, 24, "SOP-QA-004: everyone who makes or checks records"),
    Rule("lockout-tagout", "Maintenance Technician", None, 14, 12, "SOP-EHS-011: authorized employees"),
    Rule("lockout-tagout", "Tablet Operator", None, 24, 12, "SOP-EHS-011: affected employees"),
    Rule("hand-hygiene", "Site Nurse", None, 10, 12, "Exposure control plan, section 6"),
    Rule("hand-hygiene", "Packaging Operator", None, 30, 12, "SOP-HYG-002: product contact"),
    Rule("electronic-records", "QC Analyst", None, 14, 12, "CAPA 2025-031: signatures in the laboratory system"),
    Rule("hand-hygiene", "QC Analyst", None, 30, 12, "Change 2026-052: sampling of sterile lots", timedelta(days=9)),
]
FORGOTTEN = timedelta(days=40)
RENEWALS = 0.8  # of those whose completion is about to end, how many take the training again in time


def require(company: Company, courses: dict[str, Course], *, at: datetime) -> None:
    """Switch the requirements on as of long ago, and let them follow everyone who came or moved since."""
    for rule in RULES:
        began = at - rule.began
        requirement = draft_requirement(
            by=company["admin"],
            at=began,
            course=courses[rule.folder],
            audience=those_with(job_role=company.job_roles[rule.job_role].pk if rule.job_role else None),
            site=company.sites[rule.site] if rule.site else None,
            due_within_days=rule.within,
            renewal=Renewal.COMPLETION if rule.months else Renewal.COURSE,
            validity_months=rule.months,
            counted_from="switch_on",
            reason=rule.reason,
        )
        switch_on_requirement(requirement=requirement, by=company["admin"], at=began)
    for day, person in sorted(
        _moves(company, after=(at - REQUIREMENTS_BEGAN).date()), key=lambda move: (move[0], move[1].name)
    ):
        follow_person(user_id=person.pk, at=datetime.combine(day, time(8), tzinfo=UTC))


def begin_program(company: Company, code: str, *, at: datetime) -> None:
    """Let the learner and some colleagues begin the program, who may; what they know already counts at once."""
    course = Course.objects.get(code=code)
    began = at - timedelta(days=6)
    for account in ("learner", "daniel.weiss", "owen.price", "nadia.haddad", "stefan.moser", "femke.de.vries"):
        person = company.people.get(account)
        if person is None:
            continue
        try:
            enrollment = enroll(user=person, course=course, by=person, at=began)
        except MayNotBegin:
            continue
        credit_courses(enrollment_id=enrollment.pk, at=began)


def _moves(company: Company, *, after: date) -> Iterator[tuple[date, User]]:
    for person in company.people.values():
        for day in person.positions.filter(valid_from__gt=after).values_list("valid_from", flat=True):
            yield day, person


def live_through(company: Company, *, at: datetime, seed: int) -> None:
    """Let everyone do, or not do, what they had to, in the order of time."""
    chance = random.Random(seed)
    events = sorted(_events(at=at, chance=chance), key=lambda event: event[0])
    for moment, assignment, fate, failed_first in events:
        if fate in (Fate.ON_TIME, Fate.LATE):
            learn(assignment, at=moment, failed_first=failed_first)
        elif fate is Fate.HALF_WAY:
            begin(assignment, at=moment, activities=chance.randrange(1, 4))


def _events(*, at: datetime, chance: random.Random) -> Iterator[tuple[datetime, Assignment, Fate, bool]]:
    """Yield when each assignment was taken up, with what fate, and whether the first attempt failed."""
    assignments = Assignment.objects.select_related("user", "course", "requirement")
    for assignment in assignments.order_by("assigned_at", "user__employee_number"):
        fate = chance.choices(list(CHANCES), weights=list(CHANCES.values()))[0]
        failed_first = chance.random() < 0.18
        if at.date() - assignment.due_on > FORGOTTEN and fate in (Fate.NOT_BEGUN, Fate.HALF_WAY):
            fate = Fate.LATE  # somebody will have asked
        if assignment.user.email == "learner@demo.test":
            fate, failed_first = _fate_of_the_learner(assignment), False
        until = min(assignment.ended_at or at, at) - timedelta(hours=2)
        moment = _moment(assignment, fate, chance)
        if moment < until:
            yield moment, assignment, fate, failed_first
            again = moment + timedelta(days=365 - chance.randrange(3, 40))
            if _renews(assignment, fate, chance) and again < until:
                yield again, assignment, Fate.ON_TIME, False
        elif fate is Fate.HALF_WAY or chance.random() < 0.5:
            yield until - timedelta(hours=chance.randrange(3, 60)), assignment, Fate.HALF_WAY, False


def _moment(assignment: Assignment, fate: Fate, chance: random.Random) -> datetime:
    """Say when somebody takes a training up: before it is due, or some days after."""
    start = assignment.assigned_at + timedelta(days=1)
    due = datetime.combine(assignment.due_on, time(12), tzinfo=UTC)
    if fate is Fate.LATE:
        return due + timedelta(days=chance.randrange(1, 12), minutes=chance.randrange(600))
    return start + (due - start) * chance.uniform(0.2, 0.95)


def _renews(assignment: Assignment, fate: Fate, chance: random.Random) -> bool:
    yearly = assignment.requirement.validity_months == 12
    return yearly and fate in (Fate.ON_TIME, Fate.LATE) and chance.random() < RENEWALS


def _fate_of_the_learner(assignment: Assignment) -> Fate:
    return Fate.HALF_WAY if assignment.course.code == "EHS-002" else Fate.ON_TIME


def begin(assignment: Assignment, *, at: datetime, activities: int) -> Enrollment | None:
    """Begin a training and finish its first activities, but never a quiz."""
    person = assignment.user
    if assignment.ended_at is not None and assignment.ended_at <= at:
        return None
    enrollment = enroll(user=person, course=assignment.course, by=person, at=at, assignment=assignment)
    outline = outline_of(enrollment.version_id)
    for number, activity in enumerate(outline.activities[:activities]):
        if activity.is_assessment:
            break
        _finish(enrollment, activity, at=at + timedelta(minutes=3 * number))
    return enrollment


def learn(assignment: Assignment, *, at: datetime, failed_first: bool) -> None:
    """Take a training from its first page to the signature."""
    enrollment = begin(assignment, at=at, activities=1000)
    if enrollment is None:
        return
    outline = outline_of(enrollment.version_id)
    moment = at + timedelta(minutes=outline.minutes)
    for quiz in (each for each in outline.activities if each.is_assessment):
        if failed_first:
            take_quiz(enrollment, quiz, at=moment, wrong=4)
            moment += timedelta(minutes=20)
        take_quiz(enrollment, quiz, at=moment, wrong=1 if failed_first else 0)
    complete_enrollment(
        enrollment=enrollment, components=Components.ALL, by=assignment.user, at=moment + timedelta(minutes=8)
    )


def _finish(enrollment: Enrollment, activity: ActivityOutline, *, at: datetime) -> None:
    open_activity(enrollment=enrollment, activity=activity, at=at, first=True)
    done = at + timedelta(minutes=activity.minutes)
    record_outcome(
        enrollment=enrollment, activity_id=activity.id, outcome=Outcome(completed=True), by=enrollment.user, at=done
    )


def take_quiz(enrollment: Enrollment, quiz: ActivityOutline, *, at: datetime, wrong: int) -> None:
    """Answer every question, the first `wrong` of them wrongly, and submit."""
    person = enrollment.user
    attempt = start_attempt(enrollment=enrollment, quiz_id=quiz.id, by=person, at=at)
    content = quiz_content(quiz.id)
    for number, shown in enumerate(Layout.from_json(attempt.layout).questions):
        right = {option.id for option in content.by_id[shown.question_id].options if option.is_correct}
        keys = [key for key, option in shown.options if option in right]
        if number < wrong:
            keys = [next(key for key, option in shown.options if option not in right)]
        save_response(
            enrollment_id=enrollment.pk,
            quiz_id=quiz.id,
            question_key=shown.key,
            chosen=keys,
            by=person,
            at=at + timedelta(seconds=20 * (number + 1)),
        )
    submit_attempt(attempt_id=attempt.pk, by=person, at=at + timedelta(minutes=5))
