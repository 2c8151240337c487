"""How a person stands with a requirement: computed from facts, by one function.

Nothing here asks which day it is. What is known decides the whole future as long as no new fact
comes: on which days the person has something to do, is due soon, overdue, current, expired, waived or
on leave. So the answer for a day, today's or any other, is read off the same result.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from core.days import later
from enrollment.choices import CountedFrom, Status, Why
from enrollment.rules.audiences import Span
from enrollment.rules.terms import DUE_SOON, KEEPS_DAY, Terms, expected_course, next_end

BEGINNING = date(1, 1, 1)
LEAST_AFTER_RETURN = 7  # days that somebody has at least, back from leave or when a waiver ends


@dataclass(frozen=True, slots=True)
class Credit:
    """A completion that counts for a requirement, of its course or of one that is as good."""

    id: UUID | str
    course: UUID | str
    version: int  # the number of the version in its course
    on: date
    own_end: date | None  # what the version says
    last_on: date | None = None  # the last day that a proof from elsewhere gives; no requirement counts it longer


@dataclass(frozen=True, slots=True)
class Retraining:
    """That whoever was trained on an older version than this one must be trained again by a day."""

    version: int
    effective_on: date
    due_on: date


@dataclass(frozen=True, slots=True)
class Extension:
    """That somebody was given more time: what was due on one day is due on another.

    Given after the last time it was completed, it holds until the next: whatever else moves the day, it is
    not sooner than the one that was granted.
    """

    was_due_on: date
    due_on: date
    granted_on: date | None = None  # in the zone of the days; not known, it replaces only the day that it names


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known about one person and one requirement. Credits, extensions and spans in order of time."""

    since_on: date
    first_due_on: date
    course: UUID | str
    credits: Sequence[Credit] = ()
    started: bool = False
    extensions: Sequence[Extension] = ()
    retrainings: Sequence[Retraining] = ()
    leaves: Sequence[Span] = ()
    waivers: Sequence[Span] = ()


@dataclass(frozen=True, slots=True)
class Round:
    """One fulfilment: the completion that counted, and until when it counts.

    By when it was due is not computed from what holds now: `enrollment.rules.held.due_before` says it.
    """

    number: int
    credit: Credit
    ends_on: date | None  # the last day


@dataclass(frozen=True, slots=True)
class Obligation:
    """How a person stands with a requirement, for every day to come."""

    statuses: tuple[Status, ...]  # one for each of `days`, from that day on
    days: tuple[date, ...]
    rounds_done: int
    course: UUID | str  # to take next
    credit: Credit | None  # the completion that counts, or counted last
    valid_until: date | None  # its last day; nothing when it has no end, or there is none
    due_on: date | None  # the next day by which something must be done
    late_on: date | None  # the first day on which it is overdue
    window_on: date | None  # from when it may be done again; nothing while it never was done
    why: Why
    is_extended: bool
    is_moved: bool  # the due day fell into a leave or a waiver

    def status_on(self, day: date) -> Status:
        """Return how the person stands on a day."""
        return self.statuses[bisect_right(self.days, day) - 1]


def obligation_of(terms: Terms, facts: Facts) -> Obligation:
    """Return how a person stands with a requirement, from everything that is known about it."""
    done = rounds_of(terms, facts)
    last = done[-1] if done else None
    ends = last.ends_on if last else None
    why = Why.FIRST if last is None else Why.RENEWAL
    due: date | None = facts.first_due_on
    window: date | None = None
    if last is not None:
        due = later(ends, terms.renewal_days) if ends else None
        window = later(ends, -terms.window_days) if ends else None
    retraining = _retraining(facts) if last else None
    if retraining and (ends is None or retraining.due_on < ends):
        due, window, why = retraining.due_on, retraining.effective_on, Why.RETRAINING
    granted = None if why == Why.RETRAINING else _granted(terms, facts, last)
    due, is_extended, is_moved = _put_off(terms, facts, due, granted)
    if why == Why.RETRAINING and retraining:
        ends = min(ends or date.max, retraining.due_on)  # more time to learn it makes the old one count no longer
    late_on = later(due, terms.grace_days + 1) if due else None
    if last is None:
        days, statuses = _until_done(facts, due, late_on)
    elif ends is None:
        days, statuses = [BEGINNING], [Status.DONE]
    else:
        days, statuses = [BEGINNING, later(ends, 1)], [Status.DONE, Status.EXPIRED]
    for span in facts.leaves:
        days, statuses = _overlaid(days, statuses, span, Status.PAUSED)
    for span in facts.waivers:
        days, statuses = _overlaid(days, statuses, span, Status.WAIVED)
    return Obligation(
        statuses=tuple(statuses),
        days=tuple(days),
        rounds_done=len(done),
        course=_expected(terms, facts, len(done), why),
        credit=last.credit if last else None,
        valid_until=ends if last else None,
        due_on=due,
        late_on=late_on,
        window_on=window,
        why=why,
        is_extended=is_extended,
        is_moved=is_moved,
    )


