"""Whom requirements reach: one read for the preview, for switching on, and for whoever moves."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q, Sum

from core.canonical import sha256_of
from core.sql import from_json, rows
from courses.choices import VersionState
from courses.models import CourseVersion
from enrollment.choices import CountedFrom, RequirementState, Status
from enrollment.models import Assignment, Requirement
from enrollment.queries.audiences import Grounds, audience_of, candidates_sql, requirement_names
from enrollment.queries.obligations import Given, asked_by, given_where, obligations_of
from enrollment.queries.standings import STATUS_SQL
from enrollment.queries.workers import Worker, workers
from enrollment.rules import (
    Audience,
    History,
    Post,
    Starts,
    WorkCalendar,
    admission,
    day_in,
    first_due,
    missing_from,
    position_since,
    reason_about,
    reason_sentence,
)
from enrollment.rules.audiences import Admission
from enrollment.rules.because import because_of
from people.models import Holiday, Site

RECENT = timedelta(days=2)  # in which a requirement that was switched on is looked after
LONGEST_DAY = timedelta(days=2)  # between the first and the last place where a day begins, with slack
NO_ASSIGNMENT = ""


@dataclass(frozen=True, slots=True)
class Reach:
    """That a requirement holds for a person: why, since when, due when, and how they stand with it."""

    requirement_id: UUID
    user_id: UUID
    name: str
    employee_number: str
    site: str
    because: dict[str, str]
    since_on: date
    first_due_on: date
    zone: str
    today: date
    due_on: date | None  # the next day by which something must be done; nothing is left, or it is not known
    valid_until: date | None
    status: Status
    assignment_id: UUID | None  # the open one, where it has been given already

    @property
    def reason(self) -> str:
        """Why, said to the person."""
        return reason_sentence(self.because)

    @property
    def reason_about(self) -> str:
        """Why, said about the person."""
        return reason_about(self.because)

    @property
    def is_current(self) -> bool:
        """Whether the person has nothing to do about it now."""
        return self.status in (Status.DONE, Status.WAIVED)


@dataclass(frozen=True, slots=True)
class Leaving:
    """That an open assignment no longer holds, and what it is that no longer fits."""

    assignment: Assignment
    missing: str  # as in `enrollment.rules.missing_from`


@dataclass(frozen=True, slots=True)
class Move:
    """That an assignment is due on another day, or that its days end at midnight somewhere else."""

    assignment: Assignment
    due_on: date
    zone: str


@dataclass(frozen=True, slots=True)
class Changes:
    """What is to be given, ended and moved so that assignments say what the requirements ask."""

    begin: Sequence[Reach]
    end: Sequence[Leaving]
    move: Sequence[Move]

    @property
    def user_ids(self) -> list[UUID]:
        """Return whose assignments change, each person once."""
        ids = [each.user_id for each in self.begin] + [each.assignment.user_id for each in self.end]
        return list(dict.fromkeys([*ids, *(each.assignment.user_id for each in self.move)]))


def reached_by(requirement: Requirement, *, at: datetime) -> list[Reach]:
    """Return whom a requirement reaches at an instant, by name; it may be one that was never saved.

    The preview shows these rows and switching on makes an assignment of each.
    """
    audience = audience_of(requirement, Grounds())
    which, values = candidates_sql(audience, at=at)
    return list(_reaches({requirement: audience}, workers(which, values, audiences=[audience]), at=at))


_LACKING = """
    SELECT c.user_id FROM ({candidates}) AS c
    WHERE c.user_id > %s AND NOT EXISTS (SELECT FROM enrollment_assignment a
        WHERE a.requirement_id = %s AND a.user_id = c.user_id AND a.ended_at IS NULL)
    ORDER BY c.user_id LIMIT %s
