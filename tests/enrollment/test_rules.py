"""Due dates, status and audiences: decisions without a database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrollment.choices import CountedFrom, Renewal
from enrollment.rules import (
    Audience,
    Ground,
    History,
    Post,
    Span,
    Starts,
    Terms,
    UnreadableAudience,
    WorkCalendar,
    add_months,
    add_working_days,
    admission,
    check_audience,
    day_in,
    first_due,
    missing_from,
    post_at,
    reason_about,
    reason_sentence,
    requirement_sentence,
    role_since,
)
from enrollment.rules.because import because_of

OPERATOR, ANALYST, BASEL, NEWARK, PACKING, LABORATORY, MANUFACTURING = (UUID(int=number) for number in range(7))
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
        (CountedFrom.POSITION, "2026-11-03", None, "2026-11-22", "2026-11-15"),
    ],
)
def test_due_day_counts_from_the_day_that_the_requirement_names(
    counted_from: CountedFrom, role_since: str, hired_on: str | None, switched_on: str, due: str
) -> None:
    starts = Starts(
        entered_on=date.fromisoformat(role_since),
        position_on=date(2026, 11, 1),
        switched_on=date.fromisoformat(switched_on),
        hired_on=date.fromisoformat(hired_on) if hired_on else None,
    )
    terms = Terms(counted_from=counted_from, within_days=14)
    assert first_due(terms, starts, WorkCalendar()) == date.fromisoformat(due)


@pytest.mark.parametrize(
    ("since", "count", "then"),
    [
        ("2026-11-20", 1, "2026-11-23"),  # over a weekend
        ("2026-11-20", 0, "2026-11-20"),
        ("2026-11-21", 0, "2026-11-23"),  # a Saturday is no day to be due
        ("2026-12-23", 1, "2026-12-24"),
        ("2026-12-24", 1, "2026-12-28"),  # the 25th is a holiday
        ("2026-11-23", -1, "2026-11-20"),
    ],
)
def test_working_days_pass_over_weekends_and_holidays(since: str, count: int, then: str) -> None:
    basel = WorkCalendar(holidays=frozenset({date(2026, 12, 25)}))
    assert add_working_days(date.fromisoformat(since), count, basel) == date.fromisoformat(then)


@given(day=days, count=st.integers(1, 60), free=st.sets(st.integers(1, 7), max_size=6))
def test_between_two_working_days_there_are_as_many_as_were_added(day: date, count: int, free: set[int]) -> None:
    site = WorkCalendar(frozenset(free))
    then = add_working_days(day, count, site)
    assert site.is_worked(then)
    assert sum(site.is_worked(day + timedelta(days=n)) for n in range(1, (then - day).days + 1)) == count


# Audiences

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)


def whoever(*parts: dict[str, object], any_of: bool = False) -> Audience:
    return Audience({"any" if any_of else "all": list(parts)}, GROUND)


def is_one_of(field: str, *ids: UUID, **more: object) -> dict[str, object]:
    return {"field": field, "is": [str(each) for each in ids], **more}


def not_(part: dict[str, object]) -> dict[str, object]:
    return {"not": part}


def person(*posts: Post, **details: Any) -> History:
    return History(PERSON, posts, **details)


GROUND = Ground(
    below={MANUFACTURING: frozenset({MANUFACTURING, PACKING})}, cells={ANALYST: [Span(date(2026, 11, 10), None)]}
)
PERSON, CLEARANCE, WARDENS, COURSE = (UUID(int=number) for number in range(100, 104))
AS_OPERATOR, AS_ANALYST = is_one_of("job_role", OPERATOR), is_one_of("job_role", ANALYST)
NAMED = {"field": "person", "is": [str(PERSON)]}


@pytest.mark.parametrize(
    ("audience", "admitted"),
    [
        (whoever(), True),
        (whoever(AS_OPERATOR), True),
        (whoever(AS_ANALYST), False),
        (whoever(is_one_of("job_role", OPERATOR, ANALYST)), True),
        (whoever(AS_OPERATOR, is_one_of("site", BASEL)), True),
        (whoever(AS_OPERATOR, is_one_of("site", NEWARK)), False),
        (whoever(is_one_of("department", MANUFACTURING)), True),  # and below
        (whoever(is_one_of("department", PACKING)), True),
        (whoever(is_one_of("department", LABORATORY)), False),
        (whoever(not_(AS_ANALYST)), True),
        (whoever(not_(AS_OPERATOR)), False),
        (whoever(AS_ANALYST, is_one_of("site", BASEL), any_of=True), True),
        (whoever(AS_ANALYST, is_one_of("site", NEWARK), any_of=True), False),
        (whoever({"field": "employment", "is": ["agency"]}), False),
        (whoever({"field": "employment", "is": ["agency", "employee"]}), True),
        (whoever({"field": "attribute", "attribute": str(CLEARANCE), "is": ["A"]}), True),
        (whoever({"field": "attribute", "attribute": str(CLEARANCE), "is": ["B"]}), False),  # until October
        (whoever(is_one_of("group", WARDENS)), True),
        (whoever(is_one_of("group", COURSE)), False),
        (whoever(is_one_of("person", PERSON)), True),
        (whoever(is_one_of("person", COURSE)), False),
        (whoever({"field": "hired", "from": "2026-01-05"}), True),
        (whoever({"field": "hired", "until": "2026-01-05"}), False),
        (whoever({"field": "hired", "from": "2026-01-01", "until": "2026-02-01"}), True),
        (whoever({"field": "hired", "days": 321}), True),
        (whoever({"field": "hired", "days": 322}), False),
        (whoever({"field": "manages"}), True),
        (whoever({"field": "author"}), True),
        (whoever(is_one_of("author", COURSE)), True),
        (whoever(is_one_of("author", PERSON)), False),
        (whoever({"field": "matrix"}), False),  # the cell is the analyst's
    ],
)
def test_audience_admits_whom_it_says(audience: Audience, admitted: bool) -> None:
    worker = person(
        post("2026-11-03"),
        hired_on=date(2026, 1, 5),
        attributes={CLEARANCE: [Span(date(2026, 1, 5), date(2026, 10, 1), "B"), Span(date(2026, 10, 1), None, "A")]},
        groups={WARDENS: [Span(date(2026, 6, 1), None)]},
        manages=[Span(date(2026, 11, 1), None)],
        authored=frozenset({COURSE}),
    )
    check_audience(audience.data)
    assert (admission(audience, worker, AT) is not None) is admitted


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (None, "no audience"),
        ({}, "one of: all, any, not"),
        ({"all": [], "any": []}, "one of: all, any, not"),
        ({"any": []}, "something to choose from"),
        ({"field": "password", "is": ["x"]}, "Nobody can be asked for password"),
        ({"field": "job_role", "is": []}, "at least one job role"),
        ({"field": "job_role", "is": ["x'; DROP TABLE"]}, "cannot be read"),
        ({"field": "employment", "is": [1]}, "cannot be read"),
        ({"field": "attribute", "is": ["A"]}, "Choose the attribute"),
        ({"field": "hired"}, "first day of work"),
        ({"field": "hired", "from": "yesterday"}, "cannot be read"),
        ({"not": {"not": {"not": {"not": {"not": {"all": []}}}}}}, "no audience"),
        ({"all": [{"field": "manages"}] * 201}, "at most 200"),
    ],
)
def test_what_is_no_audience_is_refused_in_words(data: Any, words: str) -> None:
    with pytest.raises(UnreadableAudience, match=words):
        check_audience(data)


@pytest.mark.parametrize(
    ("missing", "held"),
    [
        ("work", []),
        ("job_role", [post("2026-11-03", job_role=ANALYST, site=NEWARK)]),
        ("department", [post("2026-11-03", department=LABORATORY, site=NEWARK)]),
        ("site", [post("2026-11-03", site=NEWARK)]),
    ],
)
def test_leaving_names_what_no_longer_fits(missing: str, held: list[Post]) -> None:
    asked = whoever(AS_OPERATOR, is_one_of("department", PACKING), is_one_of("site", BASEL))
    assert missing_from(asked, person(*held), AT) == missing


def test_a_second_position_counts_too() -> None:
    beside = replace(post("2026-11-10", job_role=ANALYST), is_primary=False)
    found = admission(whoever(AS_ANALYST), person(post("2026-11-03"), beside), AT)
    assert found is not None
    assert (found.post, found.since) == (beside, date(2026, 11, 10))


def test_the_reason_names_what_is_so_and_not_the_alternative() -> None:
    audience = whoever(AS_ANALYST, {"all": [AS_OPERATOR, is_one_of("department", MANUFACTURING)]}, any_of=True)
    worker = person(post("2026-11-03"))
    found = admission(audience, worker, AT)
    assert found is not None
    names = {str(OPERATOR): "Tablet Operator", str(ANALYST): "QC Analyst", str(MANUFACTURING): "Manufacturing"}
    assert because_of(audience, worker, found, names) == {
        "job_role": "Tablet Operator",
        "department": "Manufacturing",
        "since": "2026-11-03",
    }


@pytest.mark.parametrize(
    ("audience", "posts", "said"),
    [
        (whoever(AS_OPERATOR), [post("2026-11-03")], "Tablet Operator since 3 Nov 2026"),
        (  # another role of the same audience before
            whoever(AS_ANALYST, AS_OPERATOR, any_of=True),
            [post("2025-09-30", "2026-11-04", job_role=ANALYST), post("2026-11-04")],
            "Tablet Operator, among those it is for since 30 Sep 2025",
        ),
        (  # a cell of the matrix that is younger than the role
            whoever({"field": "matrix"}),
            [post("2024-02-02", job_role=ANALYST)],
            "QC Analyst, in the training matrix since 10 Nov 2026",
        ),
        (  # another site, which is not asked about
            whoever(AS_OPERATOR),
            [post("2024-02-02", "2026-11-03", site=NEWARK), post("2026-11-03")],
            "Tablet Operator since 2 Feb 2024",
        ),
    ],
)
def test_since_when_is_said_of_what_is_so_since_then(audience: Audience, posts: list[Post], said: str) -> None:
    worker = person(*posts)
    found = admission(audience, worker, AT)
    assert found is not None
    names = {str(OPERATOR): "Tablet Operator", str(ANALYST): "QC Analyst"}
    because = because_of(audience, worker, found, names)
    assert reason_about(because) == said
    assert reason_sentence(because) == f"Because your job role is {said}"


@pytest.mark.parametrize(
    ("tests", "because"),
    [
        ([NAMED], {"person": "Named"}),
        ([AS_OPERATOR, NAMED], {"job_role": "Tablet Operator", "person": "Named"}),
        ([{"field": "author"}], {"author": "Writes trainings"}),
    ],
)
def test_no_day_is_said_where_nothing_tells_since_when(tests: list[dict[str, Any]], because: dict[str, str]) -> None:
    audience, worker = whoever(*tests), person(post("2024-11-25"), authored=frozenset({COURSE}))
    found = admission(audience, worker, AT)
    assert found is not None
    assert because_of(audience, worker, found, {str(OPERATOR): "Tablet Operator"}) == because


@pytest.mark.parametrize(
    ("audience", "since"),
    [
        (whoever(AS_OPERATOR), "2024-02-02"),
        (whoever(is_one_of("group", WARDENS)), "2026-06-01"),
        (whoever(AS_OPERATOR, is_one_of("group", WARDENS)), "2026-06-01"),
        (whoever({"field": "attribute", "attribute": str(CLEARANCE), "is": ["A"]}), "2026-10-01"),
        (whoever({"field": "hired", "days": 365}), "2025-02-01"),
        (whoever({"field": "manages"}), "2026-11-01"),
    ],
)
def test_who_belongs_to_it_does_so_since_the_last_condition_became_true(audience: Audience, since: str) -> None:
    worker = person(
        post("2024-02-02", "2026-03-01"),
        post("2026-03-01"),
        hired_on=date(2024, 2, 2),
        attributes={CLEARANCE: [Span(date(2024, 2, 2), date(2026, 10, 1), "B"), Span(date(2026, 10, 1), None, "A")]},
        groups={WARDENS: [Span(date(2025, 1, 1), date(2025, 6, 1)), Span(date(2026, 6, 1), None)]},
        manages=[Span(date(2026, 11, 1), None)],
    )
    found = admission(audience, worker, AT)
    assert found is not None
    assert found.since == date.fromisoformat(since)


def test_a_cell_of_the_matrix_counts_from_its_own_day() -> None:
    found = admission(whoever({"field": "matrix"}), person(post("2024-02-02", job_role=ANALYST)), AT)
    assert found is not None
    assert found.since == date(2026, 11, 10)


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
    worker = person(post("2024-02-02", "2026-11-03"), post("2026-11-03", site=NEWARK))
    anywhere = admission(whoever(AS_OPERATOR), worker, AT)
    there = admission(whoever(AS_OPERATOR, is_one_of("site", NEWARK)), worker, AT)
    assert anywhere is not None
    assert there is not None
    assert (anywhere.since, there.since) == (date(2024, 2, 2), date(2026, 11, 3))


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
        ({"person": "Named", "since": "2024-11-25"}, "Because you are named in it", "Named"),  # noted long ago
        (
            {"site": "Newark", "person": "Named", "reached_since": "2024-11-25"},
            "Because you work at Newark and you are named in it",
            "Newark, Named",
        ),
    ],
)
def test_reason_is_said_in_plain_words(because: dict[str, str], said: str, about: str) -> None:
    assert (reason_sentence(because), reason_about(because)) == (said, about)


NAMES = {
    str(OPERATOR): "Tablet Operator",
    str(ANALYST): "QC Analyst",
    str(BASEL): "Basel",
    str(PACKING): "Packing",
    str(CLEARANCE): "Clearance",
    str(WARDENS): "Fire wardens",
    "agency": "Agency worker",
}


@pytest.mark.parametrize(
    ("audience", "terms", "said"),
    [
        (
            whoever(AS_OPERATOR, is_one_of("site", BASEL), is_one_of("department", PACKING)),
            Terms(renewal=Renewal.COMPLETION, every_months=12),
            "People whose job role is Tablet Operator at Basel in Packing and below must complete Electronic records "
            "within 14 days of entering the role, and again every 12 months",
        ),
        (
            whoever(),
            Terms(counted_from=CountedFrom.HIRE, within_days=1),
            "Everyone must complete Electronic records within 1 day of being hired",
        ),
        (
            whoever(
                {"all": [AS_OPERATOR, not_(is_one_of("group", WARDENS))]},
                {"field": "employment", "is": ["agency"]},
                any_of=True,
            ),
            Terms(within_days=10, in_working_days=True, grace_days=3, renewal=Renewal.ONCE),
            "People either (whose job role is Tablet Operator and who do not belong to Fire wardens) or (who are "
            "employed as Agency worker) must complete Electronic records within 10 working days of entering the "
            "role, with 3 days of grace, once and for good",
        ),
        (
            whoever({"field": "attribute", "attribute": str(CLEARANCE), "is": ["A", "B"]}),
            Terms(
                counted_from=CountedFrom.FIXED,
                fixed_on=date(2026, 12, 31),
                renewal=Renewal.CALENDAR,
                every_months=12,
                anchor_month=3,
                anchor_day=31,
            ),
            "People whose Clearance is A or B must complete Electronic records by 31 Dec 2026, and again every year "
            "by 31 March",
        ),
        (
            whoever(not_(is_one_of("job_role", OPERATOR, ANALYST)), {"field": "hired", "days": 30}),
            Terms(counted_from=CountedFrom.VERSION, within_days=-1, renewal=Renewal.EXPIRY, every_months=24),
            "People whose job role is not (Tablet Operator or QC Analyst) and who have worked here for 30 days must "
            "complete Electronic records at least 1 day before the day the version takes effect, and again every "
            "24 months, counted from the end before",
        ),
    ],
)
def test_requirement_reads_as_a_sentence(audience: Audience, terms: Terms, said: str) -> None:
    assert requirement_sentence(course="Electronic records", audience=audience.data, terms=terms, names=NAMES) == said
