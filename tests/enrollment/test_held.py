"""Whether each time so far was in time goes by the day that was due then, whatever is decided later."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse

from core.clock import now
from enrollment.actions import extend
from enrollment.actions.assigning import settle_people
from enrollment.actions.requirements import change_in_force
from enrollment.choices import CountedFrom, Renewal
from enrollment.models import Assignment, Requirement
from enrollment.queries.changes import changes_of_requirement
from enrollment.queries.effects import effect_of
from enrollment.queries.whys import WhyPage
from enrollment.rules import Credit, Extension, Facts, Retraining, Span, Terms
from enrollment.rules.held import Held, due_before
from people.actions import take_leave
from people.models import User
from tests.enrollment.workplace import a_course, browser, complete, open_assignments, operator, switched_on

DUE = date(2026, 11, 20)
YEARLY = Terms(renewal=Renewal.COMPLETION, every_months=12)
FIXED: dict[str, Any] = {"counted_from": CountedFrom.FIXED}


def credit(on: date) -> Credit:
    return Credit(str(on), "c", 1, on, None)


def held(**more: Any) -> Held:
    nothing: dict[str, Any] = {"extensions": (), "waivers": (), "leaves": (), "retrainings": ()}
    return Held(**{"terms": YEARLY, "first_due_on": DUE, **nothing, **more})


@pytest.mark.parametrize(
    ("done", "facts", "then", "due"),
    [
        ([date(2026, 11, 22)], {}, held(), DUE),
        ([date(2026, 11, 22)], {}, held(extensions=[Extension(DUE, date(2026, 11, 30))]), date(2026, 11, 30)),
        ([date(2026, 11, 22)], {"extensions": [Extension(DUE, date(2026, 11, 30))]}, held(), DUE),  # given later
        (  # back on 1 Dec, with at least a week
            [date(2026, 12, 3)],
            {},
            held(leaves=[Span(date(2026, 11, 15), date(2026, 12, 1))]),
            date(2026, 12, 8),
        ),
        ([date(2026, 12, 3)], {"leaves": [Span(date(2026, 11, 15), date(2026, 12, 1))]}, held(), DUE),  # noted later
        ([date(2026, 11, 22)], {}, held(leaves=[Span(date(2026, 11, 15), None)]), None),
        ([date(2026, 11, 12)], {}, held(leaves=[Span(date(2026, 11, 15), None)]), None),  # noted before it began
        (
            [date(2026, 12, 3)],
            {},
            held(waivers=[Span(date(2026, 11, 15), date(2026, 12, 1))]),
            date(2026, 12, 8),
        ),
        ([date(2026, 12, 3)], {"waivers": [Span(date(2026, 11, 15), date(2026, 12, 1))]}, held(), DUE),
        ([DUE, date(2027, 11, 25)], {}, held(), date(2027, 11, 20)),
        ([DUE, date(2027, 11, 25)], {}, held(terms=Terms(renewal=Renewal.ONCE)), None),
        (
            [DUE, date(2027, 6, 5)],
            {},
            held(retrainings=[Retraining(2, date(2027, 5, 1), date(2027, 6, 1))]),
            date(2027, 6, 1),
        ),
        (
            [DUE, date(2027, 6, 5)],  # asked later
            {"retrainings": [Retraining(2, date(2027, 5, 1), date(2027, 6, 1))]},
            held(),
            date(2027, 11, 20),
        ),
        (
            [DUE, date(2027, 4, 5)],  # before it took effect
            {},
            held(retrainings=[Retraining(2, date(2027, 5, 1), date(2027, 6, 1))]),
            date(2027, 11, 20),
        ),
    ],
)  # fmt: skip
def test_what_was_due_is_what_had_been_decided_by_then(
    done: list[date], facts: dict[str, Any], then: Held, due: date | None
) -> None:
    credits = [credit(on) for on in done]
    known = Facts(date(2026, 11, 3), date(2026, 12, 31), "c", credits, **facts)
    assert due_before(known, credits[-1], then) == due


# The page


def day(count: int) -> date:
    return now().date() - timedelta(days=count)


def at(count: int) -> datetime:
    """Return an hour on a day that is over, in the evening: completions are of ten o'clock."""
    return datetime.combine(day(count), datetime.min.time(), tzinfo=now().tzinfo) + timedelta(hours=18)


def spelled(on: date) -> str:
    return f"{on.day} {on:%b %Y}"


