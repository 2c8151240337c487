"""What the enrollment room tells people: kinds of message and their wording.

Each is made in the language of whoever reads it. A due day is a day at the person's site.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from enrollment.rules import long_day, reason_about, reason_sentence


@dataclass(frozen=True, slots=True)
class Notice:
    """The words of one message."""

    kind: str
    subject: str
    body: str
    action: str
    glyph: str


@dataclass(frozen=True, slots=True)
class Duty:
    """What a message is about: a training, why the person has it, by which day, as of today."""

    course: str
    because: dict[str, str]
    due_on: date
    today: date
    renewal: bool = False  # the day is the end of an earlier completion

    @property
    def days_left(self) -> int:
        return (self.due_on - self.today).days

    @property
    def day(self) -> str:
        return long_day(self.due_on)


def assigned(duty: Duty) -> Notice:
    """Tell someone that a requirement now holds for them."""
    return Notice(
        kind="enrollment.assigned",
        subject=_("New training: {course}").format(course=duty.course),
        body=_paragraphs(_reason(duty), _by_when(duty)),
        action=_("Open the training"),
        glyph="late" if duty.days_left < 0 else "todo",
    )


def due_soon(duty: Duty) -> Notice:
    """Remind someone before the day."""
    subject = _("{course} expires {when}") if duty.renewal else _("{course} is due {when}")
    return Notice(
        kind="enrollment.due_soon",
        subject=subject.format(course=duty.course, when=_when(duty.days_left)),
        body=_paragraphs(_by_when(duty), _reason(duty)),
        action=_("Open the training"),
        glyph="soon",
    )


def overdue(duty: Duty) -> Notice:
    """Tell someone that the day has passed."""
    subject = _("Expired: {course}") if duty.renewal else _("Overdue: {course}")
    return Notice(
        kind="enrollment.overdue",
        subject=subject.format(course=duty.course),
        body=_paragraphs(_by_when(duty), _reason(duty), _("Your manager is told too.")),
        action=_("Open the training"),
        glyph="late",
    )


def overdue_in_team(duty: Duty, *, name: str) -> Notice:
    """Tell a manager that the day has passed for somebody in the team."""
    if duty.renewal:
        what = _("{name} completed {course} earlier, but that counted only until {day}.")
    else:
        what = _("{name} has not completed {course}. It was due on {day}.")
    return Notice(
        kind="enrollment.overdue_in_team",
        subject=_("Overdue in your team: {name}, {course}").format(name=name, course=duty.course),
        body=_paragraphs(
            what.format(name=name, course=duty.course, day=duty.day), reason_about(dict(duty.because)) + "."
        ),
        action=_("Open your team"),
        glyph="late",
    )


def reminded(duty: Duty, *, name: str, text: str) -> Notice:
    """Pass on that somebody reminds of a training, with their own words where they wrote any."""
    own_words = _("{name} writes: {text}").format(name=name, text=text) if text else ""
    return Notice(
        kind="enrollment.reminded",
        subject=_("{name} reminds you: {course}").format(name=name, course=duty.course),
        body=_paragraphs(own_words, _by_when(duty), _reason(duty)),
        action=_("Open the training"),
        glyph="late" if duty.days_left < 0 else "soon",
    )


def given_to_all(*, number: int, course: str, people: int) -> Notice:
    """Tell whoever switched a requirement on that everyone whom it reaches has it now."""
    words = ngettext(
        "{count} person has {course} now.", "{count} people have {course} now, and each is told why.", people
    )
    return Notice(
        kind="enrollment.given_to_all",
        subject=_("R-{number} has reached everyone").format(number=number),
        body=words.format(count=people, course=course),
        action=_("Open the requirement"),
        glyph="done",
    )


def _by_when(duty: Duty) -> str:
    """Say the day in full, and how far it is."""
    if duty.renewal and duty.days_left < 0:
        return _("Your completion counted until {day}. Complete the training again.").format(day=duty.day)
    if duty.renewal:
        return _("Your completion counts until the end of {day}. Complete the training again by then.").format(
            day=duty.day
        )
    if duty.days_left < 0:
        ago = ngettext("{count} day ago", "{count} days ago", -duty.days_left).format(count=-duty.days_left)
        return _("It was due on {day}, {ago}.").format(day=duty.day, ago=ago)
    return _("Due {when}, by the end of {day} at your site.").format(when=_when(duty.days_left), day=duty.day)


def _when(days: int) -> str:
    if days == 0:
        return _("today")
    if days == 1:
        return _("tomorrow")
    return ngettext("in {count} day", "in {count} days", days).format(count=days)


def _reason(duty: Duty) -> str:
    return _("{reason}.").format(reason=reason_sentence(duty.because))


def _paragraphs(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part)
