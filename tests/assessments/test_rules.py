"""Layout, grading and the right to try again, by table and by property."""

from __future__ import annotations

from decimal import Decimal
from random import Random
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assessments.rules import (
    Layout,
    QuizOption,
    QuizQuestion,
    StartVerdict,
    gaps_of,
    grade,
    lay_out,
    may_start,
    percent,
    points_needed,
)


def question(*right: bool, several: bool = False, why: str = "because") -> QuizQuestion:
    options = tuple(QuizOption(uuid4(), f"option {n}", is_right, why) for n, is_right in enumerate(right))
    return QuizQuestion(uuid4(), "What now?", several, options)


@st.composite
def quizzes(draw: st.DrawFn) -> tuple[list[QuizQuestion], Layout, dict[UUID, list[str]]]:
    """A quiz, how it is shown, and what somebody chose."""
    made = []
    for rights in draw(st.lists(st.lists(st.booleans(), min_size=2, max_size=5), min_size=1, max_size=8)):
        rights[draw(st.integers(0, len(rights) - 1))] = True
        made.append(question(*rights, several=sum(rights) > 1))
    layout = lay_out(made, shuffle=draw(st.booleans()), random=Random(draw(st.integers())))
    responses = {}
    for shown in layout.questions:
        keys = [key for key, _option in shown.options]
        if draw(st.booleans()):
            responses[shown.question_id] = draw(st.lists(st.sampled_from(keys), unique=True))
    return made, layout, responses


@given(quizzes(), st.decimals("0.001", 1, places=3))
def test_grade_stays_in_range_and_says_when_it_is_passed(quiz, pass_ratio) -> None:
    questions, layout, responses = quiz
    graded = grade(questions, layout=layout, responses=responses, pass_ratio=pass_ratio)
    assert 0 <= graded.score <= graded.max_score == len(questions)
    assert graded.ratio == graded.score / graded.max_score
    needed = points_needed(max_score=graded.max_score, pass_ratio=pass_ratio)
    assert graded.passed == (graded.score >= needed)


@given(quizzes(), st.integers())
def test_grade_does_not_depend_on_the_order_shown(quiz, seed) -> None:
    questions, layout, responses = quiz
    before = grade(questions, layout=layout, responses=responses, pass_ratio=Decimal("0.8"))
    again = lay_out(questions, shuffle=True, random=Random(seed))
    option_of = {shown.question_id: shown.option_of for shown in layout.questions}
    translated = {
        shown.question_id: [
            key
            for key, option in shown.options
            if option in {option_of[shown.question_id][each] for each in responses.get(shown.question_id, ())}
        ]
        for shown in again.questions
    }
    after = grade(questions, layout=again, responses=translated, pass_ratio=Decimal("0.8"))
    assert after.score == before.score
    assert {each.question_id: each for each in after.questions} == {each.question_id: each for each in before.questions}


@given(quizzes())
def test_layout_shows_everything_once_under_keys_of_its_own(quiz) -> None:
    questions, layout, _responses = quiz
    assert {shown.question_id for shown in layout.questions} == {each.id for each in questions}
    for shown in layout.questions:
        asked = next(each for each in questions if each.id == shown.question_id)
        assert sorted(shown.option_of.values()) == sorted(option.id for option in asked.options)
    keys = [key for shown in layout.questions for key in (shown.key, *shown.option_of)]
    assert len(set(keys)) == len(keys)
    assert Layout.from_json(layout.as_json()) == layout


def test_layout_keeps_the_order_written_unless_it_shuffles() -> None:
    questions = [question(True, False, False) for _n in range(6)]
    plain = lay_out(questions, shuffle=False, random=Random(1))
    assert [shown.question_id for shown in plain.questions] == [each.id for each in questions]
    assert [option for _key, option in plain.questions[0].options] == [each.id for each in questions[0].options]
    shuffled = lay_out(questions, shuffle=True, random=Random(1))
    assert [shown.question_id for shown in shuffled.questions] != [each.id for each in questions]


