"""What is a reason, wherever one is asked for."""

from __future__ import annotations

import re


def is_reason(text: str) -> bool:
    """Say whether a reason says something: two words or more, such as “CAPA 7”, since "x", "a b" and "." are none.

    Source: Annex 11 draft, 12.2.
    """
    words = re.findall(r"\w+", text)
    return len(words) >= 2 and sum(map(len, words)) >= 5
