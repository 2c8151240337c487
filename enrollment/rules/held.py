"""By when something was due when it was completed: nothing that is decided later changes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from enrollment.rules.audiences import Span
from enrollment.rules.obligations import Credit, Extension, Facts, Retraining, obligation_of
from enrollment.rules.terms import Terms


@dataclass(frozen=True, slots=True)
class Held:
    """What had been decided when a completion came to be known."""

    terms: Terms
    first_due_on: date
    extensions: Sequence[Extension]
    waivers: Sequence[Span]
    leaves: Sequence[Span]
    retrainings: Sequence[Retraining]


def due_before(facts: Facts, credit: Credit, held: Held) -> date | None:
    """Return by when something was due just before a completion; nothing where nothing was, or it waited.

    Of the new versions those count that had taken effect by then.
    """
    before = [each.id for each in facts.credits].index(credit.id)
    known = replace(
        facts,
        first_due_on=held.first_due_on,
        credits=facts.credits[:before],
        extensions=held.extensions,
        waivers=held.waivers,
        leaves=held.leaves,
        retrainings=[each for each in held.retrainings if each.effective_on <= credit.on],
    )
    return obligation_of(held.terms, known).due_on
