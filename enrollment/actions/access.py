"""What lets other systems ask who is qualified: tokens, of which only the hash is kept."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.db import transaction

from core.ids import new_id
from enrollment import facts
from enrollment.models import ReadingToken
from people.actions import hash_of
from people.models import User
from records.actions import record_fact
from records.facts import Actor, FactKind, SystemActor

NOTED_AGAIN_AFTER = timedelta(hours=1)  # a batch system asks every minute, and the trail is for people


@transaction.atomic
def create_reading_token(*, name: str, by: User, at: datetime) -> tuple[ReadingToken, str]:
    """Create a token and return it with its secret, which nobody can read again."""
    secret = f"attest_{secrets.token_urlsafe(32)}"
    token = ReadingToken(id=new_id(), name=name, token_sha256=hash_of(secret), created_by=by, created_at=at)
    _about(token, facts.TOKEN_CREATED, by=by, at=at)
    token.save(force_insert=True)
    return token, secret


@transaction.atomic
def revoke_reading_token(*, token: ReadingToken, by: User, at: datetime, reason: str) -> None:
    """Let a token open nothing any more. Doing it again changes nothing."""
    locked = ReadingToken.objects.select_for_update().get(pk=token.pk)
    if locked.revoked_at is not None:
        return
    _about(locked, facts.TOKEN_REVOKED, by=by, at=at, reason=reason)
    locked.revoked_at, locked.revoked_by = at, by
    locked.save(update_fields=["revoked_at", "revoked_by"])


def note_reading_token_used(*, token: ReadingToken, at: datetime) -> None:
    """Note that a token was used, at most once an hour."""
    if _is_noted(token, at):
        return
    with transaction.atomic():
        locked = ReadingToken.objects.select_for_update().get(pk=token.pk)
        if _is_noted(locked, at):
            return
        _about(locked, facts.TOKEN_USED, by=SystemActor("who is qualified"), at=at)
        locked.last_used_at = at
        locked.save(update_fields=["last_used_at"])


def _is_noted(token: ReadingToken, at: datetime) -> bool:
    return token.last_used_at is not None and at - token.last_used_at < NOTED_AGAIN_AFTER


def _about(token: ReadingToken, kind: FactKind, *, by: Actor, at: datetime, reason: str = "") -> None:
    record_fact(
        kind,
        by=by,
        at=at,
        subject_type="reading_token",
        subject_id=token.pk,
        payload={"token": token.name},
        reason=reason,
    )
