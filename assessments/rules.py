"""Pure decisions: what a quiz asks, how it is shown and graded, who may try again; what an observer may sign."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal
from random import Random
from typing import Any
from uuid import UUID

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.canonical import sha256_of

POINT = Decimal(1)
KEY_LENGTH = 8
LONGEST_AGO = timedelta(days=30)  # that an observation may lie back when it is signed
KEY_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True, slots=True)
class QuizOption:
    """One option of a question, and why it is right or wrong."""

    id: UUID
    text: str
    is_correct: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class Passage:
    """Where the course says what a question asks: an activity, and a heading in it."""

    activity_id: UUID
    title: str
    minutes: int
    part: str  # the module
    objective: str
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class QuizQuestion:
    """One question; `takes_several` says that more than one option may be chosen."""

    id: UUID
    text: str
    takes_several: bool
    options: tuple[QuizOption, ...]
    passage: Passage | None = None
    lineage: UUID | None = None
    passage_lineage: UUID | None = None
    passage_anchor: str = ""

    @property
    def right_ids(self) -> frozenset[UUID]:
        return frozenset(option.id for option in self.options if option.is_correct)


@dataclass(frozen=True, slots=True)
class OptionDraft:
    """An option as its author writes it."""

    text: str
    is_correct: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class QuestionDraft:
    """A question as its author writes it; what it lacks is said before submission, not here."""

    text: str
    takes_several: bool
    options: tuple[OptionDraft, ...]
    passage_lineage: UUID | None = None
    passage_anchor: str = ""

    def as_record(self) -> dict[str, Any]:
        """Return the question in JSON's own types, as facts keep it."""
        return {**asdict(self), "passage_lineage": str(self.passage_lineage) if self.passage_lineage else None}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> QuestionDraft:
        return cls(
            text=record["text"],
            takes_several=record["takes_several"],
            options=tuple(OptionDraft(**option) for option in record["options"]),
            passage_lineage=UUID(record["passage_lineage"]) if record["passage_lineage"] else None,
            passage_anchor=record["passage_anchor"],
        )

    @property
    def sha256(self) -> str:
        """The hash by which an editor knows whether somebody else has changed it."""
        return sha256_of(self.as_record())


@dataclass(frozen=True, slots=True)
class QuizContent:
    """All of a quiz as it was written, with its key."""

    id: UUID
    title: str
    version_id: UUID
    course_title: str
    version_label: str
    pass_ratio: Decimal
    attempts_allowed: int | None
    shuffle: bool
    questions: tuple[QuizQuestion, ...]
    by_id: Mapping[UUID, QuizQuestion] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_id", {question.id: question for question in self.questions})

    @property
    def max_score(self) -> Decimal:
        return POINT * len(self.questions)

    @property
    def points_needed(self) -> Decimal:
        return points_needed(max_score=self.max_score, pass_ratio=self.pass_ratio)

    @property
    def percent_needed(self) -> str:
        return percent(self.pass_ratio)


@dataclass(frozen=True, slots=True)
class ShownQuestion:
    """A question as one attempt shows it: under a key of this attempt, its options in their order under others."""

    key: str
    question_id: UUID
    options: tuple[tuple[str, UUID], ...]  # (key, option)

    @property
    def option_of(self) -> dict[str, UUID]:
        return dict(self.options)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> ShownQuestion:
        options = tuple((option["key"], UUID(option["option"])) for option in kept["options"])
        return cls(kept["key"], UUID(kept["question"]), options)


@dataclass(frozen=True, slots=True)
class Layout:
    """The order in which one attempt shows questions and options."""

    questions: tuple[ShownQuestion, ...]

    def as_json(self) -> list[dict[str, Any]]:
        return [
            {
                "key": shown.key,
                "question": str(shown.question_id),
                "options": [{"key": key, "option": str(option_id)} for key, option_id in shown.options],
            }
            for shown in self.questions
        ]

    @classmethod
    def from_json(cls, kept: Sequence[Mapping[str, Any]]) -> Layout:
        return cls(tuple(ShownQuestion.from_json(shown) for shown in kept))


def lay_out(questions: Sequence[QuizQuestion], *, shuffle: bool, random: Random) -> Layout:
    """Draw the order of questions and options, and a key for each that is used in this attempt alone.

    Keys and order say nothing about what is right: `random` must not be guessable by the learner (the
    action gives the system's own). A page of an earlier attempt can not speak about this one.
    """
    taken: set[str] = set()

    def key() -> str:
        while (drawn := "".join(random.choices(KEY_LETTERS, k=KEY_LENGTH))) in taken:
            pass
        taken.add(drawn)
        return drawn

    def order(members: Iterable[Any]) -> list[Any]:
        drawn = list(members)
        if shuffle:
            random.shuffle(drawn)
        return drawn

    return Layout(
        tuple(
            ShownQuestion(key(), question.id, tuple((key(), option.id) for option in order(question.options)))
            for question in order(questions)
        )
    )


@dataclass(frozen=True, slots=True)
class GradedQuestion:
    """What one question earned."""

    question_id: UUID
    chosen_ids: frozenset[UUID]
    points: Decimal

    @property
    def is_right(self) -> bool:
        return self.points == POINT

    @property
    def is_answered(self) -> bool:
        return bool(self.chosen_ids)


