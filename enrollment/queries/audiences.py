"""Whom requirements reach: one read for the preview, for switching on, and for whoever moves."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from operator import itemgetter
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery

from core.canonical import sha256_of
from enrollment.choices import EnrollmentState, RequirementState, Status
from enrollment.models import Assignment, Completion, Enrollment, Requirement
from enrollment.rules import (
    Audience,
    Post,
    admitted_since,
    day_in,
    due_on,
    missing_from,
    post_at,
    reason_about,
    reason_sentence,
    status_of,
)
from people.models import Department, Position

RECENT = timedelta(days=2)  # in which a requirement that was switched on is looked after
LONGEST_DAY = timedelta(days=2)  # between the first and the last place where a day begins, with slack


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
    due_on: date
    zone: str
    today: date
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
        return self.status == Status.DONE


@dataclass(frozen=True, slots=True)
class Leaving:
    """That an open assignment no longer holds, and what it is that no longer fits."""

    assignment: Assignment
    missing: str  # as in `enrollment.rules.missing_from`


@dataclass(frozen=True, slots=True)
class Changes:
    """What is to be given, ended and re-dated so that assignments say what the requirements ask."""

    begin: Sequence[Reach]
    end: Sequence[Leaving]
    move: Sequence[tuple[Assignment, str]]  # to the time zone of another site

    @property
    def user_ids(self) -> list[UUID]:
        """Return whose assignments change, each person once."""
        ids = [each.user_id for each in self.begin] + [each.assignment.user_id for each in self.end]
        return list(dict.fromkeys([*ids, *(assignment.user_id for assignment, _zone in self.move)]))


@dataclass(frozen=True, slots=True)
class _Person:
    id: UUID
    name: str
    employee_number: str
    hired_on: date | None
    posts: list[Post]
    sites: Mapping[UUID, str]


def reached_by(requirement: Requirement, *, at: datetime) -> list[Reach]:
    """Return whom a requirement reaches at an instant, by name; it may be one that was never saved.

    The preview shows these rows and switching on makes an assignment of each.
    """
    return list(_reaches([requirement], at=at))


def people_with(requirement: Requirement, *, at: datetime) -> list[Reach]:
    """Return who has a requirement now, as it was given to them, and how they stand with it."""
    on = at.date()
    site = Position.objects.held_on(on).filter(user=OuterRef("user")).values("site__name")[:1]
    held = (
        Assignment.objects.filter(requirement=requirement, ended_at__isnull=True)
        .select_related("user")
        .annotate(site_name=Subquery(site))
        .order_by("user__name", "user_id")
    )
    assignments = list(held)
    records = _Records({requirement.course_id}, [each.user_id for each in assignments])
    found = []
    for each in assignments:
        today = day_in(each.zone, at)
        completed_on, valid_until = records.completions.get((each.user_id, each.course_id), (None, None))
        status = status_of(
            today=today,
            due_on=each.due_on,
            started=(each.user_id, each.course_id) in records.begun,
            completed_on=completed_on,
            valid_until=valid_until,
        )
        found.append(
            Reach(
                requirement.pk, each.user_id, each.user.name, each.user.employee_number, each.site_name or "",
                each.because, each.since_on, each.due_on, each.zone, today, valid_until, status, each.pk,
            )
        )  # fmt: skip
    return found


def reach_key(reaches: Iterable[Reach]) -> str:
    """Return a short text that is the same for the same people with the same due dates, and no other."""
    return sha256_of({str(each.user_id): each.due_on for each in reaches})[:32]


def changes_for(*, at: datetime, user_ids: Collection[UUID] | None = None) -> Changes:
    """Return what has to change so that what people have is what the requirements in force ask.

    For these people, or for all those whose position began or ended in the last thirty days and for
    everyone who has left.
    """
    if user_ids is None:
        user_ids = _recently_moved(at=at)
    requirements = list(
        Requirement.objects.filter(state=RequirementState.ON).select_related("job_role", "site", "department")
    )
    wanted = {(each.requirement_id, each.user_id): each for each in _reaches(requirements, at=at, user_ids=user_ids)}
    have = {
        (each.requirement_id, each.user_id): each
        for each in Assignment.objects.filter(user__in=user_ids, ended_at__isnull=True).select_related(
            "requirement__job_role", "requirement__site", "requirement__department"
        )
    }
    gone = [assignment for key, assignment in have.items() if key not in wanted]
    return Changes(
        begin=[reach for key, reach in wanted.items() if key not in have],
        end=_leaving(gone, at=at),
        move=[(have[key], reach.zone) for key, reach in wanted.items() if key in have and have[key].zone != reach.zone],
    )


def recently_switched_on(*, at: datetime) -> list[Requirement]:
    """Return the requirements that were switched on so lately that somebody may still lack them."""
    recent = Requirement.objects.filter(state=RequirementState.ON, switched_on_at__gte=at - RECENT)
    return list(recent.order_by("switched_on_at"))


def _recently_moved(*, at: datetime) -> set[UUID]:
    """Return who may have changed by time alone, or by a fact that never arrived."""
    recent = (at.date() - timedelta(days=30), at.date() + LONGEST_DAY)
    moved = Position.objects.filter(Q(valid_from__range=recent) | Q(valid_until__range=recent))
    left = Assignment.objects.filter(ended_at__isnull=True, user__is_active=False)
    return set(moved.values_list("user_id", flat=True)) | set(left.values_list("user_id", flat=True))


def _leaving(assignments: Sequence[Assignment], *, at: datetime) -> list[Leaving]:
    if not assignments:
        return []
    people = {person.id: person for person in _people(Q(user__in={each.user_id for each in assignments}))}
    below = _Departments()
    leaving = []
    for assignment in assignments:
        person = people.get(assignment.user_id)
        held = post_at(person.posts, at) if person else None
        leaving.append(Leaving(assignment, missing_from(_audience(assignment.requirement, below), held)))
    return leaving


def _reaches(
    requirements: Sequence[Requirement], *, at: datetime, user_ids: Collection[UUID] | None = None
) -> Iterator[Reach]:
    """Yield whom each of these requirements reaches, in a constant number of queries."""
    if not requirements:
        return
    below = _Departments()
    audiences = [(each, _audience(each, below)) for each in requirements]
    candidates = Q()
    if user_ids is not None:
        candidates = Q(user__in=user_ids)
    elif len(audiences) == 1:
        candidates = Q(user__in=_holders(audiences[0][1], at=at).values("user"))
    people = _people(candidates)
    records = _Records({each.course_id for each in requirements}, [person.id for person in people])
    for person in people:
        held = post_at(person.posts, at)
        if held is None:
            continue
        for requirement, audience in audiences:
            if audience.admits(held):
                yield _reach(requirement, audience, person, held, records, at=at)


def _reach(
    requirement: Requirement, audience: Audience, person: _Person, held: Post, records: _Records, *, at: datetime
) -> Reach:
    since = admitted_since(person.posts, held, audience)
    due = due_on(
        counted_from=requirement.counted_from,
        within_days=requirement.due_within_days,
        role_since=since,
        hired_on=person.hired_on,
        switched_on=day_in(held.zone, requirement.switched_on_at or at),
    )
    today = day_in(held.zone, at)
    completed_on, valid_until = records.completions.get((person.id, requirement.course_id), (None, None))
    return Reach(
        requirement_id=requirement.pk,
        user_id=person.id,
        name=person.name,
        employee_number=person.employee_number,
        site=person.sites[held.site],
        because=_because(requirement, since),
        since_on=since,
        due_on=due,
        zone=held.zone,
        today=today,
        valid_until=valid_until,
        status=status_of(
            today=today,
            due_on=due,
            started=(person.id, requirement.course_id) in records.begun,
            completed_on=completed_on,
            valid_until=valid_until,
        ),
        assignment_id=records.assignments.get((person.id, requirement.pk)),
    )


def _because(requirement: Requirement, since: date) -> dict[str, str]:
    """Note why someone is reached, as `enrollment.rules.reason_sentence` says it."""
    named = {"job_role": requirement.job_role, "department": requirement.department, "site": requirement.site}
    because = {part: row.name for part, row in named.items() if row is not None}
    return because | {"since": since.isoformat()}


def _audience(requirement: Requirement, below: _Departments) -> Audience:
    departments = below[requirement.department_id] if requirement.department_id else None
    return Audience(requirement.job_role_id, requirement.site_id, departments)


class _Departments:
    """The tree of departments, read once when somebody asks for a part of it."""

    def __init__(self) -> None:
        self.children: dict[UUID | None, list[UUID]] | None = None

    def __getitem__(self, department_id: UUID) -> frozenset[UUID]:
        """Return a department and all below it."""
        if self.children is None:
            self.children = {}
            for child, parent in Department.objects.values_list("pk", "parent_id"):
                self.children.setdefault(parent, []).append(child)
        found, waiting = set(), [department_id]
        while waiting:
            found.add(waiting[-1])
            waiting.extend(self.children.get(waiting.pop(), ()))
        return frozenset(found)


def _holders(audience: Audience, *, at: datetime) -> QuerySet[Position]:
    """Return the positions around this day that the audience admits."""
    held = Position.objects.filter(valid_from__lte=at.date() + LONGEST_DAY).exclude(
        valid_until__lt=at.date() - LONGEST_DAY
    )
    if audience.job_role:
        held = held.filter(job_role=audience.job_role)
    if audience.site:
        held = held.filter(site=audience.site)
    if audience.departments is not None:
        held = held.filter(department__in=audience.departments)
    return held


def _people(candidates: Q) -> list[_Person]:
    """Return active people with their whole history of positions, by name."""
    rows = (
        Position.objects.filter(candidates, user__is_active=True)
        .order_by("user__name", "user_id", "valid_from")
        .values_list(
            "user_id", "user__name", "user__employee_number", "user__hired_on", "site__name",
            "job_role_id", "site_id", "department_id", "valid_from", "valid_until", "site__time_zone",
        )
    )  # fmt: skip
    people = []
    for _user, positions in groupby(rows, key=itemgetter(0)):
        held = list(positions)
        user, name, number, hired_on = held[0][:4]
        people.append(
            _Person(user, name, number, hired_on, [Post(*row[5:]) for row in held], {row[6]: row[4] for row in held})
        )
    return people


class _Records:
    """What people have begun, completed and been given, for some courses."""

    def __init__(self, course_ids: Collection[UUID], user_ids: Collection[UUID]) -> None:
        wanted = Q(course__in=course_ids, user__in=user_ids)
        last = Completion.objects.filter(wanted).order_by("user_id", "course_id", "-completed_at")
        self.completions = {
            (user, course): (completed, valid)
            for user, course, completed, valid in last.distinct("user_id", "course_id").values_list(
                "user_id", "course_id", "completed_on", "valid_until"
            )
        }
        begun = Enrollment.objects.filter(wanted, state=EnrollmentState.OPEN)
        self.begun = set(begun.values_list("user_id", "course_id"))
        given = Assignment.objects.filter(wanted, ended_at__isnull=True)
        self.assignments = {
            (user, requirement): assignment
            for user, requirement, assignment in given.values_list("user_id", "requirement_id", "pk")
        }
