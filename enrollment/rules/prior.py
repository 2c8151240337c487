"""What a requirement makes of a completion that is written down later than it happened; said before it is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from django.utils.translation import gettext as _

from core.days import later
from enrollment.choices import Status
from enrollment.rules.days import short_day
from enrollment.rules.obligations import BEGINNING, Credit, Facts, Obligation, obligation_of, rounds_of
from enrollment.rules.terms import Terms

OPEN = frozenset({Status.TODO, Status.DOING, Status.SOON, Status.LATE, Status.EXPIRED})


@dataclass(frozen=True, slots=True)
class Prior:
    """How one completion counts for a requirement, and how the person stands with it then."""

    number: int  # of the requirement
    counts: bool
    until: date | None  # the last day on which it counts; nothing when it has no end
    is_over: bool  # it counts no longer today
    is_open: bool  # there is something to do, all the same
    is_shorter: bool = False  # with it the training counts less long than without
    changed: str = ""  # how the person stands with it; nothing when that is as without

    @property
    def is_used(self) -> bool:
        """Whether it counts today by itself."""
        return self.counts and not self.is_over

    @property
    def is_fruitless(self) -> bool:
        """Whether it changes nothing about how the person stands today."""
        return not self.is_used and not self.changed

    @property
    def words(self) -> str:
        """Say it to whoever sends it, and to whoever decides."""
        day = short_day(self.until) if self.until else ""
        if not self.counts:
            said = _("R-{number} does not take it as a renewal: it came too early, or another course has its turn.")
        elif self.is_over:
            said = _("By R-{number} it counted until {day}.")
        elif self.until:
            said = _("By R-{number} it counts until {day}.")
        else:
            said = _("By R-{number} it counts without end.")
        said = said.format(number=self.number, day=day)
        if self.is_used and not self.is_shorter:
            return said
        kept = (
            _("It is kept in the record, but the training stays open.")
            if self.is_open
            else _("It is kept in the record.")
        )
        return f"{said} {self.changed or kept}"


def prior_of(number: int, terms: Terms, facts: Facts, credit: Credit, *, today: date) -> Prior:
    """Return how a completion counts that is among the credits of these facts, known already or not yet."""
    mine = next((each for each in rounds_of(terms, facts) if each.credit is credit), None)
    state = obligation_of(terms, facts)
    without = obligation_of(terms, replace(facts, credits=[each for each in facts.credits if each is not credit]))
    until = mine.ends_on if mine else None
    if mine and state.credit is credit:
        until = state.valid_until  # which a newer version may have brought forward
    until = None if until == date.max else until
    is_shorter = _end_of(state) < _end_of(without)
    return Prior(
        number,
        counts=mine is not None,
        until=until,
        is_over=until is not None and until < today,
        is_open=state.status_on(today) in OPEN,
        is_shorter=is_shorter,
        changed="" if _is_same(state, without, today) else _stands(state, today, is_shorter=is_shorter),
    )


def is_doubtful(priors: Sequence[Prior]) -> bool:
    """Say whether a completion is to be read about first: it helps nowhere, or makes a training count less long."""
    in_vain = all(each.is_fruitless or (not each.is_used and each.is_open) for each in priors)
    return in_vain or any(each.is_shorter for each in priors)


def _is_same(one: Obligation, other: Obligation, today: date) -> bool:
    is_one_status = one.status_on(today) == other.status_on(today)
    return is_one_status and (one.due_on, one.valid_until) == (other.due_on, other.valid_until)


def _end_of(state: Obligation) -> date:
    """Return the last day on which the training counts, for comparing: the first of all days if it never was done."""
    return BEGINNING if state.credit is None else state.valid_until or date.max


def _stands(state: Obligation, today: date, *, is_shorter: bool) -> str:
    """Say how somebody stands who has completed a training at some time."""
    ends = _end_of(state)
    if ends == date.max:
        return _("With it, the training counts without end.")
    if state.status_on(today) in OPEN:
        return _("With it, the training has been open since {day}.").format(day=short_day(later(ends, 1)))
    if ends < today:  # on leave, or waived
        words = _("With it, the training counted until {day}.")
    elif is_shorter:
        words = _("With it, the training counts only until {day}.")
    else:
        words = _("With it, the training counts until {day}.")
    return words.format(day=short_day(ends))


def own_words(ends_on: date | None, *, today: date) -> str:
    """Say that a completion which no requirement asks for has ended by its own last day; nothing when it has not."""
    if ends_on is None or ends_on >= today:
        return ""
    words = _("By its own last day it counted until {day}. It is kept in the record.")
    return words.format(day=short_day(ends_on))
