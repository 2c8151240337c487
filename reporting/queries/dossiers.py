"""Everything about one person at once, for the report that an inspector takes along."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from assessments.queries import AttemptLine, history_of
from people.models import IdentityProof, Position, User
from records.models import Event
from records.queries import facts_about
from reporting.queries.records import (
    HeldCertificate,
    Requirement,
    Signed,
    certificates_held,
    positions_of,
    proof_of,
    requirements_of,
    signatures_of,
)


@dataclass(frozen=True, slots=True)
class Dossier:
    """A person's whole record, each part as its own page shows it."""

    person: User
    requirements: Sequence[Requirement]
    certificates: Sequence[HeldCertificate]
    signatures: Sequence[Signed]
    attempts: Sequence[AttemptLine]
    positions: Sequence[Position]
    history: Sequence[Event]
    proof: IdentityProof | None


def dossier_of(person: User, *, at: datetime, on: date) -> Dossier:
    """Return the whole record of a person; a constant number of queries. `on` is the reader's day."""
    return Dossier(
        person=person,
        requirements=requirements_of(person, at=at, on=on),
        certificates=certificates_held(person, at=at, on=on),
        signatures=signatures_of(person),
        attempts=history_of(person),
        positions=list(positions_of(person)),
        history=list(facts_about(person.pk).order_by("-occurred_at", "-id")),
        proof=proof_of(person),
    )
