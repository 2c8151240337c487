"""What could wait goes out in one mail a day; the inbox has it at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from pytest_django.fixtures import DjangoAssertNumQueries

from notifications import tasks
from notifications.actions import (
    CannotChoose,
    gather_digests,
    give_up_on_lost_mail,
    queue_message,
    queue_messages,
    queue_notice,
    set_mail_policy,
    set_preferences,
)
from notifications.choices import MailState
from notifications.models import Digest, Message
from notifications.queries import mail_policy, unread_count
from notifications.rules import Policy
from people.actions import deactivate_person, set_calendar
from people.choices import AccessRole
from people.models import User
from records.models import Event
from tests.factories import BY, make_person, make_site, place
from tests.notifications.mail_server import MailServer
from tests.notifications.saying import news

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # ten in Basel
TUESDAY_AT_EIGHT = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)


def reader(**details: Any) -> User:
    """Add somebody who works at Basel from Monday to Friday."""
    person = make_person(**details)
    place(person, site=make_site())
    return person


def tell(person: User, once: str = "1", *, at: datetime = MONDAY, course: str = "Lockout") -> Message:
    with transaction.atomic():
        message = queue_notice(recipient=person, notice=news(course), once=f"{person.pk}:{once}", path="/inbox/", at=at)
    assert message is not None
    return message


def send(at: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    """Do what beat does at an instant."""
    monkeypatch.setattr(tasks, "now", lambda: at)
    tasks.gather_digests()
    tasks.send_waiting_mail()


def kept(message: Message) -> tuple[str, datetime | None]:
    message.refresh_from_db()
    return message.mail_state, message.mail_due_at


def test_message_is_in_the_inbox_at_once_and_its_mail_waits(db: None) -> None:
    person = reader()
    message = tell(person)
    assert unread_count(person) == 1
    assert kept(message) == (MailState.GATHERED, TUESDAY_AT_EIGHT)


def test_one_mail_of_a_day_holds_all_that_waited_each_with_its_link(
    db: None, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = reader(name="Maya Lindqvist", email="maya@demo.test")
    messages = [tell(person, str(number), course=f"Course <{number}>") for number in range(3)]
    send(TUESDAY_AT_EIGHT - timedelta(minutes=1), monkeypatch)
    assert mail_server.accepted == []
    for minutes in (0, 5, 60, 600):
        send(TUESDAY_AT_EIGHT + timedelta(minutes=minutes), monkeypatch)
    (mail,) = mail_server.accepted
    digest = Digest.objects.get()
    assert (mail["To"], mail["Subject"]) == ("maya@demo.test", "3 messages about your training")
    assert mail["Message-ID"] == f"<{digest.pk}@testserver>"
    text, html = (part.get_content() for part in mail.iter_parts())
    assert text.count("http://testserver/inbox/") == 3
    assert "News of Course <2>" in text
    assert "News of Course &lt;2&gt;" in html
    assert html.count('href="http://testserver/inbox/"') == 3
    assert (digest.mail_state, digest.on, digest.recipient) == (MailState.SENT, date(2026, 11, 24), person)
    assert {kept(message)[0] for message in messages} == {MailState.DIGESTED}
    assert {message.digest_id for message in messages} == {digest.pk}


def test_digest_of_one_message_has_its_subject(
    db: None, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(reader())
    send(TUESDAY_AT_EIGHT, monkeypatch)
    assert mail_server.accepted[0]["Subject"] == "News of Lockout"


def test_second_digest_of_a_day_is_impossible_and_waits_for_the_next(
    db: None, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = reader()
    tell(person, "1")
    send(TUESDAY_AT_EIGHT, monkeypatch)
    late = tell(person, "2", at=TUESDAY_AT_EIGHT + timedelta(minutes=1))
    Message.objects.filter(pk=late.pk).update(mail_due_at=TUESDAY_AT_EIGHT)  # as if an hour had been changed
    Message.objects.filter(pk=late.pk).update(created_at=MONDAY)
    send(TUESDAY_AT_EIGHT + timedelta(minutes=5), monkeypatch)
    assert kept(late) == (MailState.GATHERED, TUESDAY_AT_EIGHT + timedelta(days=1))
    assert len(mail_server.accepted) == 1
    with pytest.raises(IntegrityError, match="digest_once_a_day"), transaction.atomic():
        Digest.objects.create(
            recipient=person, on=date(2026, 11, 24), created_at=MONDAY, mail_due_at=MONDAY, mail_state="waiting"
        )
    send(TUESDAY_AT_EIGHT + timedelta(days=1), monkeypatch)
    assert len(mail_server.accepted) == 2


def test_digest_waits_for_monday_and_for_the_day_after_a_holiday(db: None) -> None:
    person = reader()
    set_calendar(site=make_site(), free_weekdays={6, 7}, holidays={date(2026, 11, 30): "Andrew"}, by=BY, at=MONDAY)
    friday = datetime(2026, 11, 27, 9, tzinfo=UTC)
    assert kept(tell(person, at=friday)) == (MailState.GATHERED, datetime(2026, 12, 1, 7, tzinfo=UTC))


def test_day_off_that_was_added_later_is_respected(
    db: None, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = tell(reader())
    set_calendar(site=make_site(), free_weekdays={6, 7}, holidays={date(2026, 11, 24): "Feast"}, by=BY, at=MONDAY)
    send(TUESDAY_AT_EIGHT, monkeypatch)
    assert mail_server.accepted == []
    assert kept(message)[1] == TUESDAY_AT_EIGHT + timedelta(days=1)


def test_outage_makes_one_late_digest_in_the_day_and_none_at_night(
    db: None, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = tell(reader())
    send(TUESDAY_AT_EIGHT + timedelta(hours=13), monkeypatch)  # nine in the evening
    assert mail_server.accepted == []
    assert kept(message)[1] == TUESDAY_AT_EIGHT + timedelta(days=1)
    send(TUESDAY_AT_EIGHT + timedelta(days=1, hours=6), monkeypatch)
    assert len(mail_server.accepted) == 1


def test_leaver_gets_no_digest(db: None, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    before, between = reader(), reader()
    messages = [tell(before), tell(between)]
    deactivate_person(person=before, by=BY, at=MONDAY, left_on=MONDAY.date(), reason="left the company")
    gather_digests(at=TUESDAY_AT_EIGHT)
    deactivate_person(person=between, by=BY, at=MONDAY, left_on=MONDAY.date(), reason="left the company")
    send(TUESDAY_AT_EIGHT, monkeypatch)
    assert [kept(message)[0] for message in messages] == [MailState.NEEDLESS, MailState.DIGESTED]
    assert Digest.objects.get().mail_state == MailState.NEEDLESS
    assert mail_server.accepted == []


def test_digest_whose_fate_nobody_knows_is_not_repeated(
    db: None, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(reader())
    mail_server.hangs_up = True
    send(TUESDAY_AT_EIGHT, monkeypatch)
    assert Digest.objects.get().mail_state == MailState.UNKNOWN
    send(TUESDAY_AT_EIGHT + timedelta(minutes=30), monkeypatch)
    assert len(mail_server.accepted) == 1


def test_digest_lost_while_sending_is_called_unclear(db: None) -> None:
    tell(reader())
    gather_digests(at=TUESDAY_AT_EIGHT)
    Digest.objects.update(mail_state=MailState.SENDING)
    assert give_up_on_lost_mail(at=TUESDAY_AT_EIGHT + timedelta(minutes=11)) == 1
    assert Digest.objects.get().mail_state == MailState.UNKNOWN


@pytest.fixture
def many(db: None, request: pytest.FixtureRequest) -> int:
    people = [reader() for _ in range(request.param)]
    with transaction.atomic():
        queue_messages(
            [Message.of(news(), recipient=person, once=f"{person.pk}:{n}") for person in people for n in range(2)],
            at=MONDAY,
        )
    return int(request.param)


@pytest.mark.parametrize("many", [1, 3], indirect=True)
def test_sweep_asks_as_often_for_one_person_as_for_many(
    many: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(6):  # and two statements for all of them through psycopg
        assert gather_digests(at=TUESDAY_AT_EIGHT) == many
    assert Digest.objects.count() == many
    assert not Message.objects.exclude(mail_state=MailState.DIGESTED).exists()


def test_sweeps_at_the_same_moment_make_one_digest(committed_db: str, mail_server: MailServer) -> None:
    people = [reader() for _ in range(4)]
    for person in people:
        tell(person)

    def work(_: int) -> int:
        try:
            return gather_digests(at=TUESDAY_AT_EIGHT)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as workers:
        assert sum(workers.map(work, range(4))) == 4
    assert Digest.objects.count() == 4


# Urgent ones, the policy and what people choose


def test_urgent_message_breaks_through_in_the_day_and_waits_for_the_morning(db: None) -> None:
    person = reader()
    for once, kind, at in (
        ("day", "enrollment.overdue", MONDAY),
        ("night", "enrollment.overdue", MONDAY + timedelta(hours=11)),
        ("any", "account_locked", MONDAY + timedelta(hours=11)),
    ):
        queue_message(recipient=person, kind=kind, once=once, subject="S", body="B", at=at)
    due = dict(Message.objects.values_list("once", "mail_due_at"))
    assert due == {
        "day": MONDAY,
        "night": TUESDAY_AT_EIGHT - timedelta(hours=1),
        "any": MONDAY + timedelta(hours=11),
    }
    assert set(Message.objects.values_list("mail_state", flat=True)) == {MailState.WAITING}


def test_refused_mail_is_not_tried_again_at_night(
    db: None, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = reader()
    evening = datetime(2026, 11, 23, 17, 59, 30, tzinfo=UTC)  # a moment before seven
    queue_message(recipient=person, kind="enrollment.overdue", once="1", subject="S", body="B", at=evening)
    mail_server.answers = ["450 4.2.0 Come back later"]
    send(evening, monkeypatch)
    assert Message.objects.get().mail_due_at == TUESDAY_AT_EIGHT - timedelta(hours=1)


def test_policy_is_a_fact_and_plans_what_waits_anew(db: None) -> None:
    admin = make_person(AccessRole.ADMINISTRATOR, name="Tomás Ferreira")
    message = tell(reader())
    assert mail_policy() == Policy()
    policy = Policy(digest_at=time(16), quiet_from=time(20), quiet_until=time(6), longest_wait=timedelta(days=2))
    for _ in range(2):
        set_mail_policy(policy=policy, by=admin, at=MONDAY, reason="The night shift asked for it")
    assert mail_policy() == policy
    assert kept(message)[1] == datetime(2026, 11, 23, 15, tzinfo=UTC)
    fact = Event.objects.get(verb="notifications.policy_changed")
    assert fact.sentence == "Tomás Ferreira decided when mail goes out: quiet from 20:00 to 06:00, digest at 16:00"
    assert fact.reason == "The night shift asked for it"
    assert Event.objects.filter(kind="capture", fact=fact, subject_type="notifications_mailpolicy").count() == 1


def test_policy_has_one_row(db: None) -> None:
    admin = make_person(AccessRole.ADMINISTRATOR)
    set_mail_policy(policy=Policy(digest_at=time(9)), by=admin, at=MONDAY, reason="for a test")
    set_mail_policy(policy=Policy(digest_at=time(10)), by=admin, at=MONDAY, reason="for a test")
    from notifications.models import MailPolicy

    row = MailPolicy.objects.get()
    assert row.digest_at == time(10)
    for changes, constraint in (({}, "mailpolicy_only"), ({"only": False}, "mail_policy_only_one")):
        values = {"quiet_from": time(1), "quiet_until": time(2), "on_free_days": True, "digest_at": time(9)}
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            MailPolicy.objects.create(**values, longest_wait=timedelta(days=1), **changes)


def test_person_chooses_the_way_and_the_hour(db: None) -> None:
    person = reader(name="Maya Lindqvist")
    digest, at_once, inbox = (tell(person, str(number)) for number in range(3))
    set_preferences(person=person, ways={}, hour=time(16), at=MONDAY)
    assert kept(digest)[1] == datetime(2026, 11, 23, 15, tzinfo=UTC)
    set_preferences(person=person, ways={"news": "at_once"}, hour=time(16), at=MONDAY)
    assert kept(at_once) == (MailState.WAITING, MONDAY)
    set_preferences(person=person, ways={"news": "inbox"}, hour=None, at=MONDAY)
    set_preferences(person=person, ways={"news": "inbox"}, hour=None, at=MONDAY)
    assert kept(inbox) == (MailState.NONE, None)
    assert tell(person, "later").mail_state == MailState.NONE
    facts = Event.objects.filter(verb="notifications.preferences_changed")
    assert [fact.sentence for fact in facts] == ["Maya Lindqvist chose how messages reach them"] * 3


@pytest.mark.parametrize("code", ["account_locked", "enrollment.overdue", "enrollment.completed", "unknown"])
def test_what_is_mandatory_or_not_mailed_cannot_be_chosen(db: None, code: str) -> None:
    with pytest.raises(CannotChoose):
        set_preferences(person=reader(), ways={code: "inbox"}, hour=None, at=MONDAY)


@pytest.mark.parametrize(
    ("model", "values", "constraint"),
    [
        ("ReaderWay", {"kind": "news", "way": "never"}, "reader_way_known"),
        ("ReaderWay", {"kind": "news", "way": "digest"}, "reader_way_once"),
    ],
)
def test_table_of_choices_refuses_what_makes_no_sense(
    db: None, model: str, values: dict[str, str], constraint: str
) -> None:
    from notifications import models

    person = reader()
    set_preferences(person=person, ways={"news": "inbox"}, hour=None, at=MONDAY)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        getattr(models, model).objects.create(user=person, **values)


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [({"mail_state": "lost"}, "digest_mail_state_known"), ({"mail_due_at": None}, "digest_open_is_due")],
)
def test_table_of_digests_refuses_what_makes_no_sense(db: None, changes: dict[str, Any], constraint: str) -> None:
    tell(reader())
    gather_digests(at=TUESDAY_AT_EIGHT)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Digest.objects.update(**changes)
