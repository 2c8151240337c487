"""Everything there is to say about why one person has one requirement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from enrollment.models import Assignment
from enrollment.queries.day_history import day_facts
from enrollment.queries.obligations import Given, Known, asked_by
from enrollment.queries.past import Past, wordings_of_assignment
from enrollment.queries.requirements import course_titles, sentence_of
from enrollment.queries.sources import sources_of
from enrollment.rules import Extension, Obligation, day_in, obligation_of, reason_about, reason_sentence, rounds_of
from enrollment.rules.day_history import DayStep, Decision, history_said
from enrollment.rules.held import due_before
from enrollment.rules.whys import RoundSaid, Said, due_said, next_said, rounds_said, standing_said, stood_said
from records.models import Certificate


@dataclass(frozen=True, slots=True)
class RoundLine:
    """One round so far, with the certificate of its completion."""

    said: RoundSaid
    certificate_id: UUID | None
    source: str  # how it is known, where it was not taken here or counts through another course


@dataclass(frozen=True, slots=True)
class WhyPage:
    """What the page of one assignment says."""

    title: str  # of the course
    reason: str  # said to the person
    reason_about: str
    sentence: str  # of the requirement
    first_due_on: date  # as it was when it was completed first, else as it is
    standing: Said
    certificate_id: UUID | None  # of the completion that counts, or counted last
    source: str  # how that is known, where it was not taken here or counts through another course
    due: str
    rounds: Sequence[RoundLine]
    coming: Sequence[Said]
    history: Sequence[DayStep]  # of the due day; nothing where nothing has happened to it
    obligation: Obligation
    extensions: Sequence[Extension]
    today: date
    ended_by: Decision | None  # who changed the rule so that it holds no longer, and why


def why_of(assignment: Assignment, *, at: datetime) -> WhyPage:
    """Return why a person has a requirement, how they stand with it and what comes next.

    Of what has ended it is said what was asked and how they stood then, as far as it was known.
    """
    ended_at, (wordings, ended_by) = assignment.ended_at, wordings_of_assignment(assignment)
    requirement = wordings[-1].asks if wordings and ended_at else assignment.requirement
    today = day_in(assignment.zone, ended_at or at)
    asked = asked_by([requirement])[str(requirement.pk)]
    given = Given.of(assignment)
    facts = Known([given.user_id], asked.courses, known_at=ended_at).facts(given, asked)
    found, done = obligation_of(asked.terms, facts), rounds_of(asked.terms, facts)
    past = Past(assignment, facts.credits, wordings)
    due_days = [due_before(facts, each.credit, past.held_at(past.known_at(each.credit))) for each in done]
    rounds, done_at = rounds_said(done, due_days), past.known_at(done[0].credit) if done else None
    credits = [credit.id for credit in facts.credits]
    issued = {
        str(completion): certificate
        for completion, certificate in Certificate.objects.filter(completion_id__in=credits).values_list(
            "completion_id", "id"
        )
    }
    sources = sources_of(credits)
    said = {key: source.towards(*asked.courses) for key, source in sources.items()}
    title = course_titles([assignment.course_id])[assignment.course_id]
    is_open = ended_at is None
    happened = day_facts(past, facts, done_at=done_at, ended_by=ended_by)
    history = history_said(happened, found, today)
    return WhyPage(
        title=title,
        reason=reason_sentence(assignment.because),
        reason_about=reason_about(assignment.because),
        sentence=sentence_of(requirement, title=title),
        first_due_on=past.first_due_at(done_at) if done_at else assignment.due_on,
        standing=standing_said(found, today) if is_open else stood_said(found, today),
        certificate_id=issued.get(str(found.credit.id)) if found.credit else None,
        source=said.get(str(found.credit.id), "") if found.credit else "",
        due=due_said(found) if is_open and not history else "",
        rounds=[RoundLine(each, issued.get(each.completion_id), said.get(each.completion_id, "")) for each in rounds],
        coming=next_said(found, today) if is_open else [],
        history=history,
        obligation=found,
        extensions=facts.extensions,
        today=today,
        ended_by=happened.ended_by,
    )
