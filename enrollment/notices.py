"""What the enrollment room tells people: kinds of message and their wording.

Each is made in the language of whoever reads it. A due day is a day at the person's site.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from enrollment.rules import long_day, reason_about, reason_sentence, short_day


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


def more_time(duty: Duty, *, was_due_on: date, name: str, reason: str) -> Notice:
    """Tell someone that they have more time, until when, and why."""
    words = _("{name} gave you more time. It was due on {was}; now it is due by the end of {day} at your site.")
    return Notice(
        kind="enrollment.more_time",
        subject=_("More time for {course}: until {day}").format(course=duty.course, day=short_day(duty.due_on)),
        body=_paragraphs(
            words.format(name=name, was=long_day(was_due_on), day=duty.day), _("Why: {text}").format(text=reason)
        ),
        action=_("Open the training"),
        glyph="soon",
    )


@dataclass(frozen=True, slots=True)
class Waived:
    """What a message about a waiver says: for whom, of what, for which days, and in whose words."""

    name: str
    course: str
    first_on: date
    last_on: date
    reason: str
    proposer: str
    decider: str
    words: str  # of the decision, or of the withdrawal

    @property
    def days(self) -> str:
        return _("From {first} to {last}.").format(first=short_day(self.first_on), last=short_day(self.last_on))

    @property
    def why(self) -> str:
        return _("Why: {text}").format(text=self.reason)

    @property
    def said(self) -> str:
        return _("In their words: {text}").format(text=self.words) if self.words else ""


def waiver_proposed(about: Waived, *, to_person: bool = False) -> Notice:
    """Tell whoever may decide that a waiver waits."""
    words = _("{proposer} proposes to waive {course} for {name}.")
    return Notice(
        kind="enrollment.waiver_proposed",
        subject=_("A waiver waits for a decision: {name}, {course}").format(name=about.name, course=about.course),
        body=_paragraphs(
            words.format(proposer=about.proposer, course=about.course, name=about.name), about.days, about.why
        ),
        action=_("Look at it"),
        glyph="waived",
    )


def waiver_granted(about: Waived, *, to_person: bool) -> Notice:
    """Tell the person, and who proposed it, that a waiver holds."""
    if to_person:
        subject, words = _("Waived for you: {course}"), _("{decider} decided that nothing is asked of you there.")
    else:
        subject, words = _("Waiver granted: {name}, {course}"), _("{decider} granted what you proposed.")
    return Notice(
        kind="enrollment.waiver_granted",
        subject=subject.format(name=about.name, course=about.course),
        body=_paragraphs(words.format(decider=about.decider), about.days, about.why, about.said),
        action=_("Open the waiver"),
        glyph="waived",
    )


def waiver_returned(about: Waived, *, to_person: bool = False) -> Notice:
    """Tell who proposed a waiver that it was not granted, and why."""
    return Notice(
        kind="enrollment.waiver_returned",
        subject=_("Waiver returned: {name}, {course}").format(name=about.name, course=about.course),
        body=_paragraphs(
            _("{decider} returned what you proposed, so the training stays required.").format(decider=about.decider),
            about.said,
        ),
        action=_("Open the waiver"),
        glyph="todo",
    )


def waiver_withdrawn(about: Waived, *, to_person: bool) -> Notice:
    """Tell the person, or who proposed it, that a waiver no longer holds."""
    if to_person:
        subject, words = _("Required of you again: {course}"), _("The waiver was withdrawn and no longer holds.")
    else:
        subject, words = _("Waiver withdrawn: {name}, {course}"), _("The waiver that you proposed was withdrawn.")
    return Notice(
        kind="enrollment.waiver_withdrawn",
        subject=subject.format(name=about.name, course=about.course),
        body=_paragraphs(words, about.said),
        action=_("Open the waiver"),
        glyph="todo",
    )


def waiver_asked(*, name: str, course: str, reason: str) -> Notice:
    """Tell a manager that somebody asks for a waiver."""
    words = _("{name} asks that {course} is waived. If you agree, propose it; an administrator then decides.")
    return Notice(
        kind="enrollment.waiver_asked",
        subject=_("{name} asks for a waiver: {course}").format(name=name, course=course),
        body=_paragraphs(words.format(name=name, course=course), _("Why: {text}").format(text=reason)),
        action=_("Propose a waiver"),
        glyph="waived",
    )


def exceptions_done(*, done: int, refused: int) -> Notice:
    """Tell whoever made exceptions for many people that it is done, and for how many it was not."""
    words = ngettext("{count} exception was made.", "{count} exceptions were made.", done)
    not_done = ngettext("{count} was not; the page says why.", "{count} were not; the page says why.", refused)
    return Notice(
        kind="enrollment.exceptions_done",
        subject=_("The exceptions that you asked for are made"),
        body=_paragraphs(words.format(count=done), not_done.format(count=refused) if refused else ""),
        action=_("See the result"),
        glyph="done",
    )


def given_to_all(*, number: int, course: str, people: int) -> Notice:
    """Tell whoever switched a requirement on that everyone whom it reaches has it now."""
    words = ngettext(
        "{count} person has {course} now.", "{count} people have {course} now, and each was told why.", people
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
