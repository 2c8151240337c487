"""Writing a quiz in a draft: its questions are added, edited, moved, removed, or taken from a file.

Each is an edit of the quiz's activity (`courses.actions.note_activity_edited`): it locks the draft,
refuses what is stale, and notes who wrote. Whatever is not a draft raises NotADraft. How the quiz is
passed is edited with the activity itself, through its kind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from assessments.choices import QuestionKind
from assessments.models import Option, Question, Quiz
from assessments.rules import OptionDraft, QuestionDraft
from core.ids import new_id
from courses.actions import edit_activity, note_activity_edited
from courses.models import Activity
from records.facts import Actor


class NotReadable(Exception):
    """A quiz written in a file lacks something; the words say what and where."""


@transaction.atomic
def add_question(
    *, quiz_id: UUID, draft: QuestionDraft, by: Actor, at: datetime, seen_revision: int | None = None
) -> Question:
    """Add a question at the end of a quiz."""
    _note(quiz_id, "question_added", draft.text, by=by, at=at, seen_revision=seen_revision)
    number = Question.objects.filter(quiz_id=quiz_id).count() + 1
    question = Question(id=new_id(), quiz_id=quiz_id, position=number)
    _write([(question, draft)])
    return question


@transaction.atomic
def edit_question(
    *, question_id: UUID, draft: QuestionDraft, by: Actor, at: datetime, seen_revision: int | None = None
) -> Question:
    """Change a question and its options; it keeps its place. Raises Stale after somebody else's save."""
    question = Question.objects.get(pk=question_id)
    _note(question.quiz_id, "question_edited", draft.text, by=by, at=at, seen_revision=seen_revision)
    question.kind, question.text = _kind(draft), draft.text
    question.passage_lineage, question.passage_anchor = draft.passage_lineage, draft.passage_anchor
    question.save()
    rows = list(question.options.order_by("position"))
    for row, option in zip(rows, draft.options, strict=False):
        if (row.text, row.is_correct, row.why) != (option.text, option.is_correct, option.why):
            row.text, row.is_correct, row.why = option.text, option.is_correct, option.why
            row.save()
    for row in rows[len(draft.options) :]:
        row.delete()
    Option.objects.bulk_create(_options(question, draft.options[len(rows) :], after=len(rows)))
    return question


@transaction.atomic
def move_question(*, question_id: UUID, number: int, by: Actor, at: datetime) -> Question:
    """Put a question at a place in its quiz, counted from 1."""
    question = Question.objects.get(pk=question_id)
    _note(question.quiz_id, "question_moved", question.text, by=by, at=at)
    order = list(Question.objects.filter(quiz_id=question.quiz_id).exclude(pk=question_id).order_by("position"))
    order.insert(max(number, 1) - 1, question)
    _renumber(order)
    return question


@transaction.atomic
def remove_question(*, question_id: UUID, by: Actor, at: datetime) -> QuestionDraft:
    """Remove a question; what is returned can be added again."""
    question = Question.objects.prefetch_related("options").get(pk=question_id)
    _note(question.quiz_id, "question_removed", question.text, by=by, at=at)
    options = sorted(question.options.all(), key=lambda option: option.position)
    kept = QuestionDraft(
        text=question.text,
        takes_several=question.kind == QuestionKind.MULTIPLE,
        options=tuple(OptionDraft(option.text, option.is_correct, option.why) for option in options),
        passage_lineage=question.passage_lineage,
        passage_anchor=question.passage_anchor,
    )
    quiz_id = question.quiz_id
    question.delete()
    _renumber(list(Question.objects.filter(quiz_id=quiz_id).order_by("position")))
    return kept


@transaction.atomic
def import_quiz(
    *, quiz_id: UUID, content: Mapping[str, Any], passages: Mapping[str, UUID], by: Actor, at: datetime
) -> Quiz:
    """Replace settings and questions of a quiz by what a file holds.

    `content` is as in `lms/demo/courses/README.md`: pass_ratio, attempts_allowed, shuffle, and questions
    with kind, text, passage ("file.md#heading") and options of text, correct and why. `passages` leads
    from such a file name to the lineage of its activity. Raises NotReadable.
    """
    drafts = [_read_question(each, passages, number) for number, each in enumerate(content.get("questions", ()), 1)]
    activity = Activity.objects.select_related("quiz").get(pk=quiz_id)
    settings = {name: content[name] for name in ("attempts_allowed", "shuffle") if name in content}
    if "pass_ratio" in content:
        settings["pass_percent"] = round(content["pass_ratio"] * 100, 1)
    edit_activity(activity_id=quiz_id, by=by, at=at, title=activity.title, minutes=activity.minutes, values=settings)
    Question.objects.filter(quiz_id=quiz_id).delete()
    _write([(Question(id=new_id(), quiz_id=quiz_id, position=at_), draft) for at_, draft in enumerate(drafts, 1)])
    return Quiz.objects.get(pk=quiz_id)


def _note(
    quiz_id: UUID, what: str, text: str, *, by: Actor, at: datetime, seen_revision: int | None = None
) -> Activity:
    return note_activity_edited(activity_id=quiz_id, by=by, at=at, seen_revision=seen_revision, what=what, text=text)


def _write(drafted: Sequence[tuple[Question, QuestionDraft]]) -> None:
    """Insert questions and their options in one statement each."""
    options: list[Option] = []
    for question, draft in drafted:
        question.kind, question.text = _kind(draft), draft.text
        question.passage_lineage, question.passage_anchor = draft.passage_lineage, draft.passage_anchor
        options += _options(question, draft.options)
    Question.objects.bulk_create([question for question, _draft in drafted])
    Option.objects.bulk_create(options)


def _options(question: Question, drafts: Sequence[OptionDraft], *, after: int = 0) -> list[Option]:
    return [
        Option(
            id=new_id(),
            question=question,
            position=position,
            text=draft.text,
            is_correct=draft.is_correct,
            why=draft.why,
        )
        for position, draft in enumerate(drafts, start=after + 1)
    ]


def _kind(draft: QuestionDraft) -> QuestionKind:
    return QuestionKind.MULTIPLE if draft.takes_several else QuestionKind.SINGLE


def _renumber(order: Sequence[Question]) -> None:
    """Give questions the positions 1, 2, … in this order; uniqueness is checked when the transaction ends."""
    moved = []
    for position, question in enumerate(order, start=1):
        if question.position != position:
            question.position = position
            moved.append(question)
    if moved:
        Question.objects.bulk_update(moved, ["position"])


def _read_question(kept: Mapping[str, Any], passages: Mapping[str, UUID], number: int) -> QuestionDraft:
    try:
        kind = QuestionKind(kept.get("kind", "single"))
        options = tuple(OptionDraft(each["text"], each["correct"], each["why"]) for each in kept["options"])
        file, _hash, anchor = kept.get("passage", "").partition("#")
        return QuestionDraft(
            text=kept["text"],
            takes_several=kind == QuestionKind.MULTIPLE,
            options=options,
            passage_lineage=passages[file] if file else None,
            passage_anchor=anchor,
        )
    except (KeyError, ValueError) as error:
        raise NotReadable(_("Question {number}: {what}").format(number=number, what=error)) from error
