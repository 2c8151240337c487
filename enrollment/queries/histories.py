"""Lists of old completions: what they say, and what each row would become."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from django.db.models import QuerySet

from enrollment.choices import CompletionSource, HistoryRowKind
from enrollment.models import CompletionImport
from enrollment.queries.elsewhere import Zones, completions_kept, editions
from enrollment.queries.prior import Learned, Priors
from enrollment.queries.retention import refusals
from enrollment.rules import day_in
from enrollment.rules.histories import Company, Judge, Judged, Kept, Somebody, Told, read_told
from enrollment.rules.prior import is_doubtful
from people.models import User
from people.queries.imports import file_of
from people.uploads import data_rows

Progress = Callable[[int], None]  # how many rows are read, or people compared
ROWS_BETWEEN_NEWS = 2000
PEOPLE_AT_ONCE = 5000


def told_by(run: CompletionImport, *, progress: Progress | None = None) -> list[Told]:
    """Return what the rows of a list say. Raises people.uploads.UploadRefused where it can not be read."""
    places = {key: run.headings.index(heading) for key, heading in run.columns.items() if heading in run.headings}
    found = []
    with file_of(run) as file:
        for line, cells in data_rows(file):
            found.append(read_told(line, {key: cells[place] for key, place in places.items()}, run.date_order))
            if progress and len(found) % ROWS_BETWEEN_NEWS == 0:
                progress(len(found))
    return found


def judged(
    told: Sequence[Told], *, people: QuerySet[User], owner: User, at: datetime, progress: Progress | None = None
) -> list[Judged]:
    """Return what becomes of each row; `people` are those whose completions may be brought.

    A handful of queries, and as many for every 5000 people.
    """
    company = _company(told, people=people, owner=owner, at=at)
    judge = Judge(company)
    rows = [judge.judge(each) for each in told]
    fresh: dict[UUID, list[Judged]] = {}
    for each in rows:
        if each.kind == HistoryRowKind.NEW and each.person_id is not None:
            fresh.setdefault(each.person_id, []).append(each)
    ids, said = list(fresh), dict[int, str]()
    for first in range(0, len(ids), PEOPLE_AT_ONCE):
        part = ids[first : first + PEOPLE_AT_ONCE]
        said |= _doubtful({pk: fresh[pk] for pk in part}, at=at)
        if progress:
            progress(first + len(part))
    return [
        replace(each, words=f"{each.words} {said[each.told.line]}".strip()) if each.told.line in said else each
        for each in rows
    ]


def _doubtful(fresh: Mapping[UUID, Sequence[Judged]], *, at: datetime) -> dict[int, str]:
    """Say of the rows of some people which help nowhere, or make a training count less long; by their lines."""
    courses = {each.course_id for found in fresh.values() for each in found if each.course_id}
    priors = Priors(list(fresh), courses, at=at)
    said = {}
    for person, found in fresh.items():
        learned = [
            Learned(
                str(each.told.line),
                each.course_id,
                each.version,
                each.told.completed_on,
                each.valid_until,
                each.last_on,
            )
            for each in found
            if each.course_id and each.told.completed_on
        ]
        for line, counted in priors.of(person, learned).items():
            if is_doubtful(counted):
                said[int(line)] = " ".join(each.words for each in counted)
    return said


def _company(told: Sequence[Told], *, people: QuerySet[User], owner: User, at: datetime) -> Company:
    numbers, addresses = {each.number for each in told}, {each.email for each in told}
    listed = people.values_list("pk", "employee_number", "email", "is_active")
    named = [row for row in listed if row[1] in numbers or row[2].lower() in addresses]
    ids = [pk for pk, *_rest in named]
    zones = Zones(ids)
    days: dict[str, date] = {}
    by_number: dict[str, Somebody] = {}
    by_email: dict[str, list[Somebody]] = {}
    for pk, number, email, is_active in named:
        zone = zones.on(pk, at.date())
        person = Somebody(pk, number, email, is_active, days.setdefault(zone, day_in(zone, at)))
        by_number[number] = person
        by_email.setdefault(email.lower(), []).append(person)
    known: dict[tuple[UUID, UUID, date], Kept] = {}
    for first in range(0, len(ids), PEOPLE_AT_ONCE):
        known |= completions_kept(ids[first : first + PEOPLE_AT_ONCE])
    courses = editions()
    unsigned = refusals((listed[0].course_id for listed in courses.values()), CompletionSource.IMPORTED)
    return Company(by_number, by_email, courses, known, owner.pk, unsigned)


def same_file_before(run: CompletionImport) -> CompletionImport | None:
    """Return the list with the very same bytes that was loaded last before this one, if there is one."""
    same = CompletionImport.objects.filter(sha256=run.sha256, loaded_at__isnull=False, created_at__lt=run.created_at)
    return same.select_related("owner").order_by("-loaded_at").first()
