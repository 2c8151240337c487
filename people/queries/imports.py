"""The whole organisation as lists of people see it, and what a list would do to it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any, BinaryIO, Protocol, cast
from uuid import UUID

from django.conf import settings
from django.core.files.storage import default_storage
from django.db.models import QuerySet

from core.canonical import plain
from core.columns import plain_heading
from core.sql import rows
from people.choices import EmploymentType
from people.models import Attribute, Department, ImportMapping, JobRole, PeopleImport, Site
from people.rules.import_diff import Known, Period, Place, Planned
from people.rules.import_places import PATH, Places
from people.rules.import_plan import Plan, Terms, plan
from people.rules.import_rows import ATTRIBUTE, Wanted, read_row
from people.rules.import_rows import Terms as Words
from people.uploads import data_rows

Progress = Callable[[int], None]  # how many rows are read
ROWS_BETWEEN_NEWS = 2000

_PEOPLE = """
SELECT u.employee_number, u.id, u.name, u.email, u.language, u.hired_on, u.left_on, u.is_active,
    p.site_id, p.department_id, p.job_role_id, p.employment_type, m.employee_number, s.employee_number,
    p.valid_from, p.valid_until
FROM people_user u
LEFT JOIN LATERAL (
    SELECT * FROM people_position WHERE user_id = u.id AND is_primary ORDER BY valid_from DESC LIMIT 1
) p ON true
LEFT JOIN people_user m ON m.id = p.manager_id
LEFT JOIN people_user s ON s.id = p.second_manager_id
WHERE %(every)s OR u.employee_number = ANY (%(numbers)s)
"""
_EARLIER = """
SELECT u.employee_number, p.site_id, p.department_id, p.job_role_id, p.employment_type, m.employee_number,
    s.employee_number, p.valid_from, p.valid_until
FROM people_position p JOIN people_user u ON u.id = p.user_id
LEFT JOIN people_user m ON m.id = p.manager_id
LEFT JOIN people_user s ON s.id = p.second_manager_id
WHERE p.is_primary AND p.valid_until > %(on)s AND EXISTS (
    SELECT FROM people_position l WHERE l.user_id = p.user_id AND l.is_primary AND l.valid_from > p.valid_from
) AND (%(every)s OR u.employee_number = ANY (%(numbers)s))
ORDER BY p.user_id, p.valid_from
"""
_BESIDE = """
SELECT u.employee_number, p.site_id, p.department_id, p.job_role_id
FROM people_position p JOIN people_user u ON u.id = p.user_id
WHERE NOT p.is_primary AND (p.valid_until IS NULL OR p.valid_until > %(on)s)
    AND (%(every)s OR u.employee_number = ANY (%(numbers)s))
