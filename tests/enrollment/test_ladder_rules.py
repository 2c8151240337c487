"""The ladder of messages: each step at most once, the newest alone, and never early."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrollment.choices import Anchor, Why
from enrollment.rules import CATCH_UP, LadderStep, Milestones, StepsDue, default_ladder, steps_due
from enrollment.rules.ladder import HEARERS, MOST_STEPS, in_order, why_no_step, why_not_in_ladder
from notifications.choices import Audience

DUE = date(2026, 12, 4)
LONG_SINCE = date(2026, 11, 1)
FIRST = Milestones(due_on=DUE, late_on=DUE + timedelta(days=1), assigned_on=LONG_SINCE)
RENEWAL = replace(FIRST, window_on=date(2026, 10, 5), ends_on=DUE, assigned_on=date(2026, 1, 1))
LADDER = default_ladder(Why.FIRST)
WEEK, DAY, LATE, MANAGER, SECOND, COORDINATOR = LADDER


def taken(*steps: LadderStep, days: Milestones = FIRST) -> set[tuple[date, str]]:
    return {(days.about(step), step.key) for step in steps}


def a_step(key: str) -> LadderStep:
    return LadderStep.of(key)


@pytest.mark.parametrize(
    ("today", "already", "send", "skip"),
    [
        ("2026-11-26", [], [], []),
        ("2026-11-27", [], [WEEK], []),
        ("2026-11-28", [WEEK], [], []),
        ("2026-11-30", [], [WEEK], []),  # after a short outage, late is better than never
        ("2026-12-03", [WEEK], [DAY], []),
        ("2026-12-04", [WEEK, DAY], [], []),
        ("2026-12-05", [WEEK, DAY], [LATE, MANAGER], []),
        ("2026-12-05", [WEEK, DAY, LATE], [MANAGER], []),
        ("2026-12-06", [WEEK, DAY, LATE, MANAGER], [], []),
        ("2026-12-03", [], [DAY], [WEEK]),  # after a longer one, the newest step alone
        ("2026-12-09", [], [LATE, MANAGER], [WEEK, DAY]),
        ("2026-12-09", [WEEK], [LATE, MANAGER], [DAY]),
        ("2026-12-11", [WEEK, DAY, LATE, MANAGER], [SECOND], []),
        ("2026-12-18", [WEEK, DAY, LATE, MANAGER, SECOND], [COORDINATOR], []),
        ("2026-12-17", [], [LATE, MANAGER, SECOND], [DAY]),  # the week before is too long ago to note
        ("2027-01-10", [], [], []),  # too long past to be told at all
    ],
)
def test_each_step_is_taken_once(
    today: str, already: list[LadderStep], send: list[LadderStep], skip: list[LadderStep]
) -> None:
    steps = steps_due(LADDER, FIRST, today=date.fromisoformat(today), already=taken(*already))
    assert (list(steps.send), list(steps.skip)) == (send, skip)


@pytest.mark.parametrize(
    ("assigned_on", "today", "send"),
    [
        ("2026-11-27", "2026-11-27", []),  # given on the very day of a step
        ("2026-11-30", "2026-11-30", []),  # given four days before: its own message has just said so
        ("2026-11-30", "2026-12-03", [DAY]),
        ("2026-12-04", "2026-12-04", []),
        ("2026-12-04", "2026-12-05", [LATE, MANAGER]),
        ("2026-12-20", "2026-12-20", []),  # overdue at once
        ("2026-12-20", "2026-12-21", [LATE, MANAGER]),
        ("2026-12-20", "2026-12-26", [LATE, MANAGER]),
        ("2026-12-20", "2026-12-27", [LATE, MANAGER, SECOND]),  # and counted from there
    ],
)
def test_what_is_given_late_starts_late(assigned_on: str, today: str, send: list[LadderStep]) -> None:
    days = replace(FIRST, assigned_on=date.fromisoformat(assigned_on))
    steps = steps_due(LADDER, days, today=date.fromisoformat(today), already=set())
    assert (list(steps.send), steps.skip) == (send, ())


@pytest.mark.parametrize(
    ("key", "day"),
    [
        ("learner:due-7", "2026-11-27"),
        ("learner:due+0", "2026-12-04"),
        ("learner:late+1", "2026-12-19"),  # the grace period is over
        ("manager:late+3", "2026-12-21"),
        ("learner:window+0", "2026-10-05"),
        ("learner:expiry-30", "2026-11-04"),
        ("learner:expiry+0", "2026-12-04"),
        ("learner:expiry+1", "2026-12-05"),  # whatever the grace period says
    ],
)
def test_step_hangs_on_its_day_and_overdue_on_the_end_of_the_grace_period(key: str, day: str) -> None:
    days = replace(RENEWAL, late_on=DUE + timedelta(days=15))
    assert days.first_day(a_step(key)) == date.fromisoformat(day)


def test_without_a_window_or_an_end_their_steps_have_no_day() -> None:
    for key in ("learner:window+0", "learner:expiry-30", "learner:expiry+1"):
        assert FIRST.first_day(a_step(key)) is None


def test_step_that_is_edited_does_not_go_out_again_for_whoever_had_it() -> None:
    ladder = [replace(WEEK, days=-10), DAY, LATE]
    two_days_before = steps_due(ladder, FIRST, today=DUE - timedelta(days=5), already=taken(WEEK))
    assert two_days_before == StepsDue(skip=(replace(WEEK, days=-10),))
    assert steps_due(ladder, FIRST, today=DUE - timedelta(days=8), already=set()).send == (replace(WEEK, days=-10),)


def test_more_time_begins_the_ladder_anew_but_not_that_of_the_end() -> None:
    opens, ends = a_step("learner:window+0"), a_step("learner:expiry-1")
    days = replace(RENEWAL, window_on=DUE - timedelta(days=10))
    already = taken(opens, ends, WEEK, days=days)
    extended = replace(days, due_on=DUE + timedelta(days=10), late_on=DUE + timedelta(days=11))
    assert steps_due([opens, ends, WEEK], extended, today=DUE + timedelta(days=3), already=already).send == (WEEK,)
    assert steps_due([opens, ends, WEEK], days, today=DUE - timedelta(days=1), already=already) == StepsDue()


STEPS = st.one_of(
    st.builds(LadderStep, st.just(Audience.LEARNER), st.just(Anchor.DUE), st.integers(-40, 0)),
    st.builds(LadderStep, st.sampled_from(HEARERS), st.just(Anchor.LATE), st.integers(1, 40)),
    st.builds(LadderStep, st.just(Audience.LEARNER), st.just(Anchor.WINDOW), st.integers(0, 20)),
    st.builds(LadderStep, st.sampled_from(HEARERS), st.just(Anchor.EXPIRY), st.integers(1, 40)),
    st.builds(LadderStep, st.just(Audience.LEARNER), st.just(Anchor.EXPIRY), st.integers(-40, 0)),
)
LADDERS = st.lists(STEPS, max_size=12, unique_by=lambda step: step.key)
MILESTONES = st.builds(
    lambda assigned, grace, window, ends: Milestones(
        due_on=DUE,
        late_on=DUE + timedelta(days=grace + 1),
        assigned_on=DUE + timedelta(days=assigned),
        window_on=None if ends is None else DUE + timedelta(days=ends - window),
        ends_on=None if ends is None else DUE + timedelta(days=ends),
    ),
    st.integers(-120, 60),
    st.integers(0, 30),
    st.integers(0, 90),
    st.none() | st.integers(-30, 30),
)


@given(days=MILESTONES, ladders=st.lists(LADDERS, min_size=1, max_size=3), sweeps=st.lists(st.integers(-90, 120)))
def test_whatever_the_ladder_becomes_no_step_goes_out_twice_or_early_or_after_a_later_one(
    days: Milestones, ladders: list[list[LadderStep]], sweeps: list[int]
) -> None:
    already: set[tuple[date, str]] = set()
    sent: list[tuple[date, LadderStep]] = []
    for number, away in enumerate(sorted(sweeps)):
        today = DUE + timedelta(days=away)
        if today < days.assigned_on:
            continue
        steps = steps_due(ladders[number % len(ladders)], days, today=today, already=already)
        both = [*steps.send, *steps.skip]
        assert not {(days.about(step), step.key) for step in both} & already
        assert len({step.audience for step in steps.send}) == len(steps.send)  # nobody hears two at once
        already |= {(days.about(step), step.key) for step in both}
        sent += [(today, step) for step in steps.send]
        again = steps_due(ladders[number % len(ladders)], days, today=today, already=already)
        assert again == StepsDue()
    assert len({(days.about(step), step.key) for _today, step in sent}) == len(sent)
    for today, step in sent:
        day = days.first_day(step)
        assert day is not None
        assert day <= today <= day + CATCH_UP
        assert today > days.assigned_on
    for audience in HEARERS:
        heard = [days.first_day(step) for _today, step in sent if step.audience == audience]
        assert all(before <= after for before, after in pairwise(heard) if before and after)


@given(ladder=LADDERS, days=MILESTONES)
def test_swept_every_day_each_step_with_a_day_of_its_own_goes_out_on_it(
    ladder: list[LadderStep], days: Milestones
) -> None:
    already: set[tuple[date, str]] = set()
    sent: dict[LadderStep, date] = {}
    for away in range(-130, 160):
        today = DUE + timedelta(days=away)
        steps = steps_due(ladder, days, today=today, already=already)
        already |= {(days.about(step), step.key) for step in (*steps.send, *steps.skip)}
        sent |= dict.fromkeys(steps.send, today)
    for step in ladder:
        day = days.first_day(step)
        twins = [each for each in ladder if each.audience == step.audience and days.first_day(each) == day]
        if day is not None and len(twins) == 1:
            assert sent[step] == day
        elif day is not None:
            assert sum(each in sent for each in twins) == 1


@given(step=STEPS)
def test_name_of_a_step_says_all_of_it(step: LadderStep) -> None:
    assert LadderStep.of(step.key) == step


@pytest.mark.parametrize(
    "key", ["", "assigned", "learner", "learner:due", "learner:due7", "author:due-7", "learner:late+1 "]
)
def test_anything_else_names_no_step(key: str) -> None:
    with pytest.raises(ValueError, match="names no step"):
        LadderStep.of(key)


@pytest.mark.parametrize(
    ("why", "step", "words"),
    [
        (Why.RENEWAL, "learner:window+0", ""),
        (Why.FIRST, "learner:window+0", "Only a renewal"),
        (Why.RETRAINING, "learner:expiry-3", "Only a renewal"),
        (Why.FIRST, "manager:due-3", "only the learner hears"),
        (Why.FIRST, "learner:due+3", "count the days overdue"),
        (Why.FIRST, "learner:late-3", "counted from the first day"),
        (Why.FIRST, "learner:late+0", "counted from the first day"),
        (Why.FIRST, "learner:late+400", "At most 365 days"),
        (Why.RENEWAL, "learner:window-1", "nothing to do"),
    ],
)
def test_step_that_makes_no_sense_is_refused_in_words(why: Why, step: str, words: str) -> None:
    refusal = why_no_step(why, a_step(step))
    assert words in refusal if words else refusal == ""


def test_ladder_has_no_step_twice_and_not_too_many() -> None:
    assert why_not_in_ladder(Why.FIRST, LADDER) == ""
    assert why_not_in_ladder(Why.FIRST, ()) == ""
    assert "already" in why_not_in_ladder(Why.FIRST, [WEEK, WEEK])
    many = [LadderStep(Audience.LEARNER, Anchor.DUE, -days) for days in range(MOST_STEPS + 1)]
    assert "at most 20" in why_not_in_ladder(Why.FIRST, many)


@pytest.mark.parametrize("why", Why)
def test_ladder_that_attest_brings_makes_sense_and_is_in_order(why: Why) -> None:
    assert why_not_in_ladder(why, default_ladder(why)) == ""
    assert tuple(in_order(default_ladder(why))) == default_ladder(why)
