"""Whom sessions are recorded of."""

from __future__ import annotations

from datetime import date

import pytest

from people.models import User
from tests.enrollment.workplace import operator


@pytest.fixture
def team(boss: User) -> list[User]:
    return [operator(name, since=date(2020, 1, 1), manager=boss) for name in ("Ana", "Maya", "Rosa")]
