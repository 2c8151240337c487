"""What a course consists of, as its page and its player list it: a state, words and an address each."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext as _

from core.addresses import address
from courses.queries import ActivityOutline, ModuleOutline, Outline
from courses.words import clock_words, minutes_words
from enrollment.models import Enrollment
from enrollment.queries import ProgressMark
from enrollment.rules.sequence import Lock, locks, outstanding, spare, steps_of


@dataclass(frozen=True, slots=True)
class Line:
    """One activity, or the signature at the end; without an address it can not be opened."""

    state: str
    title: str
    about: str
    url: str = ""
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """One module with its lines."""

    title: str
    about: str
    activities: list[Line]
    choice: str = ""  # how many of them are needed, where not all are


def activity_url(enrollment_id: UUID, activity_id: UUID) -> str:
    return address("enrollment:activity", enrollment_id, activity_id)


def step_url(enrollment_id: UUID, activity_id: UUID | None) -> str:
    """Return the address of an activity, or of the signature where no activity is left."""
    if activity_id is None:
        return address("enrollment:sign", enrollment_id)
    return activity_url(enrollment_id, activity_id)


def contents(
    outline: Outline,
    *,
    progress: Mapping[UUID, ProgressMark],
    enrollment: Enrollment | None = None,
    current: UUID | None = None,
    positions: Mapping[UUID, Decimal] | None = None,
    in_full: bool = False,
) -> list[Part]:
    """Return modules and activities as a learner sees them; without an enrollment there is nothing to open.

    `in_full` says what completes each activity, as on the course page; else a word or two. `positions`
    are where videos were left.
    """
    completed = {activity for activity, mark in progress.items() if mark.is_completed}
    steps = steps_of(outline)
    locked, unneeded = locks(steps, completed=completed), spare(steps, completed=completed)
    parts = []
    for module in outline.modules:
        lines = []
        for activity in module.activities:
            lock = locked.get(activity.id)
            mark = progress.get(activity.id)
            state = "locked" if lock else "done" if activity.id in completed else "doing" if mark else "todo"
            position = (positions or {}).get(activity.id) if state == "doing" else None
            about = _in_full(activity, lock) if in_full else _in_short(activity, lock)
            if activity.id in unneeded:
                state, about = "waived", _("{about} · not needed any more").format(about=about)
            if position:
                about = _("{about} · stopped at {position}").format(about=about, position=clock_words(int(position)))
            url = activity_url(enrollment.pk, activity.id) if enrollment and not lock else ""
            lines.append(Line(state, activity.title, about, url, activity.id == current))
        parts.append(Part(module.title, str(minutes_words(module.minutes)), lines, _choice(module, completed)))
    if parts:
        parts[-1].activities.append(_signature(outline, enrollment, completed))
    return parts


def _choice(module: ModuleOutline, completed: Collection[UUID]) -> str:
    """Say how many activities of a module are needed and done; nothing where all are needed."""
    if module.needed is None:
        return ""
    done = sum(activity.id in completed for activity in module.activities)
    words = _("{done} of {count} done, any {needed} needed")
    return words.format(done=done, count=len(module.activities), needed=module.needed_count)


def _in_full(activity: ActivityOutline, lock: Lock | None) -> str:
    if lock:
        return f"{activity.requirement_words}. {lock.words}"
    return f"{activity.requirement_words} · {activity.extent_words}"


def _in_short(activity: ActivityOutline, lock: Lock | None) -> str:
    return lock.words if lock else f"{activity.kind_label} · {activity.extent_words}"


def _signature(outline: Outline, enrollment: Enrollment | None, completed: Collection[UUID]) -> Line:
    title = _("Sign and finish")
    missing = outstanding(steps_of(outline), completed=completed)
    if enrollment and enrollment.state == "completed":
        url = address("enrollment:completed", enrollment.pk)
        return Line("done", title, _("Signed"), url)
    if missing:
        last = missing[-1]
        words = _("Opens when everything above is done")
        if last.is_assessment:
            words = _("Opens when you pass “{title}”")
        elif any(module.needed is not None for module in outline.modules):
            words = _("Opens when as much of the above is done as is needed")
        return Line("locked", title, words.format(title=last.title))
    url = step_url(enrollment.pk, None) if enrollment else ""
    return Line("todo", title, _("Your signature completes the training"), url)
