"""What people hear of how a training ends, goes on, moves, and of asking to take one."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from enrollment.notices.training import COURSE
from enrollment.rules import short_day
from notifications.choices import Audience
from notifications.wording import Notice, Wording, declare

_OPEN_COURSE = gettext_lazy("Open the training")

NO_LONGER_ASKED = declare(
    "enrollment.no_longer_asked",
    label=gettext_lazy("No longer required"),
    purpose=gettext_lazy("Says that what somebody had begun is not required of them any more."),
    audience=Audience.LEARNER,
    fields={**COURSE, "because": gettext_lazy("No longer in Production.")},
    wording=Wording(
        gettext_lazy("No longer required of you: {course}"),
        gettext_lazy(
            "You had begun it, and need not finish it. {because}\n\nWhat you did is kept. If it is required of you "
            "again, or you want to take it all the same, you go on where you were."
        ),
        _OPEN_COURSE,
    ),
)
REOPENED = declare(
    "enrollment.reopened",
    label=gettext_lazy("Training re-opened"),
    purpose=gettext_lazy("Says that somebody may go on with a training that had ended before it was completed."),
    audience=Audience.LEARNER,
    fields={**COURSE, "name": "Jonas Keller", "text": gettext_lazy("Back from the other line")},
    wording=Wording(
        gettext_lazy("You can go on: {course}"),
        gettext_lazy("{name} opened it again for you. You go on where you were.\n\nWhy: {text}"),
        _OPEN_COURSE,
    ),
)
MOVED = declare(
    "enrollment.moved",
    label=gettext_lazy("Moved to a newer version"),
    purpose=gettext_lazy("Says that somebody goes on with a newer version of a training, and what stays done."),
    audience=Audience.LEARNER,
    fields={
        **COURSE,
        "name": "Jonas Keller",
        "version": "2.0",
        "kept": gettext_lazy("4 activities stay done; 2 are to be done."),
        "text": gettext_lazy("The procedure changed on 1 December"),
    },
    wording=Wording(
        gettext_lazy("You go on with version {version}: {course}"),
        gettext_lazy("{name} moved you to the version that is in effect now. {kept}\n\nWhy: {text}"),
        _OPEN_COURSE,
    ),
)
REVOKED = declare(
    "enrollment.certificate_revoked",
    label=gettext_lazy("Certificate revoked"),
    purpose=gettext_lazy("Says that a certificate counts no longer, by whose decision, and why."),
    audience=Audience.LEARNER,
    fields={
        **COURSE,
        "serial": "7KQ4-M2XD-9R",
        "name": "Tomás Ferreira",
        "text": gettext_lazy("The assessor was not authorised"),
    },
    wording=Wording(
        gettext_lazy("Your certificate was revoked: {course}"),
        gettext_lazy("{name} revoked certificate {serial}. It no longer counts.\n\nWhy: {text}"),
        gettext_lazy("Open the certificate"),
    ),
)
_ASKING = {
    **COURSE,
    "name": "Maya Lindqvist",
    "decider": "Jonas Keller",
    "text": gettext_lazy("I will help out in packaging from January."),
    "day": gettext_lazy("They want to be done by 18 Dec 2026."),
}
JOIN_ASKED = declare(
    "enrollment.join_asked",
    label=gettext_lazy("Asked to take a training"),
    purpose=gettext_lazy("Tells a manager that somebody asks to take a training."),
    audience=Audience.MANAGER,
    fields=_ASKING,
    wording=Wording(
        gettext_lazy("{name} asks to take {course}"),
        gettext_lazy("You decide whether they begin it.\n\n{text}\n\n{day}"),
        gettext_lazy("Decide"),
    ),
)
JOIN_GRANTED = declare(
    "enrollment.join_granted",
    label=gettext_lazy("May take a training"),
    purpose=gettext_lazy("Says that somebody may take the training that they asked for."),
    audience=Audience.LEARNER,
    fields=_ASKING,
    wording=Wording(
        gettext_lazy("You can begin: {course}"),
        gettext_lazy("{decider} lets you take it. It stands among your trainings now.\n\n{text}"),
        _OPEN_COURSE,
    ),
)
JOIN_DECLINED = declare(
    "enrollment.join_declined",
    label=gettext_lazy("May not take a training"),
    purpose=gettext_lazy("Says that somebody may not take the training that they asked for, and why."),
    audience=Audience.LEARNER,
    fields=_ASKING,
    wording=Wording(
        gettext_lazy("Not now: {course}"),
        gettext_lazy("{decider} does not let you take it now. You can ask again later.\n\nIn their words: {text}"),
        _OPEN_COURSE,
    ),
)


def no_longer_asked(*, course: str, because: str) -> Notice:
    """Tell someone that what they had begun is not required of them any more."""
    return Notice(NO_LONGER_ASKED, {"course": course, "because": f"{because}." if because else ""})


def reopened(*, course: str, name: str, reason: str) -> Notice:
    """Tell someone that they may go on with what had ended."""
    return Notice(REOPENED, {"course": course, "name": name, "text": reason}, glyph="doing")


def moved(*, course: str, version: str, kept: int, left: int, name: str, reason: str) -> Notice:
    """Tell someone that they go on with a newer version, and what stays done of it."""
    words = ngettext("{count} activity stays done", "{count} activities stay done", kept).format(count=kept)
    rest = ngettext("{count} is to be done", "{count} are to be done", left).format(count=left)
    fields = {"course": course, "version": version, "kept": f"{words}; {rest}.", "name": name, "text": reason}
    return Notice(MOVED, fields, glyph="doing")


def certificate_revoked(*, course: str, serial: str, name: str, reason: str) -> Notice:
    """Tell someone that a certificate of theirs counts no longer."""
    return Notice(REVOKED, {"course": course, "serial": serial, "name": name, "text": reason}, glyph="late")


def join_asked(*, course: str, name: str, words: str, wished_on: date | None) -> Notice:
    """Tell a manager that somebody asks to take a training."""
    day = _("They want to be done by {day}.").format(day=short_day(wished_on)) if wished_on else ""
    fields = {"course": course, "name": name, "decider": "", "text": words, "day": day}
    return Notice(JOIN_ASKED, fields, glyph="doing")


def join_decided(*, course: str, name: str, decider: str, words: str, granted: bool) -> Notice:
    """Tell someone whether they may take the training that they asked for."""
    fields = {"course": course, "name": name, "decider": decider, "text": words, "day": ""}
    return Notice(JOIN_GRANTED if granted else JOIN_DECLINED, fields, glyph="doing" if granted else "todo")
