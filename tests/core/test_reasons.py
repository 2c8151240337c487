"""What is a reason."""

from __future__ import annotations

import pytest

from core.reasons import is_reason


@pytest.mark.parametrize(
    ("text", "says_why"),
    [
        ("", False),
        (".", False),
        ("x", False),
        ("typo", False),
        ("a b", False),
        ("wrong site", True),
        ("an error", True),
        ("CAPA 7", True),
    ],
)
def test_reason_has_two_words(text: str, says_why: bool) -> None:
    assert is_reason(text) is says_why