"""


def lacking(requirement: Requirement, *, at: datetime, after: UUID, most: int) -> tuple[list[Reach], UUID | None]:
    """Return the next people whom a requirement in force reaches and who do not have it, in the order of their ids.

    At most so many, of those after an id; and the last id that was looked at, nothing at the end.
    """
    audience = audience_of(requirement, Grounds())
    candidates, values = candidates_sql(audience, at=at)
    sql = _LACKING.format(candidates=candidates)
    found = [user for (user,) in rows(sql, [*values, str(after), str(requirement.pk), most])]
    if not found:
        return [], None
    people = workers("SELECT unnest(%s::uuid[])", [[str(each) for each in found]], audiences=[audience])
    return list(_reaches({requirement: audience}, people, at=at)), found[-1]


_PEOPLE = f"""
    SELECT a.requirement_id, a.user_id, u.name, u.employee_number, coalesce(p.name, ''), a.because, a.since_on,
        a.due_on, s.zone, d.today, s.due_on, s.valid_until, {STATUS_SQL}, a.id
    FROM enrollment_standing s
    JOIN enrollment_assignment a ON a.id = s.assignment_id
    JOIN people_user u ON u.id = s.user_id
    CROSS JOIN LATERAL (SELECT (%(at)s AT TIME ZONE s.zone)::date AS today) AS d
    LEFT JOIN LATERAL (
        SELECT w.name FROM people_position h JOIN people_site w ON w.id = h.site_id
        WHERE h.user_id = s.user_id AND h.is_primary AND h.valid_from <= d.today
            AND (h.valid_until IS NULL OR h.valid_until > d.today)
    ) AS p ON true
    WHERE s.requirement_id = %(requirement)s ORDER BY u.name, s.user_id
"""


def people_with(requirement: Requirement, *, at: datetime) -> list[Reach]:
    """Return who has a requirement now, as it was given to them, and how they stand with it; one query."""
    found = []
    for row in rows(_PEOPLE, {"at": at, "requirement": str(requirement.pk)}):
        because = from_json(row[5])
        values = [*row[:5], because, *row[6:12], Status(row[12]), row[13]]
        found.append(Reach(*values))
    return found


def reach_key(reaches: Iterable[Reach]) -> str:
    """Return a short text that is the same for the same people with the same due dates, and no other."""
    return sha256_of({str(each.user_id): each.first_due_on for each in reaches})[:32]


def changes_for(
    *, at: datetime, user_ids: Collection[UUID] | None = None, requirements: Sequence[Requirement] | None = None
) -> Changes:
    """Return what has to change so that what people have is what the requirements in force ask.

    For these people, or for all whom time alone may have changed: whose position, attribute or
    membership began or ended in the last thirty days, and everyone who has left.
    """
    if user_ids is None:
        user_ids = _recently_moved(at=at)
    if requirements is None:
        requirements = list(Requirement.objects.filter(state=RequirementState.ON).select_related("site"))
    grounds = Grounds()
    audiences = {each: audience_of(each, grounds) for each in requirements}
    ids = [str(each) for each in user_ids]
    people = workers("SELECT unnest(%s::uuid[])", [ids], audiences=list(audiences.values()))
    wanted = {(each.requirement_id, each.user_id): each for each in _reaches(audiences, people, at=at)}
    held = Assignment.objects.filter(user__in=user_ids, ended_at__isnull=True, requirement__in=requirements)
    have = {(each.requirement_id, each.user_id): each for each in held.select_related("requirement__site")}
    gone = [assignment for key, assignment in have.items() if key not in wanted]
    return Changes(
        begin=[reach for key, reach in wanted.items() if key not in have],
        end=_leaving(gone, people, audiences, at=at),
        move=[
            Move(have[key], reach.first_due_on, reach.zone)
            for key, reach in wanted.items()
            if key in have and (have[key].zone, have[key].due_on) != (reach.zone, reach.first_due_on)
        ],
    )


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change would do to one person: what they gain and lose, and how long the training takes."""

    gains: Sequence[Reach]
    loses: Sequence[Leaving]
    keeps: int
    minutes: int  # of what is gained and not current


