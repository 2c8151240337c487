"""Sessions of a course that only people who are qualified for a task may lead (21 CFR 211.25(a))."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError
from django.test import Client
from django.urls import reverse

from core.ids import new_id
from courses.models import Course
from enrollment.actions.qualifying import add_task, change_task
from enrollment.actions.sessions import SessionRefused, confirm_session, draft_session, sign_session
from enrollment.models import Completion, LedCourse, RecordedSession, Task
from enrollment.rules.elsewhere import why_not_led
from people.models import User
from records.actions import revoke_certificate
from records.models import Certificate, Event, Signature
from tests.enrollment.classroom import taking
from tests.enrollment.workplace import (
    AT,
    SIGNING,
    TODAY,
    a_course,
    a_picture,
    a_scan,
    complete,
    operator,
    rewrite,
    write,
)
from tests.factories import LONG_AGO

pytestmark = pytest.mark.signing

DAY = TODAY - timedelta(days=3)
SINCE = date(2020, 1, 1)


@pytest.fixture
def course(db: None) -> Course:
    return a_course("Gowning")


@pytest.fixture
def pedagogy(db: None) -> Course:
    return a_course("Training trainers")


@pytest.fixture
def task(admin: User, course: Course, pedagogy: Course) -> Task:
    return add_task(name="Train gowning", courses=[pedagogy], leads=[course], by=admin, at=LONG_AGO)


@pytest.fixture
def trainer(pedagogy: Course) -> User:
    found = operator("Ines Costa", since=SINCE)
    complete(found, pedagogy, on=date(2026, 1, 10), valid_until=date(2026, 11, 21))
    return found


def drafted(team: list[User], boss: User, course: Course, **told: Any) -> RecordedSession:
    told = {"held_on": DAY, "trainer": "Dr. Steiner", "at": AT, **told}
    sheet = a_scan("sheet.png")
    return draft_session(course=course, user_ids=[each.pk for each in team], by=boss, upload=sheet, **told)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"tasks": [], "who": "", "lacking": []}, ""),
        ({"tasks": [], "who": "Ines", "lacking": []}, ""),
        ({"tasks": ["Train gowning"], "who": "Ines", "lacking": []}, ""),
        ({"tasks": ["Train gowning"], "who": "", "lacking": []}, "must be qualified for: Train gowning."),
        ({"tasks": ["A", "B"], "who": "Ines", "lacking": ["B"]}, "Ines was not qualified for this on 20 Nov 2026: B."),
    ],
)
def test_why_somebody_can_not_have_led(asked: dict[str, Any], words: str) -> None:
    said = why_not_led(**asked, on=date(2026, 11, 20))
    assert words in said if words else said == ""


@pytest.mark.requirement("R-81")
def test_session_led_by_a_lapsed_trainer_is_refused(
    boss: User, team: list[User], course: Course, task: Task, trainer: User
) -> None:
    drafted(team, boss, course, led_by=trainer, held_on=date(2026, 11, 21))
    with pytest.raises(SessionRefused, match="Ines Costa was not qualified for this on 22 Nov 2026: Train gowning"):
        drafted(team, boss, course, led_by=trainer, held_on=date(2026, 11, 22))
    with pytest.raises(SessionRefused, match="Whoever leads a session of this course must be qualified"):
        drafted(team, boss, course)
    assert RecordedSession.objects.count() == 1


@pytest.mark.requirement("R-81")
@pytest.mark.requirement("R-93")
def test_both_signatures_name_the_trainer_with_their_qualification_and_the_people_with_their_job(
    admin: User, boss: User, team: list[User], course: Course, task: Task, trainer: User
) -> None:
    session = drafted(team, boss, course, led_by=trainer, trainer="")
    sign_session(session=session, by=boss, at=AT, **SIGNING)
    confirm_session(session=session, by=admin, at=AT, **SIGNING)
    for signature in Signature.objects.filter(record_type="session"):
        assert signature.record["trainer"] == "Ines Costa"
        assert signature.record["led_by"] == {
            "id": str(trainer.pk), "employee_number": trainer.employee_number, "qualified_for": ["Train gowning"],
        }  # fmt: skip
        assert [each["job_title"] for each in signature.record["people"]] == ["Tablet Operator"] * len(team)
    fact = Event.objects.filter(verb="enrollment.completed_in_session").first()
    assert fact is not None
    assert fact.payload["trainer"] == f"Ines Costa ({trainer.employee_number}), qualified for: Train gowning"


def test_session_is_not_confirmed_when_the_trainer_turns_out_not_to_be_qualified(
    admin: User, boss: User, team: list[User], course: Course
) -> None:
    taken = taking("page")
    taken.finish()
    taken.sign()
    add_task(name="Train gowning", courses=[taken.version.course], leads=[course], by=admin, at=LONG_AGO)
    session = drafted(team, boss, course, led_by=taken.learner, held_on=TODAY)
    sign_session(session=session, by=boss, at=AT, **SIGNING)
    revoke_certificate(certificate=Certificate.objects.get(), by=admin, at=AT, reason="Taken by somebody else")
    with pytest.raises(SessionRefused, match="was not qualified"):
        confirm_session(session=session, by=admin, at=AT, **SIGNING)
    assert not Completion.objects.filter(course=course).exists()


def test_what_was_asked_on_the_day_counts(
    admin: User, boss: User, team: list[User], course: Course, pedagogy: Course
) -> None:
    """A session from before trainers had to be qualified is recorded as it was; so is one from after."""
    task = add_task(name="Train", courses=[pedagogy], by=admin, at=LONG_AGO)
    change_task(task=task, courses=[pedagogy], leads=[course], by=admin, at=AT - timedelta(days=2), reason="New rule")
    assert drafted(team, boss, course, held_on=DAY).led_as == []
    with pytest.raises(SessionRefused):
        drafted(team, boss, course, held_on=TODAY - timedelta(days=1))
    change_task(task=task, courses=[pedagogy], leads=[], by=admin, at=AT, reason="Rule withdrawn")
    assert drafted(team, boss, course, held_on=TODAY).led_as == []
    kept = LedCourse.objects.get()
    assert (kept.added_at, kept.removed_at) == (AT - timedelta(days=2), AT)


def test_who_led_it_does_not_change(boss: User, team: list[User], course: Course, task: Task, trainer: User) -> None:
    row = RecordedSession.objects.filter(pk=drafted(team, boss, course, led_by=trainer).pk)
    cases: list[dict[str, Any]] = [{"led_by": boss}, {"led_as": []}]
    for changed in cases:
        with pytest.raises(DatabaseError, match="does not change"):
            rewrite(row, **changed)
    like = row.get()
    same = {"course": like.course, "version": like.version, "held_on": DAY, "trainer": "T", "sheet": like.sheet}
    told = {**same, "user_ids": [team[0].pk], "recorded_at": AT, "recorded_by": boss}
    with pytest.raises(IntegrityError, match="session_led_by_somebody_qualified"):
        write([RecordedSession(id=new_id(), **told, led_as=["Train gowning"])])


def test_form_finds_the_trainer_and_says_nothing_about_anybody_else(
    client: Client, boss: User, team: list[User], course: Course, task: Task, trainer: User
) -> None:
    stranger = operator("Wilhelmina Strange", since=SINCE)
    client.force_login(boss)
    typed = {"course": course.pk, "held_on": DAY.isoformat(), "people": [each.pk for each in team]}

    def sent(**more: Any) -> Any:
        return client.post(reverse("enrollment:new_session"), {**typed, "sheet": a_picture(), "id": new_id(), **more})

    for number in (stranger.employee_number, "X1"):
        [said] = sent(trainer_number=number).context["form"].errors["trainer_number"]
        assert said == f"{number} was not qualified for this on 20 Nov 2026: Train gowning."
    [said] = sent(trainer="Dr. Steiner").context["form"].errors["trainer_number"]
    assert said.startswith("Whoever leads a session of this course must be qualified for: Train gowning.")
    free = a_course("Free for all")
    for number in (trainer.employee_number, "X1"):
        [said] = sent(course=free.pk, trainer_number=number).context["form"].errors["trainer_number"]
        assert said == f"Nobody has this number: {number}."
    assert sent(course=free.pk).context["form"].errors["trainer"] == ["Say who led it."]
    assert not RecordedSession.objects.exists()
    sent(trainer_number=trainer.employee_number)
    session = RecordedSession.objects.get()
    assert (session.trainer, session.led_by, session.led_as) == ("Ines Costa", trainer, ["Train gowning"])
    page = client.get(reverse("enrollment:session", args=[session.pk])).content.decode()
    assert f"Ines Costa ({trainer.employee_number}), qualified for: Train gowning" in page


def test_administrator_says_of_which_courses_trainers_are_qualified(
    client: Client, admin: User, course: Course, pedagogy: Course
) -> None:
    client.force_login(admin)
    client.post(reverse("enrollment:new_task"), {"name": "Train", "courses": [pedagogy.pk], "leads": [course.pk]})
    task = Task.objects.get()
    page = client.get(reverse("enrollment:task", args=[task.pk])).content.decode()
    assert "Only who is qualified leads sessions of:</b> Gowning" in page
    change = reverse("enrollment:change_task", args=[task.pk])
    assert client.get(change).context["form"]["leads"].value() == [course.pk]
    client.post(change, {"name": "Train", "courses": [pedagogy.pk], "leads": [], "reason": "Not needed now"})
    assert "leads sessions of" not in client.get(reverse("enrollment:task", args=[task.pk])).content.decode()
    said = Event.objects.filter(verb="enrollment.task_leads").order_by("id")
    assert [each.reason for each in said] == ["", "Not needed now"]
    assert not Event.objects.filter(verb="enrollment.task_changed").exists()
