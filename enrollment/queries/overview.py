"""All trainings of one person, as their own pages list them: a constant number of queries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from core.sql import rows
from courses.queries import ActivityOutline, Outline, outline_of
from courses.queries.paths import CourseName, course_names, first_in_effect
from courses.rules import asked_in_all
from enrollment.choices import BY_URGENCY, Status, Why
from enrollment.models import Waiver
from enrollment.queries.beginnings import counting, pressing_courses
from enrollment.queries.exceptions import waivers_in_force
from enrollment.queries.standings import Standing, standings
from enrollment.rules import DUE_SOON, day_in, short_day
from enrollment.rules.beginning import Hindrance, why_not_begin
from enrollment.rules.sequence import goes_on_with, steps_of, tally
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
    version_id: UUID
    completed: Collection[UUID]  # its activities that are done
    is_extended: bool = False
    waiver: Waiver | None = None  # because of which nothing is asked now
    hindrance: Hindrance | None = None  # why it can not be begun yet
    before: int = 0  # how many courses have to be completed before
    own_due_on: date | None = None  # by which day they want to be done
    assignment_id: UUID | None = None  # where it is required

    @property
    def needs_work(self) -> bool:
        return self.status not in (Status.DONE, Status.WAIVED, Status.PAUSED)

    @property
    def may_begin(self) -> bool:
        return self.enrollment_id is None and self.is_offered and self.hindrance is None

    @property
    def waits(self) -> bool:
        """Whether it waits for something else to be finished, since enough is in progress."""
        return self.enrollment_id is None and self.hindrance is not None and self.hindrance.is_cap


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
    waiting: str = ""  # when the next of those that wait may be begun, in words

    def with_status(self, *statuses: Status) -> list[Item]:
        return [item for item in self.items if item.status in statuses]


def overview_of(user: User, *, at: datetime, last: int | None = None) -> Overview:
    """Return a person's trainings, most urgent first, with their `last` completions or all of them."""
    required = standings(at=at, user_ids=[user.pk])
    begun, most = _begun(user, at=at)
    versions = _versions({each.takes_id for each in required} - begun.keys())
    today = day_in(user.zone_name, at)
    waivers = _waivers(required, user)
    items = [item for each in required if (item := _required(each, begun.get(each.takes_id), versions, waivers))]
    known = {each.takes_id for each in required}
    items += [_chosen(each, today=today) for each in begun.values() if each.course_id not in known]
    items = _with_what_is_first(user, items, begun.keys(), today=today)
    items = _held_back(items, begun.values(), most, required)
    items.sort(key=_urgency)
    return Overview(
        waiting=next((item.hindrance.words for item in items if item.waits and item.hindrance), ""),
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
    count = outline.needed_count
    return ngettext_lazy("Do %(count)s activity and sign", "Do %(count)s activities and sign", "count") % {
        "count": count
    }


# Written as SQL: these run on the page that people open most, and building them took longer than running them.
_BEGUN = """
    SELECT e.id, e.course_id, e.version_id, e.enrolled_at, p.activity_id, p.seen_at, e.own_due_on,
        ARRAY(SELECT activity_id FROM enrollment_progress WHERE enrollment_id = e.id AND state = 'completed'),
        (SELECT most_active FROM enrollment_studypolicy)
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


def _begun(user: User, *, at: datetime) -> tuple[dict[UUID, Begun], int | None]:
    """Return what is in progress by course, and how many courses may be; a step that counts no longer is not done."""
    found = rows(_BEGUN, [user.pk])
    begun = {each.course_id: each for each in (Begun(*row[:-1]) for row in found)}
    programs = {each.course_id: outline_of(each.version_id) for each in begun.values()}
    steps = {course for outline in programs.values() for course in outline.courses.values()}
    if steps:
        still = counting(user.pk, steps, day=day_in(user.zone_name, at))
        for course, outline in programs.items():
            gone = {activity for activity, asked in outline.courses.items() if asked not in still}
            begun[course] = replace(begun[course], completed=set(begun[course].completed) - gone)
    return begun, found[0][-1] if found else None


def _with_what_is_first(user: User, items: list[Item], begun: Collection[UUID], *, today: date) -> list[Item]:
    """Lock what asks for other courses first, and add those courses where the person does not have them.

    What is added is as pressing as what asks for it. No query where nothing asks for anything.
    """
    waiting = {item.course_id: item for item in items if item.enrollment_id is None and item.needs_work}
    if not any(outline_of(item.version_id).prerequisites for item in waiting.values()):
        return items
    first = first_in_effect()
    every = asked_in_all(waiting.keys(), first)
    met = counting(user.pk, {asked for course in every for asked in first.get(course, ())}, day=today)
    unmet = {course: first.get(course, set()) - met for course in every}
    names = course_names({asked for courses in unmet.values() for asked in courses})
    held = {course: _held_by(item, unmet, names) for course, item in waiting.items()}
    items = [held.get(item.course_id, item) for item in items]
    known = {item.course_id for item in items} | set(begun)
    versions = _versions(names.keys() - known)
    added: dict[UUID, Item] = {}
    for item in sorted(held.values(), key=_urgency):
        for course in asked_in_all([item.course_id], unmet) - known - added.keys():
            if course in versions:
                added[course] = _held_by(_asked_first(item, *versions[course], today=today), unmet, names)
    return [*items, *added.values()]


def _held_by(item: Item, unmet: Mapping[UUID, Collection[UUID]], names: Mapping[UUID, CourseName]) -> Item:
    """Return a training with what has to be completed before it."""
    missing = sorted((names[course] for course in unmet.get(item.course_id, ())), key=lambda name: name.code)
    hindrance = why_not_begin(missing=[each.title for each in missing], most=None, active=(), is_pressing=False)
    return replace(item, hindrance=hindrance, before=len(asked_in_all([item.course_id], unmet)) - 1)


def _asked_first(item: Item, version_id: UUID, is_offered: bool, *, today: date) -> Item:
    """Return a course that nobody requires of the person, but that something asks for which they have to do."""
    status = Status.TODO
    if item.due_on is not None and item.due_on < today:
        status = Status.LATE
    elif item.due_on is not None and item.due_on - today <= DUE_SOON:
        status = Status.SOON
    return _item(
        outline_of(version_id),
        None,
        status=status,
        reason=_("Because “{course}” asks for it first").format(course=item.title),
        due_on=item.due_on,
        valid_until=None,
        today=item.today,
        is_required=False,
        is_renewal=False,
        is_offered=is_offered,
    )


def _held_back(
    items: list[Item], begun: Collection[Begun], most: int | None, required: Sequence[Standing]
) -> list[Item]:
    """Let what is not pressing wait while as many courses are in progress as may be."""
    outlines = [outline_of(each.version_id) for each in begun]
    active = [outline.title for outline in outlines if not outline.courses]
    if most is None or len(active) < most:
        return items
    pressing = pressing_courses(required, begun=outlines)
    held = []
    for item in items:
        if item.may_begin and item.needs_work and not outline_of(item.version_id).courses:
            free = item.course_id in pressing
            hindrance = why_not_begin(missing=(), most=most, active=active, is_pressing=free)
            item = replace(item, hindrance=hindrance)
        held.append(item)
    return held


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
        assignment_id=standing.assignment_id,
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
    steps = steps_of(outline)
    step = goes_on_with(steps, completed=completed, last=begun.last_activity_id) if begun else None
    counted = tally(steps, completed=completed)
    return Item(
        course_id=outline.course_id,
        code=outline.code,
        title=outline.title,
        enrollment_id=begun.id if begun else None,
        own_due_on=begun.own_due_on if begun else None,
        next_activity_id=step.id if step else None,
        done=counted.done,
        total=counted.needed,
        minutes_left=counted.minutes_left,
        requirement=requirement_of(outline),
        version_id=outline.version_id,
        completed=completed,
        **details,
    )


def minutes_left(outline: Outline, completed: Iterable[UUID]) -> int:
    """Return how long the activities take at most that are still to be done."""
    return tally(steps_of(outline), completed=completed).minutes_left


def _urgency(item: Item) -> tuple[int, date, int, bool, str]:
    """Return what an item is sorted by: of what is neither late nor soon, the next day comes first, begun or not."""
    is_begun = item.status != Status.TODO
    pressing = BY_URGENCY.index(item.status if is_begun else Status.DOING)
    return pressing, item.due_on or date.max, item.before, not is_begun, item.title


def _goal(begun: Iterable[Begun]) -> Goal | None:
    """Return where the training goes on that was seen last."""
    latest = max(begun, key=lambda each: (each.seen_at or each.enrolled_at, each.id), default=None)
    if latest is None:
        return None
    outline = outline_of(latest.version_id)
    steps = steps_of(outline)
    counted = tally(steps, completed=latest.completed)
    step = goes_on_with(steps, completed=latest.completed, last=latest.last_activity_id)
    activity = outline.by_id[step.id] if step else None
    modules = {module.id: module.number for module in outline.modules}
    return Goal(
        enrollment_id=latest.id,
        title=outline.title,
        module_number=modules[activity.module_id] if activity else 0,
        activity=activity,
        done=counted.done,
        total=counted.needed,
        minutes_left=counted.minutes_left,
    )


def _completions(user: User, last: int | None) -> list[Done]:
    return [Done(*row) for row in rows(_COMPLETIONS, [user.pk, last])]
