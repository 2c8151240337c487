"""The ladder of messages: which step goes out on which day, to whom, and which an outage has overtaken.

A ladder is a set of steps. A step says to whom it speaks, on which day of the obligation it hangs, and how
many days away from it. That is also its name, so a step keeps its identity however often it is taken away
and put back: `learner:due-7` is the learner, seven days before the due day.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.days import later
from enrollment.choices import Anchor, Why
from notifications.choices import Audience

HEARERS = (Audience.LEARNER, Audience.MANAGER, Audience.SECOND_MANAGER, Audience.COORDINATOR)
CATCH_UP = timedelta(days=14)  # a step that is longer past than this is told no more
MOST_STEPS = 20
MOST_DAYS = 365
KEY = r"(learner|manager|second_manager|coordinator):(due|late|window|expiry)[+-][0-9]{1,3}"
KINDS = {
    Why.FIRST: gettext_lazy("the first time"),
    Why.RENEWAL: gettext_lazy("renewals"),
    Why.RETRAINING: gettext_lazy("new versions"),
}
_ORDER = {anchor: number for number, anchor in enumerate((Anchor.WINDOW, Anchor.EXPIRY, Anchor.DUE, Anchor.LATE))}


@dataclass(frozen=True, slots=True)
class LadderStep:
    """One message: to whom, and on which day.

    `days` counts from the anchor: negative before it. From the due day and the day from which something may
    be renewed, 0 is the day itself. Overdue is counted from 1, the first day after the due day and its grace
    period; so is what follows the last day of a completion.
    """

    audience: Audience
    anchor: Anchor
    days: int

    @property
    def key(self) -> str:
        """The name under which it is claimed."""
        return f"{self.audience.value}:{self.anchor.value}{self.days:+d}"

    @property
    def is_before(self) -> bool:
        """Whether it speaks of a day that is still to come, so that what is given later needs it no more."""
        return self.anchor == Anchor.WINDOW or (self.anchor != Anchor.LATE and self.days <= 0)

    @classmethod
    def of(cls, key: str) -> LadderStep:
        """Return the step of a name. Raises ValueError for what is none."""
        if re.fullmatch(KEY, key) is None:
            raise ValueError(f"{key!r} names no step of a ladder")
        audience, where = key.split(":")
        anchor, days = re.split(r"(?=[+-])", where)
        return cls(Audience(audience), Anchor(anchor), int(days))


@dataclass(frozen=True, slots=True)
class Milestones:
    """The days of one obligation on which steps hang, and since when its person has it."""

    due_on: date
    late_on: date
    assigned_on: date
    window_on: date | None = None
    ends_on: date | None = None  # the last day on which what was completed counts

    def first_day(self, step: LadderStep) -> date | None:
        """Return the day on which a step goes out; nothing where it has none.

        What was given late starts late: a step before its day was none, and being overdue is counted from
        the day after it was given.
        """
        day = self._day_of(step)
        if day is None or (step.is_before and day <= self.assigned_on):
            return None
        return day

    def _day_of(self, step: LadderStep) -> date | None:
        if step.anchor == Anchor.DUE:
            return later(self.due_on, step.days)
        if step.anchor == Anchor.WINDOW:
            return later(self.window_on, step.days) if self.window_on else None
        if step.anchor == Anchor.LATE:
            return later(self._since(self.late_on), step.days - 1)
        if self.ends_on is None or step.days <= 0:
            return later(self.ends_on, step.days) if self.ends_on else None
        return later(self._since(later(self.ends_on, 1)), step.days - 1)

    def _since(self, day: date) -> date:
        return max(day, later(self.assigned_on, 1))

    def about(self, step: LadderStep) -> date:
        """Return the day that a step speaks of, under which it is claimed: once for each such day.

        More time moves the due day and begins a ladder anew, but a completion ends when it ends.
        """
        if step.anchor in (Anchor.WINDOW, Anchor.EXPIRY) and self.ends_on:
            return self.ends_on
        return self.due_on


@dataclass(frozen=True, slots=True)
class StepsDue:
    """What to send now, and what has been overtaken: noted as skipped, and never sent."""

    send: tuple[LadderStep, ...] = ()
    skip: tuple[LadderStep, ...] = ()


def default_ladder(why: Why) -> tuple[LadderStep, ...]:
    """Return the ladder that holds while nobody has changed it."""
    opens = [LadderStep(Audience.LEARNER, Anchor.WINDOW, 0)] if why == Why.RENEWAL else []
    return (
        *opens,
        LadderStep(Audience.LEARNER, Anchor.DUE, -7),
        LadderStep(Audience.LEARNER, Anchor.DUE, -1),
        LadderStep(Audience.LEARNER, Anchor.LATE, 1),
        LadderStep(Audience.MANAGER, Anchor.LATE, 1),
        LadderStep(Audience.SECOND_MANAGER, Anchor.LATE, 7),
        LadderStep(Audience.COORDINATOR, Anchor.LATE, 14),
    )


def in_order(steps: Iterable[LadderStep]) -> list[LadderStep]:
    """Return steps as they follow each other for most people: before, due, overdue; the learner first."""
    return sorted(steps, key=lambda each: (*_position(each), HEARERS.index(each.audience)))


def _position(step: LadderStep) -> tuple[int, int]:
    return _ORDER[step.anchor], step.days


def steps_due(
    ladder: Sequence[LadderStep], days: Milestones, *, today: date, already: Collection[tuple[date, str]]
) -> StepsDue:
    """Return the steps to take today.

    `already` holds what was taken, as the day that it spoke of and the name of the step. Of the steps that
    are reached, each audience hears the newest alone; the older are overtaken, and so is one that is put into
    the ladder behind a step that was taken.
    """
    reached: dict[Audience, list[tuple[date, LadderStep]]] = defaultdict(list)
    for step in ladder:
        day = days.first_day(step)
        if day is not None and today - CATCH_UP <= day <= today:
            reached[step.audience].append((day, step))
    send: list[LadderStep] = []
    skip: list[LadderStep] = []
    for audience in HEARERS:
        known = sorted(reached[audience], key=lambda pair: (pair[0], _position(pair[1])))
        fresh = [step for _day, step in known if (days.about(step), step.key) not in already]
        if not fresh:
            continue
        newest = known[-1][1]
        overtaken = newest not in fresh or _is_behind(newest, _taken(already, days, audience), days)
        send += [] if overtaken else [newest]
        skip += fresh if overtaken else [step for step in fresh if step != newest]
    return StepsDue(tuple(send), tuple(skip))


def _taken(already: Collection[tuple[date, str]], days: Milestones, audience: Audience) -> list[LadderStep]:
    """Return the steps to one audience that were taken for the days of this obligation."""
    taken = []
    for about, key in already:
        if re.fullmatch(KEY, key):
            step = LadderStep.of(key)
            if step.audience == audience and days.about(step) == about:
                taken.append(step)
    return taken


def _is_behind(step: LadderStep, taken: Iterable[LadderStep], days: Milestones) -> bool:
    """Say whether a step of a later day was taken before this one."""
    day = days.first_day(step)
    later = (days.first_day(each) for each in taken)
    return any(other is not None and day is not None and other > day for other in later)


def why_not_in_ladder(why: Why, steps: Sequence[LadderStep]) -> str:
    """Return why these steps cannot be a ladder, in words; nothing where they can."""
    if len(steps) > MOST_STEPS:
        return _("A ladder has at most {count} steps.").format(count=MOST_STEPS)
    if len({step.key for step in steps}) < len(steps):
        return _("This step stands in the ladder already.")
    for step in steps:
        refusal = why_no_step(why, step)
        if refusal:
            return refusal
    return ""


def why_no_step(why: Why, step: LadderStep) -> str:
    """Return why a step cannot stand in a ladder of this kind, in words; nothing where it can."""
    if step.audience not in HEARERS:
        return _("Nobody hears this step.")
    if step.audience != Audience.LEARNER and step.is_before:
        return _("Before the day only the learner hears. What is ahead stands in the weekly summary of managers.")
    if abs(step.days) > MOST_DAYS:
        return _("At most {count} days.").format(count=MOST_DAYS)
    if step.anchor in (Anchor.WINDOW, Anchor.EXPIRY) and why != Why.RENEWAL:
        return _("Only a renewal has a completion that ends.")
    if step.anchor == Anchor.LATE and step.days < 1:
        return _("Overdue is counted from the first day after the due day.")
    if step.anchor == Anchor.DUE and step.days > 0:
        return _("After the due day, count the days overdue, so that the grace period is heard.")
    if step.anchor == Anchor.WINDOW and step.days < 0:
        return _("Before the window opens there is nothing to do.")
    return ""


def sentence_of_step(step: LadderStep) -> str:
    """Say a step in a sentence: when, and who hears."""
    return _("{when}, {who} hears.").format(when=_when(step), who=_who(step.audience))


def _who(audience: Audience) -> str:
    return {
        Audience.LEARNER: _("the learner"),
        Audience.MANAGER: _("their manager"),
        Audience.SECOND_MANAGER: _("their second manager"),
        Audience.COORDINATOR: _("the training coordinator"),
    }[audience]


def _when(step: LadderStep) -> str:
    count = abs(step.days)
    if step.anchor == Anchor.LATE:
        if count == 1:
            return _("On the first day overdue")
        return ngettext("When overdue for {count} day", "When overdue for {count} days", count).format(count=count)
    if step.anchor == Anchor.WINDOW:
        words = ngettext("{count} day after it may be renewed", "{count} days after it may be renewed", count)
        return words.format(count=count) if count else _("When it may be renewed")
    if step.anchor == Anchor.DUE:
        words = ngettext("{count} day before the due day", "{count} days before the due day", count)
        return words.format(count=count) if count else _("On the due day")
    if step.days == 0:
        return _("On the last day on which the completion counts")
    if step.is_before:
        words = ngettext("{count} day before the completion ends", "{count} days before the completion ends", count)
    else:
        words = ngettext("{count} day after the completion ended", "{count} days after the completion ended", count)
    return words.format(count=count)


def course_of_days(ladder: Sequence[LadderStep], days: Milestones) -> list[tuple[date, LadderStep]]:
    """Return what goes out on which day if nothing is done and nothing breaks down."""
    already: set[tuple[date, str]] = set()
    found: list[tuple[date, LadderStep]] = []
    for today in sorted({day for step in ladder if (day := days.first_day(step))}):
        steps = steps_due(ladder, days, today=today, already=already)
        already |= {(days.about(step), step.key) for step in (*steps.send, *steps.skip)}
        found += [(today, step) for step in steps.send]
    return found
