"""Addresses of pages, for lists: `reverse` works the pattern out anew for every row."""

from __future__ import annotations

from functools import cache
from uuid import UUID

from django.urls import reverse


def address(name: str, *ids: UUID) -> str:
    """Return what `reverse(name, args=ids)` returns, where every part is a UUID. Raises NoReverseMatch."""
    return _pattern(name, len(ids)).format(*ids)


@cache
def _pattern(name: str, count: int) -> str:
    """Return the address of a page with a place for each id."""
    ids = [UUID(int=number + 1) for number in range(count)]
    found = reverse(name, args=ids)
    for number, each in enumerate(ids):
        found = found.replace(str(each), f"{{{number}}}")
    return found
