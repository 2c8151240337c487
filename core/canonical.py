"""One spelling for a record, so that its hash can be computed again by anyone, years later."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID


def canonical_json(record: Mapping[str, Any]) -> str:
    """Return `record` as JSON with sorted keys, no spaces, instants in UTC and decimals as text.

    Raises TypeError for a value that has no one spelling (a float, an object).
    """
    return json.dumps(_plain(record), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def sha256_of(record: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the canonical spelling, in hexadecimal."""
    return hashlib.sha256(canonical_json(record).encode()).hexdigest()


def plain(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return `record` with only JSON's own types in it, spelled as in `canonical_json`."""
    spelled: dict[str, Any] = _plain(record)
    return spelled


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, Mapping):
        return {str(key): _plain(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(member) for member in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    raise TypeError(f"{type(value).__name__} has no canonical spelling")
