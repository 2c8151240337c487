"""What a change would do, as it is shown before it bites: who gains, loses, moves and keeps what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from core.sql import from_json, rows
from courses.choices import VersionState
from courses.models import CourseVersion
from enrollment.choices import Status
from enrollment.models import Standing
from enrollment.queries.changes import Changes
from enrollment.queries.reaches import Outlook, with_outlook
from enrollment.queries.requirements import course_titles
from enrollment.queries.standings import STATUS_SQL
from enrollment.rules import reason_about, short_day

MISSED = frozenset({Status.LATE, Status.EXPIRED})


@dataclass(frozen=True, slots=True)
class EffectLine:
    """One person and one training: why, and by which day."""

    name: str
    employee_number: str
    training: str
    words: str
    due_on: date | None
    was_due_on: date | None = None
    status: Status | None = None
    was_words: str = ""  # where the reason changes, why the one before holds no longer
    note: str = ""  # what keeps the day as it is

    @property
    def day_words(self) -> str:
        """By which day it is due then, and by which until now, where that is another one; nothing for no day."""
        if self.due_on is None:
            return (
                _("nothing due then, until now {day}").format(day=short_day(self.was_due_on)) if self.was_due_on else ""
            )
        if self.was_due_on and self.was_due_on != self.due_on:
            words = _("due {day} instead of {was}")
            return words.format(day=short_day(self.due_on), was=short_day(self.was_due_on))
        return _("due {day}").format(day=short_day(self.due_on))


@dataclass(frozen=True, slots=True)
class Effect:
    """What saving a change would do to people and their training, no more and no less; each list by name.

    Where several requirements ask a person for one training, what is due first speaks, as everywhere. So
    whoever loses it by one and has it by another neither gains nor loses anything: they keep it.
    """

    gains: Sequence[EffectLine]
    loses: Sequence[EffectLine]
    moves: Sequence[EffectLine]
    stays: Sequence[EffectLine]  # kept by the same day, for another reason or for one more
    keeps: Sequence[EffectLine]
    minutes: int  # of the training that is gained and not current
    key: str

    @property
    def people(self) -> int:
        """How many people it changes something for."""
        lines = (*self.gains, *self.loses, *self.moves, *self.stays)
        return len({(line.name, line.employee_number) for line in lines})

    @property
    def missed(self) -> int:
        """How many of those who gain it or have another day would be overdue then."""
        return sum(line.status in MISSED for line in (*self.gains, *self.moves))

    @property
    def training_time(self) -> str:
        """How long the training takes that is gained, in words."""
        hours, minutes = divmod(self.minutes, 60)
        if not hours:
            return _("{minutes} min").format(minutes=minutes)
        return _("{hours} h {minutes} min").format(hours=hours, minutes=minutes)

    @property
    def groups(self) -> list[tuple[str, str, Sequence[EffectLine]]]:
        """Its lists with their names: code, words, lines."""
        return [
            ("gains", _("Gain it"), self.gains),
            ("loses", _("No longer have it"), self.loses),
            ("moves", _("Have another day"), self.moves),
            ("stays", _("Keep it, the reason changes"), self.stays),
            ("keeps", _("Keep it as it is"), self.keeps),
        ]

    def sheet(self) -> Iterator[list[Any]]:
        """Yield the rows of a download: everyone on the screen, and those who did not fit."""
        head = [_("Effect"), _("Person"), _("Employee number"), _("Training"), _("Why"), _("What changes in why")]
        yield [*head, _("Due"), _("Due until now")]
        for _code, words, lines in self.groups:
            for line in lines:
                days = [day.isoformat() if day else "" for day in (line.due_on, line.was_due_on)]
                why = f"{line.words}. {line.note}" if line.note else line.words
                yield [words, line.name, line.employee_number, line.training, why, line.was_words, *days]


@dataclass(frozen=True, slots=True)
class _Held:
    """That one requirement asks a training of a person: why, by which day, and how they stand with it."""

    words: str
    due_on: date | None
    status: Status | None = None
    note: str = ""


@dataclass(slots=True)
class _Case:
    """One person and one training: what asks for it before the change, and what then."""

    name: str
    employee_number: str
    before: list[_Held] = field(default_factory=list)
    after: list[_Held] = field(default_factory=list)
    given: list[Outlook] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)  # why what falls away does

    @property
    def is_gained(self) -> bool:
        return not self.before

    def line(self, training: str) -> EffectLine:
        """Return it as it is shown; what is due first speaks."""
        was, then = _first(self.before), _first(self.after)
        was_due_on = was.due_on if was else None
        if then is None:
            return EffectLine(self.name, self.employee_number, training, self.ended[0], None, was_due_on)
        words, was_words = then.words, ""
        if was and self.ended:
            was_words = self.ended[0]
        elif was and self.given:  # one more reason beside those that there are
            words, was_words = self.given[0].reason_about, _("Asked of them already")
        return EffectLine(
            self.name, self.employee_number, training, words, then.due_on, was_due_on, then.status, was_words, then.note
        )


_Cases = dict[tuple[UUID, UUID], _Case]  # by person and course
# What other requirements, which do not change, ask of these people.
_OTHERS = f"""
    SELECT a.user_id, a.course_id, a.because, s.due_on, {STATUS_SQL}
    FROM enrollment_assignment a LEFT JOIN enrollment_standing s ON s.assignment_id = a.id
    CROSS JOIN LATERAL (SELECT (%(at)s AT TIME ZONE s.zone)::date AS today) AS d
    WHERE a.ended_at IS NULL AND a.user_id = ANY (%(users)s::uuid[]) AND a.course_id = ANY (%(courses)s::uuid[])
        AND NOT a.requirement_id = ANY (%(changing)s::uuid[])
