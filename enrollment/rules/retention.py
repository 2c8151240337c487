"""Until when a training record is kept at least, and who must have signed it: what each record class asks.

Nothing is disposed of by these rules. They say the earliest day on which somebody might think of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from enrollment.choices import CompletionSource, KeptFrom, SignedBy
from enrollment.rules.days import short_day

MOST_YEARS = 100
YEARS_FROM_RELEASE = 2  # ISO 13485 4.2.5: never less, however short the life of the device is said to be


@dataclass(frozen=True, slots=True)
class Period:
    """How long the records of a class are kept at least. `years` is nothing where they are kept for ever."""

    name: str  # of the record class
    kept_from: KeptFrom
    years: int | None
    released_on: date | None = None  # when the product was last released; nothing while it still is

    @property
    def words(self) -> str:
        """Say the period on its own."""
        years = _years(self.years_counted)
        if self.kept_from == KeptFrom.COMPLETED:
            return _("{years} from completion").format(years=years)
        if self.kept_from == KeptFrom.IN_FORCE:
            words = _("{years} from completion or from the last day its version was in force, whichever is later")
            return words.format(years=years)
        if self.kept_from == KeptFrom.LEFT:
            return _("Employment and {years} after").format(years=years)
        if self.kept_from == KeptFrom.RELEASED and self.released_on is None:
            return _("{years} from the last release of the product, which is still released").format(years=years)
        if self.kept_from == KeptFrom.RELEASED:
            words = _("{years} from the last release of the product, on {day}")
            return words.format(years=years, day=short_day(self.released_on))  # type: ignore[arg-type]
        return _("For ever")

    @property
    def years_counted(self) -> int:
        """How many years are counted: those that were set, and no fewer than the standard asks."""
        years = self.years or 0
        return max(years, YEARS_FROM_RELEASE) if self.kept_from == KeptFrom.RELEASED else years


@dataclass(frozen=True, slots=True)
class Recorded:
    """What about one record decides until when it is kept."""

    completed_on: date
    in_force_until: date | None = None  # the day its version was superseded or retired; nothing while it is in force
    left_on: date | None = None  # the last day of employment, if it is known


@dataclass(frozen=True, slots=True)
class Kept:
    """Until when one class keeps one record at least: a day, not known yet, or for ever."""

    period: Period
    until: date | None

    @property
    def is_for_ever(self) -> bool:
        return self.period.kept_from == KeptFrom.FOREVER

    @property
    def waits(self) -> bool:
        """Whether the years have not begun to count."""
        return self.until is None and not self.is_for_ever


@dataclass(frozen=True, slots=True)
class Keeping:
    """Until when one record is kept at least, by all its classes together."""

    parts: tuple[Kept, ...]

    @property
    def is_for_ever(self) -> bool:
        return any(part.is_for_ever for part in self.parts)

    @property
    def until(self) -> date | None:
        """The day, where it is known; nothing while a class waits, without a class, and for ever."""
        if self.is_for_ever or any(part.waits for part in self.parts):
            return None
        return self.at_least_until

    @property
    def at_least_until(self) -> date | None:
        """The latest day that is known, whatever else there is to wait for."""
        return max((part.until for part in self.parts if part.until), default=None)

    @property
    def sentence(self) -> str:
        """Say it in plain words, with the class that decides; nothing without a class."""
        if self.is_for_ever:
            words = _("Kept for ever ({names})")
            return words.format(names=_names(part for part in self.parts if part.is_for_ever))
        waiting = [part for part in self.parts if part.waits]
        known = self.at_least_until
        deciding = _names(part for part in self.parts if part.until == known)
        if not waiting:
            if known is None:
                return ""
            return _("Kept at least until {day} ({names})").format(day=short_day(known), names=deciding)
        said = "; ".join(f"{_waiting_words(part.period)} ({part.period.name})" for part in waiting)
        if known is None:
            return _("Kept at least {said}").format(said=said)
        words = _("Kept at least {said}, and not less than until {day} ({names})")
        return words.format(said=said, day=short_day(known), names=deciding)

    @property
    def short(self) -> str:
        """Say it in a cell: the day in figures that sort, or why there is none."""
        if self.is_for_ever:
            return _("for ever")
        if self.until:
            return self.until.isoformat()
        return _("not known yet") if self.parts else _("no record class")


def keeping(periods: Sequence[Period], recorded: Recorded, *, on: date) -> Keeping:
    """Return until when a record is kept at least; of several classes the longest, as it is known on a day."""
    return Keeping(tuple(Kept(period, kept_until(period, recorded, on=on)) for period in periods))


def kept_until(period: Period, recorded: Recorded, *, on: date) -> date | None:
    """Return the last day on which one class keeps a record at least; nothing while not known, and for ever.

    The years are counted from the later of the completion and what the class counts from, so that
    what is recorded afterwards is kept as long. The end of employment counts once it has come.
    """
    if period.kept_from == KeptFrom.FOREVER:
        return None
    since: date | None = recorded.completed_on
    if period.kept_from == KeptFrom.IN_FORCE:
        since = recorded.in_force_until
    elif period.kept_from == KeptFrom.LEFT:
        since = recorded.left_on if recorded.left_on and recorded.left_on <= on else None
    elif period.kept_from == KeptFrom.RELEASED:
        since = period.released_on
    if since is None:
        return None
    return add_years(max(since, recorded.completed_on), period.years_counted)


def add_years(day: date, years: int) -> date:
    """Return the same day some years later; 1 March for a 29 February that is not there, so never a day too early.

    Beyond the end of the calendar it is its last day.
    """
    year = day.year + years
    if year > date.max.year:
        return date.max
    try:
        return day.replace(year=year)
    except ValueError:
        return date(year, 3, 1)


def why_not_kept_for(kept_from: str, years: int | None, released_on: date | None, *, on: date) -> tuple[str, str]:
    """Say which part of a period makes no sense, and why: the name of the field and words, or twice nothing."""
    if kept_from == KeptFrom.FOREVER and years is not None:
        return "years", _("What is kept for ever has no number of years.")
    if kept_from != KeptFrom.FOREVER and years is None:
        return "years", _("Say for how many years. Where the law names none, it is yours to decide.")
    if released_on is not None and kept_from != KeptFrom.RELEASED:
        return "released_on", _("The last release counts only where the years are counted from it.")
    if released_on is not None and released_on > on:
        return "released_on", _("This day has not come. Leave it empty while the product is released.")
    return "", ""


# Signatures


STRENGTH = {SignedBy.NOBODY: 0, SignedBy.SOMEBODY: 1, SignedBy.LEARNER: 2}
SIGNED = {
    CompletionSource.TAKEN: SignedBy.LEARNER,
    CompletionSource.EXTERNAL: SignedBy.SOMEBODY,
    CompletionSource.PROXY: SignedBy.SOMEBODY,
    CompletionSource.IMPORTED: SignedBy.NOBODY,
}


@dataclass(frozen=True, slots=True)
class Signing:
    """Who must sign the records of a class."""

    name: str  # of the record class
    signed: SignedBy


def why_not_signed(rules: Sequence[Signing], source: str) -> str:
    """Say why a record that comes this way lacks a signature that a class asks for; nothing where none does.

    Source: 21 CFR 820.35 and ISO 13485 4.2.5 ask for no signature on each record, so it is each class's own rule.
    """
    has = STRENGTH[SIGNED[CompletionSource(source)]]
    asking = [rule for rule in rules if STRENGTH[rule.signed] > has]
    if not asking:
        return ""
    names = ", ".join(sorted(rule.name for rule in asking))
    if any(rule.signed == SignedBy.LEARNER for rule in asking):
        return _("The learner signs each record of this training ({names}), so it has to be taken here.").format(
            names=names
        )
    return _("Each record of this training is signed ({names}), and a line of a list is not.").format(names=names)


def _years(count: int) -> str:
    return ngettext("{years} year", "{years} years", count).format(years=count)


def _waiting_words(period: Period) -> str:
    years = _years(period.years_counted)
    if period.kept_from == KeptFrom.LEFT:
        return _("while employed and {years} after").format(years=years)
    if period.kept_from == KeptFrom.IN_FORCE:
        return _("while this version is in force and {years} after").format(years=years)
    return _("while the product is released and {years} after").format(years=years)


def _names(parts: Iterable[Kept]) -> str:
    return ", ".join(sorted(part.period.name for part in parts))
