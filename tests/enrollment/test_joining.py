"""Who may begin a course by themselves, asking to, deciding about it, and a day of one's own."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.clock import now
from courses.actions.joining import JoiningChanged, change_joining
from courses.choices import Joining
from courses.models import Course
from enrollment.actions import enroll, switch_off_requirement
from enrollment.actions.joining import (
    JoinRefused,
    ask_to_join,
    decline_joining,
    grant_joining,
    set_own_day,
    withdraw_joining,
)
from enrollment.actions.learning import NotOpenToAll
from enrollment.choices import JoinState
from enrollment.models import Enrollment, JoinRequest
from enrollment.queries.joining import door_of
from enrollment.rules.joining import why_not_asked, why_not_begun, why_not_wished
from notifications.models import Message
from people.actions import deactivate_person
from people.choices import AccessRole
from people.models import User
from records.models import Event
from tests.enrollment.classroom import a_version, at_once, require, retire
from tests.enrollment.test_programs import a_program, beginning
from tests.enrollment.workplace import AT, TODAY, browser, operator, rewrite, write
from tests.factories import BY, make_person

WORDS = "I help out in packaging"


@pytest.fixture
def maya(boss: User) -> User:
    return operator("Maya", manager=boss)


@pytest.fixture
def course(db: None) -> Course:
    return guarded(a_version("page", title="Packaging line").course)


def guarded(course: Course, joining: Joining = Joining.APPROVAL) -> Course:
    return change_joining(course=course, joining=joining, by=BY, at=AT, reason="few places only")


def asked(course: Course, by: User, **details: Any) -> JoinRequest:
    return ask_to_join(course=course, by=by, at=now(), **details)[0]


# Rules


@pytest.mark.parametrize(
    ("joining", "required", "let", "words"),
    [
        (Joining.OPEN, False, False, ""),
        (Joining.APPROVAL, True, False, ""),
        (Joining.APPROVAL, False, True, ""),
        (Joining.APPROVAL, False, False, "Your manager decides"),
        (Joining.REQUIRED, True, False, ""),
        (Joining.REQUIRED, False, False, "Only those of whom"),
    ],
)
def test_who_may_begin(joining: Joining, required: bool, let: bool, words: str) -> None:
    said = why_not_begun(joining, is_required=required, is_let=let)
    assert said.startswith(words)
    assert bool(said) == bool(words)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({}, ""),
        ({"is_open": True}, "You have begun"),
        ({"is_waiting": True}, "You have asked already"),
        ({"is_offered": False}, "No version"),
        ({"is_required": True}, "You need not ask"),
        ({"joining": Joining.OPEN}, "You need not ask"),
        ({"joining": Joining.REQUIRED}, "Only those"),
    ],
)
def test_who_may_ask(changed: dict[str, Any], words: str) -> None:
    plain = {"is_required": False, "is_open": False, "is_waiting": False, "is_offered": True}
    said = why_not_asked(**{"joining": Joining.APPROVAL, **plain, **changed})
    assert said.startswith(words)
    assert bool(said) == bool(words)


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (None, ""),
        (TODAY, ""),
        (TODAY + timedelta(days=730), ""),
        (TODAY - timedelta(days=1), "That day has passed"),
        (TODAY + timedelta(days=731), "Choose a day within"),
    ],
)
def test_which_day_may_be_wished(day: date | None, words: str) -> None:
    said = why_not_wished(day, today=TODAY)
    assert said.startswith(words)
    assert bool(said) == bool(words)


# Beginning


def test_a_guarded_course_is_begun_by_whom_it_is_required_of(course: Course, maya: User) -> None:
    with pytest.raises(NotOpenToAll, match="Ask first"):
        enroll(user=maya, course=course, by=maya, at=AT)
    require(maya, course, due_on=TODAY + timedelta(days=9))
    assert enroll(user=maya, course=course, by=maya, at=AT).assignment is not None


def test_whoever_has_begun_goes_on(maya: User) -> None:
    course = a_version("page").course
    begun = enroll(user=maya, course=course, by=maya, at=AT)
    guarded(course, Joining.REQUIRED)
    course.refresh_from_db()
    assert enroll(user=maya, course=course, by=maya, at=AT) == begun


def test_changing_who_may_begin_is_in_the_trail(course: Course) -> None:
    fact = Event.objects.get(verb="courses.joining_changed")
    assert (fact.reason, fact.payload["was"], fact.payload["who"]) == (
        "few places only", "open", "Whoever their manager lets",
    )  # fmt: skip
    guarded(course)  # the same again
    assert Event.objects.filter(verb="courses.joining_changed").count() == 1
    with pytest.raises(JoiningChanged):
        change_joining(course=course, joining=Joining.OPEN, by=BY, at=AT, reason="room for all", expected="required")
    with pytest.raises(IntegrityError, match="course_joining_known"), transaction.atomic():
        rewrite(Course.objects.filter(pk=course.pk), joining="whoever")


# Asking and deciding


def test_the_manager_hears_and_lets_them(course: Course, maya: User, boss: User) -> None:
    day = now().date() + timedelta(days=20)
    made, told = ask_to_join(course=course, by=maya, at=now(), words=WORDS, wished_on=day)
    assert told == [boss]
    message = Message.objects.get(kind="enrollment.join_asked")
    assert (message.recipient, message.subject) == (boss, "Maya asks to take Packaging line")
    assert WORDS in message.body
    granted = grant_joining(asked=made, by=boss, at=now(), words="Gladly")
    enrollment = Enrollment.objects.get(user=maya)
    assert (granted.state, granted.enrollment, enrollment.own_due_on) == (JoinState.GRANTED, enrollment, day)
    assert (enrollment.state, enrollment.assignment) == ("open", None)
    heard = Message.objects.get(kind="enrollment.join_granted")
    assert (heard.recipient, "Jonas Keller lets you take it" in heard.body, "Gladly" in heard.body) == (
        maya,
        True,
        True,
    )
    verbs = Event.objects.filter(verb__startswith="enrollment.join_").order_by("id").values_list("verb", "actor_name")
    assert list(verbs) == [("enrollment.join_asked", "Maya"), ("enrollment.join_granted", "Jonas Keller")]


def test_without_a_manager_the_administrators_hear(course: Course) -> None:
    admin = make_person(AccessRole.ADMINISTRATOR)
    alone = operator("Alone")
    made, told = ask_to_join(course=course, by=alone, at=now())
    assert told == [admin]
    assert grant_joining(asked=made, by=admin, at=now()).state == JoinState.GRANTED


def test_with_nobody_to_decide_it_is_said(course: Course) -> None:
    with pytest.raises(JoinRefused, match="no manager"):
        ask_to_join(course=course, by=operator("Alone"), at=now())


def test_declined_with_words_and_asked_again(course: Course, maya: User, boss: User) -> None:
    made = asked(course, maya)
    with pytest.raises(JoinRefused, match="Say why"):
        decline_joining(asked=made, by=boss, at=now(), words="no")
    decline_joining(asked=made, by=boss, at=now(), words="not before the audit")
    assert "not before the audit" in Message.objects.get(kind="enrollment.join_declined").body
    assert not Enrollment.objects.exists()
    with pytest.raises(JoinRefused, match="decided already"):
        grant_joining(asked=made, by=boss, at=now())
    assert asked(course, maya).state == JoinState.ASKED


def test_asked_once_at_a_time_and_taken_back(course: Course, maya: User) -> None:
    made = asked(course, maya)
    with pytest.raises(JoinRefused, match="asked already"):
        asked(course, maya)
    withdraw_joining(asked=made, by=maya, at=now())
    assert withdraw_joining(asked=made, by=maya, at=now()).state == JoinState.WITHDRAWN
    assert asked(course, maya).pk != made.pk


def test_nobody_decides_for_themselves_or_for_strangers(course: Course, maya: User) -> None:
    made = asked(course, maya)
    with pytest.raises(JoinRefused, match="for themselves"):
        grant_joining(asked=made, by=maya, at=now())
    with pytest.raises(JoinRefused, match="not yours"):
        grant_joining(asked=made, by=make_person(), at=now())
    with pytest.raises(PermissionError):
        withdraw_joining(asked=made, by=make_person(), at=now())


def test_what_is_no_longer_offered_is_not_granted(course: Course, maya: User, boss: User) -> None:
    made = asked(course, maya)
    retire(course.versions.get())
    with pytest.raises(JoinRefused, match="No version"):
        grant_joining(asked=made, by=boss, at=now())
    made.refresh_from_db()
    assert made.state == JoinState.ASKED


@pytest.mark.usefixtures("committed_db")
def test_of_two_who_decide_at_once_the_first_counts() -> None:
    boss, admin = make_person(name="Jonas Keller"), make_person(AccessRole.ADMINISTRATOR)
    maya, course = operator("Maya", manager=boss), guarded(a_version("page").course)
    made = asked(course, maya)
    raised = at_once(
        lambda: grant_joining(asked=made, by=boss, at=now()),
        lambda: decline_joining(asked=made, by=admin, at=now(), words="not before the audit"),
        lambda: grant_joining(asked=made, by=admin, at=now()),
    )
    assert [type(each) for each in raised] == [JoinRefused] * 2
    assert Message.objects.filter(kind__in=["enrollment.join_granted", "enrollment.join_declined"]).count() == 1


@pytest.mark.parametrize(
    ("changed", "constraint"),
    [
        ({"state": "lost"}, "join_state_"),
        ({"state": "granted"}, "join_"),
        ({"decided_at": AT}, "join_"),
        ({"state": "declined", "decided_at": AT, "decided_by": "boss"}, "join_declined_with_words"),
        (
            {"state": "declined", "decided_at": AT, "decided_by": "maya", "decision": "no, no"},
            "join_decided_by_another",
        ),
        ({"state": "granted", "decided_at": AT, "decided_by": "boss"}, "join_granted_begins"),
        ({"state": "withdrawn"}, "join_state_dated"),
    ],
)
def test_the_database_refuses_a_request(
    course: Course, maya: User, boss: User, changed: dict[str, Any], constraint: str
) -> None:
    made = asked(course, maya)
    named = {"boss": boss, "maya": maya}
    values = {key: named.get(value, value) if isinstance(value, str) else value for key, value in changed.items()}
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        rewrite(JoinRequest.objects.filter(pk=made.pk), **values)


def test_two_requests_cannot_wait(course: Course, maya: User) -> None:
    made = asked(course, maya)
    with pytest.raises(IntegrityError, match="join_asked_once"), transaction.atomic():
        write([JoinRequest(user=maya, course=course, asked_at=made.asked_at)])


@pytest.mark.parametrize("changed", [{"words": "other words"}, {"wished_on": TODAY}])
def test_what_was_asked_stays(course: Course, maya: User, changed: dict[str, Any]) -> None:
    made = asked(course, maya)
    with pytest.raises(DatabaseError, match="does not change"), transaction.atomic():
        rewrite(JoinRequest.objects.filter(pk=made.pk), **changed)
    withdraw_joining(asked=made, by=maya, at=now())
    with pytest.raises(DatabaseError, match="does not change"), transaction.atomic():
        rewrite(JoinRequest.objects.filter(pk=made.pk), state="asked", withdrawn_at=None)


# A day of one's own


def test_a_day_of_ones_own(maya: User) -> None:
    begun = enroll(user=maya, course=a_version("page").course, by=maya, at=AT)
    day = now().date() + timedelta(days=5)
    assert set_own_day(enrollment=begun, day=day, by=maya, at=now()).own_due_on == day
    set_own_day(enrollment=begun, day=day, by=maya, at=now())
    assert Event.objects.filter(verb="enrollment.own_day_set").count() == 1
    with pytest.raises(JoinRefused, match="has passed"):
        set_own_day(enrollment=begun, day=date(2020, 1, 1), by=maya, at=now())
    with pytest.raises(PermissionError):
        set_own_day(enrollment=begun, day=day, by=make_person(), at=now())
    page = browser(maya).get(reverse("enrollment:training")).content.decode()
    assert "You want to be done by" in page
    assert set_own_day(enrollment=begun, day=None, by=maya, at=now()).own_due_on is None


# Pages


def test_a_learner_asks_on_the_course_page(course: Course, maya: User, boss: User) -> None:
    client, start = browser(maya), reverse("enrollment:start", args=[course.pk])
    page = client.get(start).content.decode()
    assert "Your manager decides who takes this training. Ask first." in page
    assert f'<form method="post" action="{start}"' not in page
    refused = client.post(start)
    assert (refused.status_code, "Ask first" in refused.content.decode()) == (409, True)
    ask = reverse("enrollment:ask_to_join", args=[course.pk])
    bad = client.post(ask, {"words": WORDS, "wished_on": "2020-01-01"})
    assert (bad.status_code, WORDS in bad.content.decode()) == (422, True)
    assert "That day has passed" in bad.content.decode()
    answer = client.post(ask, {"words": WORDS, "wished_on": ""}, follow=True)
    assert "Jonas Keller was asked." in answer.content.decode()
    assert "I no longer ask for it" in answer.content.decode()
    assert client.get(ask)["Location"] == start  # asked already
    assert "waits for a decision" in client.get(reverse("enrollment:training")).content.decode()
    made = JoinRequest.objects.get()
    client.post(reverse("enrollment:withdraw_join", args=[made.pk]))
    assert "Ask to take it" in client.get(start).content.decode()


def test_a_course_only_for_whom_it_is_required_says_so(maya: User) -> None:
    course = guarded(a_version("page").course, Joining.REQUIRED)
    page = browser(maya).get(reverse("enrollment:start", args=[course.pk])).content.decode()
    assert "Only those of whom it is required take this training." in page
    assert "disabled" in page
    assert "Ask to take it" not in page


def test_a_manager_decides_on_the_list(course: Course, maya: User, boss: User) -> None:
    made = asked(course, maya, words=WORDS)
    client, listed = browser(boss), reverse("enrollment:join_requests")
    assert WORDS in client.get(listed).content.decode()
    decline = reverse("enrollment:decline_join", args=[made.pk])
    assert client.post(decline, {"words": "no"}).status_code == 422
    page = client.post(reverse("enrollment:let_join", args=[made.pk]), {"words": "Gladly"}, follow=True)
    assert "Maya has begun it, and was told." in page.content.decode()
    assert "Nobody waits for your decision" in client.get(listed).content.decode()
    assert "Gladly" in client.get(listed + "?decided").content.decode()
    assert client.get(decline)["Location"] == listed  # decided already


def test_strangers_see_and_decide_nothing(course: Course, maya: User) -> None:
    made = asked(course, maya)
    stranger = make_person()
    operator("Somebody", manager=stranger)
    assert "Maya" not in browser(stranger).get(reverse("enrollment:join_requests")).content.decode()
    for name in ("let_join", "decline_join", "withdraw_join"):
        assert browser(stranger).post(reverse(f"enrollment:{name}", args=[made.pk])).status_code == 404


def test_who_has_left_waits_for_nobody(course: Course, maya: User, boss: User) -> None:
    asked(course, maya)
    operator("Rosa", manager=boss)
    deactivate_person(person=maya, by=BY, at=now(), left_on=now().date(), reason="left the company")
    assert "Nobody waits" in browser(boss).get(reverse("enrollment:join_requests")).content.decode()


def test_the_list_takes_the_same_queries_for_one_and_for_three(
    course: Course, maya: User, boss: User, django_assert_num_queries: Any
) -> None:
    client, listed = browser(boss), reverse("enrollment:join_requests")
    asked(course, maya)
    client.get(listed)
    with CaptureQueriesContext(connection) as first:
        client.get(listed)
    for name in ("Amara", "Rosa"):
        asked(guarded(a_version("page").course), operator(name, manager=boss))
    with django_assert_num_queries(len(first)):
        client.get(listed)


def test_an_author_says_who_may_begin(course: Course) -> None:
    author = make_person(AccessRole.AUTHOR)
    client, address = browser(author), reverse("courses:joining", args=[course.pk])
    assert "Begun by: Whoever their manager lets" in client.get(reverse("courses:studio")).content.decode()
    bad = client.post(address, {"joining": "required", "was": "approval", "reason": "so"})
    assert (bad.status_code, "Say in a few words why" in bad.content.decode()) == (422, True)
    stale = client.post(address, {"joining": "required", "was": "open", "reason": "rare machine"})
    assert (stale.status_code, "in the meantime" in stale.content.decode()) == (422, True)
    client.post(address, {"joining": "required", "was": "approval", "reason": "rare machine"})
    course.refresh_from_db()
    assert course.joining == Joining.REQUIRED
    assert browser(make_person()).get(address).status_code == 403


def test_own_day_page(maya: User) -> None:
    begun = enroll(user=maya, course=a_version("page").course, by=maya, at=now())
    address, client = reverse("enrollment:own_day", args=[begun.pk]), browser(maya)
    day = now().date() + timedelta(days=5)
    assert client.post(address, {"wished_on": "2020-01-01"}).status_code == 422
    page = client.post(address, {"wished_on": day.isoformat()}, follow=True).content.decode()
    assert "You want to be done by" in page
    assert browser(make_person()).get(address).status_code == 404


# On the way


def may_begin(person: User, course: Course) -> bool:
    try:
        with transaction.atomic():
            enroll(user=person, course=course, by=person, at=AT)
            transaction.set_rollback(True)
    except NotOpenToAll:
        return False
    return True


def in_a_row() -> list[Course]:
    """Make three courses for those of whom they are required: the last asks for the second, that for the first."""
    made: list[Course] = []
    for title in ("First", "Second", "Third"):
        version = a_version("page", title=title, prerequisites=[each.pk for each in made[-1:]])
        made.append(guarded(version.course, Joining.REQUIRED))
    return made


@pytest.mark.parametrize("how", ["required", "program"])
def test_what_is_asked_two_steps_off_may_be_begun(maya: User, how: str) -> None:
    first, second, third = in_a_row()
    stranger = operator("Stranger")
    assert not any(may_begin(maya, each) for each in (first, second, third))
    if how == "required":
        require(maya, third, due_on=TODAY)
    else:
        beginning(a_program((None, [third.versions.get()])), maya)
    assert [may_begin(maya, first), door_of(second, maya).is_required] == [True, True]
    assert not may_begin(stranger, first)


def test_what_was_asked_two_steps_off_ends_with_its_requirement(maya: User) -> None:
    first, _second, third = in_a_row()
    assignment = require(maya, third, due_on=TODAY)
    assert may_begin(maya, first)
    switch_off_requirement(requirement=assignment.requirement, by=maya, at=AT, reason="the press is gone")
    assert not may_begin(maya, first)
