"""What people hear of sessions with a date and of their seats in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from enrollment.notices.training import COURSE
from enrollment.rules.seats import Plan, line_words, when_words
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
    audience: Audience = Audience.LEARNER,
) -> MessageKind:
    return declare(
        f"enrollment.{code}",
        label=label,
        purpose=purpose,
        audience=audience,
        mandatory=mandatory,
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
    _("You moved up from the waiting list and have a seat now.\n\nWhen: {when}\nWhere: {where}\nLed by: {trainer}"),
    mandatory=True,
)
SESSION_CHANGED = _declare(
    "session_changed",
    _("Session changed"),
    _("Tells everybody with a seat what changed in a session."),
    _("Changed: {course}"),
    _("{name} changed the session of {when}.\n\n{changes}"),
    mandatory=True,
)
SESSION_CANCELLED = _declare(
    "session_cancelled",
    _("Session cancelled"),
    _("Tells everybody with a seat that a session does not take place, and why."),
    _("Cancelled: {course}"),
    _("{name} cancelled the session of {when}.\n\nWhy: {text}"),
    mandatory=True,
)
SEAT_REMOVED = _declare(
    "seat_removed",
    _("Seat taken away"),
    _("Says that somebody has a seat in a session no longer, and why."),
    _("You no longer have a seat: {course}"),
    _("{name} took you off the session of {when}.\n\nWhy: {text}"),
    mandatory=True,
)
SESSION_TOMORROW = _declare(
    "session_tomorrow",
    _("Session tomorrow"),
    _("Reminds somebody of a session, a day before it."),
    _("Tomorrow: {course}"),
    _("When: {when}\nWhere: {where}\nLed by: {trainer}\n\nIf you can not come, give up your seat, so that it is free."),
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


@dataclass(frozen=True, slots=True)
class OfSession:
    """What a message about a session says, for somebody who reads in a time zone."""

    course: str
    plan: Plan
    reader: str

    def fields(self, *, name: str = "", text: str = "", changes: Sequence[str] = (), place: int = 0) -> dict[str, str]:
        plan = self.plan
        return {
            "course": self.course,
            "when": when_words(plan.starts_at, plan.ends_at, zone=plan.zone, reader=self.reader),
            "where": ", ".join(part for part in (plan.place, plan.link) if part),
            "trainer": plan.trainer,
            "name": name,
            "text": text,
            "changes": "\n".join(changes),
            "place": line_words(place) if place else "",
        }


def seat_taken(about: OfSession, *, name: str = "") -> Notice:
    """Tell somebody that they have a seat; `name` is who gave it to them, if not they themselves."""
    text = str(_("{name} gave you this seat.")).format(name=name) if name else about.plan.words
    return Notice(SEAT_TAKEN, about.fields(name=name, text=text), glyph="done")


def seat_awaited(about: OfSession, *, place: int, name: str = "") -> Notice:
    """Tell somebody that they are on the waiting list, and where."""
    text = str(_("{name} put you on the list.")).format(name=name) if name else ""
    return Notice(SEAT_AWAITED, about.fields(name=name, text=text, place=place), glyph="doing")


def seat_moved_up(about: OfSession) -> Notice:
    """Tell somebody who waited that they have a seat."""
    return Notice(SEAT_MOVED_UP, about.fields(), glyph="done")


def session_changed(about: OfSession, *, name: str, changes: Sequence[str]) -> Notice:
    """Tell somebody with a seat what changed."""
    return Notice(SESSION_CHANGED, about.fields(name=name, changes=changes), glyph="doing")


def session_cancelled(about: OfSession, *, name: str, reason: str) -> Notice:
    """Tell somebody with a seat that the session does not take place."""
    return Notice(SESSION_CANCELLED, about.fields(name=name, text=reason), glyph="late")


def seat_removed(about: OfSession, *, name: str, reason: str) -> Notice:
    """Tell somebody that they have no seat any more."""
    return Notice(SEAT_REMOVED, about.fields(name=name, text=reason), glyph="late")


def session_tomorrow(about: OfSession) -> Notice:
    """Remind somebody of a session."""
    return Notice(SESSION_TOMORROW, about.fields(), glyph="soon")


def session_to_lead(about: OfSession, *, name: str) -> Notice:
    """Tell somebody that they lead a session."""
    return Notice(SESSION_TO_LEAD, about.fields(name=name), glyph="doing")
