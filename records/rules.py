"""Pure decisions about records: what a signature covers, what a certificate is worth on a day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from core.canonical import plain, sha256_of
from records.choices import CertificateStatus


@dataclass(frozen=True, slots=True)
class SignedStatement:
    """Everything that a signature binds together (21 CFR 11.50 and 11.70)."""

    signature_id: UUID
    signer_id: UUID
    signer_name: str
    meaning: str
    signed_at: datetime
    zone: str
    record_type: str
    record_id: UUID
    record_sha256: str

    def sha256(self) -> str:
        """Return the hash that ties signer, meaning and time to this one record."""
        return sha256_of({field: getattr(self, field) for field in self.__slots__})


def record_hash(record: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a record's canonical spelling."""
    return sha256_of(record)


def certificate_status(*, on: date, valid_until: date | None, revoked: bool, superseded: bool) -> CertificateStatus:
    """Say what a certificate is worth on a day. Revocation weighs most, then expiry, then a newer one."""
    if revoked:
        return CertificateStatus.REVOKED
    if valid_until is not None and on > valid_until:
        return CertificateStatus.EXPIRED
    if superseded:
        return CertificateStatus.SUPERSEDED
    return CertificateStatus.CURRENT


@lru_cache(maxsize=1024)  # asked for thousands of people in few zones at one instant
def day_in(zone: str, at: datetime) -> date:
    """Return the calendar day in a zone at an instant: a day ends at midnight there."""
    return at.astimezone(ZoneInfo(zone)).date()


def agrees(record: Mapping[str, Any], claims: Mapping[str, Any]) -> bool:
    """Say whether a signed record, spelled canonically, holds every one of these claims.

    The record may say more than is claimed. A claim that it does not mention is not held.
    """
    return _holds(record, plain(claims))


def _holds(record: Any, claim: Any) -> bool:
    if not isinstance(claim, Mapping):
        return bool(record == claim)
    return isinstance(record, Mapping) and all(
        key in record and _holds(record[key], member) for key, member in claim.items()
    )


ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # no 0 1 I L O U: nobody misreads a serial


def serial_from(random: bytes) -> str:
    """Spell ten random bytes as a serial such as 7KQ4-M2XD-9R."""
    letters = "".join(ALPHABET[byte % len(ALPHABET)] for byte in random[:10])
    return f"{letters[:4]}-{letters[4:8]}-{letters[8:10]}"


CODE_LENGTH = 12


def serial_as_typed(typed: str) -> str:
    """Return a serial as it is kept, from whatever somebody typed: case, blanks and hyphens do not matter."""
    letters = "".join(letter for letter in typed.upper() if letter.isalnum())[:10]
    return f"{letters[:4]}-{letters[4:8]}-{letters[8:]}"


def code_as_typed(typed: str) -> str:
    """Return the twelve hexadecimal digits of a certificate's code from whatever somebody typed."""
    return "".join(letter for letter in typed.lower() if letter.isalnum())[:CODE_LENGTH]
