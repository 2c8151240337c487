"""Where versions may go, who may approve them, and what differs between two."""

import uuid
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.choices import TRANSITIONS, VersionState
from courses.rules import (
    compare,
    is_frozen,
    is_stale,
    may_approve,
    may_move,
    may_take_effect_on,
    next_label,
    text_change,
    value_changes,
)

TODAY = date(2026, 11, 23)
ONE, TWO, THREE = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()


@pytest.mark.requirement("R-15")
@given(st.sampled_from(VersionState), st.sampled_from(VersionState))
def test_version_moves_only_along_the_table(state: VersionState, to: VersionState) -> None:
    assert may_move(state, to) == (to in TRANSITIONS[state])


@pytest.mark.requirement("R-15")
@given(st.lists(st.sampled_from(VersionState), max_size=12))
def test_frozen_version_never_thaws(wishes: list[VersionState]) -> None:
    state, was_frozen = VersionState.DRAFT, False
    for wish in wishes:
        if may_move(state, wish):
            state = wish
        assert not (was_frozen and not is_frozen(state))
        was_frozen = is_frozen(state)


@pytest.mark.parametrize(
    ("is_approver", "submitter", "contributors", "allowed", "reason"),
    [
        (True, TWO, {TWO, THREE}, True, ""),
        (True, None, set(), True, ""),
        (False, TWO, {TWO}, False, "Only an approver"),
        (True, ONE, {TWO}, False, "You submitted"),
        (True, TWO, {ONE, TWO}, False, "You wrote"),
    ],
)
def test_approver_wrote_nothing_on_the_version(
    is_approver: bool, submitter: uuid.UUID, contributors: set[uuid.UUID], allowed: bool, reason: str
) -> None:
    answer = may_approve(user_id=ONE, is_approver=is_approver, submitter_id=submitter, contributor_ids=contributors)
    assert bool(answer) is allowed
    assert str(answer.reason).startswith(reason)


@pytest.mark.parametrize(
    ("days", "earlier", "allowed"),
    [(0, [], True), (30, [], True), (-1, [], False), (5, [5], True), (5, [6], False), (5, [1, 2], True)],
)
def test_effective_date_is_not_past_and_keeps_the_order(days: int, earlier: list[int], allowed: bool) -> None:
    waiting = [TODAY + timedelta(day) for day in earlier]
    answer = may_take_effect_on(effective_on=TODAY + timedelta(days), today=TODAY, earlier=waiting)
    assert bool(answer) is allowed
    assert bool(answer.reason) is not allowed


@pytest.mark.parametrize(
    ("labels", "label"),
    [([], "1.0"), (["1.0"], "1.1"), (["5.0", "4.9"], "5.1"), (["1.9", "1.10"], "1.11"), (["3"], "3.1"), (["A"], "1.0")],
)
def test_next_label_is_one_step_after_the_highest(labels: list[str], label: str) -> None:
    assert next_label(labels) == label
    assert label not in labels


def test_save_is_stale_only_when_the_part_changed_since() -> None:
    assert is_stale(seen_revision=4, changed_in_revision=5)
    assert not is_stale(seen_revision=5, changed_in_revision=5)
    assert not is_stale(seen_revision=6, changed_in_revision=5)


def words(change_lines: object, op: str) -> list[str]:
    return ["".join(piece.text for piece in line.pieces) for line in change_lines if line.op == op]  # type: ignore[attr-defined]


def test_text_change_marks_the_words_that_changed() -> None:
    change = text_change(
        "Text", "First.\nWrite it as soon as you can.\nLast.", "First.\nWrite it at once.\nLast.\nNew."
    )
    assert change is not None
    cut, add = (next(line for line in change.lines if line.op == op) for op in ("cut", "add"))
    assert [piece.text for piece in cut.pieces if piece.op == "cut"] != ["Write it as soon as you can."]
    assert "".join(piece.text for piece in cut.pieces) == "Write it as soon as you can."
    assert "".join(piece.text for piece in add.pieces) == "Write it at once."
    assert words(change.lines, "add") == ["Write it at once.", "New."]
    assert words(change.lines, "same") == ["First.", "Last."]


