"""What is a reason, wherever one is asked for."""

from __future__ import annotations

import re


def is_reason(text: str) -> bool:
    """Say whether a reason says something: at least two words, since "x" and "." are none (Annex 11 draft, 12.2)."""
    return len(re.findall(r"\w{2,}", text)) >= 2
