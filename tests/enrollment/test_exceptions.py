"""More time: who may give it, within which limits, and what follows."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, connection, connections
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.clock import now
from enrollment.actions import ExtensionRefused, PolicyChangedMeanwhile, change_exception_policy, extend
from enrollment.actions.checking import check_standings
from enrollment.choices import Status
from enrollment.followers import FIRST
from enrollment.models import Assignment, ExceptionPolicy, Extension, Standing
from enrollment.queries import standings
from enrollment.queries.exceptions import due_now
from enrollment.rules import Extension as MoreTime
from enrollment.rules import Facts, Span, Terms, obligation_of
from enrollment.rules.exceptions import Due, Limits, proposed_days, times_extended, why_no_more_time, why_not_until
from notifications.models import Message
from people.choices import AccessRole
from people.models import User
from records.models import Event
from tests.enrollment.workplace import (
    AT,
    TODAY,
    a_course,
    browser,
    complete,
    days,
    open_assignments,
    operator,
    switched_on,
    write,
)
from tests.factories import make_person, place

WHY = "Night shift until Friday"


def late_maya(admin: User, boss: User, *, name: str = "Maya Lindqvist", today: date = TODAY) -> Assignment:
    """Let something be overdue by six days, for somebody whose manager is the boss."""
    operator(name, since=today - days(20), manager=boss)
    return open_assignments(switched_on(a_course(), by=admin))[name]


def more(assignment: Assignment, by: User, **changed: Any) -> Extension:
    """Give two weeks from today for what was due six days ago."""
    asked = {"was_due_on": TODAY - days(6), "due_on": TODAY + days(14), "reason": WHY, "at": AT, **changed}
    return extend(assignment=assignment, by=by, **asked)


@contextmanager
def in_threads(work: list[Callable[[], object]]) -> Iterator[list[BaseException]]:
    """Do all of this at the same moment; yields what was raised."""
    raised: list[BaseException] = []
    barrier = threading.Barrier(len(work))

    def run(one: Callable[[], object]) -> None:
        try:
            barrier.wait()
            one()
        except BaseException as error:
            raised.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[one]) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    yield raised


# The rule


def due(**changed: Any) -> Due:
    return Due(**{"name": "Maya", "today": TODAY, "status": Status.SOON, "due_on": TODAY + days(3), "may_renew": False,
                  "times": 0, **changed})  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "beyond", "words"),
    [
        ({}, False, ""),
        ({"status": Status.LATE, "due_on": TODAY - days(99)}, False, ""),
        ({"status": Status.PAUSED}, False, ""),
        ({"status": Status.DONE}, True, "Maya has completed this already."),
        ({"status": Status.DONE, "may_renew": True}, False, ""),
        ({"status": Status.WAIVED}, True, "It is waived for Maya now, so nothing is due."),
        ({"due_on": None}, True, "Nothing is due for Maya, so there is no day to move."),
        ({"times": 1}, False, ""),
        (
            {"times": 2},
            False,
            "Maya was given more time 2 times already, and that is the most. An administrator can give more.",
        ),
        ({"times": 2}, True, ""),
    ],
)
def test_more_time_is_refused_in_words(changed: dict[str, Any], beyond: bool, words: str) -> None:
    assert why_no_more_time(due(**changed), Limits(), may_go_beyond=beyond) == words


def test_managers_may_be_given_no_say() -> None:
    limits = Limits(most_extensions=0)
    words = "Managers give no more time here. An administrator can."
    assert why_no_more_time(due(), limits, may_go_beyond=False) == words
    assert why_no_more_time(due(), limits, may_go_beyond=True) == ""


@pytest.mark.parametrize(
    ("late_by", "new", "beyond", "words"),
    [
        (-3, TODAY + days(33), False, ""),
        (
            -3,
            TODAY + days(34),
            False,
            "You can give at most 30 days, until 26 Dec 2026. An administrator can give more.",
        ),
        (-3, TODAY + days(34), True, ""),
        (-3, TODAY + days(370), True, "At most 366 days, until 27 Nov 2027."),
        (-3, TODAY + days(3), True, "That is not later than the due day, 26 Nov 2026."),
        (40, TODAY, False, ""),
        (40, TODAY - days(1), True, "That day has passed. Choose today or a later one."),
        (40, TODAY + days(30), False, ""),
        (
            40,
            TODAY + days(31),
            False,
            "You can give at most 30 days, until 23 Dec 2026. An administrator can give more.",
        ),
    ],
)
def test_new_due_day_is_within_the_limit(late_by: int, new: date, beyond: bool, words: str) -> None:
    found = due(due_on=TODAY - days(late_by))
    assert why_not_until(found, new, Limits(), may_go_beyond=beyond) == words


def test_extensions_are_counted_from_one_due_day_to_the_next() -> None:
    one, two, other = (MoreTime(TODAY, TODAY + days(5)), MoreTime(TODAY + days(5), TODAY + days(9)),
                       MoreTime(TODAY - days(300), TODAY - days(290)))  # fmt: skip
    assert times_extended([other, one, two], due_on=TODAY + days(9)) == 2
    assert times_extended([other, one, two], due_on=TODAY + days(5)) == 1
    assert times_extended([other, one, two], due_on=TODAY + days(60)) == 0
    assert times_extended([one, two], due_on=TODAY + days(60), is_moved=True) == 2
    assert times_extended([one], due_on=None) == 0


def test_more_time_after_a_leave_is_put_off_by_the_next_leave() -> None:
    leaves = [Span(TODAY, TODAY + days(10)), Span(TODAY + days(20), TODAY + days(30))]
    moved = TODAY + days(17)  # a week after the first return
    more = [MoreTime(moved, TODAY + days(25))]
    facts = Facts(TODAY - days(10), TODAY + days(4), "c", leaves=leaves, extensions=more)
    found = obligation_of(Terms(), facts)
    assert (found.due_on, found.is_extended, found.is_moved) == (TODAY + days(37), True, True)
    again = [*more, MoreTime(TODAY + days(37), TODAY + days(40))]
    assert obligation_of(Terms(), replace(facts, extensions=again)).due_on == TODAY + days(40)
    away = [leaves[0], Span(TODAY + days(20), None)]
    assert obligation_of(Terms(), replace(facts, leaves=away)).due_on is None


def test_proposed_days_stay_within_the_limit() -> None:
    assert proposed_days(Limits(), may_go_beyond=False) == (7, 14, 30)
    assert proposed_days(Limits(longest_extension_days=5), may_go_beyond=False) == (5,)
    assert proposed_days(Limits(), may_go_beyond=True) == (7, 14, 30, 60, 90)


# The action


def test_manager_gives_more_time_and_the_person_is_told(admin: User, boss: User) -> None:
    assignment = late_maya(admin, boss)
    extension = more(assignment, boss)
    [standing] = standings(at=AT, user_ids=[assignment.user_id])
    assert (standing.due_on, standing.status, standing.is_extended) == (TODAY + days(14), Status.TODO, True)
    assert check_standings(after=FIRST, most=1000)[1] == []
    fact = Event.objects.get(verb="enrollment.extended")
    assert fact.sentence == (
        "Jonas Keller gave Maya Lindqvist more time for Electronic records and signatures: "
        "due 7 Dec 2026 instead of 17 Nov 2026"
    )
    assert (fact.person_id, fact.reason, fact.captures.count()) == (assignment.user_id, WHY, 1)
    message = Message.objects.get(kind="enrollment.more_time")
    assert (message.recipient_id, message.once) == (assignment.user_id, f"extended:{extension.pk}")
    assert message.subject == "More time for Electronic records and signatures: until 7 Dec 2026"
    assert "It was due on Tuesday 17 November 2026; now it is due by the end of Monday 7 December 2026" in message.body
    assert "Why: Night shift until Friday" in message.body


def test_the_same_asked_twice_is_given_once(admin: User, boss: User) -> None:
    assignment = late_maya(admin, boss)
    assert more(assignment, boss) == more(assignment, boss)
    assert Message.objects.filter(kind="enrollment.more_time").count() == 1
    with pytest.raises(ExtensionRefused, match=r"in the meantime: it is due on 7 Dec 2026 now\. Look again\."):
        more(assignment, admin)
    for changed in ({"due_on": TODAY + days(20)}, {"reason": "Holiday until January"}):
        with pytest.raises(ExtensionRefused, match="It was changed in the meantime"):
            more(assignment, boss, **changed)
    assert Extension.objects.count() == 1


def test_two_at_the_same_moment_move_the_day_once(committed_db: str) -> None:
    admin, boss = make_person(AccessRole.ADMINISTRATOR), make_person()
    assignment = late_maya(admin, boss)
    for pair, refusals in (((boss, boss, boss), 0), ((boss, admin, admin), 2)):
        shown = Standing.objects.get(assignment=assignment).due_on
        assert shown is not None
        asked_for = {"was_due_on": shown, "due_on": shown + days(25)}
        with in_threads([partial(more, assignment, by, **asked_for) for by in pair]) as raised:
            assert {type(each) for each in raised} <= {ExtensionRefused}
        assert Extension.objects.filter(was_due_on=shown).count() == 1
        assert len(raised) <= refusals
        assert Standing.objects.get(assignment=assignment).due_on == shown + days(25)


def test_third_time_is_an_administrators(admin: User, boss: User) -> None:
    assignment = late_maya(admin, boss)
    more(assignment, boss)
    more(assignment, boss, was_due_on=TODAY + days(14), due_on=TODAY + days(20))
    third = {"was_due_on": TODAY + days(20), "due_on": TODAY + days(200)}
    with pytest.raises(ExtensionRefused, match="2 times already, and that is the most"):
        more(assignment, boss, **third)
    assert more(assignment, admin, **third).due_on == TODAY + days(200)


def test_limit_of_the_policy_binds_managers(admin: User, boss: User) -> None:
    assignment = late_maya(admin, boss)
    policy = change_exception_policy(
        limits=Limits(longest_extension_days=5, most_extensions=1), revision=0, reason=WHY, by=admin, at=AT
    )
    with pytest.raises(ExtensionRefused, match="at most 5 days, until 28 Nov 2026"):
        more(assignment, boss)
    more(assignment, boss, due_on=TODAY + days(5))
    with pytest.raises(PolicyChangedMeanwhile):
        change_exception_policy(limits=Limits(), revision=0, reason=WHY, by=admin, at=AT)
    change_exception_policy(limits=policy.limits, revision=1, reason=WHY, by=admin, at=AT)
    [fact] = Event.objects.filter(verb="enrollment.exception_policy_changed")
    assert (fact.reason, fact.captures.get().new["longest_extension_days"]) == (WHY, 5)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"reason": "because"}, "at least two words"),
        ({"was_due_on": TODAY}, "changed in the meantime: it is due on 17 Nov 2026"),
        ({"due_on": TODAY - days(1)}, "That day has passed"),
    ],
)
def test_what_can_not_be_given_changes_nothing(admin: User, boss: User, changed: dict[str, Any], words: str) -> None:
    assignment = late_maya(admin, boss)
    with pytest.raises(ExtensionRefused, match=words):
        more(assignment, boss, **changed)
    assert not Extension.objects.exists()
    assert not Event.objects.filter(verb="enrollment.extended").exists()


def test_nobody_gives_time_to_themselves_nor_for_what_is_done(admin: User, boss: User) -> None:
    assignment = late_maya(admin, boss)
    with pytest.raises(ExtensionRefused, match="to themselves"):
        more(assignment, assignment.user)
    complete(assignment.user, assignment.course, on=TODAY)
    with pytest.raises(ExtensionRefused, match="Maya Lindqvist has completed this already"):
        more(assignment, boss)


def test_what_is_due_is_read_in_as_many_queries_for_three_as_for_one(
    admin: User, boss: User, django_assert_num_queries
) -> None:
    requirement = late_maya(admin, boss).requirement
    with CaptureQueriesContext(connection) as first:
        assert len(due_now(Assignment.objects.filter(requirement=requirement), at=AT)) == 1
    other = [late_maya(admin, boss, name=name) for name in ("Rosa", "Amara")]
    assert len({each.requirement_id for each in other}) == 2
    with django_assert_num_queries(len(first)):
        assert len(due_now(Assignment.objects.filter(ended_at=None), at=AT)) >= 3


@pytest.mark.parametrize(
    ("changed", "constraint"),
    [
        ({"due_on": TODAY - days(6)}, "extension_gives_time"),
        ({"reason": ""}, "extension_has_a_reason"),
        ({"granted_by": "the person"}, "extension_by_somebody_else"),
    ],
)
def test_the_database_refuses_an_extension(admin: User, boss: User, changed: dict[str, Any], constraint: str) -> None:
    assignment = late_maya(admin, boss)
    if "granted_by" in changed:
        changed = {"granted_by": assignment.user}
    told = {"assignment": assignment, "user": assignment.user, "was_due_on": TODAY - days(6), "due_on": TODAY,
            "reason": WHY, "granted_at": AT, "granted_by": boss}  # fmt: skip
    with pytest.raises(IntegrityError, match=constraint):
        write([Extension(**{**told, **changed})])


@pytest.mark.parametrize(
    ("changed", "constraint"),
    [({"id": 2}, "exception_policy_is_one"), ({"longest_waiver_days": 0}, "exception_policy_in_bounds")],
)
def test_the_database_refuses_a_policy(admin: User, changed: dict[str, Any], constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint):
        write([ExceptionPolicy(changed_at=AT, changed_by=admin, **changed)])


# The pages


def asked(assignment: Assignment, **changed: Any) -> dict[str, Any]:
    was = assignment.standing.due_on.isoformat()
    return {"days": "14", "until": "", "reason": WHY, "was_due_on": was, "next": "/team/?view=list", **changed}


@pytest.fixture
def late(admin: User, boss: User) -> Assignment:
    return late_maya(admin, boss, today=now().date())


def test_dialog_shows_the_due_day_and_what_it_becomes(late: Assignment, boss: User) -> None:
    page = browser(boss).get(reverse("enrollment:extend", args=[late.pk])).content.decode()
    assert "More time for Maya Lindqvist" in page
    assert "6 days ago" in page
    new = now().date() + days(7)
    assert f"7 days: due on {new:%A} {new.day} {new:%B %Y}" in page
    assert "60 days" not in page


def test_manager_gives_more_time_on_the_page_and_comes_back(late: Assignment, boss: User) -> None:
    client, address = browser(boss), reverse("enrollment:extend", args=[late.pk])
    for _ in range(2):  # pressed twice
        answer = client.post(address, asked(late))
        assert (answer.status_code, answer["Location"]) == (302, "/team/?view=list")
    given = Extension.objects.get()
    assert (given.due_on, given.granted_by) == (now().date() + days(14), boss)
    page = client.get(address).content.decode()
    assert "given by Jonas Keller" in page
    assert WHY in page


def test_learner_sees_the_new_day_and_why(late: Assignment, boss: User) -> None:
    browser(boss).post(reverse("enrollment:extend", args=[late.pk]), asked(late))
    learner = browser(late.user)
    listed = learner.get(reverse("enrollment:training")).content.decode()
    assert "More time was given" in listed
    assert (now().date() + days(14)).isoformat() in listed
    page = learner.get(reverse("enrollment:start", args=[late.course_id])).content.decode()
    assert "Jonas Keller gave you more time" in page
    assert WHY in page
    record = learner.get(reverse("reporting:person", args=[late.user_id])).content.decode()
    assert "given by Jonas Keller" in record
    assert reverse("enrollment:extend", args=[late.pk]) not in record


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"reason": "late"}, "Say why in at least two words."),
        ({"days": "another"}, "Choose the new due day."),
        ({"days": "7", "until": "2027-01-04"}, "Choose “Another day” for this, or leave it empty."),
        ({"days": "another", "until": "soon"}, "Give a day that exists, such as 2026-11-03."),
        ({"days": "another", "until": "2099-01-01"}, "You can give at most 30 days"),
        ({"days": "60"}, "That is not offered."),
        ({"was_due_on": "2020-01-01"}, "It was changed in the meantime: it is due on"),
    ],
)
def test_bad_input_is_said_in_place_and_kept(late: Assignment, boss: User, changed: dict[str, str], words: str) -> None:
    answer = browser(boss).post(reverse("enrollment:extend", args=[late.pk]), asked(late, **changed))
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert changed.get("reason", WHY) in answer.content.decode()
    assert not Extension.objects.exists()


def test_for_others_the_page_does_not_exist(late: Assignment, admin: User) -> None:
    address = reverse("enrollment:extend", args=[late.pk])
    stranger = make_person()
    place(make_person(), manager=stranger)
    for user in (late.user, stranger, make_person(AccessRole.AUDITOR)):
        assert browser(user).get(address).status_code == 404
        assert browser(user).post(address, asked(late)).status_code == 404
    assert browser(admin).get(address).status_code == 200


def test_finished_extensions_leave_a_way_back_but_no_form(late: Assignment, boss: User) -> None:
    complete(late.user, late.course, on=now().date())
    page = browser(boss).get(reverse("enrollment:extend", args=[late.pk])).content.decode()
    assert "Maya Lindqvist has completed this already." in page
    assert "Give more time" not in page


def test_administrator_changes_the_limits(admin: User, boss: User) -> None:
    address, client = reverse("enrollment:exception_limits"), browser(admin)
    typed = {"longest_extension_days": 10, "most_extensions": 1, "longest_waiver_days": 90, "revision": 0}
    assert client.post(address, {**typed, "reason": "short"}).status_code == 422
    assert client.post(address, {**typed, "reason": WHY}).status_code == 302
    assert ExceptionPolicy.objects.get().limits == Limits(10, 1, 90)
    again = client.post(address, {**typed, "longest_waiver_days": 80, "reason": WHY})
    assert (again.status_code, "Somebody else changed" in again.content.decode()) == (422, True)
    assert "Tomás Ferreira" in client.get(address).content.decode()
    assert browser(boss).get(address).status_code == 403
