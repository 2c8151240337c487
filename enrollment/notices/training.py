"""What a person hears of a training: given, due, overdue, completed; and what those above hear of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from enrollment.choices import Anchor, Why
from enrollment.rules import LadderStep, long_day, reason_about, reason_sentence
from notifications.choices import Audience
from notifications.wording import MessageKind, Notice, Wording, declare

COURSE = {"course": gettext_lazy("Electronic records and signatures")}
_DUTY = {
    **COURSE,
    "when": gettext_lazy("in 7 days"),
    "day": gettext_lazy("Monday 21 December 2026"),
    "deadline": gettext_lazy("Due in 7 days, by the end of Monday 21 December 2026 at your site."),
    "reason": gettext_lazy("Because your job role is Tablet Operator since 3 Nov 2026."),
}
_OF_SOMEBODY = {
    **COURSE,
    "name": "Maya Lindqvist",
    "day": gettext_lazy("Monday 21 December 2026"),
    "reason": gettext_lazy("Tablet Operator since 3 Nov 2026."),
}
_ENDING = {
    **_DUTY,
    "deadline": gettext_lazy(
        "Your completion counts until the end of Monday 21 December 2026. Complete the training again by then."
    ),
}
OPEN = gettext_lazy("Open the training")
_RENEWAL = gettext_lazy("When an earlier completion ends")
_RETRAINING = gettext_lazy("When there is a new version to learn")
ASSIGNED = declare(
    "enrollment.assigned",
    label=gettext_lazy("New training"),
    purpose=gettext_lazy("Says that a requirement now holds for somebody, why, and by when."),
    audience=Audience.LEARNER,
    mandatory=True,
    fields=_DUTY,
    wording=Wording(gettext_lazy("New training: {course}"), "{reason}\n\n{deadline}", OPEN),
)
RETRAIN = declare(
    "enrollment.retrain",
    label=gettext_lazy("New version"),
    purpose=gettext_lazy("Says that a new version is to be learned by somebody who completed an older one."),
    audience=Audience.LEARNER,
    mandatory=True,
    fields={
        **COURSE,
        "version": "3.0",
        "deadline": gettext_lazy("Due in 30 days, by the end of Monday 21 December 2026 at your site."),
        "changes": gettext_lazy("A section on passkeys."),
    },
    wording=Wording(
        gettext_lazy("{course} has a new version"),
        gettext_lazy(
            "Version {version} is in effect, and whoever completed an older one learns it, too. Until then what "
            "you completed counts.\n\n{deadline}\n\n{changes}"
        ),
        OPEN,
    ),
)
_IN_THE_MIDDLE = gettext_lazy("Who is in the middle of an older version")
_NEW_VERSION = gettext_lazy("{course} has a new version")
NEW_VERSION = declare(
    "enrollment.new_version",
    label=gettext_lazy("New version, nothing to do"),
    purpose=gettext_lazy("Says that a new version is in effect to those who are not asked to learn it."),
    audience=Audience.LEARNER,
    fields={**COURSE, "version": "3.0", "changes": gettext_lazy("A section on passkeys.")},
    wording=Wording(
        _NEW_VERSION,
        gettext_lazy("Version {version} is in effect. What you completed goes on counting.\n\n{changes}"),
        OPEN,
    ),
    variants={
        "begun": (
            _IN_THE_MIDDLE,
            Wording(
                _NEW_VERSION,
                gettext_lazy(
                    "Version {version} is in effect. You finish the one that you began, or choose to go on with the "
                    "new one.\n\n{changes}"
                ),
                OPEN,
            ),
        )
    },
)
DUE_SOON = declare(
    "enrollment.due_soon",
    label=gettext_lazy("Due soon"),
    purpose=gettext_lazy("Reminds of a training before its day."),
    audience=Audience.LEARNER,
    mandatory=True,
    fields=_DUTY,
    wording=Wording(gettext_lazy("{course} is due {when}"), "{deadline}\n\n{reason}", OPEN),
    variants={
        "renewal": (_RENEWAL, Wording(gettext_lazy("{course} expires {when}"), "{deadline}\n\n{reason}", OPEN)),
        "retrain": (
            _RETRAINING,
            Wording(gettext_lazy("The new version of {course} is due {when}"), "{deadline}\n\n{reason}", OPEN),
        ),
    },
)
WINDOW_OPENS = declare(
    "enrollment.window_opens",
    label=gettext_lazy("May be renewed"),
    purpose=gettext_lazy("Says that the time has come in which a training may be completed again."),
    audience=Audience.LEARNER,
    mandatory=True,
    fields=_ENDING,
    wording=Wording(gettext_lazy("You can renew {course} now"), "{deadline}\n\n{reason}", OPEN),
)
EXPIRES_SOON = declare(
    "enrollment.expires_soon",
    label=gettext_lazy("Expires soon"),
    purpose=gettext_lazy("Reminds that a completion will no longer count."),
    audience=Audience.LEARNER,
    mandatory=True,
    fields=_ENDING,
    wording=Wording(gettext_lazy("{course} expires {when}"), "{deadline}\n\n{reason}", OPEN),
)
_TOLD_TOO = "{deadline}\n\n{reason}\n\n{told}"
_LATE = {
    **_DUTY,
    "told": gettext_lazy("Your manager is told too."),
    "when": gettext_lazy("1 day ago"),
    "deadline": gettext_lazy("It was due on Monday 21 December 2026, 1 day ago."),
}
EXPIRED = declare(
    "enrollment.expired",
    label=gettext_lazy("Expired"),
    purpose=gettext_lazy("Says that a completion counts no longer."),
    audience=Audience.LEARNER,
    urgent=True,
    mandatory=True,
    fields={
        **_LATE,
        "deadline": gettext_lazy("Your completion counted until Monday 21 December 2026. Complete the training again."),
    },
    wording=Wording(gettext_lazy("Expired: {course}"), _TOLD_TOO, OPEN),
)
OVERDUE = declare(
    "enrollment.overdue",
    label=gettext_lazy("Overdue"),
    purpose=gettext_lazy("Says that the day has passed, and who else hears of it."),
    audience=Audience.LEARNER,
    urgent=True,
    mandatory=True,
    fields=_LATE,
    wording=Wording(gettext_lazy("Overdue: {course}"), _TOLD_TOO, OPEN),
    variants={
        "renewal": (_RENEWAL, Wording(gettext_lazy("Expired: {course}"), _TOLD_TOO, OPEN)),
        "retrain": (_RETRAINING, Wording(gettext_lazy("Overdue: the new version of {course}"), _TOLD_TOO, OPEN)),
    },
)


def _overdue_of_somebody(code: str, audience: Audience, *, label: Any, purpose: Any, subject: Any) -> MessageKind:
    """Declare what somebody above a learner hears when the learner's day has passed."""
    changed = gettext_lazy("{name} has not learned the new version of {course}. It was due on {day}.\n\n{reason}")
    missed = gettext_lazy("{name} has not completed {course}. It was due on {day}.\n\n{reason}")
    ended = gettext_lazy("{name} completed {course} earlier, but that counted only until {day}.\n\n{reason}")
    button = gettext_lazy("Open your team")
    return declare(
        code,
        label=label,
        purpose=purpose,
        audience=audience,
        mandatory=True,
        fields=_OF_SOMEBODY,
        wording=Wording(subject, missed, button),
        variants={
            "renewal": (_RENEWAL, Wording(subject, ended, button)),
            "retrain": (_RETRAINING, Wording(subject, changed, button)),
        },
    )


