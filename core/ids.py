"""Identifiers: UUID version 7 (RFC 9562), so that new rows stand together in an index."""

import os
import time
import uuid
from collections.abc import Iterable


def new_id() -> uuid.UUID:
    """Return a UUID that sorts by the millisecond at which it was made. It is not a secret."""
    value = time.time_ns() // 1_000_000 << 80 | int.from_bytes(os.urandom(10))
    value = value & ~(0xF << 76) | 0x7 << 76
    return uuid.UUID(int=value & ~(0x3 << 62) | 0x2 << 62)


def ids_in(texts: Iterable[str]) -> list[uuid.UUID]:
    """Return the ids among these texts; what is none is left out."""
    found = []
    for text in texts:
        try:
            found.append(uuid.UUID(text))
        except ValueError:
            continue
    return found
