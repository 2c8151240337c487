"""What lets lists of people come by themselves: tokens of other systems, and the policy that stops them."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from core.ids import new_id
from people import facts
from people.actions.reporting import NotAllowed
from people.models import ImportMapping, ImportPolicy, ImportToken, User
from records.actions import record_fact
from records.facts import Actor, FactKind, SystemActor

POLICY = UUID(int=1)  # what facts about the one row name


def hash_of(token: str) -> str:
    """Return what is kept of a token. It has 256 random bits, so a plain hash can not be guessed back."""
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def create_import_token(*, name: str, mapping: ImportMapping, by: User, at: datetime) -> tuple[ImportToken, str]:
    """Create a token and return it with its secret, which nobody can read again."""
    secret = f"attest_{secrets.token_urlsafe(32)}"
    token = ImportToken(
        id=new_id(), name=name, token_sha256=hash_of(secret), mapping=mapping, created_by=by, created_at=at
    )
    _about(token, facts.TOKEN_CREATED, by=by, at=at, mapping=mapping.name)
    token.save(force_insert=True)
    return token, secret


@transaction.atomic
def revoke_import_token(*, token: ImportToken, by: User, at: datetime, reason: str = "") -> None:
    """Let a token open nothing any more. Doing it again changes nothing."""
    locked = ImportToken.objects.select_for_update().get(pk=token.pk)
    if locked.revoked_at is not None:
        return
    _about(locked, facts.TOKEN_REVOKED, by=by, at=at, reason=reason)
    locked.revoked_at, locked.revoked_by = at, by
    locked.save(update_fields=["revoked_at", "revoked_by"])


@transaction.atomic
def note_token_used(*, token: ImportToken, outcome: str, at: datetime) -> None:
    """Note that a token was shown, and what came of it."""
    locked = ImportToken.objects.select_for_update().get(pk=token.pk)
    _about(locked, facts.TOKEN_USED, by=SystemActor("list of people"), at=at, outcome=outcome)
    locked.last_used_at = at
    locked.save(update_fields=["last_used_at"])


@transaction.atomic
def set_import_policy(*, most_leaving_percent: Decimal | int, by: User, at: datetime) -> None:
    """Say how many of a hundred open accounts a list may close before somebody confirms it."""
    if not 0 <= most_leaving_percent <= 100:
        raise NotAllowed(_("Choose a number from 0 to 100."))
    percent = Decimal(most_leaving_percent)
    policy = ImportPolicy.objects.select_for_update().get(pk=1)
    if policy.most_leaving_percent == percent:
        return
    record_fact(
        facts.IMPORT_POLICY_CHANGED,
        by=by,
        at=at,
        subject_type="import_policy",
        subject_id=POLICY,
        payload={"percent": f"{percent.normalize():f}", "before": policy.most_leaving_percent},
    )
    policy.most_leaving_percent = percent
    policy.save(update_fields=["most_leaving_percent"])


def _about(token: ImportToken, kind: FactKind, *, by: Actor, at: datetime, reason: str = "", **payload: str) -> None:
    record_fact(
        kind,
        by=by,
        at=at,
        subject_type="import_token",
        subject_id=token.pk,
        payload={"token": token.name, **payload},
        reason=reason,
    )
