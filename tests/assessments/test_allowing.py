"""One more attempt, by those who look after the learner, with a reason, once for each click."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError
from django.test import Client
from django.urls import reverse

from assessments.actions import NotExhausted, allow_attempt, start_attempt, submit_attempt
from assessments.models import Attempt, ExtraAttempt
from core.clock import now
from notifications.models import Message
from people.choices import AccessRole
from people.models import User
from records.models import Event
from tests import factories
from tests.assessments.building import AT, Taking, make, taking, write

REASON = "We read module 2 together"


def exhausted(**quiz: Any) -> tuple[Taking, Attempt]:
    someone = taking(attempts_allowed=1, **quiz)
    attempt = start_attempt(enrollment=someone.enrollment, quiz_id=someone.quiz.pk, by=someone.user, at=AT)
    return someone, submit_attempt(attempt_id=attempt.pk, by=someone.user, at=AT)


def allow(someone: Taking, by: User) -> ExtraAttempt:
    return allow_attempt(enrollment_id=someone.enrollment.pk, quiz_id=someone.quiz.pk, by=by, at=now(), reason=REASON)


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="people.backends.PersonBackend")
    return client


def manager_of(someone: Taking) -> User:
    manager = factories.make_person(name="Sofia Marino")
    factories.place(someone.user, manager=manager, since=date(2020, 1, 1))
    return manager


def test_one_more_attempt_can_begin_and_is_told(db: None) -> None:
    someone, _attempt = exhausted()
    boss = manager_of(someone)
    allow(someone, boss)
    fact = Event.objects.get(verb="assessments.attempt_allowed")
    assert (fact.sentence, fact.reason, fact.person_id) == (
        "Sofia Marino allowed Ana Costa another attempt of “Final quiz”",
        REASON,
        someone.user.pk,
    )
    message = Message.objects.get(kind="assessments.attempt_allowed")
    assert (message.recipient, message.subject) == (someone.user, "You may try “Final quiz” again")
    assert REASON in message.body
    begun = start_attempt(enrollment=someone.enrollment, quiz_id=someone.quiz.pk, by=someone.user, at=AT)
    assert begun.number == 2
    page = client_of(someone.user).get(message.path).content.decode()
    assert "attempt 2" in page
    assert "This is your last attempt." in page


def test_second_click_allows_no_second_attempt(db: None) -> None:
    someone, _attempt = exhausted()
    boss = manager_of(someone)
    allow(someone, boss)
    with pytest.raises(NotExhausted):
        allow(someone, boss)
    assert ExtraAttempt.objects.count() == 1


def test_nobody_allows_themselves_an_attempt(db: None) -> None:
    someone, _attempt = exhausted()
    with pytest.raises(PermissionError):
        allow(someone, someone.user)
    allow(someone, manager_of(someone))


@pytest.mark.parametrize(
    ("who", "status", "sees"),
    [("manager", 302, True), ("administrator", 302, True), ("auditor", 404, False), ("learner", 403, False)],
)
def test_page_allows_for_those_who_look_after_the_learner(db: None, who: str, status: int, sees: bool) -> None:
    someone, attempt = exhausted()
    roles = {"administrator": AccessRole.ADMINISTRATOR, "auditor": AccessRole.AUDITOR}
    if who == "manager":
        reader = manager_of(someone)
    elif who == "learner":
        reader = someone.user
    else:
        reader = factories.make_person(roles[who])
    client = client_of(reader)
    address = reverse("assessments:attempt_record", args=[attempt.pk])
    assert ("Allow one more attempt" in client.get(address).content.decode()) == sees
    response = client.post(reverse("assessments:allow_attempt", args=[attempt.pk]), {"reason": REASON})
    assert response.status_code == status
    assert ExtraAttempt.objects.exists() == sees
    if sees:
        assert "may try once more" in client.get(address).content.decode()
        assert "Allow one more attempt" not in client.get(address).content.decode()


def test_reason_is_asked_for_in_words(db: None) -> None:
    someone, attempt = exhausted()
    client = client_of(manager_of(someone))
    where = reverse("assessments:allow_attempt", args=[attempt.pk])
    for reason in ("", "ok"):
        response = client.post(where, {"reason": reason})
        assert response.status_code == 422
        assert "Reason" in response.content.decode()
    assert not ExtraAttempt.objects.exists()
    assert client.post(where, {"reason": REASON}).status_code == 302


def test_allowance_stays_as_it_was_given(db: None) -> None:
    someone, _attempt = exhausted()
    boss = manager_of(someone)
    allow(someone, boss)
    for change in (lambda: ExtraAttempt.objects.update(reason="x"), lambda: ExtraAttempt.objects.all().delete()):
        with pytest.raises(DatabaseError, match="append-only"):
            write(change)
    lacking = ExtraAttempt(enrollment=someone.enrollment, quiz=someone.quiz, reason="", allowed_at=AT, allowed_by=boss)
    with pytest.raises(IntegrityError, match="extra_attempt_has_reason"):
        make([lacking])
