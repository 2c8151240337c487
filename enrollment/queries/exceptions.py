"""What exceptions are decided on: what is due now for whom, what was granted before, and the policy."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from django.db.models import QuerySet

from enrollment.choices import WaiverState
from enrollment.models import Assignment, ExceptionPolicy, Extension, Waiver
from enrollment.queries.elsewhere import Zones
from enrollment.queries.obligations import Asked, Given, Known, asked_by
from enrollment.queries.requirements import course_titles
from enrollment.rules import Extension as MoreTime
from enrollment.rules import Facts, Obligation, Terms, day_in, obligation_of
from enrollment.rules.exceptions import Due, Limits, due_of, why_no_more_time
from people.models import User
from people.queries import administrators_of


@dataclass(frozen=True, slots=True)
class DueNow:
    """One open assignment: how its person stands with it, and how they would with more time."""

    assignment: Assignment
    title: str
    terms: Terms
    facts: Facts
    obligation: Obligation
    due: Due

    def with_more_time(self, due_on: date) -> Obligation:
        """Return how the person would stand if they had until this day."""
        if self.obligation.due_on is None:
            return self.obligation
        granted = MoreTime(self.obligation.due_on, due_on, self.due.today)
        return obligation_of(self.terms, replace(self.facts, extensions=[*self.facts.extensions, granted]))


def policy_limits() -> Limits:
    """Return how far exceptions may go now."""
    kept = ExceptionPolicy.objects.filter(pk=1).first()
    return kept.limits if kept else Limits()


def due_now(assignments: QuerySet[Assignment], *, at: datetime) -> list[DueNow]:
    """Return what is due now with these assignments; as many queries for a hundred as for one."""
    found = list(assignments.select_related("user", "requirement"))
    if not found:
        return []
    asked = asked_by(each.requirement for each in found)
    courses = {course for each in asked.values() for course in each.courses}
    known = Known({str(each.user_id) for each in found}, courses)
    titles = course_titles({each.course_id for each in found})
    return [_due_now(each, known, asked[str(each.requirement_id)], titles, at=at) for each in found]


def _due_now(assignment: Assignment, known: Known, asked: Asked, titles: Mapping[UUID, str], *, at: datetime) -> DueNow:
    facts = known.facts(Given.of(assignment), asked)
    obligation = obligation_of(asked.terms, facts)
    due = due_of(obligation, facts.extensions, name=assignment.user.name, today=day_in(assignment.zone, at))
    return DueNow(assignment, titles[assignment.course_id], asked.terms, facts, obligation, due)


@dataclass(frozen=True, slots=True)
class Offer:
    """Which exceptions can be made for one assignment now: the same wherever they are offered."""

    no_more_time: str  # why none can be given; nothing when it can
    waiver: Waiver | None  # that waits for a decision or holds: it is opened, and no other one proposed


def offers(assignments: QuerySet[Assignment], *, unlimited: Collection[UUID], at: datetime) -> dict[UUID, Offer]:
    """Return which exceptions can be made for these assignments, by their ids; a constant number of queries.

    `unlimited` are the people of whom the limits do not bind whoever asks.
    """
    found, limits = due_now(assignments, at=at), policy_limits()
    if not found:
        return {}
    user_ids, days = {each.assignment.user_id for each in found}, {each.due.today for each in found}
    waiting = waiting_waivers(user_ids)
    holding = {day: waivers_in_force(user_ids=user_ids, on=day) for day in days}  # it is one day, or two
    offered = {}
    for each in found:
        user, key = each.assignment.user_id, (each.assignment.user_id, each.assignment.requirement_id)
        refusal = why_no_more_time(each.due, limits, may_go_beyond=user in unlimited)
        offered[each.assignment.pk] = Offer(refusal, waiting.get(key) or holding[each.due.today].get(key))
    return offered


def extensions_of(assignment_ids: Collection[UUID]) -> QuerySet[Extension]:
    """Return the times that more time was given with these assignments, the latest first."""
    found = Extension.objects.filter(assignment__in=assignment_ids).select_related("granted_by")
    return found.order_by("-granted_at")


def waivers_with(waivers: QuerySet[Waiver]) -> QuerySet[Waiver]:
    """Add to waivers what a list of them shows, the latest proposal first."""
    related = ("user", "requirement", "proposed_by", "decided_by", "withdrawn_by", "evidence", "signature")
    return waivers.select_related(*related).order_by("-proposed_at", "pk")


def waivers_in_force(*, user_ids: Collection[UUID], on: date) -> dict[tuple[UUID, UUID], Waiver]:
    """Return the granted waivers that hold on a day, by person and requirement; one query."""
    found = Waiver.objects.filter(
        user__in=user_ids, state=WaiverState.GRANTED, valid_from__lte=on, valid_until__gt=on
    ).order_by("valid_until")
    return {(each.user_id, each.requirement_id): each for each in found}


def waivers_of_assignments(assignment_ids: Collection[str], *, on: date) -> dict[str, Waiver]:
    """Return the granted waivers that hold on a day, by the assignments that they hold for; two queries."""
    if not assignment_ids:
        return {}
    given = Assignment.objects.filter(pk__in=assignment_ids).values_list("pk", "user", "requirement")
    of = {str(pk): (user, requirement) for pk, user, requirement in given}
    found = waivers_in_force(user_ids={user for user, _requirement in of.values()}, on=on)
    return {pk: found[key] for pk, key in of.items() if key in found}


def waiting_waivers(user_ids: Collection[UUID]) -> dict[tuple[UUID, UUID], Waiver]:
    """Return the waivers of these people that wait for a decision, by person and requirement; one query."""
    found = Waiver.objects.filter(user__in=user_ids, state=WaiverState.PROPOSED).select_related("proposed_by")
    return {(each.user_id, each.requirement_id): each for each in found}


class WaiverDays:
    """Which day it is for waivers: where the requirement's days end for the person, else where they work.

    Two queries, whatever their number.
    """

    def __init__(self, waivers: Collection[Waiver]) -> None:
        self.zones = Zones([each.user_id for each in waivers])
        given = Assignment.objects.filter(
            ended_at__isnull=True,
            user__in=[each.user_id for each in waivers],
            requirement__in=[each.requirement_id for each in waivers],
        )
        self.given = {(user, what): zone for user, what, zone in given.values_list("user", "requirement", "zone")}

    def today(self, waiver: Waiver, *, at: datetime) -> date:
        zone = self.given.get((waiver.user_id, waiver.requirement_id)) or self.zones.on(waiver.user_id, at.date())
        return day_in(zone, at)


def deciders_for(waiver: Waiver, *, at: datetime) -> QuerySet[User]:
    """Return who may decide about a waiver: administrators who look after the person, and are a third."""
    return administrators_of([waiver.user_id], at=at).exclude(pk=waiver.proposed_by_id)
