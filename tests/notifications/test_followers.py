"""People hear of what happens to their accounts, and security hears of locked ones."""

from __future__ import annotations

import pytest
from celery import current_app
from django.conf import settings
from pytest_django.fixtures import Settings

from core.clock import now
from notifications.choices import MailState
from notifications.models import Message
from people import actions
from people.choices import AccessRole
from people.models import CredentialLock, User
from records.actions import deliver_next_fact
from tests.factories import BY, make_person


def deliver() -> None:
    """Hand every waiting fact to its followers."""
    while deliver_next_fact(at=now()):
        pass


def told(person: User | None) -> list[str]:
    messages = Message.objects.filter(recipient=person).exclude(kind="role_granted").order_by("created_at")
    return list(messages.values_list("subject", flat=True))


def lock(person: User, purpose: str = "signing") -> None:
    for _ in range(5):
        actions.note_wrong_secret(person=person, purpose=purpose, at=now())


@pytest.mark.requirement("R-46")
@pytest.mark.parametrize(("purpose", "words"), [("signing", "at signing"), ("sign-in", "at sign-in")])
def test_locked_account_is_told_to_person_administrators_and_security(db: None, purpose: str, words: str) -> None:
    person = make_person(name="Maya Lindqvist")
    administrator = make_person(AccessRole.ADMINISTRATOR)
    bystander = make_person(AccessRole.AUTHOR)
    former = make_person(AccessRole.ADMINISTRATOR)
    actions.deactivate_person(person=former, by=BY, at=now(), left_on=now().date(), reason="left the company")
    lock(person, purpose)
    deliver()
    assert told(person) == ["Your account is locked"]
    assert told(administrator) == ["Account locked: Maya Lindqvist"]
    assert told(bystander) == told(former) == []
    outside = Message.objects.get(recipient=None)
    assert (outside.address, outside.subject) == ("security@demo.test", "Account locked: Maya Lindqvist")
    assert outside.mail_state == MailState.WAITING
    assert words in outside.body
    link = Message.objects.get(recipient=administrator, kind="account_locked_of_somebody").path
    assert link == f"/directory/{person.pk}/"


def test_without_a_security_contact_the_others_are_told(db: None, settings: Settings) -> None:
    settings.SECURITY_CONTACT = ""
    person = make_person()
    lock(person)
    deliver()
    assert told(person) == ["Your account is locked"]
    assert told(None) == []


def test_locked_administrator_is_told_once(db: None) -> None:
    administrator = make_person(AccessRole.ADMINISTRATOR)
    lock(administrator)
    deliver()
    assert told(administrator) == ["Your account is locked"]


@pytest.mark.requirement("R-46")
@pytest.mark.requirement("R-47")
def test_lock_and_its_notices_survive_the_loss_of_redis(committed_db: str) -> None:
    person = make_person()
    current_app.conf.task_always_eager = False
    try:
        lock(person)
        with current_app.connection_for_write() as broker:
            broker.default_channel.client.flushall()  # type: ignore[attr-defined]
        assert told(person) == []
        deliver()  # as beat does every 15 seconds
        deliver()
    finally:
        current_app.conf.task_always_eager = settings.CELERY_TASK_ALWAYS_EAGER
    assert told(person) == ["Your account is locked"]
    assert told(None) == [f"Account locked: {person.name}"]
    assert CredentialLock.objects.get(user=person).locked_until is not None


def test_person_hears_of_password_second_factor_and_role(db: None) -> None:
    person = make_person()
    actions.change_password(person=person, password="another quiet press 8", by=person, at=now())
    actions.note_second_factor_changed(person=person, what="totp added", at=now())
    actions.grant_role(person=person, role=AccessRole.AUTHOR, by=BY, at=now(), reason="writes courses now")
    deliver()
    subjects = list(Message.objects.filter(recipient=person).order_by("created_at").values_list("subject", flat=True))
    assert subjects == [
        "Your password was changed",
        "The second step of your sign-in was changed",
        "You have a new role: Author",
    ]


def test_time_of_the_lock_is_said_in_the_readers_zone(db: None) -> None:
    person = make_person()
    actions.change_preferences(person=person, at=now(), time_zone="Asia/Tokyo")
    lock(person)
    deliver()
    assert "JST" in Message.objects.get(recipient=person, kind="account_locked").body