@dataclass(frozen=True, slots=True)
class Graded:
    """What an attempt earned, question by question in the order shown."""

    questions: tuple[GradedQuestion, ...]
    score: Decimal
    max_score: Decimal
    ratio: Decimal
    passed: bool


def grade(
    questions: Iterable[QuizQuestion],
    *,
    layout: Layout,
    responses: Mapping[UUID, Iterable[str]],
    pass_ratio: Decimal,
) -> Graded:
    """Grade what was answered; the same input gives the same grade for ever.

    A question earns its point when all that is right was chosen and nothing else. `responses` maps a
    question to the keys of the layout; a key that the layout does not know counts as a wrong choice.
    """
    right = {question.id: question.right_ids for question in questions}
    graded = []
    for shown in layout.questions:
        option_of = shown.option_of
        keys = set(responses.get(shown.question_id, ()))
        chosen = frozenset(option_of[key] for key in keys if key in option_of)
        is_right = bool(chosen) and len(chosen) == len(keys) and chosen == right[shown.question_id]
        graded.append(GradedQuestion(shown.question_id, chosen, POINT if is_right else Decimal(0)))
    score = sum((question.points for question in graded), Decimal(0))
    max_score = POINT * len(graded)
    ratio = score / max_score if graded else Decimal(0)
    return Graded(tuple(graded), score, max_score, ratio, passed=bool(graded) and ratio >= pass_ratio)


def points_needed(*, max_score: Decimal, pass_ratio: Decimal) -> Decimal:
    """Return the fewest whole points that pass."""
    return (max_score * pass_ratio).to_integral_value(rounding=ROUND_CEILING)


@dataclass(frozen=True, slots=True)
class StartVerdict:
    """Whether another attempt may begin, and why not; `left` is how many may still begin, if that is limited."""

    may_start: bool
    words: str = ""
    left: int | None = None
    is_exhausted: bool = False  # nothing but the number of attempts stands in the way


def may_start(*, used: int, allowed: int | None, has_passed: bool, has_open: bool, has_ended: bool) -> StartVerdict:
    """Say whether an attempt may begin (or go on, where one is open), with the reason why not.

    `used` counts all attempts so far; `has_ended` says that the training itself was completed or cancelled.
    """
    left = None if allowed is None else max(0, allowed - used)
    if has_passed:
        return StartVerdict(False, _("You have passed this quiz; it counts once."), left)
    if has_ended:
        return StartVerdict(False, _("This training has ended, so no further attempt can begin."), left)
    if has_open:
        return StartVerdict(True, left=left)
    if left == 0:
        words = ngettext(
            "The one attempt is used. Ask your manager or an administrator for another one.",
            "All %(allowed)s attempts are used. Ask your manager or an administrator for another one.",
            allowed or 0,
        )
        return StartVerdict(False, words % {"allowed": allowed}, left, is_exhausted=True)
    return StartVerdict(True, left=left)


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that a question lacks before its version can be submitted."""

    code: str
    number: int
    short: str
    words: str


def gaps_of(questions: Sequence[QuizQuestion]) -> list[Gap]:
    """Return what the questions lack, in their order: two options, a right answer, an explanation for each option."""
    tests: list[tuple[str, str, str, Callable[[QuizQuestion], bool]]] = [
        (
            "options",
            _("fewer than two options"),
            _("Question {number} needs at least two options"),
            lambda asked: len(asked.options) >= 2,
        ),
        (
            "right",
            _("no right answer"),
            _("Question {number} has no right answer"),
            lambda asked: bool(asked.right_ids),
        ),
        (
            "right",
            _("more than one right answer"),
            _("Question {number} takes one answer, but more than one is marked as right"),
            lambda asked: asked.takes_several or len(asked.right_ids) <= 1,
        ),
        (
            "why",
            _("an option without its reason"),
            _("Question {number}: an option does not say why it is right or wrong"),
            lambda asked: all(option.why.strip() for option in asked.options),
        ),
    ]
    return [
        Gap(code, number, short, words.format(number=number))
        for number, asked in enumerate(questions, start=1)
        for code, short, words, is_met in tests
        if not is_met(asked)
    ]


def percent(ratio: Decimal) -> str:
    """Spell a ratio for the screen: "80 %"."""
    return f"{whole(ratio * 100):f} %"


def whole(points: Decimal) -> Decimal:
    """Return points without empty decimals: 9, 7.5."""
    return points.quantize(Decimal(1)) if points == points.to_integral_value() else points.normalize()


def why_not_seen(*, seen: Sequence[bool], words: str, on: date, begun_on: date, today: date) -> str:
    """Say why what somebody saw can not be signed; nothing when it can. The course was begun on `begun_on`."""
    if on > today:
        return _("That day has not come yet.")
    if on < today - LONGEST_AGO:
        return _("That was more than 30 days ago. Let it be seen again.")
    if on < begun_on:
        return _("The course was begun after that day, on {day}.").format(day=date_format(begun_on, "j M Y"))
    if not all(seen) and len(words.split()) < 2:
        return _("Say in at least two words what is missing.")
    return ""
