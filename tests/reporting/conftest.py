"""Fixtures of the reporting room: the company, and its day."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.cache import cache

from reporting.queries import kept
from tests.reporting.company import Company, company, travel


@pytest.fixture(autouse=True)
def day() -> Iterator[None]:
    kept._kept.clear()
    cache.clear()
    with travel():
        yield


@pytest.fixture
def firm(db: None) -> Company:
    return company()
