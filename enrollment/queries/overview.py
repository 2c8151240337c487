"""All trainings of one person, as their own pages list them: a constant number of queries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from core.sql import rows
from courses.queries import ActivityOutline, Outline, outline_of
from enrollment.choices import BY_URGENCY, Status, Why
from enrollment.models import Waiver
from enrollment.queries.exceptions import waivers_in_force
from enrollment.queries.standings import Standing, standings
from enrollment.rules import DUE_SOON, day_in, short_day
from enrollment.rules.sequence import goes_on_with, steps_of
from people.models import User

Words = str | Promise


@dataclass(frozen=True, slots=True)
class Begun:
    """An open enrollment, as far as it has come."""

    id: UUID
    course_id: UUID
    version_id: UUID
    enrolled_at: datetime
    last_activity_id: UUID | None
    seen_at: datetime | None
    own_due_on: date | None
    completed: Collection[UUID]


@dataclass(frozen=True, slots=True)
class Item:
    """One training of a person: how it stands, why they have it, what is left."""

    course_id: UUID
    code: str
    title: str
    status: Status
    reason: str
    due_on: date | None
    valid_until: date | None
    today: date
    enrollment_id: UUID | None
    next_activity_id: UUID | None  # nothing when only the signature is left, or nothing was begun
    is_required: bool
    is_renewal: bool
    is_offered: bool
    done: int
    total: int
    minutes_left: int
    requirement: Words
    is_extended: bool = False
    waiver: Waiver | None = None  # because of which nothing is asked now
    own_due_on: date | None = None  # by which day they want to be done

    @property
    def needs_work(self) -> bool:
        return self.status not in (Status.DONE, Status.WAIVED, Status.PAUSED)

    @property
    def may_begin(self) -> bool:
        return self.enrollment_id is None and self.is_offered


@dataclass(frozen=True, slots=True)
class Goal:
    """Where a person goes on: an activity of a begun training, or its signature."""

    enrollment_id: UUID
    title: str
    module_number: int
    activity: ActivityOutline | None
    done: int
    total: int
    minutes_left: int


@dataclass(frozen=True, slots=True)
class Done:
    """The last completion of a course."""

    enrollment_id: UUID | None  # nothing where it was not taken here
    course_id: UUID
    title: str
    completed_at: datetime
    completed_on: date
    valid_until: date | None
    certificate_id: UUID | None


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything that a person has to do, and what they did last."""

    items: Sequence[Item]
    goal: Goal | None
    completions: Sequence[Done]
    required: Counter[Status]  # what is required of them, by how it stands

    def with_status(self, *statuses: Status) -> list[Item]:
        return [item for item in self.items if item.status in statuses]


def overview_of(user: User, *, at: datetime, last: int | None = None) -> Overview:
    """Return a person's trainings, most urgent first, with their `last` completions or all of them."""
    required = standings(at=at, user_ids=[user.pk])
    begun = {each.course_id: each for each in _begun(user)}
    versions = _versions({each.takes_id for each in required} - begun.keys())
    today = day_in(user.zone_name, at)
    waivers = _waivers(required, user)
    items = [item for each in required if (item := _required(each, begun.get(each.takes_id), versions, waivers))]
    known = {each.takes_id for each in required}
    items += [_chosen(each, today=today) for each in begun.values() if each.course_id not in known]
    items.sort(key=_urgency)
    return Overview(
        items=items,
        goal=_goal(begun.values()),
        completions=_completions(user, last),
        required=Counter(each.status for each in required),
    )


def requirement_of(outline: Outline) -> Words:
    """Say what completes a training: "Score at least 80 % and sign"."""
    graded = [activity.requirement_words for activity in outline.activities if activity.is_assessment]
    if graded:
        return format_lazy(gettext_lazy("{requirement} and sign"), requirement=graded[-1])
    count = outline.activity_count
    return ngettext_lazy("Do %(count)s activity and sign", "Do %(count)s activities and sign", "count") % {
        "count": count
    }


# Written as SQL: these run on the page that people open most, and building them took longer than running them.
_BEGUN = """
    SELECT e.id, e.course_id, e.version_id, e.enrolled_at, p.activity_id, p.seen_at, e.own_due_on,
        ARRAY(SELECT activity_id FROM enrollment_progress WHERE enrollment_id = e.id AND state = 'completed')
    FROM enrollment_enrollment e LEFT JOIN enrollment_place p ON p.enrollment_id = e.id
    WHERE e.user_id = %s AND e.state = 'open'
"""
_VERSIONS = """
    SELECT DISTINCT ON (course_id) course_id, id, state = 'effective'
    FROM courses_courseversion
    WHERE course_id = ANY (%s::uuid[]) AND state IN ('effective', 'superseded', 'retired')
    ORDER BY course_id, state = 'effective' DESC, number DESC
"""
_COMPLETIONS = """
    SELECT * FROM (
        SELECT DISTINCT ON (c.course_id) c.enrollment_id, c.course_id, v.title, c.completed_at, c.completed_on,
            c.valid_until, (SELECT id FROM records_certificate WHERE completion_id = c.id)
        FROM enrollment_completion c JOIN courses_courseversion v ON v.id = c.version_id
        WHERE c.user_id = %s ORDER BY c.course_id, c.completed_at DESC
    ) AS latest ORDER BY completed_at DESC LIMIT %s
"""


