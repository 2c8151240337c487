"""Where a part comes to stand when it is moved one step."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID


def place_after_step(order: Sequence[Sequence[UUID]], *, part: UUID, up: bool) -> tuple[int, int] | None:
    """Return (group, number from 1) after one step; past the end of a group it enters the next one.

    Nothing when it stands first or last of all.
    """
    for group, members in enumerate(order):
        if part not in members:
            continue
        index = members.index(part)
        if up and index > 0:
            return group, index
        if up:
            return (group - 1, len(order[group - 1]) + 1) if group > 0 else None
        if index + 1 < len(members):
            return group, index + 2
        return (group + 1, 1) if group + 1 < len(order) else None
    return None
