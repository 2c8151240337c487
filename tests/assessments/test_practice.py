"""Observed practice: a checklist, a second person who watches and signs, and never oneself."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assessments.actions.observing import ObservationRefused, ask_to_be_observed, observe
from assessments.choices import ObservationState
from assessments.models import Observation
from assessments.permissions import observable_by, why_not_observed_by
from assessments.queries.observations import Practice, practice_in
from assessments.rules import why_not_seen
from courses.actions import add_activity
from courses.activity_kinds import kind_of
from courses.models import Activity
from enrollment.actions.learning import LockedActivity, enroll
from enrollment.actions.qualifying import add_task
from enrollment.choices import Renewal, Status
from enrollment.models import Progress, Task
from enrollment.queries import standings
from enrollment.rules.audiences import EVERYONE
from notifications.models import Message
from people.choices import AccessRole
from people.models import User
from records.models import Event, Signature
from tests.enrollment.classroom import AT, Taking, a_version, take_effect, taking
from tests.enrollment.workplace import (
    SIGNING,
    TODAY,
    a_course,
    complete,
    newark,
    operator,
    rewrite,
    secrets,
    switched_on,
)
from tests.factories import LONG_AGO, make_department, make_draft, make_person

pytestmark = pytest.mark.signing

ALL, HALF = [True, True], [True, False]


@pytest.fixture
def taken(boss: User) -> Taking:
    maya = operator("Maya", since=date(2020, 1, 1), manager=boss)
    return taking("practice", learner=maya)


def practice_of(taken: Taking, number: int = 1) -> Practice:
    found = practice_in(taken.enrollment, taken.activities[number - 1].id)
    assert found is not None
    return found


def made_page(made: Observation) -> str:
    return reverse("assessments:observation", args=[made.pk])


def seen_by(observer: User, taken: Taking, seen: list[bool] = ALL, **told: Any) -> Observation:
    told = {"observed_on": TODAY, "words": "", "at": AT, **told}
    return observe(practice=practice_of(taken), seen=seen, by=observer, **told, **SIGNING)


def taking_for(task: Task, learner: User) -> Taking:
    """Let somebody begin a version whose practice is observed by whoever is qualified for a task."""
    version = a_version("practice", in_effect=False)
    activity = Activity.objects.filter(module__version=version)
    rewrite(activity, settings={"points": ["puts the lock on", "tries it"], "task_id": str(task.pk), "task": task.name})
    take_effect(version)
    return Taking(learner, version, enroll(user=learner, course=version.course, by=learner, at=AT))


@pytest.mark.parametrize(
    ("seen", "words", "ago", "said"),
    [
        (ALL, "", 0, ""),
        (HALF, "The lock is missing", 0, ""),
        (HALF, "Lock", 0, "at least two words"),
        (ALL, "", -1, "has not come yet"),
        (ALL, "", 30, ""),
        (ALL, "", 31, "more than 30 days ago"),
        (ALL, "", 12, "begun after that day"),
    ],
)
def test_what_an_observer_may_sign(seen: list[bool], words: str, ago: int, said: str) -> None:
    begun_on = TODAY - timedelta(days=11 if ago == 12 else 40)
    refusal = why_not_seen(seen=seen, words=words, on=TODAY - timedelta(days=ago), begun_on=begun_on, today=TODAY)
    assert said in refusal if said else refusal == ""


@pytest.mark.requirement("R-81")
def test_what_a_manager_saw_completes_it(boss: User, taken: Taking) -> None:
    ask_to_be_observed(practice=practice_of(taken), by=taken.learner, at=AT)
    [asked] = Message.objects.filter(kind="assessments.observation_asked")
    assert (asked.recipient, asked.path) == (boss, reverse("assessments:observe", kwargs=taken.kwargs(1)))
    made = seen_by(boss, taken, words="Calm and careful")
    progress = Progress.objects.get(enrollment=taken.enrollment)
    signature = Signature.objects.get(record_type="observation")
    assert (progress.state, progress.evidence_sha256) == ("completed", signature.record_sha256)
    assert (made.state, made.number, Observation.objects.count()) == (ObservationState.MET, 1, 1)
    assert signature.statement == "I have observed and assessed this performance"
    assert signature.record["points"] == [
        {"text": "puts the lock on", "is_met": True},
        {"text": "tries the start button", "is_met": True},
    ]
    assert signature.is_intact()
    [told] = Message.objects.filter(kind="assessments.observed")
    assert (told.recipient, "Every point was seen." in told.body) == (taken.learner, True)
    fact = Event.objects.get(verb="assessments.observed")
    assert (fact.person_id, fact.sentence) == (
        taken.learner.pk, "Jonas Keller observed “Practice 1”: all 2 points seen"
    )  # fmt: skip
    taken.sign()
    with pytest.raises(ObservationRefused, match="completed or ended already"):
        seen_by(boss, taken)


@pytest.mark.requirement("R-88")
def test_a_review_of_competence_is_due_again_every_year(admin: User, boss: User, taken: Taking) -> None:
    switched_on(
        taken.version.course,
        by=admin,
        audience=EVERYONE,
        renewal=Renewal.COMPLETION,
        validity_months=12,
        window_days=60,
    )
    seen_by(boss, taken)
    taken.sign()
    for days, status, is_open in ((0, Status.DONE, False), (335, Status.DONE, True), (366, Status.EXPIRED, True)):
        [standing] = standings(at=AT + timedelta(days=days), user_ids=[taken.learner.pk])
        assert (standing.status, standing.may_renew) == (status, is_open)
        assert standing.due_on == date(2027, 11, 23)


def test_what_is_missing_is_said_and_seen_again(boss: User, taken: Taking) -> None:
    with pytest.raises(ObservationRefused, match="what is missing"):
        seen_by(boss, taken, HALF)
    first = seen_by(boss, taken, HALF, words="Try it, too")
    assert Progress.objects.get(enrollment=taken.enrollment).state == "opened"
    ask_to_be_observed(practice=practice_of(taken), by=taken.learner, at=AT)
    second = seen_by(boss, taken)
    assert [first.number, second.number] == [1, 2]
    assert Progress.objects.get(enrollment=taken.enrollment).state == "completed"
    bodies = Message.objects.filter(kind="assessments.observed").order_by("id").values_list("body", flat=True)
    assert ["Practise, and ask again" in body for body in bodies] == [True, False]


def test_nobody_observes_themselves_or_strangers(admin: User, boss: User, taken: Taking) -> None:
    stranger = make_person(name="Other lead", signs=True)
    operator("Theirs", manager=stranger)
    for user, words in (
        (taken.learner, "Nobody observes themselves"),
        (stranger, "neither manage nor look after Maya"),
    ):
        with pytest.raises(ObservationRefused, match=words):
            seen_by(user, taken)
    assert not Observation.objects.exists()
    assert seen_by(admin, taken).observer == admin


@pytest.mark.requirement("R-81")
def test_only_who_is_qualified_on_that_day_observes(admin: User, boss: User, taken: Taking) -> None:
    course = a_course("Training trainers")
    taken = taking_for(add_task(name="Teach lockout", courses=[course], by=admin, at=LONG_AGO), taken.learner)
    with pytest.raises(ObservationRefused, match="Only who is qualified for “Teach lockout” observes this"):
        seen_by(boss, taken)
    trainer = make_person(name="Ines Costa", signs=True)
    complete(trainer, course, on=TODAY - timedelta(days=2), zone="UTC")
    with pytest.raises(ObservationRefused, match="You were not on 18 Nov"):
        seen_by(trainer, taken, observed_on=TODAY - timedelta(days=5))
    made = seen_by(trainer, taken)
    assert (made.observed_as, made.signature.record["observed_as"]) == ("Teach lockout", "Teach lockout")


@pytest.mark.requirement("R-14")
def test_what_comes_before_is_done_first(client: Client, boss: User) -> None:
    taken = taking("page", "practice", learner=operator("Maya", since=date(2020, 1, 1), manager=boss))
    client.force_login(taken.learner)
    for name in ("practice", "ask_to_be_observed"):
        reply = (
            client.post(reverse(f"assessments:{name}", kwargs=taken.kwargs(2)))
            if "ask" in name
            else client.get(reverse(f"assessments:{name}", kwargs=taken.kwargs(2)))
        )
        assert "Opens when you complete “Page 1”" in reply.content.decode()
    with pytest.raises(LockedActivity):
        observe(practice=practice_of(taken, 2), seen=ALL, observed_on=TODAY, words="", by=boss, at=AT, **SIGNING)
    client.force_login(boss)
    assert (
        "Opens when you complete" in client.get(reverse("assessments:observe", kwargs=taken.kwargs(2))).content.decode()
    )
    assert not Observation.objects.exists()
    taken.finish(1)
    observe(practice=practice_of(taken, 2), seen=ALL, observed_on=TODAY, words="", by=boss, at=AT, **SIGNING)
    taken.sign()


def test_asking_twice_asks_once(boss: User, taken: Taking) -> None:
    told = [ask_to_be_observed(practice=practice_of(taken), by=taken.learner, at=AT) for _each in range(2)]
    assert (told, Observation.objects.count()) == ([[boss], []], 1)


def test_database_keeps_what_was_signed(boss: User, taken: Taking) -> None:
    made = Observation.objects.filter(pk=seen_by(boss, taken).pk)
    cases: list[dict[str, Any]] = [{"words": "else"}, {"points": []}, {"state": "not_met"}]
    for changed in cases:
        with pytest.raises(DatabaseError, match="does not change"):
            rewrite(made, **changed)
    with pytest.raises(DatabaseError, match="are kept"):
        made.delete()


def test_database_refuses_oneself_as_observer(boss: User, taken: Taking) -> None:
    ask_to_be_observed(practice=practice_of(taken), by=taken.learner, at=AT)
    signature = Signature.objects.first()
    told = {"state": "met", "observer": taken.learner, "observed_on": TODAY, "decided_at": AT, "signature": signature}
    with pytest.raises(DatabaseError, match="nobody observes themselves"):
        rewrite(Observation.objects.all(), **told)


# What an author says


def test_kind_keeps_its_points_and_task(admin: User) -> None:
    task = add_task(name="Teach lockout", courses=[a_course()], by=admin, at=LONG_AGO)
    kind, activity = kind_of("practice"), Activity(kind="practice", title="At the press")
    assert [check.passed for check in kind.checks(activity)] == [False]
    kind.change(activity, {"points": ["one", "two"], "task": task})
    assert kind.canonical(activity) == {"points": ["one", "two"], "task": "Teach lockout"}
    assert [check.passed for check in kind.checks(activity)] == [True]
    before = kind.canonical(activity)
    kind.change(activity, {"points": ["one", "three"], "task": None})
    labels = [str(change.label) for change in kind.differences(before, kind.canonical(activity))]
    assert labels == ["What has to be seen", "Observed by whoever is qualified for"]


# Pages


def test_learner_asks_and_manager_signs(client: Client, boss: User, taken: Taking) -> None:
    own, other = (reverse(f"assessments:{name}", kwargs=taken.kwargs(1)) for name in ("practice", "observe"))
    client.force_login(taken.learner)
    page = client.get(own).content.decode()
    assert ("tries the start button" in page, "I am ready to be observed" in page) == (True, True)
    assert client.get(reverse("enrollment:activity", kwargs=taken.kwargs(1)))["Location"] == own
    assert client.get(other).status_code == 404
    client.post(reverse("assessments:ask_to_be_observed", kwargs=taken.kwargs(1)))
    page = client.get(own).content.decode()
    assert ("Asked for" in page, "I am ready" in page) == (True, False)
    client.force_login(boss)
    assert "Practice 1" in client.get(reverse("assessments:observations")).content.decode()
    assert client.get(own).status_code == 404
    typed = {"points": ["0"], "observed_on": TODAY.isoformat(), "words": ""}
    reply = client.post(other, {**typed, **secrets(boss)})
    assert (reply.status_code, "what is missing" in reply.content.decode()) == (422, True)
    reply = client.post(other, {**typed, "points": ["0", "1"], "observed_on": "2026-09-01", **secrets(boss)})
    assert "more than 30 days ago" in reply.content.decode()
    assert not Signature.objects.filter(record_type="observation").exists()
    reply = client.post(other, {**typed, "points": ["0", "1"], **secrets(boss)})
    made = Observation.objects.get()
    assert reply["Location"] == made_page(made)
    assert "Jonas Keller" in client.get(reply["Location"]).content.decode()
    assert "Nobody waits to be observed" in client.get(reverse("assessments:observations")).content.decode()
    assert "completed or ended already" in client.get(other).content.decode()
    client.force_login(taken.learner)
    assert "Somebody has seen all of it and signed." in client.get(own).content.decode()


def test_pages_are_for_whom_it_concerns(client: Client, admin: User, boss: User, taken: Taking) -> None:
    made = seen_by(boss, taken)
    stranger = make_person(name="Other lead")
    operator("Theirs", manager=stranger)
    auditor = make_person(AccessRole.AUDITOR)
    expected = {
        taken.learner: (404, 200),
        boss: (200, 200),
        admin: (200, 200),
        auditor: (404, 200),
        stranger: (404, 404),
    }
    for user, statuses in expected.items():
        client.force_login(user)
        addresses = (
            reverse("assessments:observe", kwargs=taken.kwargs(1)),
            reverse("assessments:observation", args=[made.pk]),
        )
        assert tuple(client.get(each).status_code for each in addresses) == statuses, user.name
    client.force_login(boss)
    wrong = {"enrollment_id": taken.enrollment.pk, "activity_id": uuid4()}
    assert client.get(reverse("assessments:observe", kwargs=wrong)).status_code == 404


def test_those_who_wait_are_whom_one_may_observe(admin: User, boss: User, taken: Taking) -> None:
    ask_to_be_observed(practice=practice_of(taken), by=taken.learner, at=AT)
    trainer, stranger = make_person(name="Ines Costa"), make_person(name="Other lead")
    operator("Theirs", manager=stranger)
    waiting = {
        user: observable_by(user, on=TODAY, at=AT).count() for user in (boss, admin, trainer, stranger, taken.learner)
    }
    assert list(waiting.values()) == [1, 1, 0, 0, 0]
    course = a_course("Training trainers")
    again = taking_for(add_task(name="Teach lockout", courses=[course], by=admin, at=LONG_AGO), taken.learner)
    ask_to_be_observed(practice=practice_of(again), by=taken.learner, at=AT)
    complete(trainer, course, on=TODAY - timedelta(days=2))
    assert [observable_by(user, on=TODAY, at=AT).count() for user in waiting] == [1, 1, 1, 0, 0]


@pytest.fixture
def qualified(admin: User, boss: User, taken: Taking) -> tuple[User, Taking]:
    """Give somebody who leads nobody and is qualified for the task of a practice, and who takes that."""
    course = a_course("Training trainers")
    again = taking_for(add_task(name="Teach lockout", courses=[course], by=admin, at=LONG_AGO), taken.learner)
    trainer = operator("Ines Costa", since=date(2020, 1, 1))
    complete(trainer, course, on=TODAY - timedelta(days=2))
    return trainer, again


@pytest.mark.requirement("R-81")
def test_who_is_qualified_and_leads_nobody_is_told(boss: User, qualified: tuple[User, Taking]) -> None:
    trainer, again = qualified
    operator("Not qualified", since=date(2020, 1, 1))
    elsewhere = operator("Qualified elsewhere", since=date(2020, 1, 1), site=newark())
    complete(elsewhere, Task.objects.get().asked.get().course, on=TODAY - timedelta(days=2))
    told = ask_to_be_observed(practice=practice_of(again), by=again.learner, at=AT)
    assert told == [boss, trainer]
    [needed] = Message.objects.filter(kind="assessments.observer_needed")
    path = reverse("assessments:observe", kwargs=again.kwargs(1))
    assert (needed.recipient, needed.path) == (trainer, path)
    assert "You are qualified for “Teach lockout”" in needed.body
    assert ask_to_be_observed(practice=practice_of(again), by=again.learner, at=AT) == []
    assert Message.objects.filter(kind="assessments.observer_needed").count() == 1


def test_so_many_observers_are_told_and_no_more(boss: User, qualified: tuple[User, Taking]) -> None:
    trainer, again = qualified
    course = Task.objects.get().asked.get().course
    packing = make_department("Packing")
    for number in range(7):
        other = operator(f"Trainer {number}", since=date(2020, 1, 1), department=packing)
        complete(other, course, on=TODAY - timedelta(days=2))
    told = ask_to_be_observed(practice=practice_of(again), by=again.learner, at=AT)
    assert [each.name for each in told] == [
        boss.name, trainer.name, *(f"Trainer {number}" for number in range(4)),
    ]  # fmt: skip


def test_observers_have_the_link_and_others_do_not(
    client: Client, boss: User, qualified: tuple[User, Taking], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assessments.followers.now", lambda: AT)
    monkeypatch.setattr("assessments.views.practice.now", lambda: AT)
    trainer, again = qualified
    link = f'href="{reverse("assessments:observations")}"'

    def has_link(user: User) -> bool:
        client.force_login(user)
        return link in client.get("/").content.decode()

    assert not has_link(trainer)  # nobody waits
    ask_to_be_observed(practice=practice_of(again), by=again.learner, at=AT)
    assert link not in client.get("/").content.decode()  # signed in before; the notice leads there
    assert client.get(reverse("assessments:observe", kwargs=again.kwargs(1))).status_code == 200
    assert link in client.get("/").content.decode()
    client.logout()
    assert [has_link(user) for user in (trainer, again.learner, boss)] == [True, False, True]


def test_checklist_asks_once_whether_somebody_may_observe(
    client: Client, boss: User, taken: Taking, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def why_not(*args: Any, **kwargs: Any) -> str:
        asked.append(args)
        return why_not_observed_by(*args, **kwargs)

    monkeypatch.setattr("assessments.views.practice.why_not_observed_by", why_not)
    client.force_login(boss)
    assert client.get(reverse("assessments:observe", kwargs=taken.kwargs(1))).status_code == 200
    assert len(asked) == 1


def test_list_asks_as_much_for_many_as_for_one(client: Client, boss: User) -> None:
    client.force_login(boss)
    counts = []
    for many in (1, 3):
        for number in range(many):
            one = taking("practice", learner=operator(f"Learner {many} {number}", since=date(2020, 1, 1), manager=boss))
            ask_to_be_observed(practice=practice_of(one), by=one.learner, at=AT)
        client.get(reverse("assessments:observations"))
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("assessments:observations"))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_author_writes_the_points(client: Client, admin: User) -> None:
    author = make_person(AccessRole.AUTHOR)
    draft = make_draft(author)
    task = add_task(name="Teach lockout", courses=[a_course()], by=admin, at=LONG_AGO)
    step = add_activity(module_id=draft.modules.get().pk, by=author, at=AT, kind="practice", title="At the press")
    client.force_login(author)
    address = reverse("courses:activity", args=[draft.pk, step.pk])
    page = client.get(address).content.decode()
    assert ("Teach lockout" in page, "What has to be seen" in page) == (True, True)
    draft.refresh_from_db()
    typed = {"title": "At the press", "minutes": 20, "points": "puts the lock on\n\n  tries   it ", "task": task.pk}
    assert client.post(address, {**typed, "revision": draft.revision}).status_code == 302
    step.refresh_from_db()
    assert step.settings == {
        "points": ["puts the lock on", "tries it"], "task_id": str(task.pk), "task": "Teach lockout",
    }  # fmt: skip
    assert "puts the lock on" in client.get(address).content.decode()
    assert "tries it" in client.get(reverse("courses:preview", args=[draft.pk, step.pk])).content.decode()
