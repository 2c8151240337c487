"""Due dates, status, audiences and reminders: decisions without a database."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrollment.choices import CountedFrom, ReminderStep, Status
from enrollment.rules import (
    Audience,
    Post,
    add_months,
    admitted_since,
    day_in,
    deadline,
    due_on,
    may_renew,
    may_send,
    missing_from,
    post_at,
    reason_about,
    reason_sentence,
    requirement_sentence,
    role_since,
    status_of,
    steps_due,
    valid_until,
)

OPERATOR, ANALYST, BASEL, NEWARK, PACKING, LABORATORY, MANUFACTURING = (UUID(int=number) for number in range(7))
WEEK, DAY, LATE, MANAGER = ReminderStep
days = st.dates(date(2020, 1, 1), date(2032, 12, 31))


def post(
    since: str,
    until: str | None = None,
    *,
    job_role: UUID = OPERATOR,
    site: UUID = BASEL,
    department: UUID = PACKING,
    zone: str = "Europe/Zurich",
) -> Post:
    ends = date.fromisoformat(until) if until else None
    return Post(job_role, site, department, date.fromisoformat(since), ends, zone)


@pytest.mark.parametrize(
    ("zone", "instant", "day"),
    [
        ("Europe/Zurich", "2026-11-22T22:59:59+00:00", "2026-11-22"),
        ("Europe/Zurich", "2026-11-22T23:00:00+00:00", "2026-11-23"),
        ("Europe/Zurich", "2026-07-22T22:00:00+00:00", "2026-07-23"),  # summer time
        ("America/New_York", "2026-11-23T04:59:59+00:00", "2026-11-22"),
        ("America/New_York", "2026-03-08T04:59:59+00:00", "2026-03-07"),  # the night the clocks go forward
        ("America/New_York", "2026-03-09T03:59:59+00:00", "2026-03-08"),  # a day of 23 hours
        ("America/New_York", "2026-11-02T04:59:59+00:00", "2026-11-01"),  # a day of 25 hours
        ("Pacific/Kiritimati", "2026-11-22T10:00:00+00:00", "2026-11-23"),
        ("Pacific/Pago_Pago", "2026-11-22T10:59:59+00:00", "2026-11-21"),
    ],
)
def test_day_ends_at_midnight_at_the_site(zone: str, instant: str, day: str) -> None:
    assert day_in(zone, datetime.fromisoformat(instant)) == date.fromisoformat(day)


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        ("2026-11-22", 12, "2027-11-22"),
        ("2026-01-31", 1, "2026-02-28"),
        ("2028-01-31", 1, "2028-02-29"),
        ("2028-02-29", 12, "2029-02-28"),
        ("2028-02-29", 48, "2032-02-29"),
        ("2026-08-31", 6, "2027-02-28"),
        ("2026-12-31", 1, "2027-01-31"),
    ],
)
def test_months_end_where_the_month_does(day: str, months: int, then: str) -> None:
    assert add_months(date.fromisoformat(day), months) == date.fromisoformat(then)
    assert valid_until(completed_on=date.fromisoformat(day), months=months) == date.fromisoformat(then)


def test_validity_without_months_never_ends() -> None:
    assert valid_until(completed_on=date(2026, 11, 22), months=None) is None


@given(day=days, months=st.integers(1, 120))
def test_months_keep_the_day_or_take_the_last_one(day: date, months: int) -> None:
    then = add_months(day, months)
    assert (then.year * 12 + then.month) - (day.year * 12 + day.month) == months
    assert then.day == day.day or (then + timedelta(days=1)).day == 1


@pytest.mark.parametrize(
    ("counted_from", "role_since", "hired_on", "switched_on", "due"),
    [
        (CountedFrom.ROLE, "2026-11-03", "2026-01-05", "2026-11-22", "2026-11-17"),
        (CountedFrom.HIRE, "2026-11-03", "2026-01-05", "2026-11-22", "2026-01-19"),
        (CountedFrom.HIRE, "2026-11-03", None, "2026-11-22", "2026-11-17"),
        (CountedFrom.SWITCH_ON, "2026-11-03", None, "2026-11-22", "2026-12-06"),
        (CountedFrom.SWITCH_ON, "2026-12-01", None, "2026-11-22", "2026-12-15"),  # joined later
    ],
)
def test_due_day_counts_from_the_day_that_the_requirement_names(
    counted_from: CountedFrom, role_since: str, hired_on: str | None, switched_on: str, due: str
) -> None:
    assert due_on(
        counted_from=counted_from,
        within_days=14,
        role_since=date.fromisoformat(role_since),
        hired_on=date.fromisoformat(hired_on) if hired_on else None,
        switched_on=date.fromisoformat(switched_on),
    ) == date.fromisoformat(due)


@pytest.mark.parametrize(
    ("today", "started", "completed", "ends", "status"),
    [
        ("2026-11-09", False, None, None, Status.TODO),
        ("2026-11-09", True, None, None, Status.DOING),
        ("2026-11-10", False, None, None, Status.SOON),
        ("2026-11-10", True, None, None, Status.SOON),
        ("2026-11-17", True, None, None, Status.SOON),  # on the due day itself
        ("2026-11-18", True, None, None, Status.LATE),
        ("2026-11-18", False, "2026-11-18", None, Status.DONE),  # late, but done
        ("2027-11-18", False, "2026-11-18", "2027-11-18", Status.DONE),
        ("2027-11-19", False, "2026-11-18", "2027-11-18", Status.EXPIRED),
        ("2027-11-19", True, "2026-11-18", "2027-11-18", Status.EXPIRED),
    ],
)
def test_status_changes_at_the_edges_of_days(
    today: str, started: bool, completed: str | None, ends: str | None, status: Status
) -> None:
    assert (
        status_of(
            today=date.fromisoformat(today),
            due_on=date(2026, 11, 17),
            started=started,
            completed_on=date.fromisoformat(completed) if completed else None,
            valid_until=date.fromisoformat(ends) if ends else None,
        )
        is status
    )


def test_renewal_opens_sixty_days_before_the_end() -> None:
    assert not may_renew(today=date(2026, 10, 2), valid_until=date(2026, 12, 2))
    assert may_renew(today=date(2026, 10, 3), valid_until=date(2026, 12, 2))
    assert not may_renew(today=date(2026, 10, 3), valid_until=None)


# Audiences

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("audience", "admitted"),
    [
        (Audience(), True),
        (Audience(job_role=OPERATOR), True),
        (Audience(job_role=ANALYST), False),
        (Audience(job_role=OPERATOR, site=BASEL), True),
        (Audience(job_role=OPERATOR, site=NEWARK), False),
        (Audience(departments=frozenset({MANUFACTURING, PACKING})), True),
        (Audience(departments=frozenset({LABORATORY})), False),
        (Audience(OPERATOR, BASEL, frozenset({PACKING})), True),
        (Audience(ANALYST, BASEL, frozenset({PACKING})), False),
    ],
)
def test_audience_admits_by_role_site_and_department(audience: Audience, admitted: bool) -> None:
    assert audience.admits(post("2026-11-03")) is admitted


@pytest.mark.parametrize(
    ("missing", "held"),
    [
        ("work", None),
        ("job_role", post("2026-11-03", job_role=ANALYST, site=NEWARK)),
        ("department", post("2026-11-03", department=LABORATORY, site=NEWARK)),
        ("site", post("2026-11-03", site=NEWARK)),
    ],
)
def test_leaving_names_what_no_longer_fits(missing: str, held: Post | None) -> None:
    assert missing_from(Audience(OPERATOR, BASEL, frozenset({PACKING})), held) == missing


def test_change_of_manager_does_not_restart_the_role() -> None:
    posts = [post("2024-02-02", "2025-06-01"), post("2025-06-01", "2026-01-01"), post("2026-01-01")]
    assert role_since(posts, AT) == date(2024, 2, 2)


def test_gap_or_other_role_restarts_the_role() -> None:
    gap = [post("2024-02-02", "2025-05-01"), post("2025-06-01")]
    other = [post("2024-02-02", "2025-05-01"), post("2025-05-01", "2025-06-01", job_role=ANALYST), post("2025-06-01")]
    assert role_since(gap, AT) == role_since(other, AT) == date(2025, 6, 1)


def test_nobody_has_a_role_before_the_first_position_or_after_the_last() -> None:
    assert role_since([post("2026-12-01")], AT) is None
    assert role_since([post("2024-02-02", "2026-11-22")], AT) is None
    assert role_since([], AT) is None


def test_moving_between_sites_restarts_only_what_asks_for_the_site() -> None:
    posts = [post("2024-02-02", "2026-11-03"), post("2026-11-03", site=NEWARK)]
    held = posts[1]
    assert admitted_since(posts, held, Audience(job_role=OPERATOR)) == date(2024, 2, 2)
    assert admitted_since(posts, held, Audience(job_role=OPERATOR, site=NEWARK)) == date(2026, 11, 3)


def test_position_begins_at_midnight_at_its_site() -> None:
    posts = [post("2026-11-23", zone="America/New_York")]
    assert post_at(posts, datetime(2026, 11, 23, 4, 59, tzinfo=UTC)) is None
    assert post_at(posts, datetime(2026, 11, 23, 5, tzinfo=UTC)) == posts[0]


def test_moving_west_leaves_no_hour_without_a_position() -> None:
    old = post("2024-02-02", "2026-11-23")
    new = post("2026-11-23", site=NEWARK, zone="America/New_York")
    assert post_at([old, new], datetime(2026, 11, 22, 23, tzinfo=UTC)) == old  # the 23rd in Basel, not yet in Newark
    assert post_at([old, new], datetime(2026, 11, 23, 5, tzinfo=UTC)) == new


@given(
    starts=st.lists(days, min_size=1, max_size=6, unique=True),
    zones=st.lists(st.sampled_from(["Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/Zurich"]), min_size=6),
    hours=st.integers(0, 24 * 365 * 14),
)
def test_whoever_always_worked_always_holds_a_position(starts: list[date], zones: list[str], hours: int) -> None:
    starts.sort()
    ends = [*starts[1:], None]
    posts = [
        Post(OPERATOR, BASEL, PACKING, since, until, zone)
        for since, until, zone in zip(starts, ends, zones, strict=False)
    ]
    at = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(hours=hours)
    held = post_at(posts, at)
    assert (held is None) == (
        day_in(posts[0].zone, at) < starts[0] and all(p.valid_from > day_in(p.zone, at) for p in posts)
    )
    if held:
        assert role_since(posts, at) == starts[0]


# Words


@pytest.mark.parametrize(
    ("because", "said", "about"),
    [
        (
            {"job_role": "Tablet Operator", "since": "2026-11-03"},
            "Because your job role is Tablet Operator since 3 Nov 2026",
            "Tablet Operator since 3 Nov 2026",
        ),
        (
            {"job_role": "Tablet Operator", "site": "Newark", "since": "2026-11-03"},
            "Because your job role is Tablet Operator and you work at Newark since 3 Nov 2026",
            "Tablet Operator, Newark since 3 Nov 2026",
        ),
        (
            {"department": "Packing", "since": "2026-11-03"},
            "Because you work in Packing since 3 Nov 2026",
            "Packing since 3 Nov 2026",
        ),
        ({"since": "2026-11-03"}, "Because everyone has it", "Everyone has it"),
    ],
)
def test_reason_is_said_in_plain_words(because: dict[str, str], said: str, about: str) -> None:
    assert (reason_sentence(because), reason_about(because)) == (said, about)


def test_requirement_reads_as_a_sentence() -> None:
    said = requirement_sentence(
        course="Electronic records",
        job_role="Tablet Operator",
        site="Basel",
        department="Packing",
        due_within_days=14,
        counted_from=CountedFrom.ROLE,
        validity_months=12,
    )
    assert said == (
        "People whose job role is Tablet Operator at Basel in Packing and below must complete Electronic records "
        "within 14 days of entering the role, and again every 12 months"
    )


def test_requirement_of_everyone_reads_as_a_sentence() -> None:
    said = requirement_sentence(
        course="Electronic records",
        job_role=None,
        site=None,
        department=None,
        due_within_days=1,
        counted_from=CountedFrom.HIRE,
        validity_months=None,
    )
    assert said == "Everyone must complete Electronic records within 1 day of being hired"


# Reminders

DUE = date(2026, 12, 4)


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
    ],
)
def test_each_step_of_the_ladder_is_taken_once(
    today: str, already: list[ReminderStep], send: list[ReminderStep], skip: list[ReminderStep]
) -> None:
    steps = steps_due(today=date.fromisoformat(today), due_on=DUE, assigned_on=date(2026, 11, 1), already=already)
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
    ],
)
def test_what_is_given_late_starts_late(assigned_on: str, today: str, send: list[ReminderStep]) -> None:
    steps = steps_due(
        today=date.fromisoformat(today), due_on=DUE, assigned_on=date.fromisoformat(assigned_on), already=[]
    )
    assert list(steps.send) == send
    assert steps.skip == ()


@given(
    assigned=st.integers(-60, 30),
    sweeps=st.lists(st.integers(-60, 60), min_size=1, max_size=30),
)
def test_no_step_goes_out_twice_or_early_whenever_the_sweep_runs(assigned: int, sweeps: list[int]) -> None:
    taken: list[ReminderStep] = []
    sent: list[tuple[int, ReminderStep]] = []
    for day in sorted(sweeps):
        if day < assigned:
            continue
        steps = steps_due(
            today=DUE + timedelta(days=day),
            due_on=DUE,
            assigned_on=DUE + timedelta(days=assigned),
            already=taken,
        )
        taken += [*steps.send, *steps.skip]
        sent += [(day, step) for step in steps.send]
        assert len([step for step in steps.send if step != MANAGER]) <= 1
    assert len(taken) == len(set(taken))
    earliest = {WEEK: -7, DAY: -1, LATE: 1, MANAGER: 1}
    assert all(day >= earliest[step] and day > assigned for day, step in sent)
    learner = [list(ReminderStep).index(step) for _day, step in sent if step != MANAGER]
    assert all(before < after for before, after in pairwise(learner))
    if max(sweeps) > max(1, assigned):
        assert {LATE, MANAGER} <= {step for _day, step in sent}


@pytest.mark.parametrize(
    ("completed_on", "ends", "expected"),
    [
        (None, None, DUE),
        (date(2026, 11, 1), None, None),  # done for good: nobody is reminded
        (date(2026, 11, 1), date(2027, 11, 1), date(2027, 11, 1)),  # until it ends
    ],
)
def test_deadline_is_the_due_day_until_done_and_then_the_end_of_validity(
    completed_on: date | None, ends: date | None, expected: date | None
) -> None:
    assert deadline(due_on=DUE, completed_on=completed_on, valid_until=ends) == expected


@pytest.mark.parametrize(
    ("zone", "instant", "may"),
    [
        ("Europe/Zurich", "2026-11-22T05:59:59+00:00", False),
        ("Europe/Zurich", "2026-11-22T06:00:00+00:00", True),
        ("Europe/Zurich", "2026-07-22T05:00:00+00:00", True),  # summer time
        ("Europe/Zurich", "2026-11-22T18:00:00+00:00", False),
        ("America/New_York", "2026-11-22T11:59:59+00:00", False),
        ("America/New_York", "2026-11-22T12:00:00+00:00", True),
        ("America/New_York", "2026-03-08T11:00:00+00:00", True),  # the morning after the clocks went forward
    ],
)
def test_reminders_go_out_from_seven_in_the_morning_at_the_site(zone: str, instant: str, may: bool) -> None:
    assert may_send(zone, datetime.fromisoformat(instant)) is may