"""


def effect_of(changes: Changes) -> Effect:
    """Return what changes would do, for people to read; as many queries for a thousand as for one."""
    begin, staying = with_outlook(changes.begin, changes.asked), changes.staying()
    cases = _cases(changes, begin, staying)
    titles = course_titles({course for _user, course in cases})
    gains, loses, moves, stays, keeps = (list[EffectLine]() for _list in range(5))
    for (_user, course), case in cases.items():
        line = case.line(titles[course])
        if case.is_gained:
            gains.append(line)
        elif not case.after:
            loses.append(line)
        elif line.due_on != line.was_due_on:
            moves.append(line)
        else:
            (stays if case.given or case.ended else keeps).append(line)
    return Effect(
        gains=_by_name(gains),
        loses=_by_name(loses),
        moves=_by_name(moves),
        stays=_by_name(stays),
        keeps=_by_name(keeps),
        minutes=_minutes(cases),
        key=changes.key(staying),
    )


def _cases(changes: Changes, begin: Sequence[Outlook], staying: Sequence[Outlook]) -> _Cases:
    held = [*(each.assignment_id for each in changes.stay), *(each.assignment.pk for each in changes.end)]
    standing = Standing.objects.filter(assignment__in=held)
    now_due: dict[UUID | None, date | None] = dict(standing.values_list("assignment_id", "due_on"))
    moved = {each.assignment.pk for each in changes.move}
    cases: _Cases = {}
    for outlook in (*begin, *staying):
        key = outlook.user_id, outlook.course_id
        case = cases.setdefault(key, _Case(outlook.name, outlook.employee_number))
        holds = outlook.is_extended and outlook.assignment_id in moved
        note = _("The more time that was given holds.") if holds else ""
        case.after.append(_Held(outlook.reason_about, outlook.due_on, outlook.status, note))
        if outlook.assignment_id is None:
            case.given.append(outlook)
        else:
            case.before.append(_Held(outlook.reason_about, now_due.get(outlook.assignment_id)))
    for leaving in changes.end:
        user, assignment = leaving.assignment.user, leaving.assignment
        key = assignment.user_id, assignment.course_id
        case = cases.setdefault(key, _Case(user.name, user.employee_number))
        case.before.append(_Held(leaving.why, now_due.get(assignment.pk)))
        case.ended.append(leaving.why)
    for key, other in _others(changes, cases):
        cases[key].before.append(other)
        cases[key].after.append(other)
    return cases


def _others(changes: Changes, cases: _Cases) -> Iterator[tuple[tuple[UUID, UUID], _Held]]:
    """Yield what asks these trainings of these people beside the requirements that change; one query."""
    if not cases:
        return
    users, courses = ({str(each) for each in ids} for ids in zip(*cases, strict=True))
    values = {"users": list(users), "courses": list(courses), "changing": list(changes.asked), "at": changes.at}
    for user, course, because, due_on, status in rows(_OTHERS, values):
        if (user, course) in cases:
            stands = Status(status) if status else None
            yield (user, course), _Held(reason_about(from_json(because)), due_on, stands)


def _first(held: Sequence[_Held]) -> _Held | None:
    """Return what is due first; what has no day comes last."""
    return min(held, key=lambda each: each.due_on or date.max, default=None)


def _minutes(cases: Mapping[tuple[UUID, UUID], _Case]) -> int:
    """Return how long the training takes that people would gain and are not current in; one query."""
    gained = [(course, case) for (_user, course), case in cases.items() if case.is_gained]
    wanted = [course for course, case in gained if not all(each.is_current for each in case.given)]
    effective = CourseVersion.objects.filter(course__in=set(wanted), state=VersionState.EFFECTIVE)
    minutes = dict(effective.values_list("course_id", "minutes"))
    return sum(minutes.get(course, 0) for course in wanted)


def _by_name(lines: Sequence[EffectLine]) -> list[EffectLine]:
    return sorted(lines, key=lambda line: (line.name, line.training))