ABOVE = {
    Audience.MANAGER: _overdue_of_somebody(
        "enrollment.overdue_in_team",
        Audience.MANAGER,
        label=gettext_lazy("Overdue in your team"),
        purpose=gettext_lazy("Tells a manager that the day has passed for somebody in the team."),
        subject=gettext_lazy("Overdue in your team: {name}, {course}"),
    ),
    Audience.SECOND_MANAGER: _overdue_of_somebody(
        "enrollment.overdue_for_second_manager",
        Audience.SECOND_MANAGER,
        label=gettext_lazy("Overdue, for the second manager"),
        purpose=gettext_lazy("Tells the manager of a dotted line that the day has passed for somebody."),
        subject=gettext_lazy("Overdue in your team: {name}, {course}"),
    ),
    Audience.COORDINATOR: _overdue_of_somebody(
        "enrollment.overdue_for_coordinator",
        Audience.COORDINATOR,
        label=gettext_lazy("Overdue, for the coordinator"),
        purpose=gettext_lazy("Tells the training coordinator that the day has passed and nothing has happened."),
        subject=gettext_lazy("Overdue: {name}, {course}"),
    ),
}
REMINDED = declare(
    "enrollment.reminded",
    label=gettext_lazy("Reminder by a person"),
    purpose=gettext_lazy("Passes on that a manager or an administrator reminds of a training."),
    audience=Audience.LEARNER,
    urgent=True,
    mandatory=True,
    fields={
        "name": "Sofia Marino",
        **_DUTY,
        "words": gettext_lazy("Sofia Marino writes: Please do it before the audit."),
    },
    wording=Wording(gettext_lazy("{name} reminds you: {course}"), "{words}\n\n{deadline}\n\n{reason}", OPEN),
)
_EVERYONE_HAS_IT = {
    "subject": gettext_lazy("{requirement} has reached everyone"),
    "action": gettext_lazy("Open the requirement"),
}
GIVEN_TO_ALL = declare(
    "enrollment.given_to_all",
    label=gettext_lazy("Requirement has reached everyone"),
    purpose=gettext_lazy("Tells whoever switched a requirement on that it is done."),
    audience=Audience.ADMINISTRATOR,
    fields={**COURSE, "requirement": "R-12", "count": "212"},
    wording=Wording(body=gettext_lazy("{count} people have {course} now, and each is told why."), **_EVERYONE_HAS_IT),
    variants={
        "one": (
            gettext_lazy("When it is one person"),
            Wording(body=gettext_lazy("{count} person has {course} now."), **_EVERYONE_HAS_IT),
        )
    },
)
COMPLETED = declare(
    "enrollment.completed",
    label=gettext_lazy("Training completed"),
    purpose=gettext_lazy("Leads to the certificate of a training that was just signed."),
    audience=Audience.LEARNER,
    by_mail=False,
    fields={**COURSE, "serial": "AT-2026-000123", "version": "3.0"},
    wording=Wording(
        gettext_lazy("Completed: {course}"),
        gettext_lazy("Your certificate {serial} for version {version} is in your record."),
        gettext_lazy("See it"),
    ),
)


