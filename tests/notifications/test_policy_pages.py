"""When mail goes out, decided by an administrator; and how messages reach somebody, chosen by themselves."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries

from notifications.models import MailPolicy, ReaderHour, ReaderWay
from notifications.queries import mail_policy
from notifications.rules import Policy
from people.choices import AccessRole
from people.models import User
from tests.factories import make_person, place

TYPED = {
    "quiet_from": "20:00", "quiet_until": "06:30", "on_free_days": "on", "digest_at": "09:00",
    "longest_wait_hours": "48", "reason": "The night shift asked for it",
}  # fmt: skip


@pytest.fixture
def admin(db: None, client: Client) -> User:
    person = make_person(AccessRole.ADMINISTRATOR)
    client.force_login(person)
    return person


def test_policy_page_shows_what_holds_and_changes_it(client: Client, admin: User) -> None:
    page = client.get("/messages/policy/").content.decode()
    assert all(value in page for value in ('value="19:00"', 'value="07:00"', 'value="08:00"', 'value="120"'))
    assert client.post("/messages/policy/", TYPED)["Location"] == "/messages/policy/"
    expected = Policy(time(20), time(6, 30), True, time(9), timedelta(hours=48))
    assert mail_policy() == expected


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"reason": "because"}, "Say why in at least two words."),
        ({"digest_at": "05:00"}, "This hour is quiet."),
        ({"longest_wait_hours": "2"}, "At least 24."),
        ({"quiet_from": "noon"}, "Give a time, such as 16:30."),
    ],
)
def test_policy_that_makes_no_sense_is_refused_in_words(
    client: Client, admin: User, changes: dict[str, str], words: str
) -> None:
    answer = client.post("/messages/policy/", {**TYPED, **changes})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not MailPolicy.objects.exists()


def test_person_chooses_on_the_account_page(client: Client, db: None) -> None:
    person = make_person(AccessRole.AUTHOR)
    place(person)
    client.force_login(person)
    assert "/account/messages/" in client.get("/account/").content.decode()
    page = client.get("/account/messages/").content.decode()
    assert "Account locked" in page  # among what cannot be turned off
    assert 'name="account_locked"' not in page
    assert 'name="courses.review_waiting"' not in page  # for approvers
    assert "Europe/Zurich" in page
    typed = {"hour": "16:00", "courses.version_approved": "inbox", "courses.version_returned": ""}
    assert client.post("/account/messages/", typed)["Location"] == "/account/messages/"
    assert list(ReaderWay.objects.values_list("user", "kind", "way")) == [
        (person.pk, "courses.version_approved", "inbox")
    ]
    assert ReaderHour.objects.get().digest_at == time(16)
    page = client.get("/account/messages/").content.decode()
    assert '<option value="16:00" selected>' in page
    assert '<option value="inbox" selected>' in page


@pytest.mark.parametrize("typed", [{"hour": "03:00"}, {"hour": "nonsense"}, {"courses.version_approved": "never"}])
def test_choice_that_is_not_offered_is_refused(client: Client, db: None, typed: dict[str, str]) -> None:
    client.force_login(make_person(AccessRole.AUTHOR))
    assert client.post("/account/messages/", typed).status_code == 422
    assert not ReaderWay.objects.exists()


def test_what_is_mandatory_cannot_be_slipped_in(client: Client, db: None) -> None:
    client.force_login(make_person())
    client.post("/account/messages/", {"account_locked": "inbox", "enrollment.overdue": "inbox"})
    assert not ReaderWay.objects.exists()


@pytest.mark.parametrize("count", [1, 3])
def test_choices_read_the_same_number_of_times(
    client: Client, db: None, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    from notifications.actions import set_preferences
    from tests.factories import LONG_AGO

    person = make_person(AccessRole.AUTHOR, AccessRole.APPROVER)
    codes = ["courses.version_approved", "courses.version_returned", "courses.review_waiting"][:count]
    set_preferences(person=person, ways=dict.fromkeys(codes, "inbox"), hour=None, at=LONG_AGO)
    client.force_login(person)
    client.get("/account/messages/")
    with django_assert_num_queries(5):
        client.get("/account/messages/")
