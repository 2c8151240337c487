"""A course with a quiz and somebody who takes it, for the tests of this room."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction

from assessments.models import Attempt, Option, Question, Quiz
from assessments.queries import quiz_content
from assessments.rules import Layout
from core.ids import new_id
from courses.choices import VersionState
from courses.models import Activity, Course, CourseVersion, Module
from courses.queries import forget_outline
from enrollment.actions import enroll
from enrollment.actions.learning import record_outcome
from enrollment.models import Enrollment
from enrollment.rules import Outcome
from people.actions import add_person
from people.models import User
from records.actions import record_fact
from records.facts import SystemActor, declare

AT = datetime(2026, 11, 23, 10, 42, tzinfo=UTC)
BY = SystemActor("a test")
MADE = declare("tests.assessments_made", "{actor} made what a test needs")
WHY_RIGHT = "Right since the rule says so."
WHY_WRONG = "Wrong since nobody saw it."
_numbers = itertools.count(1)


def later(minutes: float) -> datetime:
    return AT + timedelta(minutes=minutes)


def person(name: str = "Ana Costa") -> User:
    number = next(_numbers)
    return add_person(by=BY, at=AT, name=name, email=f"p{number}@demo.test", employee_number=f"E{number}")


@dataclass(frozen=True)
class Taking:
    """Somebody in front of a quiz."""

    user: User
    enrollment: Enrollment
    quiz: Quiz
    page: Activity

    def finish_page(self) -> None:
        record_outcome(enrollment=self.enrollment, activity_id=self.page.pk, outcome=Outcome(True), by=self.user, at=AT)


@transaction.atomic
def make(rows: Iterable[Any]) -> None:
    record_fact(MADE, by=BY, at=AT, subject_type="test", subject_id=new_id())
    for row in rows:
        row.save(force_insert=True)


@transaction.atomic
def write(change: Callable[[], Any]) -> None:
    """Make a change that nothing but a constraint or a trigger could refuse: its fact is there."""
    record_fact(MADE, by=BY, at=AT, subject_type="test", subject_id=new_id())
    change()


def draft_quiz(
    *,
    rights: Iterable[tuple[bool, ...]] = ((True, False, False), (False, True, False), (True, True, False)),
    attempts_allowed: int | None = 3,
    shuffle: bool = True,
) -> tuple[Quiz, Activity]:
    """Make a draft version with a page and a quiz, whose last question takes several answers by default."""
    number = next(_numbers)
    owner = person("Priya Nair")
    course = Course(code=f"GXP-{number:03}", created_at=AT, created_by=owner)
    version = CourseVersion(
        course=course, number=1, label="1.0", title="Good documentation", owner=owner, created_at=AT, edited_at=AT
    )
    module = Module(version=version, position=1, title="Prove it", objective="Correct an entry so that both stay")
    page = Activity(module=module, position=1, kind="page", title="When the entry is wrong", minutes=4)
    activity = Activity(module=module, position=2, kind="quiz", title="Final quiz", minutes=5)
    quiz = Quiz(activity=activity, attempts_allowed=attempts_allowed, shuffle=shuffle, pass_ratio="0.6")
    rows: list[Any] = [course, version, module, page, activity, quiz]
    for position, right in enumerate(rights, start=1):
        question = Question(
            quiz=quiz,
            position=position,
            kind="multiple" if sum(right) > 1 else "single",
            text=f"Question {position} of the author?",
            passage_lineage=page.lineage,
            passage_anchor="one-line-through-it",
        )
        rows.append(question)
        rows += [
            Option(
                question=question,
                position=place,
                text=f"Option {position}.{place}",
                is_correct=is_right,
                why=WHY_RIGHT if is_right else WHY_WRONG,
            )
            for place, is_right in enumerate(right, start=1)
        ]
    make(rows)
    return quiz, page


@transaction.atomic
def release(version: CourseVersion) -> None:
    """Move a version along its states until it is effective."""
    approver = person("Jonas Weber")
    record_fact(MADE, by=BY, at=AT, subject_type="test", subject_id=new_id())
    row = CourseVersion.objects.filter(pk=version.pk)
    row.update(state=VersionState.IN_REVIEW, submitted_at=AT, submitted_by=version.owner)
    row.update(
        state=VersionState.APPROVED,
        approved_at=AT,
        approved_by=approver,
        effective_on=AT.date(),
        content_sha256="0" * 64,
    )
    row.update(state=VersionState.EFFECTIVE)
    forget_outline(version.pk)


def taking(*, unlocked: bool = True, **quiz: Any) -> Taking:
    """Put somebody in front of an effective version's quiz; `unlocked` has finished the page before it."""
    made, page = draft_quiz(**quiz)
    version = made.activity.module.version
    release(version)
    learner = person()
    enrollment = enroll(user=learner, course=version.course, by=BY, at=AT)
    someone = Taking(learner, enrollment, made, page)
    if unlocked:
        someone.finish_page()
    return someone


def keys(attempt: Attempt, choose: Callable[[bool], bool]) -> dict[str, list[str]]:
    """Return, for the key of each question, those of the options whose rightness `choose` accepts."""
    content = quiz_content(attempt.quiz_id)
    right = {option.id: option.is_correct for question in content.questions for option in question.options}
    return {
        shown.key: [key for key, option in shown.options if choose(right[option])]
        for shown in Layout.from_json(attempt.layout).questions
    }


def right_keys(attempt: Attempt) -> dict[str, list[str]]:
    return keys(attempt, lambda is_right: is_right)


def wrong_keys(attempt: Attempt) -> dict[str, list[str]]:
    """Return one wrong key for each question."""
    return {question: found[:1] for question, found in keys(attempt, lambda is_right: not is_right).items()}
