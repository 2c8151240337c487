"""What an attempt shows while it is open, and what it tells once it is submitted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from assessments.choices import AttemptState
from assessments.models import Attempt, ExtraAttempt
from assessments.queries.contents import quiz_content
from assessments.queries.earlier import earlier_attempts
from assessments.rules import Graded, Layout, Passage, QuizContent, StartVerdict, grade, may_start, whole
from core.sql import rows
from enrollment.choices import EnrollmentState
from enrollment.models import Enrollment
from people.models import User


@dataclass(frozen=True, slots=True)
class SheetOption:
    """One option as shown: nothing in it says whether it is right."""

    key: str
    text: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class SheetQuestion:
    """One question as shown, with what was chosen so far; its id is its key in this attempt."""

    number: int
    id: str
    text: str
    takes_several: bool
    options: tuple[SheetOption, ...]

    @property
    def url(self) -> str:
        return f"#q{self.number}"

    @property
    def is_answered(self) -> bool:
        return any(option.is_chosen for option in self.options)

    @property
    def input_type(self) -> str:
        return "checkbox" if self.takes_several else "radio"

    @property
    def chosen_keys(self) -> str:
        return ",".join(option.key for option in self.options if option.is_chosen)


@dataclass(frozen=True, slots=True)
class Sheet:
    """An attempt as its learner sees it: questions in their order, without the key."""

    questions: tuple[SheetQuestion, ...]
    saved_at: datetime | None

    @property
    def answered(self) -> int:
        return sum(question.is_answered for question in self.questions)

    @property
    def unanswered(self) -> list[SheetQuestion]:
        return [question for question in self.questions if not question.is_answered]


_SAVED = "SELECT question_id, chosen, saved_at FROM assessments_response WHERE attempt_id = %s"


def attempt_sheet(attempt: Attempt) -> Sheet:
    """Return what an attempt shows, in the order that was drawn for it; one query."""
    content = quiz_content(attempt.quiz_id)
    saved = {question_id: (chosen, saved_at) for question_id, chosen, saved_at in rows(_SAVED, [attempt.pk])}
    questions = []
    for number, shown in enumerate(Layout.from_json(attempt.layout).questions, start=1):
        asked = content.by_id[shown.question_id]
        texts = {option.id: option.text for option in asked.options}
        chosen = saved.get(shown.question_id, ((), None))[0]
        options = tuple(SheetOption(key, texts[option_id], key in chosen) for key, option_id in shown.options)
        questions.append(SheetQuestion(number, shown.key, asked.text, asked.takes_several, options))
    return Sheet(tuple(questions), max((saved_at for _chosen, saved_at in saved.values()), default=None))


@dataclass(frozen=True, slots=True)
class FeedbackOption:
    """One option after the attempt: what was chosen, what is right, and why."""

    text: str
    is_chosen: bool
    is_correct: bool
    why: str

    @property
    def state(self) -> str:
        """The glyph: right, chosen though wrong, or neither."""
        return "done" if self.is_correct else "late" if self.is_chosen else "todo"


@dataclass(frozen=True, slots=True)
class FeedbackQuestion:
    """One question after the attempt."""

    number: int
    text: str
    takes_several: bool
    is_right: bool
    is_answered: bool
    options: tuple[FeedbackOption, ...]
    passage: Passage | None


@dataclass(frozen=True, slots=True)
class ObjectiveTally:
    """How many of the questions about one objective were answered right, and where to read it again."""

    objective: str
    right: int
    asked: int
    passage: Passage

    @property
    def state(self) -> str:
        return "done" if self.right == self.asked else "soon"


@dataclass(frozen=True, slots=True)
class Feedback:
    """A submitted attempt with what was chosen, what is right, and why."""

    score: Decimal
    max_score: Decimal
    needed: Decimal
    passed: bool
    questions: tuple[FeedbackQuestion, ...]

    @property
    def state(self) -> str:
        return "done" if self.passed else "soon"

    @property
    def to_learn_from(self) -> list[FeedbackQuestion]:
        return [question for question in self.questions if not question.is_right]

    @property
    def objectives(self) -> list[ObjectiveTally]:
        """The questions by objective, in the order of the quiz; none where no question names its passage."""
        tallies: dict[str, ObjectiveTally] = {}
        for question in self.questions:
            if question.passage is None:
                continue
            name = question.passage.objective
            so_far = tallies.get(name) or ObjectiveTally(name, 0, 0, question.passage)
            missed_first = not question.is_right and so_far.right == so_far.asked
            tallies[name] = ObjectiveTally(
                name,
                so_far.right + question.is_right,
                so_far.asked + 1,
                question.passage if missed_first else so_far.passage,
            )
        return list(tallies.values())


class StillOpen(Exception):
    """The attempt has not been submitted, so nothing is said about its answers."""


def feedback(attempt: Attempt) -> Feedback:
    """Return what a submitted attempt tells its learner; one query. Raises StillOpen before that."""
    if attempt.state != AttemptState.SUBMITTED:
        raise StillOpen("feedback is given when the attempt has been submitted")
    content = quiz_content(attempt.quiz_id)
    layout = Layout.from_json(attempt.layout)
    graded = regraded(attempt)
    questions = []
    for number, (shown, result) in enumerate(zip(layout.questions, graded.questions, strict=True), start=1):
        asked = content.by_id[shown.question_id]
        by_id = {option.id: option for option in asked.options}
        options = tuple(
            FeedbackOption(
                text=by_id[option_id].text,
                is_chosen=option_id in result.chosen_ids,
                is_correct=by_id[option_id].is_correct,
                why=by_id[option_id].why,
            )
            for _key, option_id in shown.options
        )
        questions.append(
            FeedbackQuestion(
                number, asked.text, asked.takes_several, result.is_right, result.is_answered, options, asked.passage
            )
        )
    assert attempt.score is not None
    assert attempt.max_score is not None
    return Feedback(
        score=whole(attempt.score),
        max_score=whole(attempt.max_score),
        needed=content.points_needed,
        passed=bool(attempt.passed),
        questions=tuple(questions),
    )


def regraded(attempt: Attempt) -> Graded:
    """Grade an attempt again from its raw answers; for a submitted one it equals what is stored."""
    content = quiz_content(attempt.quiz_id)
    return grade(
        content.questions,
        layout=Layout.from_json(attempt.layout),
        responses={question_id: chosen for question_id, chosen, _at in rows(_SAVED, [attempt.pk])},
        pass_ratio=content.pass_ratio,
    )


@dataclass(frozen=True, slots=True)
class AttemptLine:
    """One attempt in a list."""

    id: UUID
    enrollment_id: UUID
    quiz_id: UUID
    quiz_title: str
    course_id: UUID
    course_title: str
    version_label: str
    number: int
    started_at: datetime
    submitted_at: datetime | None
    score: Decimal | None
    max_score: Decimal | None
    passed: bool | None

    @property
    def is_open(self) -> bool:
        return self.submitted_at is None


def attempts_of(enrollment_id: UUID, *, quiz_id: UUID | None = None) -> list[AttemptLine]:
    """Return the attempts of an enrollment in their order, abandoned ones too; one query."""
    if quiz_id is None:
        return _lines("a.enrollment_id = %s", "a.quiz_id, a.number", [enrollment_id])
    return _lines("a.enrollment_id = %s AND a.quiz_id = %s", "a.number", [enrollment_id, quiz_id])


def history_of(user: User) -> list[AttemptLine]:
    """Return all attempts of a person, newest first, for their record; one query."""
    return _lines("e.user_id = %s", "a.started_at DESC", [user.pk])


_LINES = """
    SELECT a.id, a.enrollment_id, a.quiz_id, q.title, e.course_id, v.title, v.label,
        a.number, a.started_at, a.submitted_at, a.score, a.max_score, a.passed
    FROM assessments_attempt a JOIN courses_activity q ON q.id = a.quiz_id
    JOIN enrollment_enrollment e ON e.id = a.enrollment_id JOIN courses_courseversion v ON v.id = e.version_id
    WHERE {condition} ORDER BY {order}
