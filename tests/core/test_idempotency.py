"""A key stands for one request: done once, answered the same for ever."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction

from core.idempotency import KeyMissing, KeyUsedOtherwise, Reply, replay_or
from core.models import Heartbeat, StoredReply

AT = datetime(2026, 3, 14, 9, tzinfo=UTC)
LEARNER = UUID("01900000-0000-7000-8000-000000000001")
OTHER = UUID("01900000-0000-7000-8000-000000000002")


class Work:
    """Writes one row for each time that it is done."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> Reply:
        self.times += 1
        Heartbeat.objects.create(name=f"work {self.times}", beaten_at=AT)
        return 201, {"saved": self.times}


def test_same_key_and_body_is_done_once_and_answered_the_same(db: None) -> None:
    work = Work()
    replies = [replay_or(owner_id=LEARNER, key="k1", body=b"answer=a", at=AT, answer=work) for _ in range(3)]
    assert replies == [(201, {"saved": 1})] * 3
    assert Heartbeat.objects.count() == 1


def test_same_key_with_another_body_is_refused(db: None) -> None:
    work = Work()
    replay_or(owner_id=LEARNER, key="k1", body=b"answer=a", at=AT, answer=work)
    with pytest.raises(KeyUsedOtherwise) as refusal:
        replay_or(owner_id=LEARNER, key="k1", body=b"answer=b", at=AT, answer=work)
    assert refusal.value.status == 422
    assert work.times == 1


def test_key_of_another_person_is_another_key(db: None) -> None:
    work = Work()
    for owner in (LEARNER, OTHER):
        replay_or(owner_id=owner, key="k1", body=b"answer=a", at=AT, answer=work)
    assert work.times == 2


@pytest.mark.parametrize("key", ["", "k" * 81])
def test_key_missing_or_too_long_is_refused(db: None, key: str) -> None:
    work = Work()
    with pytest.raises(KeyMissing):
        replay_or(owner_id=LEARNER, key=key, body=b"", at=AT, answer=work)
    assert work.times == 0


def test_work_that_raises_stores_nothing_and_can_be_tried_again(db: None) -> None:
    def fail() -> Reply:
        Work()()
        raise LookupError("no such question")

    with pytest.raises(LookupError):
        replay_or(owner_id=LEARNER, key="k1", body=b"answer=a", at=AT, answer=fail)
    assert not StoredReply.objects.exists()
    assert not Heartbeat.objects.exists()
    assert replay_or(owner_id=LEARNER, key="k1", body=b"answer=a", at=AT, answer=Work()) == (201, {"saved": 1})


def test_equal_requests_at_the_same_moment_are_done_once(committed_db: str) -> None:
    at_work, replies = threading.Event(), []
    work = Work()

    def slow() -> Reply:
        at_work.set()
        waiting_for_the_index.wait(0.3)
        return work()

    def send() -> None:
        replies.append(replay_or(owner_id=LEARNER, key="k1", body=b"answer=a", at=AT, answer=slow))
        connection.close()

    waiting_for_the_index = threading.Event()
    threads = [threading.Thread(target=send) for _ in range(4)]
    threads[0].start()
    assert at_work.wait(10)
    for thread in threads[1:]:
        thread.start()
    for thread in threads:
        thread.join()
    assert replies == [(201, {"saved": 1})] * 4
    assert work.times == 1


def test_stored_reply_once_per_key(db: None) -> None:
    row = {"owner_id": LEARNER, "key": "k1", "body_sha256": "0" * 64, "status": 200, "body": {}, "created_at": AT}
    StoredReply.objects.create(**row)
    with pytest.raises(IntegrityError, match="stored_reply_once_per_key"), transaction.atomic():
        StoredReply.objects.create(**row)
