"""Who plans sessions, and who takes a seat in them."""

from __future__ import annotations

import pytest

from people.choices import AccessRole
from people.models import User
from tests.enrollment.booking import a_boss
from tests.enrollment.workplace import operator
from tests.factories import make_person


@pytest.fixture
def admin(db: None) -> User:
    return make_person(AccessRole.ADMINISTRATOR, name="Tomás Ferreira", signs=True)


@pytest.fixture
def boss(db: None) -> User:
    return a_boss()


@pytest.fixture
def team(boss: User) -> list[User]:
    return [operator(name, manager=boss) for name in ("Ana", "Ben", "Cleo")]
