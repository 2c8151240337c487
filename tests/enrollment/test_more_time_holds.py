"""More time that was given holds until what was due then is done, however the day that it replaced moves."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from core.clock import now
from enrollment.actions import extend, follow_person
from enrollment.actions.requirements import change_in_force, with_terms
from enrollment.choices import CountedFrom, Renewal, Why
from enrollment.models import Assignment, Requirement
from enrollment.queries import standings
from enrollment.queries.changes import changes_of_requirement
from enrollment.queries.effects import Effect, effect_of
from enrollment.queries.whys import WhyPage
from enrollment.rules import Credit, Extension, Facts, Retraining, Span, Terms, obligation_of
from enrollment.rules.exceptions import times_extended
from enrollment.rules.held import Held, due_before
from people.models import User
from tests.enrollment.workplace import a_course, browser, complete, open_assignments, operator, rewrite, switched_on

JOINED, DUE, GRANTED_ON, UNTIL = (date(2026, 11, day) for day in (3, 17, 10, 25))
SOONER, BETWEEN, LATER = date(2026, 11, 12), date(2026, 11, 20), date(2026, 12, 20)
MORE = Extension(DUE, UNTIL, GRANTED_ON)
AGAIN = Extension(UNTIL, date(2026, 12, 5), date(2026, 11, 18))
YEARLY = Terms(renewal=Renewal.COMPLETION, every_months=12)


def credit(on: date, version: int = 1) -> Credit:
    return Credit(str(on), "c", version, on, None)


@pytest.mark.parametrize(
    ("first_due", "facts", "due", "is_extended"),
    [
        (DUE, {"extensions": [MORE]}, UNTIL, True),
        (SOONER, {"extensions": [MORE]}, UNTIL, True),
        (BETWEEN, {"extensions": [MORE]}, UNTIL, True),
        (UNTIL, {"extensions": [MORE]}, UNTIL, False),
        (LATER, {"extensions": [MORE]}, LATER, False),
        (SOONER, {"extensions": [MORE, AGAIN]}, AGAIN.due_on, True),
        (LATER, {"extensions": [MORE, AGAIN]}, LATER, False),
        # given after the rule was changed: it replaces the new day, and the later one holds
        (SOONER, {"extensions": [MORE, Extension(UNTIL, LATER, UNTIL)]}, LATER, True),
        (LATER, {"extensions": [MORE, Extension(LATER, date(2027, 1, 9), UNTIL)]}, date(2027, 1, 9), True),
        # a leave that begins later moves what was granted, too
        (SOONER, {"extensions": [MORE], "leaves": [Span(date(2026, 11, 24), date(2026, 12, 1))]},
         date(2026, 12, 8), True),
        (SOONER, {"extensions": [MORE], "leaves": [Span(date(2026, 11, 24), None)]}, None, True),
        # and a leave that is over sooner than it was when it was given
        (DUE, {"extensions": [Extension(date(2026, 12, 15), date(2026, 12, 24), GRANTED_ON)],
               "leaves": [Span(date(2026, 11, 15), date(2026, 11, 18))]}, date(2026, 12, 24), True),
        # done: of the next time nothing was said
        (SOONER, {"extensions": [MORE], "credits": [credit(date(2026, 11, 24))]}, date(2027, 11, 24), False),
        (SOONER, {"extensions": [Extension(DUE, date(2028, 1, 1), GRANTED_ON)],
                  "credits": [credit(GRANTED_ON)]}, date(2027, 11, 10), False),
        # of a renewal that ends on another day now
        (DUE, {"extensions": [Extension(date(2028, 11, 10), date(2028, 12, 1), date(2027, 1, 5))],
               "credits": [credit(date(2026, 11, 10))]}, date(2028, 12, 1), True),
        # a new version asks by its own day, and more time for it is of it
        (DUE, {"extensions": [Extension(date(2027, 11, 10), date(2027, 12, 1), date(2027, 1, 5))],
               "credits": [credit(date(2026, 11, 10))],
               "retrainings": [Retraining(2, date(2027, 2, 1), date(2027, 3, 1))]}, date(2027, 3, 1), False),
        (DUE, {"extensions": [Extension(date(2027, 3, 1), date(2027, 4, 1), date(2027, 2, 5))],
               "credits": [credit(date(2026, 11, 10))],
               "retrainings": [Retraining(2, date(2027, 2, 1), date(2027, 3, 1))]}, date(2027, 4, 1), True),
        # and of it alone: what is renewed sooner than that version has its own day
        (DUE, {"extensions": [Extension(date(2027, 12, 1), date(2028, 1, 1), date(2027, 11, 5)),
                              Extension(date(2028, 1, 1), date(2028, 2, 1), date(2027, 11, 6))],
               "credits": [credit(date(2026, 11, 10))],
               "retrainings": [Retraining(2, date(2027, 11, 1), date(2027, 12, 1))]}, date(2027, 11, 10), False),
        (DUE, {"extensions": [Extension(date(2027, 12, 15), date(2028, 1, 1), date(2027, 11, 5))],
               "credits": [credit(date(2026, 11, 10))], "leaves": [Span(date(2027, 11, 25), date(2027, 12, 8))],
               "retrainings": [Retraining(2, date(2027, 11, 1), date(2027, 12, 1))]}, date(2027, 11, 10), False),
    ],
)  # fmt: skip
def test_the_later_of_the_granted_day_and_the_new_one_is_due(
    first_due: date, facts: dict[str, Any], due: date | None, is_extended: bool
) -> None:
    found = obligation_of(YEARLY, Facts(JOINED, first_due, "c", **facts))
    assert (found.due_on, found.is_extended) == (due, is_extended)


def test_a_day_that_is_not_known_replaces_only_what_it_names() -> None:
    facts = Facts(JOINED, SOONER, "c", extensions=[Extension(DUE, UNTIL)])
    assert obligation_of(YEARLY, facts).due_on == SOONER


def test_what_is_given_once_more_is_counted_on_from_what_holds() -> None:
    assert times_extended([MORE, AGAIN], due_on=AGAIN.due_on) == 2
    assert times_extended([MORE, AGAIN], due_on=LATER) == 0  # of the new day nothing was given yet


days = st.integers(0, 400).map(lambda count: JOINED + timedelta(days=count))


@given(
    before=days, after=days, more=st.lists(st.integers(1, 60), max_size=3), done=st.none() | days,
    terms=st.sampled_from([YEARLY, Terms(renewal=Renewal.ONCE), Terms(renewal=Renewal.EXPIRY, every_months=6)]),
)  # fmt: skip
def test_moving_the_first_day_takes_no_time_away(
    before: date, after: date, more: list[int], done: date | None, terms: Terms
) -> None:
    extensions, day = [], before
    for count in more:
        extensions.append(Extension(day, day + timedelta(days=count), JOINED))
        day = extensions[-1].due_on
    credits = [credit(done)] if done else []
    told, moved = (obligation_of(terms, Facts(JOINED, first, "c", credits, extensions=extensions))
                   for first in (before, after))  # fmt: skip
    plain = obligation_of(terms, Facts(JOINED, after, "c", credits))
    if done:
        assert (moved.due_on, moved.valid_until) == (plain.due_on, plain.valid_until)
        return
    assert (told.why, told.due_on) == (Why.FIRST, day)
    assert moved.due_on == max(after, day if more else after)


@given(first=days, then=days, until=st.integers(1, 60), done=days, later=st.integers(1, 300))
def test_what_is_given_or_changed_later_leaves_the_verdict(
    first: date, then: date, until: int, done: date, later: int
) -> None:
    """Whatever the first day is now, and whoever was given more time since."""
    held = Held(YEARLY, first, (), (), (), ())
    given_later = Extension(then, then + timedelta(days=until), done + timedelta(days=later))
    one = credit(done)
    for extensions in ((), (given_later,)):
        facts = Facts(JOINED, then, "c", [one, credit(done + timedelta(days=365))], extensions=extensions)
        assert due_before(facts, one, held) == first


# As it is shown


def ago(count: int) -> datetime:
    return now() - timedelta(days=count)


def spelled(on: date) -> str:
    return f"{on.day} {on:%b %Y}"


@pytest.fixture
def maya(db: None) -> User:
    return operator("Maya", since=ago(20).date())


@pytest.fixture
def requirement(admin: User, maya: User) -> Requirement:
    return switched_on(a_course("Hand hygiene"), by=admin, at=ago(20), due_within_days=30)


@pytest.fixture
def until(admin: User, requirement: Requirement) -> date:
    """Give Maya ten days more than the thirty that she had."""
    assignment = open_assignments(requirement)["Maya"]
    later = assignment.due_on + timedelta(days=10)
    extend(assignment=assignment, was_due_on=assignment.due_on, due_on=later, reason="Sick for weeks", by=admin,
           at=ago(10))  # fmt: skip
    return later


def due_on(maya: User) -> date | None:
    [standing] = standings(at=now(), user_ids=[maya.pk])
    return standing.due_on


def would(requirement: Requirement, **terms: Any) -> Effect:
    changed = Requirement.objects.get(pk=requirement.pk)
    with_terms(changed, terms)
    return effect_of(changes_of_requirement(changed, at=ago(5)))


def reword(requirement: Requirement, admin: User, *, at: datetime, **terms: Any) -> None:
    change_in_force(requirement=requirement, by=admin, at=at, reason="Audit finding", **terms)
    requirement.refresh_from_db()


def why_page(reader: User, assignment: Assignment) -> WhyPage:
    found: WhyPage = browser(reader).get(reverse("enrollment:why", args=[assignment.pk])).context["why"]
    return found


def test_a_shorter_time_leaves_what_was_given_as_shown(
    admin: User, maya: User, requirement: Requirement, until: date
) -> None:
    effect = would(requirement, due_within_days=5)
    assert [(line.name, line.due_on, line.note) for line in effect.keeps] == [
        ("Maya", until, "The more time that was given holds.")
    ]
    assert (effect.people, effect.moves) == (0, [])
    sheet = [row for row in effect.sheet() if row[1] == "Maya"]
    assert sheet[0][4].endswith(". The more time that was given holds.")
    reword(requirement, admin, at=ago(5), due_within_days=5)
    assert due_on(maya) == until
    given = open_assignments(requirement)["Maya"]
    assert given.due_on == ago(15).date()
    assert [each.words for each in why_page(maya, given).history] == [
        f"Given. Due on {spelled(until - timedelta(days=10))}.",
        f"More time was given: {spelled(until)} instead of {spelled(until - timedelta(days=10))}.",
        f"The rule was changed: due on {spelled(ago(15).date())} instead of {spelled(until - timedelta(days=10))}.",
        f"Due on {spelled(until)}: the time that was given still holds.",
    ]


def test_a_longer_time_wins_and_is_said(admin: User, maya: User, requirement: Requirement, until: date) -> None:
    later = ago(20).date() + timedelta(days=90)
    [line] = would(requirement, due_within_days=90).moves
    assert (line.was_due_on, line.due_on, line.note) == (until, later, "")
    reword(requirement, admin, at=ago(5), due_within_days=90)
    assert due_on(maya) == later
    page = why_page(maya, open_assignments(requirement)["Maya"])
    assert page.history[-1].words == f"Due on {spelled(later)}, which is later than the time that was given."


def test_more_time_after_the_change_goes_on_from_what_holds(
    admin: User, maya: User, requirement: Requirement, until: date
) -> None:
    reword(requirement, admin, at=ago(5), due_within_days=5)
    more = until + timedelta(days=5)
    given = open_assignments(requirement)["Maya"]
    extend(assignment=given, was_due_on=until, due_on=more, reason="Sick for weeks", by=admin, at=ago(1))
    assert due_on(maya) == more
    reword(requirement, admin, at=now(), due_within_days=7)
    assert due_on(maya) == more


def test_a_first_day_of_work_that_is_put_right_leaves_what_was_given(admin: User, maya: User) -> None:
    requirement = switched_on(a_course(), by=admin, at=ago(20), counted_from=CountedFrom.HIRE, due_within_days=30)
    given = open_assignments(requirement)["Maya"]
    until = given.due_on + timedelta(days=10)
    extend(assignment=given, was_due_on=given.due_on, due_on=until, reason="Sick for weeks", by=admin, at=ago(10))
    rewrite(User.objects.filter(pk=maya.pk), hired_on=ago(25).date())
    follow_person(user_id=maya.pk, at=ago(5))
    given.refresh_from_db()
    assert (due_on(maya), given.due_on) == (until, ago(25).date() + timedelta(days=30))


def test_completed_in_the_time_that_was_given_is_in_time(
    admin: User, maya: User, requirement: Requirement, until: date
) -> None:
    given = open_assignments(requirement)["Maya"]
    reword(requirement, admin, at=ago(5), due_within_days=5)
    complete(maya, requirement.course, on=ago(2).date())
    told = [(spelled(until), "in time")]
    assert [(each.said.due, each.said.verdict) for each in why_page(maya, given).rounds] == told
    reword(requirement, admin, at=now(), due_within_days=3)
    assert [(each.said.due, each.said.verdict) for each in why_page(maya, given).rounds] == told
