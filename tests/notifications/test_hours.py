"""When mail may go out, by the reader's clock and calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.choices import MailState, Way
from notifications.rules import (
    Calendar,
    Policy,
    digest_at,
    digest_goes,
    goes_out_at,
    is_quiet,
    may_go_out,
    plan,
    way_of,
)
from notifications.wording import MessageKind
from tests.notifications.saying import DUE, NEWS

POLICY = Policy()
ZURICH = Calendar("Europe/Zurich", frozenset({6, 7}), frozenset({date(2026, 12, 25)}))
NOWHERE = Calendar()
ZONES = [
    "UTC",
    "Europe/Zurich",
    "America/New_York",
    "Asia/Kathmandu",
    "Africa/Cairo",
    "Pacific/Apia",
    "Australia/Lord_Howe",
]


def local(zone: str, *parts: int, fold: int = 0) -> datetime:
    return datetime(*parts, tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def basel(*parts: int, fold: int = 0) -> datetime:
    return local("Europe/Zurich", *parts, fold=fold)


@pytest.mark.parametrize(
    ("begins", "ends", "quiet", "loud"),
    [
        (time(19), time(7), [time(19), time(23, 59), time(0), time(6, 59)], [time(7), time(12), time(18, 59)]),
        (time(1), time(5), [time(1), time(4, 59)], [time(5), time(0, 59), time(20)]),
        (time(7), time(7), [], [time(0), time(7), time(19)]),
    ],
)
def test_quiet_hours_may_span_midnight(begins: time, ends: time, quiet: list[time], loud: list[time]) -> None:
    policy = Policy(quiet_from=begins, quiet_until=ends)
    assert all(is_quiet(policy, clock) for clock in quiet)
    assert not any(is_quiet(policy, clock) for clock in loud)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (basel(2026, 11, 23, 9), basel(2026, 11, 23, 9)),  # a Monday morning
        (basel(2026, 11, 23, 3), basel(2026, 11, 23, 7)),
        (basel(2026, 11, 23, 19), basel(2026, 11, 24, 7)),
        (basel(2026, 11, 27, 20), basel(2026, 11, 30, 7)),  # Friday evening
        (basel(2026, 11, 28, 12), basel(2026, 11, 30, 7)),
        (basel(2026, 12, 24, 20), basel(2026, 12, 28, 7)),  # Christmas on a Friday
        (basel(2026, 3, 28, 12), basel(2026, 3, 30, 7)),  # clocks go forward that Sunday
        (basel(2026, 10, 24, 12), basel(2026, 10, 26, 7)),  # and back on this one
    ],
)
def test_mail_waits_for_the_morning_of_a_working_day(at: datetime, expected: datetime) -> None:
    assert goes_out_at(POLICY, ZURICH, at) == expected


def test_days_off_count_where_the_policy_says_so_and_for_nobody_without_a_site() -> None:
    saturday = basel(2026, 11, 28, 12)
    assert not may_go_out(POLICY, ZURICH, saturday)
    assert goes_out_at(Policy(on_free_days=True), ZURICH, saturday) == saturday
    assert goes_out_at(POLICY, NOWHERE, saturday) == saturday
    assert goes_out_at(POLICY, NOWHERE, local("UTC", 2026, 11, 28, 22)) == local("UTC", 2026, 11, 29, 7)


def test_nothing_waits_longer_than_the_policy_allows() -> None:
    closed = Calendar(
        "Europe/Zurich", frozenset(), frozenset(date(2026, 12, 20) + timedelta(days=n) for n in range(20))
    )
    at = basel(2026, 12, 20, 10)
    assert goes_out_at(POLICY, closed, at) == at + timedelta(days=5)
    assert digest_at(POLICY, closed, at) == basel(2026, 12, 25, 8)
    assert digest_at(Policy(longest_wait=timedelta(hours=6)), closed, at) == basel(2026, 12, 21, 8)


@pytest.mark.parametrize(
    ("at", "hour", "expected"),
    [
        (basel(2026, 11, 23, 7, 59), None, basel(2026, 11, 23, 8)),
        (basel(2026, 11, 23, 8), None, basel(2026, 11, 23, 8)),
        (basel(2026, 11, 23, 8, 1), None, basel(2026, 11, 24, 8)),
        (basel(2026, 11, 23, 8, 1), time(16), basel(2026, 11, 23, 16)),
        (basel(2026, 11, 27, 9), None, basel(2026, 11, 30, 8)),
        (basel(2026, 11, 23, 9), time(4), basel(2026, 11, 24, 7)),  # an hour of the night becomes the morning
    ],
)
def test_digest_goes_at_its_hour_on_the_next_working_day(at: datetime, hour: time | None, expected: datetime) -> None:
    assert digest_at(POLICY, ZURICH, at, hour=hour) == expected


def test_hour_that_the_clocks_leave_out_or_repeat_is_one_digest() -> None:
    policy = Policy(quiet_from=time(0), quiet_until=time(0), on_free_days=True, digest_at=time(2, 30))
    assert digest_at(policy, ZURICH, basel(2026, 3, 29, 0)) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)  # 3:30 there
    first = basel(2026, 10, 25, 2, 30)
    assert digest_at(policy, ZURICH, basel(2026, 10, 25, 0)) == first
    assert digest_at(policy, ZURICH, first + timedelta(minutes=1)) == basel(2026, 10, 26, 2, 30)


def test_late_digest_goes_the_same_day_but_not_at_night_nor_on_a_day_off() -> None:
    since = basel(2026, 11, 26, 12)  # Thursday; planned for Friday at eight
    goes = {at: digest_goes(POLICY, ZURICH, at, since=since) for at in (
        basel(2026, 11, 27, 7, 59), basel(2026, 11, 27, 8), basel(2026, 11, 27, 18), basel(2026, 11, 27, 20),
        basel(2026, 11, 28, 9), basel(2026, 11, 30, 9),
    )}  # fmt: skip
    assert list(goes.values()) == [False, True, True, False, False, True]


instants = st.integers(min_value=0, max_value=6 * 366 * 24 * 60).map(
    lambda minutes: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
clocks = st.times().map(lambda clock: clock.replace(second=0, microsecond=0))
policies = st.builds(
    Policy,
    quiet_from=clocks,
    quiet_until=clocks,
    on_free_days=st.booleans(),
    digest_at=clocks,
    longest_wait=st.integers(min_value=1, max_value=240).map(lambda hours: timedelta(hours=hours)),
)
calendars = st.builds(
    Calendar,
    zone=st.sampled_from(ZONES),
    free_weekdays=st.frozensets(st.integers(min_value=1, max_value=7), max_size=6),
    holidays=st.frozensets(st.dates(date(2024, 1, 1), date(2030, 1, 1)), max_size=10),
)


@given(policies, calendars, instants)
def test_mail_goes_out_when_it_may_and_in_time(policy: Policy, calendar: Calendar, at: datetime) -> None:
    goes = goes_out_at(policy, calendar, at)
    assert goes >= at
    assert may_go_out(policy, calendar, goes, since=at)
    assert goes <= at + policy.longest_wait + timedelta(hours=26)
    if may_go_out(policy, calendar, at):
        assert goes == at


@given(policies, calendars, instants)
def test_digest_is_never_early_never_at_night_and_never_too_late(
    policy: Policy, calendar: Calendar, at: datetime
) -> None:
    goes = digest_at(policy, calendar, at)
    assert goes >= at
    assert not is_quiet(policy, calendar.local(goes).time()) or _is_in_a_gap(policy, calendar, goes)
    assert goes <= at + max(policy.longest_wait, timedelta(hours=26))
    if not (policy.on_free_days or calendar.works_on(calendar.day(goes))):
        assert goes + timedelta(hours=50) > at + policy.longest_wait, "a day off only when there is no time left"


def _is_in_a_gap(policy: Policy, calendar: Calendar, goes: datetime) -> bool:
    """Say whether the clock jumped over the hour that was meant."""
    clock = calendar.local(goes).time()
    return clock not in (policy.digest_at, policy.quiet_until)


@pytest.mark.parametrize(
    ("kind", "chosen", "way"),
    [
        (NEWS, {}, Way.DIGEST),
        (NEWS, {"news": "at_once"}, Way.AT_ONCE),
        (NEWS, {"news": "inbox"}, Way.INBOX),
        (DUE, {}, Way.AT_ONCE),
        (DUE, {"due": "digest"}, Way.DIGEST),
    ],
)
def test_reader_chooses_the_way(kind: MessageKind, chosen: dict[str, str], way: Way) -> None:
    assert way_of(kind, chosen) == way


def test_mandatory_kinds_and_those_without_mail_cannot_be_chosen() -> None:
    from dataclasses import replace

    assert way_of(replace(NEWS, mandatory=True), {"news": "inbox"}) == Way.DIGEST
    assert way_of(replace(NEWS, by_mail=False), {"news": "at_once"}) == Way.INBOX


def test_plan_says_what_becomes_of_the_mail() -> None:
    at = basel(2026, 11, 23, 20)
    common = {"policy": POLICY, "calendar": ZURICH, "hour": None, "at": at, "since": at}
    assert plan(NEWS, chosen={"news": "inbox"}, **common).state == MailState.NONE
    gathered = plan(NEWS, chosen={}, **common)
    assert (gathered.state, gathered.due_at) == (MailState.GATHERED, basel(2026, 11, 24, 8))
    at_once = plan(NEWS, chosen={"news": "at_once"}, **common)
    assert (at_once.state, at_once.due_at) == (MailState.WAITING, basel(2026, 11, 24, 7))
    assert plan(DUE, chosen={}, **common).due_at == at
