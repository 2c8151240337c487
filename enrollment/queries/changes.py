"""What has to change so that what people have is what the requirements ask; and what a change would do."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q

from core.canonical import sha256_of
from core.sql import rows
from enrollment.choices import AudienceField, RequirementState
from enrollment.models import Assignment, Requirement, RequirementTerms
from enrollment.queries.audiences import Grounds, audience_of, candidates_sql
from enrollment.queries.obligations import Asked, asked_by
from enrollment.queries.reaches import Outlook, Reach, reaches_among, with_outlook
from enrollment.queries.workers import Worker, workers
from enrollment.rules import Audience, History, Post, missing_from, no_longer, tests_in

RECENT = timedelta(days=2)  # in which a requirement that was put in force or changed is looked after
FIRST = UUID(int=0)
LONGEST_DAY = timedelta(days=2)  # between the first and the last place where a day begins, with slack


@dataclass(frozen=True, slots=True)
class Leaving:
    """That an open assignment no longer holds, and what it is that no longer fits."""

    assignment: Assignment
    missing: str  # as in `enrollment.rules.missing_from`

    @property
    def why(self) -> str:
        """Why it no longer holds, in the names that were noted when it was given."""
        return no_longer(self.missing, self.assignment.because)


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
    stay: Sequence[Reach]  # as they will be, those that move among them
    asked: Mapping[str, Asked]  # what the requirements ask, saved or not

    @property
    def user_ids(self) -> list[UUID]:
        """Return whose assignments change, each person once."""
        ids = [each.user_id for each in self.begin] + [each.assignment.user_id for each in self.end]
        return list(dict.fromkeys([*ids, *(each.assignment.user_id for each in self.move)]))

    def staying(self) -> list[Outlook]:
        """Return how those will stand who keep it; a constant number of queries."""
        return with_outlook(self.stay, self.asked)

    def key(self, staying: Iterable[Outlook]) -> str:
        """Return a short text that is the same for the same changes, and for no others."""
        return sha256_of(
            {
                "begin": {f"{each.requirement_id} {each.user_id}": each.first_due_on for each in self.begin},
                "end": sorted(str(each.assignment.pk) for each in self.end),
                "stay": {str(each.assignment_id): each.due_on for each in staying},
            }
        )[:32]


def changes_for(
    *,
    at: datetime,
    user_ids: Collection[UUID] | None = None,
    requirements: Sequence[Requirement] | None = None,
    grounds: Grounds | None = None,
) -> Changes:
    """Return what has to change so that what people have is what the requirements in force ask.

    For these people, or for all whom time alone may have changed: whose position, attribute or
    membership began or ended in the last thirty days, and everyone who has left. `requirements` may
    have terms that are not saved, and `grounds` a matrix that is not.
    """
    ids = _recently_moved(at=at) if user_ids is None else user_ids
    audiences = _audiences(_in_force() if requirements is None else requirements, grounds)
    people = workers("SELECT unnest(%s::uuid[])", [_texts(ids)], audiences=list(audiences.values()))
    return _compared(audiences, people, ids, at=at)


def changes_of_requirement(requirement: Requirement, *, at: datetime) -> Changes:
    """Return what a requirement with these terms, saved or not, would change for all whom it reaches or reached."""
    audience = audience_of(requirement, Grounds())
    candidates, values = candidates_sql(audience, at=at)
    holders = "SELECT user_id FROM enrollment_assignment WHERE requirement_id = %s AND ended_at IS NULL"
    sql = f"({candidates}) UNION ({holders})"
    ids = [user for (user,) in rows(sql, [*values, str(requirement.pk)])]
    return changes_for(at=at, user_ids=ids, requirements=[requirement])


def changes_of_position(*, person_id: UUID, post: Post, at: datetime) -> Changes:
    """Return what would change for a person who held a position instead of their primary one.

    Asked for the day on which it would begin, and for today where that is past: what saving it then
    does, no more and no less.
    """
    audiences = _audiences(_in_force(), None)
    people = workers("SELECT unnest(%s::uuid[])", [[str(person_id)]], audiences=list(audiences.values()))
    moved = [replace(each, history=_moved(each.history, post)) for each in people]
    begins = datetime.combine(post.valid_from, time(12), tzinfo=ZoneInfo(post.zone))
    return _compared(audiences, moved, [person_id], at=max(at, begins))


_UNSETTLED = """
    WITH reached AS MATERIALIZED ({candidates})
    SELECT user_id FROM reached WHERE user_id > %s AND NOT EXISTS (SELECT FROM enrollment_assignment a
        WHERE a.requirement_id = %s AND a.user_id = reached.user_id AND a.ended_at IS NULL)
    UNION
    SELECT a.user_id FROM enrollment_assignment a
    WHERE a.requirement_id = %s AND a.ended_at IS NULL AND a.user_id > %s
        AND (%s OR a.user_id NOT IN (SELECT user_id FROM reached))
    ORDER BY 1 LIMIT %s
