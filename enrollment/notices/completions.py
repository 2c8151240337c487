"""What people hear of completions that were not taken here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from enrollment.notices.training import COURSE
from enrollment.rules import short_day
from notifications.choices import Audience
from notifications.wording import Notice, Wording, declare

_CLAIM = {
    **COURSE,
    "name": "Maya Lindqvist",
    "decider": "Jonas Keller",
    "provider": gettext_lazy("Red Cross Basel"),
    "day": gettext_lazy("3 Nov 2026"),
    "until": gettext_lazy("It counts until 3 Nov 2028."),
    "said": gettext_lazy("In their words: the second page is missing."),
}
_SESSION = {
    **COURSE,
    "day": gettext_lazy("3 Nov 2026"),
    "people": gettext_lazy("12 people"),
    "recorder": "Jonas Keller",
    "decider": "Tomás Ferreira",
    "said": gettext_lazy("In their words: two names are not on the sheet."),
}


HISTORY_LOADED = declare(
    "enrollment.history_loaded",
    label=gettext_lazy("Completions imported"),
    purpose=gettext_lazy("Tells whoever brought a list of old completions that it is loaded."),
    audience=Audience.ADMINISTRATOR,
    fields={
        "file": "history.csv",
        "made": gettext_lazy("1204 completions are new."),
        "others": gettext_lazy("12 were known already. 3 rows are in error; the page says why."),
    },
    wording=Wording(
        gettext_lazy("Loaded: {file}"), "{made}\n\n{others}", gettext_lazy("See the result"),
    ),
)  # fmt: skip
CLAIMED = declare(
    "enrollment.claimed",
    label=gettext_lazy("Learned elsewhere: waits"),
    purpose=gettext_lazy("Tells whoever may decide that a proof of training elsewhere waits."),
    audience=Audience.MANAGER,
    fields=_CLAIM,
    wording=Wording(
        gettext_lazy("{name} learned this elsewhere: {course}"),
        gettext_lazy("{name} says they completed {course} with {provider} on {day}. Look at the proof and decide."),
        gettext_lazy("Look at the proof"),
    ),
)
CLAIM_VERIFIED = declare(
    "enrollment.claim_verified",
    label=gettext_lazy("Learned elsewhere: verified"),
    purpose=gettext_lazy("Says that training elsewhere counts."),
    audience=Audience.LEARNER,
    fields=_CLAIM,
    wording=Wording(
        gettext_lazy("It counts: {course}"),
        gettext_lazy("{decider} verified what you learned with {provider} on {day}. {until}\n\n{said}"),
        gettext_lazy("Open it"),
    ),
)
CLAIM_RETURNED = declare(
    "enrollment.claim_returned",
    label=gettext_lazy("Learned elsewhere: returned"),
    purpose=gettext_lazy("Says that the proof of training elsewhere was returned, and why."),
    audience=Audience.LEARNER,
    fields=_CLAIM,
    wording=Wording(
        gettext_lazy("Returned to you: {course}"),
        gettext_lazy("{decider} returned your proof, so it does not count. You can send another one.\n\n{said}"),
        gettext_lazy("Open it"),
    ),
)
SESSION_WAITS = declare(
    "enrollment.session_waits",
    label=gettext_lazy("Session waits"),
    purpose=gettext_lazy("Tells whoever may confirm it that a session waits for the second signature."),
    audience=Audience.ADMINISTRATOR,
    fields=_SESSION,
    wording=Wording(
        gettext_lazy("A session waits for the second signature: {course}"),
        gettext_lazy("{recorder} recorded that {people} completed {course} on {day}. Compare it with the sheet."),
        gettext_lazy("Look at the session"),
    ),
)
SESSION_DECIDED = declare(
    "enrollment.session_decided",
    label=gettext_lazy("Session decided"),
    purpose=gettext_lazy("Tells who recorded a session that it was confirmed, or returned and why."),
    audience=Audience.MANAGER,
    fields=_SESSION,
    wording=Wording(
        gettext_lazy("{decider} decided about your session: {course}"),
        gettext_lazy("The session of {day} for {people} is decided. {said}"),
        gettext_lazy("See the session"),
    ),
)
RECORDED_FOR_YOU = declare(
    "enrollment.recorded_for_you",
    label=gettext_lazy("Completion recorded"),
    purpose=gettext_lazy("Tells somebody that a completion was recorded for them."),
    audience=Audience.LEARNER,
    fields=_SESSION,
    wording=Wording(
        gettext_lazy("Recorded for you: {course}"),
        gettext_lazy(
            "{recorder} recorded that you completed {course} on {day}, and {decider} confirmed it. "
            "If that is not so, tell your manager."
        ),
        gettext_lazy("Open your record"),
    ),
)


def history_loaded(*, file: str, new: int, known: int, error: int) -> Notice:
    """Tell whoever brought a list that it is loaded, and what became of its rows."""
    made = ngettext("{count} completion is new.", "{count} completions are new.", new).format(count=new)
    others = [ngettext("{count} was known already.", "{count} were known already.", known).format(count=known)]
    if error:
        words = ngettext(
            "{count} row is in error; the page says why.", "{count} rows are in error; the page says why.", error
        )
        others.append(words.format(count=error))
    return Notice(HISTORY_LOADED, {"file": file, "made": made, "others": " ".join(others)}, glyph="done")


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a message about training elsewhere says."""

    name: str
    course: str
    provider: str
    on: date
    valid_until: date | None = None
    decider: str = ""
    words: str = ""

    @property
    def fields(self) -> dict[str, str]:
        until = _("It counts without end.")
        if self.valid_until:
            until = _("It counts until {day}.").format(day=short_day(self.valid_until))
        said = _("In their words: {text}").format(text=self.words) if self.words else ""
        people = {"name": self.name, "decider": self.decider, "provider": self.provider}
        return {"course": self.course, "day": short_day(self.on), "until": until, "said": said, **people}


def claimed(about: Claimed) -> Notice:
    """Tell whoever may decide that somebody learned a course elsewhere."""
    return Notice(CLAIMED, about.fields)


def claim_verified(about: Claimed) -> Notice:
    """Tell the person that it counts."""
    return Notice(CLAIM_VERIFIED, about.fields, glyph="done")


def claim_returned(about: Claimed) -> Notice:
    """Tell the person that it does not count, and why."""
    return Notice(CLAIM_RETURNED, about.fields)


@dataclass(frozen=True, slots=True)
class InSession:
    """What a message about a session says."""

    course: str
    on: date
    people: int
    recorder: str
    decider: str = ""
    words: str = ""
    confirmed: bool = False

    @property
    def fields(self) -> dict[str, str]:
        people = ngettext("{count} person", "{count} people", self.people).format(count=self.people)
        said = _("It is confirmed, and the completions count.") if self.confirmed else _("It was returned.")
        if self.words:
            said += " " + _("In their words: {text}").format(text=self.words)
        whom = {"recorder": self.recorder, "decider": self.decider}
        return {"course": self.course, "day": short_day(self.on), "people": people, "said": said, **whom}


def session_waits(about: InSession) -> Notice:
    """Tell whoever may confirm a session that it waits."""
    return Notice(SESSION_WAITS, about.fields)


def session_decided(about: InSession) -> Notice:
    """Tell who recorded a session what became of it."""
    return Notice(SESSION_DECIDED, about.fields, glyph="done" if about.confirmed else "todo")


def recorded_for_you(about: InSession) -> Notice:
    """Tell somebody that a completion was recorded for them."""
    return Notice(RECORDED_FOR_YOU, about.fields, glyph="done")
