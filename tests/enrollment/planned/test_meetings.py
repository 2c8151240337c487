"""On which days a session can be, how they are said, and which follow when it is planned again: plain values only."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from enrollment.rules.meetings import (
    MOST_DAYS,
    Span,
    again_from,
    brief_words,
    days_words,
    in_words,
    moved_by,
    not_worked,
    reminded_of,
    soon_words,
    why_not_on_days,
)

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BASEL = "Europe/Zurich"


def on_day(count: float, *, hours: float = 2) -> Span:
    return Span(AT + count * DAY, AT + count * DAY + hours * HOUR)


@pytest.mark.parametrize(
    ("days", "before", "words"),
    [
        ([on_day(1)], [], ""),
        ([on_day(2), on_day(1), on_day(9)], [], ""),
        ([on_day(1), on_day(1)], [], "Two of its days overlap."),
        ([on_day(2), on_day(1, hours=25)], [], "Two of its days overlap."),
        ([on_day(1), Span(AT + DAY + 2 * HOUR, AT + DAY + 3 * HOUR)], [], ""),  # one after the other
        ([on_day(-1), on_day(1)], [], "That time has passed. Choose a later one."),
        ([on_day(-1), on_day(1)], [on_day(-1), on_day(2)], ""),  # begun, and kept
        ([on_day(1)], [on_day(-1), on_day(1)], "A day that has begun stays as it is."),
        ([on_day(-1, hours=3), on_day(1)], [on_day(-1), on_day(1)], "A day that has begun stays as it is."),
        ([on_day(1), on_day(2, hours=0)], [], "It ends before it begins."),
        ([on_day(1), on_day(800)], [], "Choose a day within the next two years."),
        ([on_day(count) for count in range(1, MOST_DAYS + 1)], [], ""),
        ([on_day(count) for count in range(1, MOST_DAYS + 2)], [], "A session has at most 10 days."),
    ],
)
def test_why_a_session_is_not_on_these_days(days: list[Span], before: list[Span], words: str) -> None:
    assert why_not_on_days(days, at=AT, before=before) == words


def test_days_are_said_one_by_one_and_in_brief() -> None:
    days = [on_day(1), on_day(2), on_day(7)]
    first = "Tuesday 24 November 2026, 10:00 to 12:00 CET"
    assert days_words(days, zone=BASEL)[:2] == [first, "Wednesday 25 November 2026, 10:00 to 12:00 CET"]
    assert brief_words(days[:1], zone=BASEL) == first
    assert brief_words(days[:2], zone=BASEL) == f"{first}, and on Wednesday 25 November 2026"
    assert brief_words(days, zone=BASEL) == f"{first}, and 2 more days until Monday 30 November 2026"


def test_days_move_by_the_clocks_of_the_site() -> None:
    winter = (on_day(0), on_day(1))
    first, second = moved_by(winter, 210, zone=BASEL) or ()  # into summer time
    assert (first.starts_at, second.ends_at) == (
        AT + timedelta(days=210) - HOUR,
        AT + timedelta(days=211) + HOUR,
    )
    night = (Span(datetime(2026, 11, 22, 1, 30, tzinfo=UTC), datetime(2026, 11, 22, 3, tzinfo=UTC)),)
    assert moved_by(night, 126, zone=BASEL) is None  # 28 March 2027, 02:30 is never shown


def test_again_every_so_many_weeks() -> None:
    assert again_from(date(2026, 12, 1), times=3, weeks=2) == [
        date(2026, 12, 1), date(2026, 12, 15), date(2026, 12, 29),
    ]  # fmt: skip


def test_days_on_which_a_site_does_not_work_are_named() -> None:
    days = [on_day(4), on_day(5), on_day(32), on_day(33)]  # Friday, Saturday, 25 and 26 December
    holidays = {date(2026, 12, 25): "Christmas Day"}
    assert not_worked(days, zone=BASEL, free_weekdays=[6, 7], holidays=holidays) == [
        "Saturday 28 November 2026: a free day",
        "Friday 25 December 2026: Christmas Day",
        "Saturday 26 December 2026: a free day",
    ]
    assert not_worked(days[:1], zone=BASEL, free_weekdays=[6, 7], holidays=holidays) == []


@pytest.mark.parametrize(("days", "words"), [(0, "today"), (1, "tomorrow"), (2, "in 2 days"), (21, "in 21 days")])
def test_how_far_a_day_is(days: int, words: str) -> None:
    assert in_words(days) == words


def test_soon_is_less_than_the_time_of_the_reminder() -> None:
    assert soon_words([on_day(1)], at=AT) == ""
    assert soon_words([on_day(0.9)], at=AT) == "It begins in less than a day, so no reminder follows."


def test_soon_says_whether_a_later_day_is_reminded_of() -> None:
    close, apart = [on_day(0.5), on_day(1.5), on_day(2.5)], [on_day(0.5), on_day(1.5), on_day(3)]
    assert (reminded_of(close), reminded_of(apart)) == ([on_day(0.5)], [on_day(0.5), on_day(3)])
    assert soon_words(close, at=AT) == "It begins in less than a day, so no reminder follows."
    assert soon_words(apart, at=AT) == "It begins in less than a day, so no reminder of the first day follows."
    assert soon_words(apart, at=AT - DAY) == ""
    within_a_day = [on_day(0.1, hours=1), Span(AT + 27 * HOUR, AT + 28 * HOUR)]
    assert soon_words(within_a_day, at=AT - HOUR) == "It begins in less than a day, so no reminder follows."
