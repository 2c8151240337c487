"""What people hear of sessions with a date and of their seats in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from enrollment.notices.training import COURSE
from enrollment.rules.meetings import Plan, Span, brief_words, soon_words
from enrollment.rules.seats import line_words
from notifications.choices import Audience
from notifications.wording import MessageKind, Notice, Wording, declare

Text = str | Promise
_SESSION = {
    **COURSE,
    "when": _("Thursday 3 December 2026, 09:00 to 11:00 CET"),
    "where": _("Training room 2"),
    "trainer": "Jonas Keller",
    "name": "Tomás Ferreira",
    "text": _("The trainer is ill"),
    "changes": _("Place: Room 4 (was: Training room 2)"),
    "place": _("2nd on the waiting list"),
}
_OPEN = _("Open the session")


def _declare(
    code: str,
    label: Text,
    purpose: Text,
    subject: Text,
    body: Text,
    *,
    mandatory: bool = False,
    urgent: bool = False,
    any_hour: bool = False,
    audience: Audience = Audience.LEARNER,
) -> MessageKind:
    return declare(
        f"enrollment.{code}",
        label=label,
        purpose=purpose,
        audience=audience,
        mandatory=mandatory,
        urgent=urgent,
        any_hour=any_hour,
        fields=_SESSION,
        wording=Wording(subject, body, _OPEN),
    )


SEAT_TAKEN = _declare(
    "seat_taken",
    _("Seat in a session"),
    _("Says that somebody has a seat in a session."),
    _("You have a seat: {course}"),
    _("When: {when}\nWhere: {where}\nLed by: {trainer}\n\n{text}"),
)
SEAT_AWAITED = _declare(
    "seat_awaited",
    _("Waiting for a seat"),
    _("Says that a session is full, and which place somebody has on its waiting list."),
    _("You are on the waiting list: {course}"),
    _("The session of {when} is full. You are {place}. You hear when a seat becomes free.\n\n{text}"),
)
SEAT_MOVED_UP = _declare(
    "seat_moved_up",
    _("Moved up from the waiting list"),
    _("Says that a seat became free for somebody who waited for it."),
    _("A seat became free for you: {course}"),
    _(
        "You moved up from the waiting list and have a seat now.\n\n"
        "When: {when}\nWhere: {where}\nLed by: {trainer}\n\n{text}"
    ),
    mandatory=True,
    urgent=True,
)
SEAT_SOON = _declare(
    "seat_soon",
    _("Seat in a session within a day"),
    _("Says that somebody moved up or was given a seat on the last day before a session; it waits for no morning."),
    _("It is soon, and you have a seat: {course}"),
    _("{text}\n\nWhen: {when}\nWhere: {where}\nLed by: {trainer}"),
    mandatory=True,
    urgent=True,
    any_hour=True,
)
SESSION_CHANGED = _declare(
    "session_changed",
    _("Session changed"),
    _("Tells everybody with a seat what changed in a session."),
    _("Changed: {course}"),
    _("{name} changed the session of {when}.\n\n{changes}"),
    mandatory=True,
    urgent=True,
)
SESSION_CANCELLED = _declare(
    "session_cancelled",
    _("Session cancelled"),
    _("Tells everybody with a seat that a session does not take place, and why."),
    _("Cancelled: {course}"),
    _("{name} cancelled the session of {when}.\n\nWhy: {text}"),
    mandatory=True,
    urgent=True,
)
SEAT_REMOVED = _declare(
    "seat_removed",
    _("Seat taken away"),
    _("Says that somebody has a seat in a session no longer, and why."),
    _("You no longer have a seat: {course}"),
    _("{name} took you off the session of {when}.\n\nWhy: {text}"),
    mandatory=True,
    urgent=True,
)
SESSION_TOMORROW = _declare(
    "session_tomorrow",
    _("Session tomorrow"),
    _("Reminds somebody of a session, a day before it."),
    _("Tomorrow: {course}"),
    _("When: {when}\nWhere: {where}\nLed by: {trainer}\n\n{text}"),
    urgent=True,
)

SESSION_TO_LEAD = _declare(
    "session_to_lead",
    _("Session to lead"),
    _("Tells somebody that they lead a session, and where they find who comes."),
    _("You lead a session: {course}"),
    _("{name} planned it with you. The page of the session says who has a seat.\n\nWhen: {when}\nWhere: {where}"),
    mandatory=True,
    audience=Audience.ANYONE,
)
SESSIONS_TO_LEAD = _declare(
    "sessions_to_lead",
    _("Several sessions to lead"),
    _("Tells somebody that they lead sessions that were planned in one go."),
    _("You lead several sessions: {course}"),
    _("{name} planned them with you. Their pages say who has a seat.\n\n{when}\n\nWhere: {where}"),
    mandatory=True,
    audience=Audience.ANYONE,
)
SESSION_NOT_TO_LEAD = _declare(
    "session_not_to_lead",
    _("Session led by somebody else"),
    _("Tells somebody that they lead a session no longer."),
    _("You no longer lead a session: {course}"),
    _("{name} named somebody else. It was this one: {when}"),
    mandatory=True,
    audience=Audience.ANYONE,
)


@dataclass(frozen=True, slots=True)
class OfSession:
    """What a message about a session says, for somebody who reads in a time zone."""

    course: str
    plan: Plan
    reader: str

    def fields(
        self, *, name: str = "", text: str = "", changes: Sequence[str] = (), place: int = 0, in_full: bool = False
    ) -> dict[str, str]:
        """Return the fields of a message; `in_full` says every day of the session, not only how many follow."""
        plan = self.plan
        brief = brief_words(plan.days, zone=plan.zone, reader=self.reader)
        return {
            "course": self.course,
            "when": plan.when(self.reader) if in_full else brief,
            "where": ", ".join(part for part in (plan.place, plan.link) if part),
            "trainer": plan.trainer,
            "name": name,
            "text": text,
            "changes": "\n".join(changes),
            "place": line_words(place) if place else "",
        }

    def soon(self, *, at: datetime) -> str:
        """Say that it begins soon, where it does."""
        return soon_words(self.plan.days, at=at)

    def to_know(self, first: str = "", *, at: datetime) -> str:
        """Say, in lines, what else somebody has to know who gets a seat now."""
        return "\n".join(part for part in (first, self.soon(at=at), self.plan.words) if part)


def seat_taken(about: OfSession, *, at: datetime, name: str = "") -> Notice:
    """Tell somebody that they have a seat; `name` is who gave it to them, if not they themselves."""
    given = str(_("{name} gave you this seat.")).format(name=name) if name else ""
    kind = SEAT_SOON if name and about.soon(at=at) else SEAT_TAKEN
    return Notice(kind, about.fields(name=name, text=about.to_know(given, at=at), in_full=True), glyph="done")


def seat_awaited(about: OfSession, *, place: int, name: str = "") -> Notice:
    """Tell somebody that they are on the waiting list, and where."""
    text = str(_("{name} put you on the list.")).format(name=name) if name else ""
    return Notice(SEAT_AWAITED, about.fields(name=name, text=text, place=place), glyph="doing")


def seat_moved_up(about: OfSession, *, at: datetime) -> Notice:
    """Tell somebody who waited that they have a seat, and that it is soon, where it is."""
    if not about.soon(at=at):
        return Notice(SEAT_MOVED_UP, about.fields(text=about.to_know(at=at), in_full=True), glyph="done")
    text = about.to_know(str(_("You moved up from the waiting list and have a seat now.")), at=at)
    return Notice(SEAT_SOON, about.fields(text=text, in_full=True), glyph="soon")


def session_changed(about: OfSession, *, name: str, changes: Sequence[str]) -> Notice:
    """Tell somebody with a seat what changed."""
    return Notice(SESSION_CHANGED, about.fields(name=name, changes=changes), glyph="doing")


def session_cancelled(about: OfSession, *, name: str, reason: str) -> Notice:
    """Tell somebody with a seat that the session does not take place."""
    return Notice(SESSION_CANCELLED, about.fields(name=name, text=reason), glyph="late")


def seat_removed(about: OfSession, *, name: str, reason: str) -> Notice:
    """Tell somebody that they have no seat any more."""
    return Notice(SEAT_REMOVED, about.fields(name=name, text=reason), glyph="late")


def session_tomorrow(about: OfSession, *, number: int, of: int) -> Notice:
    """Remind somebody of a session, or of a later one of its days, which is the `number` of so many."""
    text = str(_("If you can not come, give up your seat, so that it is free."))
    if number > 1:
        text = str(_("This is day {number} of {count}.")).format(number=number, count=of)
    return Notice(SESSION_TOMORROW, about.fields(text=text, in_full=True), glyph="soon")


def session_to_lead(about: OfSession, *, name: str) -> Notice:
    """Tell somebody that they lead a session."""
    return Notice(SESSION_TO_LEAD, about.fields(name=name, in_full=True), glyph="doing")


def sessions_to_lead(about: OfSession, *, name: str, planned: Sequence[tuple[Span, ...]]) -> Notice:
    """Tell somebody that they lead several sessions, which are on these days."""
    lines = [brief_words(days, zone=about.plan.zone, reader=about.reader) for days in planned]
    return Notice(SESSIONS_TO_LEAD, {**about.fields(name=name), "when": "\n".join(lines)}, glyph="doing")


def session_not_to_lead(about: OfSession, *, name: str) -> Notice:
    """Tell somebody that they lead a session no longer."""
    return Notice(SESSION_NOT_TO_LEAD, about.fields(name=name), glyph="todo")