def _begun(user: User) -> list[Begun]:
    return [Begun(*row) for row in rows(_BEGUN, [user.pk])]


def _versions(course_ids: set[UUID]) -> dict[UUID, tuple[UUID, bool]]:
    """Return for each course the version in effect, or the last one that was, and whether it can be begun."""
    if not course_ids:
        return {}
    found = rows(_VERSIONS, [[str(course_id) for course_id in course_ids]])
    return {course: (version, is_offered) for course, version, is_offered in found}


def _waivers(required: Sequence[Standing], user: User) -> dict[UUID, Waiver]:
    """Return the waivers because of which nothing is asked now, by requirement; no query where there are none."""
    days = [each.today for each in required if each.status == Status.WAIVED]
    found = waivers_in_force(user_ids=[user.pk], on=days[0]) if days else {}
    return {requirement: waiver for (_user, requirement), waiver in found.items()}


def _required(
    standing: Standing,
    begun: Begun | None,
    versions: dict[UUID, tuple[UUID, bool]],
    waivers: dict[UUID, Waiver],
) -> Item | None:
    if begun is None and standing.takes_id not in versions:
        return None  # nothing of this course was ever in effect, so there is nothing to begin yet
    version_id, is_offered = (begun.version_id, True) if begun else versions[standing.takes_id]
    is_renewal = standing.status == Status.DONE and (standing.may_renew or begun is not None)
    status, due_on, reason = standing.status, standing.due_on, standing.reason
    if is_renewal and due_on:
        waiting = Status.TODO if begun is None else Status.DOING
        status = Status.SOON if due_on - standing.today <= DUE_SOON else waiting
        if standing.why == Why.RETRAINING:
            reason = _("Because there is a new version, and what you completed counts until {day}")
        else:
            reason = _("Because your certificate ends on {day}")
        reason = reason.format(day=short_day(standing.valid_until or due_on))
    return _item(
        outline_of(version_id),
        begun,
        status=status,
        reason=reason,
        due_on=due_on,
        is_extended=standing.is_extended,
        waiver=waivers.get(standing.requirement_id) if status == Status.WAIVED else None,
        valid_until=standing.valid_until,
        today=standing.today,
        is_required=True,
        is_renewal=is_renewal,
        is_offered=is_offered,
    )


def _chosen(begun: Begun, *, today: date) -> Item:
    return _item(
        outline_of(begun.version_id),
        begun,
        status=Status.DOING,
        reason=_("Because you chose it"),
        due_on=None,
        valid_until=None,
        today=today,
        is_required=False,
        is_renewal=False,
        is_offered=True,
    )


def _item(outline: Outline, begun: Begun | None, **details: Any) -> Item:
    completed = begun.completed if begun else ()
    step = goes_on_with(steps_of(outline), completed=completed, last=begun.last_activity_id) if begun else None
    return Item(
        course_id=outline.course_id,
        code=outline.code,
        title=outline.title,
        enrollment_id=begun.id if begun else None,
        own_due_on=begun.own_due_on if begun else None,
        next_activity_id=step.id if step else None,
        done=len(completed),
        total=outline.activity_count,
        minutes_left=minutes_left(outline, completed),
        requirement=requirement_of(outline),
        **details,
    )


def minutes_left(outline: Outline, completed: Iterable[UUID]) -> int:
    """Return how long the activities take that are not completed."""
    done = set(completed)
    return sum(activity.minutes for activity in outline.activities if activity.id not in done)


def _urgency(item: Item) -> tuple[int, date, str]:
    return BY_URGENCY.index(item.status), item.due_on or date.max, item.title


def _goal(begun: Iterable[Begun]) -> Goal | None:
    """Return where the training goes on that was seen last."""
    latest = max(begun, key=lambda each: (each.seen_at or each.enrolled_at, each.id), default=None)
    if latest is None:
        return None
    outline = outline_of(latest.version_id)
    step = goes_on_with(steps_of(outline), completed=latest.completed, last=latest.last_activity_id)
    activity = outline.by_id[step.id] if step else None
    modules = {module.id: module.number for module in outline.modules}
    return Goal(
        enrollment_id=latest.id,
        title=outline.title,
        module_number=modules[activity.module_id] if activity else 0,
        activity=activity,
        done=len(latest.completed),
        total=outline.activity_count,
        minutes_left=minutes_left(outline, latest.completed),
    )


def _completions(user: User, last: int | None) -> list[Done]:
    return [Done(*row) for row in rows(_COMPLETIONS, [user.pk, last])]