@dataclass(frozen=True, slots=True)
class Duty:
    """What a message is about: a training, why the person has it, by which day, as of today."""

    course: str
    because: dict[str, str]
    due_on: date
    today: date
    why: Why = Why.FIRST
    ends_on: date | None = None  # the last day of an earlier completion

    @property
    def is_renewal(self) -> bool:
        """Whether the day is the end of an earlier completion."""
        return self.why == Why.RENEWAL and self.ends_on in (None, self.due_on)

    @property
    def days_left(self) -> int:
        return (self.due_on - self.today).days

    @property
    def day(self) -> str:
        return long_day(self.due_on)

    @property
    def variant(self) -> str:
        if self.why == Why.RETRAINING:
            return "retrain"
        return "renewal" if self.is_renewal else ""

    @property
    def ending(self) -> Duty:
        """The same with the day on which the completion ends, instead of that by which to complete it again."""
        return replace(self, due_on=self.ends_on, ends_on=None) if self.ends_on else self

    @property
    def fields(self) -> dict[str, str]:
        """The texts that fill a message to the person."""
        reason = _("{reason}.").format(reason=reason_sentence(self.because))
        when = _when(self.days_left)
        return {"course": self.course, "when": when, "day": self.day, "deadline": _by_when(self), "reason": reason}


def assigned(duty: Duty) -> Notice:
    """Tell someone that a requirement now holds for them."""
    return Notice(ASSIGNED, duty.fields, glyph="late" if duty.days_left < 0 else "todo")


def retrain(*, course: str, version: str, due_on: date, today: date, summary: str) -> Notice:
    """Tell someone who completed an older version that there is a new one to learn."""
    deadline = _by_when(Duty(course, {}, due_on, today))
    return Notice(
        RETRAIN, {"course": course, "version": version, "deadline": deadline, "changes": summary}, glyph="soon"
    )


