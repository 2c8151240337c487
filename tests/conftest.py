"""Fixtures of every test."""

from __future__ import annotations

import gc
import itertools
import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
import time_machine
from django.conf import settings as house
from django.core.cache import cache
from django.db import connections
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

from people.choices import AccessRole
from people.models import User
from tests import services
from tests.factories import make_person

NOON = datetime(2026, 11, 23, 11, tzinfo=UTC)  # in Basel, on a Monday; early in Newark
_numbers = itertools.count()
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])  # two busy cores
settings.load_profile("house")
# On busy cores Redis may answer late. Sessions were read from PostgreSQL then, and pages counted one query more.
house.CACHES["default"] |= {"OPTIONS": {"socket_timeout": 30, "socket_connect_timeout": 30}}  # type: ignore[dict-item]


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for no garbage while modules are imported, nor later among them: they stay until the end."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@contextmanager
def _at_noon(node: pytest.Collector | pytest.Item) -> Iterator[None]:
    """Have the same noon, so that a test says the same at any hour of any year.

    Not where other processes take part, whose clock is the machine's: journeys, operations, and what is marked so.
    """
    if {"journeys", "operations"} & set(node.path.parts) or node.get_closest_marker("real_clock"):
        yield
        return
    with time_machine.travel(NOON):
        yield


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Generator[None, object, object]:
    """Import each module at noon, and with it the day that it calls today."""
    with _at_noon(collector):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Begin each test at noon."""
    with _at_noon(item):
        return (yield)


class OneHouse(LoadScopeScheduling):
    """Keeps the journeys on one worker, since they share one house, and gives every other test to who is free."""

    def _split_scope(self, nodeid: str) -> str:
        return "journeys" if nodeid.startswith("tests/journeys/") else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> OneHouse:
    """Distribute so whatever --dist says: with pytest 9.2 the groups of xdist 3.8 get lost."""
    return OneHouse(config, log)


def _use_database(name: str) -> None:
    for alias in ("default", "owner"):
        connections[alias].close()
        connections[alias].settings_dict["NAME"] = name


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: pytest.FixtureRequest) -> Iterator[None]:
    """Give this worker a database of its own; tests roll back in it as the application's role."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    name = services.copy_of_template(f"test_{worker}")
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        _use_database(name)
    yield
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        for connection in connections.all():
            connection.close()
    services.superuser().psql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    """Let no test see what another one left in the cache, such as how often somebody asked."""
    cache.clear()


@pytest.fixture
def committed_db(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[str]:
    """Give one test a database in which it may commit; yields its name and throws it away after."""
    before = connections["default"].settings_dict["NAME"]
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    name = services.copy_of_template(f"committed_{worker}_{next(_numbers)}")
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        _use_database(name)
        yield name
        _use_database(before)
    services.superuser().psql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


# Who decides about trainings. In a module or test marked with `signing` they have what a signature needs.


@pytest.fixture
def admin(db: None, request: pytest.FixtureRequest) -> User:
    return make_person(AccessRole.ADMINISTRATOR, name="Tomás Ferreira", signs=_signs(request))


@pytest.fixture
def boss(db: None, request: pytest.FixtureRequest) -> User:
    return make_person(name="Jonas Keller", signs=_signs(request))


def _signs(request: pytest.FixtureRequest) -> bool:
    return request.node.get_closest_marker("signing") is not None
