"""Whether somebody may do a task on a day: what a course comes to, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from core.days import later
from enrollment.choices import Standpoint
from enrollment.rules.audiences import Span
from enrollment.rules.days import short_day
from enrollment.rules.obligations import Credit, Retraining


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one course of a task comes to on a day, with what it rests on."""

    standpoint: Standpoint
    credit: Credit | None = None  # the completion that counts, or the last that did
    until: date | None = None  # its last day, or that of the waiver; nothing when it has no end
    version: int | None = None  # the version that is asked for now

    @property
    def is_met(self) -> bool:
        return self.standpoint in (Standpoint.CURRENT, Standpoint.EXEMPT)

    @property
    def sentence(self) -> str:
        """Say it in plain words."""
        completed = short_day(self.credit.on) if self.credit else ""
        until = short_day(self.until) if self.until else ""
        if self.standpoint == Standpoint.EXEMPT:
            return _("A waiver holds until {until}").format(until=until)
        if self.standpoint == Standpoint.NEVER:
            return _("Never completed until then")
        if self.standpoint == Standpoint.CURRENT and self.until:
            return _("Completed on {day}, counts until {until}").format(day=completed, until=until)
        if self.standpoint == Standpoint.CURRENT:
            return _("Completed on {day}, counts without end").format(day=completed)
        if self.standpoint == Standpoint.OUTDATED:
            words = _("Completed on {day}, on an older version; version {version} was to be learned by {until}")
            return words.format(day=completed, version=self.version, until=until)
        return _("Completed on {day}, and that counted until {until}").format(day=completed, until=until)


def verdict_on(
    day: date, *, credits: Sequence[Credit], retrainings: Sequence[Retraining] = (), waivers: Sequence[Span] = ()
) -> Verdict:
    """Say what a course comes to on a day, from what is known: completions, new versions, waivers.

    A completion counts from its day until its last day. A new version for which somebody had to be
    trained again takes that away after the day by which it had to be done.
    """
    taken = [credit for credit in credits if credit.on <= day]
    counting = [credit for credit in taken if credit.own_end is None or day <= credit.own_end]
    newest = max((credit.version for credit in taken), default=0)
    missed = [each for each in retrainings if each.version > newest and each.effective_on <= day]
    over = [each for each in missed if each.due_on < day]
    waiver = next((span for span in waivers if span.holds_on(day)), None)
    if counting and not over:
        best = max(counting, key=lambda credit: credit.own_end or date.max)
        ends = min([best.own_end or date.max, *(each.due_on for each in missed)])
        return Verdict(Standpoint.CURRENT, best, None if ends == date.max else ends)
    if waiver is not None:
        last_day = later(waiver.valid_until, -1) if waiver.valid_until else None
        return Verdict(Standpoint.EXEMPT, until=last_day)
    if counting:
        first = min(over, key=lambda each: each.due_on)
        return Verdict(Standpoint.OUTDATED, counting[-1], first.due_on, first.version)
    if taken:
        last = max(taken, key=lambda credit: credit.own_end or credit.on)
        return Verdict(Standpoint.EXPIRED, last, last.own_end)
    return Verdict(Standpoint.NEVER)
