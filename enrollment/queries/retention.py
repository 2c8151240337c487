"""Record classes, what is in them, and until when records are kept at least."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from core.canonical import sha256_of
from courses.choices import VersionState
from courses.models import CourseVersion
from enrollment import facts
from enrollment.choices import CompletionSource
from enrollment.models import ClassedCourse, Completion, RecordClass
from enrollment.queries.spells import Spell, now_first, spells_by
from enrollment.rules import day_in
from enrollment.rules.retention import (
    Keeping,
    Period,
    Recorded,
    Signing,
    keeping,
    why_not_signed,
)
from people.models import User
from records.choices import EventKind
from records.models import Event

ENDED = (VersionState.SUPERSEDED, VersionState.RETIRED)
TERMS = ("name", "kept_from", "years", "released_on", "signed", "source", "notes")
# What a completion is asked for by `keeping_of`, for QuerySets that fetch only some fields.
FIELDS = ("course_id", "completed_on", "version__state", "version__ended_at", "version__effective_zone")


def class_rows(classes: Collection[RecordClass]) -> list[tuple[RecordClass, Sequence[Spell]]]:
    """Return classes with the courses that are in them now; two queries."""
    now = ClassedCourse.objects.filter(record_class__in=[each.pk for each in classes], removed_at=None)
    found = spells_by("record_class", now)
    return [(each, found.get(each.pk, ())) for each in classes]


def courses_of_class(record_class: RecordClass) -> list[Spell]:
    """Return every course that was in a class at any time: what is in it now first; two queries."""
    rows = ClassedCourse.objects.filter(record_class=record_class)
    return now_first(spells_by("record_class", rows).get(record_class.pk, ()))


def course_ids_of(record_class: RecordClass) -> list[UUID]:
    """Return the courses that are in a class now."""
    return list(record_class.courses.filter(removed_at=None).values_list("course_id", flat=True))


def terms_of(record_class: RecordClass) -> dict[str, Any]:
    """Return what an administrator decides about a class, without its courses."""
    return {name: getattr(record_class, name) for name in TERMS}


def seen_key(terms: Mapping[str, Any], course_ids: Iterable[UUID]) -> str:
    """Return a short text that is the same for the same terms and courses of a class, and for no others."""
    return sha256_of({"terms": terms, "courses": sorted(map(str, course_ids))})[:32]


def classes_of_course(course_id: UUID) -> QuerySet[RecordClass]:
    """Return the classes in which a course is now, by name."""
    held = ClassedCourse.objects.filter(course_id=course_id, removed_at=None)
    return RecordClass.objects.filter(pk__in=held.values("record_class_id")).order_by("name")


def changes_of(record_class: RecordClass) -> QuerySet[Event]:
    """Return what was decided about a class, newest first."""
    verbs = [kind.verb for kind in (facts.RECORD_CLASS_ADDED, facts.RECORD_CLASS_CHANGED, facts.RECORD_CLASS_COURSES)]
    about = Event.objects.filter(subject_type="record_class", subject_id=str(record_class.pk), verb__in=verbs)
    return about.filter(kind=EventKind.FACT).order_by("-id")


def periods_of(course_ids: Iterable[UUID]) -> dict[UUID, list[Period]]:
    """Return how long the records of courses are kept; one query, and none without courses."""
    found: dict[UUID, list[Period]] = {}
    for course_id, record_class in _holding(course_ids):
        found.setdefault(course_id, []).append(record_class.period)
    return found


def keeping_of(completion: Completion, periods: Mapping[UUID, Sequence[Period]], *, person: User, on: date) -> Keeping:
    """Return until when a record is kept at least, from what was fetched already: no query."""
    return keeping(periods.get(completion.course_id, ()), recorded(completion, person=person), on=on)


def keepings(completion_ids: Iterable[UUID], *, on: date) -> dict[UUID, Keeping]:
    """Return until when records are kept at least; two queries, and none without records."""
    ids = list(completion_ids)
    if not ids:
        return {}
    listed = Completion.objects.filter(pk__in=ids).select_related("version", "user")
    found = list(listed.only(*FIELDS, "user__left_on"))
    periods = periods_of({each.course_id for each in found})
    return {each.pk: keeping_of(each, periods, person=each.user, on=on) for each in found}


def recorded(completion: Completion, *, person: User) -> Recorded:
    """Return what about a completion decides until when it is kept. Days end where its version took effect."""
    return Recorded(completion.completed_on, last_in_force(completion.version), person.left_on)


def last_in_force(version: CourseVersion) -> date | None:
    """Return the day on which a version was superseded or retired; nothing while it is in force."""
    if version.state not in ENDED or version.ended_at is None:
        return None
    return day_in(version.effective_zone, version.ended_at)


@dataclass(frozen=True, slots=True)
class Contents:
    """How many records are in a class, and how many of them lack the signature that it asks for now."""

    records: int
    unsigned: int


def contents_of(record_class: RecordClass, people: QuerySet[User]) -> Contents:
    """Count the records of some people in a class; one query."""
    lacking = [source for source in CompletionSource if why_not_signed([record_class.signing], source)]
    counts = records_in(record_class, people).aggregate(
        records=Count("pk"), unsigned=Count("pk", filter=Q(source__in=lacking))
    )
    return Contents(**counts)


def records_in(record_class: RecordClass, people: QuerySet[User]) -> QuerySet[Completion]:
    """Return the records of some people in a class."""
    return Completion.objects.filter(course_id__in=course_ids_of(record_class), user__in=people.values("pk"))


def refusals(course_ids: Iterable[UUID], source: CompletionSource) -> dict[UUID, str]:
    """Return why records of courses that come this way lack a signature, by course; one query."""
    asked: dict[UUID, list[Signing]] = {}
    for course_id, record_class in _holding(course_ids):
        asked.setdefault(course_id, []).append(record_class.signing)
    return {course: words for course, rules in asked.items() if (words := why_not_signed(rules, source))}


def refusal_to_record(course_id: UUID, source: CompletionSource) -> str:
    """Return why a record of a course that comes this way lacks a signature; nothing where none does."""
    return refusals([course_id], source).get(course_id, "")


def _holding(course_ids: Iterable[UUID]) -> Iterator[tuple[UUID, RecordClass]]:
    ids = set(course_ids)
    if not ids:
        return
    held = ClassedCourse.objects.filter(course_id__in=ids, removed_at=None).select_related("record_class")
    for each in held.order_by("record_class__name"):
        yield each.course_id, each.record_class
