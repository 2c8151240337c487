"""What happened to the due day of one person and one requirement, from the records of each decision and the trail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from core.sql import rows
from enrollment.choices import WaiverState
from enrollment.models import Assignment, Waiver
from enrollment.queries.exceptions import extensions_of
from enrollment.queries.wordings import Wording, wordings_of
from enrollment.rules import Facts, Span, day_in
from enrollment.rules.day_history import DayFacts, Decision, MoreTime, Recounted, Reworded, Waived

A_JOB = timedelta(days=1)  # in which a job lets a new wording act on many people

# What took the place of which first due day, and by whom; the system has no id.
_MOVED = """
    SELECT occurred_at, actor_id, (old->>'due_on')::date, (new->>'due_on')::date FROM records_event
    WHERE subject_type = 'enrollment_assignment' AND subject_id = %s AND verb = 'updated' AND kind = 'capture'
        AND old->>'due_on' IS NOT NULL
    ORDER BY id
"""
_ENDED_BY = """
    SELECT actor_id FROM records_event
    WHERE subject_type = 'enrollment_assignment' AND subject_id = %s AND verb = 'updated' AND kind = 'capture'
        AND new->>'ended_at' IS NOT NULL
    ORDER BY id DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Moved:
    """One change of the first due day, as the trail has it."""

    at: datetime
    actor_id: UUID | None
    was: date
    due_on: date


def day_facts(assignment: Assignment, facts: Facts, wordings: Sequence[Wording]) -> DayFacts:
    """Return what happened to a due day under the `wordings_while_held`; a constant number of queries."""
    moves = [Moved(*row) for row in rows(_MOVED, [str(assignment.pk)])]
    first = _first_of(wordings, assignment.assigned_at)
    since = [each for each in wordings if each.number > first]
    reworded = [(each, _move_by(each, moves)) for each in since]
    told = [move for _each, move in reworded if move]
    return DayFacts(
        given_on=day_in(assignment.zone, assignment.assigned_at),
        since_on=assignment.since_on,
        first_due_on=moves[0].was if moves else assignment.due_on,
        sentence=next((each.sentence for each in wordings if each.number == first and since), ""),
        reworded=[
            Reworded(
                Decision(day_in(assignment.zone, each.since), each.by, each.reason),
                (move.was, move.due_on) if move else None,
                "" if each is wordings[-1] else each.sentence,
            )
            for each, move in reworded
        ],
        recounted=[
            Recounted(day_in(assignment.zone, move.at), move.was, move.due_on) for move in moves if move not in told
        ],
        more_time=[
            MoreTime(
                Decision(day_in(assignment.zone, each.granted_at), each.granted_by.name, each.reason),
                each.was_due_on,
                each.due_on,
            )
            for each in reversed(extensions_of([assignment.pk]))
        ],
        leaves=facts.leaves,
        waived=_waived(assignment),
        retrainings=facts.retrainings,
        no_longer=assignment.ended_because if assignment.ended_at else "",
        ended_on=day_in(assignment.zone, assignment.ended_at) if assignment.ended_at else None,
    )


def wordings_while_held(assignment: Assignment) -> list[Wording]:
    """Return the wordings that were in force until the assignment ended, where the requirement has had several.

    The one that ended it is none of them, whether at once or by its job. The assignment has its `requirement`.
    """
    requirement, ended_at = assignment.requirement, assignment.ended_at
    if requirement.terms_number < 2:
        return []
    every = wordings_of(requirement, counts_people=False)
    if ended_at is None:
        return every
    held = [each for each in every if each.since < ended_at] or every[:1]
    last = held[-1]
    may_be_its_job = assignment.assigned_at < last.since < ended_at < last.since + A_JOB
    if may_be_its_job and ended_at != requirement.switched_off_at:
        held = held[:-1] if (last.by_id,) in rows(_ENDED_BY, [str(assignment.pk)]) else held
    return held


def _first_of(wordings: Sequence[Wording], given_at: datetime) -> int:
    """Return the number of the wording under which something was given."""
    return max((each.number for each in wordings if each.since <= given_at), default=1)


def _move_by(wording: Wording, moves: Sequence[Moved]) -> Moved | None:
    """Return how a wording moved the day: at once, or by the job of who put it in force."""
    for move in moves:
        is_in_time = wording.since <= move.at < min(wording.until or move.at + A_JOB, wording.since + A_JOB)
        if is_in_time and (move.at == wording.since or move.actor_id == wording.by_id):
            return move
    return None


def _waived(assignment: Assignment) -> list[Waived]:
    """Return the waivers that were granted, and withdrawn, before the assignment ended."""
    ended_at = assignment.ended_at
    granted = Waiver.objects.filter(
        user=assignment.user_id,
        requirement=assignment.requirement_id,
        decided_at__isnull=False,
        state__in=[WaiverState.GRANTED, WaiverState.WITHDRAWN],
    )
    if ended_at is not None:
        granted = granted.filter(decided_at__lte=ended_at)
    found = []
    for each in granted.select_related("decided_by", "withdrawn_by").order_by("valid_from", "pk"):
        assert each.decided_at is not None and each.decided_by is not None  # noqa: PT018 (one constraint says both)
        decision = Decision(day_in(assignment.zone, each.decided_at), each.decided_by.name, each.reason)
        until, withdrawn = each.valid_until, None
        is_known = each.withdrawn_at is not None and (ended_at is None or each.withdrawn_at <= ended_at)
        if is_known and each.withdrawn_at is not None and each.withdrawn_by is not None:
            ended = each.withdrawn_on or day_in("UTC", each.withdrawn_at)
            withdrawn = Decision(ended, each.withdrawn_by.name, each.withdrawn_because)
            until = min(until, ended)
        if until > each.valid_from:
            found.append(Waived(decision, Span(each.valid_from, until), withdrawn))
    return found