def effect_of_position(*, person_id: UUID, post: Post, at: datetime) -> Effect:
    """Return what would be required of a person if they held a position instead of their primary one.

    Asked for the day on which it would begin, and for today where that is past: what saving it then
    does, no more and no less.
    """
    requirements = list(Requirement.objects.filter(state=RequirementState.ON).select_related("site"))
    grounds = Grounds()
    audiences = {each: audience_of(each, grounds) for each in requirements}
    people = workers("SELECT unnest(%s::uuid[])", [[str(person_id)]], audiences=list(audiences.values()))
    moved = [replace(each, history=_moved(each.history, post)) for each in people]
    begins = datetime.combine(post.valid_from, time(12), tzinfo=ZoneInfo(post.zone))
    asked = max(at, begins)
    wanted = {each.requirement_id: each for each in _reaches(audiences, moved, at=asked)}
    held = Assignment.objects.filter(user=person_id, ended_at__isnull=True).select_related("requirement__site")
    have = {each.requirement_id: each for each in held}
    gains = [reach for key, reach in wanted.items() if key not in have]
    gone = [assignment for key, assignment in have.items() if key not in wanted]
    courses = {each.pk: each.course_id for each in requirements}
    minutes = _minutes([courses[reach.requirement_id] for reach in gains if not reach.is_current])
    return Effect(gains, _leaving(gone, moved, audiences, at=asked), len(wanted) - len(gains), minutes)


def _moved(history: History, post: Post) -> History:
    """Return somebody's history with another primary position from a day on."""
    before = [
        replace(each, valid_until=post.valid_from) if each.is_primary and each.holds_on(post.valid_from) else each
        for each in history.posts
    ]
    kept = [each for each in before if not (each.is_primary and each.valid_from >= post.valid_from)]
    return replace(history, posts=sorted([*kept, post], key=lambda each: each.valid_from))


def _minutes(course_ids: Sequence[UUID]) -> int:
    """Return how long courses take together in their effective versions; one query."""
    effective = CourseVersion.objects.filter(course__in=course_ids, state=VersionState.EFFECTIVE)
    return int(effective.aggregate(total=Sum("minutes"))["total"] or 0)


def recently_switched_on(*, at: datetime) -> list[Requirement]:
    """Return the requirements that were switched on so lately that somebody may still lack them."""
    recent = Requirement.objects.filter(state=RequirementState.ON, switched_on_at__gte=at - RECENT)
    return list(recent.order_by("switched_on_at"))


_BY_TIME = """
    SELECT user_id FROM {table} WHERE valid_from BETWEEN %(since)s AND %(until)s
        OR valid_until BETWEEN %(since)s AND %(until)s
"""


def _recently_moved(*, at: datetime) -> set[UUID]:
    """Return who may have changed by time alone, or by a fact that never arrived."""
    tables = ("people_position", "people_attributevalue", "people_membership")
    sql = " UNION ".join(_BY_TIME.format(table=table) for table in tables)
    found = rows(sql, {"since": at.date() - timedelta(days=30), "until": at.date() + LONGEST_DAY})
    left = Assignment.objects.filter(ended_at__isnull=True, user__is_active=False)
    return {user for (user,) in found} | set(left.values_list("user_id", flat=True))


def _leaving(
    assignments: Sequence[Assignment],
    people: Sequence[Worker],
    audiences: Mapping[Requirement, Audience],
    *,
    at: datetime,
) -> list[Leaving]:
    known = {person.id: person for person in people}
    leaving = []
    for assignment in assignments:
        person = known.get(assignment.user_id)
        missing = missing_from(audiences[assignment.requirement], person.history, at) if person else "work"
        leaving.append(Leaving(assignment, missing))
    return leaving


