"""Giving requirements to people and ending them, so that what people have follows where they work."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from core.ids import new_id
from core.jobs import enqueue
from core.sql import copy_in
from enrollment import facts, notices
from enrollment.actions.announcing import AT_ONCE, announce
from enrollment.actions.leaving import courses_of, end_what_is_not_asked, hold_open, take_up_again
from enrollment.actions.standing import forget_standings, keep_first_standings, restand
from enrollment.actions.telling import tell
from enrollment.choices import RequirementState
from enrollment.models import Assignment, Requirement
from enrollment.queries import Changes, Move, Reach, changes_for, course_titles, unsettled
from enrollment.queries.obligations import Given, asked_by
from people.models import User
from records.actions import Said, record_fact, record_facts
from records.facts import Actor, FactKind, SystemActor

FOLLOWER = SystemActor("requirements")
_GIVEN = (
    *("id", "requirement_id", "user_id", "course_id", "since_on", "due_on", "zone"),
    *("because", "assigned_at", "ended_because"),
)
_AUDIENCES = 0x41554449  # the number of the lock below
_HOLD_ALONE = "SELECT pg_advisory_xact_lock(%s)"
_HOLD_SHARED = "SELECT pg_advisory_xact_lock_shared(%s)"


def hold_audiences(*, alone: bool) -> None:
    """Keep requirements from being switched while people are moved, until this transaction ends.

    Who switches holds it alone; who moves people shares it, and holds each of them. Without it, someone
    who moves in the second in which a requirement is switched on could be missed by both.
    """
    with connection.cursor() as cursor:
        cursor.execute(_HOLD_ALONE if alone else _HOLD_SHARED, [_AUDIENCES])


def hold_people(user_ids: Collection[UUID]) -> None:
    """Let nobody else move, enroll, credit or settle these people until this transaction ends."""
    list(User.objects.select_for_update(no_key=True).filter(pk__in=user_ids).order_by("pk").values_list("pk"))


@transaction.atomic
def assign_to(*, requirement: Requirement, reaches: Sequence[Reach], by: Actor, at: datetime) -> list[UUID]:
    """Give a requirement to people who do not have it open, and return the ids of their assignments.

    Whoever had begun its course and left goes on where they were.
    Whoever has something to do is told; many people in the background. One fact for each person, and
    one for all when they are many. The caller holds the audiences and these people, and has just read `reaches`.
    """
    if not reaches:
        return []
    user_ids, course_ids = [reach.user_id for reach in reaches], courses_of(requirement)
    hold_open(user_ids=user_ids, course_ids=course_ids)  # whoever is completing it comes before or after
    given, because = [new_id() for _each in reaches], [json.dumps(reach.because) for reach in reaches]
    about = _about_given(requirement, given, because, reaches)
    record_facts(facts.ASSIGNED, by=by, at=at, subject_type="assignment", about=about)
    if len(reaches) > 1:
        _of_many(facts.ASSIGNED_MANY, requirement, people=len(reaches), by=by, at=at)
    what, course = str(requirement.pk), str(requirement.course_id)
    rows = [
        Given(str(assignment), what, str(reach.user_id), course, reach.since_on, reach.first_due_on, reach.zone)
        for assignment, reach in zip(given, reaches, strict=True)
    ]
    when = at.isoformat()
    lines = [(*row, why, when, "") for row, why in zip(rows, because, strict=True)]
    copy_in("enrollment_assignment", _GIVEN, lines)
    take_up_again(
        user_ids=user_ids,
        course_ids=course_ids,
        because=_("Required again by R-{number}").format(number=requirement.number),
        by=by,
        at=at,
    )
    keep_first_standings(rows, asked_by([requirement]))
    if len(given) <= AT_ONCE:
        announce(assignment_ids=given, at=at)
    else:
        enqueue("enrollment.announce")
    return given


@transaction.atomic
def end_assignments(
    *,
    requirement: Requirement,
    assignments: Sequence[Assignment],
    because: str,
    by: Actor,
    at: datetime,
    reason: str = "",
    wording: int | None = None,
) -> None:
    """End open assignments of a requirement, and what was begun because of them alone.

    Progress, completions and certificates stay as they are. `wording` is the number of the one that ended them,
    if one did.
    """
    if not assignments:
        return
    user_ids, course_ids = {each.user_id for each in assignments}, courses_of(requirement)
    hold_open(user_ids=user_ids, course_ids=course_ids)
    title = course_titles([requirement.course_id])[requirement.course_id]
    payload = {"course": title, "requirement": requirement.number, "why": because, "wording": wording}
    about = [Said(subject_id=each.pk, person_id=each.user_id, payload=payload) for each in assignments]
    record_facts(facts.ASSIGNMENT_ENDED, by=by, at=at, subject_type="assignment", about=about, reason=reason)
    if len(about) > 1:
        _of_many(facts.ENDED_MANY, requirement, people=len(about), by=by, at=at)
    ending = Assignment.objects.filter(pk__in=[each.pk for each in assignments], ended_at__isnull=True)
    ending.update(ended_at=at, ended_because=because[:200])
    forget_standings(each.pk for each in assignments)
    end_what_is_not_asked(user_ids=user_ids, course_ids=course_ids, because=because, by=by, at=at, reason=reason)


@transaction.atomic
def follow_person(*, user_id: UUID, at: datetime) -> None:
    """Let what is required of a person follow where they work now. Doing it again changes nothing."""
    hold_audiences(alone=False)
    hold_people([user_id])
    make_changes(changes_for(at=at, user_ids=[user_id]), by=FOLLOWER, at=at)
    restand(user_ids=[user_id])


def settle_requirement(
    *, requirement: Requirement, by: Actor, at: datetime, after: UUID, most: int, everyone: bool = False
) -> tuple[int, UUID | None]:
    """Let the next people, in the order of their ids, have a requirement in force or have it no longer, as it says.

    Looks at no more than so many, with `everyone` also at those who keep it; returns how many changes
    there were, and where to go on: nothing at the end. Doing it again changes nothing.
    """
    ids = unsettled(requirement, at=at, after=after, most=most, everyone=everyone)
    if not ids:
        return 0, None
    return settle_people(requirement=requirement, user_ids=ids, by=by, at=at, everyone=everyone), ids[-1]


@transaction.atomic
def settle_people(
    *, requirement: Requirement, user_ids: Sequence[UUID], by: Actor, at: datetime, everyone: bool = False
) -> int:
    """Let these people have a requirement, while it is in force, as it says; return how many changes there were.

    With `everyone` it is also computed anew how those stand who keep it. Doing it again changes nothing.
    """
    hold_audiences(alone=False)
    hold_people(user_ids)
    found = Requirement.objects.filter(state=RequirementState.ON, pk=requirement.pk).select_related("site").first()
    if found is None:
        return 0
    changes = changes_for(at=at, user_ids=user_ids, requirements=[found])
    make_changes(changes, by=by, at=at)
    if everyone:
        restand(requirement_ids=[found.pk], user_ids=user_ids)
    return len(changes.begin) + len(changes.end) + len(changes.move)


@transaction.atomic
def make_changes(changes: Changes, *, by: Actor, at: datetime) -> None:
    """Give, end and move what has to be given, ended and moved. The caller holds the audiences and these people.

    What begins comes first: a course that one requirement asks for instead of another stays open.
    """
    leaving_from = {each.assignment.requirement for each in changes.end}
    hold_open(
        user_ids=[each.assignment.user_id for each in changes.end],
        course_ids={course for each in leaving_from for course in courses_of(each)},
    )  # all of them before any assignment
    given: dict[UUID, list[Reach]] = {}
    for reach in changes.begin:
        given.setdefault(reach.requirement_id, []).append(reach)
    requirements = Requirement.objects.in_bulk(given)
    for requirement, reaches in given.items():
        assign_to(requirement=requirements[requirement], reaches=reaches, by=by, at=at)
    ended: dict[tuple[UUID, str, int | None], list[Assignment]] = {}
    for leaving in changes.end:
        why = leaving.assignment.requirement_id, leaving.why, leaving.gone.wording
        ended.setdefault(why, []).append(leaving.assignment)
    for (_requirement, because, wording), gone in ended.items():
        end_assignments(
            requirement=gone[0].requirement, assignments=gone, because=because, by=by, at=at, wording=wording
        )
    _move(changes.move, by=by, at=at)


@transaction.atomic
def tell_given_to_all(*, requirement: Requirement, to: User, once: str, people: int, at: datetime) -> None:
    """Tell whoever switched a requirement on, or changed it, that its job is done."""
    title = course_titles([requirement.course_id])[requirement.course_id]
    wording = partial(notices.given_to_all, number=requirement.number, course=title, people=people)
    path = reverse("enrollment:requirement", args=[requirement.pk])
    tell(to, wording, once=f"given:{once}", path=path, at=at)


def _about_given(
    requirement: Requirement, given: Sequence[UUID], because: Sequence[str], reaches: Sequence[Reach]
) -> list[Said]:
    """Return what is said about each assignment; those for the same reason by the same day share the words."""
    title = course_titles([requirement.course_id])[requirement.course_id]
    words: dict[tuple[str, date], dict[str, Any]] = {}
    about = []
    for assignment, why, reach in zip(given, because, reaches, strict=True):
        due_on = reach.first_due_on
        if (why, due_on) not in words:
            said = {"course": title, "requirement": requirement.number, "why": reach.reason_about, "due_on": due_on}
            words[why, due_on] = said
        about.append(Said(subject_id=assignment, person_id=reach.user_id, payload=words[why, due_on]))
    return about


def _move(moves: Sequence[Move], *, by: Actor, at: datetime) -> None:
    """Let assignments be due on the days that follow from where and since when people work now."""
    if not moves:
        return
    titles = course_titles({move.assignment.course_id for move in moves})
    about = [
        Said(
            subject_id=move.assignment.pk,
            person_id=move.assignment.user_id,
            payload={"course": titles[move.assignment.course_id], "zone": move.zone, "due_on": move.due_on},
        )
        for move in moves
    ]
    record_facts(facts.ASSIGNMENT_MOVED, by=by, at=at, subject_type="assignment", about=about)
    for move in moves:
        move.assignment.zone, move.assignment.due_on = move.zone, move.due_on
    Assignment.objects.bulk_update([move.assignment for move in moves], ["zone", "due_on"], batch_size=1000)
    restand(assignment_ids=[move.assignment.pk for move in moves])


def _of_many(kind: FactKind, requirement: Requirement, *, people: int, by: Actor, at: datetime) -> None:
    record_fact(
        kind,
        by=by,
        at=at,
        subject_type="requirement",
        subject_id=requirement.pk,
        payload={"number": requirement.number, "people": people},
    )
