"""Who decides about trainings in most tests of this room; a module in which they sign makes its own."""

from __future__ import annotations

import pytest

from people.choices import AccessRole
from people.models import User
from tests.factories import make_person


@pytest.fixture
def admin(db: None) -> User:
    return make_person(AccessRole.ADMINISTRATOR, name="Tomás Ferreira")


@pytest.fixture
def boss(db: None) -> User:
    return make_person(name="Jonas Keller")
