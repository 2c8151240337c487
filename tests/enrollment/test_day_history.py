"""How the day came to be what it is, and what one can do next: the lines by table, then both on the why page."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.clock import now
from courses.choices import VersionState
from courses.models import CourseVersion
from enrollment.actions import extend, follow_person, remind, switch_off_requirement
from enrollment.actions.assigning import settle_people
from enrollment.actions.requirements import change_in_force
from enrollment.actions.waiving import grant_waiver, propose_waiver
from enrollment.choices import CountedFrom, Renewal
from enrollment.models import Assignment, RetrainingDue
from enrollment.rules import Credit, Extension, Facts, Retraining, Span, Terms, obligation_of, those_with
from enrollment.rules.day_history import (
    Away,
    DayFacts,
    Decision,
    MoreTime,
    Noted,
    Recounted,
    Reworded,
    Waived,
    history_said,
)
from people.actions import take_leave
from people.choices import AccessRole
from people.models import User
from tests.enrollment.workplace import (
    SIGNING,
    a_course,
    analyst,
    browser,
    complete,
    move,
    open_assignments,
    operator,
    rewrite,
    switched_on,
    write,
)
from tests.factories import make_job_role, make_person, place

JOINED, DUE, TODAY = date(2026, 11, 3), date(2026, 12, 21), date(2026, 11, 23)
LATER = date(2027, 1, 15)
HOUR = partial(datetime, 2026, 11, 20, tzinfo=ZoneInfo("Europe/Zurich"))
ANA = Decision(date(2026, 11, 20), "Ana", "CAPA 7")
YEARLY = Terms(renewal=Renewal.COMPLETION, every_months=12)
GIVEN = (JOINED, "Given. Due on 21 Dec 2026.", "")


def known(**more: Any) -> DayFacts:
    return DayFacts(given_on=JOINED, since_on=JOINED, first_due_on=DUE, **more)


def away(first: date, *until: date | None, noted: datetime | None = None) -> Away:
    """Return a leave that was noted a month before it began; where it has several ends, each a day after the other."""
    at = noted or datetime(first.year, first.month, first.day, 9, tzinfo=UTC) - timedelta(days=30)
    return Away(first, [Noted(at + timedelta(days=count), day) for count, day in enumerate(until)])


def lines(known: DayFacts, facts: Facts, today: date = TODAY) -> list[tuple[date | None, str, str]]:
    found = obligation_of(YEARLY, facts)
    return [
        (each.on, each.words, " ".join(filter(None, (each.note, each.rule))))
        for each in history_said(known, found, today)
    ]


def facts(due: date = DUE, **more: Any) -> Facts:
    return Facts(JOINED, due, "c", **more)


def test_nothing_is_said_where_nothing_happened() -> None:
    assert lines(known(), facts()) == []
    done = Credit("x", "c", 1, TODAY, None)
    assert lines(known(), facts(credits=[done])) == []  # each time so far has a table of its own


@pytest.mark.parametrize(
    ("history", "state", "expected"),
    [
        (
            known(reworded=[Reworded(ANA, (DUE, LATER), "")], sentence="Everyone must"),
            facts(LATER),
            [
                (JOINED, "Given. Due on 21 Dec 2026.", "The rule then: Everyone must."),
                (ANA.on, "The rule was changed: due on 15 Jan 2027 instead of 21 Dec 2026.", "Ana: “CAPA 7”"),
                (None, "Due on 15 Jan 2027.", ""),
            ],
        ),
        (
            known(reworded=[Reworded(ANA, None, "All must")]),
            facts(),
            [
                GIVEN,
                (
                    ANA.on,
                    "The rule was changed. The first due day stayed as it was.",
                    "Ana: “CAPA 7” The rule from then on: All must.",
                ),
                (None, "Due on 21 Dec 2026.", ""),
            ],
        ),
        (
            known(recounted=[Recounted(date(2026, 11, 10), DUE, LATER)]),
            facts(LATER),
            [
                GIVEN,
                (
                    date(2026, 11, 10),
                    "What the day is counted from has changed: due on 15 Jan 2027 instead of 21 Dec 2026.",
                    "",
                ),
                (None, "Due on 15 Jan 2027.", ""),
            ],
        ),
        (
            known(more_time=[MoreTime(ANA, DUE, LATER)]),
            facts(extensions=[Extension(DUE, LATER)]),
            [
                GIVEN,
                (ANA.on, "More time was given: 15 Jan 2027 instead of 21 Dec 2026.", "Ana: “CAPA 7”"),
                (None, "Due on 15 Jan 2027.", ""),
            ],
        ),
        (
            known(leaves=[away(date(2026, 8, 1), date(2026, 9, 1))]),  # over before it was asked
            facts(),
            [],
        ),
        (
            known(leaves=[away(date(2026, 12, 1), date(2027, 2, 1))]),
            facts(leaves=[Span(date(2026, 12, 1), date(2027, 2, 1))]),
            [
                GIVEN,
                (date(2026, 12, 1), "Leave from 1 Dec 2026 to 31 Jan 2027.", ""),
                (None, "The due day fell into that time, and is 15 Feb 2027 now.", ""),
            ],
        ),
        (
            known(leaves=[away(date(2026, 12, 1), None)]),
            facts(leaves=[Span(date(2026, 12, 1), None)]),
            [
                GIVEN,
                (date(2026, 12, 1), "Leave since 1 Dec 2026, with no known end.", ""),
                (None, "The due day fell into that time. It waits until the end of it is known.", ""),
            ],
        ),
        (
            known(
                waived=[
                    Waived(
                        ANA, Span(date(2026, 11, 10), date(2026, 11, 21)), Decision(date(2026, 11, 21), "Bo", "Back")
                    )
                ]
            ),
            facts(),
            [
                GIVEN,
                (date(2026, 11, 10), "A waiver from 10 Nov 2026 to 20 Nov 2026.", "Ana: “CAPA 7”"),
                (date(2026, 11, 21), "The waiver was withdrawn.", "Bo: “Back”"),
                (None, "Due on 21 Dec 2026.", ""),
            ],
        ),
        (
            known(retrainings=[Retraining(2, date(2026, 12, 1), date(2026, 12, 15))]),
            facts(
                credits=[Credit("x", "c", 1, date(2026, 11, 10), None)],
                retrainings=[Retraining(2, date(2026, 12, 1), date(2026, 12, 15))],
            ),
            [
                GIVEN,
                (date(2026, 12, 1), "Version 2 takes effect, and must be learned by 15 Dec 2026.", ""),
                (None, "15 Dec 2026 comes from a new version that must be learned by then.", ""),
            ],
        ),
        (
            known(retrainings=[Retraining(2, date(2026, 11, 4), date(2026, 11, 15))]),
            facts(),
            [
                GIVEN,
                (date(2026, 11, 4), "Version 2 took effect, and was to be learned by 15 Nov 2026.", ""),
                (None, "Due on 21 Dec 2026.", ""),
            ],
        ),
        (known(retrainings=[Retraining(2, date(2026, 9, 4), date(2026, 10, 15))]), facts(), []),
        (
            known(more_time=[MoreTime(ANA, DUE, LATER)], no_longer="R-3 was switched off"),
            facts(extensions=[Extension(DUE, LATER)]),
            [
                GIVEN,
                (ANA.on, "More time was given: 15 Jan 2027 instead of 21 Dec 2026.", "Ana: “CAPA 7”"),
                (None, "It holds no longer. R-3 was switched off", ""),
            ],
        ),
        (
            known(
                more_time=[MoreTime(Decision(ANA.on, "Bo", "Sick", HOUR(16, 47)), DUE, date(2027, 1, 8))],
                reworded=[Reworded(Decision(ANA.on, "Ana", "CAPA 7", HOUR(16, 49)), (DUE, LATER), "")],
                leaves=[away(ANA.on, date(2026, 11, 30))],
            ),
            facts(LATER, extensions=[Extension(DUE, date(2027, 1, 8))]),
            [
                GIVEN,
                (ANA.on, "Leave from 20 Nov 2026 to 29 Nov 2026.", ""),  # a day begins at midnight
                (ANA.on, "More time was given: 8 Jan 2027 instead of 21 Dec 2026.", "Bo: “Sick”"),
                (ANA.on, "The rule was changed: due on 15 Jan 2027 instead of 21 Dec 2026.", "Ana: “CAPA 7”"),
                (None, "Due on 15 Jan 2027.", ""),
            ],
        ),
        (
            known(
                more_time=[MoreTime(Decision(date(2026, 11, 22), "Bo", "Sick"), LATER, date(2027, 2, 1))],
                reworded=[Reworded(ANA, (DUE, LATER), "")],
                leaves=[away(date(2026, 11, 1), date(2026, 11, 10))],
            ),
            facts(LATER, extensions=[Extension(LATER, date(2027, 2, 1))]),
            [
                GIVEN,  # first, whatever began before
                (date(2026, 11, 1), "Leave from 1 Nov 2026 to 9 Nov 2026.", ""),
                (ANA.on, "The rule was changed: due on 15 Jan 2027 instead of 21 Dec 2026.", "Ana: “CAPA 7”"),
                (date(2026, 11, 22), "More time was given: 1 Feb 2027 instead of 15 Jan 2027.", "Bo: “Sick”"),
                (None, "Due on 1 Feb 2027.", ""),
            ],
        ),
    ],
)
def test_each_step_is_said_in_order(
    history: DayFacts, state: Facts, expected: list[tuple[date | None, str, str]]
) -> None:
    assert lines(history, state) == expected


def test_the_time_is_said_where_more_happened_on_one_day() -> None:
    more = [
        MoreTime(Decision(on, "Bo", "Sick", on_at), DUE, LATER)
        for on, on_at in ((ANA.on, HOUR(16, 47)), (ANA.on, HOUR(16, 49)), (TODAY, HOUR(9, 0) + timedelta(days=3)))
    ]
    steps = history_said(known(more_time=more), obligation_of(YEARLY, facts()), TODAY)
    assert [each.clock for each in steps] == ["", "16:47 CET", "16:49 CET", "", ""]


def test_a_version_is_called_by_its_label() -> None:
    asked = [Retraining(2, date(2026, 11, 4), date(2026, 11, 15))]
    steps = history_said(known(retrainings=asked, labels={2: "3.1"}), obligation_of(YEARLY, facts()), TODAY)
    assert steps[1].words == "Version 3.1 took effect, and was to be learned by 15 Nov 2026."


# The page


def ago(count: int) -> datetime:
    return now() - timedelta(days=count)


def spelled(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def given(maya: User, admin: User, *, at: datetime, **terms: Any) -> Assignment:
    requirement = switched_on(a_course("Hand hygiene"), by=admin, at=at, **terms)
    return open_assignments(requirement)[maya.name]


def page_of(assignment: Assignment) -> str:
    return reverse("enrollment:why", args=[assignment.pk])


def shown(reader: User, assignment: Assignment) -> str:
    return " ".join(browser(reader).get(page_of(assignment)).content.decode().split())


def history(reader: User, assignment: Assignment) -> list[tuple[date | None, str, str]]:
    page = browser(reader).get(page_of(assignment)).context["why"]
    return [(each.on, each.words, " ".join(filter(None, (each.note, each.rule)))) for each in page.history]


def reword(assignment: Assignment, admin: User, *, at: datetime, **terms: Any) -> None:
    change_in_force(requirement=assignment.requirement, by=admin, at=at, reason="Too short", **terms)
    assignment.refresh_from_db()


def test_page_tells_what_was_due_before_and_after_a_change_of_the_rule(admin: User) -> None:
    maya = operator("Maya", since=ago(20).date())
    assignment = given(maya, admin, at=ago(20))
    was = assignment.due_on
    reword(assignment, admin, at=ago(10), due_within_days=60)
    before = (
        "The rule then: People whose job role is Tablet Operator must complete Hand hygiene within 14 days of entering "
        "the role."
    )
    due = assignment.due_on
    assert due == was + timedelta(days=46)
    assert history(maya, assignment) == [
        (ago(20).date(), f"Given. Due on {spelled(was)}.", before),
        (
            ago(10).date(),
            f"The rule was changed: due on {spelled(due)} instead of {spelled(was)}.",
            "Tomás Ferreira: “Too short”",
        ),
        (None, f"Due on {spelled(due)}.", ""),
    ]
    page = shown(maya, assignment)
    assert ("The due day so far" in page, "first due on" in page) == (True, False)


def test_who_came_after_the_change_is_told_nothing_of_it(admin: User) -> None:
    operator("Early", since=ago(20).date())
    maya = operator("Maya", since=ago(3).date())
    requirement = switched_on(a_course(), by=admin, at=ago(20))
    change_in_force(requirement=requirement, by=admin, at=ago(10), reason="Too short", due_within_days=60)
    follow_person(user_id=maya.pk, at=ago(2))
    assignment = open_assignments(requirement)["Maya"]
    assert history(maya, assignment) == []
    page = shown(maya, assignment)
    assert ("The due day so far" in page, f"first due on {spelled(assignment.due_on)}" in page) == (False, True)


def test_what_the_day_is_counted_from_may_change_without_anybody_deciding(admin: User) -> None:
    maya = operator("Maya", since=ago(20).date())
    assignment = given(maya, admin, at=ago(20), counted_from=CountedFrom.HIRE)
    was = assignment.due_on
    rewrite(User.objects.filter(pk=maya.pk), hired_on=ago(10).date())
    follow_person(user_id=maya.pk, at=ago(5))
    assignment.refresh_from_db()
    assert assignment.due_on > was
    [_given, counted, _now] = history(maya, assignment)
    expected = f"counted from has changed: due on {spelled(assignment.due_on)} instead of {spelled(was)}."
    assert (expected in counted[1], counted[2]) == (True, "")


def test_what_a_job_moves_later_is_told_with_the_change(admin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    maya = operator("Maya", since=ago(20).date())
    assignment = given(maya, admin, at=ago(20))
    was = assignment.due_on
    monkeypatch.setattr("enrollment.actions.requirements.AT_ONCE", 0)
    reword(assignment, admin, at=ago(10), due_within_days=60)
    assert assignment.due_on == was
    later = ago(10) + timedelta(minutes=3)
    settle_people(requirement=assignment.requirement, user_ids=[maya.pk], by=admin, at=later, everyone=True)
    assignment.refresh_from_db()
    [_given, told, _now] = history(maya, assignment)
    assert told[1:] == (
        f"The rule was changed: due on {spelled(assignment.due_on)} instead of {spelled(was)}.",
        "Tomás Ferreira: “Too short”",
    )


def test_what_moves_by_itself_after_a_change_is_not_told_as_the_change(admin: User) -> None:
    maya = operator("Maya", since=ago(20).date())
    assignment = given(maya, admin, at=ago(20), counted_from=CountedFrom.HIRE)
    reword(assignment, admin, at=ago(5), grace_days=3)
    rewrite(User.objects.filter(pk=maya.pk), hired_on=ago(10).date())
    follow_person(user_id=maya.pk, at=ago(5) + timedelta(minutes=3))
    [_given, changed, counted, _now] = history(maya, assignment)
    assert "The first due day stayed as it was." in changed[1]
    assert counted[1].startswith("What the day is counted from has changed: due on ")


def test_page_tells_who_gave_more_time_and_why_and_which_leave_moved_it(admin: User) -> None:
    maya = operator("Maya", since=ago(3).date())
    assignment = given(maya, admin, at=ago(2))
    was, longer = assignment.due_on, assignment.due_on + timedelta(days=10)
    extend(assignment=assignment, was_due_on=was, due_on=longer, reason="Sick for weeks", by=admin, at=ago(1))
    take_leave(
        person=maya, valid_from=was, valid_until=longer + timedelta(days=30), reason="parental", by=admin, at=now()
    )
    [_given, more, leave, last] = history(maya, assignment)
    assert more[1:] == (
        f"More time was given: {spelled(longer)} instead of {spelled(was)}.",
        "Tomás Ferreira: “Sick for weeks”",
    )
    assert (leave[0], leave[1].startswith("Leave from"), "fell into that time, and is" in last[1]) == (was, True, True)


def test_what_happened_on_one_day_stands_in_the_order_of_its_instants(admin: User) -> None:
    maya = operator("Maya", since=ago(20).date())
    assignment = given(maya, admin, at=ago(20))
    was = assignment.due_on
    noon = ago(2).replace(hour=11, minute=0)
    extend(
        assignment=assignment, was_due_on=was, due_on=was + timedelta(days=9), reason="Sick for weeks", by=admin,
        at=noon,
    )  # fmt: skip
    reword(assignment, admin, at=noon + timedelta(minutes=2), due_within_days=60)
    page = browser(maya).get(page_of(assignment))
    said = [(each.kind, each.clock[:5]) for each in page.context["why"].history]
    clocks = [f"{noon.astimezone(ZoneInfo(assignment.zone)):%H:}{minute:02}" for minute in (0, 2)]
    assert said == [("given", ""), ("more_time", clocks[0]), ("reworded", clocks[1]), ("now", "")]
    assert f", {clocks[1]} CE" in page.content.decode()


def test_the_page_calls_a_version_by_its_label(admin: User) -> None:
    maya = operator("Maya", since=ago(3).date())
    assignment = given(maya, admin, at=ago(2))
    version = assignment.course.versions.get()
    due = RetrainingDue(
        user=maya, course=assignment.course, version=version, effective_on=ago(1).date(), due_on=now().date(),
        asked_at=ago(1),
    )  # fmt: skip
    write([due])
    [_given, told, _now] = history(maya, assignment)
    assert told[1].startswith("Version 1.0 is in effect, and must be learned by ")


def test_a_rule_that_is_off_says_so_with_who_and_why(admin: User) -> None:
    maya = operator("Maya", since=ago(3).date())
    assignment = given(maya, admin, at=ago(2))
    switch_off_requirement(requirement=assignment.requirement, by=admin, at=ago(1), reason="Replaced by R-130")
    due = assignment.due_on
    complete(maya, assignment.course, on=now().date())  # later, and of no account for it
    page = shown(maya, assignment)
    assert "It holds no longer since" in page
    assert f"It was not completed yet. It would have been due on {spelled(due)}." in page
    assert "It was never completed." in page
    assert "was switched off: Tomás Ferreira, “Replaced by R-130”" in page
    assert "What you can do" not in page


def why_now(reader: User, assignment: Assignment) -> Any:
    return browser(reader).get(page_of(assignment)).context["why"]


@pytest.mark.parametrize("by_job", [False, True])
def test_what_a_change_of_the_rule_ended_is_told_as_it_was_before(
    admin: User, monkeypatch: pytest.MonkeyPatch, by_job: bool
) -> None:
    maya = operator("Maya", since=ago(400).date())
    course = a_course("Hand hygiene")
    complete(maya, course, on=ago(100).date())
    requirement = switched_on(course, by=admin, at=ago(60), validity_months=1)
    assignment = open_assignments(requirement)["Maya"]
    if by_job:
        monkeypatch.setattr("enrollment.actions.requirements.AT_ONCE", 0)
    others = {"audience": those_with(job_role=analyst().pk), "validity_months": None, "renewal": Renewal.ONCE}
    reword(assignment, admin, at=ago(10), **others)
    if by_job:
        later = ago(10) + timedelta(minutes=3)
        settle_people(requirement=requirement, user_ids=[maya.pk], by=admin, at=later, everyone=True)
    page = why_now(maya, assignment)
    sentence = "People whose job role is Tablet Operator must complete Hand hygiene within 14 days of entering the role"
    assert page.sentence == f"{sentence}, and again every 1 month"
    assert page.standing.words.startswith("Completed on")
    assert (page.standing.state, page.history) == ("expired", [])


def test_what_ends_soon_after_a_change_of_the_rule_is_told_as_it_was_after_it(admin: User) -> None:
    maya = operator("Maya", since=ago(20).date())
    assignment = given(maya, admin, at=ago(20))
    reword(assignment, admin, at=ago(10), due_within_days=60)
    at = ago(10) + timedelta(minutes=3)
    switch_off_requirement(requirement=assignment.requirement, by=admin, at=at, reason="Replaced by R-130")
    page = why_now(maya, assignment)
    assert "within 60 days" in page.sentence
    assert [each.kind for each in page.history] == ["given", "reworded", "now"]


def test_what_happened_after_it_ended_is_told_of_what_holds_again_alone(admin: User) -> None:
    maya = operator("Maya", since=ago(400).date())
    before = given(maya, admin, at=ago(60))
    for count, role in ((30, analyst()), (20, make_job_role())):
        move(maya, since=ago(count).date(), at=ago(count), job_role=role)
        follow_person(user_id=maya.pk, at=ago(count))
    again = open_assignments(before.requirement)["Maya"]
    until, other = now().date() + timedelta(days=30), make_person(AccessRole.ADMINISTRATOR)
    days = {"valid_from": ago(15).date(), "valid_until": until}
    waiver = propose_waiver(assignment=again, **days, reason="on another line", by=other, at=ago(15))
    grant_waiver(waiver=waiver, by=admin, at=ago(15), **SIGNING)
    take_leave(person=maya, valid_from=ago(5).date(), valid_until=until, reason="parental", by=admin, at=ago(5))
    history = why_now(maya, again).history
    assert [each.kind for each in history] == ["given", "waived", "leave", "now"]
    assert history[1].note == f"{other.name}, granted by {admin.name}: “on another line”"
    assert why_now(maya, before).history == []


# What one can do


def steps(reader: User, assignment: Assignment) -> tuple[dict[str, str], dict[str, str]]:
    """Return what a reader can do, with its address, and what they can not, with the reason."""
    context = browser(reader).get(page_of(assignment)).context
    opened = {each.words: each.url.split("?")[0] for each in context["open"]}
    return opened, {each.words: each.locked for each in context["locked"]}


def at_address(name: str, assignment: Assignment) -> str:
    return reverse(f"enrollment:{name}", args=[assignment.pk])


@pytest.fixture
def lead(db: None) -> User:
    return make_person(name="Lead")


@pytest.fixture
def maya(lead: User) -> User:
    person = make_person(name="Maya")
    place(person, manager=lead, since=ago(3).date())
    return person


def test_everyone_is_offered_what_they_may_do_and_no_more(admin: User, lead: User, maya: User) -> None:
    assignment = given(maya, admin, at=ago(1))
    rule = {"Open the rule": reverse("enrollment:requirement", args=[assignment.requirement_id])}
    theirs = {
        "Remind": at_address("remind", assignment),
        "Give more time": at_address("extend", assignment),
        "Propose a waiver": at_address("propose_waiver", assignment),
    }
    own = {
        "Start": reverse("enrollment:start", args=[assignment.course_id]),
        "Ask for a waiver": at_address("ask_for_waiver", assignment),
    }
    for reader, expected in ((maya, own), (lead, theirs), (admin, {**theirs, **rule})):
        assert steps(reader, assignment) == (expected, {})
        for address in expected.values():
            assert browser(reader).get(address).status_code == 200, address
    assert steps(make_person(AccessRole.AUDITOR), assignment) == (rule, {})
    for stranger in (make_person(), make_person(AccessRole.AUTHOR)):
        assert browser(stranger).get(page_of(assignment)).status_code == 404


def test_each_dialog_leads_back_to_the_page(admin: User, lead: User, maya: User) -> None:
    assignment = given(maya, admin, at=ago(1))
    page = shown(lead, assignment)
    assert f"{at_address('extend', assignment)}?next=%2Fassignments%2F{assignment.pk}%2Fwhy%2F" in page
    asked = {"next": page_of(assignment)}
    answer = browser(lead).post(at_address("remind", assignment), asked)
    assert answer["Location"] == page_of(assignment)


def test_what_can_not_be_done_says_why(admin: User, lead: User, maya: User) -> None:
    assignment = given(maya, admin, at=ago(1), renewal=Renewal.ONCE)
    remind(assignment=assignment, by=lead, at=now())
    assert steps(lead, assignment)[1] == {"Remind": "Maya was reminded today already. Once a day is enough."}
    complete(maya, assignment.course, on=now().date())
    opened, locked = steps(lead, assignment)
    assert locked == {
        "Remind": "Maya has nothing to do about it now.",
        "Give more time": "Maya has completed this already.",
    }
    assert "Propose a waiver" in opened


def test_a_waiver_that_waits_is_opened_and_decided_by_who_may(admin: User, lead: User, maya: User) -> None:
    assignment = given(maya, admin, at=ago(1))
    waiver = propose_waiver(
        assignment=assignment,
        valid_from=now().date(),
        valid_until=now().date() + timedelta(days=30),
        reason="on another line",
        by=lead,
        at=now(),
    )
    address = reverse("enrollment:waiver", args=[waiver.pk])
    assert steps(lead, assignment)[0]["Open the waiver"] == address
    assert steps(admin, assignment)[0]["Decide about the waiver"] == address
    assert "Propose a waiver" not in steps(lead, assignment)[0]


def test_training_that_nobody_offers_now_says_so(admin: User, maya: User) -> None:
    assignment = given(maya, admin, at=ago(1))
    version = CourseVersion.objects.filter(course=assignment.course_id)
    rewrite(version, state=VersionState.RETIRED, ended_at=now())
    opened, locked = steps(maya, assignment)
    assert set(opened) == {"Ask for a waiver"}
    assert locked == {"Open the training": "No version is in effect now, so there is nothing to do."}


def test_page_asks_as_often_for_much_as_for_little(admin: User, lead: User, maya: User) -> None:
    def asked(reader: User) -> int:
        ask = browser(reader)
        ask.get(page_of(assignment))
        with CaptureQueriesContext(connection) as queries:
            assert ask.get(page_of(assignment)).status_code == 200
        return len(queries)

    assignment = given(maya, admin, at=ago(2))
    reword(assignment, admin, at=ago(2) + timedelta(hours=1), due_within_days=40)
    extend(
        assignment=assignment,
        was_due_on=assignment.due_on,
        due_on=assignment.due_on + timedelta(days=1),
        reason="Sick for weeks",
        by=admin,
        at=ago(1),
    )
    before = [asked(each) for each in (maya, lead, admin)]
    for hours in range(2, 5):
        reword(assignment, admin, at=ago(2) + timedelta(hours=hours), due_within_days=40 + hours)
        extend(
            assignment=assignment,
            was_due_on=assignment.due_on,
            due_on=assignment.due_on + timedelta(days=1),
            reason="Sick for weeks",
            by=admin,
            at=ago(1),
        )
    version = assignment.course.versions.get()
    write([
        RetrainingDue(
            user=maya, course=assignment.course, version=version, effective_on=ago(1).date(),
            due_on=now().date(), asked_at=ago(1),
        )
    ])  # fmt: skip
    assert len(history(maya, assignment)) == 11
    assert [asked(each) for each in (maya, lead, admin)] == before