"""
_ATTRIBUTES = """
SELECT u.employee_number, a.name, v.value, v.valid_from > %(on)s
FROM people_attributevalue v JOIN people_user u ON u.id = v.user_id JOIN people_attribute a ON a.id = v.attribute_id
WHERE (v.valid_until IS NULL OR v.valid_until > %(on)s) AND (%(every)s OR u.employee_number = ANY (%(numbers)s))
ORDER BY v.valid_from
"""


@dataclass(slots=True)
class Company:
    """The people by employee number, the places by name, and what they are in the database."""

    people: dict[str, Known]
    ids: dict[str, UUID]
    places: Places
    place_ids: dict[tuple[str, str], UUID]  # by kind, and name or path


def company_on(on: date, *, numbers: Collection[str] | None = None) -> Company:
    """Return everybody, or who has one of the numbers, with the position that was noted last; in seven queries."""
    place_ids, names = _places()
    asked = {"every": numbers is None, "numbers": list(numbers or ()), "on": on}
    beside: dict[str, list[tuple[str, str, str]]] = {}
    for number, *where in rows(_BESIDE, asked):
        site, department, role = (names[each] for each in where)
        beside.setdefault(number, []).append((site, department, role))
    earlier: dict[str, list[Period]] = {}
    for number, *held, since, until in rows(_EARLIER, asked):
        earlier.setdefault(number, []).append(Period(_place_of(held, names), since, until))
    attributes: dict[str, dict[str, str]] = {}
    coming: dict[str, dict[str, str]] = {}
    for number, name, value, is_later in rows(_ATTRIBUTES, asked):
        (coming if is_later else attributes).setdefault(number, {})[name] = value
    people, ids = {}, {}
    for number, pk, name, email, language, hired_on, left_on, is_active, *held in rows(_PEOPLE, asked):
        place, since, free_from = _held(held, names, on=on)
        ids[number] = pk
        people[number] = Known(
            number=number,
            name=name,
            email=email,
            language=language,
            hired_on=hired_on,
            left_on=left_on,
            is_active=is_active,
            place=place,
            since=since,
            free_from=free_from,
            earlier=tuple(earlier.get(number, ())),
            beside=tuple(sorted(beside.get(number, ()))),
            attributes=attributes.get(number, {}),
            coming=coming.get(number, {}),
        )
    by_kind: dict[str, list[str]] = {"site": [], "department": [], "job_role": []}
    for kind, name in place_ids:
        by_kind[kind].append(name)
    places = Places.of(sites=by_kind["site"], job_roles=by_kind["job_role"], departments=by_kind["department"])
    return Company(people, ids, places, place_ids)


def _held(held: list[Any], names: dict[UUID, str], *, on: date) -> tuple[Place | None, date | None, date | None]:
    """Return the position that was noted last, its first day, and the end of one that is over."""
    *where, since, until = held
    if since is None:
        return None, None, None
    if until is not None and until <= on:
        return None, None, until
    return _place_of(where, names), since, None


def _place_of(where: list[Any], names: dict[UUID, str]) -> Place:
    site, department, role, employment, manager, second = where
    return Place(names[site], names[department], names[role], employment, manager or "", second or "")


def _places() -> tuple[dict[tuple[str, str], UUID], dict[UUID, str]]:
    """Return the ids of places by kind and name, and their names by id; departments by their paths."""
    ids: dict[tuple[str, str], UUID] = {}
    for pk, name in Site.objects.values_list("pk", "name"):
        ids["site", name] = pk
    for pk, name in JobRole.objects.values_list("pk", "name"):
        ids["job_role", name] = pk
    for pk, path in department_paths().items():
        ids["department", path] = pk
    return ids, {pk: name for (_kind, name), pk in ids.items()}


def department_paths() -> dict[UUID, str]:
    """Return the path of each department from the top, such as "Quality / Laboratory"; in one query."""
    found: dict[UUID, tuple[str, UUID | None]] = {
        pk: (name, parent) for pk, name, parent in Department.objects.values_list("pk", "name", "parent")
    }
    paths: dict[UUID, str] = {}
    for pk in found:
        parts: list[str] = []
        here: UUID | None = pk
        while here is not None:
            name, here = found[here]
            parts.append(name)
        paths[pk] = PATH.join(reversed(parts))
    return paths


def attribute_fields() -> dict[str, tuple[str, tuple[str, ...]]]:
    """Return the attributes as fields of lists: their name and options."""
    found = Attribute.objects.order_by("name").values_list("pk", "name", "options")
    return {f"{ATTRIBUTE}{pk}": (name, tuple(options)) for pk, name, options in found}


def words_of(run: PeopleImport) -> Words:
    """Return how the cells of a list are understood."""
    languages = {code: code for code, _name in settings.LANGUAGES}
    languages |= {str(name).casefold(): code for code, name in settings.LANGUAGES}
    types = {value: value for value in EmploymentType.values}
    types |= {str(label).casefold(): value for value, label in EmploymentType.choices}
    return Words(run.date_order, languages, types, attribute_fields())


class Stored(Protocol):
    """A list whose file is kept, and whose headings are known."""

    storage_key: str
    headings: list[str]


@contextmanager
def file_of(run: Stored) -> Iterator[BinaryIO]:
    """Open the stored file of a list, of people or of anything else."""
    with default_storage.open(run.storage_key) as stored:
        yield cast(BinaryIO, stored.file)


def rows_of(run: PeopleImport, *, progress: Progress | None = None) -> list[Wanted]:
    """Return what the rows of a list say. Raises people.uploads.UploadRefused where it can not be read."""
    words = words_of(run)
    places = {key: run.headings.index(heading) for key, heading in run.columns.items() if heading in run.headings}
    places = {key: place for key, place in places.items() if not key.startswith(ATTRIBUTE) or key in words.attributes}
    found = []
    with file_of(run) as file:
        for line, cells in data_rows(file):
            found.append(read_row(line, {key: cells[place] for key, place in places.items()}, words))
            if progress and len(found) % ROWS_BETWEEN_NEWS == 0:
                progress(len(found))
    return found


def plan_of(run: PeopleImport, *, on: date, progress: Progress | None = None) -> tuple[Plan, int, int]:
    """Return what a list would do now, how many rows it has, and how many accounts are open."""
    wanted = rows_of(run, progress=progress)
    company = company_on(on)
    terms = Terms(on, run.is_complete, run.creates, run.owner.employee_number)
    made = plan(wanted, company.people, company.places, terms)
    return made, len(wanted), sum(each.is_active for each in company.people.values())


def target_of(row: Planned) -> dict[str, Any]:
    """Return what is written for a row, in plain values."""
    if not row.is_written:
        return {}
    place = {name: getattr(row.place, name) for name in Place.__slots__} if row.place else None
    found: dict[str, Any] = plain(
        {
            "details": row.details,
            "place": place,
            "since": row.since,
            "corrects": row.corrects,
            "attributes": row.attributes,
            "left_on": row.left_on,
        }
    )
    return found


def digest_of(made: Plan) -> str:
    """Return a hash that is another one as soon as a list would do anything else."""
    digest = hashlib.sha256()
    for row in made.rows:
        digest.update(json.dumps([row.line, row.number, row.kind, row.changes, target_of(row)]).encode())
    digest.update(json.dumps(made.new_places).encode())
    return digest.hexdigest()


def mapping_for(headings: list[str]) -> ImportMapping | None:
    """Return the saved mapping whose file had these headings, whatever their order and spelling."""
    wanted = sorted(plain_heading(heading) for heading in headings)
    for mapping in ImportMapping.objects.order_by("-saved_at"):
        if sorted(plain_heading(heading) for heading in mapping.headings) == wanted:
            return mapping
    return None


def imports_of_everyone() -> QuerySet[PeopleImport]:
    """Return every list that was brought, the newest first."""
    return PeopleImport.objects.select_related("owner", "token", "job").order_by("-created_at")
