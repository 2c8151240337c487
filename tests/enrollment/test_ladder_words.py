"""What the steps of the ladder say, for the first time, a renewal and a new version."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from enrollment import notices
from enrollment.choices import Why
from enrollment.notices import Duty, kind_of_step
from enrollment.rules import LadderStep
from enrollment.rules.ladder import sentence_of_step
from notifications.choices import Audience
from notifications.wording import Notice

DUE = date(2026, 12, 21)
BECAUSE = {"job_role": "Tablet Operator", "since": "2026-11-03"}
REASON = "Because your job role is Tablet Operator since 3 Nov 2026."


def duty(why: Why, away: int, *, ends: int | None = None) -> Duty:
    ends_on = None if ends is None else DUE + timedelta(days=ends)
    return Duty("Signatures", BECAUSE, DUE, DUE + timedelta(days=away), why, ends_on)


@pytest.mark.parametrize(
    ("notice", "subject", "first"),
    [
        (
            notices.due_soon(duty(Why.FIRST, -7)),
            "Signatures is due in 7 days",
            "Due in 7 days, by the end of Monday 21 December 2026 at your site.",
        ),
        (
            notices.due_soon(duty(Why.RENEWAL, -7, ends=0)),
            "Signatures expires in 7 days",
            "Your completion counts until the end of Monday 21 December 2026. Complete the training again by then.",
        ),
        (  # the renewal is due later than the completion ends
            notices.due_soon(duty(Why.RENEWAL, -7, ends=-30)),
            "Signatures is due in 7 days",
            "Due in 7 days, by the end of Monday 21 December 2026 at your site.",
        ),
        (
            notices.due_soon(duty(Why.RETRAINING, -1, ends=0)),
            "The new version of Signatures is due tomorrow",
            "Due tomorrow, by the end of Monday 21 December 2026 at your site.",
        ),
        (
            notices.overdue(duty(Why.RETRAINING, 2, ends=0)),
            "Overdue: the new version of Signatures",
            "It was due on Monday 21 December 2026, 2 days ago.",
        ),
        (
            notices.overdue(duty(Why.RENEWAL, 2, ends=0)),
            "Expired: Signatures",
            "Your completion counted until Monday 21 December 2026. Complete the training again.",
        ),
        (
            notices.window_opens(duty(Why.RENEWAL, -60, ends=0)),
            "You can renew Signatures now",
            "Your completion counts until the end of Monday 21 December 2026. Complete the training again by then.",
        ),
        (
            notices.expires_soon(duty(Why.RENEWAL, -33, ends=-30)),
            "Signatures expires in 3 days",
            "Your completion counts until the end of Saturday 21 November 2026. Complete the training again by then.",
        ),
        (
            notices.expired(duty(Why.RENEWAL, -29, ends=-30)),
            "Expired: Signatures",
            "Your completion counted until Saturday 21 November 2026. Complete the training again.",
        ),
    ],
)
def test_each_says_which_day_it_speaks_of(notice: Notice, subject: str, first: str) -> None:
    assert (notice.subject, notice.body.split("\n\n")) == (subject, [first, REASON])


@pytest.mark.parametrize("words", [notices.overdue, notices.expired])
def test_learner_reads_that_the_manager_is_told_only_where_it_is_so(words: object) -> None:
    late = duty(Why.RENEWAL, 1, ends=0)
    told = "Your manager is told too."
    assert words(late, others_hear=True).body.endswith(told)  # type: ignore[operator]
    assert told not in words(late).body  # type: ignore[operator]


@pytest.mark.parametrize("to", [Audience.MANAGER, Audience.SECOND_MANAGER, Audience.COORDINATOR])
def test_those_above_read_of_a_new_version(to: Audience) -> None:
    notice = notices.overdue_in_team(duty(Why.RETRAINING, 1, ends=0), name="Maya", to=to)
    assert notice.body.startswith(
        "Maya has not learned the new version of Signatures. It was due on Monday 21 December"
    )


@pytest.mark.parametrize(
    ("key", "kind", "sentence"),
    [
        ("learner:due-1", "due_soon", "1 day before the due day, the learner hears."),
        ("learner:due+0", "due_soon", "On the due day, the learner hears."),
        ("learner:late+2", "overdue", "When overdue for 2 days, the learner hears."),
        ("manager:late+1", "overdue_in_team", "On the first day overdue, their manager hears."),
        ("learner:window+0", "window_opens", "When it may be renewed, the learner hears."),
        ("learner:window+5", "window_opens", "5 days after it may be renewed, the learner hears."),
        ("learner:expiry-30", "expires_soon", "30 days before the completion ends, the learner hears."),
        ("learner:expiry+0", "expires_soon", "On the last day on which the completion counts, the learner hears."),
        ("learner:expiry+1", "expired", "1 day after the completion ended, the learner hears."),
        (
            "coordinator:expiry+9",
            "overdue_for_coordinator",
            "9 days after the completion ended, the training coordinator hears.",
        ),
    ],
)
def test_step_reads_as_a_sentence_and_sends_its_kind(key: str, kind: str, sentence: str) -> None:
    step = LadderStep.of(key)
    assert (kind_of_step(step).code, sentence_of_step(step)) == (f"enrollment.{kind}", sentence)
