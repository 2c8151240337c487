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
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from assessments.choices import QuestionKind
from assessments.models import Option, Question, Quiz
from assessments.queries import draft_of
from assessments.rules import OptionDraft, QuestionDraft
from core.ids import new_id
from courses.actions import Stale, edit_activity, note_activity_edited
from courses.models import Activity
from records.facts import Actor
from records.models import Event


class NotReadable(Exception):
    """A quiz written in a file lacks something; the words say what and where."""


class NothingToBringBack(Exception):
    """The question was not removed from this quiz, or it is there again."""


@transaction.atomic
def add_question(*, quiz_id: UUID, draft: QuestionDraft, by: Actor, at: datetime) -> Question:
    """Add a question at the end of a quiz."""
    _note(quiz_id, "question_added", by=by, at=at, text=draft.text)
    number = Question.objects.filter(quiz_id=quiz_id).count() + 1
    question = Question(id=new_id(), quiz_id=quiz_id, position=number)
    _write([(question, draft)])
    return question


@transaction.atomic
def edit_question(
    *, question_id: UUID, draft: QuestionDraft, by: Actor, at: datetime, seen_sha256: str | None = None
) -> Question:
    """Change a question and its options; it keeps its place.

    Raises Stale, with who and when, if the question is not any more what the editor had seen.
    """
    quiz_id = Question.objects.values_list("quiz_id", flat=True).get(pk=question_id)
    activity = _note(quiz_id, "question_edited", by=by, at=at, text=draft.text)
    question = Question.objects.prefetch_related("options").get(pk=question_id)
    if seen_sha256 is not None and seen_sha256 != draft_of(question).sha256:
        who, when = _facts_about(quiz_id).values_list("actor_name", "occurred_at")[1]  # before the one just noted
        raise Stale(who=who, when=when, revision=activity.revision)
    _describe(question, draft)
    question.save()
    rows = sorted(question.options.all(), key=lambda option: option.position)
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
    _note(question.quiz_id, "question_moved", by=by, at=at, text=question.text, number=number)
    order = list(Question.objects.filter(quiz_id=question.quiz_id).exclude(pk=question_id).order_by("position"))
    order.insert(max(number, 1) - 1, question)
    _renumber(order)
    return question


@transaction.atomic
def remove_question(*, question_id: UUID, by: Actor, at: datetime) -> int:
    """Remove a question; the number that is returned brings it back (`bring_back_question`)."""
    question = Question.objects.prefetch_related("options").get(pk=question_id)
    quiz_id = question.quiz_id
    kept = {
        "id": question.pk,
        "lineage": question.lineage,
        "position": question.position,
        "question": draft_of(question).as_record(),
    }
    _note(quiz_id, "question_removed", by=by, at=at, text=question.text, removed=kept)
    fact_id: int = _removals(quiz_id).values_list("pk", flat=True)[0]
    question.delete()
    _renumber(list(Question.objects.filter(quiz_id=quiz_id).order_by("position")))
    return fact_id


@transaction.atomic
def bring_back_question(*, quiz_id: UUID, fact_id: int, by: Actor, at: datetime) -> Question:
    """Put a removed question back where it stood. Raises NothingToBringBack."""
    fact = _removals(quiz_id).filter(pk=fact_id).first()
    if fact is None:
        raise NothingToBringBack
    kept = fact.payload["removed"]
    _note(quiz_id, "question_brought_back", by=by, at=at, text=fact.payload["text"], removal=fact_id)
    order = list(Question.objects.filter(quiz_id=quiz_id).order_by("position"))
    if any(str(each.pk) == kept["id"] for each in order):
        raise NothingToBringBack
    question = Question(id=UUID(kept["id"]), quiz_id=quiz_id, lineage=UUID(kept["lineage"]), position=len(order) + 1)
    _write([(question, QuestionDraft.from_record(kept["question"]))])
    order.insert(kept["position"] - 1, question)
    _renumber(order)
    return question


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


def _note(quiz_id: UUID, what: str, *, by: Actor, at: datetime, **told: Any) -> Activity:
    return note_activity_edited(activity_id=quiz_id, by=by, at=at, what=what, **told)


def _facts_about(quiz_id: UUID) -> QuerySet[Event]:
    """Return what was reported about the activity of a quiz, newest first."""
    return Event.objects.filter(kind="fact", subject_type="activity", subject_id=str(quiz_id)).order_by("-pk")


def _removals(quiz_id: UUID) -> QuerySet[Event]:
    return _facts_about(quiz_id).filter(payload__what="question_removed")


def _describe(question: Question, draft: QuestionDraft) -> None:
    question.kind = QuestionKind.MULTIPLE if draft.takes_several else QuestionKind.SINGLE
    question.text = draft.text
    question.passage_lineage, question.passage_anchor = draft.passage_lineage, draft.passage_anchor


def _write(drafted: Sequence[tuple[Question, QuestionDraft]]) -> None:
    """Insert questions and their options in one statement each."""
    options: list[Option] = []
    for question, draft in drafted:
        _describe(question, draft)
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
