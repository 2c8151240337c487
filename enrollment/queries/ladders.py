"""The ladders of messages in force: what an administrator has changed, else what Attest brings."""

from __future__ import annotations

from collections.abc import Mapping

from enrollment.choices import Why
from enrollment.models import Ladder
from enrollment.rules import LadderStep, default_ladder
from enrollment.rules.ladder import in_order

Ladders = Mapping[Why, tuple[LadderStep, ...]]


def ladders_in_force() -> Ladders:
    """Return the steps for each kind of due day, in order; two queries at most."""
    changed = {each.why: [row.step for row in each.steps.all()] for each in Ladder.objects.prefetch_related("steps")}
    return {why: tuple(in_order(changed.get(why.value, default_ladder(why)))) for why in Why}
