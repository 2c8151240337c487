"""The kind "quiz"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.utils.functional import lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from assessments.kinds.quiz.differences import quiz_changes
from assessments.models import Option, Question, Quiz
from assessments.queries import first_unanswered, plain_questions
from assessments.rules import gaps_of, percent, whole
from core.ids import new_id
from courses.choices import CompletedBy
from courses.kinds.base import ActivityForm, ActivityKind, Change, Check, Words
from courses.models import Activity


class QuizForm(ActivityForm):
    """How a quiz is passed; its questions have pages of their own."""

    pass_percent = forms.DecimalField(
        label=_("Needed to pass, in percent"), min_value=1, max_value=100, decimal_places=1, max_digits=4
    )
    attempts_allowed = forms.IntegerField(
        label=_("Attempts"), min_value=1, max_value=99, required=False, help_text=_("Empty: as many as it takes.")
    )
    shuffle = forms.BooleanField(label=_("Show questions and options in another order each time"), required=False)
    own_fields = ("pass_percent", "attempts_allowed", "shuffle")

    @classmethod
    def initial_of(cls, activity: Activity) -> dict[str, Any]:
        quiz = activity.quiz
        return {
            **super().initial_of(activity),
            "pass_percent": whole(quiz.pass_ratio * 100),
            "attempts_allowed": quiz.attempts_allowed,
            "shuffle": quiz.shuffle,
        }


class QuizKind(ActivityKind):
    """Questions with options; completed by reaching the pass mark, on a page of its own."""

    code = "quiz"
    label = _("Quiz")
    icon = "list-checks"
    is_assessment = True
    completed_by = CompletedBy.ITSELF
    own_page = "assessments:quiz"
    outline_related = ("quiz",)
    content_related = ("quiz__questions__options",)
    player_template = "assessments/kinds/quiz/preview.html"
    editor_template = "assessments/kinds/quiz/editor.html"
    edit_form_class = QuizForm

    def requirement_words(self, activity: Activity) -> Words:
        return format_lazy(_("Score at least {percent}"), percent=percent(activity.quiz.pass_ratio))

    def limits_words(self, activity: Activity) -> Words:
        allowed = activity.quiz.attempts_allowed
        if allowed is None:
            return _("As many attempts as it takes; after each you see why")
        several = lazy(ngettext, str)("{count} attempt; after it", "{count} attempts; after each", allowed)
        return format_lazy(_("{attempts} you see why"), attempts=format_lazy(several, count=allowed))

    def begin(self, activity: Activity) -> None:
        Quiz.objects.create(activity=activity)

    def change(self, activity: Activity, values: Mapping[str, Any]) -> None:
        quiz = activity.quiz
        if "pass_percent" in values:
            quiz.pass_ratio = Decimal(values["pass_percent"]) / 100
        for name in ("attempts_allowed", "shuffle"):
            if name in values:
                setattr(quiz, name, values[name])
        quiz.save(update_fields=["pass_ratio", "attempts_allowed", "shuffle"])

    def canonical(self, activity: Activity) -> dict[str, Any]:
        quiz = activity.quiz
        return {
            "pass_ratio": quiz.pass_ratio,
            "attempts_allowed": quiz.attempts_allowed,
            "shuffle": quiz.shuffle,
            "questions": [
                {
                    "lineage": str(question.lineage),
                    "kind": question.kind,
                    "text": question.text,
                    "passage": str(question.passage_lineage) if question.passage_lineage else None,
                    "anchor": question.passage_anchor,
                    "options": [
                        {"text": option.text, "is_correct": option.is_correct, "why": option.why}
                        for option in sorted(question.options.all(), key=_position)
                    ],
                }
                for question in sorted(quiz.questions.all(), key=_position)
            ],
        }

    def copy(self, original: Activity, copy: Activity) -> None:
        before = original.quiz
        quiz = Quiz(
            activity=copy,
            pass_ratio=before.pass_ratio,
            attempts_allowed=before.attempts_allowed,
            shuffle=before.shuffle,
        )
        questions, options = [], []
        for question in before.questions.all():
            again = Question(
                id=new_id(),
                quiz=quiz,
                position=question.position,
                kind=question.kind,
                text=question.text,
                lineage=question.lineage,
                passage_lineage=question.passage_lineage,
                passage_anchor=question.passage_anchor,
            )
            questions.append(again)
            options += [
                Option(
                    id=new_id(),
                    question=again,
                    position=option.position,
                    text=option.text,
                    is_correct=option.is_correct,
                    why=option.why,
                )
                for option in question.options.all()
            ]
        quiz.save(force_insert=True)
        Question.objects.bulk_create(questions)
        Option.objects.bulk_create(options)

    def checks(self, activity: Activity) -> list[Check]:
        questions = plain_questions(activity.quiz.questions.all())
        labels = {
            "options": _("Two options or more for each question"),
            "right": _("A right answer for each question"),
            "why": _("Each option explained"),
        }
        gaps = gaps_of(questions)
        found = [
            Check(
                "quiz_questions",
                _("Questions in each quiz"),
                bool(questions),
                format_lazy(_("Questions in “{title}”"), title=activity.title),
            )
        ]
        for code, label in labels.items():
            missing = [gap for gap in gaps if gap.code == code]
            found += [
                Check(
                    f"quiz_{code}",
                    label,
                    False,
                    format_lazy("{words} · {title}", words=gap.words, title=activity.title),
                )
                for gap in missing
            ] or [Check(f"quiz_{code}", label, True)]
        return found

    def differences(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> Sequence[Change]:
        return quiz_changes(before, after)

    def player_context(self, activity: Activity) -> dict[str, Any]:
        return {"questions": plain_questions(activity.quiz.questions.all())}

    def stopped_at(self, *, enrollment_id: UUID, activity_id: UUID) -> tuple[Words, str]:
        number = first_unanswered(enrollment_id, quiz_id=activity_id)
        return (format_lazy(_("question {number}"), number=number), f"q{number}") if number else ("", "")

    def editor_context(self, activity: Activity) -> dict[str, Any]:
        questions = plain_questions(activity.quiz.questions.all())
        return {"questions": [(question, gaps_of([question])) for question in questions]}


def _position(row: Question | Option) -> int:
    return row.position
