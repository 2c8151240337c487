"""Due days and sessions as a calendar that other programs read (iCalendar, RFC 5545)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _
from icalendar import Alarm, Calendar, Event

from core.addresses import address
from core.days import later
from enrollment.choices import PlannedState, SeatState
from enrollment.models import PlannedSession, Seat
from enrollment.queries import Standing
from enrollment.rules.meetings import Span

REMIND_BEFORE = timedelta(hours=15)  # nine in the morning of the day before
REFRESH_AFTER = timedelta(hours=6)


def calendar_of(
    standings: Iterable[Standing],
    titles: Mapping[UUID, str],
    *,
    seats: Iterable[Seat] = (),
    led: Iterable[PlannedSession] = (),
) -> bytes:
    """Return the due days and sessions of one person as a calendar, the same bytes for the same days.

    `seats` are theirs in sessions, `led` the sessions that they lead: each day of one is an event.

    A due day is an event of the whole day, without a time zone: it is a day at the person's site. It has
    the same name (UID) as long as it is the same day of the same assignment. A completion that ends is
    due on its last day.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Attest//Attest//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", _("Training, {organisation}").format(organisation=settings.ORGANISATION))
    calendar.add("refresh-interval", REFRESH_AFTER, parameters={"value": "DURATION"})
    for each in standings:
        if each.due_on is not None:
            calendar.add_component(_event(each, each.due_on, titles[each.takes_id]))
    leads = list(led)
    for session in leads:
        summary = _("You lead: {course}").format(course=titles[session.course_id])
        changed = session.changed_at or session.planned_at
        _add_days(calendar, session, summary, link=session.link, status="CONFIRMED", changed=changed)
    for seat in seats:
        session, has_seat = seat.session, seat.state == SeatState.TAKEN
        if session in leads:
            continue
        dates = (seat.asked_at, seat.taken_at, session.changed_at)
        _add_days(
            calendar,
            session,
            _("Session: {course}").format(course=titles[session.course_id]),
            link=session.link if has_seat else "",
            status="CONFIRMED" if has_seat else "TENTATIVE",
            changed=max(each for each in dates if each is not None),
        )
    return bytes(calendar.to_ical())


def _event(standing: Standing, day: date, title: str) -> Event:
    renewal = standing.completed_on is not None
    link = settings.BASE_URL + address("enrollment:start", standing.takes_id)
    summary = (_("Expires: {course}") if renewal else _("Due: {course}")).format(course=title)
    changed = _changed_at(standing)
    event = Event()
    event.add("uid", f"{standing.assignment_id}-{day:%Y%m%d}@{urlsplit(settings.BASE_URL).hostname}")
    event.add("dtstamp", changed)
    event.add("last-modified", changed)
    event.add("dtstart", day)
    event.add("dtend", later(day, 1))
    event.add("summary", summary)
    event.add("description", f"{standing.reason}.\n{link}")
    event.add("url", link)
    event.add("transp", "TRANSPARENT")  # it takes no time of the day
    event.add_component(_alarm(summary))
    return event


def _add_days(
    calendar: Calendar, session: PlannedSession, summary: str, *, link: str, status: str, changed: datetime
) -> None:
    """Add each day of a session as an event of its hours, in UTC.

    A day has the same name (UID) as long as it is the same of so many, so that a calendar moves it. `link`
    is where it is held online, for whom it is.
    """
    days = session.spans
    for number, day in enumerate(days, 1):
        event = _session_day(session, day, link=link, changed=changed)
        name = session.pk if number == 1 else f"{session.pk}-{number}"
        event.add("uid", f"{name}@{urlsplit(settings.BASE_URL).hostname}")
        of = _(" (day {number} of {count})").format(number=number, count=len(days)) if len(days) > 1 else ""
        event.add("summary", summary + of)
        event.add("status", "CANCELLED" if session.state == PlannedState.CANCELLED else status)
        calendar.add_component(event)


def _session_day(session: PlannedSession, day: Span, *, link: str, changed: datetime) -> Event:
    page = settings.BASE_URL + address("enrollment:planned", session.pk)
    changed = changed.astimezone(UTC).replace(microsecond=0)
    event = Event()
    event.add("dtstamp", changed)
    event.add("last-modified", changed)
    event.add("dtstart", day.starts_at.astimezone(UTC))
    event.add("dtend", day.ends_at.astimezone(UTC))
    event.add("location", session.place or link or _("Online"))
    told = [_("Led by {name}").format(name=session.trainer), session.words, link, page]
    event.add("description", "\n".join(line for line in told if line))
    event.add("url", page)
    return event


def _alarm(summary: str) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", summary)
    alarm.add("trigger", -REMIND_BEFORE)
    return alarm


def _changed_at(standing: Standing) -> datetime:
    """Return since when an event says what it says: since it was given, or since the last completion."""
    given = standing.assigned_at.astimezone(UTC).replace(microsecond=0)
    if standing.completed_on is None:
        return given
    return max(given, datetime.combine(standing.completed_on, time(0), tzinfo=UTC))
