"""What happened to the due day of one person and one requirement, from the records of each decision and the trail."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from enrollment.queries.past import A_JOB, Moved, Past, waived_at, withdrawn_on
from enrollment.queries.wordings import Wording
from enrollment.rules import Facts, Span, day_in
from enrollment.rules.day_history import Away, DayFacts, Decision, MoreTime, Noted, Recounted, Reworded, Waived
from people.models import Leave

EVER = datetime.max.replace(tzinfo=ZoneInfo("UTC"))


def day_facts(past: Past, facts: Facts, *, done_at: datetime | None, ended_by: Wording | None = None) -> DayFacts:
    """Return what happened to a due day; what moved the first one after it was completed is left out.

    `ended_by` is the wording by which it ended, where it was one.
    """
    assignment, zone = past.assignment, ZoneInfo(past.assignment.zone)
    moves = [each for each in past.moves if done_at is None or each.at <= done_at]
    first = _first_of(past.wordings, assignment.assigned_at)
    since = [each for each in past.wordings if each.number > first]
    reworded = [(each, _move_by(each, moves)) for each in since]
    told = [move for _each, move in reworded if move]
    return DayFacts(
        given_on=day_in(assignment.zone, assignment.assigned_at),
        given_at=assignment.assigned_at.astimezone(zone),
        since_on=assignment.since_on,
        first_due_on=past.moves[0].was if past.moves else assignment.due_on,
        first_due_now=assignment.due_on,
        sentence=next((each.sentence for each in past.wordings if each.number == first and since), ""),
        reworded=[
            Reworded(
                _decision(each.since.astimezone(zone), each.by, each.reason),
                (move.was, move.due_on) if move else None,
                "" if each is past.wordings[-1] else each.sentence,
            )
            for each, move in reworded
        ],
        recounted=[
            Recounted(day_in(assignment.zone, move.at), move.was, move.due_on, move.at.astimezone(zone))
            for move in moves
            if move not in told
        ],
        more_time=[
            MoreTime(
                _decision(each.granted_at.astimezone(zone), each.granted_by.name, each.reason),
                each.was_due_on,
                each.due_on,
            )
            for each in past.extensions
        ],
        leaves=_leaves(past, zone),
        waived=_waived(past, zone),
        retrainings=facts.retrainings,
        labels=past.labels,
        no_longer=assignment.ended_because if assignment.ended_at else "",
        ended_by=_decision(ended_by.since.astimezone(zone), ended_by.by, ended_by.reason) if ended_by else None,
        ended_on=day_in(assignment.zone, assignment.ended_at) if assignment.ended_at else None,
    )


def _decision(at: datetime, by: str, reason: str) -> Decision:
    return Decision(at.date(), by, reason, at)


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


def _leaves(past: Past, zone: ZoneInfo) -> list[Away]:
    """Return the leaves that were known while it was asked, each with what was noted of it in turn."""
    since, known_until = past.assignment.assigned_at, past.assignment.ended_at or EVER
    found: list[Away] = []
    before: Leave | None = None
    for each in past.leaves:
        ended_at = each.superseded_at if each.superseded_at and each.superseded_at <= known_until else None
        if ended_at is not None and (ended_at <= since or ended_at == each.noted_at):
            continue
        taken_back_at = ended_at.astimezone(zone) if ended_at else None
        noted = [Noted(each.noted_at.astimezone(zone), each.valid_until)]
        if before and (before.valid_from, before.superseded_at) == (each.valid_from, each.noted_at):
            noted = [*found.pop().noted, *noted]  # it took the place of the one before, which was not taken back
        found.append(Away(each.valid_from, noted, taken_back_at))
        before = each
    return found


def _waived(past: Past, zone: ZoneInfo) -> list[Waived]:
    """Return the waivers that were granted, and withdrawn, before the assignment ended."""
    since, known_until = past.assignment.assigned_at, past.assignment.ended_at or EVER
    found = []
    for each in past.waivers:
        if each.decided_at is None or each.decided_by is None:
            continue
        granted = _("{name}, granted by {approver}")
        by = granted.format(name=each.proposed_by.name, approver=each.decided_by.name)
        ended, withdrawn = withdrawn_on(each), None
        if (
            ended
            and each.withdrawn_by is not None
            and each.withdrawn_at is not None
            and each.withdrawn_at <= known_until
        ):
            at = each.withdrawn_at.astimezone(zone)
            withdrawn = Decision(ended, each.withdrawn_by.name, each.withdrawn_because, at)
        span = waived_at(each, known_until)
        if span is None and withdrawn and withdrawn.at and withdrawn.at > since:  # it held on no day
            span = Span(each.valid_from, each.valid_until)
        if span:
            found.append(Waived(_decision(each.decided_at.astimezone(zone), by, each.reason), span, withdrawn))
    return found