@pytest.mark.parametrize(
    ("rights", "chosen", "points"),
    [
        ((True, False, False), [0], 1),
        ((True, False, False), [1], 0),
        ((True, False, False), [], 0),
        ((True, False, False), [0, 1], 0),
        ((True, True, False), [0, 1], 1),
        ((True, True, False), [0], 0),
        ((True, True, False), [0, 1, 2], 0),
    ],
)
def test_question_earns_its_point_for_all_right_and_nothing_else(rights, chosen, points) -> None:
    asked = question(*rights, several=True)
    layout = lay_out([asked], shuffle=False, random=Random(0))
    keys = [layout.questions[0].options[index][0] for index in chosen]
    graded = grade([asked], layout=layout, responses={asked.id: keys}, pass_ratio=Decimal(1))
    assert (graded.score, graded.passed) == (points, points == 1)


def test_key_of_another_layout_counts_as_a_wrong_choice() -> None:
    asked = question(True, False)
    layout = lay_out([asked], shuffle=False, random=Random(0))
    right = layout.questions[0].options[0][0]
    assert grade([asked], layout=layout, responses={asked.id: [right]}, pass_ratio=Decimal(1)).passed
    assert not grade([asked], layout=layout, responses={asked.id: [right, "foreign"]}, pass_ratio=Decimal(1)).passed


@pytest.mark.parametrize(
    ("ratio", "questions", "needed"), [("0.8", 10, 8), ("0.8", 9, 8), ("0.75", 10, 8), ("1", 3, 3), ("0.001", 5, 1)]
)
def test_points_needed_are_whole(ratio, questions, needed) -> None:
    assert points_needed(max_score=Decimal(questions), pass_ratio=Decimal(ratio)) == needed


@pytest.mark.parametrize(
    ("situation", "expected"),
    [
        ({}, (True, 3)),
        ({"used": 2}, (True, 1)),
        ({"used": 3}, (False, 0)),
        ({"used": 3, "has_open": True}, (True, 0)),
        ({"used": 7, "allowed": None}, (True, None)),
        ({"used": 1, "has_passed": True}, (False, 2)),
        ({"used": 1, "has_ended": True}, (False, 2)),
        ({"used": 1, "has_ended": True, "has_open": True}, (False, 2)),
    ],
)
def test_attempt_may_start(situation, expected) -> None:
    given_ = {"used": 0, "allowed": 3, "has_passed": False, "has_open": False, "has_ended": False, **situation}
    verdict = may_start(**given_)
    assert (verdict.may_start, verdict.left) == expected
    assert bool(verdict.words) != verdict.may_start


def test_refusal_names_how_many_attempts_there_were() -> None:
    verdict = may_start(used=3, allowed=3, has_passed=False, has_open=False, has_ended=False)
    assert verdict == StartVerdict(
        False, "All 3 attempts are used. Ask your manager or an administrator for another one.", 0, is_exhausted=True
    )


@pytest.mark.parametrize(
    ("asked", "codes"),
    [
        (question(True, False), []),
        (question(True), ["options"]),
        (question(False, False), ["right"]),
        (question(True, True), ["right"]),
        (question(True, True, several=True), []),
        (question(True, False, why=" "), ["why"]),
        (question(), ["options", "right"]),
    ],
)
def test_gaps_of_a_question(asked, codes) -> None:
    assert [gap.code for gap in gaps_of([question(True, False), asked])] == codes
    assert all(gap.number == 2 for gap in gaps_of([question(True, False), asked]))


@pytest.mark.parametrize(("ratio", "words"), [("0.8", "80 %"), ("0.800", "80 %"), ("0.875", "87.5 %"), ("1", "100 %")])
def test_percent_is_spelled_without_empty_decimals(ratio, words) -> None:
    assert percent(Decimal(ratio)) == words
