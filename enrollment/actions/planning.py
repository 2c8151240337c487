"""Sessions with a date: planned, changed, cancelled, and written down once they were held."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from core.ids import new_id
from courses.models import Course
from enrollment import facts
from enrollment.actions.seating import fill_up, hold_session, plan_of, tell_of_session, told_of
from enrollment.actions.sessions import draft_session
from enrollment.choices import PlannedState, SeatState, SessionState
from enrollment.models import PlannedSession, RecordedSession, Seat
from enrollment.models.planned import OPEN_SEATS
from enrollment.notices import planned as notices
from enrollment.permissions import planning_sites_of
from enrollment.queries.leading import leading
from enrollment.queries.planned import is_offered
from enrollment.rules import day_in
from enrollment.rules.elsewhere import why_not_led
from enrollment.rules.seats import (
    seats_words,
    what_changed,
    why_no_change,
    why_not_dated,
    why_not_held,
    why_not_that_few,
)
from people.models import Site, User
from people.rules import is_reason
from records.actions import record_fact
from records.facts import FactKind

VOID = (SessionState.RETURNED, SessionState.DISCARDED)


class PlanRefused(Exception):
    """The session can not be planned, changed or cancelled; the words say why."""


@dataclass(frozen=True, slots=True)
class Terms:
    """When, where and by whom a session is held, and for how many (nothing: no limit)."""

    site: Site
    starts_at: datetime
    ends_at: datetime
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
            "starts_at": self.starts_at,
            "ends_at": self.ends_at,
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
    if not is_offered(course):
        raise PlanRefused(_("No version of this training is in effect now, so nobody can begin it."))
    _refuse_terms(course, terms, by=by, at=at)
    made = PlannedSession(id=id or new_id(), course=course, planned_at=at, planned_by=by, **terms.columns)
    _say(facts.SESSION_PLANNED, made, by=by, at=at)
    made.save(force_insert=True)
    _tell_trainer(made, by=by, at=at)
    return made


@transaction.atomic
def change_session(
    *, session: PlannedSession, terms: Terms, seen_at: datetime | None, by: User, at: datetime
) -> PlannedSession:
    """Change a session that has not begun; whoever has a seat hears what is different, whoever waits may move up.

    `seen_at` is when it had been changed last, as far as `by` knows. Raises PlanRefused.
    """
    held = hold_session(session)
    if held.changed_at != seen_at:
        raise PlanRefused(_("Somebody changed this session meanwhile. Look at it again, then change it."))
    refusal = why_no_change(held.state, has_begun=held.starts_at <= at)
    taken = held.seats.filter(state=SeatState.TAKEN).count()
    if refusal := refusal or why_not_that_few(terms.capacity, taken=taken):
        raise PlanRefused(refusal)
    _refuse_terms(held.course, terms, by=by, at=at, now_at=held.site)
    before, was, led_by_id = plan_of(held), held.capacity, held.led_by_id
    for name, value in terms.columns.items():
        setattr(held, name, value)
    changes = what_changed(before, plan_of(held))
    if was != held.capacity:
        changes = [*changes, seats_words(held.capacity, taken=taken, waiting=0)]
    if not changes and held.led_by_id == led_by_id:
        return held
    _say(facts.PLAN_CHANGED, held, by=by, at=at, changes="; ".join(changes))
    held.changed_at, held.changed_by = at, by
    held.save(update_fields=[*terms.columns, "changed_at", "changed_by"])
    _tell_changes(held, before, by=by, at=at)
    if held.led_by_id != led_by_id:
        _tell_trainer(held, by=by, at=at)
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
    tell_of_session(held, dict.fromkeys(_concerned(held, by), wording), once=f"session-cancelled:{held.pk}", at=at)
    return held


@transaction.atomic
def record_who_came(*, session: PlannedSession, by: User, at: datetime, **recorded: Any) -> RecordedSession:
    """Write down who came to a session that has begun, as `draft_session` does, and mark it as held.

    Where what was recorded is returned or discarded, it can be recorded again. Raises PlanRefused, SessionRefused.
    """
    held = hold_session(session)
    is_void = held.record is not None and held.record.state in VOID
    refusal = why_not_held(held.state, has_begun=held.starts_at <= at, is_record_void=is_void)
    if not refusal and recorded["course"].pk != held.course_id:
        refusal = _("This session is of another course.")
    if refusal:
        raise PlanRefused(refusal)
    made = draft_session(by=by, at=at, **recorded)
    _say(facts.PLAN_HELD, held, by=by, at=at)
    held.state, held.record = PlannedState.HELD, made
    held.save(update_fields=["state", "record"])
    return made


def _refuse_terms(course: Course, terms: Terms, *, by: User, at: datetime, now_at: Site | None = None) -> None:
    """Refuse a time that can not be, a site that is not theirs, and a trainer who is not qualified."""
    on = day_in(terms.site.time_zone, terms.starts_at)
    refusal = why_not_dated(terms.starts_at, terms.ends_at, at=at)
    if not refusal and terms.site != now_at and not planning_sites_of(by).filter(pk=terms.site.pk).exists():
        refusal = _("You plan no sessions at this site.")
    if not refusal and not terms.place.strip() and not terms.link.strip():
        refusal = _("Say where it is held: a place, or a link.")
    if not refusal:
        who = terms.led_by
        asked = leading(course_id=course.pk, led_by=who, on=on, zone=terms.site.time_zone, at=at)
        refusal = why_not_led(
            tasks=asked.tasks, who=who.name if who else "", lacking=asked.lacking, on=on, is_planned=True
        )
    if refusal:
        raise PlanRefused(refusal)


def _concerned(held: PlannedSession, by: User) -> set[UUID]:
    """Return who hears of what becomes of a session: whoever has a seat or waits, and who leads it."""
    people = set(Seat.objects.filter(session=held, state__in=OPEN_SEATS).values_list("user_id", flat=True))
    if held.led_by_id is not None and held.led_by_id != by.pk:
        people.add(held.led_by_id)
    return people


def _tell_trainer(session: PlannedSession, *, by: User, at: datetime) -> None:
    """Tell whoever leads a session that they do, unless they planned it themselves."""
    if session.led_by_id is not None and session.led_by_id != by.pk:
        wordings = {session.led_by_id: partial(notices.session_to_lead, name=by.name)}
        tell_of_session(session, wordings, once=f"session-to-lead:{session.pk}:{at.isoformat()}", at=at)


def _tell_changes(held: PlannedSession, before: Any, *, by: User, at: datetime) -> None:
    """Tell whoever has a seat or waits what is different for them, if anything is."""
    if not what_changed(before, plan_of(held)):
        return
    after = plan_of(held)

    def wording(about: notices.OfSession) -> Any:
        changes = what_changed(before, after, reader=about.reader)
        return notices.session_changed(about, name=by.name, changes=changes)

    tell_of_session(
        held, dict.fromkeys(_concerned(held, by), wording), once=f"session-changed:{held.pk}:{at.isoformat()}", at=at
    )


def _say(kind: FactKind, session: PlannedSession, *, by: User, at: datetime, words: str = "", **told: str) -> None:
    record_fact(
        kind,
        by=by,
        at=at,
        subject_type="plannedsession",
        subject_id=session.pk,
        payload={**told_of(session), "words": words, **told},
        reason=words,
    )