def page(reader: User, assignment: Assignment) -> WhyPage:
    answer = browser(reader).get(reverse("enrollment:why", args=[assignment.pk]))
    found: WhyPage = answer.context["why"]
    return found


def rounds(reader: User, assignment: Assignment) -> list[tuple[str, str]]:
    return [(each.said.due, each.said.verdict) for each in page(reader, assignment).rounds]


@pytest.fixture
def anil(db: None) -> User:
    return operator("Anil", since=day(30))


def fixed(admin: User, *, due: date, **terms: Any) -> Requirement:
    return switched_on(a_course("Hand hygiene"), by=admin, at=at(20), due_fixed_on=due, **FIXED, **terms)


def reword(requirement: Requirement, admin: User, *, at: datetime, **terms: Any) -> None:
    requirement.refresh_from_db()
    change_in_force(requirement=requirement, by=admin, at=at, reason="Audit finding", **terms)


def test_a_new_wording_leaves_the_verdict_about_who_has_completed(admin: User, anil: User) -> None:
    other = operator("Other", since=day(30))
    requirement = fixed(admin, due=day(10))
    given = open_assignments(requirement)
    complete(anil, requirement.course, on=day(9))
    late = [(spelled(day(10)), "1 day late")]
    assert rounds(anil, given["Anil"]) == late
    for hours, due in ((0, day(-20)), (1, day(29))):
        changed = Requirement.objects.get(pk=requirement.pk)
        changed.due_fixed_on = due
        effect = effect_of(changes_of_requirement(changed, at=at(5)))
        assert [line.name for line in effect.keeps] == ["Anil"]  # and so it is
        reword(requirement, admin, at=at(5) + timedelta(hours=hours), due_fixed_on=due)
        found = page(anil, given["Anil"])
        assert [(each.said.due, each.said.verdict) for each in found.rounds] == late
        said = [each.words for each in found.history if each.kind == "reworded"]
        assert set(said) == {"The rule was changed. The first due day stayed as it was."}
        assert found.first_due_on == day(10)
    complete(other, requirement.course, on=day(2))
    assert rounds(other, given["Other"]) == [(spelled(day(29)), "27 days late")]


def test_a_job_that_moves_the_day_after_it_was_completed_leaves_the_verdict(
    admin: User, anil: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    requirement = fixed(admin, due=day(10))
    given = open_assignments(requirement)["Anil"]
    monkeypatch.setattr("enrollment.actions.requirements.AT_ONCE", 0)
    reword(requirement, admin, at=at(10), due_fixed_on=day(-20))
    complete(anil, requirement.course, on=day(9))
    requirement.refresh_from_db()
    settle_people(requirement=requirement, user_ids=[anil.pk], by=admin, at=at(9), everyone=True)
    given.refresh_from_db()
    assert given.due_on == day(-20)
    assert rounds(anil, given) == [(spelled(day(10)), "1 day late")]


def test_a_new_wording_leaves_the_verdict_about_a_renewal(admin: User, anil: User) -> None:
    requirement = switched_on(a_course(), by=admin, at=at(20), renewal=Renewal.COMPLETION, validity_months=1)
    given = open_assignments(requirement)["Anil"]
    first = day(50)
    complete(anil, requirement.course, on=first)
    complete(anil, requirement.course, on=day(9))
    before = rounds(anil, given)
    assert before[1][1].endswith("late")
    reword(requirement, admin, at=at(5), validity_months=24)
    assert rounds(anil, given) == before


def test_more_time_that_was_given_before_counts_and_later_does_not(admin: User, anil: User) -> None:
    requirement = fixed(admin, due=day(10), renewal=Renewal.COMPLETION, validity_months=12)
    given = open_assignments(requirement)["Anil"]
    extend(assignment=given, was_due_on=day(10), due_on=day(2), reason="Sick for weeks", by=admin, at=at(12))
    complete(anil, requirement.course, on=day(8))
    assert rounds(anil, given) == [(spelled(day(2)), "in time")]
    more = [each.words for each in page(anil, given).history if each.kind == "more_time"]
    assert more == [f"More time was given: {spelled(day(2))} instead of {spelled(day(10))}."]


def test_a_leave_that_moved_the_day_counts(admin: User, anil: User) -> None:
    requirement = fixed(admin, due=day(10))
    given = open_assignments(requirement)["Anil"]
    take_leave(person=anil, valid_from=day(12), valid_until=day(9), reason="parental", by=admin, at=at(13))
    complete(anil, requirement.course, on=day(6))
    assert rounds(anil, given) == [(spelled(day(2)), "in time")]