"""


def _lines(condition: str, order: str, values: list[UUID]) -> list[AttemptLine]:
    return [AttemptLine(*row) for row in rows(_LINES.format(condition=condition, order=order), values)]


def verdict_of(enrollment: Enrollment, content: QuizContent, attempts: Sequence[AttemptLine]) -> StartVerdict:
    """Say whether this learner may begin another attempt; a query more only when all are used, or after a move."""
    allowed = content.attempts_allowed
    earlier = earlier_attempts(enrollment, content.id)
    used = len(attempts) + earlier.used
    if allowed is not None and used >= allowed:
        allowed += (
            earlier.allowed + ExtraAttempt.objects.filter(enrollment_id=enrollment.pk, quiz_id=content.id).count()
        )
    return may_start(
        used=used,
        allowed=allowed,
        has_passed=earlier.is_passed or any(line.passed for line in attempts),
        has_open=any(line.is_open for line in attempts),
        has_ended=enrollment.state != EnrollmentState.OPEN,
    )


# Written as SQL, as the home page asks it: building it took four times as long as running it.
_OPEN = "SELECT * FROM assessments_attempt WHERE enrollment_id = %s AND quiz_id = %s AND state = 'open'"


def open_attempt(enrollment_id: UUID, *, quiz_id: UUID) -> Attempt | None:
    """Return the attempt that is under way; there is at most one (a partial unique index)."""
    return next(iter(Attempt.objects.raw(_OPEN, [enrollment_id, quiz_id])), None)


def first_unanswered(enrollment_id: UUID, *, quiz_id: UUID) -> int | None:
    """Return the number of the first question without an answer in the open attempt; nothing without one."""
    attempt = open_attempt(enrollment_id, quiz_id=quiz_id)
    if attempt is None:
        return None
    unanswered = attempt_sheet(attempt).unanswered
    return unanswered[0].number if unanswered else None
