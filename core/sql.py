"""Reads written as SQL, where the ORM can not say it or takes longer to build it than it runs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection


def rows(sql: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[tuple[Any, ...]]:
    """Return what a query finds; `values` go where it says %s or %(name)s."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def from_json(column: Any) -> Any:
    """Return what a column of JSON holds: as text, which is how it comes through a cursor, or as read already."""
    return json.loads(column) if isinstance(column, str) else column
