"""What a change would do, as it is shown before it bites: who gains, loses, moves and keeps what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from courses.choices import VersionState
from courses.models import CourseVersion
from enrollment.choices import Status
from enrollment.models import Standing
from enrollment.queries.changes import Changes
from enrollment.queries.reaches import Outlook, with_outlook
from enrollment.queries.requirements import course_titles

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


@dataclass(frozen=True, slots=True)
class Effect:
    """What saving a change would do, no more and no less; each list by name."""

    gains: Sequence[EffectLine]
    loses: Sequence[EffectLine]
    moves: Sequence[EffectLine]
    keeps: Sequence[EffectLine]
    minutes: int  # of the training that is gained and not current
    key: str

    @property
    def people(self) -> int:
        """How many people it changes something for."""
        return len({(line.name, line.employee_number) for line in (*self.gains, *self.loses, *self.moves)})

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
            ("keeps", _("Keep it as it is"), self.keeps),
        ]

    def sheet(self) -> Iterator[list[Any]]:
        """Yield the rows of a download: everyone on the screen, and those who did not fit."""
        yield [_("Effect"), _("Person"), _("Employee number"), _("Training"), _("Why"), _("Due"), _("Due until now")]
        for _code, words, lines in self.groups:
            for line in lines:
                days = [day.isoformat() if day else "" for day in (line.due_on, line.was_due_on)]
                yield [words, line.name, line.employee_number, line.training, line.words, *days]


def effect_of(changes: Changes) -> Effect:
    """Return what changes would do, for people to read; as many queries for a thousand as for one."""
    begin, staying = with_outlook(changes.begin, changes.asked), changes.staying()
    courses = {each.course_id for each in (*changes.begin, *changes.stay)}
    titles = course_titles(courses | {each.assignment.course_id for each in changes.end})
    held = [*(each.assignment_id for each in changes.stay), *(each.assignment.pk for each in changes.end)]
    standing = Standing.objects.filter(assignment__in=held)
    now_due: dict[UUID | None, date | None] = dict(standing.values_list("assignment_id", "due_on"))
    stay = [
        EffectLine(
            each.name,
            each.employee_number,
            titles[each.course_id],
            each.reason_about,
            each.due_on,
            now_due.get(each.assignment_id),
            each.status,
        )
        for each in staying
    ]
    gains = [
        EffectLine(
            each.name,
            each.employee_number,
            titles[each.course_id],
            each.reason_about,
            each.due_on,
            status=each.status,
        )
        for each in begin
    ]
    loses = [
        EffectLine(
            each.assignment.user.name,
            each.assignment.user.employee_number,
            titles[each.assignment.course_id],
            each.why,
            None,
            now_due.get(each.assignment.pk),
        )
        for each in changes.end
    ]
    return Effect(
        gains=_by_name(gains),
        loses=_by_name(loses),
        moves=_by_name(line for line in stay if line.due_on != line.was_due_on),
        keeps=_by_name(line for line in stay if line.due_on == line.was_due_on),
        minutes=_minutes(begin),
        key=changes.key(staying),
    )


def _minutes(gained: Sequence[Outlook]) -> int:
    """Return how long the training takes that people would gain and are not current in; one query."""
    wanted = [each.course_id for each in gained if not each.is_current]
    effective = CourseVersion.objects.filter(course__in=set(wanted), state=VersionState.EFFECTIVE)
    minutes = dict(effective.values_list("course_id", "minutes"))
    return sum(minutes.get(course, 0) for course in wanted)


def _by_name(lines: Any) -> list[EffectLine]:
    return sorted(lines, key=lambda line: (line.name, line.training))
