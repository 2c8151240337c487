"""Mail goes out at most once, whatever breaks (promise F-11), and what was refused is tried again (F-12)."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from textwrap import dedent

import pytest
from celery import current_app
from django.conf import settings
from django.core.cache import cache
from django.db import connection, transaction

from core.clock import now
from lms.local.services import APPLICATION
from notifications.actions import give_up_on_lost_mail, queue_mail, queue_message
from notifications.choices import MailState
from notifications.models import Message
from notifications.rules import MAX_TRIES
from notifications.tasks import send_waiting_mail
from notifications.wording import Notice
from people.actions import deactivate_person
from people.models import User
from tests import services
from tests.factories import BY, make_person
from tests.notifications.mail_server import MailServer
from tests.notifications.saying import DUE


def queue(recipient: User, once: str = "due:1") -> Message:
    """Queue a message that is due now."""
    with transaction.atomic():
        message = queue_message(
            recipient=recipient,
            kind="due",
            once=once,
            subject="Lockout/tagout is due\non Thursday",
            body="About 18 minutes are left.\n\nYou stopped at 3:12 of <the video>.",
            path="/training/1/?at=192&x=1",
            action="Resume",
            at=now(),
        )
    assert message is not None
    return message


def kept(message: Message) -> tuple[str, int, str]:
    message.refresh_from_db()
    return message.mail_state, message.mail_attempts, message.mail_error


def test_mail_carries_words_link_and_lasting_id(db: None, mail_server: MailServer) -> None:
    person = make_person(name="Maya Lindqvist", email="maya@demo.test")
    message = queue(person)
    send_waiting_mail()
    (mail,) = mail_server.accepted
    assert (mail["To"], mail["Subject"]) == ("maya@demo.test", "Lockout/tagout is due on Thursday")
    assert mail["Message-ID"] == f"<{message.id}@testserver>"
    text, html = (part.get_content() for part in mail.iter_parts())
    assert "http://testserver/training/1/?at=192&x=1" in text
    assert "You stopped at 3:12 of <the video>." in text
    assert 'href="http://testserver/training/1/?at=192&amp;x=1"' in html
    assert "&lt;the video&gt;" in html
    assert ">Resume</a>" in html
    assert kept(message) == (MailState.SENT, 1, "")


def test_mail_without_a_link_has_no_button(db: None, mail_server: MailServer) -> None:
    queue_mail(address="security@demo.test", notice=Notice(DUE, {"course": "Lockout"}), once="x", at=now())
    send_waiting_mail()
    (mail,) = mail_server.accepted
    assert mail["To"] == "security@demo.test"
    assert "Open in Attest" not in mail.as_string()


def test_sent_mail_is_not_sent_again(db: None, mail_server: MailServer) -> None:
    queue(make_person())
    for _ in range(5):
        send_waiting_mail()
    assert len(mail_server.accepted) == 1


@pytest.mark.parametrize("answer", ["450 4.2.0 Come back later", "550 5.1.1 No such mailbox"])
def test_refused_mail_waits_and_is_tried_again(db: None, mail_server: MailServer, answer: str) -> None:
    first, second = queue(make_person()), queue(make_person(), once="due:2")
    mail_server.answers = [answer]
    send_waiting_mail()
    state, tries, error = kept(first)
    assert (state, tries) == (MailState.WAITING, 1)
    assert answer[4:] in error
    assert first.mail_due_at is not None
    assert timedelta(seconds=50) < first.mail_due_at - now() <= timedelta(minutes=1)
    assert kept(second)[0] == MailState.SENT
    Message.objects.filter(pk=first.pk).update(mail_due_at=now())
    send_waiting_mail()
    assert kept(first) == (MailState.SENT, 2, "")
    assert len(mail_server.accepted) == 2


def test_server_that_closes_after_refusing_is_asked_anew_for_the_next(db: None, mail_server: MailServer) -> None:
    first, second = queue(make_person()), queue(make_person(), once="due:2")
    mail_server.answers = ["421 4.3.2 Shutting down"]
    send_waiting_mail()
    assert [kept(first)[0], kept(second)[0]] == [MailState.WAITING, MailState.SENT]


def test_last_refusal_is_kept_for_whoever_runs_attest(db: None, mail_server: MailServer) -> None:
    message = queue(make_person())
    Message.objects.update(mail_attempts=MAX_TRIES - 1)
    mail_server.answers = ["550 5.1.1 No such mailbox"]
    send_waiting_mail()
    state, tries, error = kept(message)
    assert (state, tries, message.mail_due_at) == (MailState.REFUSED, MAX_TRIES, None)
    assert "No such mailbox" in error
    send_waiting_mail()
    assert mail_server.accepted == []


def test_server_that_is_away_costs_one_mail_a_try_and_the_others_none(db: None, mail_server: MailServer) -> None:
    first, second = queue(make_person()), queue(make_person(), once="due:2")
    mail_server.stop()
    send_waiting_mail()
    assert kept(first)[:2] == (MailState.WAITING, 1)
    assert "ConnectionRefusedError" in first.mail_error
    assert kept(second) == (MailState.WAITING, 0, "")


def test_mail_whose_fate_nobody_knows_is_not_repeated(db: None, mail_server: MailServer) -> None:
    message = queue(make_person())
    mail_server.hangs_up = True
    send_waiting_mail()
    state, tries, error = kept(message)
    assert (state, tries) == (MailState.UNKNOWN, 1)
    assert "SMTPServerDisconnected" in error
    send_waiting_mail()
    assert len(mail_server.accepted) == 1


def test_person_who_left_before_the_mail_went_gets_none(db: None, mail_server: MailServer) -> None:
    person = make_person()
    message = queue(person)
    deactivate_person(person=person, by=BY, at=now(), left_on=now().date(), reason="left the company")
    send_waiting_mail()
    assert kept(message)[0] == MailState.NEEDLESS
    assert mail_server.accepted == []


@pytest.mark.real_clock
def test_crash_between_accepted_and_noted_is_not_a_second_mail(committed_db: str, mail_server: MailServer) -> None:
    message = queue_quietly(make_person())
    code = dedent(f"""
        import django, os
        django.setup()
        from django.conf import settings
        from django.core.mail.backends.smtp import EmailBackend
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", {mail_server.port}
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        send = EmailBackend.send_messages
        def send_and_die(self, messages):
            send(self, messages)
            os._exit(137)
        EmailBackend.send_messages = send_and_die
        from notifications.tasks import send_waiting_mail
        send_waiting_mail()
    """)
    before = now()
    environment = {**os.environ, "DATABASE_URL": services.superuser().url(APPLICATION, committed_db)}
    assert subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode == 137
    assert len(mail_server.accepted) == 1
    assert kept(message)[0] == MailState.SENDING

    send_waiting_mail()
    assert kept(message)[0] == MailState.SENDING, "it may still be on its way"
    assert give_up_on_lost_mail(at=before + timedelta(minutes=11)) == 1
    send_waiting_mail()
    state, _, error = kept(message)
    assert state == MailState.UNKNOWN
    assert "ended before" in error
    assert len(mail_server.accepted) == 1


def test_losing_redis_loses_no_mail_and_doubles_none(committed_db: str, mail_server: MailServer) -> None:
    queue_quietly(make_person())
    cache.clear()
    for _ in range(3):
        send_waiting_mail()
    assert len(mail_server.accepted) == 1


def test_many_workers_send_each_mail_once(committed_db: str, mail_server: MailServer) -> None:
    person = make_person()
    for number in range(12):
        queue_quietly(person, once=f"due:{number}")

    def work(_: int) -> None:
        try:
            send_waiting_mail()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as workers:
        list(workers.map(work, range(4)))
    ids = [mail["Message-ID"] for mail in mail_server.accepted]
    assert len(ids) == len(set(ids)) == 12
    assert set(Message.objects.values_list("mail_state", flat=True)) == {MailState.SENT}


def queue_quietly(recipient: User, once: str = "due:1") -> Message:
    """Queue a message whose wake-up is lost with Redis, as after a flush."""
    current_app.conf.task_always_eager = False
    try:
        message = queue(recipient, once)
        with current_app.connection_for_write() as broker:
            broker.default_channel.client.flushall()  # type: ignore[attr-defined]
    finally:
        current_app.conf.task_always_eager = settings.CELERY_TASK_ALWAYS_EAGER
    return message
