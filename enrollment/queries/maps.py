"""The way through programs and to courses that ask for others, as one person stands with it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from core.sql import rows
from courses.queries import ActivityOutline, Outline, outline_of
from courses.queries.paths import CourseName, course_names, first_in_effect
from courses.rules import asked_in_all
from courses.words import minutes_words
from enrollment.choices import Standpoint, Status
from enrollment.queries.beginnings import Gate, gate_of, verdicts
from enrollment.queries.standings import standings
from enrollment.rules import day_in
from enrollment.rules.beginning import missing_words
from enrollment.rules.maps import Line, Part, Stage, lines_between, stages_of
from enrollment.rules.qualifications import Verdict
from enrollment.rules.sequence import locks, outstanding, spare, steps_of, tally
from people.models import User

_OPEN = "SELECT course_id, id FROM enrollment_enrollment WHERE user_id = %s AND state = 'open'"


@dataclass(frozen=True, slots=True)
class Goal:
    """Where a way leads: a version, the enrollment in it and what is done of it, where it was begun."""

    outline: Outline
    enrollment_id: UUID | None = None
    completed: Collection[UUID] = ()
    is_completed: bool = False


@dataclass(frozen=True, slots=True)
class Stop:
    """One course or activity on the way: how the person stands with it, and why."""

    title: str
    code: str
    state: str  # a state of the component library
    about: str
    course_id: UUID | None  # nothing for an activity of the program itself
    enrollment_id: UUID | None
    activity_id: UUID | None
    is_goal: bool = False


@dataclass(frozen=True, slots=True)
class MapStage:
    """Some stops beside each other, and the lines that lead to them from the stage before."""

    title: str
    choice: str  # how many of them are needed, where not all are
    stops: Sequence[Stop]
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Way:
    """The whole way to one course."""

    goal: Outline
    done: int
    needed: int
    stages: Sequence[MapStage]


def has_way(outline: Outline) -> bool:
    """Say whether a version asks for other courses, first or as its steps."""
    return bool(outline.courses or outline.prerequisites)


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known about the courses on all ways of one person."""

    asks: dict[UUID, set[UUID]]
    names: dict[UUID, CourseName]
    verdicts: dict[UUID, Verdict]
    begun: dict[UUID, UUID]
    due: dict[UUID, Status]
    gate: Gate

    def is_met(self, course: UUID) -> bool:
        found = self.verdicts.get(course)
        return found is not None and found.standpoint == Standpoint.CURRENT


def ways_of(user: User, goals: Iterable[Goal], *, at: datetime) -> list[Way]:
    """Return the ways to these courses; a constant number of queries, whatever their number."""
    goals = [goal for goal in goals if has_way(goal.outline)]
    if not goals:
        return []
    asks = first_in_effect()
    for goal in goals:  # as it was when it was begun
        asks[goal.outline.course_id] = set(goal.outline.prerequisites)
    direct = {course for goal in goals for course in (goal.outline.course_id, *goal.outline.courses.values())}
    every = asked_in_all(direct, asks)
    required = standings(at=at, user_ids=[user.pk])
    due = {each.takes_id: each.status for each in required}
    known = _Known(
        asks=asks,
        names=course_names(every),
        verdicts=verdicts(user.pk, every, day=day_in(user.zone_name, at)),
        begun=dict(rows(_OPEN, [user.pk])),
        due=due,
        gate=gate_of(user, [goal.outline for goal in goals], at=at, required=required),
    )
    return [_way(goal, known) for goal in goals]


