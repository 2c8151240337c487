"""Sessions with a date: planned, changed, cancelled, and written down once they were held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from core.ids import new_id
from core.reasons import is_reason
from courses.models import Course
from enrollment import facts
from enrollment.actions.seating import fill_up, hold_session, plan_of, tell_of_session, told_of
from enrollment.actions.sessions import draft_session
from enrollment.choices import PlannedState, SeatState, SessionState
from enrollment.models import Meeting, PlannedSession, RecordedSession, Seat
from enrollment.notices import planned as notices
from enrollment.permissions import planning_sites_of
from enrollment.queries.leading import Leads
from enrollment.queries.planned import is_offered, seats_that_count
from enrollment.rules import day_in
from enrollment.rules.elsewhere import why_not_led
from enrollment.rules.meetings import Plan, Span, what_changed, why_not_on_days
from enrollment.rules.seats import seats_words, why_no_change, why_not_held, why_not_that_few
from people.models import Site, User
from records.actions import record_fact
from records.facts import FactKind

VOID = (SessionState.RETURNED, SessionState.DISCARDED)


class PlanRefused(Exception):
    """The session can not be planned, changed or cancelled; the words say why."""


@dataclass(frozen=True, slots=True)
class Terms:
    """On which days, where and by whom a session is held, and for how many (nothing: no limit)."""

    site: Site
    days: tuple[Span, ...]
    trainer: str
    led_by: User | None = None
    place: str = ""
    link: str = ""
    capacity: int | None = None
    words: str = ""

    @property
    def columns(self) -> dict[str, Any]:
        return {
            "site": self.site,
            "starts_at": min(each.starts_at for each in self.days),
            "ends_at": max(each.ends_at for each in self.days),
            "trainer": self.led_by.name if self.led_by else self.trainer.strip(),
            "led_by": self.led_by,
            "place": self.place.strip(),
            "link": self.link.strip(),
            "capacity": self.capacity,
            "words": self.words.strip(),
        }


@transaction.atomic
def plan_session(*, course: Course, terms: Terms, by: User, at: datetime, id: UUID | None = None) -> PlannedSession:
    """Plan a session of a course that is in effect. Raises PlanRefused."""
    if refusal := why_not_planned(course, terms, by=by, at=at):
        raise PlanRefused(refusal)
    made = write_plan(course=course, terms=terms, by=by, at=at, id=id)
    tell_trainer(made, by=by, at=at)
    return made


def write_plan(*, course: Course, terms: Terms, by: User, at: datetime, id: UUID | None = None) -> PlannedSession:
    """Write a session down. The caller has asked why not, and tells who leads it, in its transaction."""
    made = PlannedSession(id=id or new_id(), course=course, planned_at=at, planned_by=by, **terms.columns)
    _say(facts.SESSION_PLANNED, made, by=by, at=at, days=terms.days)
    made.save(force_insert=True)
    _write_days(made, terms.days)
    return made


@transaction.atomic
def change_session(
    *, session: PlannedSession, terms: Terms, seen_at: datetime | None, by: User, at: datetime
) -> PlannedSession:
    """Change a session; whoever has a seat hears what is different, whoever waits may move up.

    It changes until its last day begins; a day that has begun stays, and so do the seats then.
    `seen_at` is when it had been changed last, as far as `by` knows. Raises PlanRefused.
    """
    held = hold_session(session)
    if held.changed_at != seen_at:
        raise PlanRefused(_("Somebody changed this session meanwhile. Look at it again, then change it."))
    before, was, led_by = plan_of(held), held.capacity, held.led_by
    refusal = why_no_change(held.state, has_begun=before.days[-1].starts_at <= at)
    taken = held.seats.filter(state=SeatState.TAKEN).count()
    if refusal := refusal or why_not_that_few(terms.capacity, taken=taken):
        raise PlanRefused(refusal)
    refusal = why_not_on_days(terms.days, at=at, before=before.days) or _why_not_at(terms, by=by, now_at=held.site)
    leads = leads_on(held.course, terms, terms.days, at=at)
    if refusal := refusal or why_not_led_then(leads, terms.days, at=at):
        raise PlanRefused(refusal)
    for name, value in terms.columns.items():
        setattr(held, name, value)
    after = plan_of(held, days=terms.days)
    changes = what_changed(before, after)
    if was != held.capacity:
        changes = [*changes, seats_words(held.capacity, taken=taken, waiting=0)]
    if not changes and held.led_by == led_by:
        return held
    _say(facts.PLAN_CHANGED, held, by=by, at=at, days=terms.days, changes="; ".join(changes))
    held.changed_at, held.changed_by = at, by
    held.save(update_fields=[*terms.columns, "changed_at", "changed_by"])
    _write_days(held, terms.days)
    _tell_changes(held, before, led_by, by=by, at=at)
    if held.starts_at > at:
        fill_up(held, by=by, at=at)
    return held


@transaction.atomic
def cancel_session(*, session: PlannedSession, by: User, at: datetime, reason: str) -> PlannedSession:
    """Cancel a session that has not begun, with a reason; whoever has a seat or waits is told. Raises PlanRefused."""
    held = hold_session(session)
    refusal = why_no_change(held.state, has_begun=held.starts_at <= at)
    if not refusal and not is_reason(reason):
        refusal = _("Say why in at least two words.")
    if refusal:
        raise PlanRefused(refusal)
    _say(facts.PLAN_CANCELLED, held, by=by, at=at, words=reason.strip())
    held.state, held.cancelled_at, held.cancelled_by, held.reason = PlannedState.CANCELLED, at, by, reason.strip()
    held.save(update_fields=["state", "cancelled_at", "cancelled_by", "reason"])
    wording = partial(notices.session_cancelled, name=by.name, reason=held.reason)
    people = _concerned(held, by, at=at)
    tell_of_session(held, dict.fromkeys(people, wording), once=f"session-cancelled:{held.pk}", at=at)
    return held


@transaction.atomic
def record_who_came(*, session: PlannedSession, by: User, at: datetime, **recorded: Any) -> RecordedSession:
    """Write down who came to a session whose last day has begun, as `draft_session` does, and mark it as held.

    Where what was recorded is returned or discarded, it can be recorded again. Raises PlanRefused, SessionRefused.
    """
    held = hold_session(session)
    is_void = held.record is not None and held.record.state in VOID
    days = held.spans
    has_begun = days[-1].starts_at <= at
    refusal = why_not_held(held.state, has_begun=has_begun, is_record_void=is_void, days=len(days))
    if not refusal and recorded["course"].pk != held.course_id:
        refusal = _("This session is of another course.")
    if refusal:
        raise PlanRefused(refusal)
    made = draft_session(by=by, at=at, **recorded)
    _say(facts.PLAN_HELD, held, by=by, at=at)
    held.state, held.record = PlannedState.HELD, made
    held.save(update_fields=["state", "record"])
    return made


def why_not_planned(course: Course, terms: Terms, *, by: User, at: datetime) -> str:
    """Say why somebody can not plan this session of a course; nothing when they can."""
    refusal = why_not_there(course, terms, by=by) or why_not_on_days(terms.days, at=at)
    return refusal or why_not_led_then(leads_on(course, terms, terms.days, at=at), terms.days, at=at)


def why_not_there(course: Course, terms: Terms, *, by: User) -> str:
    """Say what speaks against it on every day: a course that is not offered, a site that is not theirs, no place."""
    if not is_offered(course):
        return _("No version of this training is in effect now, so nobody can begin it.")
    return _why_not_at(terms, by=by)


def _why_not_at(terms: Terms, *, by: User, now_at: Site | None = None) -> str:
    """Say what speaks against where it is held; at the site where it is now it can stay."""
    if terms.site != now_at and not planning_sites_of(by).filter(pk=terms.site.pk).exists():
        return _("You plan no sessions at this site.")
    return "" if terms.place.strip() or terms.link.strip() else _("Say where it is held: a place, or a link.")


def leads_on(course: Course, session: Terms | PlannedSession, days: Sequence[Span], *, at: datetime) -> Leads:
    """Return what a course asks of who leads a session of it, and how they stand with it, on any of these days."""
    zone = session.site.time_zone
    on = {day_in(zone, each.starts_at) for each in days}
    return Leads(course_id=course.pk, led_by=session.led_by, days=on, zone=zone, at=at)


def why_not_led_then(leads: Leads, days: Sequence[Span], *, at: datetime) -> str:
    """Say why the trainer can not lead it: on every day to come they are qualified for what the course asks."""
    name = leads.led_by.name if leads.led_by else ""
    for on in dict.fromkeys(day_in(leads.zone, each.starts_at) for each in sorted(days) if each.starts_at > at):
        asked = leads.on(on)
        if refusal := why_not_led(tasks=asked.tasks, who=name, lacking=asked.lacking, on=on, is_planned=True):
            return refusal
    return ""


def _write_days(session: PlannedSession, days: Sequence[Span]) -> None:
    """Let a session have these days: those that stay are not written again."""
    found = {Span(each.starts_at, each.ends_at): each.pk for each in Meeting.objects.filter(session=session)}
    Meeting.objects.filter(pk__in=[pk for span, pk in found.items() if span not in days]).delete()
    fresh = [each for each in sorted(days) if each not in found]
    Meeting.objects.bulk_create(
        [Meeting(id=new_id(), session=session, starts_at=each.starts_at, ends_at=each.ends_at) for each in fresh]
    )


def _concerned(held: PlannedSession, by: User, *, at: datetime) -> set[UUID]:
    """Return who hears of what becomes of a session: whoever has a seat or still waits, and who leads it."""
    people = set(Seat.objects.filter(seats_that_count(at=at), session=held).values_list("user_id", flat=True))
    if held.led_by_id is not None and held.led_by_id != by.pk:
        people.add(held.led_by_id)
    return people


def tell_trainer(session: PlannedSession, *, by: User, at: datetime) -> None:
    """Tell whoever leads a session that they do, unless they planned it themselves."""
    if session.led_by_id is not None and session.led_by_id != by.pk:
        wordings = {session.led_by_id: partial(notices.session_to_lead, name=by.name)}
        tell_of_session(session, wordings, once=f"session-to-lead:{session.pk}:{at.isoformat()}", at=at)


def _tell_changes(held: PlannedSession, before: Plan, led_by: User | None, *, by: User, at: datetime) -> None:
    """Tell whoever has a seat or waits what is different for them, if anything is; and who leads it, or no longer.

    `before` and `led_by` are what it was, and who led it.
    """
    after = plan_of(held)

    def wording(about: notices.OfSession) -> Any:
        changes = what_changed(before, after, reader=about.reader)
        return notices.session_changed(about, name=by.name, changes=changes)

    is_new = held.led_by != led_by
    if what_changed(before, after):
        people = _concerned(held, by, at=at) - ({held.led_by_id} if is_new else set())
        tell_of_session(held, dict.fromkeys(people, wording), once=f"session-changed:{held.pk}:{at.isoformat()}", at=at)
    if is_new:
        tell_trainer(held, by=by, at=at)
        if led_by is not None and led_by.pk != by.pk:
            told = {led_by.pk: partial(notices.session_not_to_lead, name=by.name)}
            once = f"session-not-to-lead:{held.pk}:{at.isoformat()}"
            tell_of_session(held, told, once=once, at=at, plan=before)


def _say(
    kind: FactKind,
    session: PlannedSession,
    *,
    by: User,
    at: datetime,
    words: str = "",
    days: Sequence[Span] | None = None,
    **told: str,
) -> None:
    record_fact(
        kind,
        by=by,
        at=at,
        subject_type="plannedsession",
        subject_id=session.pk,
        payload={**told_of(session, days=days), "words": words, **told},
        reason=words,
    )
