"""Record classes: added and changed by an administrator, with a reason; what was decided before is kept."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from core.ids import new_id
from core.reasons import is_reason
from courses.models import Course
from enrollment import facts
from enrollment.choices import KeptFrom, SignedBy
from enrollment.models import ClassedCourse, RecordClass
from enrollment.queries.retention import course_ids_of, seen_key, terms_of
from enrollment.rules import day_in
from enrollment.rules.retention import why_not_kept_for
from people.models import User
from records.actions import record_fact
from records.facts import FactKind


class ClassRefused(Exception):
    """The record class can not be like this; the words say why."""


class ClassChanged(ClassRefused):
    """Somebody else changed the record class since it was looked at."""


@transaction.atomic
def add_record_class(
    *,
    name: str,
    kept_from: KeptFrom,
    courses: Collection[Course],
    by: User,
    at: datetime,
    reason: str,
    years: int | None = None,
    released_on: date | None = None,
    signed: SignedBy = SignedBy.NOBODY,
    source: str = "",
    notes: str = "",
    id: UUID | None = None,
) -> RecordClass:
    """Add a record class with its courses; it holds for the records that there are, too.

    Raises ClassRefused, and IntegrityError for a name that is taken.
    """
    made = RecordClass(
        id=id or new_id(),
        name=" ".join(name.split()),
        kept_from=kept_from,
        years=years,
        released_on=released_on,
        signed=signed,
        source=source.strip(),
        notes=notes.strip(),
        created_at=at,
        created_by=by,
    )
    _check(made, by=by, at=at, reason=reason)
    _say(facts.RECORD_CLASS_ADDED, made, by=by, at=at, reason=reason)
    made.save(force_insert=True)
    if courses:
        _keep(made, courses, by=by, at=at, reason=reason)
    return made


@transaction.atomic
def change_record_class(
    *,
    record_class: RecordClass,
    by: User,
    at: datetime,
    reason: str,
    courses: Collection[Course],
    seen: str | None = None,
    **terms: Any,
) -> RecordClass:
    """Change a record class and which courses are in it, from now on, for the records that there are, too.

    `terms` are those of `add_record_class`; what is left out stays. What is the same is no change.
    `seen` is the key of the class as `by` saw it; nothing where it was not looked at before.
    Raises ClassChanged, ClassRefused, and IntegrityError for a name that is taken.
    """
    locked = RecordClass.objects.select_for_update().get(pk=record_class.pk)
    before, courses_before = terms_of(locked), course_ids_of(locked)
    for name, value in terms.items():
        setattr(locked, name, " ".join(value.split()) if name == "name" else value)
    changed = [name for name, value in terms_of(locked).items() if value != before[name]]
    is_moved = set(courses_before) != {course.pk for course in courses}
    if (changed or is_moved) and seen not in (None, seen_key(before, courses_before)):
        raise ClassChanged(
            _("Somebody changed this class meanwhile. Compare what you typed with how it is now, then save again.")
        )
    _check(locked, by=by, at=at, reason=reason)
    if changed:
        _say(facts.RECORD_CLASS_CHANGED, locked, by=by, at=at, reason=reason)
        locked.save(update_fields=changed)
    if is_moved:
        _keep(locked, courses, by=by, at=at, reason=reason)
    return locked


@transaction.atomic
def note_records_fetched(*, record_class: RecordClass, records: int, by: User, at: datetime) -> None:
    """Write to the trail that somebody downloaded the records of a class, and how many they were."""
    told = {"name": record_class.name, "records": records}
    _record(facts.RECORDS_FETCHED, record_class, told, by=by, at=at)


def _check(record_class: RecordClass, *, by: User, at: datetime, reason: str) -> None:
    if not is_reason(reason):
        raise ClassRefused(_("Say why in at least two words."))
    today = day_in(by.zone_name, at)
    _field, words = why_not_kept_for(record_class.kept_from, record_class.years, record_class.released_on, on=today)
    if words:
        raise ClassRefused(words)


def _keep(record_class: RecordClass, courses: Collection[Course], *, by: User, at: datetime, reason: str) -> None:
    """Let these courses be in a class from now on; which were in it before is kept."""
    codes = ", ".join(sorted(course.code for course in courses)) or str(_("none"))
    told = {"name": record_class.name, "courses": codes}
    _record(facts.RECORD_CLASS_COURSES, record_class, told, by=by, at=at, reason=reason)
    kept = set(course_ids_of(record_class))
    gone = kept - {course.pk for course in courses}
    ClassedCourse.objects.filter(record_class=record_class, removed_at=None, course__in=gone).update(removed_at=at)
    ClassedCourse.objects.bulk_create(
        ClassedCourse(record_class=record_class, course=each, added_at=at) for each in courses if each.pk not in kept
    )


def _say(kind: FactKind, record_class: RecordClass, *, by: User, at: datetime, reason: str) -> None:
    told = {
        "name": record_class.name,
        "period": record_class.period.words,
        "signed": str(SignedBy(record_class.signed).label),
        "source": record_class.source,
        "kept_from": str(record_class.kept_from),
        "years": record_class.years,
        "released_on": record_class.released_on,
        "signed_by": str(record_class.signed),
    }
    _record(kind, record_class, told, by=by, at=at, reason=reason)


def _record(
    kind: FactKind, record_class: RecordClass, told: dict[str, Any], *, by: User, at: datetime, reason: str = ""
) -> None:
    record_fact(
        kind, by=by, at=at, subject_type="record_class", subject_id=record_class.pk, payload=told, reason=reason
    )
