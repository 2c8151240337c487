"""Giving requirements to people and ending them, so that what people have follows where they work."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import connection, transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from psycopg2.extras import execute_values

from core.ids import new_id
from core.jobs import enqueue
from enrollment import facts, notices
from enrollment.actions.announcing import AT_ONCE, announce
from enrollment.actions.leaving import courses_of, end_what_is_not_asked, hold_open, take_up_again
from enrollment.actions.standing import forget_standings, restand
from enrollment.actions.telling import tell
from enrollment.choices import RequirementState
from enrollment.models import Assignment, Requirement
from enrollment.queries import Leaving, Move, Reach, changes_for, course_titles, lacking
from people.models import User
from records.actions import Said, record_fact, record_facts
from records.facts import Actor, FactKind, SystemActor

FOLLOWER = SystemActor("requirements")
_GIVE = """
    INSERT INTO enrollment_assignment (id, requirement_id, user_id, course_id, since_on, because, due_on, zone,
        assigned_at, ended_because)
    VALUES %s
"""
_GIVEN = "(%s::uuid, %s::uuid, %s::uuid, %s::uuid, %s, %s::jsonb, %s, %s, %s, '')"
_AUDIENCES = 0x41554449  # the number of the lock below
_HOLD_ALONE = "SELECT pg_advisory_xact_lock(%s)"
_HOLD_SHARED = "SELECT pg_advisory_xact_lock_shared(%s)"


def hold_audiences(*, alone: bool) -> None:
    """Keep requirements from being switched while people are moved, until this transaction ends.

    Who switches holds it alone, who moves people shares it. Without it, someone who moves in the
    second in which a requirement is switched on could be missed by both.
    """
    with connection.cursor() as cursor:
        cursor.execute(_HOLD_ALONE if alone else _HOLD_SHARED, [_AUDIENCES])


@transaction.atomic
def assign_to(*, requirement: Requirement, reaches: Sequence[Reach], by: Actor, at: datetime) -> list[UUID]:
    """Give a requirement to people who do not have it open, and return the ids of their assignments.

    Whoever had begun its course and left goes on where they were.
    Whoever has something to do is told; many people in the background. One fact for each person, and
    one for all when they are many. The caller holds the audiences and has just read `reaches`.
    """
    fresh = [reach for reach in reaches if reach.assignment_id is None]
    if not fresh:
        return []
    title = course_titles([requirement.course_id])[requirement.course_id]
    given = [new_id() for _each in fresh]
    about = [
        Said(
            subject_id=assignment,
            person_id=reach.user_id,
            payload={
                "course": title,
                "requirement": requirement.number,
                "why": reach.reason_about,
                "due_on": reach.first_due_on,
            },
        )
        for assignment, reach in zip(given, fresh, strict=True)
    ]
    record_facts(facts.ASSIGNED, by=by, at=at, subject_type="assignment", about=about)
    if len(fresh) > 1:
        _of_many(facts.ASSIGNED_MANY, requirement, people=len(fresh), by=by, at=at)
    what, course = str(requirement.pk), str(requirement.course_id)
    lines = [
        (str(assignment), what, str(reach.user_id), course, reach.since_on, json.dumps(reach.because),
         reach.first_due_on, reach.zone, at)
        for assignment, reach in zip(given, fresh, strict=True)
    ]  # fmt: skip
    with connection.cursor() as cursor:
        execute_values(cursor.cursor, _GIVE, lines, template=_GIVEN, page_size=1000)
    take_up_again(
        user_ids=[reach.user_id for reach in fresh],
        course_ids=courses_of(requirement),
        because=_("Required again by R-{number}").format(number=requirement.number),
        by=by,
        at=at,
    )
    restand(assignment_ids=given)
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
) -> None:
    """End open assignments of a requirement, and what was begun because of them alone.

    Progress, completions and certificates stay as they are.
    """
    if not assignments:
        return
    user_ids, course_ids = {each.user_id for each in assignments}, courses_of(requirement)
    hold_open(user_ids=user_ids, course_ids=course_ids)
    title = course_titles([requirement.course_id])[requirement.course_id]
    payload = {"course": title, "requirement": requirement.number, "why": because}
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
    User.objects.select_for_update(no_key=True).get(pk=user_id)
    changes = changes_for(at=at, user_ids=[user_id])
    for leaving in changes.end:
        requirement, because = leaving.assignment.requirement, _no_longer(leaving)
        end_assignments(requirement=requirement, assignments=[leaving.assignment], because=because, by=FOLLOWER, at=at)
    requirements = Requirement.objects.in_bulk([reach.requirement_id for reach in changes.begin])
    for reach in changes.begin:
        assign_to(requirement=requirements[reach.requirement_id], reaches=[reach], by=FOLLOWER, at=at)
    for move in changes.move:
        _move(move, at=at)
    restand(user_ids=[user_id])


@transaction.atomic
def fill_requirement(*, requirement: Requirement, at: datetime, after: UUID, most: int) -> tuple[int, UUID | None]:
    """Give a requirement in force to the next people who lack it, in the order of their ids.

    Looks at no more than so many; returns how many were given it, and where to go on: nothing at the end.
    """
    hold_audiences(alone=True)
    in_force = Requirement.objects.filter(state=RequirementState.ON, pk=requirement.pk)
    found = in_force.select_related("site", "switched_on_by").first()
    if found is None or found.switched_on_by is None:
        return 0, None
    reaches, last = lacking(found, at=at, after=after, most=most)
    assign_to(requirement=found, reaches=reaches, by=found.switched_on_by, at=at)
    return len(reaches), last


@transaction.atomic
def tell_given_to_all(*, requirement: Requirement, people: int, at: datetime) -> None:
    """Tell whoever switched a requirement on that its job is done."""
    if requirement.switched_on_by is None:
        return
    title = course_titles([requirement.course_id])[requirement.course_id]
    wording = partial(notices.given_to_all, number=requirement.number, course=title, people=people)
    path = reverse("enrollment:requirement", args=[requirement.pk])
    tell(requirement.switched_on_by, wording, once=f"given:{requirement.pk}", path=path, at=at)


def _move(move: Move, *, at: datetime) -> None:
    """Let an assignment be due on the day that follows from where and since when the person works now."""
    assignment = move.assignment
    title = course_titles([assignment.course_id])[assignment.course_id]
    record_fact(
        facts.ASSIGNMENT_MOVED,
        by=FOLLOWER,
        at=at,
        subject_type="assignment",
        subject_id=assignment.pk,
        person_id=assignment.user_id,
        payload={"course": title, "zone": move.zone, "due_on": move.due_on},
    )
    assignment.zone, assignment.due_on = move.zone, move.due_on
    assignment.save(update_fields=["zone", "due_on"])


def _no_longer(leaving: Leaving) -> str:
    """Say why a requirement no longer holds, in the names that were noted when it was given."""
    noted = leaving.assignment.because.get(leaving.missing, "")
    words = {
        "job_role": _("The job role is no longer {name}"),
        "department": _("No longer in {name}"),
        "site": _("No longer at {name}"),
        "employment": _("No longer employed as {name}"),
        "attribute": _("No longer {name}"),
        "group": _("No longer in the group {name}"),
    }
    if leaving.missing == "work":
        return _("No longer working here")
    if leaving.missing in words and noted:
        return words[leaving.missing].format(name=noted)
    return _("No longer among those whom it is for")


def _of_many(kind: FactKind, requirement: Requirement, *, people: int, by: Actor, at: datetime) -> None:
    record_fact(
        kind,
        by=by,
        at=at,
        subject_type="requirement",
        subject_id=requirement.pk,
        payload={"number": requirement.number, "people": people},
    )
