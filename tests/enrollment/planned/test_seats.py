"""Who has a seat in a session and who waits, when it can be, and how its time is said: plain values only."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrollment.choices import PlannedState, SeatState
from enrollment.rules.meetings import Plan, Span, instant_of, what_changed, when_words, why_not_dated
from enrollment.rules.seats import (
    Asked,
    line_words,
    moving_up,
    place_in_line,
    seat_for,
    seats_words,
    why_no_change,
    why_no_seat,
    why_not_held,
    why_not_that_few,
)

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


def asked(number: int, *, has_seat: bool, minutes: int | None = None) -> Asked:
    return Asked(UUID(int=number), AT + timedelta(minutes=number if minutes is None else minutes), has_seat)


@pytest.mark.parametrize(
    ("capacity", "taken", "waiting", "expected"),
    [
        (None, 500, 0, SeatState.TAKEN),
        (2, 0, 0, SeatState.TAKEN),
        (2, 1, 0, SeatState.TAKEN),
        (2, 2, 0, SeatState.WAITING),
        (2, 1, 1, SeatState.WAITING),  # nobody passes who waits
    ],
)
def test_who_asks_gets_a_seat_or_waits(capacity: int | None, taken: int, waiting: int, expected: SeatState) -> None:
    assert seat_for(capacity, taken=taken, waiting=waiting) == expected


@pytest.mark.parametrize(
    ("seats", "capacity", "expected"),
    [
        ([], 2, []),
        ([asked(1, has_seat=True), asked(2, has_seat=False)], 1, []),
        ([asked(1, has_seat=True), asked(3, has_seat=False), asked(2, has_seat=False)], 2, [2]),
        ([asked(1, has_seat=True), asked(3, has_seat=False), asked(2, has_seat=False)], 9, [2, 3]),
        ([asked(2, has_seat=False), asked(3, has_seat=False)], None, [2, 3]),
        ([asked(5, has_seat=False, minutes=1), asked(4, has_seat=False, minutes=2)], 1, [5]),
        ([asked(5, has_seat=False, minutes=0), asked(4, has_seat=False, minutes=0)], 1, [4]),  # at the same instant
        ([asked(1, has_seat=True), asked(2, has_seat=True), asked(3, has_seat=False)], 1, []),
    ],
)
def test_who_waits_moves_up_in_the_order_of_asking(seats: list[Asked], capacity: int, expected: list[int]) -> None:
    assert moving_up(seats, capacity=capacity) == [UUID(int=number) for number in expected]


def test_place_in_line_counts_only_who_waits() -> None:
    seats = [asked(1, has_seat=True), asked(3, has_seat=False), asked(2, has_seat=False)]
    assert [place_in_line(seats, UUID(int=number)) for number in (1, 2, 3, 9)] == [0, 1, 2, 0]


@pytest.mark.parametrize(
    ("place", "words"), [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (22, "22nd"), (113, "113th")]
)
def test_place_is_said(place: int, words: str) -> None:
    assert line_words(place) == f"{words} on the waiting list"


def test_fullness_is_said() -> None:
    assert seats_words(8, taken=3, waiting=0) == "3 of 8 seats taken"
    assert seats_words(1, taken=1, waiting=2) == "1 of 1 seat taken, 2 wait"
    assert seats_words(None, taken=1, waiting=0) == "1 seat taken, no limit"


_STEPS = st.lists(st.tuples(st.sampled_from(["ask", "leave", "capacity"]), st.integers(0, 30)), max_size=60)


@given(first=st.integers(1, 5), steps=_STEPS)
def test_whatever_people_do_no_seat_is_given_twice_or_left_free_and_nobody_is_passed(
    first: int, steps: list[tuple[str, int]]
) -> None:
    capacity: int | None = first
    seats: list[Asked] = []
    for count, (what, number) in enumerate(steps):
        if what == "ask":
            taken = sum(each.has_seat for each in seats)
            state = seat_for(capacity, taken=taken, waiting=len(seats) - taken)
            seats.append(asked(count, has_seat=state == SeatState.TAKEN))
        elif what == "leave" and seats:
            seats.pop(number % len(seats))
        elif what == "capacity":
            wanted = number or None
            if not why_not_that_few(wanted, taken=sum(each.has_seat for each in seats)):
                capacity = wanted
        up = set(moving_up(seats, capacity=capacity))
        seats = [Asked(each.id, each.asked_at, each.has_seat or each.id in up) for each in seats]
        has, waits = [each for each in seats if each.has_seat], [each for each in seats if not each.has_seat]
        assert capacity is None or len(has) <= capacity
        assert not waits or (capacity is not None and len(has) == capacity), "no seat is free while somebody waits"
        assert all(one.asked_at < other.asked_at for one in has for other in waits), "nobody was passed"


# Why not


@pytest.mark.parametrize(
    ("state", "changed", "words"),
    [
        (PlannedState.PLANNED, {}, ""),
        (PlannedState.CANCELLED, {}, "cancelled"),
        (PlannedState.HELD, {}, "is over"),
        (PlannedState.PLANNED, {"has_begun": True}, "has begun"),
        (PlannedState.PLANNED, {"has_seat": True}, "have a seat already"),
        (PlannedState.PLANNED, {"waits": True}, "on the waiting list already"),
        (PlannedState.PLANNED, {"is_offered": False}, "No version"),
        (PlannedState.PLANNED, {"not_for": "Ask first."}, "Ask first."),
    ],
)
def test_why_somebody_takes_no_seat(state: str, changed: dict[str, bool], words: str) -> None:
    said = why_no_seat(state, **{"has_begun": False, **changed})  # type: ignore[arg-type]
    assert (words in said) if words else said == ""


def test_why_a_session_is_not_changed_or_recorded() -> None:
    begun = {"has_begun": True}
    assert why_no_change("planned", has_begun=False) == ""
    assert [bool(why_no_change(state, **begun)) for state in ("planned", "cancelled", "held")] == [True, True, True]
    assert why_not_held("planned", has_begun=True, is_record_void=False) == ""
    assert "not begun" in why_not_held("planned", has_begun=False, is_record_void=False)
    assert "cancelled" in why_not_held("cancelled", has_begun=True, is_record_void=False)
    assert "already" in why_not_held("held", has_begun=True, is_record_void=False)
    assert why_not_held("held", has_begun=True, is_record_void=True) == ""


@pytest.mark.parametrize(
    ("starts", "hours", "words"),
    [
        (HOUR, 1, ""),
        (HOUR, 0, "ends before"),
        (timedelta(0), 1, "has passed"),
        (timedelta(days=731), 1, "next two years"),
    ],
)
def test_why_a_session_is_not_then(starts: timedelta, hours: int, words: str) -> None:
    said = why_not_dated(AT + starts, AT + starts + hours * HOUR, at=AT)
    assert (words in said) if words else said == ""


def test_seats_are_not_taken_away_by_making_them_fewer() -> None:
    assert why_not_that_few(3, taken=3) == why_not_that_few(None, taken=300) == ""
    assert "3 people have a seat" in why_not_that_few(2, taken=3)


# Time


@pytest.mark.parametrize(
    ("day", "clock", "expected"),
    [
        (date(2026, 12, 3), time(9), datetime(2026, 12, 3, 8, tzinfo=UTC)),
        (date(2026, 7, 3), time(9), datetime(2026, 7, 3, 7, tzinfo=UTC)),
        (date(2027, 3, 28), time(2, 30), None),  # the clocks go from two to three
        (date(2026, 10, 25), time(2, 30), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),  # the first of two
    ],
)
def test_clocks_of_the_site_are_meant(day: date, clock: time, expected: datetime | None) -> None:
    assert instant_of(day, clock, "Europe/Zurich") == expected


_DAYS = st.dates(date(2026, 1, 1), date(2029, 1, 1))


@given(st.builds(datetime.combine, _DAYS, st.times()), st.sampled_from(["Europe/Zurich", "America/New_York"]))
def test_what_the_clocks_show_is_what_was_typed(local: datetime, zone: str) -> None:
    instant = instant_of(local.date(), local.time(), zone)
    if instant is not None:
        assert instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == local


def test_time_is_said_by_the_clocks_of_the_site_and_of_the_reader() -> None:
    starts, ends = datetime(2026, 12, 3, 8, tzinfo=UTC), datetime(2026, 12, 3, 10, tzinfo=UTC)
    basel = "Thursday 3 December 2026, 09:00 to 11:00 CET"
    assert when_words(starts, ends, zone="Europe/Zurich") == basel
    assert when_words(starts, ends, zone="Europe/Zurich", reader="Europe/Paris") == basel
    there = when_words(starts, ends, zone="Europe/Zurich", reader="America/New_York")
    assert there == f"{basel}. For you: 03:00 to 05:00 EST"
    far = when_words(starts, ends, zone="Europe/Zurich", reader="Pacific/Auckland")
    assert far.endswith("For you: 21:00 to 23:00 NZDT")
    late = datetime(2026, 12, 3, 22, tzinfo=UTC)
    assert "For you: Friday 4 December 2026, 11:00 to 12:00 NZDT" in when_words(
        late, late + HOUR, zone="Europe/Zurich", reader="Pacific/Auckland"
    )
    night = when_words(late, late + 3 * HOUR, zone="Europe/Zurich")
    assert night == "Thursday 3 December 2026, 23:00 to Friday 4 December 2026, 02:00 CET"


def test_what_changed_is_said_once_for_each_thing() -> None:
    before = Plan((Span(AT, AT + HOUR),), "Europe/Zurich", "Room 2", "", "Jonas Keller", "")
    assert what_changed(before, before) == []
    days = (Span(AT + HOUR, AT + 2 * HOUR),)
    after = Plan(days, "Europe/Zurich", "", "https://meet.test/1", "Jonas Keller", "Bring a pen")
    assert what_changed(before, after) == [
        "Time: Monday 23 November 2026, 11:00 to 12:00 CET (was: Monday 23 November 2026, 10:00 to 11:00 CET)",
        "Place: none (was: Room 2)",
        "Link: https://meet.test/1",
        "To know: Bring a pen",
    ]
