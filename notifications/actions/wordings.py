"""The organisation's own wording of messages."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from core.ids import new_id
from notifications import facts
from notifications.models import OwnWording
from notifications.wording import BadWording, MessageKind, Wording
from people.models import User
from records.actions import record_fact
from records.facts import FactKind


@transaction.atomic
def set_wording(*, kind: MessageKind, variant: str, language: str, wording: Wording, by: User, at: datetime) -> None:
    """Let messages of a kind say this from now on, in one language; messages that are written stay as they are.

    What is the same is no change. Raises BadWording, in words, for a template that cannot be filled.
    """
    complaints = kind.complaints(wording)
    if complaints:
        raise BadWording(" ".join(complaints.values()))
    row = _row(kind, variant, language)
    parts = {part: str(getattr(wording, part)) for part in ("subject", "body", "action")}
    if row is not None and all(getattr(row, part) == words for part, words in parts.items()):
        return
    fresh = row is None
    row = row or OwnWording(id=new_id(), kind=kind.code, variant=variant, language=language)
    _report(facts.WORDING_CHANGED, row, kind, by=by, at=at)
    for part, words in parts.items():
        setattr(row, part, words)
    row.save(force_insert=fresh)


@transaction.atomic
def reset_wording(*, kind: MessageKind, variant: str, language: str, by: User, at: datetime) -> bool:
    """Let messages of a kind say again what Attest brings; say whether they said anything else."""
    row = _row(kind, variant, language)
    if row is None:
        return False
    _report(facts.WORDING_RESET, row, kind, by=by, at=at)
    row.delete()
    return True


def _row(kind: MessageKind, variant: str, language: str) -> OwnWording | None:
    same = OwnWording.objects.filter(kind=kind.code, variant=variant, language=language)
    return same.select_for_update().first()


def _report(fact: FactKind, row: OwnWording, kind: MessageKind, *, by: User, at: datetime) -> None:
    payload = {"kind": str(kind.label), "code": kind.code, "variant": row.variant, "language": row.language}
    record_fact(fact, by=by, at=at, subject_type="message_wording", subject_id=row.pk, payload=payload)
