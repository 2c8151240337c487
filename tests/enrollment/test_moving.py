"""Going on with a newer version: what stays done, what does not, and the trace that it leaves."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from core.ids import new_id
from courses.models import Activity, CourseVersion, Module
from enrollment.actions.learning import AlreadyEnded, record_outcome
from enrollment.actions.moving import MoveRefused, move_to_effective
from enrollment.choices import Status
from enrollment.models import Enrollment, Progress
from enrollment.queries import standings
from enrollment.queries.moving import move_plan
from enrollment.rules import Outcome
from enrollment.rules.joining import carried
from enrollment.rules.sequence import Step
from notifications.models import Message
from people.choices import AccessRole
from people.models import User
from records.models import Event
from tests.enrollment.classroom import AT, Taking, a_learner, at_once, require, retire, take_effect, taking
from tests.enrollment.workplace import rewrite, write
from tests.factories import LONG_AGO, make_person

LATER = AT + timedelta(days=1)


def next_version(before: CourseVersion, *, changed: tuple[int, ...] = (), added: int = 0) -> CourseVersion:
    """Let the next version take effect: a copy, in which the numbered pages have changed and others are added."""
    version = CourseVersion(
        course=before.course, number=before.number + 1, label=f"{before.number + 1}.0", title=before.title,
        change_summary="A section on passkeys.", owner=before.owner, created_at=LONG_AGO, edited_at=LONG_AGO,
    )  # fmt: skip
    module = Module(version=version, position=1, title="Your signature")
    rows: list[Any] = [version, module]
    for activity in Activity.objects.filter(module__version=before).order_by("position"):
        body = "Something else." if activity.position in changed else activity.body
        rows.append(
            Activity(
                module=module, lineage=activity.lineage, position=activity.position, kind=activity.kind,
                title=activity.title, minutes=activity.minutes, body=body, asset=activity.asset,
            )
        )  # fmt: skip
    last = len(rows) - 2
    rows += [
        Activity(module=module, position=last + number, kind="page", title=f"New {number}", body="New.")
        for number in range(1, added + 1)
    ]
    write(rows)
    take_effect(version)
    return version


@pytest.fixture
def someone(db: None) -> Taking:
    return taking("page", "page", "page")


def moved(someone: Taking, **details: Any) -> Enrollment:
    return move_to_effective(enrollment=someone.enrollment, by=someone.learner, at=LATER, **details)


def done_in(enrollment: Enrollment) -> list[str]:
    found = Progress.objects.filter(enrollment=enrollment, state="completed")
    return sorted(found.values_list("activity__title", flat=True))


@pytest.mark.parametrize(
    ("unchanged", "completed", "kept", "left", "again"),
    [
        ({}, [], [], [1, 2], 0),
        ({1: 11, 2: 12}, [11], [1], [2], 0),
        ({1: 11}, [11, 12], [1], [2], 1),
        ({1: 11, 2: 12}, [11, 12], [1, 2], [], 0),
    ],
)
def test_what_is_carried(
    unchanged: dict[int, int], completed: list[int], kept: list[int], left: list[int], again: int
) -> None:
    ids = {number: new_id() for number in (1, 2, 11, 12)}
    steps = [Step(ids[number], f"Step {number}", is_assessment=False) for number in (1, 2)]
    found = carried(
        steps,
        unchanged={ids[new]: ids[old] for new, old in unchanged.items()},
        completed=[ids[each] for each in completed],
    )
    assert list(found.kept) == [ids[each] for each in kept]
    assert ([each.id for each in found.left], found.again) == ([ids[each] for each in left], again)


def test_what_is_unchanged_stays_done(someone: Taking) -> None:
    someone.finish(1, 2)
    newer = next_version(someone.version, changed=(2,), added=1)
    now = moved(someone)
    assert (now.version, now.state, now.moved_from) == (newer, "open", someone.enrollment)
    assert done_in(now) == ["Page 1"]
    kept = Progress.objects.get(enrollment=now)
    assert kept.completed_at == AT
    someone.enrollment.refresh_from_db()
    assert (someone.enrollment.state, someone.enrollment.ended_at) == ("moved", LATER)
    assert done_in(someone.enrollment) == ["Page 1", "Page 2"]
    fact = Event.objects.get(verb="enrollment.moved")
    told = {name: fact.payload[name] for name in ("from_version", "to_version", "kept", "total", "from_enrollment")}
    assert told == {
        "from_version": "1.0", "to_version": "2.0", "kept": 1, "total": 4,
        "from_enrollment": str(someone.enrollment.pk),
    }  # fmt: skip
    assert not Message.objects.filter(kind="enrollment.moved").exists()  # who moves by themselves knows it


def test_moving_twice_answers_with_the_same(someone: Taking) -> None:
    next_version(someone.version)
    first, second = moved(someone), moved(someone)
    assert first.pk == second.pk
    assert Event.objects.filter(verb="enrollment.moved").count() == 1


def test_nothing_is_added_to_what_has_moved(someone: Taking) -> None:
    next_version(someone.version)
    moved(someone)
    with pytest.raises(AlreadyEnded):
        record_outcome(
            enrollment=someone.enrollment, activity_id=someone.activities[0].id, outcome=Outcome(completed=True),
            by=someone.learner, at=LATER,
        )  # fmt: skip
    with pytest.raises(DatabaseError, match="has ended does not change"), transaction.atomic():
        rewrite(Enrollment.objects.filter(pk=someone.enrollment.pk), state="open", ended_at=None)


def test_only_a_newer_version_in_effect_is_offered(someone: Taking) -> None:
    assert move_plan(someone.enrollment) is None
    with pytest.raises(MoveRefused, match="no newer version"):
        moved(someone)
    retire(someone.version)
    assert move_plan(someone.enrollment) is None


def test_what_has_ended_does_not_move(someone: Taking) -> None:
    someone.finish()
    someone.sign()
    next_version(someone.version)
    with pytest.raises(MoveRefused, match="has ended"):
        moved(someone)


def test_another_version_than_was_shown_is_shown_again(someone: Taking) -> None:
    next_version(next_version(someone.version))
    with pytest.raises(MoveRefused, match="Another version has taken effect"):
        moved(someone, expected="2.0")
    assert moved(someone, expected="3.0").version.label == "3.0"


def test_somebody_else_gives_a_reason_and_the_learner_hears(someone: Taking) -> None:
    next_version(someone.version)
    boss = make_person(AccessRole.ADMINISTRATOR, name="Tomás Ferreira")
    with pytest.raises(MoveRefused, match="Say why"):
        move_to_effective(enrollment=someone.enrollment, by=boss, at=LATER, reason="")
    move_to_effective(enrollment=someone.enrollment, by=boss, at=LATER, reason="the procedure changed")
    message = Message.objects.get(kind="enrollment.moved")
    assert (message.recipient, "Tomás Ferreira moved you" in message.body) == (someone.learner, True)
    assert Event.objects.get(verb="enrollment.moved").reason == "the procedure changed"


def test_the_obligation_goes_on_and_ends_with_the_new_version(someone: Taking) -> None:
    require(someone.learner, someone.version.course, due_on=date(2026, 12, 20))
    someone.finish()
    newer = next_version(someone.version)
    now = moved(someone)
    [standing] = standings(at=LATER, user_ids=[someone.learner.pk])
    assert (standing.status, standing.enrollment_id) == (Status.DOING, now.pk)
    completion = Taking(someone.learner, newer, now).sign(at=LATER)
    [standing] = standings(at=LATER, user_ids=[someone.learner.pk])
    assert (standing.status, standing.completion_id) == (Status.DONE, completion.pk)


def test_old_versions_can_be_finished_all_the_same(someone: Taking) -> None:
    require(someone.learner, someone.version.course, due_on=date(2026, 12, 20))
    next_version(someone.version)
    someone.finish()
    assert someone.sign().version == someone.version
    [standing] = standings(at=LATER, user_ids=[someone.learner.pk])
    assert standing.status == Status.DONE


@pytest.mark.usefixtures("committed_db")
def test_two_clicks_at_once_move_once() -> None:
    someone = taking("page", "page")
    someone.finish(1)
    next_version(someone.version)
    assert at_once(*[lambda: moved(someone)] * 4) == []
    assert Enrollment.objects.filter(user=someone.learner, state="open").count() == 1
    assert Event.objects.filter(verb="enrollment.moved").count() == 1


@pytest.mark.usefixtures("committed_db")
def test_signing_while_moving_ends_in_one_of_the_two() -> None:
    someone = taking("page")
    require(someone.learner, someone.version.course, due_on=date(2026, 12, 20))
    someone.finish()
    next_version(someone.version)
    raised = at_once(lambda: moved(someone), lambda: someone.sign(at=LATER))
    someone.enrollment.refresh_from_db()
    assert someone.enrollment.state in ("completed", "moved")
    assert len(raised) == 1
    assert type(raised[0]).__name__ in ("MoveRefused", "NotReady")


# Pages


def test_the_page_says_what_it_means_and_moves(client: Client, someone: Taking) -> None:
    client.force_login(someone.learner)
    someone.finish(1, 2)
    next_version(someone.version, changed=(2,))
    course = reverse("enrollment:course", args=[someone.enrollment.pk])
    address = reverse("enrollment:move", args=[someone.enrollment.pk])
    assert f'href="{address}"' in client.get(course).content.decode()
    assert f'href="{address}"' in client.get(reverse("enrollment:activity", kwargs=someone.kwargs(3))).content.decode()
    page = client.get(address).content.decode()
    stays, rest = page.split("Stays done")[1].split("To be done")
    assert "Page 1" in stays
    assert "Page 2" not in stays
    assert "Page 2" in rest
    assert "Page 3" in rest
    answer = client.post(address, {"version": "2.0"})
    now = Enrollment.objects.get(user=someone.learner, state="open")
    assert answer["Location"] == reverse("enrollment:course", args=[now.pk])
    assert client.post(address, {"version": "2.0"})["Location"] == answer["Location"]  # pressed twice
    assert "You went on with version 2.0" in client.get(course).content.decode()


def test_nothing_newer_leads_back(client: Client, someone: Taking) -> None:
    client.force_login(someone.learner)
    address = reverse("enrollment:move", args=[someone.enrollment.pk])
    assert client.get(address)["Location"] == reverse("enrollment:course", args=[someone.enrollment.pk])


def test_nobody_moves_somebody_else(client: Client, someone: Taking) -> None:
    next_version(someone.version)
    client.force_login(a_learner("Somebody"))
    for answer in (client.get, client.post):
        assert answer(reverse("enrollment:move", args=[someone.enrollment.pk])).status_code == 404
    assert User.objects.filter(enrollments__state="open").count() == 1
