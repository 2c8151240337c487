"""Everything that is known about people and what is required of them, as `obligation_of` takes it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from core.sql import rows
from enrollment.models import Assignment, Requirement
from enrollment.rules import Credit, Extension, Facts, Obligation, Retraining, Span, Terms, day_in, obligation_of

# Ids are text here: there may be millions, and they are only looked up and written back.


class Given(NamedTuple):
    """An assignment, as far as the rules ask for it."""

    assignment_id: str
    requirement_id: str
    user_id: str
    course_id: str
    since_on: date
    first_due_on: date
    zone: str

    @classmethod
    def of(cls, assignment: Assignment) -> Given:
        """Return an assignment as the rules ask for it."""
        return cls(
            str(assignment.pk),
            str(assignment.requirement_id),
            str(assignment.user_id),
            str(assignment.course_id),
            assignment.since_on,
            assignment.due_on,
            assignment.zone,
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """What a requirement asks: a course, and the terms."""

    course_id: str
    terms: Terms

    @property
    def courses(self) -> tuple[str, ...]:
        """The courses whose completions count."""
        return (self.course_id, *map(str, self.terms.refreshers))


_GIVEN = """
    SELECT a.id::text, a.requirement_id::text, a.user_id::text, a.course_id::text, a.since_on, a.due_on, a.zone
    FROM enrollment_assignment a WHERE a.ended_at IS NULL AND {condition}
"""
# A completion counts for its own course, and for each as which that course counts.
_CREDITS = """
    SELECT user_id::text, course_id::text, id::text, number, completed_on, valid_until,
        CASE WHEN source IN ('external', 'imported')
            AND valid_until IS DISTINCT FROM (completed_on + make_interval(months => validity_months))::date
            THEN valid_until END
    FROM (
        SELECT c.user_id, c.course_id, c.id, v.number, c.completed_on, c.valid_until, c.completed_at,
            c.source, v.validity_months
        FROM enrollment_completion c JOIN courses_courseversion v ON v.id = c.version_id
        WHERE c.user_id = ANY (%(users)s::uuid[]) AND c.course_id = ANY (%(courses)s::uuid[])
            AND (%(known_at)s::timestamptz IS NULL OR coalesce(c.recorded_at, c.completed_at) <= %(known_at)s)
            AND (%(until)s::date IS NULL OR c.completed_on <= %(until)s)
            AND NOT EXISTS (SELECT FROM records_certificate k JOIN records_revocation r ON r.certificate_id = k.id
                WHERE k.completion_id = c.id AND (%(known_at)s::timestamptz IS NULL OR r.revoked_at <= %(known_at)s))
        UNION ALL
        SELECT t.*, c.source, v.validity_months FROM enrollment_credits_through(
            %(users)s::uuid[], %(courses)s::uuid[], %(known_at)s::timestamptz, %(until)s::date) t
        JOIN enrollment_completion c ON c.id = t.completion_id JOIN courses_courseversion v ON v.id = c.version_id
    ) AS credits ORDER BY completed_at, credits.id
"""
_STARTED = """
    SELECT user_id::text, course_id::text FROM enrollment_enrollment
    WHERE user_id = ANY (%(users)s::uuid[]) AND course_id = ANY (%(courses)s::uuid[])
        AND CASE WHEN %(known_at)s::timestamptz IS NULL THEN state = 'open'
            ELSE enrolled_at <= %(known_at)s AND (ended_at IS NULL OR ended_at > %(known_at)s) END
"""
# What moves days, each as: its kind, of whom, of what, two days, a number. A waiver ends on the day on
# which it was withdrawn, as far as that was known.
_MOVING = """
    SELECT 'extension', user_id::text, assignment_id::text, was_due_on, due_on, 0, granted_at
    FROM enrollment_extension WHERE user_id = ANY (%(users)s::uuid[])
        AND (%(known_at)s::timestamptz IS NULL OR granted_at <= %(known_at)s)
    UNION ALL
    SELECT 'leave', user_id::text, '', valid_from, valid_until, 0, valid_from
    FROM people_leave WHERE user_id = ANY (%(users)s::uuid[])
        AND CASE WHEN %(known_at)s::timestamptz IS NULL THEN superseded_at IS NULL
            ELSE noted_at <= %(known_at)s AND (superseded_at IS NULL OR superseded_at > %(known_at)s) END
    UNION ALL
    SELECT 'waiver', w.user_id::text, w.requirement_id::text, w.valid_from, least(w.valid_until, d.day), 0, w.valid_from
    FROM enrollment_waiver w CROSS JOIN LATERAL (SELECT
        CASE WHEN %(known_at)s::timestamptz IS NULL OR w.withdrawn_at <= %(known_at)s
            THEN coalesce(w.withdrawn_on, (w.withdrawn_at AT TIME ZONE 'UTC')::date) END AS day) AS d
    WHERE w.user_id = ANY (%(users)s::uuid[])
        AND w.decided_at IS NOT NULL AND w.state IN ('granted', 'withdrawn')
        AND (%(known_at)s::timestamptz IS NULL OR w.decided_at <= %(known_at)s)
        AND (d.day IS NULL OR d.day > w.valid_from)
    UNION ALL
    SELECT 'retraining', r.user_id::text, r.course_id::text, r.effective_on, r.due_on, v.number, r.effective_on
    FROM enrollment_retrainingdue r JOIN courses_courseversion v ON v.id = r.version_id
    WHERE r.user_id = ANY (%(users)s::uuid[])
        AND (%(known_at)s::timestamptz IS NULL OR r.asked_at <= %(known_at)s)
        AND (%(until)s::date IS NULL OR r.effective_on <= %(until)s)
    ORDER BY 7
