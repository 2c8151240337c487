"""How the day by which something is due came to be what it is: each step with its day, who decided it, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from core.days import later
from enrollment.choices import Why
from enrollment.rules.audiences import Span
from enrollment.rules.days import short_day
from enrollment.rules.obligations import Obligation, Retraining
from enrollment.rules.whys import due_said


@dataclass(frozen=True, slots=True)
class Decision:
    """Who decided something, on which day, and why; with the instant, in the zone of the day, where it is known."""

    on: date
    by: str
    reason: str
    at: datetime | None = None

    @property
    def words(self) -> str:
        return _("{name}: “{reason}”").format(name=self.by, reason=self.reason) if self.reason else self.by


@dataclass(frozen=True, slots=True)
class Reworded:
    """That the rule got another wording while it held; `moved` are the first due day before and after, if it did."""

    decision: Decision
    moved: tuple[date, date] | None
    sentence: str  # of the new wording; nothing where it is the one that is said already


@dataclass(frozen=True, slots=True)
class Recounted:
    """That the first due day followed what it is counted from."""

    on: date
    was: date
    due_on: date
    at: datetime | None = None  # in the zone of the day


@dataclass(frozen=True, slots=True)
class MoreTime:
    """That somebody gave more time."""

    decision: Decision
    was: date
    due_on: date


@dataclass(frozen=True, slots=True)
class Waived:
    """That somebody granted a waiver; `span` ends where it was withdrawn, unless it held on no day."""

    decision: Decision
    span: Span
    withdrawn: Decision | None = None

    @property
    def held_on_no_day(self) -> bool:
        return self.withdrawn is not None and self.withdrawn.on <= self.span.valid_from


@dataclass(frozen=True, slots=True)
class Noted:
    """Until when somebody would be on leave, as it was noted at an instant, in the zone of the day."""

    at: datetime
    until: date | None  # the first day back, where it was known


@dataclass(frozen=True, slots=True)
class Away:
    """A leave as it was noted first and then changed, and when it was taken back as a mistake, if it was."""

    first: date
    noted: Sequence[Noted]
    taken_back_at: datetime | None = None  # in the zone of the day

    @property
    def longest(self) -> Span:
        """The span of which every day was a day of leave at some time."""
        ends = [each.until for each in self.noted if each.until]
        return Span(self.first, max(ends) if len(ends) == len(self.noted) else None)


@dataclass(frozen=True, slots=True)
class DayFacts:
    """Everything that had to do with the due day of one person and one requirement."""

    given_on: date
    since_on: date
    first_due_on: date  # as it was when it was given
    first_due_now: date | None = None  # as it is, before more time
    sentence: str = ""  # of the wording of then; nothing where it is the one that is said already
    reworded: Sequence[Reworded] = ()
    recounted: Sequence[Recounted] = ()
    more_time: Sequence[MoreTime] = ()
    leaves: Sequence[Away] = ()
    waived: Sequence[Waived] = ()
    retrainings: Sequence[Retraining] = ()
    labels: Mapping[int, str] = field(default_factory=dict)  # of the versions, by their numbers
    given_at: datetime | None = None
    no_longer: str = ""  # why it holds no longer
    ended_by: Decision | None = None  # who changed the rule so, and why
    ended_on: date | None = None  # its last day then


@dataclass(frozen=True, slots=True)
class DayStep:
    """One line of the history, with who and why, and what the rule said where another wording says it now.

    Its day is missing from how it is now. The time of the day is there where more happened on that day.
    """

    on: date | None
    kind: str  # what it is, as `enrollment.views.why` has a sign for it
    words: str
    note: str = ""
    rule: str = ""
    at: datetime | None = None
    clock: str = ""


def history_said(known: DayFacts, found: Obligation, today: date) -> list[DayStep]:
    """Say how the due day came about: given first, then what happened in order of time, then how it is now.

    Nothing where nothing has happened to it since it was given.
    """
    steps = [
        *(_reworded(each, known.first_due_on) for each in known.reworded),
        *(_recounted(each) for each in known.recounted),
        *(_more_time(each) for each in known.more_time),
        *(step for each in known.leaves if _is_meanwhile(known, each.longest) for step in _leave(known, each)),
        *(
            step
            for each in known.waived
            if each.held_on_no_day or _is_meanwhile(known, each.span)
            for step in _waived(known, each)
        ),
        *(_retraining(each, known.labels, today) for each in known.retrainings if each.due_on >= known.since_on),
    ]
    if not steps:
        return []
    given = _("Given. Due on {due}.").format(due=short_day(known.first_due_on))
    rule = _("The rule then: {sentence}.").format(sentence=known.sentence) if known.sentence else ""
    first = DayStep(known.given_on, "given", given, rule=rule, at=known.given_at)
    return [*_with_clocks([first, *sorted(steps, key=_in_time)]), _now(known, found)]


def _in_time(step: DayStep) -> tuple[date, bool, datetime | None]:
    """Order by the instant; what only has a day begins with that day."""
    return step.on or date.max, step.at is not None, step.at


def _with_clocks(steps: Sequence[DayStep]) -> Iterator[DayStep]:
    """Yield the steps, with the time of the day where something else happened on the same day."""
    count = Counter(step.on for step in steps)
    for step in steps:
        yield replace(step, clock=_clock(step.at)) if step.at and count[step.on] > 1 else step


def _clock(at: datetime) -> str:
    zone = at.tzname() or ""
    return f"{date_format(at, pgettext('time', 'H:i'))} {f'UTC{zone}' if zone[:1] in '+-' else zone}".rstrip()


def _reworded(each: Reworded, first_due_on: date) -> DayStep:
    if each.moved:
        was, due = each.moved
        words = _("The rule was changed: due on {due} instead of {was}.").format(due=short_day(due), was=short_day(was))
    else:
        words = _("The rule was changed. The first due day stayed as it was.")
    rule = _("The rule from then on: {sentence}.").format(sentence=each.sentence) if each.sentence else ""
    return DayStep(each.decision.on, "reworded", words, each.decision.words, rule, each.decision.at)


def _recounted(each: Recounted) -> DayStep:
    words = _("What the day is counted from has changed: due on {due} instead of {was}.")
    said = words.format(due=short_day(each.due_on), was=short_day(each.was))
    return DayStep(each.on, "recounted", said, at=each.at)


def _more_time(each: MoreTime) -> DayStep:
    words = _("More time was given: {due} instead of {was}.")
    said = words.format(due=short_day(each.due_on), was=short_day(each.was))
    return DayStep(each.decision.on, "more_time", said, each.decision.words, at=each.decision.at)


def _leave(known: DayFacts, away: Away) -> Iterator[DayStep]:
    """Say a leave as it was noted when it began, or first after that; then what was changed, each when it was noted."""
    before = sum(each.at.date() < away.first for each in away.noted)
    noted, *changed = away.noted[max(before - 1, 0) :]
    taken_back = away.taken_back_at
    is_late = noted.at.date() > away.first and (known.given_at is None or noted.at > known.given_at)
    note = _("Noted on {day}.").format(day=short_day(noted.at.date())) if is_late else ""
    step = DayStep(away.first, "leave", _leave_said(away.first, noted.until), note)
    yield step if taken_back is None or taken_back.date() >= away.first else _decided(known, noted.at, step)
    was = noted.until
    for each in changed:
        yield DayStep(each.at.date(), "back", _back_said(was, each.until), at=each.at)
        was = each.until
    if taken_back:
        words = _("The leave from {first} on was taken back: it was noted by mistake.")
        yield DayStep(taken_back.date(), "taken_back", words.format(first=short_day(away.first)), at=taken_back)


def _leave_said(first: date, until: date | None) -> str:
    form = _("Leave from {first} to {last}.") if until else _("Leave since {first}, with no known end.")
    return _span_said(form, Span(first, until))


def _back_said(was: date | None, until: date | None) -> str:
    day = short_day(until) if until else ""  # who notes a return names its day
    if was is None:
        return _("Back from leave on {day}.").format(day=day)
    return _("Back from leave on {day} instead of {was}.").format(day=day, was=short_day(was))


def _waived(known: DayFacts, each: Waived) -> Iterator[DayStep]:
    form = _("A waiver from {first} to {last}.") if each.span.valid_until else _("A waiver since {first}.")
    first, at = each.span.valid_from, each.decision.at
    at = at if at and at.date() == first else None  # decided before, or for days that had passed
    step = DayStep(first, "waived", _span_said(form, each.span), each.decision.words, at=at)
    yield _decided(known, each.decision.at, step) if each.held_on_no_day else step
    if by := each.withdrawn:
        words = _("The waiver was withdrawn.")
        if each.held_on_no_day:
            words = _("The waiver was withdrawn: it held on no day.")
        yield DayStep(by.on, "withdrawn", words, by.words, at=by.at if by.at and by.at.date() == by.on else None)


def _decided(known: DayFacts, at: datetime | None, step: DayStep) -> DayStep:
    """Return a step of what came to nothing with its own instant, where that was not before it was asked."""
    if at is None or at.date() < known.given_on:
        return replace(step, on=known.given_on, at=None)
    return replace(step, on=at.date(), at=at)


def _is_meanwhile(known: DayFacts, span: Span) -> bool:
    """Say whether something was not over before it was asked, and had begun when it ended."""
    last = known.ended_on or date.max
    return (span.valid_until or date.max) > known.since_on and span.valid_from <= last


def _span_said(form: str, span: Span) -> str:
    last = short_day(later(span.valid_until, -1)) if span.valid_until else ""
    return form.format(first=short_day(span.valid_from), last=last)


def _retraining(each: Retraining, labels: Mapping[int, str], today: date) -> DayStep:
    if each.effective_on > today:
        words = _("Version {version} takes effect, and must be learned by {due}.")
    elif each.due_on >= today:
        words = _("Version {version} is in effect, and must be learned by {due}.")
    else:
        words = _("Version {version} took effect, and was to be learned by {due}.")
    label = labels.get(each.version, str(each.version))
    return DayStep(each.effective_on, "version", words.format(version=label, due=short_day(each.due_on)))


def _first_now(known: DayFacts, found: Obligation) -> str:
    """Say the due day of the first time, and what became of the more time that was given before it moved."""
    granted = max((each.due_on for each in known.more_time), default=None)
    if granted is None or known.first_due_now is None or found.due_on is None:
        return _("Due on {due}.")
    if found.due_on > granted:
        return _("Due on {due}, which is later than the time that was given.")
    day = known.first_due_now
    for each in known.more_time:
        day = each.due_on if each.was == day else day
    return _("Due on {due}.") if day == granted else _("Due on {due}: the time that was given still holds.")


def _now(known: DayFacts, found: Obligation) -> DayStep:
    if known.no_longer:
        words = _("It holds no longer. {why}").format(why=known.no_longer)
        return DayStep(None, "now", words, known.ended_by.words if known.ended_by else "")
    if found.due_on is None and found.is_moved:
        return DayStep(None, "now", _("The due day fell into that time. It waits until the end of it is known."))
    if found.due_on is None:
        return DayStep(None, "now", _("Nothing is due any more."))
    due = short_day(found.due_on)
    if found.is_moved:
        return DayStep(None, "now", _("The due day fell into that time, and is {due} now.").format(due=due))
    if found.why == Why.FIRST:
        return DayStep(None, "now", _first_now(known, found).format(due=due))
    return DayStep(None, "now", due_said(found))
