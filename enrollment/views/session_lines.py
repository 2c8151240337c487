"""Sessions with a date as lists and pages show them: when, where, how full, and how one stands in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from core.clock import now
from enrollment.choices import PlannedState, SeatState
from enrollment.models import Meeting, PlannedSession, Seat
from enrollment.queries import course_titles
from enrollment.rules.meetings import Span, brief_words, days_words, in_words, when_words
from enrollment.rules.seats import seats_words
from people.models import User

GLYPHS = {"planned": "doing", "cancelled": "late", "held": "done"}
SEAT_GLYPHS = {"taken": "done", "waiting": "doing"}


@dataclass(frozen=True, slots=True)
class Line:
    """A session as a list shows it."""

    session: PlannedSession
    title: str
    when: str
    days: list[str]  # when each of them is
    where: str
    seats: str
    glyph: str
    word: str


def lines_of(sessions: Iterable[PlannedSession], *, reader: User, title: str = "") -> list[Line]:
    """Return sessions as lists show them; one query for their titles, unless there are none or all have `title`."""
    shown = list(sessions)
    titles = course_titles({each.course_id for each in shown}) if shown and not title else {}
    return [_line(each, title or titles[each.course_id], reader) for each in shown]


def _line(session: PlannedSession, title: str, reader: User) -> Line:
    own = getattr(session, "own", None)
    glyph, word = GLYPHS[session.state], str(PlannedState(session.state).label)
    if session.state == PlannedState.PLANNED and session.starts_at <= now():
        glyph, word = "soon", _("Has begun") if session.ends_at > now() else _("Not recorded yet")
    if own:
        glyph, word = SEAT_GLYPHS[own], _own_words(own)
    return Line(
        session=session,
        title=title,
        when=_when(session, reader),
        days=days_words(session.spans, zone=session.site.time_zone, reader=reader.zone_name),
        where=session.place or _("Online"),
        seats=seats_words(session.capacity, taken=session.taken, waiting=session.waiting),  # type: ignore[attr-defined]
        glyph=glyph,
        word=word,
    )


def _own_words(state: str) -> str:
    return _("You have a seat") if state == SeatState.TAKEN else _("You are on the waiting list")


def _when(session: PlannedSession, reader: User) -> str:
    return brief_words(session.spans, zone=session.site.time_zone, reader=reader.zone_name)


@dataclass(frozen=True, slots=True)
class OwnLine:
    """A session in which somebody has a seat, or waits for one."""

    session: PlannedSession
    title: str
    when: str
    ahead: str  # how far its next day is
    where: str
    glyph: str
    word: str


def own_lines(seats: Sequence[Seat], *, reader: User, at: datetime) -> list[OwnLine]:
    """Return one's own sessions that are not over; one query for their titles, if there are any."""
    titles = course_titles({each.session.course_id for each in seats}) if seats else {}
    return [
        OwnLine(
            session=each.session,
            title=titles[each.session.course_id],
            when=_when(each.session, reader),
            ahead=_ahead(next(day for day in each.session.spans if day.ends_at > at), reader=reader, at=at),
            where=each.session.place or _("Online"),
            glyph=SEAT_GLYPHS[each.state],
            word=_own_words(each.state),
        )
        for each in seats
    ]


@dataclass(frozen=True, slots=True)
class NextLine:
    """The next day on which somebody has a seat."""

    session: PlannedSession
    title: str
    when: str
    where: str
    glyph: str
    word: str


def next_line(day: Meeting | None, *, reader: User, at: datetime) -> NextLine | None:
    """Return the next day of somebody's sessions as their home shows it, with how far it is; asks nothing."""
    if day is None:
        return None
    session, near = day.session, day.starts_at - at < timedelta(days=1)
    return NextLine(
        session=session,
        title=day.title,  # type: ignore[attr-defined]
        when=when_words(day.starts_at, day.ends_at, zone=session.site.time_zone, reader=reader.zone_name),
        where=session.place or _("Online"),
        glyph="soon" if near else "doing",
        word=_ahead(Span(day.starts_at, day.ends_at), reader=reader, at=at),
    )


def _ahead(day: Span, *, reader: User, at: datetime) -> str:
    """Say how far a day is by the reader's clock: “in 5 days”, “tomorrow”, or “now” while it goes on."""
    zone = ZoneInfo(reader.zone_name)
    return (
        _("now")
        if day.starts_at <= at
        else in_words((day.starts_at.astimezone(zone).date() - at.astimezone(zone).date()).days)
    )
