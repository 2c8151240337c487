"""Every wording of a requirement that was in force, and for whom each held when it ended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from core.sql import rows
from enrollment.choices import RequirementState
from enrollment.models import Assignment, Requirement, RequirementTerms
from enrollment.queries.audiences import requirement_names
from enrollment.queries.obligations import Given, Known, asked_by
from enrollment.queries.reaches import Outlook
from enrollment.queries.requirements import course_titles, sentence_of
from enrollment.rules import day_in, obligation_of
from enrollment.rules.sentences import terms_said
from people.models import Position

A_PART = 1000
A_MOMENT = timedelta(microseconds=1)  # the shortest time that is kept


@dataclass(frozen=True, slots=True)
class Wording:
    """One wording: what it asked, from when to when, who put it in force and why, and for how many it held."""

    number: int
    sentence: str
    terms: Sequence[tuple[str, str]]
    since: datetime
    until: datetime | None  # nothing while it is in force
    by: str
    by_id: UUID
    reason: str
    people: int  # for whom it held when it ended; none while it is in force
    asks: Requirement  # the requirement as it was then; it was never saved so


def wordings_of(requirement: Requirement, *, counts_people: bool = True) -> list[Wording]:
    """Return the wordings of a requirement, the first one first, in names of today; a constant number of queries.

    For how many people each held is counted only where it is asked.
    """
    kept = list(requirement.wordings.select_related("put_in_force_by").order_by("number"))
    asked = [as_worded(each, requirement) for each in kept]
    ends = [*(each.in_force_at for each in kept[1:]), _ended(requirement)][: len(kept)]
    names = requirement_names(asked)
    titles = course_titles({requirement.course_id, *(course for each in asked for course in each.refreshers)})
    title = titles[requirement.course_id]
    people = _counted(requirement, ends if counts_people else [None] * len(ends))
    return [
        Wording(
            number=each.number,
            sentence=sentence_of(then, title=title, names=names),
            terms=terms_said(then.terms, titles),
            since=each.in_force_at,
            until=until,
            by=each.put_in_force_by.name,
            by_id=each.put_in_force_by_id,
            reason=each.reason,
            people=count,
            asks=then,
        )
        for each, then, until, count in zip(kept, asked, ends, people, strict=True)
    ]


def as_worded(wording: RequirementTerms, requirement: Requirement) -> Requirement:
    """Return a requirement as it was under one of its wordings; it is not to be saved."""
    words: dict[str, Any] = dict(wording.terms)
    site, fixed, refreshers = words.pop("site"), words.pop("due_fixed_on"), words.pop("refreshers")
    return Requirement(
        id=requirement.pk,
        number=requirement.number,
        course_id=requirement.course_id,
        site_id=UUID(site) if site else None,
        due_fixed_on=date.fromisoformat(fixed) if fixed else None,
        refreshers=[UUID(each) for each in refreshers],
        terms_number=wording.number,
        **words,
    )


def held_until(requirement: Requirement, *, until: datetime) -> QuerySet[Assignment]:
    """Return the assignments that were open just before an instant, by the name of the person.

    Switching off ends them at that instant, and so does another wording for whom it no longer holds.
    """
    return requirement.assignments.filter(_open_before(until)).order_by("user__name", "user_id")


def outlooks_until(assignments: Sequence[Assignment], *, asks: Requirement, until: datetime) -> list[Outlook]:
    """Return how these people stood on the last day, with what was asked then and as far as it was known.

    In their order, with a constant number of queries. The assignments have their `user`.
    """
    if not assignments:
        return []
    asked = asked_by([asks])[str(asks.pk)]
    before = _days_before([str(each.pk) for each in assignments], until=until)
    given = [Given.of(each)._replace(**before.get(str(each.pk), {})) for each in assignments]
    user_ids = {each.user_id for each in given}
    known = Known(user_ids, asked.courses, known_at=until - A_MOMENT)
    days = {each.assignment_id: day_in(each.zone, until) for each in given}
    sites = _sites_on({each.user_id: days[each.assignment_id] for each in given})
    found = []
    for assignment, each in zip(assignments, given, strict=True):
        state, today = obligation_of(asked.terms, known.facts(each, asked)), days[each.assignment_id]
        found.append(
            Outlook(
                requirement_id=asks.pk,
                course_id=assignment.course_id,
                user_id=assignment.user_id,
                name=assignment.user.name,
                employee_number=assignment.user.employee_number,
                site=sites.get(each.user_id, ""),
                because=assignment.because,
                since_on=each.since_on,
                first_due_on=each.first_due_on,
                zone=each.zone,
                today=today,
                assignment_id=assignment.pk,
                due_on=state.due_on,
                valid_until=state.valid_until,
                status=state.status_on(today),
            )
        )
    return found


def all_outlooks_until(requirement: Requirement, *, asks: Requirement, until: datetime) -> Iterator[Outlook]:
    """Yield how everyone stood for whom a requirement held until an instant, read in parts."""
    held = held_until(requirement, until=until).select_related("user")
    ids = list(held.values_list("pk", flat=True))
    for start in range(0, len(ids), A_PART):
        yield from outlooks_until(list(held.filter(pk__in=ids[start : start + A_PART])), asks=asks, until=until)


def _ended(requirement: Requirement) -> datetime | None:
    return requirement.switched_off_at if requirement.state == RequirementState.OFF else None


def _open_before(until: datetime) -> Q:
    return Q(assigned_at__lt=until) & (Q(ended_at__isnull=True) | Q(ended_at__gte=until))


def _counted(requirement: Requirement, ends: Sequence[datetime | None]) -> list[int]:
    """Count for whom it held just before each of these instants; one query, none where there are none."""
    counts = {f"at_{place}": Count("pk", filter=_open_before(end)) for place, end in enumerate(ends) if end}
    found = requirement.assignments.aggregate(**counts) if counts else {}
    return [found.get(f"at_{place}", 0) for place in range(len(ends))]


# What later changes took the place of; a change at the instant itself was one of them.
_CHANGED = """
    SELECT subject_id, old->>'due_on', old->>'zone' FROM records_event
    WHERE subject_type = 'enrollment_assignment' AND subject_id = ANY (%s) AND verb = 'updated' AND kind = 'capture'
        AND occurred_at >= %s AND (old->>'due_on' IS NOT NULL OR old->>'zone' IS NOT NULL)
    ORDER BY id DESC
"""


def _days_before(assignment_ids: Sequence[str], *, until: datetime) -> dict[str, dict[str, Any]]:
    """Return the due days and zones that assignments had just before an instant, where they have others now."""
    found: dict[str, dict[str, Any]] = {}
    for assignment, due_on, zone in rows(_CHANGED, [list(assignment_ids), until]):
        values = found.setdefault(assignment, {})
        values |= {"first_due_on": date.fromisoformat(due_on)} if due_on else {}
        values |= {"zone": zone} if zone else {}
    return found


def _sites_on(days: dict[str, date]) -> dict[str, str]:
    """Return where each of these people worked on their day, by the name of the site."""
    first, last = min(days.values()), max(days.values())
    held = Position.objects.filter(
        user__in=[UUID(each) for each in days], is_primary=True, valid_from__lte=last
    ).filter(Q(valid_until__isnull=True) | Q(valid_until__gt=first))
    found = {}
    for user, since, until, name in held.values_list("user", "valid_from", "valid_until", "site__name"):
        day = days[str(user)]
        if since <= day and (until is None or until > day):
            found[str(user)] = name
    return found
