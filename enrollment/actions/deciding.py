"""Signing what somebody decides: the record as it is shown, its hash, and their words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from core.canonical import plain
from people.models import User
from records.actions import sign
from records.choices import Components, Meaning
from records.models import Signature
from records.rules import record_hash


def sign_decision(
    record_type: str,
    record_id: UUID,
    content: Mapping[str, Any],
    meaning: Meaning,
    *,
    by: User,
    at: datetime,
    zone: str,
    components: Components,
    words: str = "",
    person_id: UUID | None,
) -> Signature:
    """Sign a record with a decision about it; `person_id` is whose record it is, where it is one person's."""
    return sign(
        by=by,
        at=at,
        zone=zone,
        meaning=meaning,
        components=components,
        record_type=record_type,
        record_id=record_id,
        record={**content, "content_sha256": record_hash(plain(content)), "words": words},
        person_id=person_id,
    )
