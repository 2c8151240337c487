"""How long the cache waits for Redis: briefly in production, as long as it takes in tests."""

from __future__ import annotations

from typing import Any

import pytest

from core.cache import ForgivingRedisCache


@pytest.mark.parametrize(
    ("options", "waits"),
    [({}, (1, 0.5)), ({"OPTIONS": {"socket_timeout": 30, "socket_connect_timeout": 20}}, (30, 20))],
)
def test_patience_is_short_unless_the_settings_have_another(
    options: dict[str, Any], waits: tuple[float, float]
) -> None:
    kept = vars(ForgivingRedisCache("redis://localhost:1", options))["_options"]
    assert (kept["socket_timeout"], kept["socket_connect_timeout"]) == waits
