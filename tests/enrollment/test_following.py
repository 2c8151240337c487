"""Assignments follow people from position to position, at once and by the sweep."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

import pytest
from django.test import Client
from django.urls import reverse

from core.clock import now
from enrollment import followers, tasks
from enrollment.actions import follow_person, switch_off_requirement
from enrollment.actions import requirements as requirement_actions
from enrollment.actions.assigning import settle_people
from enrollment.actions.checking import check_standings
from enrollment.followers import FIRST
from enrollment.models import Assignment, Completion
from enrollment.queries import changes_for
from enrollment.queries.changes import changes_of_person
from enrollment.queries.effects import effect_of
from enrollment.rules import Post
from enrollment.rules.supposing import with_main_post
from notifications.models import Message
from people.actions import correct_position, deactivate_person
from people.choices import AccessRole
from people.models import User
from records.models import Event
from tests.enrollment.workplace import (
    AT,
    TODAY,
    a_course,
    analyst,
    complete,
    deliver,
    draft,
    move,
    newark,
    open_assignments,
    operator,
    rewrite,
    switched_on,
)
from tests.factories import BY, make_department, make_job_role, make_person, place


@pytest.fixture
def admin(db: None, monkeypatch: pytest.MonkeyPatch) -> User:
    monkeypatch.setattr(followers, "now", lambda: AT + timedelta(minutes=5))
    return make_person(AccessRole.ADMINISTRATOR, name="Tomás Ferreira")


def test_whoever_enters_the_audience_is_given_it(admin: User) -> None:
    requirement = switched_on(a_course(), by=admin)
    deliver()
    person = make_person(name="New Joiner")
    place(person, since=TODAY)
    deliver()
    row = open_assignments(requirement)["New Joiner"]
    assert (row.since_on, row.due_on) == (TODAY, TODAY + timedelta(days=14))
    assert Message.objects.filter(recipient=person, kind="enrollment.assigned").count() == 1


def test_whoever_leaves_the_audience_no_longer_has_it_but_keeps_what_is_done(admin: User) -> None:
    course = a_course()
    person = operator("Maya")
    requirement = switched_on(course, by=admin)
    completion = complete(person, course, on=TODAY)
    move(person, since=TODAY, job_role=analyst())
    follow_person(user_id=person.pk, at=AT + timedelta(minutes=1))
    row = Assignment.objects.get()
    assert (row.ended_at, row.ended_because) == (
        AT + timedelta(minutes=1),
        "The job role is no longer Tablet Operator",
    )
    assert open_assignments(requirement) == {}
    assert Completion.objects.get() == completion


def test_coming_back_gives_it_anew_and_never_twice(admin: User) -> None:
    person = operator("Maya")
    requirement = switched_on(a_course(), by=admin)
    for days, role in ((1, analyst()), (3, make_job_role())):
        since = TODAY + timedelta(days=days)
        move(person, since=since, job_role=role)
        for minutes in (1, 2):
            follow_person(user_id=person.pk, at=AT + timedelta(days=days, minutes=minutes))
    rows = Assignment.objects.order_by("assigned_at")
    assert [(row.since_on, row.ended_at is None) for row in rows] == [
        (date(2026, 11, 3), False),
        (TODAY + timedelta(days=3), True),
    ]
    assert open_assignments(requirement)["Maya"].due_on == TODAY + timedelta(days=17)


def test_following_again_changes_nothing(admin: User) -> None:
    person = operator("Maya")
    switched_on(a_course(), by=admin)
    deliver()
    before = Event.objects.count()
    follow_person(user_id=person.pk, at=AT + timedelta(hours=1))
    assert Event.objects.count() == before
    assert Assignment.objects.count() == 1


def test_whoever_has_it_is_not_given_it_again(admin: User) -> None:
    operator("Maya")
    requirement = switched_on(a_course(), by=admin)
    person = Assignment.objects.get().user_id
    assert settle_people(requirement=requirement, user_ids=[person], by=admin, at=AT) == 0
    assert Assignment.objects.count() == 1


def test_change_of_manager_changes_nothing(admin: User) -> None:
    person = operator("Maya")
    requirement = switched_on(a_course(), by=admin)
    before = open_assignments(requirement)["Maya"]
    move(person, since=TODAY, manager=make_person())
    follow_person(user_id=person.pk, at=AT + timedelta(hours=1))
    after = open_assignments(requirement)["Maya"]
    assert (after.pk, after.since_on, after.due_on) == (before.pk, before.since_on, before.due_on)


def test_due_day_moves_to_the_midnight_of_another_site(admin: User) -> None:
    person = operator("Maya")
    requirement = switched_on(a_course(), by=admin)
    move(person, since=TODAY, site=newark())
    follow_person(user_id=person.pk, at=AT + timedelta(hours=1))
    row = open_assignments(requirement)["Maya"]
    assert (row.zone, row.due_on, Assignment.objects.count()) == ("America/New_York", date(2026, 11, 17), 1)
    assert Event.objects.filter(verb="enrollment.assignment_moved", person_id=person.pk).count() == 1


def test_leaver_has_nothing_open(admin: User) -> None:
    person = operator("Maya")
    requirement = switched_on(a_course(), by=admin)
    deactivate_person(person=person, by=BY, at=AT, left_on=TODAY, reason="left")
    deliver()
    assert open_assignments(requirement) == {}
    assert Assignment.objects.get().ended_because == "No longer working here"


def test_nothing_follows_a_draft_or_what_is_off(admin: User) -> None:
    course = a_course()
    draft(course, by=admin)
    off = switched_on(course, by=admin)
    switch_off_requirement(requirement=off, by=admin, at=AT, reason="Not needed")
    person = operator("Maya")
    follow_person(user_id=person.pk, at=AT)
    assert not Assignment.objects.exists()


# The sweep


def test_sweep_finds_what_time_alone_changed(admin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    requirement = switched_on(a_course(), by=admin, at=AT - timedelta(days=10))
    person = operator("Maya", since=TODAY + timedelta(days=1))
    deliver()
    assert open_assignments(requirement) == {}
    for at, has_it in (
        (AT + timedelta(hours=13), False),
        (AT + timedelta(hours=15), True),
    ):  # midnight in Basel between
        monkeypatch.setattr(tasks, "now", lambda at=at: at)
        tasks.sweep_assignments()
        assert ("Maya" in open_assignments(requirement)) is has_it
    tasks.sweep_assignments()
    assert Assignment.objects.filter(user=person).count() == 1


def test_sweep_finds_leavers_and_what_switching_on_left_undone(admin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "now", lambda: AT + timedelta(hours=1))
    monkeypatch.setattr(requirement_actions, "AT_ONCE", 0)
    person = operator("Maya", since=date(2024, 2, 2))
    requirement = switched_on(a_course(), by=admin)
    assert open_assignments(requirement) == {}
    tasks.sweep_assignments()
    assert set(open_assignments(requirement)) == {"Maya"}
    rewrite(User.objects.filter(pk=person.pk), is_active=False)
    monkeypatch.setattr(tasks, "now", lambda: AT + timedelta(hours=2))
    tasks.sweep_assignments()
    assert open_assignments(requirement) == {}


def test_changes_ask_as_often_for_three_people_as_for_one(admin: User, django_assert_num_queries) -> None:
    course = a_course()
    for _ in range(3):
        switched_on(course, by=admin, department=make_department())
    people = [operator("One")]
    with django_assert_num_queries(5):
        assert len(changes_for(at=AT, user_ids=[people[0].pk]).begin) == 3
    people += [operator("Two"), operator("Three")]
    with django_assert_num_queries(5):
        assert len(changes_for(at=AT, user_ids=[person.pk for person in people]).begin) == 9


def test_what_a_move_would_do_is_what_it_does(admin: User) -> None:
    person = operator("Maya")
    lost = switched_on(a_course("Lockout"), by=admin)
    kept = switched_on(a_course("Hand hygiene"), by=admin, job_role=None)
    gained = switched_on(a_course("Signatures"), by=admin, job_role=analyst())
    current = switched_on(a_course("Good documentation"), by=admin, job_role=analyst())
    complete(person, current.course, on=date(2026, 6, 1))
    held = person.position_on(TODAY)
    assert held is not None
    since = TODAY + timedelta(days=7)
    post = Post(analyst().pk, held.site_id, held.department_id, since, None, held.site.time_zone)
    supposed, begins = partial(with_main_post, post=post), AT + timedelta(days=7)
    changes = changes_of_person(person_id=person.pk, supposed=supposed, begins=begins, at=AT)
    assert {reach.requirement_id for reach in changes.begin} == {gained.pk, current.pk}
    assert [(leaving.assignment.requirement_id, leaving.gone.missing) for leaving in changes.end] == [
        (lost.pk, "job_role")
    ]
    assert (len(changes.stay), effect_of(changes).minutes) == (1, 4)
    assert set(Assignment.objects.filter(ended_at=None).values_list("requirement", flat=True)) == {lost.pk, kept.pk}
    move(person, since=since, job_role=analyst())
    follow_person(user_id=person.pk, at=AT + timedelta(days=7))
    expected = {reach.requirement_id: reach.first_due_on for reach in changes.begin}
    given = Assignment.objects.filter(ended_at=None).exclude(requirement=kept)
    assert dict(given.values_list("requirement", "due_on")) == expected


def test_the_dialog_of_a_position_says_what_it_would_do(admin: User) -> None:
    person = operator("Maya")
    switched_on(a_course("Lockout"), by=admin)
    switched_on(a_course("Hand hygiene"), by=admin, job_role=None)
    switched_on(a_course("Signatures"), by=admin, job_role=analyst())
    held = person.position_on(TODAY)
    assert held is not None
    client = Client()
    client.force_login(admin)
    dialog = client.get(reverse("people:change_position", args=[person.pk])).content.decode()
    address = reverse("enrollment:effect_on_person", args=[person.pk])
    assert f'hx-get="{address}"' in dialog
    typed = {
        "job_role": analyst().pk,
        "department": held.department_id,
        "site": held.site_id,
        "valid_from": now().date().isoformat(),
    }
    shown = client.get(address, typed).content.decode()
    gained, lost = shown.index("Signatures"), shown.index("Lockout")
    assert gained < lost
    assert "The job role is no longer Tablet Operator" in shown
    assert "1 training stays as it is. New training to take: 4 min." in shown
    assert "Nothing changes" in client.get(address, {**typed, "job_role": held.job_role_id}).content.decode()
    refused = client.get(address, {**typed, "valid_from": "2020-01-01"}).content.decode()
    assert "Choose a day after that one" in refused
    assert "Signatures" not in refused
    corrected = client.get(address, {**typed, "of": "correction", "position": held.pk})
    assert "Signatures" in corrected.content.decode()
    assert "What this changes" not in client.get(address, {**typed, "valid_from": "soon"}).content.decode()
    stranger = make_person(name="Lina")
    other = Client()
    other.force_login(stranger)
    assert other.get(address, typed).status_code == 403


def test_what_is_required_follows_a_position_that_is_corrected(admin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    mistyped, meant = switched_on(a_course(), by=admin), switched_on(a_course(), by=admin, job_role=analyst())
    maya = operator("Maya", since=TODAY)
    deliver()
    assert list(open_assignments(mistyped)) == ["Maya"]
    held = maya.positions.get()
    correct_position(
        position=held, site=held.site, department=held.department, job_role=analyst(), manager=None,
        second_manager=None, employment_type=held.employment_type, reason="typed the wrong role", by=admin, at=AT,
    )  # fmt: skip
    monkeypatch.setattr(followers, "now", lambda: AT + timedelta(minutes=6))
    deliver()
    assert (list(open_assignments(mistyped)), list(open_assignments(meant))) == ([], ["Maya"])
    row = open_assignments(meant)["Maya"]
    assert (row.since_on, row.due_on) == (TODAY, TODAY + timedelta(days=14))
    assert check_standings(after=FIRST, most=1000)[1] == []
