"""What a mail server says about mail that it could not deliver: delivery status notifications (RFC 3464).

Anybody may send such a mail, so nothing in it is believed but the Message-ID of a mail of ours, an answer
in words, and whether it is final. Whatever is malformed is no notification.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message as Mail
from email.policy import compat32
from uuid import UUID

LONGEST = 1024 * 1024  # bytes; a notification repeats at most the mail that it is about
MOST_PARTS = 50
LONGEST_ANSWER = 400
_OURS = re.compile(r"<([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@([a-z0-9.-]{1,253})>", re.I)
_STATUS = re.compile(r"\s*([245])\.(\d{1,3})\.(\d{1,3})\b")


@dataclass(frozen=True, slots=True)
class Bounce:
    """That mail of ours was not delivered: which, why in the words of the server, and whether for good."""

    mail_id: UUID
    answer: str
    is_hard: bool


def bounce_in(raw: bytes, *, host: str) -> Bounce | None:
    """Return what a mail says about mail sent by `host`; nothing for any other mail, whatever it holds."""
    if len(raw) > LONGEST:
        return None
    try:
        return _read(message_from_bytes(raw, policy=compat32), host)
    except Exception:  # the parser of the standard library meets mail that nobody foresaw
        return None


def _read(mail: Mail, host: str) -> Bounce | None:
    report_type = str(mail.get_param("report-type", "")).lower()
    if mail.get_content_type() != "multipart/report" or report_type != "delivery-status":
        return None
    failed = None
    mail_id = None
    for part in _parts(mail):
        kind = part.get_content_type()
        if kind == "message/delivery-status" and failed is None:
            failed = _failed(part)
        elif kind in ("message/rfc822", "text/rfc822-headers") and mail_id is None:
            mail_id = _our_id(part, host)
    if failed is None or mail_id is None:
        return None
    return Bounce(mail_id, _answer(failed), _is_hard(failed))


def _parts(mail: Mail) -> Iterator[Mail]:
    """Yield the parts of a report itself; what lies within the mail that it repeats is none of them."""
    parts = mail.get_payload()
    if isinstance(parts, list):
        for part in parts[:MOST_PARTS]:
            if isinstance(part, Mail):
                yield part


def _failed(part: Mail) -> Mail | None:
    """Return the block about the first recipient for whom delivery failed."""
    blocks = part.get_payload()
    if not isinstance(blocks, list):
        return None
    for block in blocks[:MOST_PARTS]:
        if isinstance(block, Mail) and str(block.get("Action", "")).strip().lower() == "failed":
            return block
    return None


def _our_id(part: Mail, host: str) -> UUID | None:
    """Return which mail of ours a part repeats, by the Message-ID in its headers."""
    payload = part.get_payload()
    if isinstance(payload, list):
        original = payload[0] if payload and isinstance(payload[0], Mail) else None
        spelled = str(original.get("Message-ID", "")) if original is not None else ""
    else:
        decoded = part.get_payload(decode=True)
        headers = message_from_bytes(decoded if isinstance(decoded, bytes) else b"", policy=compat32)
        spelled = str(headers.get("Message-ID", ""))
    found = _OURS.search(spelled[:500])
    if found is None or found[2].lower() != host.lower():
        return None
    return UUID(found[1])


def _answer(block: Mail) -> str:
    """Return what the server said, as one printable line."""
    said = str(block.get("Diagnostic-Code") or block.get("Status") or "")
    _kind, semicolon, words = said.partition(";")
    plain = "".join(each if each.isprintable() else " " for each in (words if semicolon else said))
    return " ".join(plain.split())[:LONGEST_ANSWER]


def _is_hard(block: Mail) -> bool:
    """Say whether the address itself does not take mail, now and later (RFC 3463: class 5)."""
    status = _STATUS.match(str(block.get("Status", "")))
    return status is not None and status[1] == "5"
