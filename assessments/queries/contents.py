"""What a quiz asks, as plain values; kept by each process once it can not change any more."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

from assessments.choices import QuestionKind
from assessments.models import Option, Question, Quiz
from assessments.rules import OptionDraft, Passage, QuestionDraft, QuizContent, QuizOption, QuizQuestion
from courses.kinds.page import render
from courses.models import Activity
from courses.queries import Outline, outline_of
from courses.rules import is_frozen

KEPT_QUIZZES = 256
_kept: OrderedDict[UUID, QuizContent] = OrderedDict()
_lock = threading.Lock()


def quiz_content(quiz_id: UUID) -> QuizContent:
    """Return a quiz with its key: without a query for approved versions, in a constant number for drafts.

    It is for the server alone; what a learner may see is in `attempt_sheet` and `feedback`. Raises
    Quiz.DoesNotExist.
    """
    with _lock:
        found = _kept.get(quiz_id)
        if found:
            _kept.move_to_end(quiz_id)
            return found
    quiz = Quiz.objects.select_related("activity__module").get(pk=quiz_id)
    outline = outline_of(quiz.activity.module.version_id)
    content = QuizContent(
        id=quiz.pk,
        title=quiz.activity.title,
        version_id=outline.version_id,
        course_title=outline.title,
        version_label=outline.label,
        pass_ratio=quiz.pass_ratio,
        attempts_allowed=quiz.attempts_allowed,
        shuffle=quiz.shuffle,
        questions=_with_passages(draft_questions(quiz_id), outline),
    )
    if is_frozen(outline.state):
        with _lock:
            _kept[quiz_id] = content
            while len(_kept) > KEPT_QUIZZES:
                _kept.popitem(last=False)
    return content


def draft_questions(quiz_id: UUID) -> tuple[QuizQuestion, ...]:
    """Return the questions of a quiz as they stand in the database now."""
    return plain_questions(Question.objects.filter(quiz_id=quiz_id).prefetch_related("options"))


def plain_questions(rows: Iterable[Question]) -> tuple[QuizQuestion, ...]:
    """Return rows, whose options were fetched along with them, as plain values in their order."""
    return tuple(
        QuizQuestion(
            id=row.pk,
            text=row.text,
            takes_several=row.kind == QuestionKind.MULTIPLE,
            options=tuple(
                QuizOption(option.pk, option.text, option.is_correct, option.why)
                for option in sorted(row.options.all(), key=_position)
            ),
            lineage=row.lineage,
            passage_lineage=row.passage_lineage,
            passage_anchor=row.passage_anchor,
        )
        for row in sorted(rows, key=_position)
    )


def draft_of(row: Question) -> QuestionDraft:
    """Return a question, whose options were fetched along with it, as its author writes it."""
    return QuestionDraft(
        text=row.text,
        takes_several=row.kind == QuestionKind.MULTIPLE,
        options=tuple(
            OptionDraft(option.text, option.is_correct, option.why)
            for option in sorted(row.options.all(), key=_position)
        ),
        passage_lineage=row.passage_lineage,
        passage_anchor=row.passage_anchor,
    )


def passages_of(version_id: UUID) -> list[tuple[str, str | list[tuple[str, str]]]]:
    """Return where a question may lead in its version, as the choices of a select: activities and their headings."""
    rows = Activity.objects.filter(module__version_id=version_id).exclude(kind="quiz")
    choices: list[tuple[str, str | list[tuple[str, str]]]] = []
    for activity in rows.order_by("module__position", "position"):
        headings = render(activity.body).headings if activity.kind == "page" else ()
        places = [(f"{activity.lineage}#", activity.title)]
        places += [(f"{activity.lineage}#{heading.anchor}", f"› {heading.text}") for heading in headings]
        choices.append((activity.title, places))
    return choices


def _position(row: Question | Option) -> int:
    return row.position


def _with_passages(questions: Iterable[QuizQuestion], outline: Outline) -> tuple[QuizQuestion, ...]:
    passages = {activity.lineage: (activity, module) for module in outline.modules for activity in module.activities}
    linked = []
    for question in questions:
        place = passages.get(question.passage_lineage) if question.passage_lineage else None
        if place:
            activity, module = place
            passage = Passage(
                activity_id=activity.id,
                title=activity.title,
                minutes=activity.minutes,
                part=module.title,
                objective=module.objective or module.title,
                anchor=question.passage_anchor,
            )
            question = replace(question, passage=passage)
        linked.append(question)
    return tuple(linked)
