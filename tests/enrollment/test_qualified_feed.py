"""Another system asks who is qualified: its token, its question, and what it is told."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.clock import now
from enrollment.actions.access import create_reading_token, note_reading_token_used, revoke_reading_token
from enrollment.actions.qualifying import add_task, change_task
from enrollment.models import ReadingToken, Task
from people.actions import grant_role, hash_of, revoke_role
from people.choices import AccessRole
from people.models import User
from records.models import Event
from tests.enrollment.workplace import AT, a_course, browser, complete, rewrite
from tests.factories import LONG_AGO, make_person, make_site, place

TOKENS, NEW = "/tasks/access/", "/tasks/access/new/"


@pytest.fixture
def secret(admin: User) -> str:
    return create_reading_token(name="Batch records", by=admin, at=LONG_AGO)[1]


@pytest.fixture
def task(admin: User) -> Task:
    return add_task(name="Release a batch", courses=[a_course("Hand hygiene")], by=admin, at=LONG_AGO)


def ask(secret: str | None, task: Task | str, query: str) -> Any:
    headers = {"Authorization": f"Bearer {secret}"} if secret is not None else {}
    name = task.pk if isinstance(task, Task) else task
    return Client(enforce_csrf_checks=True).get(f"/api/tasks/{name}/qualified/?{query}", headers=headers)


def worker(name: str, number: str) -> User:
    person = make_person(name=name, employee_number=number)
    place(person)
    return person


def words(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


# The answer


def test_one_person_is_answered(task: Task, secret: str) -> None:
    maya = worker("Maya", "10482")
    course = task.asked.get().course
    complete(maya, course, on=date(2025, 3, 13), valid_until=date(2026, 3, 13))
    answer = ask(secret, task, "person=10482&at=2026-03-14T12:00:00Z&known_at=2026-11-20T12:00:00%2B01:00")
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    assert answer.json() == {
        "task": {"id": str(task.pk), "name": "Release a batch"},
        "at": "2026-03-14T12:00:00+00:00",
        "known_at": "2026-11-20T12:00:00+01:00",
        "person": "10482",
        "qualified": False,
        "day": "2026-03-14",
        "courses": [
            {
                "code": course.code,
                "title": "Hand hygiene",
                "met": False,
                "standpoint": "expired",
                "until": "2026-03-13",
                "completed_on": "2025-03-13",
                "sentence": "Completed on 13 Mar 2025, and that counted until 13 Mar 2026",
            }
        ],
    }
    assert ask(secret, task, "person=10482&at=2026-03-13T12:00:00+01:00").json()["qualified"] is True


def test_now_is_meant_where_nothing_is_said(task: Task, secret: str) -> None:
    worker("Maya", "1")
    body = ask(secret, task, "person=1").json()
    assert body["at"] == body["known_at"]
    assert now() - datetime.fromisoformat(body["at"]) < timedelta(minutes=1)
    assert (body["qualified"], body["courses"][0]["standpoint"], body["courses"][0]["until"]) == (False, "never", None)


def test_it_is_answered_as_known_then(task: Task, admin: User, secret: str) -> None:
    maya = worker("Maya", "1")
    first = task.asked.get().course
    complete(maya, first, on=date(2026, 1, 5))
    change_task(task=task, courses=[first, a_course()], by=admin, at=AT, reason="Deviation 2026-114")
    before = (AT - timedelta(days=1)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    query = "person=1&at=2026-03-14T12:00:00Z"
    assert ask(secret, task, query).json()["qualified"] is (now() < AT)
    assert ask(secret, task, f"{query}&known_at={before}").json()["qualified"] is True


def test_many_people_cost_as_many_queries_as_one(task: Task, secret: str) -> None:
    course = task.asked.get().course
    people = [worker(f"P{n}", f"N{n}") for n in range(3)]
    complete(people[1], course, on=date(2026, 1, 5))
    ask(secret, task, "person=N0")  # notes that the token was used
    with CaptureQueriesContext(connection) as one:
        ask(secret, task, "person=N0")
    with CaptureQueriesContext(connection) as three:
        answer = ask(secret, task, "person=N2&person=N1&person=N0&person=N1&at=2026-03-14T12:00:00Z")
    assert len(one) == len(three)
    said = [(each["person"], each["qualified"]) for each in answer.json()["people"]]
    assert said == [("N2", False), ("N1", True), ("N0", False)]


# What is not understood


@pytest.mark.parametrize(
    ("query", "status", "sentence"),
    [
        ("", 422, "Say about whom"),
        ("person=1&at=yesterday", 422, "“at” is no instant"),
        ("person=1&at=2026-03-14T12:00:00", 422, "“at” is no instant"),
        ("person=1&at=0001-01-01T00:00:00Z", 422, "“at” is no instant"),
        ("person=1&at=2200-01-01T00:00:00Z", 422, "“at” is no instant"),
        ("person=1&known_at=2199-01-01T00:00:00Z", 422, "known_at lies in the future"),
        ("&".join(f"person={n}" for n in range(1001)), 422, "at most 1000 people"),
        ("&".join(f"person={n}" for n in range(1011)), 422, "at most 1000 people"),
        ("person=4711", 404, "Nobody has the employee number 4711."),
        ("person=1&person=4711&person=12", 404, "Nobody has the employee numbers 4711, 12."),
        ("person=%00", 404, "Nobody has"),
    ],
)
def test_question_that_is_not_understood_gets_a_sentence(
    task: Task, secret: str, query: str, status: int, sentence: str
) -> None:
    worker("Maya", "1")
    answer = ask(secret, task, query)
    assert (answer.status_code, sentence in answer.json()["error"]) == (status, True), answer.json()


def test_a_thousand_people_may_be_asked_about_at_once(task: Task, secret: str) -> None:
    query = "&".join(f"person={n}" for n in range(1000)) + "&at=2026-03-14T12:00:00Z"
    assert ask(secret, task, query).status_code == 404  # understood; nobody has these numbers


def test_unknown_task_is_not_found(task: Task, secret: str) -> None:
    for name in (str(uuid4()), "release"):
        answer = ask(secret, name, "person=1")
        assert (answer.status_code, answer.json()) == (404, {"error": "There is no task with this id."})


# The token


def test_strangers_are_told_nothing(task: Task, admin: User, secret: str) -> None:
    def answers() -> set[tuple[int, str, str]]:
        shown = [ask(each, task, "person=1") for each in (None, "", "wrong", secret[:-1])]
        shown.append(ask(None, "release", "person=1"))
        return {(each.status_code, each.content.decode(), each["WWW-Authenticate"]) for each in shown}

    refused = answers()
    assert (len(refused), refused.copy().pop()[0]) == (1, 401)
    worker("Maya", "1")
    assert ask(secret, task, "person=1").status_code == 200
    revoke_reading_token(token=ReadingToken.objects.get(), by=admin, at=now(), reason="no longer used")
    reply = ask(secret, task, "person=1")
    assert {(reply.status_code, reply.content.decode(), reply["WWW-Authenticate"])} == refused
    assert browser(admin).get(f"/api/tasks/{task.pk}/qualified/?person=1").status_code == 401
    assert Client().post(f"/api/tasks/{task.pk}/qualified/").status_code == 405


def test_token_needs_a_creator_who_is_still_an_administrator(task: Task, admin: User, secret: str) -> None:
    worker("Maya", "1")
    assert ask(secret, task, "person=1").status_code == 200
    revoke_role(grant=admin.grants.get(), by=make_person(AccessRole.ADMINISTRATOR), at=now(), reason="not needed")
    assert ask(secret, task, "person=1").status_code == 401


def test_feed_is_braked(task: Task, secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("enrollment.views.qualified_feed.CALLS_A_MINUTE", 2)
    answers = [ask("wrong", task, "person=1") for _ in range(3)]
    assert [each.status_code for each in answers] == [401, 401, 429]
    assert answers[2]["Retry-After"] == "60"
    assert ask(secret, task, "person=1").status_code == 429


def test_use_is_noted_once_an_hour(admin: User, secret: str) -> None:
    token = ReadingToken.objects.get()
    for minutes, times in ((0, 1), (59, 1), (60, 2)):
        note_reading_token_used(token=ReadingToken.objects.get(), at=AT + timedelta(minutes=minutes))
        assert Event.objects.filter(verb="enrollment.reading_token_used").count() == times
    note_reading_token_used(token=token, at=AT + timedelta(minutes=61))  # read before the others wrote
    assert ReadingToken.objects.get().last_used_at == AT + timedelta(minutes=60)


def test_token_is_shown_once_and_only_its_hash_is_kept(admin: User) -> None:
    client = browser(admin)
    assert "No token yet" in words(client.get(TOKENS))
    assert client.post(NEW, {"name": ""}).status_code == 422
    answer = client.post(NEW, {"name": "Batch records"})
    secret, token = answer.context["secret"], ReadingToken.objects.get()
    assert secret in words(answer)
    assert "no-store" in answer["Cache-Control"]
    assert token.token_sha256 == hash_of(secret)
    page = words(client.get(TOKENS))
    assert ("Batch records" in page, secret in page, "never used" in page) == (True, False, True)
    trail = json.dumps(list(Event.objects.values("payload", "old", "new")), default=str)
    assert (secret in trail, token.token_sha256 in trail) == (False, False)


def test_token_is_revoked_with_a_reason(admin: User, secret: str) -> None:
    token = ReadingToken.objects.get()
    address = f"{TOKENS}{token.pk}/revoke/"
    assert browser(admin).post(address, {"reason": "x"}).status_code == 422
    assert browser(admin).post(address, {"reason": "the system is gone"}).status_code == 302
    revoke_reading_token(token=token, by=admin, at=now(), reason="again and again")
    token.refresh_from_db()
    assert token.revoked_by == admin
    assert Event.objects.get(verb="enrollment.reading_token_revoked").reason == "the system is gone"
    assert "revoked by" in words(browser(admin).get(TOKENS))


def test_only_an_administrator_of_everything_sees_tokens(admin: User, secret: str) -> None:
    some = make_person()
    grant_role(person=some, role=AccessRole.ADMINISTRATOR, by=admin, at=now(), reason="for a test", site=make_site())
    for address in (TOKENS, NEW, f"{TOKENS}{ReadingToken.objects.get().pk}/revoke/"):
        assert browser(admin).get(address).status_code == 200
        for other in (some, make_person(AccessRole.AUDITOR)):
            assert browser(other).get(address).status_code == 403


def test_the_database_keeps_tokens(admin: User, secret: str) -> None:
    token = ReadingToken.objects.get()
    with pytest.raises(IntegrityError, match="reading_token_revoked_by_somebody"), transaction.atomic():
        rewrite(ReadingToken.objects.all(), revoked_at=AT)
    with pytest.raises(DatabaseError, match="are kept"), transaction.atomic():
        token.delete()


def test_list_reads_the_same_number_of_times(admin: User, secret: str) -> None:
    def count() -> int:
        client = browser(admin)
        client.get(TOKENS)
        with CaptureQueriesContext(connection) as queries:
            client.get(TOKENS)
        return len(queries)

    before = count()
    for number in range(3):
        create_reading_token(name=f"System {number}", by=make_person(AccessRole.ADMINISTRATOR), at=LONG_AGO)
    assert count() == before