def _way(goal: Goal, known: _Known) -> Way:
    outline = goal.outline
    by_stop = {outline.courses.get(each.id, each.id): each for each in outline.activities}
    parts = [
        Part(
            module.title,
            tuple(dict.fromkeys(outline.courses.get(each.id, each.id) for each in module.activities)),
            module.needed,
        )
        for module in outline.modules
        if outline.courses
    ]
    stages = stages_of(outline.course_id, parts, known.asks)
    steps = steps_of(outline)
    completed = set(goal.completed) | {activity for activity, course in outline.courses.items() if known.is_met(course)}
    unneeded = spare(steps, completed=completed)
    locked = locks(steps, completed=completed)
    found = []
    before: Stage | None = None
    for stage in stages:
        stops = []
        for stop in stage.stops:
            activity = by_stop.get(stop)
            if stop == outline.course_id:
                stops.append(_goal(goal, known, is_ready=not outstanding(steps, completed=completed)))
            elif stop in known.names:
                is_spare = activity is not None and activity.id in unneeded
                stops.append(_course(known.names[stop], known, is_spare=is_spare))
            elif activity is not None:
                lock = locked[activity.id].words if activity.id in locked else ""
                stops.append(_activity(activity, goal, lock=lock, is_done=activity.id in completed))
        choice = _("Any {needed} of {count}").format(needed=stage.needed, count=len(stops)) if stage.needed else ""
        lines = lines_between(before, stage, known.asks) if before else []
        found.append(MapStage(stage.title, choice, stops, lines))
        before = stage
    counted = tally(steps, completed=completed)
    return Way(outline, counted.done, counted.needed, found)


def _course(name: CourseName, known: _Known, *, is_spare: bool) -> Stop:
    course = name.course_id
    enrollment = known.begun.get(course)
    missing = [known.names[each].title for each in sorted(known.asks.get(course, ()), key=str) if _lacks(each, known)]
    met = known.is_met(course)
    status = known.due.get(course)
    if met:
        state, about = "done", known.verdicts[course].sentence
    elif is_spare and not enrollment and status is None:
        state, about = "waived", _("Not needed: enough of this part is done")
    elif enrollment:
        state, about = "doing", _("In progress")
    elif missing:
        state, about = "locked", missing_words(missing)
    elif not name.is_offered:
        state, about = "locked", _("No version is in effect now. {code} can not be begun").format(code=name.code)
    else:
        state, about = _open(status, minutes=name.minutes)
        if known.verdicts[course].standpoint in (Standpoint.EXPIRED, Standpoint.OUTDATED):
            state, about = "expired", known.verdicts[course].sentence
        is_program = bool(outline_of(name.version_id).courses) if known.gate.is_full else False
        if known.gate.is_full and not is_program and course not in known.gate.pressing:
            hindrance = known.gate.hindrance(course)
            state, about = "locked", hindrance.words if hindrance else about
    if state in ("doing", "todo") and status in (Status.LATE, Status.SOON):
        state = status.value
    if is_spare and state != "waived":
        about = _("{about} · not needed here any more").format(about=about)
    return Stop(name.title, name.code, state, about, course, enrollment, None)


def _lacks(course: UUID, known: _Known) -> bool:
    return course in known.names and not known.is_met(course)


def _open(status: Status | None, *, minutes: int) -> tuple[str, str]:
    state = status.value if status in (Status.LATE, Status.SOON) else "todo"
    return state, _("Open · {minutes}").format(minutes=minutes_words(minutes))


def _activity(activity: ActivityOutline, goal: Goal, *, lock: str, is_done: bool) -> Stop:
    about = lock or f"{activity.kind_label} · {activity.extent_words}"
    state = "done" if is_done else "locked" if lock or goal.enrollment_id is None else "todo"
    if goal.enrollment_id is None and not lock:
        about = _("{about} · opens when you begin").format(about=about)
    opens = None if state == "locked" else activity.id
    return Stop(activity.title, "", state, about, None, goal.enrollment_id, opens)


def _goal(goal: Goal, known: _Known, *, is_ready: bool) -> Stop:
    outline = goal.outline
    missing = [known.names[each].title for each in outline.prerequisites if _lacks(each, known)]
    if goal.is_completed:
        state, about = "done", _("Completed and signed")
    elif goal.enrollment_id is None and missing:
        state, about = "locked", missing_words(missing)
    elif goal.enrollment_id is None:
        hindrance = known.gate.hindrance(outline.course_id)
        state, about = (
            ("locked", hindrance.words)
            if hindrance
            else _open(known.due.get(outline.course_id), minutes=outline.minutes)
        )
    elif is_ready:
        state, about = "todo", _("Everything is done: sign, and it is completed")
    else:
        state, about = "doing", _("In progress")
    if outline.courses and goal.enrollment_id is not None and not is_ready and not goal.is_completed:
        state, about = "locked", _("Your signature at the end. Opens when enough of the above is done")
    return Stop(outline.title, outline.code, state, about, outline.course_id, goal.enrollment_id, None, is_goal=True)
