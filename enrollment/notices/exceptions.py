"""What people hear of more time and of waivers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from enrollment.notices.training import COURSE, OPEN, Duty
from enrollment.rules import long_day, short_day
from notifications.choices import Audience
from notifications.wording import MessageKind, Notice, Wording, declare

_WAIVER = {
    **COURSE,
    "name": "Maya Lindqvist",
    "proposer": "Jonas Keller",
    "decider": "Tomás Ferreira",
    "days": gettext_lazy("From 1 Dec 2026 to 28 Feb 2027."),
    "text": gettext_lazy("On secondment to another company"),
    "said": gettext_lazy("In their words: until she is back at the presses."),
}
_OPEN_WAIVER = gettext_lazy("Open the waiver")
_TO_THE_PROPOSER = gettext_lazy("To whoever proposed it")


def _of_a_waiver(code: str, *, label: Any, purpose: Any, wording: Wording, proposer: Wording | None = None,
                 audience: Audience = Audience.LEARNER) -> MessageKind:  # fmt: skip
    """Declare what somebody hears about a waiver, and what its proposer hears."""
    variants = {"proposer": (_TO_THE_PROPOSER, proposer)} if proposer else {}
    return declare(
        code, label=label, purpose=purpose, audience=audience, fields=_WAIVER, wording=wording, variants=variants
    )


MORE_TIME = declare(
    "enrollment.more_time",
    label=gettext_lazy("More time"),
    purpose=gettext_lazy("Says until when somebody has more time, who gave it, and why."),
    audience=Audience.LEARNER,
    fields={
        **COURSE,
        "name": "Jonas Keller",
        "was": gettext_lazy("Monday 7 December 2026"),
        "day": gettext_lazy("Monday 21 December 2026"),
        "short_day": gettext_lazy("21 Dec 2026"),
        "text": gettext_lazy("The press was being repaired"),
    },
    wording=Wording(
        gettext_lazy("More time for {course}: until {short_day}"),
        gettext_lazy(
            "{name} gave you more time. It was due on {was}; now it is due by the end of {day} at your site."
            "\n\nWhy: {text}"
        ),
        OPEN,
    ),
)
WAIVER_PROPOSED = _of_a_waiver(
    "enrollment.waiver_proposed",
    label=gettext_lazy("Waiver proposed"),
    purpose=gettext_lazy("Tells whoever may decide that a waiver waits."),
    audience=Audience.ADMINISTRATOR,
    wording=Wording(
        gettext_lazy("A waiver waits for a decision: {name}, {course}"),
        gettext_lazy("{proposer} proposes to waive {course} for {name}.\n\n{days}\n\nWhy: {text}"),
        gettext_lazy("Look at it"),
    ),
)
WAIVER_GRANTED = _of_a_waiver(
    "enrollment.waiver_granted",
    label=gettext_lazy("Waiver granted"),
    purpose=gettext_lazy("Says that nothing is asked of somebody for a time."),
    wording=Wording(
        gettext_lazy("Waived for you: {course}"),
        gettext_lazy("{decider} decided that nothing is asked of you there.\n\n{days}\n\nWhy: {text}\n\n{said}"),
        _OPEN_WAIVER,
    ),
    proposer=Wording(
        gettext_lazy("Waiver granted: {name}, {course}"),
        gettext_lazy("{decider} granted what you proposed.\n\n{days}\n\nWhy: {text}\n\n{said}"),
        _OPEN_WAIVER,
    ),
)
WAIVER_RETURNED = _of_a_waiver(
    "enrollment.waiver_returned",
    label=gettext_lazy("Waiver returned"),
    purpose=gettext_lazy("Tells who proposed a waiver that it was not granted, and why."),
    audience=Audience.MANAGER,
    wording=Wording(
        gettext_lazy("Waiver returned: {name}, {course}"),
        gettext_lazy("{decider} returned what you proposed, so the training stays required.\n\n{said}"),
        _OPEN_WAIVER,
    ),
)
WAIVER_WITHDRAWN = _of_a_waiver(
    "enrollment.waiver_withdrawn",
    label=gettext_lazy("Waiver withdrawn"),
    purpose=gettext_lazy("Says that a waiver no longer holds."),
    wording=Wording(
        gettext_lazy("Required of you again: {course}"),
        gettext_lazy("The waiver was withdrawn and no longer holds.\n\n{said}"),
        _OPEN_WAIVER,
    ),
    proposer=Wording(
        gettext_lazy("Waiver withdrawn: {name}, {course}"),
        gettext_lazy("The waiver that you proposed was withdrawn.\n\n{said}"),
        _OPEN_WAIVER,
    ),
)
WAIVER_ASKED = declare(
    "enrollment.waiver_asked",
    label=gettext_lazy("Waiver asked for"),
    purpose=gettext_lazy("Tells a manager that somebody asks for a waiver."),
    audience=Audience.MANAGER,
    fields={**COURSE, "name": "Maya Lindqvist", "text": gettext_lazy("On secondment to another company")},
    wording=Wording(
        gettext_lazy("{name} asks for a waiver: {course}"),
        gettext_lazy(
            "{name} asks that {course} is waived. If you agree, propose it; an administrator then decides."
            "\n\nWhy: {text}"
        ),
        gettext_lazy("Propose a waiver"),
    ),
)
EXCEPTIONS_DONE = declare(
    "enrollment.exceptions_done",
    label=gettext_lazy("Exceptions made"),
    purpose=gettext_lazy("Tells whoever did something for many people at once that it is done."),
    audience=Audience.MANAGER,
    fields={
        "made": gettext_lazy("12 exceptions were made."),
        "refused": gettext_lazy("2 were not; the page says why."),
        "what": gettext_lazy("Training re-opened"),
    },
    wording=Wording(
        gettext_lazy("The exceptions that you asked for are made"),
        "{made}\n\n{refused}",
        gettext_lazy("See the result"),
    ),
    variants={
        "other": (
            gettext_lazy("Where it was no exception"),
            Wording(
                gettext_lazy("Done for several people: {what}"),
                "{made}\n\n{refused}",
                gettext_lazy("See the result"),
            ),
        )
    },
)


def more_time(duty: Duty, *, was_due_on: date, name: str, reason: str) -> Notice:
    """Tell someone that they have more time, until when, and why."""
    fields = {"course": duty.course, "name": name, "was": long_day(was_due_on), "day": duty.day}
    return Notice(MORE_TIME, {**fields, "short_day": short_day(duty.due_on), "text": reason}, glyph="soon")


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
    def fields(self) -> dict[str, str]:
        days = _("From {first} to {last}.").format(first=short_day(self.first_on), last=short_day(self.last_on))
        said = _("In their words: {text}").format(text=self.words) if self.words else ""
        people = {"name": self.name, "proposer": self.proposer, "decider": self.decider}
        return {"course": self.course, "days": days, "text": self.reason, "said": said, **people}


def waiver_proposed(about: Waived, *, to_person: bool = False) -> Notice:
    """Tell whoever may decide that a waiver waits."""
    return Notice(WAIVER_PROPOSED, about.fields, glyph="waived")


def waiver_granted(about: Waived, *, to_person: bool) -> Notice:
    """Tell the person, and who proposed it, that a waiver holds."""
    return Notice(WAIVER_GRANTED, about.fields, glyph="waived", variant="" if to_person else "proposer")


def waiver_returned(about: Waived, *, to_person: bool = False) -> Notice:
    """Tell who proposed a waiver that it was not granted, and why."""
    return Notice(WAIVER_RETURNED, about.fields)


def waiver_withdrawn(about: Waived, *, to_person: bool) -> Notice:
    """Tell the person, or who proposed it, that a waiver no longer holds."""
    return Notice(WAIVER_WITHDRAWN, about.fields, variant="" if to_person else "proposer")


def waiver_asked(*, name: str, course: str, reason: str) -> Notice:
    """Tell a manager that somebody asks for a waiver."""
    return Notice(WAIVER_ASKED, {"name": name, "course": course, "text": reason}, glyph="waived")


def exceptions_done(*, done: int, refused: int, what: str = "") -> Notice:
    """Tell whoever did something for many people that it is done, and for how many it was not.

    `what` was done where it was no exception.
    """
    words = ngettext("{count} exception was made.", "{count} exceptions were made.", done)
    if what:
        words = ngettext("Done for {count} person.", "Done for {count} people.", done)
    words = words.format(count=done)
    not_done = ngettext("{count} was not; the page says why.", "{count} were not; the page says why.", refused)
    fields = {"made": words, "refused": not_done.format(count=refused) if refused else ""}
    return Notice(EXCEPTIONS_DONE, {**fields, "what": what}, glyph="done", variant="other" if what else "")