def new_version(*, course: str, version: str, summary: str, is_in_the_middle: bool) -> Notice:
    """Tell someone that a new version is in effect, which they are not asked to learn."""
    fields = {"course": course, "version": version, "changes": summary}
    return Notice(NEW_VERSION, fields, variant="begun" if is_in_the_middle else "")


def due_soon(duty: Duty) -> Notice:
    """Remind someone before the day."""
    return Notice(DUE_SOON, duty.fields, glyph="soon", variant=duty.variant)


def window_opens(duty: Duty) -> Notice:
    """Tell someone that they may complete a training again from now on."""
    return Notice(WINDOW_OPENS, duty.ending.fields, glyph="soon")


def expires_soon(duty: Duty) -> Notice:
    """Remind someone that their completion ends."""
    return Notice(EXPIRES_SOON, duty.ending.fields, glyph="soon")


def expired(duty: Duty, *, others_hear: bool = False) -> Notice:
    """Tell someone that their completion counts no longer."""
    return Notice(EXPIRED, {**duty.ending.fields, "told": _told(others_hear)}, glyph="expired")


def overdue(duty: Duty, *, others_hear: bool = False) -> Notice:
    """Tell someone that the day has passed, and whether their manager hears of it too."""
    return Notice(OVERDUE, {**duty.fields, "told": _told(others_hear)}, glyph="late", variant=duty.variant)


def _told(others_hear: bool) -> str:
    return _("Your manager is told too.") if others_hear else ""


def kind_of_step(step: LadderStep) -> MessageKind:
    """Return the kind of message that a step of the ladder sends."""
    if step.audience != Audience.LEARNER:
        return ABOVE[step.audience]
    if step.anchor == Anchor.WINDOW:
        return WINDOW_OPENS
    if step.anchor == Anchor.EXPIRY:
        return EXPIRES_SOON if step.is_before else EXPIRED
    return DUE_SOON if step.is_before else OVERDUE


def overdue_in_team(duty: Duty, *, name: str, to: Audience = Audience.MANAGER) -> Notice:
    """Tell somebody above a learner that the day has passed: manager, second manager or coordinator."""
    reason = reason_about(dict(duty.because)) + "."
    fields = {"course": duty.course, "name": name, "day": duty.day, "reason": reason}
    return Notice(ABOVE[to], fields, glyph="late", variant=duty.variant)


def reminded(duty: Duty, *, name: str, text: str) -> Notice:
    """Pass on that somebody reminds of a training, with their own words where they wrote any."""
    words = _("{name} writes: {text}").format(name=name, text=text) if text else ""
    fields = {**duty.fields, "name": name, "words": words}
    return Notice(REMINDED, fields, glyph="late" if duty.days_left < 0 else "soon")


def given_to_all(*, number: int, course: str, people: int) -> Notice:
    """Tell whoever switched a requirement on that everyone whom it reaches has it now."""
    fields = {"course": course, "requirement": f"R-{number}", "count": str(people)}
    return Notice(GIVEN_TO_ALL, fields, glyph="done", variant="one" if people == 1 else "")


def completed(*, course: str, serial: str, version: str) -> Notice:
    """Lead a learner to their certificate."""
    return Notice(COMPLETED, {"course": course, "serial": serial, "version": version}, glyph="done")


def _by_when(duty: Duty) -> str:
    """Say the day in full, and how far it is."""
    if duty.is_renewal and duty.days_left < 0:
        return _("Your completion counted until {day}. Complete the training again.").format(day=duty.day)
    if duty.is_renewal:
        return _("Your completion counts until the end of {day}. Complete the training again by then.").format(
            day=duty.day
        )
    if duty.days_left < 0:
        return _("It was due on {day}, {ago}.").format(day=duty.day, ago=_when(duty.days_left))
    return _("Due {when}, by the end of {day} at your site.").format(when=_when(duty.days_left), day=duty.day)


def _when(days: int) -> str:
    if days < 0:
        return ngettext("{count} day ago", "{count} days ago", -days).format(count=-days)
    if days == 0:
        return _("today")
    if days == 1:
        return _("tomorrow")
    return ngettext("in {count} day", "in {count} days", days).format(count=days)
