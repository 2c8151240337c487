"""How completions that are not in the record yet would count for what is required of people."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q

from core.canonical import sha256_of
from enrollment.choices import RequirementState
from enrollment.models import Equivalence, Requirement
from enrollment.queries.elsewhere import editions
from enrollment.queries.obligations import Asked, Given, Known, asked_by, given_where
from enrollment.rules import Credit, day_in
from enrollment.rules.histories import Edition
from enrollment.rules.prior import Prior, is_doubtful, own_words, prior_of


class Learned(NamedTuple):
    """That somebody completed a course on a day, as it would be written down."""

    id: str
    course_id: UUID
    version: int  # its number
    on: date
    ends_on: date | None  # its own last day
    last_on: date | None = None  # where that is another than its version says


class Priors:
    """Says how completions would count; a handful of queries, whatever the number of people."""

    def __init__(self, user_ids: Collection[UUID], course_ids: Collection[UUID], *, at: datetime) -> None:
        self.at = at
        self.equivalences: dict[UUID, list[Equivalence]] = {}
        for each in Equivalence.objects.filter(course__in=course_ids):
            self.equivalences.setdefault(each.course_id, []).append(each)
        others = {each.counts_as_id for found in self.equivalences.values() for each in found}
        self.others: dict[UUID, Sequence[Edition]] = {}
        if others:
            self.others = {found[0].course_id: found for found in editions(others).values()}
        wanted = [*course_ids, *others]
        asking = Requirement.objects.filter(Q(course__in=wanted) | Q(refreshers__overlap=wanted))
        requirements = list(asking.filter(state=RequirementState.ON))
        self.numbers = {str(each.pk): each.number for each in requirements}
        self.asked = asked_by(requirements)
        self.given: dict[str, list[Given]] = {}
        self.known: Known | None = None
        if not requirements or not user_ids:
            return
        users = [str(each) for each in user_ids]
        condition = "a.user_id = ANY (%(users)s::uuid[]) AND a.requirement_id = ANY (%(requirements)s::uuid[])"
        for given in given_where(condition, {"users": users, "requirements": list(self.asked)}):
            self.given.setdefault(given.user_id, []).append(given)
        courses = {course for each in self.asked.values() for course in each.courses}
        self.known = Known(list(self.given), courses)

    def of(self, user_id: UUID, learned: Sequence[Learned]) -> dict[str, list[Prior]]:
        """Return how each of these completions of one person counts for each requirement that asks for it, by its id.

        They count together: what is old may be followed by what is newer.
        """
        found: dict[str, list[Prior]] = {}
        for given in sorted(self.given.get(str(user_id), ()), key=lambda each: self.numbers[each.requirement_id]):
            asked = self.asked[given.requirement_id]
            fresh = [credit for each in learned if (credit := self._credit(each, asked))]
            if not fresh or self.known is None:
                continue
            facts = self.known.facts(given, asked, fresh=fresh)
            today = day_in(given.zone, self.at)
            for credit in fresh:
                prior = prior_of(self.numbers[given.requirement_id], asked.terms, facts, credit, today=today)
                found.setdefault(str(credit.id), []).append(prior)
        return found

    def _credit(self, learned: Learned, asked: Asked) -> Credit | None:
        """Return a completion as a requirement takes it: once, as the first of its courses for which it counts."""
        for course in asked.courses:
            if course == str(learned.course_id):
                return Credit(learned.id, course, learned.version, learned.on, learned.ends_on, learned.last_on)
            if self._counts_as(learned, course):
                known = self.others.get(UUID(course), ())
                number = max((edition.number for edition in known if edition.effective_on <= learned.on), default=1)
                return Credit(learned.id, course, number, learned.on, learned.ends_on, learned.last_on)
        return None

    def _counts_as(self, learned: Learned, course: str) -> bool:
        for each in self.equivalences.get(learned.course_id, ()):
            until = each.ended_on or each.valid_until
            is_within = each.valid_from <= learned.on and (until is None or learned.on < until)
            if str(each.counts_as_id) == course and learned.version >= each.from_number and is_within:
                return True
        return False


class Outlook(NamedTuple):
    """What a completion would be worth today, in words; `is_doubtful` when they are to be read before it is sent."""

    words: Sequence[str]
    is_doubtful: bool

    @property
    def key(self) -> str:
        """Return a short text that is the same for the same words, and for no others."""
        return sha256_of({"words": list(self.words)})[:32]


def outlook_of_learned(user_id: UUID, learned: Learned, *, today: date, at: datetime) -> Outlook:
    """Say how one completion of one person would count for what is required of them, else by its own last day."""
    priors = how_it_counts(user_id, learned, at=at)
    if priors:
        return Outlook([each.words for each in priors], is_doubtful(priors))
    words = own_words(learned.ends_on, today=today)
    return Outlook([words] if words else [], bool(words))


def how_it_counts(user_id: UUID, learned: Learned, *, at: datetime) -> list[Prior]:
    """Return how one completion of one person would count for each requirement that asks for it."""
    return Priors([user_id], [learned.course_id], at=at).of(user_id, [learned]).get(learned.id, [])
