"""Writing a quiz: questions, what a reviewer reads, what the version's hash holds, what is checked."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError

from assessments.actions import (
    NothingToBringBack,
    NotReadable,
    add_question,
    bring_back_question,
    edit_question,
    import_quiz,
    move_question,
    remove_question,
)
from assessments.models import Option, Question, Quiz
from assessments.queries import draft_of, draft_questions, quiz_content
from assessments.rules import OptionDraft, QuestionDraft
from courses.actions import (
    NotADraft,
    Stale,
    add_activity,
    add_module,
    create_course,
    edit_activity,
    remove_activity,
    undo_removal,
)
from courses.kinds.base import kind_of
from courses.models import Activity, CourseVersion
from courses.queries import activities_with_content, outline_of
from people.models import User
from records.models import Event
from tests.assessments.building import AT, later, make, person, release, taking, write

DRAFT = QuestionDraft(
    "Which entry is right?",
    takes_several=False,
    options=(OptionDraft("One line through it", True, "It stays readable."), OptionDraft("Paint", False, "It hides.")),
    passage_anchor="one-line",
)
DEMO = Path(__file__).resolve().parents[2] / "lms" / "demo" / "courses"


@pytest.fixture
def author(db: None) -> User:
    return person("Priya Nair")


@pytest.fixture
def quiz(author: User) -> Activity:
    """A quiz without questions in a draft."""
    version = create_course(by=author, at=AT, code=f"GXP-{uuid4().hex[:6]}", title="Good documentation")
    module = add_module(version_id=version.pk, by=author, at=AT, title="Prove it", objective="Correct an entry")
    return add_activity(module_id=module.pk, by=author, at=AT, kind="quiz", title="Final quiz", minutes=5)


def fresh(quiz: Activity) -> Activity:
    return activities_with_content().get(pk=quiz.pk)


def texts(quiz: Activity) -> list[str]:
    return [question.text for question in draft_questions(quiz.pk)]


def add(quiz: Activity, author: User, *names: str) -> list[Question]:
    return [
        add_question(quiz_id=quiz.pk, draft=QuestionDraft(name, False, DRAFT.options), by=author, at=AT)
        for name in names
    ]


def test_new_quiz_has_its_row_and_default_requirement(quiz: Activity) -> None:
    assert outline_of(quiz.module.version_id).activities[0].requirement_words == "Score at least 80 %"
    assert Quiz.objects.get(pk=quiz.pk).attempts_allowed is None


def test_quiz_settings_are_edited_with_the_activity(quiz: Activity, author: User) -> None:
    values = {"pass_percent": Decimal("87.5"), "attempts_allowed": 3, "shuffle": False}
    edit_activity(activity_id=quiz.pk, by=author, at=AT, title="Quiz", minutes=4, values=values)
    row = Quiz.objects.get(pk=quiz.pk)
    assert (row.pass_ratio, row.attempts_allowed, row.shuffle) == (Decimal("0.875"), 3, False)


def test_add_question_writes_it_with_its_options_and_notes_the_author(quiz: Activity, author: User) -> None:
    other = person("Somebody")
    question = add_question(quiz_id=quiz.pk, draft=DRAFT, by=other, at=later(1))
    (written,) = draft_questions(quiz.pk)
    assert (written.id, written.text, written.takes_several) == (question.pk, DRAFT.text, False)
    assert [(option.text, option.is_correct, option.why) for option in written.options] == [
        ("One line through it", True, "It stays readable."),
        ("Paint", False, "It hides."),
    ]
    fact = Event.objects.filter(kind="fact").latest("id")
    assert (fact.verb, fact.payload["what"], fact.actor_id) == ("courses.activity_edited", "question_added", other.pk)
    version = CourseVersion.objects.get(pk=quiz.module.version_id)
    assert set(version.contributors.values_list("user_id", flat=True)) == {author.pk, other.pk}


def test_edit_question_changes_only_what_differs(quiz: Activity, author: User) -> None:
    question = add_question(quiz_id=quiz.pk, draft=DRAFT, by=author, at=AT)
    kept = draft_questions(quiz.pk)[0].options[0].id
    changed = QuestionDraft(
        "Which entries are right?",
        takes_several=True,
        options=(DRAFT.options[0], OptionDraft("Initials and date", True, "So it is known."), DRAFT.options[1]),
    )
    edit_question(question_id=question.pk, draft=changed, by=author, at=later(1))
    (written,) = draft_questions(quiz.pk)
    assert (written.id, written.takes_several, len(written.options)) == (question.pk, True, 3)
    assert written.options[0].id == kept
    edit_question(question_id=question.pk, draft=DRAFT, by=author, at=later(2))
    assert len(draft_questions(quiz.pk)[0].options) == 2


def test_edit_question_refuses_a_save_over_what_somebody_else_wrote(quiz: Activity, author: User) -> None:
    first, second = add(quiz, author, "a", "b")
    seen = draft_of(first).sha256
    theirs = QuestionDraft("theirs", False, DRAFT.options)
    edit_question(question_id=first.pk, draft=theirs, by=person("Tomas Ek"), at=later(1), seen_sha256=seen)
    with pytest.raises(Stale, match="Tomas Ek") as refusal:
        edit_question(question_id=first.pk, draft=DRAFT, by=author, at=later(2), seen_sha256=seen)
    assert refusal.value.when == later(1)
    assert texts(quiz) == ["theirs", "b"]
    edit_question(question_id=second.pk, draft=DRAFT, by=author, at=later(3), seen_sha256=draft_of(second).sha256)
    edit_question(question_id=first.pk, draft=DRAFT, by=author, at=later(4), seen_sha256=theirs.sha256)
    assert texts(quiz) == [DRAFT.text, DRAFT.text]


@pytest.mark.parametrize(
    ("number", "order"), [(1, ["c", "a", "b"]), (2, ["a", "c", "b"]), (9, ["a", "b", "c"]), (0, ["c", "a", "b"])]
)
def test_move_question_renumbers(quiz: Activity, author: User, number: int, order: list[str]) -> None:
    *_others, last = add(quiz, author, "a", "b", "c")
    move_question(question_id=last.pk, number=number, by=author, at=later(1))
    assert texts(quiz) == order
    assert sorted(Question.objects.values_list("position", flat=True)) == [1, 2, 3]


def test_remove_question_closes_the_gap_and_can_be_undone(quiz: Activity, author: User) -> None:
    _first, second, _third = add(quiz, author, "a", "b", "c")
    content = kind_of("quiz").canonical(fresh(quiz))
    fact = remove_question(question_id=second.pk, by=author, at=later(1))
    assert texts(quiz) == ["a", "c"]
    assert sorted(Question.objects.values_list("position", flat=True)) == [1, 2]
    bring_back_question(quiz_id=quiz.pk, fact_id=fact, by=author, at=later(2))
    assert kind_of("quiz").canonical(fresh(quiz)) == content
    assert Question.objects.filter(pk=second.pk).exists()
    with pytest.raises(NothingToBringBack):
        bring_back_question(quiz_id=quiz.pk, fact_id=fact, by=author, at=later(3))
    with pytest.raises(NothingToBringBack):
        bring_back_question(quiz_id=quiz.pk, fact_id=fact - 1, by=author, at=later(3))


def test_removed_quiz_comes_back_whole(quiz: Activity, author: User) -> None:
    add(quiz, author, "a", "b")
    content = kind_of("quiz").canonical(fresh(quiz))
    fact = remove_activity(activity_id=quiz.pk, by=author, at=later(1))
    assert not Question.objects.exists()
    undo_removal(version_id=quiz.module.version_id, fact_id=fact, by=author, at=later(2))
    assert kind_of("quiz").canonical(fresh(quiz)) == content


@pytest.mark.parametrize("course", sorted(path.name for path in DEMO.iterdir() if (path / "quiz.toml").exists()))
def test_import_takes_every_demo_quiz_whole(quiz: Activity, author: User, course: str) -> None:
    content = tomllib.loads((DEMO / course / "quiz.toml").read_text())
    passages = {path.name: uuid4() for path in (DEMO / course).glob("*.md")}
    import_quiz(quiz_id=quiz.pk, content=content, passages=passages, by=author, at=AT)
    import_quiz(quiz_id=quiz.pk, content=content, passages=passages, by=author, at=AT)
    assert texts(quiz) == [question["text"] for question in content["questions"]]
    row = Quiz.objects.get(pk=quiz.pk)
    assert float(row.pass_ratio) == content["pass_ratio"]
    assert row.attempts_allowed == content.get("attempts_allowed")
    first = draft_questions(quiz.pk)[0]
    file, _hash, anchor = content["questions"][0]["passage"].partition("#")
    assert (first.passage_lineage, first.passage_anchor) == (passages[file], anchor)
    assert not [check for check in kind_of("quiz").checks(fresh(quiz)) if not check.passed]


@pytest.mark.parametrize(
    "broken", [{"options": []}, {"text": "x"}, {"text": "x", "options": [{}]}, {"kind": "essay", "text": "x"}]
)
def test_import_says_which_question_can_not_be_read(quiz: Activity, author: User, broken: dict[str, Any]) -> None:
    add(quiz, author, "a")
    with pytest.raises(NotReadable, match="Question 1"):
        import_quiz(quiz_id=quiz.pk, content={"questions": [broken]}, passages={}, by=author, at=AT)
    assert texts(quiz) == ["a"]


@pytest.mark.parametrize("action", ["add", "edit", "move", "remove", "import"])
def test_released_quiz_is_not_edited(db: None, action: str) -> None:
    someone = taking()
    question = someone.quiz.questions.first()
    edits = {
        "add": lambda: add_question(quiz_id=someone.quiz.pk, draft=DRAFT, by=someone.user, at=AT),
        "edit": lambda: edit_question(question_id=question.pk, draft=DRAFT, by=someone.user, at=AT),
        "move": lambda: move_question(question_id=question.pk, number=2, by=someone.user, at=AT),
        "remove": lambda: remove_question(question_id=question.pk, by=someone.user, at=AT),
        "import": lambda: import_quiz(quiz_id=someone.quiz.pk, content={}, passages={}, by=someone.user, at=AT),
    }
    with pytest.raises(NotADraft):
        edits[action]()


def test_content_holds_all_that_a_learner_meets_and_no_row_ids(quiz: Activity, author: User) -> None:
    add_question(quiz_id=quiz.pk, draft=DRAFT, by=author, at=AT)
    lineage = Question.objects.get().lineage
    assert kind_of("quiz").canonical(fresh(quiz)) == {
        "pass_ratio": Decimal("0.800"),
        "attempts_allowed": None,
        "shuffle": True,
        "questions": [
            {
                "lineage": str(lineage),
                "kind": "single",
                "text": "Which entry is right?",
                "passage": None,
                "anchor": "one-line",
                "options": [
                    {"text": "One line through it", "is_correct": True, "why": "It stays readable."},
                    {"text": "Paint", "is_correct": False, "why": "It hides."},
                ],
            }
        ],
    }


def test_copy_has_the_same_content_in_rows_of_its_own(quiz: Activity, author: User) -> None:
    add(quiz, author, "a", "b")
    version = CourseVersion.objects.get(pk=quiz.module.version_id)
    again = create_course(by=author, at=later(1), code="GXP-COPY", title="Another", copy_of=version)
    copy = activities_with_content().get(module__version=again)
    assert copy.pk != quiz.pk
    assert kind_of("quiz").canonical(copy) == kind_of("quiz").canonical(fresh(quiz))
    assert {row.pk for row in Question.objects.filter(quiz=quiz.pk)}.isdisjoint(
        row.pk for row in Question.objects.filter(quiz=copy.pk)
    )


def test_checks_name_the_question_that_lacks_something(quiz: Activity, author: User) -> None:
    def failing() -> list[str]:
        return [f"{check.code}: {check.missing}" for check in kind_of("quiz").checks(fresh(quiz)) if not check.passed]

    assert failing() == ["quiz_questions: Questions in “Final quiz”"]
    add(quiz, author, "a")
    assert failing() == []
    lacking = QuestionDraft("b", False, (OptionDraft("x", False, "no"), OptionDraft("y", False, "")))
    add_question(quiz_id=quiz.pk, draft=lacking, by=author, at=AT)
    assert failing() == [
        "quiz_right: Question 2 has no right answer · Final quiz",
        "quiz_why: Question 2: an option does not say why it is right or wrong · Final quiz",
    ]


def test_differences_are_told_question_by_question(quiz: Activity, author: User) -> None:
    first, second, _third = add(quiz, author, "What is first?", "What is second?", "What is third?")
    before = kind_of("quiz").canonical(fresh(quiz))
    edit_question(
        question_id=first.pk, draft=QuestionDraft("What comes first?", False, DRAFT.options), by=author, at=AT
    )
    remove_question(question_id=second.pk, by=author, at=AT)
    (added,) = add(quiz, author, "What is new?")
    move_question(question_id=first.pk, number=3, by=author, at=AT)
    edit_activity(activity_id=quiz.pk, by=author, at=AT, title="Quiz", minutes=4, values={"attempts_allowed": 2})
    changes = kind_of("quiz").differences(before, kind_of("quiz").canonical(fresh(quiz)))
    assert [str(change.label) for change in changes] == [
        "Attempts",
        "Question 2, new",
        "Question 3",
        "Question 2, removed",
        "Order of the questions",
    ]
    assert (str(changes[0].before), str(changes[0].after)) == ("as many as it takes", "2")
    assert added.position == 3
    assert kind_of("quiz").differences(before, before) == []
    everything = kind_of("quiz").differences({}, before)
    assert [str(change.label) for change in everything][-1] == "Question 3, new"


def test_frozen_content_is_kept_and_a_draft_is_read_again(
    quiz: Activity, author: User, django_assert_num_queries
) -> None:
    add(quiz, author, "a")
    assert [question.text for question in quiz_content(quiz.pk).questions] == ["a"]
    add(quiz, author, "b")
    assert [question.text for question in quiz_content(quiz.pk).questions] == ["a", "b"]
    release(CourseVersion.objects.select_related("owner").get(pk=quiz.module.version_id))
    quiz_content(quiz.pk)
    with django_assert_num_queries(0):
        quiz_content(quiz.pk)


def test_passage_is_found_by_lineage_in_the_same_version(db: None) -> None:
    someone = taking()
    passage = quiz_content(someone.quiz.pk).questions[0].passage
    assert passage is not None
    assert (passage.activity_id, passage.title, passage.minutes, passage.anchor) == (
        someone.page.pk,
        "When the entry is wrong",
        4,
        "one-line-through-it",
    )
    assert passage.objective == "Correct an entry so that both stay"


@pytest.mark.parametrize(
    ("constraint", "row"),
    [
        ("question_kind_known", lambda quiz: Question(quiz_id=quiz, position=1, text="x", kind="essay")),
        ("question_has_text", lambda quiz: Question(quiz_id=quiz, position=1, text="")),
    ],
)
def test_question_is_refused(quiz: Activity, constraint: str, row: Any) -> None:
    with pytest.raises(IntegrityError, match=constraint):
        make([row(quiz.pk)])


def test_option_needs_text_and_places_are_used_once(quiz: Activity, author: User) -> None:
    (question,) = add(quiz, author, "a")
    with pytest.raises(IntegrityError, match="option_has_text"):
        make([Option(question=question, position=9, text="")])
    with pytest.raises(IntegrityError, match="option_position_once"):
        refused_at_once(lambda: make([Option(question=question, position=1, text="x")]), "option_position_once")
    with pytest.raises(IntegrityError, match="question_position_once"):
        refused_at_once(lambda: make([Question(quiz_id=quiz.pk, position=1, text="x")]), "question_position_once")


def refused_at_once(change: Any, constraint: str) -> None:
    """Check a deferred constraint now, not at the commit that a rolled-back test never reaches."""
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET CONSTRAINTS {constraint} IMMEDIATE")
        change()


@pytest.mark.parametrize(
    ("constraint", "change"),
    [
        ("quiz_pass_ratio_0_to_1", {"pass_ratio": 0}),
        ("quiz_pass_ratio_0_to_1", {"pass_ratio": "1.1"}),
        ("quiz_attempts_at_least_1", {"attempts_allowed": 0}),
    ],
)
def test_quiz_is_refused(quiz: Activity, constraint: str, change: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match=constraint):
        write(lambda: Quiz.objects.filter(pk=quiz.pk).update(**change))


def test_rows_of_a_released_quiz_stay(db: None) -> None:
    someone = taking()
    for rows in (Quiz.objects.filter(pk=someone.quiz.pk), someone.quiz.questions.all()):
        with pytest.raises(DatabaseError, match="can not change"):
            write(lambda rows=rows: rows._raw_delete("default"))