def rounds_of(terms: Terms, facts: Facts) -> list[Round]:
    """Return each fulfilment in order of time, with its own end; none takes the place of another.

    Counted from the completion, each one begins a new period. Counted from the end before, or on a day
    of the year, one that comes before the window opens changes nothing, one in the window keeps the
    day, and a late one belongs to the period that it is late for: the next end is the first that is
    far enough away, and what was missed in between stays missed.
    """
    done: list[Round] = []
    keeps_day = terms.renewal in KEEPS_DAY
    first_end: date | None = None
    for credit in facts.credits:
        end = done[-1].ends_on if done else None
        if terms.refreshers and not _counts(terms, facts, credit, len(done)):
            continue
        if keeps_day and end is not None and credit.on < later(end, -terms.window_days):
            continue
        ends_on = next_end(terms, completed_on=credit.on, own_end=credit.own_end, end=end, first_end=first_end)
        if credit.last_on is not None:
            ends_on = min(ends_on or date.max, credit.last_on)
        first_end = first_end or ends_on
        done.append(Round(len(done) + 1, credit, ends_on))
    return done


def _counts(terms: Terms, facts: Facts, credit: Credit, rounds_done: int) -> bool:
    """Say whether a completion is of the course whose turn it is; the full course always is as good."""
    expected = expected_course(terms, course=facts.course, rounds_done=rounds_done)  # type: ignore[arg-type]
    return str(credit.course) in (str(expected), str(facts.course))


def _expected(terms: Terms, facts: Facts, rounds_done: int, why: Why) -> UUID | str:
    if why == Why.RETRAINING or not terms.refreshers:
        return facts.course
    return expected_course(terms, course=facts.course, rounds_done=rounds_done)  # type: ignore[arg-type]


def _retraining(facts: Facts) -> Retraining | None:
    """Return the retraining that is asked for first, of those that no completion has answered yet."""
    if not facts.retrainings:
        return None
    newest = max(credit.version for credit in facts.credits)
    asked = [each for each in facts.retrainings if each.version > newest]
    return min(asked, key=lambda each: each.due_on, default=None)


def _granted(terms: Terms, facts: Facts, last: Round | None) -> date | None:
    """Return the latest day until which time was given for what is to be done now: since it was last completed.

    What was given for a new version is of that version: it replaced a day by which that was due.
    """
    asked = [each.due_on for each in facts.retrainings if last and last.credit.version < each.version]
    of_versions = {_moved(terms, facts, day)[0] for day in asked} | {*asked}
    latest: date | None = None
    for each in facts.extensions:
        if each.was_due_on in of_versions:
            of_versions |= {each.due_on, _moved(terms, facts, each.due_on)[0]}
        elif each.granted_on is not None and (last is None or last.credit.on < each.granted_on):
            latest = max(latest or each.due_on, each.due_on)
    return latest


def _put_off(terms: Terms, facts: Facts, due: date | None, granted: date | None) -> tuple[date | None, bool, bool]:
    """Return the due day after more time and absences, and whether either put it off.

    Whoever came back and was given more time may go away again on the new day: so in turn, until no
    absence holds it.
    """
    is_extended, is_moved, goes_on = False, False, True
    while goes_on:
        due, extended = _extended(facts, due, granted)
        due, goes_on = _moved(terms, facts, due)
        is_extended, is_moved = is_extended or extended, is_moved or goes_on
        goes_on = goes_on and due is not None
    return due, is_extended, is_moved


def _extended(facts: Facts, due: date | None, granted: date | None) -> tuple[date | None, bool]:
    """Return the due day that was granted instead of this one; a second grant goes on from the first.

    Where the day that was replaced has moved since, by another wording or whatever it is counted from, the
    later of the granted day and the new one holds.
    """
    is_extended = False
    for extension in facts.extensions:
        if due is not None and extension.was_due_on == due:
            due, is_extended = extension.due_on, True
    if due is not None and granted is not None and due < granted:
        due, is_extended = granted, True
    return due, is_extended


def _moved(terms: Terms, facts: Facts, due: date | None) -> tuple[date | None, bool]:
    """Return a due day that falls on no day of leave and into no waiver.

    It moves to as many days after the return as were left when the leave began: at least a week, and
    at most the time allowed the first time; a fixed day allows none. Without a known return it waits.
    """
    if due is None or not (facts.leaves or facts.waivers):
        return due, False
    is_moved = False
    for span in sorted([*facts.leaves, *facts.waivers], key=lambda each: each.valid_from):
        if not span.holds_on(due):
            continue
        if span.valid_until is None:
            return None, True
        left = (due - max(span.valid_from, facts.since_on)).days
        if terms.counted_from != CountedFrom.FIXED:
            left = min(left, terms.within_days)
        due = later(span.valid_until, max(left, LEAST_AFTER_RETURN))
        is_moved = True
    return due, is_moved


def _until_done(facts: Facts, due: date | None, late_on: date | None) -> tuple[list[date], list[Status]]:
    waiting = Status.DOING if facts.started else Status.TODO
    if due is None or late_on is None:
        return [BEGINNING], [waiting]
    return [BEGINNING, later(due, -DUE_SOON.days), late_on], [waiting, Status.SOON, Status.LATE]


def _overlaid(days: list[date], statuses: list[Status], span: Span, status: Status) -> tuple[list[date], list[Status]]:
    """Return the course of things with a span laid over it: what is completed and counts stays so."""
    begins, ends = max(span.valid_from, BEGINNING), span.valid_until
    edges = sorted({*days, begins, *([ends] if ends else [])})
    new_days: list[date] = []
    new_statuses: list[Status] = []
    for edge in edges:
        was = statuses[bisect_right(days, edge) - 1]
        inside = begins <= edge and (ends is None or edge < ends)
        now = status if inside and was != Status.DONE else was
        if not new_statuses or new_statuses[-1] != now:
            new_days.append(edge)
            new_statuses.append(now)
    return new_days, new_statuses
