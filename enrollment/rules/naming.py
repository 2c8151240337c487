"""Who is named by hand in a requirement, and since when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from enrollment.choices import AudienceField


def named_in(audience: Mapping[str, Any]) -> frozenset[UUID]:
    """Return who is named in an audience; whom it denies it does not name."""
    return frozenset(_named(audience, denied=False))


def named_since(asked: Sequence[tuple[datetime, Mapping[str, Any]]]) -> dict[UUID, datetime]:
    """Return since when without a gap each person is named whom the last of these audiences names.

    They are in order of time, and each is in force from its instant until the next.
    """
    since: dict[UUID, datetime] = {}
    for at, audience in asked:
        since = {person: since.get(person, at) for person in named_in(audience)}
    return since


def _named(data: Mapping[str, Any], *, denied: bool) -> Iterator[UUID]:
    if "not" in data:
        yield from _named(data["not"], denied=not denied)
    elif "field" in data:
        if data["field"] == AudienceField.PERSON and not denied:
            yield from (UUID(value) for value in data["is"])
    else:
        for part in data.get("all", data.get("any", ())):
            yield from _named(part, denied=denied)