"""


def unsettled(
    requirement: Requirement, *, at: datetime, after: UUID = FIRST, most: int | None = None, everyone: bool = False
) -> list[UUID]:
    """Return the next people, or all, who may lack a requirement in force or have it for no reason; by their ids.

    At most so many, of those after an id; with `everyone` also those who have it and keep it.
    """
    candidates, values = candidates_sql(audience_of(requirement, Grounds()), at=at)
    what, last = str(requirement.pk), str(after)
    sql = _UNSETTLED.format(candidates=candidates)
    return [user for (user,) in rows(sql, [*values, last, what, what, last, everyone, most])]


# Of which no fact about a person tells that they changed for the person.
_RESTLESS = frozenset({AudienceField.HIRED, AudienceField.MANAGES, AudienceField.AUTHOR, AudienceField.MATRIX})


def restless_requirements(*, at: datetime) -> list[Requirement]:
    """Return the requirements in force whose reach may have changed while nothing happened to the people.

    Those that were switched on or changed lately, and those that ask for what time or others change.
    """
    worded = RequirementTerms.objects.filter(in_force_at__gte=at - RECENT).values("requirement")
    recent = set(Requirement.objects.filter(Q(switched_on_at__gte=at - RECENT) | Q(pk__in=worded)).values_list("pk"))
    return [
        each
        for each in _in_force()
        if (each.pk,) in recent or any(test.field in _RESTLESS for test in tests_in(each.whom))
    ]


def _in_force() -> list[Requirement]:
    on = Requirement.objects.filter(state=RequirementState.ON)
    return list(on.select_related("site", "switched_on_by").order_by("number"))


def _audiences(requirements: Sequence[Requirement], grounds: Grounds | None) -> dict[Requirement, Audience]:
    known = grounds or Grounds()
    return {each: audience_of(each, known) for each in requirements}


def _compared(
    audiences: Mapping[Requirement, Audience], people: Sequence[Worker], user_ids: Collection[UUID], *, at: datetime
) -> Changes:
    """Return what these people have beside what they should have."""
    wanted = {(each.requirement_id, each.user_id): each for each in reaches_among(audiences, people, at=at)}
    held = Assignment.objects.filter(user__in=user_ids, ended_at__isnull=True, requirement__in=list(audiences))
    have = {(each.requirement_id, each.user_id): each for each in held.select_related("requirement__site", "user")}
    gone = [assignment for key, assignment in have.items() if key not in wanted]
    return Changes(
        begin=[reach for key, reach in wanted.items() if key not in have],
        end=_leaving(gone, people, audiences, at=at),
        move=[
            Move(have[key], reach.first_due_on, reach.zone)
            for key, reach in wanted.items()
            if key in have and (have[key].zone, have[key].due_on) != (reach.zone, reach.first_due_on)
        ],
        stay=[replace(reach, assignment_id=have[key].pk) for key, reach in wanted.items() if key in have],
        asked=asked_by(audiences),
    )


def _texts(ids: Collection[UUID]) -> list[str]:
    return [str(each) for each in ids]


def _moved(history: History, post: Post) -> History:
    """Return somebody's history with another primary position from a day on."""
    before = [
        replace(each, valid_until=post.valid_from) if each.is_primary and each.holds_on(post.valid_from) else each
        for each in history.posts
    ]
    kept = [each for each in before if not (each.is_primary and each.valid_from >= post.valid_from)]
    return replace(history, posts=sorted([*kept, post], key=lambda each: each.valid_from))


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
