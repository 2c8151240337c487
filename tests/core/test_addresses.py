"""Addresses that are worked out once equal those of Django."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.urls import NoReverseMatch, reverse

from core.addresses import address


@pytest.mark.parametrize(
    ("name", "count"),
    [("enrollment:home", 0), ("enrollment:course", 1), ("enrollment:activity", 2), ("assessments:attempt", 3)],
)
def test_address_is_what_reverse_returns(name: str, count: int) -> None:
    for _again in range(2):
        ids = [uuid4() for _ in range(count)]
        assert address(name, *ids) == reverse(name, args=ids)


def test_unknown_page_is_refused() -> None:
    with pytest.raises(NoReverseMatch):
        address("enrollment:nowhere", uuid4())
    with pytest.raises(NoReverseMatch):
        address("enrollment:course")
