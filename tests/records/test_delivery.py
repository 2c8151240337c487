"""Facts on their way to followers: once, in order, again after a failure, never in each other's way."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.db import connection, transaction

from core.ids import new_id
from records.actions import MAX_DELIVERY_ATTEMPTS, deliver_next_fact, record_fact
from records.choices import DeliveryState
from records.facts import Fact, declare, follow, registry
from records.models import FactDelivery
from records.tasks import deliver_facts
from tests.factories import BY, NINE

HAPPENED = declare("tests.something_happened", "{actor} let something happen: {what}")


@pytest.fixture(autouse=True)
def followers() -> Iterator[None]:
    yield
    registry.followers.pop(HAPPENED.verb, None)


@transaction.atomic
def happen(what: str) -> None:
    record_fact(HAPPENED, by=BY, at=NINE, subject_type="test", subject_id=new_id(), payload={"what": what})


def test_each_follower_sees_each_fact_once_in_order(db: None) -> None:
    seen: list[str] = []
    follow(HAPPENED, name="tests.first", react=lambda fact: seen.append(f"1 {fact.payload['what']}"))
    follow(HAPPENED, name="tests.second", react=lambda fact: seen.append(f"2 {fact.payload['what']}"))
    happen("rain")
    happen("sun")
    with time_machine.travel(NINE):
        deliver_facts()
        deliver_facts()
    assert seen == ["1 rain", "2 rain", "1 sun", "2 sun"]
    assert not FactDelivery.objects.exclude(state=DeliveryState.DONE).exists()


def test_fact_without_followers_waits_for_nobody(db: None) -> None:
    happen("rain")
    assert not FactDelivery.objects.exists()


def test_failing_follower_is_tried_again_with_growing_pauses_and_others_go_on(db: None) -> None:
    seen: list[str] = []

    def fail(fact: Fact) -> None:
        raise ValueError("not today")

    follow(HAPPENED, name="tests.fails", react=fail)
    follow(HAPPENED, name="tests.works", react=lambda fact: seen.append(fact.payload["what"]))
    happen("rain")
    assert deliver_next_fact(at=NINE)
    assert deliver_next_fact(at=NINE)
    assert not deliver_next_fact(at=NINE + timedelta(seconds=1))
    assert seen == ["rain"]
    waiting = FactDelivery.objects.get(follower="tests.fails")
    assert (waiting.state, waiting.attempts, waiting.error) == (DeliveryState.WAITING, 1, "ValueError: not today")
    moment = NINE
    for _attempt in range(MAX_DELIVERY_ATTEMPTS - 1):
        moment += timedelta(hours=1)
        assert deliver_next_fact(at=moment)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.attempts) == (DeliveryState.FAILED, MAX_DELIVERY_ATTEMPTS)
    assert not deliver_next_fact(at=moment + timedelta(days=365))


def test_what_a_failing_follower_wrote_is_taken_back(db: None) -> None:
    def write_and_fail(fact: Fact) -> None:
        happen("thunder")
        raise ValueError("too loud")

    follow(HAPPENED, name="tests.writes", react=write_and_fail)
    happen("rain")
    deliver_next_fact(at=NINE)
    assert FactDelivery.objects.count() == 1


def test_two_workers_do_not_deliver_the_same_fact(committed_db: str) -> None:
    seen: list[str] = []
    begun, go_on = threading.Event(), threading.Event()

    def slow(fact: Fact) -> None:
        seen.append(fact.payload["what"])
        begun.set()
        go_on.wait(10)

    follow(HAPPENED, name="tests.slow", react=slow)
    happen("rain")

    def deliver() -> None:
        deliver_next_fact(at=NINE)
        connection.close()

    worker = threading.Thread(target=deliver)
    worker.start()
    assert begun.wait(10)
    assert not deliver_next_fact(at=NINE)
    go_on.set()
    worker.join()
    assert seen == ["rain"]
