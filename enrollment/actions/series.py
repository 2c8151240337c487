"""The same session again: on another day, or every few weeks, planned in one go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from uuid import UUID

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from enrollment.actions.planning import (
    PlanRefused,
    Terms,
    leads_on,
    tell_trainer,
    why_not_led_then,
    why_not_there,
    write_plan,
)
from enrollment.actions.seating import plan_of, tell_of_session
from enrollment.models import PlannedSession
from enrollment.notices import planned as notices
from enrollment.queries.planned import Clash, clashes, holidays_of
from enrollment.rules import day_in
from enrollment.rules.meetings import Span, again_from, meet, moved_by, not_worked, why_not_on_days
from people.models import User


@dataclass(frozen=True, slots=True)
class Candidate:
    """A day on which a session could be planned again, with why it can not, or what speaks against it."""

    on: date
    days: tuple[Span, ...]
    refusal: str
    free: Sequence[str]  # which of its days the site does not work, and why
    clashes: Sequence[Clash]  # what the trainer leads at these times
    overlaps: bool = False  # one that is proposed before it, because it has several days

    @property
    def is_chosen(self) -> bool:
        """Say whether it is among those that are proposed."""
        return not (self.refusal or self.free or self.clashes or self.overlaps)


def candidates(
    *, session: PlannedSession, first: date, times: int, weeks: int, by: User, at: datetime
) -> list[Candidate]:
    """Return when a session could be planned again from a day on, so many times, every so many weeks."""
    zone, spans = session.site.time_zone, session.spans
    began = day_in(zone, spans[0].starts_at)
    dates = again_from(first, times=times, weeks=weeks)
    moved = {on: moved_by(spans, (on - began).days, zone=zone) for on in dates}
    all_days = [each for days in moved.values() for each in days or ()]
    holidays = holidays_of(session.site_id, [day_in(zone, each.starts_at) for each in all_days] or dates)
    led = clashes(session.led_by, all_days) if session.led_by and all_days else []
    never = _why_never(session, by=by)
    leads = leads_on(session.course, session, all_days, at=at)
    found: list[Candidate] = []
    for on in dates:
        days = moved[on]
        if days is None:
            skipped = _("On that day the clocks go forward and never show this time.")
            found.append(Candidate(on, (), skipped, (), ()))
            continue
        free = not_worked(days, zone=zone, free_weekdays=session.site.free_weekdays, holidays=holidays)
        refusal = never or why_not_on_days(days, at=at) or why_not_led_then(leads, days, at=at)
        busy = [each for each in led if each.leads and meet(each.session.spans, days)]
        overlaps = any(each.is_chosen and meet(each.days, days) for each in found)
        found.append(Candidate(on, days, refusal, free, busy, overlaps))
    return found


def _why_never(session: PlannedSession, *, by: User) -> str:
    """Say why a session can not be planned again on any day; nothing when it can."""
    if session.led_by is not None and not session.led_by.is_active:
        words = _("The account of {name} is closed. Plan a new session with another trainer.")
        return words.format(name=session.led_by.name)
    return why_not_there(session.course, terms_of(session, session.spans), by=by)


@transaction.atomic
def plan_again(
    *, session: PlannedSession, planned: Sequence[tuple[Span, ...]], by: User, at: datetime, id: UUID | None = None
) -> list[PlannedSession]:
    """Plan a session again on each of these days, all of them or none; who leads them is told once. Raises PlanRefused.

    `id` is that of the first one.
    """
    if not planned:
        raise PlanRefused(_("Choose at least one day."))
    if refusal := _why_never(session, by=by):
        raise PlanRefused(refusal)
    leads = leads_on(session.course, session, [each for days in planned for each in days], at=at)
    made: list[PlannedSession] = []
    for days in sorted(planned):
        if refusal := why_not_on_days(days, at=at) or why_not_led_then(leads, days, at=at):
            raise PlanRefused(refusal)
        made.append(
            write_plan(course=session.course, terms=terms_of(session, days), by=by, at=at, id=None if made else id)
        )
    if len(made) == 1:
        tell_trainer(made[0], by=by, at=at)
    elif session.led_by_id is not None and session.led_by_id != by.pk:
        wording = partial(notices.sessions_to_lead, name=by.name, planned=sorted(planned))
        tell_of_session(
            made[0],
            {session.led_by_id: wording},
            once=f"sessions-to-lead:{made[0].pk}",
            at=at,
            plan=plan_of(made[0], days=sorted(planned)[0]),
            path=reverse("enrollment:led_sessions"),
        )
    return made


def terms_of(session: PlannedSession, days: tuple[Span, ...]) -> Terms:
    """Return the terms of a session, on other days."""
    return Terms(
        site=session.site,
        days=days,
        trainer=session.trainer,
        led_by=session.led_by,
        place=session.place,
        link=session.link,
        capacity=session.capacity,
        words=session.words,
    )


def first_again(session: PlannedSession, *, at: datetime) -> date:
    """Return on which day to propose it again: the same day of the next week that has not begun."""
    zone = session.site.time_zone
    day, today = day_in(zone, session.spans[0].starts_at) + timedelta(days=7), day_in(zone, at)
    weeks = max(0, -(-((today - day).days + 1) // 7))
    return day + timedelta(weeks=weeks)
