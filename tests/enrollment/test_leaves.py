"""Leaves as they were known then: noted later, changed twice, taken back; and what the history of the due day tells."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from core.clock import now
from enrollment.actions import enroll, extend, follow_person, switch_off_requirement
from enrollment.actions.waiving import grant_waiver, propose_waiver, withdraw_waiver
from enrollment.choices import CountedFrom, Status
from enrollment.models import Assignment
from enrollment.queries.obligations import Given, Known, asked_by, obligations_of
from enrollment.queries.past import Past
from enrollment.queries.qualifications import qualified_at
from enrollment.queries.wordings import all_outlooks_until, wordings_of
from enrollment.rules import Obligation, Span
from enrollment.rules.day_history import Away, DayFacts, Decision, Noted, Waived
from people.actions import NotAllowed, return_from_leave, take_leave, withdraw_leave
from people.choices import AccessRole
from people.models import Leave, User
from tests.enrollment.test_day_history import (
    ANA,
    GIVEN,
    HOUR,
    JOINED,
    ago,
    away,
    facts,
    given,
    history,
    known,
    lines,
    page_of,
    spelled,
)
from tests.enrollment.test_qualifications import a_task
from tests.enrollment.workplace import SIGNING, a_course, browser, complete, open_assignments, operator, switched_on
from tests.factories import BY, LONG_AGO, make_person

# What was known then

DAY = date(2026, 12, 1)
SWITCHED_ON = datetime(2026, 11, 20, 9, tzinfo=UTC)


def on(month_day: int, hour: int = 12) -> datetime:
    """Return an instant of December 2026."""
    return datetime(2026, 12, month_day, hour, tzinfo=UTC)


def december(day: int) -> date:
    return date(2026, 12, day)


def asked_of(person: User, admin: User, **terms: Any) -> Assignment:
    """Ask a person for a course, due on 10 December 2026."""
    requirement = switched_on(
        a_course(), by=admin, at=SWITCHED_ON, counted_from=CountedFrom.FIXED, due_fixed_on=december(10), **terms
    )
    return open_assignments(requirement)[person.name]


def stood(assignment: Assignment, known_at: datetime | None) -> Obligation:
    """Return how somebody stood, as it was known at an instant; nothing is now."""
    asked = asked_by([assignment.requirement])
    [(_given, found)] = obligations_of([Given.of(assignment)], asked, known_at=known_at)
    return found


@pytest.mark.parametrize(
    ("known_at", "due", "fifth", "twelfth"),
    [
        (on(1), december(10), Status.SOON, Status.LATE),
        (on(6, 11), december(10), Status.SOON, Status.LATE),
        (on(6), None, Status.PAUSED, Status.PAUSED),  # noted on the 6th, from the 4th on, until who knows
        (on(7, 11), None, Status.PAUSED, Status.PAUSED),
        (on(7), december(27), Status.PAUSED, Status.PAUSED),  # back on the 20th, with at least a week
        (on(8), december(18), Status.PAUSED, Status.SOON),  # back on the 11th
        (on(9, 11), december(18), Status.PAUSED, Status.SOON),
        (on(9), december(10), Status.SOON, Status.LATE),  # it was another person
        (None, december(10), Status.SOON, Status.LATE),
    ],
)
def test_a_leave_counts_as_it_was_known(
    admin: User, known_at: datetime | None, due: date | None, fifth: Status, twelfth: Status
) -> None:
    maya = operator("Maya")
    assignment = asked_of(maya, admin)
    leave = take_leave(person=maya, valid_from=december(4), valid_until=None, reason="parental", by=BY, at=on(6))
    leave = return_from_leave(leave=leave, back_on=december(20), by=BY, at=on(7))
    leave = return_from_leave(leave=leave, back_on=december(11), by=BY, at=on(8))
    withdraw_leave(leave=leave, reason="another Maya", by=BY, at=on(9))
    found = stood(assignment, known_at)
    assert (found.due_on, found.status_on(december(5)), found.status_on(december(12))) == (due, fifth, twelfth)


def _take(person: User, first: int, length: int | None, at: datetime) -> None:
    begins = DAY + timedelta(days=first)
    take_leave(
        person=person, valid_from=begins, valid_until=begins + timedelta(days=length) if length else None,
        reason="parental leave", by=BY, at=at,
    )  # fmt: skip


def _return(person: User, which: int, length: int, at: datetime) -> None:
    if leaves := list(person.leaves.in_force().order_by("valid_from")):
        leave = leaves[which % len(leaves)]
        return_from_leave(leave=leave, back_on=leave.valid_from + timedelta(days=length), by=BY, at=at)


def _withdraw(person: User, which: int, at: datetime) -> None:
    if leaves := list(person.leaves.in_force().order_by("valid_from")):
        withdraw_leave(leave=leaves[which % len(leaves)], reason="another Maya", by=BY, at=at)


firsts, lengths, which = st.integers(-5, 30), st.integers(1, 30), st.integers(0, 2)
steps = st.one_of(
    st.tuples(st.just(_take), firsts, st.none() | lengths),
    st.tuples(st.just(_return), which, lengths),
    st.tuples(st.just(_withdraw), which),
    st.tuples(st.just("extend"), st.integers(1, 20)),
    st.tuples(st.just("begin")),
)


@settings(max_examples=25)
@for_all(told=st.lists(st.tuples(st.integers(0, 48), steps), min_size=1, max_size=10))
def test_what_is_asked_as_it_was_known_is_what_was_answered_then(
    django_db_blocker, django_db_setup, told: list[tuple[int, tuple[Any, ...]]]
) -> None:
    with django_db_blocker.unblock(), transaction.atomic():
        admin, maya = make_person(AccessRole.ADMINISTRATOR), operator("Maya")
        assignment = asked_of(maya, admin)
        at, answers, spans = on(1), {}, {}
        for hours, (step, *details) in told:
            at += timedelta(hours=hours)
            try:
                if step == "begin":
                    enroll(user=maya, course=assignment.course, by=maya, at=at)
                elif step == "extend":
                    due = stood(assignment, None).due_on
                    if due and due > at.date() - timedelta(days=30):
                        more = max(due, at.date()) + timedelta(days=details[0])
                        extend(
                            assignment=assignment, was_due_on=due, due_on=more, reason="Sick for weeks", by=admin, at=at
                        )
                else:
                    step(maya, *details, at)
            except NotAllowed:
                pass  # two leaves at once, and a return into another one
            answers[at] = stood(assignment, None)
            spans[at] = sorted(maya.leaves.in_force().values_list("valid_from", "valid_until"))
        past = Past(assignment, [], [])
        times = sorted(answers)
        for number, instant in enumerate(times):
            until = times[number + 1] - timedelta(microseconds=1) if number + 1 < len(times) else instant
            for asked_at in (instant, until):
                assert stood(assignment, asked_at) == answers[instant]
                assert sorted(maya.leaves.known_at(asked_at).values_list("valid_from", "valid_until")) == spans[instant]
                held = past.held_at(asked_at).leaves
                assert held == [Span(*span) for span in spans[instant]]
        assert not maya.leaves.known_at(times[0] - timedelta(microseconds=1)).exists()
        transaction.set_rollback(True)


def test_who_was_on_leave_on_the_last_day_of_a_wording_is_as_it_was_known(admin: User) -> None:
    """Noted before, noted after and taken back after: each as it was known when the wording ended."""
    people = {name: operator(name, since=ago(60).date()) for name in ("Before", "After", "Back", "Changed")}
    requirement = switched_on(a_course(), by=admin, at=ago(30))
    first, ended = ago(20).date(), ago(10)
    noted = {
        name: take_leave(person=people[name], valid_from=first, valid_until=None, reason="parental", by=BY, at=at)
        for name, at in (("Before", ago(20)), ("After", ago(9)), ("Back", ago(20)), ("Changed", ago(20)))
    }
    switch_off_requirement(requirement=requirement, by=admin, at=ended, reason="Replaced by R-130")
    withdraw_leave(leave=noted["Back"], reason="another person", by=BY, at=ago(8))
    return_from_leave(leave=noted["Changed"], back_on=ago(15).date(), by=BY, at=ago(7))
    requirement.refresh_from_db()
    [wording] = wordings_of(requirement)
    found = {each.name: each.status for each in all_outlooks_until(requirement, asks=wording.asks, until=ended)}
    assert found == {
        "Before": Status.PAUSED, "After": Status.LATE, "Back": Status.PAUSED, "Changed": Status.PAUSED,
    }  # fmt: skip


def verdicts(reader: User, assignment: Assignment) -> list[tuple[str, str]]:
    page = browser(reader).get(page_of(assignment)).context["why"]
    return [(each.said.due, each.said.verdict) for each in page.rounds]


def test_a_leave_that_is_noted_or_changed_later_leaves_the_verdict(admin: User) -> None:
    maya = operator("Maya", since=ago(60).date())
    assignment = given(maya, admin, at=ago(40))
    due = assignment.due_on  # 46 days ago
    complete(maya, assignment.course, on=ago(30).date())
    late = [(spelled(due), "16 days late")]
    assert verdicts(maya, assignment) == late
    first, back = due - timedelta(days=2), due + timedelta(days=10)
    leave = take_leave(person=maya, valid_from=first, valid_until=back, reason="parental", by=BY, at=ago(20))
    assert verdicts(maya, assignment) == late
    assert (first, f"Leave from {spelled(first)} to {spelled(back - timedelta(days=1))}.",
            f"Noted on {spelled(ago(20).date())}.") in history(maya, assignment)  # fmt: skip
    withdraw_leave(leave=leave, reason="another Maya", by=BY, at=ago(19))
    assert verdicts(maya, assignment) == late


def test_a_leave_that_was_known_then_counts_though_it_was_taken_back(admin: User) -> None:
    maya = operator("Maya", since=ago(60).date())
    assignment = given(maya, admin, at=ago(59))
    first, due = ago(50).date(), assignment.due_on  # 46 days ago
    leave = take_leave(person=maya, valid_from=first, valid_until=ago(40).date(), reason="x y", by=BY, at=ago(51))
    moved = stood(assignment, None).due_on
    assert moved == ago(33).date()  # a week after the return
    assert moved > due
    complete(maya, assignment.course, on=moved)
    in_time = [(spelled(moved), "in time")]
    assert verdicts(maya, assignment) == in_time
    withdraw_leave(leave=leave, reason="another Maya", by=BY, at=ago(3))
    assert verdicts(maya, assignment) == in_time


def test_how_it_stood_when_it_ended_is_as_it_was_known(admin: User) -> None:
    maya = operator("Maya", since=ago(60).date())
    assignment = given(maya, admin, at=ago(40))
    leave = take_leave(person=maya, valid_from=ago(20).date(), valid_until=None, reason="x y", by=BY, at=ago(20))
    switch_off_requirement(requirement=assignment.requirement, by=admin, at=ago(10), reason="Replaced by R-130")

    def said() -> str:
        return str(browser(maya).get(page_of(assignment)).context["why"].standing.words)

    assert said() == "On leave: nothing was asked then."
    withdraw_leave(leave=leave, reason="another Maya", by=BY, at=ago(5))
    assert said() == "On leave: nothing was asked then."


def test_who_was_in_the_middle_of_a_course_is_as_it_was_known(admin: User) -> None:
    maya = operator("Maya")
    assignment = asked_of(maya, admin)
    enrollment = enroll(user=maya, course=assignment.course, by=maya, at=on(1))
    switch_off_requirement(requirement=assignment.requirement, by=admin, at=on(2), reason="Replaced by R-130")
    enrollment.refresh_from_db()
    assert enrollment.ended_at == on(2)
    course = str(assignment.course_id)
    for known_at, started in ((on(1, 11), False), (on(1), True), (on(2, 11), True), (on(2), False), (None, False)):
        assert bool(Known([str(maya.pk)], [course], known_at=known_at).started) is started


def test_a_new_version_that_was_asked_later_leaves_the_verdict(admin: User) -> None:
    """Its job was late: what was completed before anybody asked goes by what was asked."""
    maya = operator("Maya", since=ago(60).date())
    assignment = given(maya, admin, at=ago(59))
    past = Past(assignment, [], [])
    retraining = object()
    past.retrainings = [(ago(10), retraining)]  # type: ignore[list-item]
    assert past.held_at(ago(11)).retrainings == []
    assert past.held_at(ago(10)).retrainings == [retraining]


def test_a_leave_says_nothing_about_being_qualified(admin: User) -> None:
    course = a_course()
    task, maya = a_task(admin, course), operator("Maya", since=date(2020, 1, 1))
    complete(maya, course, on=date(2026, 1, 5))
    take_leave(person=maya, valid_from=ago(3).date(), valid_until=None, reason="x y", by=BY, at=ago(3))
    for known_at in (ago(4), ago(3), None):
        assert qualified_at(person=maya, task=task, at=now(), known_at=known_at).is_qualified


def test_a_leave_that_was_noted_often_costs_as_many_queries_as_none(admin: User) -> None:
    maya = operator("Maya")
    assignment = asked_of(maya, admin)

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            stood(assignment, on(20))
        return len(queries)

    asked()  # reads the requirement
    before = asked()
    leave = take_leave(person=maya, valid_from=DAY, valid_until=None, reason="x y", by=BY, at=LONG_AGO)
    for length in range(1, 9):
        leave = return_from_leave(leave=leave, back_on=DAY + timedelta(days=length), by=BY, at=on(length))
    assert (asked(), Leave.objects.count()) == (before, 9)


# The history of the due day

FIRST, BACK, SOONER = date(2026, 12, 1), date(2027, 2, 1), date(2027, 1, 11)
LEAVE = (FIRST, "Leave from 1 Dec 2026 to 31 Jan 2027.", "")
TAKEN_BACK = "The leave from 1 Dec 2026 on was taken back: it was noted by mistake."
GRANTED = Waived(
    Decision(ANA.on, "Ana", "CAPA 7", HOUR(9)),
    Span(ANA.on, date(2026, 12, 20)),
    Decision(ANA.on, "Bo", "Wrong person", HOUR(15)),
)
EARLY = replace(GRANTED, span=Span(date(2026, 12, 1), date(2026, 12, 20)))
NEVER = (ANA.on, "The waiver was withdrawn: it held on no day.", "Bo: “Wrong person”")


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        pytest.param(
            known(leaves=[away(FIRST, BACK, noted=HOUR(9) + timedelta(days=14))]),
            [(FIRST, "Leave from 1 Dec 2026 to 31 Jan 2027.", "Noted on 4 Dec 2026.")],
            id="noted after it had begun",
        ),
        pytest.param(
            known(leaves=[away(FIRST, BACK, noted=HOUR(9) + timedelta(days=11))]), [LEAVE], id="noted on its first day"
        ),
        pytest.param(
            known(leaves=[away(FIRST, SOONER, None, BACK)]), [LEAVE], id="what was changed before it began is not told"
        ),
        pytest.param(
            known(leaves=[away(FIRST, None, BACK, SOONER, noted=HOUR(9) + timedelta(days=12))]),
            [
                (FIRST, "Leave since 1 Dec 2026, with no known end.", "Noted on 2 Dec 2026."),
                (date(2026, 12, 3), "Back from leave on 1 Feb 2027.", ""),
                (date(2026, 12, 4), "Back from leave on 11 Jan 2027 instead of 1 Feb 2027.", ""),
            ],
            id="its end was noted, and changed",
        ),
        pytest.param(
            known(leaves=[away(FIRST, BACK, SOONER, noted=HOUR(9) + timedelta(days=10))]),
            [LEAVE, (FIRST, "Back from leave on 11 Jan 2027 instead of 1 Feb 2027.", "")],
            id="changed on its first day",
        ),
        pytest.param(
            known(leaves=[replace(away(FIRST, BACK), taken_back_at=HOUR(9) + timedelta(days=20))]),
            [LEAVE, (date(2026, 12, 10), TAKEN_BACK, "")],
            id="taken back after it had begun",
        ),
        pytest.param(
            known(leaves=[Away(FIRST, [Noted(HOUR(9), BACK)], HOUR(11))]),
            [(ANA.on, *LEAVE[1:]), (ANA.on, TAKEN_BACK, "")],
            id="taken back before it began",
        ),
        pytest.param(
            known(leaves=[Away(FIRST, [Noted(HOUR(9) - timedelta(days=30), BACK)], HOUR(11))]),
            [(JOINED, *LEAVE[1:]), (ANA.on, TAKEN_BACK, "")],
            id="noted before it was asked, and taken back before it began",
        ),
        pytest.param(
            known(leaves=[away(date(2026, 10, 1), date(2026, 11, 20), date(2026, 11, 2), noted=HOUR(9))]),
            [
                (date(2026, 10, 1), "Leave from 1 Oct 2026 to 19 Nov 2026.", "Noted on 20 Nov 2026."),
                (date(2026, 11, 21), "Back from leave on 2 Nov 2026 instead of 20 Nov 2026.", ""),
            ],
            id="over before it was asked, as is known since",
        ),
        pytest.param(
            known(waived=[GRANTED]),
            [(ANA.on, "A waiver from 20 Nov 2026 to 19 Dec 2026.", "Ana: “CAPA 7”"), NEVER],
            id="a waiver that was withdrawn on its first day",
        ),
        pytest.param(
            known(waived=[EARLY]),
            [(ANA.on, "A waiver from 1 Dec 2026 to 19 Dec 2026.", "Ana: “CAPA 7”"), NEVER],
            id="a waiver that was withdrawn before it began",
        ),
        pytest.param(
            known(waived=[EARLY], ended_on=date(2026, 11, 25)),
            [(ANA.on, "A waiver from 1 Dec 2026 to 19 Dec 2026.", "Ana: “CAPA 7”"), NEVER],
            id="a waiver that was to begin after the end, and was withdrawn",
        ),
    ],
)
def test_what_was_noted_and_changed_is_told_though_it_moves_nothing_now(
    history: DayFacts, expected: list[tuple[date | None, str, str]]
) -> None:
    assert lines(history, facts()) == [GIVEN, *expected, (None, "Due on 21 Dec 2026.", "")]


@pytest.mark.parametrize("begins", [0, 20])
def test_page_tells_a_waiver_that_was_granted_and_withdrawn_on_one_day(admin: User, begins: int) -> None:
    granter = make_person(AccessRole.ADMINISTRATOR, signs=True, name="Nadia")
    maya = operator("Maya", since=ago(3).date())
    assignment = given(maya, admin, at=ago(2))
    noon = ago(1).replace(hour=11, minute=0)
    first = noon.date() + timedelta(days=begins)
    waiver = propose_waiver(
        assignment=assignment, valid_from=first, valid_until=first + timedelta(days=30), reason="Works elsewhere",
        by=admin, at=noon,
    )  # fmt: skip
    granted = grant_waiver(waiver=waiver, by=granter, at=noon + timedelta(minutes=5), **SIGNING)
    assert len(history(maya, assignment)) == 3
    withdraw_waiver(waiver=granted, by=admin, at=noon + timedelta(hours=1), reason="Another person")
    [_given, waived, withdrawn, last] = history(maya, assignment)
    assert waived == (
        noon.date(),
        f"A waiver from {spelled(first)} to {spelled(first + timedelta(days=29))}.",
        "Tomás Ferreira, granted by Nadia: “Works elsewhere”",
    )
    assert withdrawn == (
        noon.date(), "The waiver was withdrawn: it held on no day.", "Tomás Ferreira: “Another person”",
    )  # fmt: skip
    assert last[1] == f"Due on {spelled(assignment.due_on)}."


def test_page_tells_each_end_of_a_leave_and_that_it_was_taken_back(admin: User) -> None:
    maya = operator("Maya", since=ago(20).date())
    assignment = given(maya, admin, at=ago(19))
    first, due = ago(10).date(), assignment.due_on
    noted = take_leave(person=maya, valid_from=first, valid_until=None, reason="parental", by=admin, at=ago(11))
    follow_person(user_id=maya.pk, at=ago(11))
    said = [(first, f"Leave since {spelled(first)}, with no known end.", "")]
    for days_ago, day, words in ((8, 2, ""), (6, 4, f" instead of {spelled(ago(2).date())}")):
        noted = return_from_leave(leave=noted, back_on=ago(day).date(), by=admin, at=ago(days_ago))
        said.append((ago(days_ago).date(), f"Back from leave on {spelled(ago(day).date())}{words}.", ""))
    [_given, *told, last] = history(maya, assignment)
    assert told == said
    assert last[1].startswith("The due day fell into that time, and is ")
    withdraw_leave(leave=noted, reason="another Maya", by=admin, at=ago(1))
    said.append((
        ago(1).date(), f"The leave from {spelled(first)} on was taken back: it was noted by mistake.", "",
    ))  # fmt: skip
    [_given, *told, last] = history(maya, assignment)
    assert (told, last[1]) == (said, f"Due on {spelled(due)}.")


def test_page_tells_nothing_of_what_was_noted_otherwise_before_it_was_asked(admin: User) -> None:
    maya = operator("Maya", since=ago(5).date())
    noted = take_leave(person=maya, valid_from=ago(9).date(), valid_until=None, reason="parental", by=admin, at=ago(9))
    noted = return_from_leave(leave=noted, back_on=ago(-9).date(), by=admin, at=ago(8))
    taken = take_leave(
        person=maya, valid_from=ago(-20).date(), valid_until=None, reason="parental", by=admin, at=ago(8)
    )
    withdraw_leave(leave=taken, reason="another Maya", by=admin, at=ago(7))
    assignment = given(maya, admin, at=ago(4))
    [_given, told, _last] = history(maya, assignment)
    assert told == (ago(9).date(), f"Leave from {spelled(ago(9).date())} to {spelled(ago(-8).date())}.", "")
    noted = return_from_leave(leave=noted, back_on=ago(-3).date(), by=admin, at=ago(3))
    switch_off_requirement(requirement=assignment.requirement, by=admin, at=ago(2), reason="Replaced by R-130")
    withdraw_leave(leave=noted, reason="another Maya", by=admin, at=ago(1))
    take_leave(person=maya, valid_from=ago(9).date(), valid_until=None, reason="parental", by=admin, at=ago(1))
    back = f"Back from leave on {spelled(ago(-3).date())} instead of {spelled(ago(-9).date())}."
    assert [words for _on, words, _note in history(maya, assignment)][1:-1] == [told[1], back], (
        "as it was when it ended"
    )