def test_text_change_leaves_out_what_is_far_from_a_change() -> None:
    lines = [f"Line {number}" for number in range(20)]
    change = text_change("Text", "\n".join(lines), "\n".join([*lines[:10], "Another thing entirely", *lines[11:]]))
    assert change is not None
    assert [line.op for line in change.lines] == ["gap", "same", "cut", "add", "same", "gap"]


lines_of_text = st.lists(st.text(st.sampled_from("ab .\u00e9-"), max_size=12), max_size=8).map("\n".join)


@given(lines_of_text, lines_of_text)
def test_text_change_says_each_cut_and_added_line_in_full(before: str, after: str) -> None:
    change = text_change("Text", before, after)
    if change is None:
        assert before == after
        return
    old, new = ([line for line in text.splitlines() if line.strip()] for text in (before, after))
    assert set(words(change.lines, "cut")) <= set(old)
    assert set(words(change.lines, "add")) <= set(new)


def test_value_changes_say_before_and_after_and_a_dash_for_nothing() -> None:
    changes = value_changes({"a": None, "b": 2, "same": 1}, {"a": ["x", "y"], "b": 3, "same": 1}, labels={"a": "A"})
    assert [(change.label, change.before, change.after) for change in changes] == [("A", "–", "x; y"), ("b", "2", "3")]


Part = tuple[str, str, list[tuple[str, str, str]]]


def record(modules: list[Part], **texts: str) -> dict[str, object]:
    return {
        "version": {"label": "1.0", "title": "T", **texts},
        "modules": [
            {
                "lineage": lineage,
                "title": title,
                "objective": "",
                "activities": [
                    {"lineage": each, "kind": "page", "title": name, "minutes": 1, "content": {"body": body}}
                    for each, name, body in activities
                ],
            }
            for lineage, title, activities in modules
        ],
    }


def changed(kind: str, before: dict[str, str], after: dict[str, str]) -> list[object]:
    change = text_change(kind, before.get("body", ""), after.get("body", ""))
    return [change] if change else []


def ops(before: dict[str, object] | None, after: dict[str, object]) -> dict[str, str]:
    found = compare(before, after, content_changes=changed)
    modules = {module.title: module.op for module in found.modules}
    return modules | {each.title: each.op for module in found.modules for each in module.activities}


A, B, C = ("a", "Alpha", "one"), ("b", "Beta", "two"), ("c", "Gamma", "three")


@pytest.mark.requirement("R-11")
@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ([("m", "M", [A, B])], {"M": "same", "Alpha": "same", "Beta": "same"}),
        ([("m", "M", [A, B, C])], {"M": "same", "Alpha": "same", "Beta": "same", "Gamma": "added"}),
        ([("m", "M", [A])], {"M": "same", "Alpha": "same", "Beta": "removed"}),
        ([("m", "New", [A, ("b", "Beta", "2")])], {"New": "changed", "Alpha": "same", "Beta": "changed"}),
        ([("m", "M", []), ("n", "N", [A, B])], {"M": "same", "N": "added", "Alpha": "moved", "Beta": "moved"}),
        ([("n", "N", [C])], {"M": "removed", "N": "added", "Alpha": "removed", "Beta": "removed", "Gamma": "added"}),
    ],
)
def test_compare_names_what_happened_to_each_part(after: list[Part], expected: dict[str, str]) -> None:
    assert ops(record([("m", "M", [A, B])]), record(after)) == expected


def test_compare_calls_one_of_two_swapped_activities_moved() -> None:
    found = ops(record([("m", "M", [A, B, C])]), record([("m", "M", [C, A, B])]))
    assert found == {"M": "same", "Alpha": "same", "Beta": "same", "Gamma": "moved"}


def test_compare_with_nothing_before_adds_everything() -> None:
    assert set(ops(None, record([("m", "M", [A])])).values()) == {"added"}


def test_compare_tells_the_details_that_changed() -> None:
    found = compare(record([]), record([], title="Other"), content_changes=changed)
    assert [(str(change.label), change.before, change.after) for change in found.details] == [("Title", "T", "Other")]
    assert not found.is_empty
