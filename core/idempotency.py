"""The same request twice is done once: its first answer is kept with the work and given again.

The contract is the one of Stripe's API: a key belongs to one request of one person. The same key with
the same body gets the stored answer; with another body it is refused. Nothing is stored when the work
raises, so that it can be tried again under the same key.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from core.models import StoredReply

MAX_KEY_LENGTH = 80
Reply = tuple[int, dict[str, Any]]

_TAKE_KEY = """
    INSERT INTO core_storedreply (owner_id, key, body_sha256, status, body, created_at)
    VALUES (%s, %s, %s, 0, '{}', %s) ON CONFLICT (owner_id, key) DO NOTHING RETURNING id
"""


class KeyRefused(Exception):
    """An idempotency key that can not be honoured; `status` is the HTTP status that says so."""

    status = 400


class KeyMissing(KeyRefused):
    """There is no key, or it is longer than 80 characters."""


class KeyUsedOtherwise(KeyRefused):
    """The key already stands for another request of this person."""

    status = 422


@transaction.atomic
def replay_or(*, owner_id: UUID, key: str, body: bytes, at: datetime, answer: Callable[[], Reply]) -> Reply:
    """Return `answer()`, or what it returned the first time that this person sent this key.

    Work and answer commit together. Of two equal requests at the same moment, the second waits in
    the unique index until the first has committed. Raises KeyMissing and KeyUsedOtherwise.
    """
    if not key or len(key) > MAX_KEY_LENGTH:
        raise KeyMissing(f"Send an idempotency key of 1 to {MAX_KEY_LENGTH} characters.")
    digest = hashlib.sha256(body).hexdigest()
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_KEY, [owner_id, key, digest, at])
        taken = cursor.fetchone()
    if taken is None:
        return _stored(owner_id=owner_id, key=key, digest=digest)
    status, reply = answer()
    StoredReply.objects.filter(pk=taken[0]).update(status=status, body=reply)
    return status, reply


def _stored(*, owner_id: UUID, key: str, digest: str) -> Reply:
    kept = StoredReply.objects.get(owner_id=owner_id, key=key)
    if kept.body_sha256 != digest:
        raise KeyUsedOtherwise("This idempotency key was used for another request.")
    return kept.status, kept.body