"""


class Credits(dict[tuple[str, str], list[Credit]]):
    """What people have completed, by person and course, in order of time; one query.

    What counts as a course because another is as good stands under that course, too.

    `known_at` leaves out what was written later, and `until` what happened on later days.
    """

    def __init__(
        self,
        user_ids: Collection[str],
        course_ids: Collection[str],
        *,
        known_at: datetime | None = None,
        until: date | None = None,
    ) -> None:
        super().__init__()
        values = {"users": list(user_ids), "courses": list(course_ids), "known_at": known_at, "until": until}
        for user, course, completion, version, on, own_end, last_on in rows(_CREDITS, values):
            found = self.setdefault((user, course), [])
            if not found or found[-1].id != completion:  # two equivalences may say the same of it
                found.append(Credit(completion, course, version, on, own_end, last_on))

    def towards(self, user_id: str, asked: Asked) -> Sequence[Credit]:
        """Return what counts for a requirement: completions of its course and of its refreshers."""
        found: Sequence[Credit] = self.get((user_id, asked.course_id), ())
        if not asked.terms.refreshers:
            return found
        counted = {credit.id for credit in found}
        others = []
        for credit in (credit for course in asked.courses[1:] for credit in self.get((user_id, course), ())):
            if credit.id not in counted:  # it may count as the course and as a refresher, but once
                counted.add(credit.id)
                others.append(credit)
        return sorted([*found, *others], key=lambda credit: credit.on)


class Known:
    """Everything that is known about some people and some courses, in three queries whatever their number.

    With `known_at` and `until` the state of a past day can be asked for, as it was known then.
    """

    def __init__(
        self,
        user_ids: Collection[str],
        course_ids: Collection[str],
        *,
        known_at: datetime | None = None,
        until: date | None = None,
    ) -> None:
        values = {"users": list(user_ids), "courses": list(course_ids), "known_at": known_at, "until": until}
        self.credits = Credits(user_ids, course_ids, known_at=known_at, until=until)
        self.started = set(rows(_STARTED, values))
        self.extensions: dict[str, list[tuple[date, date, datetime]]] = {}
        self.leaves: dict[str, list[Span]] = {}
        self.waivers: dict[tuple[str, str], list[Span]] = {}
        self.retrainings: dict[tuple[str, str], list[Retraining]] = {}
        for kind, user, of, first, last, version, order in rows(_MOVING, values):
            if kind == "extension":
                self.extensions.setdefault(of, []).append((first, last, order))
            elif kind == "leave":
                self.leaves.setdefault(user, []).append(Span(first, last))
            elif kind == "waiver":
                self.waivers.setdefault((user, of), []).append(Span(first, last))
            else:
                self.retrainings.setdefault((user, of), []).append(Retraining(version, first, last))

    def facts(self, given: Given, asked: Asked, *, fresh: Sequence[Credit] = ()) -> Facts:
        """Return what is known about one person and one requirement; and what counts for it beside, if `fresh`."""
        user, course = given.user_id, asked.course_id
        started = (user, course) in self.started
        if asked.terms.refreshers:
            started = any((user, each) in self.started for each in asked.courses)
        credits = self.credits.towards(user, asked)
        return Facts(
            given.since_on,
            given.first_due_on,
            course,
            sorted([*credits, *fresh], key=lambda credit: credit.on) if fresh else credits,
            started,
            [
                Extension(was, due, day_in(given.zone, granted_at))
                for was, due, granted_at in self.extensions.get(given.assignment_id, ())
            ],
            self.retrainings.get((user, course), ()),
            self.leaves.get(user, ()),
            self.waivers.get((user, given.requirement_id), ()),
        )


def given_where(condition: str, values: Mapping[str, Any]) -> list[Given]:
    """Return the open assignments `a` of which an SQL condition is true."""
    return [Given(*row) for row in rows(_GIVEN.format(condition=condition), values)]


def asked_by(requirements: Iterable[Requirement]) -> dict[str, Asked]:
    """Return what these requirements ask, by their id."""
    return {str(each.pk): Asked(str(each.course_id), each.terms) for each in requirements}


def obligations_of(
    given: Sequence[Given],
    asked: Mapping[str, Asked],
    *,
    known_at: datetime | None = None,
    until: date | None = None,
) -> Iterator[tuple[Given, Obligation]]:
    """Yield how each of these people stands with each of these requirements."""
    if not given:
        return
    courses = {course for each in {row.requirement_id for row in given} for course in asked[each].courses}
    known = Known({each.user_id for each in given}, courses, known_at=known_at, until=until)
    for each in given:
        what = asked[each.requirement_id]
        yield each, obligation_of(what.terms, known.facts(each, what))