def _reaches(audiences: Mapping[Requirement, Audience], people: Sequence[Worker], *, at: datetime) -> Iterator[Reach]:
    """Yield whom each of these requirements reaches among these people, in a constant number of queries."""
    entered = [
        (requirement, audience, person, found)
        for person in people
        for requirement, audience in audiences.items()
        if (found := admission(audience, person.history, at))
    ]
    if not entered:
        return
    starts = _Starts(list(audiences), at=at)
    names = requirement_names(list(audiences))
    given_already = _given_already({person.id for _r, _a, person, _found in entered}, audiences)
    given = []
    for requirement, _audience, person, found in entered:
        key = (str(requirement.pk), str(person.id))
        due = starts.first_due(requirement, person, found)
        assignment = given_already.get(key, NO_ASSIGNMENT)
        given.append(Given(assignment, *key, str(requirement.course_id), found.since, due, found.post.zone))
    states = obligations_of(given, asked_by(audiences))
    for (requirement, audience, person, found), (each, state) in zip(entered, states, strict=True):
        today = day_in(found.post.zone, at)
        yield Reach(
            requirement_id=requirement.pk,
            user_id=person.id,
            name=person.name,
            employee_number=person.employee_number,
            site=person.sites[found.post.site],
            because=because_of(audience, person.history, found, names),
            since_on=found.since,
            first_due_on=each.first_due_on,
            zone=found.post.zone,
            today=today,
            due_on=state.due_on,
            valid_until=state.valid_until,
            status=state.status_on(today),
            assignment_id=UUID(each.assignment_id) if each.assignment_id else None,
        )


def _given_already(user_ids: Collection[UUID], requirements: Iterable[Requirement]) -> dict[tuple[str, str], str]:
    values = {"users": [str(each) for each in user_ids], "requirements": [str(each.pk) for each in requirements]}
    condition = "a.user_id = ANY (%(users)s::uuid[]) AND a.requirement_id = ANY (%(requirements)s::uuid[])"
    return {(each.requirement_id, each.user_id): each.assignment_id for each in given_where(condition, values)}


class _Starts:
    """The days from which time is counted, and the calendars in which working days are."""

    def __init__(self, requirements: Sequence[Requirement], *, at: datetime) -> None:
        self.at = at
        self.calendars: dict[UUID, WorkCalendar] = {}
        if any(each.due_in_working_days for each in requirements):
            free = dict(Site.objects.values_list("pk", "free_weekdays"))
            holidays: dict[UUID, set[date]] = {}
            for site, day in Holiday.objects.values_list("site_id", "on"):
                holidays.setdefault(site, set()).add(day)
            self.calendars = {
                site: WorkCalendar(frozenset(days), frozenset(holidays.get(site, ()))) for site, days in free.items()
            }
        by_version = [each.course_id for each in requirements if each.counted_from == CountedFrom.VERSION]
        self.effective = _effective_days(by_version) if by_version else {}
        self.terms = {each.pk: each.terms for each in requirements}

    def first_due(self, requirement: Requirement, person: Worker, found: Admission) -> date:
        starts = Starts(
            entered_on=found.since,
            position_on=position_since(person.history.posts, found.post)
            if requirement.counted_from == CountedFrom.POSITION
            else found.since,
            switched_on=day_in(found.post.zone, requirement.switched_on_at or self.at),
            hired_on=person.history.hired_on,
            version_on=self.effective.get(requirement.course_id),
        )
        return first_due(self.terms[requirement.pk], starts, self.calendars.get(found.post.site, WorkCalendar()))


def _effective_days(course_ids: Collection[UUID]) -> dict[UUID, date]:
    """Return when each course's coming version takes effect, or when the one in effect did."""
    states = Q(state__in=[VersionState.APPROVED, VersionState.EFFECTIVE])
    versions = CourseVersion.objects.filter(states, course__in=course_ids).order_by("number")
    return {course: day for course, day in versions.values_list("course_id", "effective_on") if day}
