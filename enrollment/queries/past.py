"""What was decided about one person and one requirement, each with its instant: from the records and the trail."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import F
from django.db.models.functions import Coalesce

from core.sql import rows
from courses.models import CourseVersion
from enrollment.choices import WaiverState
from enrollment.models import Assignment, Completion, Extension, RetrainingDue, Waiver
from enrollment.queries.exceptions import extensions_of
from enrollment.queries.wordings import Wording, wordings_of
from enrollment.rules import Credit, Retraining, Span, day_in
from enrollment.rules import Extension as MoreTime
from enrollment.rules.held import Held
from people.models import Leave

# What took the place of which first due day, and by whom; the system has no id.
_MOVED = """
    SELECT occurred_at, actor_id, (old->>'due_on')::date, (new->>'due_on')::date FROM records_event
    WHERE subject_type = 'enrollment_assignment' AND subject_id = %s AND verb = 'updated' AND kind = 'capture'
        AND old->>'due_on' IS NOT NULL
    ORDER BY id
"""
# By whom, whether it is noted by which wording, and by which: before that was, what its job ended is told by who put it
# in force.
_ENDED_BY = """
    SELECT actor_id, payload ? 'wording', (payload->>'wording')::int FROM records_event
    WHERE subject_type = 'assignment' AND subject_id = %s AND verb = 'enrollment.assignment_ended' AND kind = 'fact'
    ORDER BY id DESC LIMIT 1
"""
A_JOB = timedelta(days=1)  # in which a job lets a new wording act on many people


@dataclass(frozen=True, slots=True)
class Moved:
    """One change of the first due day, as the trail has it."""

    at: datetime
    actor_id: UUID | None
    was: date
    due_on: date


class Past:
    """Everything that was decided with one assignment; a constant number of queries.

    The assignment has its `requirement`; of its completions these count; the wordings are those under which it
    held.
    """

    def __init__(self, assignment: Assignment, credits: Iterable[Credit], wordings: Sequence[Wording]) -> None:
        self.assignment = assignment
        self.moves = [Moved(*row) for row in rows(_MOVED, [str(assignment.pk)])]
        self.wordings = wordings
        self.extensions: Sequence[Extension] = list(reversed(extensions_of([assignment.pk])))
        self.waivers = _waivers(assignment)
        self.leaves = _leaves(assignment)
        self.retrainings = _retrainings(assignment)
        self.labels = dict(CourseVersion.objects.filter(course=assignment.course_id).values_list("number", "label"))
        self._known_at = _known_at([each.id for each in credits])

    def known_at(self, credit: Credit) -> datetime:
        """Return when a completion came to be known; what was completed before it was asked, when it was asked."""
        return max(self._known_at[str(credit.id)], self.assignment.assigned_at)

    def held_at(self, instant: datetime) -> Held:
        """Return what had been decided by an instant."""
        terms = [each.asks.terms for each in self.wordings if each.since <= instant]
        return Held(
            terms=terms[-1] if terms else self.assignment.requirement.terms,
            first_due_on=self.first_due_at(instant),
            extensions=[
                MoreTime(each.was_due_on, each.due_on, day_in(self.assignment.zone, each.granted_at))
                for each in self.extensions
                if each.granted_at <= instant
            ],
            waivers=[span for each in self.waivers if (span := waived_at(each, instant))],
            leaves=[Span(each.valid_from, each.valid_until) for each in self.leaves if was_known(each, instant)],
            retrainings=[each for asked_at, each in self.retrainings if asked_at <= instant],
        )

    def first_due_at(self, instant: datetime) -> date:
        """Return the first due day as it was at an instant."""
        return next((move.was for move in self.moves if move.at > instant), self.assignment.due_on)


def wordings_of_assignment(assignment: Assignment) -> tuple[list[Wording], Wording | None]:
    """Return the wordings that were in force while an assignment held, and the one that ended it, if one did.

    None where the requirement has had but one. The one that ended it did so at once, by its job, or when somebody
    looked after what its job had missed. The assignment has its `requirement`.
    """
    requirement, ended_at = assignment.requirement, assignment.ended_at
    if requirement.terms_number < 2:
        return [], None
    every = wordings_of(requirement, counts_people=False)
    if ended_at is None:
        return every, None
    actor, is_noted, number = next(iter(rows(_ENDED_BY, [str(assignment.pk)])), (None, False, None))
    if number is not None:
        held = [each for each in every if each.number < number] or every[:1]
        return held, next((each for each in every if each.number == number), None)
    held = [each for each in every if each.since < ended_at] or every[:1]
    last = held[-1]
    may_be_its_job = not is_noted and assignment.assigned_at < last.since < ended_at < last.since + A_JOB
    if may_be_its_job and ended_at != requirement.switched_off_at and actor == last.by_id:
        return held[:-1], last
    return held, None


def withdrawn_on(waiver: Waiver) -> date | None:
    """Return the first day on which a waiver that was withdrawn held no longer."""
    if waiver.withdrawn_at is None:
        return None
    return waiver.withdrawn_on or day_in("UTC", waiver.withdrawn_at)


def waived_at(waiver: Waiver, instant: datetime) -> Span | None:
    """Return when a waiver held or will hold, as it was known at an instant."""
    if waiver.decided_at is None or waiver.decided_at > instant:
        return None
    is_withdrawn = waiver.withdrawn_at is not None and waiver.withdrawn_at <= instant
    ended = withdrawn_on(waiver) if is_withdrawn else None
    until = min(waiver.valid_until, ended) if ended else waiver.valid_until
    return Span(waiver.valid_from, until) if until > waiver.valid_from else None


def was_known(leave: Leave, instant: datetime) -> bool:
    """Say whether a leave was noted so at an instant."""
    return leave.noted_at <= instant and (leave.superseded_at is None or leave.superseded_at > instant)


def _leaves(assignment: Assignment) -> list[Leave]:
    """Return every leave as it was ever noted, each followed by what took its place."""
    noted = Leave.objects.filter(user=assignment.user_id)
    if assignment.ended_at is not None:
        noted = noted.filter(noted_at__lte=assignment.ended_at)
    return list(noted.order_by("valid_from", "noted_at", F("superseded_at").asc(nulls_last=True)))


def _retrainings(assignment: Assignment) -> list[tuple[datetime, Retraining]]:
    """Return each new version that was to be learned, with the instant at which it was asked."""
    asked = RetrainingDue.objects.filter(user=assignment.user_id, course=assignment.course_id).order_by("effective_on")
    found = asked.values_list("asked_at", "version__number", "effective_on", "due_on")
    return [(asked_at, Retraining(number, first, due)) for asked_at, number, first, due in found]


def _waivers(assignment: Assignment) -> list[Waiver]:
    granted = Waiver.objects.filter(
        user=assignment.user_id,
        requirement=assignment.requirement_id,
        decided_at__isnull=False,
        state__in=[WaiverState.GRANTED, WaiverState.WITHDRAWN],
    )
    if assignment.ended_at is not None:
        granted = granted.filter(decided_at__lte=assignment.ended_at)
    return list(granted.select_related("proposed_by", "decided_by", "withdrawn_by").order_by("valid_from", "pk"))


def _known_at(completion_ids: Collection[UUID | str]) -> dict[str, datetime]:
    found = Completion.objects.filter(pk__in=completion_ids).annotate(known_at=Coalesce("recorded_at", "completed_at"))
    return {str(pk): instant for pk, instant in found.values_list("pk", "known_at")}
