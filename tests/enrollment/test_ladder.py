"""The ladder as data: changed a step at a time, by one at a time, in the trail, and heard by the sweep."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connections, transaction
from django.test import Client
from django.urls import reverse

from enrollment import tasks
from enrollment.actions import extend
from enrollment.actions.ladder import LadderChangedMeanwhile, LadderRefused, change_ladder
from enrollment.choices import Why
from enrollment.models import Assignment, Ladder, LadderStep, ReminderSent
from enrollment.queries import ladders_in_force, remindable
from enrollment.rules import LadderStep as Step
from enrollment.rules import default_ladder
from notifications.models import Message
from people.actions import grant_role, take_leave, take_position
from people.choices import AccessRole
from people.models import User
from records.models import Event
from tests.enrollment.workplace import (
    AT,
    a_course,
    browser,
    complete,
    deliver,
    newark,
    open_assignments,
    switched_on,
    write,
)
from tests.factories import BY, LONG_AGO, make_department, make_job_role, make_person, make_site

DUE = date(2026, 12, 21)
PAGE = "/messages/ladder/"
WHY = "Asked for by the quality unit"


def step(key: str) -> Step:
    return Step.of(key)


def keys(why: Why = Why.FIRST) -> list[str]:
    return [each.key for each in ladders_in_force()[why]]


def put(admin: User, *, why: Why = Why.FIRST, revision: int = 0, **change: Step) -> Ladder:
    return change_ladder(why=why, revision=revision, by=admin, at=AT, reason=WHY, **change)


def given(admin: User, *, name: str = "Maya Lindqvist", **terms: Any) -> Assignment:
    """Give somebody with two managers a requirement that is due four weeks after they entered the role."""
    person = make_person(name=name)
    take_position(
        person=person, site=make_site(), department=make_department(), job_role=make_job_role(),
        manager=make_person(name="Manager"), second_manager=make_person(name="Second"),
        valid_from=DUE - timedelta(days=28), by=BY, at=LONG_AGO,
    )  # fmt: skip
    requirement = switched_on(a_course(), by=admin, due_within_days=28, **terms)
    return open_assignments(requirement)[name]


def sweep(day: date, monkeypatch: pytest.MonkeyPatch, *, hour: int = 9) -> None:
    monkeypatch.setattr(tasks, "now", lambda: datetime(day.year, day.month, day.day, hour, tzinfo=UTC))
    tasks.send_reminders()


def told() -> list[tuple[str, str]]:
    messages = Message.objects.exclude(kind__in=["enrollment.assigned", "enrollment.more_time"])
    return sorted(messages.values_list("kind", "recipient__name"))


# Changing it


def test_untouched_ladder_is_the_one_that_attest_brings(db: None) -> None:
    assert {why: list(steps) for why, steps in ladders_in_force().items()} == {
        why: list(default_ladder(why)) for why in Why
    }


def test_change_holds_at_once_and_is_a_fact_with_its_reason(admin: User) -> None:
    ladder = put(admin, remove=step("learner:due-7"), add=step("learner:due-10"))
    assert (ladder.revision, keys()[0], len(keys())) == (1, "learner:due-10", 6)
    assert keys(Why.RENEWAL) == [each.key for each in default_ladder(Why.RENEWAL)]
    kept = LadderStep.objects.get(days=-10)
    put(admin, revision=1, remove=step("learner:due-10"), add=step("learner:due-14"))
    assert LadderStep.objects.get(days=-14).pk == kept.pk  # changed in place, and so captured as a change
    put(admin, revision=2, remove=step("coordinator:late+14"))
    put(admin, revision=3, add=step("manager:late+30"))
    assert keys() == [
        "learner:due-14", "learner:due-1", "learner:late+1", "manager:late+1", "second_manager:late+7",
        "manager:late+30",
    ]  # fmt: skip
    facts = Event.objects.filter(kind="fact", verb="enrollment.ladder_changed").order_by("id")
    assert [(each.sentence, each.reason) for each in facts] == [
        (f"Tomás Ferreira changed the ladder of messages for the first time. {before} became: {after}", WHY)
        for before, after in (
            ("7 days before the due day, the learner hears.", "10 days before the due day, the learner hears."),
            ("10 days before the due day, the learner hears.", "14 days before the due day, the learner hears."),
            ("When overdue for 14 days, the training coordinator hears.", "Nothing"),
            ("Nothing", "When overdue for 30 days, their manager hears."),
        )
    ]


@pytest.mark.parametrize(
    ("change", "reason", "words"),
    [
        ({"add": "learner:due-7"}, WHY, "already"),
        ({"add": "learner:window+0"}, WHY, "Only a renewal"),
        ({"add": "manager:due-3"}, WHY, "only the learner hears"),
        ({"add": "learner:due-3"}, "because", "at least two words"),
    ],
)
def test_change_that_makes_no_sense_is_refused(admin: User, change: dict[str, str], reason: str, words: str) -> None:
    with pytest.raises(LadderRefused, match=words):
        change_ladder(
            why=Why.FIRST,
            revision=0,
            by=admin,
            at=AT,
            reason=reason,
            **{name: step(key) for name, key in change.items()},
        )
    assert not Ladder.objects.exists()
    put(admin, add=step("learner:due-3"))  # which is one that does


def test_second_editor_is_told_and_changes_nothing(admin: User) -> None:
    put(admin, remove=step("learner:due-7"))
    for late in ({"add": step("learner:due-3")}, {"remove": step("learner:due-7")}):
        with pytest.raises(LadderChangedMeanwhile) as conflict:
            put(admin, **late)
        assert conflict.value.ladder is not None
        assert conflict.value.ladder.changed_by == admin
    with pytest.raises(LadderChangedMeanwhile):
        put(admin, revision=1, remove=step("learner:due-7"))  # which is gone
    assert keys() == [each.key for each in default_ladder(Why.FIRST)][1:]


def test_two_who_change_it_first_at_the_same_moment_change_it_once(committed_db: str) -> None:
    admin = make_person(AccessRole.ADMINISTRATOR)
    barrier, outcomes = threading.Barrier(6), list[str]()

    def work(days: int) -> None:
        try:
            barrier.wait()
            put(admin, add=step(f"learner:due-{days}"))
            outcomes.append("changed")
        except LadderChangedMeanwhile:
            outcomes.append("told")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=[20 + number]) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["changed", *["told"] * 5]
    assert LadderStep.objects.count() == len(default_ladder(Why.FIRST)) + 1


@pytest.mark.parametrize(
    ("row", "constraint"),
    [
        ({"audience": "author", "anchor": "late", "days": 1}, "ladder_step_to_somebody_known"),
        ({"why": "never"}, "ladder_step_why_known"),
        ({"anchor": "never"}, "ladder_step_anchor_known"),
        ({"days": 3}, "ladder_step_on_a_day_it_has"),
        ({"anchor": "late", "days": 0}, "ladder_step_on_a_day_it_has"),
        ({"anchor": "window", "days": 0}, "ladder_step_on_a_day_it_has"),
        ({"audience": "manager"}, "ladder_step_before_for_the_learner"),
        ({"days": -7}, "ladder_step_once"),
    ],
)
def test_database_refuses_a_step_that_makes_no_sense(admin: User, row: dict[str, Any], constraint: str) -> None:
    ladder = put(admin, add=step("learner:due-3"))
    good = {"ladder": ladder, "why": "first", "audience": "learner", "anchor": "due", "days": -20}
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        write([LadderStep(**{**good, **row})])
    write([LadderStep(**good)])


def test_ladder_is_of_one_kind_once(admin: User) -> None:
    put(admin, add=step("learner:due-3"))
    row = {"changed_at": AT, "changed_by": admin}
    for why, constraint in (("first", "enrollment_ladder_why"), ("never", "ladder_why_known")):
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            write([Ladder(why=why, **row)])


# What it does


def test_changed_ladder_is_the_one_that_is_climbed(admin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    given(admin)
    put(admin, remove=step("learner:due-7"), add=step("learner:due+0"))
    put(admin, revision=1, remove=step("manager:late+1"), add=step("manager:late+3"))
    days: dict[int, set[tuple[str, str]]] = {}
    for away in range(-8, 6):
        before = set(told())
        sweep(DUE + timedelta(days=away), monkeypatch)
        days |= {away: set(told()) - before} if set(told()) - before else {}
    assert {away: sorted(name for _kind, name in found) for away, found in days.items()} == {
        -1: ["Maya Lindqvist"],
        1: ["Maya Lindqvist"],
        3: ["Manager"],
    }
    assert [kind for kind, _name in told()].count("enrollment.due_soon") == 2  # the day before, and on the day
    late = Message.objects.get(kind="enrollment.overdue")
    assert "Your manager is told too." not in late.body  # not on this day


def test_without_a_step_nobody_is_reminded(admin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    given(admin)
    for number, each in enumerate(default_ladder(Why.FIRST)):
        put(admin, revision=number, remove=each)
    for away in range(-8, 20):
        sweep(DUE + timedelta(days=away), monkeypatch)
    assert (keys(), told()) == ([], [])


def test_grace_period_is_heard_by_everyone(admin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    given(admin, grace_days=5)
    for away in range(-8, 6):
        sweep(DUE + timedelta(days=away), monkeypatch)
    assert told() == [("enrollment.due_soon", "Maya Lindqvist")] * 2
    sweep(DUE + timedelta(days=6), monkeypatch)
    assert told()[2:] == [("enrollment.overdue", "Maya Lindqvist"), ("enrollment.overdue_in_team", "Manager")]


def test_second_manager_and_the_coordinators_of_the_site_hear_later(
    admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    given(admin)
    here = make_person(AccessRole.COORDINATOR, name="Everywhere")
    for name, site in (("Basel", make_site()), ("Newark", newark())):
        person = make_person(name=name)
        grant_role(person=person, role=AccessRole.COORDINATOR, site=site, by=BY, at=LONG_AGO, reason="for a test")
    for away in range(1, 20):
        sweep(DUE + timedelta(days=away), monkeypatch)
    assert told()[1:] == [
        ("enrollment.overdue_for_coordinator", "Basel"),
        ("enrollment.overdue_for_coordinator", "Everywhere"),
        ("enrollment.overdue_for_second_manager", "Second"),
        ("enrollment.overdue_in_team", "Manager"),
    ]
    message = Message.objects.get(recipient=here)
    assert message.subject == "Overdue: Maya Lindqvist, Electronic records and signatures"
    assert browser(here).get(message.path).status_code == 200  # and may look at the record
    steps = ReminderSent.objects.filter(skipped=False).values_list("step", "sent_at__date")
    assert {key: (day - DUE).days for key, day in steps if key.startswith(("second", "coord"))} == {
        "second_manager:late+7": 7,
        "coordinator:late+14": 14,
    }


def test_after_ten_days_away_each_hears_the_newest_alone(
    admin: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    given(admin)
    sweep(DUE - timedelta(days=2), monkeypatch)
    sweep(DUE + timedelta(days=8), monkeypatch)  # ten days later
    assert told() == [
        ("enrollment.due_soon", "Maya Lindqvist"),
        ("enrollment.overdue", "Maya Lindqvist"),
        ("enrollment.overdue_for_second_manager", "Second"),
        ("enrollment.overdue_in_team", "Manager"),
    ]
    assert list(ReminderSent.objects.filter(skipped=True).values_list("step", flat=True)) == ["learner:due-1"]
    assert caplog.text.count("was skipped") == 1
    assert remindable(at=datetime(2026, 12, 29, 10, tzinfo=UTC)) == []


def test_on_leave_nothing_is_said(admin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    assignment = given(admin)
    take_leave(
        person=assignment.user, valid_from=DUE - timedelta(days=10), valid_until=None, by=admin, at=AT,
        reason="parental leave",
    )  # fmt: skip
    monkeypatch.setattr("enrollment.followers.now", lambda: AT)
    deliver()
    for away in range(-8, 20):
        sweep(DUE + timedelta(days=away), monkeypatch)
    assert told() == []


def test_renewal_hears_that_its_window_opens_then_of_its_end_and_more_time_says_neither_again(
    admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    assignment = given(admin)
    ends = date(2027, 6, 30)
    complete(assignment.user, assignment.course, on=AT.date(), valid_until=ends)
    put(admin, why=Why.RENEWAL, add=step("learner:expiry-30"))
    put(admin, why=Why.RENEWAL, revision=1, remove=step("learner:late+1"), add=step("learner:expiry+1"))
    for away in (-61, -60, -59, -30):
        sweep(ends + timedelta(days=away), monkeypatch)
    early = Message.objects.filter(kind__in=["enrollment.window_opens", "enrollment.expires_soon"])
    opens, soon = early.order_by("created_at")
    assert (opens.subject, opens.created_at.date()) == (
        "You can renew Electronic records and signatures now",
        ends - timedelta(days=60),
    )
    assert opens.body.startswith("Your completion counts until the end of Wednesday 30 June 2027.")
    assert (soon.subject, soon.kind) == (
        "Electronic records and signatures expires in 30 days",
        "enrollment.expires_soon",
    )
    at = datetime(2027, 6, 1, 9, tzinfo=UTC)
    extend(assignment=assignment, was_due_on=ends, due_on=ends + timedelta(days=5), by=admin, at=at, reason=WHY)
    sweep(date(2027, 6, 2), monkeypatch)
    assert early.count() == 2
    sweep(ends + timedelta(days=1), monkeypatch)
    late = Message.objects.get(kind="enrollment.expired")
    assert (late.subject, late.glyph, late.mail_state) == (
        "Expired: Electronic records and signatures",
        "expired",
        "waiting",
    )


# The page


def test_administrators_and_auditors_read_it_and_only_administrators_of_everything_change_it(admin: User) -> None:
    local = make_person(name="Local")
    grant_role(
        person=local, role=AccessRole.ADMINISTRATOR, site=make_site(), by=BY, at=LONG_AGO, reason="for a test"
    )  # fmt: skip
    edit = [f"{PAGE}first/add/", f"{PAGE}first/learner:late+1/", f"{PAGE}first/learner:late+1/remove/"]
    for reader in (admin, local, make_person(AccessRole.AUDITOR)):
        answer = browser(reader).get(PAGE)
        assert answer.status_code == 200
        assert ("Add a step" in answer.content.decode()) is (reader == admin)
    for other in (make_person(), make_person(AccessRole.COORDINATOR)):
        assert browser(other).get(PAGE).status_code == 403
    for address in edit:
        assert browser(admin).get(address).status_code == 200
        assert browser(local).get(address).status_code == 403
        assert browser(local).post(address, {}).status_code == 403
    assert Client().get(PAGE)["Location"].startswith("/accounts/login/")


def test_page_says_each_step_in_a_sentence_and_what_it_comes_to(admin: User) -> None:
    answer = browser(admin).get(PAGE, {"due": "2026-12-21", "grace": "2"})
    said = " ".join(answer.content.decode().split())
    assert "7 days before the due day, the learner hears." in said
    assert "On the first day overdue, their manager hears." in said
    assert [(each.on.isoformat(), each.step.key) for each in answer.context["preview"]] == [
        ("2026-12-14", "learner:due-7"),
        ("2026-12-20", "learner:due-1"),
        ("2026-12-24", "learner:late+1"),
        ("2026-12-24", "manager:late+1"),
        ("2026-12-30", "second_manager:late+7"),
        ("2027-01-06", "coordinator:late+14"),
    ]
    renewal = browser(admin).get(PAGE, {"kind": "renewal", "due": "2026-12-21"})
    assert renewal.context["preview"][0].on == date(2026, 10, 22)
    assert "When it may be renewed, the learner hears." in renewal.content.decode()
    assert browser(admin).get(PAGE, {"kind": "never"}).status_code == 404
    assert browser(admin).get(PAGE, {"due": "soon"}).status_code == 422


def test_step_is_added_changed_and_removed_on_the_page(admin: User) -> None:
    client = browser(admin)
    typed = {"audience": "manager", "when": "overdue", "days": "30", "reason": WHY, "revision": "0"}
    answer = client.post(f"{PAGE}first/add/", typed, follow=True)
    assert (answer.redirect_chain[0][0], "manager:late+30" in keys()) == (f"{PAGE}?kind=first", True)
    typed = {"audience": "learner", "when": "before_due", "days": "0", "reason": WHY, "revision": "1"}
    assert client.post(f"{PAGE}first/manager:late+30/", typed).status_code == 302
    assert "learner:due+0" in keys()
    assert client.post(f"{PAGE}first/learner:due+0/remove/", {"reason": WHY, "revision": "2"}).status_code == 302
    assert keys() == [each.key for each in default_ladder(Why.FIRST)]
    assert client.get(f"{PAGE}first/learner:due+0/").status_code == 404
    assert client.get(f"{PAGE}first/nonsense/").status_code == 404


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"audience": "manager", "when": "before_due", "days": "3"}, "only the learner hears"),
        ({"audience": "learner", "when": "overdue", "days": "0"}, "counted from the first day"),
        ({"audience": "learner", "when": "before_due", "days": "7"}, "stands in the ladder already"),
        ({"audience": "learner", "when": "renewable", "days": "0"}, "That is not offered."),
        ({"audience": "learner", "when": "before_due", "days": "400"}, "At most 365."),
        ({"audience": "learner", "when": "before_due", "days": "5", "reason": "why"}, "at least two words"),
    ],
)
def test_bad_step_is_refused_in_words_and_what_was_typed_stays(admin: User, typed: dict[str, str], words: str) -> None:
    typed = {"reason": "Asked for by quality", "revision": "0", **typed}
    answer = browser(admin).post(f"{PAGE}first/add/", typed)
    said = " ".join(answer.content.decode().split())
    assert (answer.status_code, words in said) == (422, True)
    assert typed["reason"] in said
    assert not Ladder.objects.exists()


def test_second_editor_is_told_on_the_page_by_whom(admin: User) -> None:
    other = make_person(AccessRole.ADMINISTRATOR, name="Ines")
    put(other, remove=step("learner:due-7"))
    for address, typed in (
        (f"{PAGE}first/add/", {"audience": "learner", "when": "before_due", "days": "3"}),
        (f"{PAGE}first/learner:due-1/remove/", {}),
    ):
        answer = browser(admin).post(address, {"reason": WHY, "revision": "0", **typed})
        assert answer.status_code == 409
        assert "Ines changed this ladder meanwhile. Nothing of yours was saved." in answer.content.decode()
    assert Ladder.objects.get().revision == 1


def test_ladder_without_a_step_says_what_that_means(admin: User) -> None:
    for number, each in enumerate(default_ladder(Why.RETRAINING)):
        put(admin, why=Why.RETRAINING, revision=number, remove=each)
    answer = browser(admin).get(PAGE, {"kind": "retraining"})
    said = answer.content.decode()
    assert "No step: nobody is reminded" in said
    assert "Nothing goes out." in said


def test_page_asks_as_often_for_one_step_as_for_many(admin: User, django_assert_num_queries) -> None:
    client = browser(admin)
    client.get(PAGE)  # which notes that the session is in use
    with django_assert_num_queries(6):
        client.get(PAGE)
    for number in range(3):
        put(admin, revision=number, add=step(f"learner:due-{30 + number}"))
        with django_assert_num_queries(7):  # the steps that somebody has changed
            client.get(PAGE)


def test_ladder_stands_among_the_pages_of_messages(admin: User) -> None:
    assert f'href="{PAGE}"' in browser(admin).get(reverse("notifications:log")).content.decode()
    assert f'href="{PAGE}" aria-current="page"' in browser(admin).get(PAGE).content.decode()
