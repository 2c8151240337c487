"""A training as one row of a list: what it is, why it is there, how it stands, what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from core.addresses import address
from core.components.times import due_phrase
from enrollment.choices import Status
from enrollment.queries.overview import Done, Item
from enrollment.rules import short_day
from enrollment.views.contents import activity_url, step_url


@dataclass(frozen=True, slots=True)
class Row:
    """What components/due_row.html shows; without an action there is nothing to do about it now."""

    title: str
    url: str
    why: str
    facts: Sequence[str]
    state: str
    when: str
    action: str = ""
    action_url: str = ""
    earlier: str = ""  # when it was completed before, where it is to be done again
    earlier_url: str = ""
    why_url: str = ""  # where more is said about why


def row_of(item: Item, done: Done | None = None) -> Row:
    """Return the row of a training; `done` is its last completion, where there is one."""
    action, action_url = _action(item)
    earlier, earlier_url = _earlier(item, done)
    return Row(
        title=item.title,
        url=_page(item, done),
        why=item.waiver.reason if item.waiver else item.reason,
        facts=_facts(item),
        state=item.status,
        when=_when(item),
        action=action,
        action_url=action_url,
        earlier=earlier,
        earlier_url=earlier_url,
        why_url=address("enrollment:why", item.assignment_id) if item.assignment_id else "",
    )


def completed_row(done: Done, *, today: date) -> Row:
    """Return the row of a finished training."""
    has_ended = done.valid_until is not None and done.valid_until < today
    ended = _("Ended {day}").format(day=short_day(done.valid_until)) if done.valid_until and has_ended else ""
    return Row(
        title=done.title,
        url=done_page(done),
        why=_("Completed on {day}").format(day=short_day(done.completed_on)),
        facts=(),
        state=Status.EXPIRED if has_ended else Status.DONE,
        when=ended or _valid_until(done.valid_until),
        action=_("Certificate") if done.certificate_id else "",
        action_url=address("reporting:certificate", done.certificate_id) if done.certificate_id else "",
    )


def _earlier(item: Item, done: Done | None) -> tuple[str, str]:
    """Say when somebody completed before what they are to do again, and where that stands: its certificate first."""
    if done is None or item.status == Status.DONE:
        return "", ""
    url = address("reporting:certificate", done.certificate_id) if done.certificate_id else ""
    if not url and done.enrollment_id:
        url = done_page(done)
    return _("Last completed on {day}").format(day=short_day(done.completed_on)), url


def _page(item: Item, done: Done | None) -> str:
    if item.enrollment_id:
        return address("enrollment:course", item.enrollment_id)
    if item.status == Status.DONE and done:
        return done_page(done)
    return address("enrollment:start", item.course_id)


def done_page(done: Done) -> str:
    """Return where a completion leads: to what was taken, or to the course of what was learned otherwise."""
    if done.enrollment_id is None:
        return address("enrollment:start", done.course_id)
    return address("enrollment:course", done.enrollment_id)


def _facts(item: Item) -> list[str]:
    facts = _facts_of_work(item)
    if item.hindrance and item.is_offered:
        facts = [item.hindrance.words]
    if item.own_due_on and item.needs_work:
        facts = [*facts, _("You want to be done by {day}").format(day=short_day(item.own_due_on))]
    return [*facts, _("More time was given")] if item.is_extended and item.needs_work else facts


def _facts_of_work(item: Item) -> list[str]:
    if item.status == Status.DONE or item.waiver:
        return [item.code]
    if item.enrollment_id:
        return [_("{minutes} min left").format(minutes=item.minutes_left), str(item.requirement)]
    if item.is_offered:
        return [_("{minutes} min").format(minutes=item.minutes_left), str(item.requirement)]
    return [_("No version is in effect now, so there is nothing to do")]


def _when(item: Item) -> str:
    if item.status == Status.DONE:
        return _valid_until(item.valid_until)
    if item.status == Status.PAUSED:
        return _("Waits until you are back")
    if item.waiver:
        return _("Nothing to do until {day}").format(day=short_day(item.waiver.last_on))
    if item.status == Status.WAIVED:
        return _("Nothing to do")
    if item.due_on is None:
        return ""
    if item.status == Status.EXPIRED and item.valid_until:
        return _("Expired {day}").format(day=short_day(item.valid_until))
    return due_phrase(item.due_on, item.today)


def _valid_until(day: date | None) -> str:
    return _("Valid until {day}").format(day=short_day(day)) if day else _("Valid without end")


def _action(item: Item) -> tuple[str, str]:
    """Return the word of the button and where it leads; two empty words where there is nothing to do."""
    if item.waiver:
        return _("Waiver"), address("enrollment:waiver", item.waiver.pk)
    if item.enrollment_id and item.next_activity_id:
        go_on = _("Resume") if item.done else _("Go on")
        return go_on, activity_url(item.enrollment_id, item.next_activity_id)
    if item.enrollment_id:
        return _("Sign"), step_url(item.enrollment_id, None)
    if item.hindrance and item.is_offered:
        return ("", "") if item.waits else (_("What is first"), address("enrollment:start", item.course_id))
    if item.may_begin and item.needs_work:
        begin = _("Renew") if item.is_renewal or item.status == Status.EXPIRED else _("Start")
        return begin, address("enrollment:start", item.course_id)
    return "", ""
