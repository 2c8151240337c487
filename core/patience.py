"""How long to leave a service alone that did not answer, so that each request does not wait for it again."""

from __future__ import annotations

import time


class Patience:
    """Remembers, in this process, that a service was away a moment ago."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._until = float("-inf")

    @property
    def is_resting(self) -> bool:
        """Say whether the service is to be left alone for now."""
        return time.monotonic() < self._until

    def rest(self) -> None:
        """Leave the service alone for a while."""
        self._until = time.monotonic() + self.seconds
