"""What has to change so that what people have is what the requirements ask; and what a change would do."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q

from core.canonical import sha256_of
from core.sql import rows
from enrollment.choices import AudienceField, RequirementState
from enrollment.models import Assignment, Requirement, RequirementTerms
from enrollment.queries.audiences import Grounds, audience_of, candidates_sql, names_in
from enrollment.queries.obligations import Asked, asked_by
from enrollment.queries.reaches import Outlook, Reach, reaches_among, with_outlook
from enrollment.queries.wordings import as_worded
from enrollment.queries.workers import Worker, workers
from enrollment.rules import Asking, Audience, Gone, History, gone_said, tests_in, why_gone
from enrollment.rules.leaving import Cause

RECENT = timedelta(days=2)  # in which a requirement that was put in force or changed is looked after
FIRST = UUID(int=0)
NOT_AT_WORK = Gone(Cause.PERSON, "work")
Supposed = Callable[[History], History]
LONGEST_DAY = timedelta(days=2)  # between the first and the last place where a day begins, with slack


@dataclass(frozen=True, slots=True)
class Leaving:
    """That an open assignment no longer holds, and what it is that has changed."""

    assignment: Assignment
    gone: Gone

    @property
    def why(self) -> str:
        """Why it no longer holds, in words."""
        return gone_said(self.gone, self.assignment.because, self.assignment.requirement.number)


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
    at: datetime  # when they are made; of several instants the last one

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
    known = grounds or Grounds(at)
    audiences = _audiences(_in_force() if requirements is None else requirements, known)
    people = workers("SELECT unnest(%s::uuid[])", [_texts(ids)], audiences=list(audiences.values()))
    return _compared(audiences, people, ids, known, at=at)


def changes_of_requirement(requirement: Requirement, *, at: datetime) -> Changes:
    """Return what a requirement with these terms, saved or not, would change for all whom it reaches or reached."""
    audience = audience_of(requirement, Grounds(at))
    candidates, values = candidates_sql(audience, at=at)
    holders = "SELECT user_id FROM enrollment_assignment WHERE requirement_id = %s AND ended_at IS NULL"
    sql = f"({candidates}) UNION ({holders})"
    ids = [user for (user,) in rows(sql, [*values, str(requirement.pk)])]
    return changes_for(at=at, user_ids=ids, requirements=[requirement])


def changes_of_person(*, person_id: UUID, supposed: Supposed, begins: datetime, at: datetime) -> Changes:
    """Return what would change for a person whose history were another one: `supposed` makes it of what it is.

    Asked for the moment at which that begins, and for now where it is past: what saving it then does, no
    more and no less. What would be so by then without it, too, is left out.
    """
    grounds, then = Grounds(at), max(at, begins)
    audiences = _audiences(_in_force(), grounds)
    people = workers("SELECT unnest(%s::uuid[])", [[str(person_id)]], audiences=list(audiences.values()))
    changes = _compared(audiences, people, [person_id], grounds, at=then, supposed=supposed)
    return _less(changes, _compared(audiences, people, [person_id], grounds, at=then))


def _less(changes: Changes, anyway: Changes) -> Changes:
    """Return changes without those that happen anyway."""
    begun = {(each.requirement_id, each.first_due_on) for each in anyway.begin}
    ended = {each.assignment.pk for each in anyway.end}
    both = set(changes.move) & set(anyway.move)
    moved: dict[UUID | None, Assignment] = {each.assignment.pk: each.assignment for each in both}
    stay = [
        replace(each, first_due_on=was.due_on, zone=was.zone) if (was := moved.get(each.assignment_id)) else each
        for each in changes.stay
    ]
    return replace(
        changes,
        begin=[each for each in changes.begin if (each.requirement_id, each.first_due_on) not in begun],
        end=[each for each in changes.end if each.assignment.pk not in ended],
        move=[each for each in changes.move if each.assignment.pk not in moved],
        stay=stay,
    )


def noon_at(day: date, zone: str) -> datetime:
    """Return the middle of a day in a zone, when it is that day at any site nearby, too."""
    return datetime.combine(day, time(12), tzinfo=ZoneInfo(zone))


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
    candidates, values = candidates_sql(audience_of(requirement, Grounds(at)), at=at)
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


def _audiences(requirements: Sequence[Requirement], grounds: Grounds) -> dict[Requirement, Audience]:
    return {each: audience_of(each, grounds) for each in requirements}


def _as_it_is(history: History) -> History:
    return history


def _compared(
    audiences: Mapping[Requirement, Audience],
    people: Sequence[Worker],
    user_ids: Collection[UUID],
    grounds: Grounds,
    *,
    at: datetime,
    supposed: Supposed = _as_it_is,
) -> Changes:
    """Return what these people have beside what they should have, were their histories as `supposed`."""
    after = [replace(each, history=supposed(each.history)) for each in people]
    wanted = {(each.requirement_id, each.user_id): each for each in reaches_among(audiences, after, at=at)}
    held = Assignment.objects.filter(user__in=user_ids, ended_at__isnull=True, requirement__in=list(audiences))
    have = {(each.requirement_id, each.user_id): each for each in held.select_related("requirement__site", "user")}
    gone = [assignment for key, assignment in have.items() if key not in wanted]
    return Changes(
        begin=[reach for key, reach in wanted.items() if key not in have],
        end=_leaving(gone, after, audiences, grounds, at=at, supposed=supposed),
        move=[
            Move(have[key], reach.first_due_on, reach.zone)
            for key, reach in wanted.items()
            if key in have and (have[key].zone, have[key].due_on) != (reach.zone, reach.first_due_on)
        ],
        stay=[replace(reach, assignment_id=have[key].pk) for key, reach in wanted.items() if key in have],
        asked=asked_by(audiences),
        at=at,
    )


def _texts(ids: Collection[UUID]) -> list[str]:
    return [str(each) for each in ids]


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
    grounds: Grounds,
    *,
    at: datetime,
    supposed: Supposed,
) -> list[Leaving]:
    """Return why these assignments no longer hold; no query unless a rule was changed or the matrix is asked."""
    lost = {each.requirement for each in assignments}
    asking = _asking([each for each in audiences if each in lost], lost, audiences, grounds, at=at)
    every = [each.audience for several in asking.values() for each in several]
    names = names_in(each.data for each in every) if _may_be_the_rule(asking) else {}
    known = {person.id: person.history for person in _with_all(people, assignments, audiences, every, supposed)}
    leaving = []
    for each in assignments:
        history = known.get(each.user_id)
        gone = (
            why_gone(
                asking[each.requirement_id],
                history,
                given_at=each.assigned_at,
                at=at,
                noted=frozenset(each.because),
                names=names,
            )
            if history
            else NOT_AT_WORK
        )
        leaving.append(Leaving(each, gone))
    return leaving


def _asking(
    requirements: Sequence[Requirement],
    saved: Collection[Requirement],
    audiences: Mapping[Requirement, Audience],
    grounds: Grounds,
    *,
    at: datetime,
) -> dict[UUID, list[Asking]]:
    """Return the audiences that requirements had, each with its instant; the last one is that of now, saved or not."""
    was = {each.pk: each.whom for each in saved}
    changed = [each.pk for each in requirements if each.terms_number > 1 or each.whom != was[each.pk]]
    wordings: dict[UUID, list[RequirementTerms]] = {}
    if changed:
        for wording in RequirementTerms.objects.filter(requirement__in=changed).order_by("requirement", "number"):
            wordings.setdefault(wording.requirement_id, []).append(wording)
    found: dict[UUID, list[Asking]] = {}
    for each in requirements:
        asked: list[Asking] = []
        for wording in wordings.get(each.pk, ()):
            then = as_worded(wording, each)
            if not asked or asked[-1].audience.data != then.whom:
                audience = Audience(then.whom, replace(grounds.of(then), named={}))
                asked.append(Asking(wording.in_force_at, audience, wording.number))
        if asked and asked[-1].audience.data == each.whom:
            asked[-1] = replace(asked[-1], audience=audiences[each])
        else:
            asked.append(Asking(at, audiences[each], each.terms_number + 1))
        found[each.pk] = asked
    return found


def _may_be_the_rule(asking: Mapping[UUID, Sequence[Asking]]) -> bool:
    """Say whether somebody may have lost a requirement because of what it asks, or because of the matrix."""
    return any(
        len(several) > 1 or any(test.field == AudienceField.MATRIX for each in several for test in each.audience.tests)
        for several in asking.values()
    )


def _with_all(
    people: Sequence[Worker],
    assignments: Sequence[Assignment],
    audiences: Mapping[Requirement, Audience],
    every: Sequence[Audience],
    supposed: Supposed,
) -> list[Worker]:
    """Return those of these people who leave, with all that earlier audiences asked about, too.

    Their histories are as `supposed` already; those that are read anew become so.
    """
    leaving = {each.user_id for each in assignments}
    found = [each for each in people if each.id in leaving]
    known = {test.field for each in audiences.values() for test in each.tests}
    if found and any(test.field not in known for each in every for test in each.tests):
        ids = _texts([each.id for each in found])
        read = workers("SELECT unnest(%s::uuid[])", [ids], audiences=every)
        found = [replace(each, history=supposed(each.history)) for each in read]
    return found
