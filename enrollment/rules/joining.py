"""Who may begin a course, who may ask to, by when one wants to be done, and what moves to a newer version."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from courses.choices import Joining
from enrollment.choices import EnrollmentState
from enrollment.rules.sequence import Step

LONGEST_WISH = timedelta(days=730)


def why_not_begun(joining: Joining, *, is_required: bool, is_let: bool = False) -> str:
    """Say why somebody can not begin a course by themselves; nothing when they can.

    What is required may always be begun. `is_let` says that somebody else decided so.
    """
    if joining == Joining.OPEN or is_required or is_let:
        return ""
    if joining == Joining.APPROVAL:
        return _("Your manager decides who takes this training. Ask first.")
    return _("Only those of whom it is required take this training.")


def why_not_asked(joining: Joining, *, is_required: bool, is_open: bool, is_waiting: bool, is_offered: bool) -> str:
    """Say why somebody can not ask to take a course; nothing when they can."""
    if is_open:
        return _("You have begun this training already.")
    if is_waiting:
        return _("You have asked already. You hear when it is decided.")
    if not is_offered:
        return _("No version of this training is in effect now, so nobody can begin it.")
    if is_required or joining == Joining.OPEN:
        return _("You need not ask: you can begin this training.")
    if joining == Joining.REQUIRED:
        return _("Only those of whom it is required take this training.")
    return ""


def why_not_wished(day: date | None, *, today: date) -> str:
    """Say why a day can not be the one by which somebody wants to be done; nothing when it can, or is none."""
    if day is None:
        return ""
    if day < today:
        return _("That day has passed. Choose today or a later one.")
    if day > today + LONGEST_WISH:
        return _("Choose a day within the next two years.")
    return ""


@dataclass(frozen=True, slots=True)
class Carried:
    """What of an older version stays done in a newer one: by the activities of the newer one."""

    kept: Mapping[UUID, UUID]  # each with the one it was
    left: Sequence[Step]  # to be done, in order
    again: int  # how many that were done are not in the newer one as they were


def carried(steps: Sequence[Step], *, unchanged: Mapping[UUID, UUID], completed: Collection[UUID]) -> Carried:
    """Return what stays done: what was completed, and is in the newer version with the same content."""
    kept = {each.id: unchanged[each.id] for each in steps if unchanged.get(each.id) in completed}
    left = [each for each in steps if each.id not in kept]
    return Carried(kept, left, len(set(completed) - set(kept.values())))


@dataclass(frozen=True, slots=True)
class Ended:
    """An enrollment that somebody would open again."""

    state: EnrollmentState
    is_last: bool  # of this person and course
    is_in_effect: bool
    version: str
    is_completed_since: bool


def why_not_reopened(ended: Ended, *, name: str) -> str:
    """Say why an enrollment can not be opened again; nothing when it can."""
    if ended.state == EnrollmentState.OPEN:
        return _("It is open for {name} already.").format(name=name)
    if ended.state == EnrollmentState.COMPLETED or ended.is_completed_since:
        return _("{name} has completed it.").format(name=name)
    if ended.state == EnrollmentState.MOVED or not ended.is_last:
        return _("{name} went on with another one.").format(name=name)
    if not ended.is_in_effect:
        words = _("Version {label} is not in effect any more; {name} can begin the one that is.")
        return words.format(label=ended.version, name=name)
    return ""
