"""Audiences as one SQL condition each, as what the rules ask, and as words."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from core.sql import from_json, rows
from enrollment.choices import AudienceField
from enrollment.models import MatrixCell, Requirement
from enrollment.rules import Audience, Ground, Span, named_since, tests_in
from enrollment.rules.audiences import Test
from people.choices import EmploymentType
from people.queries import departments_below

# What holds on the day at the position's site; `t` is the row with the period.
_HOLDS = "{t}.valid_from <= d.day AND ({t}.valid_until IS NULL OR {t}.valid_until > d.day)"
# Days begin up to a day earlier or later elsewhere, and who moves west keeps the old position for hours:
# positions around the day are looked at, and `enrollment.rules.admission` has the last word.
_CANDIDATES = """
    SELECT DISTINCT p.user_id FROM people_position p
    JOIN people_user u ON u.id = p.user_id AND u.is_active
    JOIN people_site s ON s.id = p.site_id
    CROSS JOIN LATERAL (SELECT greatest((%s AT TIME ZONE s.time_zone)::date, p.valid_from) AS day) AS d
    WHERE p.valid_from <= (%s AT TIME ZONE 'UTC')::date + 2
        AND (p.valid_until IS NULL OR p.valid_until >= (%s AT TIME ZONE 'UTC')::date - 2)
        AND ({condition})
"""
# Positions that hold at an instant as `enrollment.rules.posts_at` says, and the day on which they are asked about:
# each begins and ends at midnight at its own site, the last primary one that began counts, and who moves west
# keeps the old one until the next begins. That matters where one ends within three days. A test holds the two together.
_MEMBERS = """
    SELECT DISTINCT ON (p.user_id) p.user_id, p.site_id FROM people_position p
    JOIN people_user u ON u.id = p.user_id AND u.is_active
    JOIN people_site s ON s.id = p.site_id
    CROSS JOIN LATERAL (SELECT (%s AT TIME ZONE s.time_zone)::date AS today) AS t
    CROSS JOIN LATERAL (SELECT least(t.today, p.valid_until - 1) AS day) AS d
    WHERE p.valid_from <= t.today
        AND (p.valid_until IS NULL OR p.valid_until > t.today OR p.id IN (
            SELECT o.id FROM people_position o
            JOIN people_position n ON n.user_id = o.user_id AND n.is_primary AND n.valid_from = o.valid_until
            WHERE o.is_primary AND o.valid_until > (%s AT TIME ZONE 'UTC')::date - 3))
        AND p.id NOT IN (
            SELECT o.id FROM people_position o
            JOIN people_position n ON n.user_id = o.user_id AND n.is_primary AND n.valid_from > o.valid_from
            JOIN people_site w ON w.id = n.site_id
            WHERE o.is_primary AND o.valid_until > (%s AT TIME ZONE 'UTC')::date - 3
                AND n.valid_from <= (%s AT TIME ZONE w.time_zone)::date)
        AND ({condition})
    ORDER BY p.user_id, p.is_primary DESC, p.valid_from
"""
_IDS = "{column} = ANY (%s::uuid[])"


Cells = Mapping[UUID, Mapping[UUID, Sequence[Span]]]  # by requirement and job role


@dataclass(slots=True)
class Grounds:
    """What audiences rest on at an instant, read once; the matrix and who is named only when one asks for it."""

    at: datetime
    below: Mapping[UUID, frozenset[UUID]] = field(default_factory=departments_below)
    cells: Cells | None = None  # or a matrix that is not saved
    wordings: Mapping[UUID, Sequence[tuple[datetime, Mapping[str, Any]]]] | None = None  # of those that name somebody

    def of(self, requirement: Requirement) -> Ground:
        """Return what the audience of a requirement rests on."""
        asked = {test.field for test in tests_in(requirement.whom)}
        if AudienceField.MATRIX in asked and self.cells is None:
            self.cells = matrix_cells()
        if AudienceField.PERSON in asked and self.wordings is None:
            self.wordings = _naming_wordings()
        return Ground(
            self.below,
            (self.cells or {}).get(requirement.pk, {}) if AudienceField.MATRIX in asked else {},
            self._named(requirement) if AudienceField.PERSON in asked else {},
        )

    def _named(self, requirement: Requirement) -> dict[UUID, datetime]:
        """Return since when those are named whom a requirement names; who is not yet, from this instant on."""
        kept = (self.wordings or {}).get(requirement.pk, ())
        return named_since([*kept, (self.at, requirement.whom)])


_NAMING = """
    SELECT w.requirement_id, w.in_force_at, w.terms->'audience' FROM enrollment_requirementterms w
    JOIN enrollment_requirement r ON r.id = w.requirement_id
    WHERE r.state = 'on' AND r.audience @? '$.**.field ? (@ == "person")'
    ORDER BY w.requirement_id, w.number
"""


def _naming_wordings() -> dict[UUID, list[tuple[datetime, Mapping[str, Any]]]]:
    """Return every wording of the requirements in force that name somebody, with the instant from which it was."""
    found: dict[UUID, list[tuple[datetime, Mapping[str, Any]]]] = {}
    for requirement, at, audience in rows(_NAMING, []):
        found.setdefault(requirement, []).append((at, from_json(audience)))
    return found


def matrix_cells(requirement_ids: Collection[UUID] | None = None) -> dict[UUID, dict[UUID, list[Span]]]:
    """Return the periods of the matrix's cells, by requirement and job role; one query."""
    cells = MatrixCell.objects.order_by("valid_from")
    if requirement_ids is not None:
        cells = cells.filter(requirement__in=requirement_ids)
    found: dict[UUID, dict[UUID, list[Span]]] = {}
    for what, role, since, until in cells.values_list("requirement_id", "job_role_id", "valid_from", "valid_until"):
        if since != until:
            found.setdefault(what, {}).setdefault(role, []).append(Span(since, until))
    return found


def audience_of(requirement: Requirement, grounds: Grounds) -> Audience:
    """Return the audience of a requirement, at its site where it has one, as the rules ask it."""
    return Audience(requirement.whom, grounds.of(requirement))


def candidates_sql(audience: Audience, *, at: datetime) -> tuple[str, list[Any]]:
    """Return a query, with its values, for the ids of everyone who may belong to an audience at an instant.

    Whoever belongs to it is found. Somebody whose position began or ended within two days may be found
    without belonging to it. Names of columns come from this module, never from the data.
    """
    condition, values = _condition(audience.data, audience.ground)
    return _CANDIDATES.format(condition=condition), [at, at, at, *values]


def members_sql(audience: Audience, *, at: datetime) -> tuple[str, list[Any]]:
    """Return a query, with its values, for exactly those who belong to an audience at an instant: `user_id`, `site_id`.

    The site is that of the position by which they belong to it. For many people, where nobody is asked since when.
    """
    condition, values = _condition(audience.data, audience.ground)
    return _MEMBERS.format(condition=condition), [at, at, at, at, *values]


def names_in(audiences: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return what the ids and codes in these audiences are called, for their sentences."""
    wanted: dict[AudienceField, set[str]] = {}
    asks_matrix = False
    for audience in audiences:
        for test in tests_in(audience):
            asks_matrix |= test.field == AudienceField.MATRIX
            wanted.setdefault(test.field, set()).update(test.values)
            if test.attribute:
                wanted.setdefault(AudienceField.MATRIX, set()).add(str(test.attribute))
    parts = [
        f"SELECT id::text, {column} FROM {table} WHERE id = ANY (%s::uuid[])"
        for asked, (table, column) in _NAMED.items()
        if wanted.get(asked)
    ]
    values = [sorted(wanted[asked]) for asked in _NAMED if wanted.get(asked)]
    if asks_matrix:  # the job role is the person's own, whichever it is
        parts.append("SELECT id::text, name FROM people_jobrole")
    found = dict(rows(" UNION ALL ".join(parts), values)) if parts else {}
    return {**{code: str(label) for code, label in EmploymentType.choices}, **found}


_NAMED: dict[AudienceField, tuple[str, str]] = {
    AudienceField.JOB_ROLE: ("people_jobrole", "name"),
    AudienceField.SITE: ("people_site", "name"),
    AudienceField.DEPARTMENT: ("people_department", "name"),
    AudienceField.GROUP: ("people_group", "name"),
    AudienceField.PERSON: ("people_user", "name"),
    AudienceField.AUTHOR: ("courses_course", "code"),
    AudienceField.MATRIX: ("people_attribute", "name"),  # which attribute a test asks for
}


def _condition(data: Mapping[str, Any], ground: Ground) -> tuple[str, list[Any]]:
    if "field" in data:
        return _test(next(tests_in(data)), ground)
    if "not" in data:
        inner, values = _condition(data["not"], ground)
        return f"NOT ({inner})", values
    parts = [_condition(part, ground) for part in data.get("all", data.get("any", ()))]
    if not parts:
        return "TRUE", []
    word = " AND " if "all" in data else " OR "
    return word.join(f"({sql})" for sql, _values in parts), [value for _sql, values in parts for value in values]


def _test(test: Test, ground: Ground) -> tuple[str, list[Any]]:
    """Return one test as SQL about a person `u`, a position `p` and its day `d.day`."""
    values = list(test.values)
    if test.field == AudienceField.JOB_ROLE:
        return _IDS.format(column="p.job_role_id"), [values]
    if test.field == AudienceField.SITE:
        return _IDS.format(column="p.site_id"), [values]
    if test.field == AudienceField.PERSON:
        return _IDS.format(column="u.id"), [values]
    if test.field == AudienceField.DEPARTMENT:
        below = {str(part) for each in values for part in ground.below.get(UUID(each), {each})}
        return _IDS.format(column="p.department_id"), [sorted(below)]
    if test.field == AudienceField.EMPLOYMENT:
        return "p.employment_type = ANY (%s)", [values]
    if test.field == AudienceField.ATTRIBUTE:
        return (
            "EXISTS (SELECT FROM people_attributevalue v WHERE v.user_id = u.id AND v.attribute_id = %s "
            f"AND v.value = ANY (%s) AND {_HOLDS.format(t='v')})",
            [str(test.attribute), values],
        )
    if test.field == AudienceField.GROUP:
        return (
            "EXISTS (SELECT FROM people_membership m WHERE m.user_id = u.id AND m.group_id = ANY (%s::uuid[]) "
            f"AND {_HOLDS.format(t='m')})",
            [values],
        )
    if test.field == AudienceField.MANAGES:
        return (
            "EXISTS (SELECT FROM people_position b JOIN people_user w ON w.id = b.user_id AND w.is_active "
            f"WHERE b.manager_id = u.id AND {_HOLDS.format(t='b')})",
            [],
        )
    if test.field == AudienceField.AUTHOR:
        of = "v.owner_id = u.id" + (" AND v.course_id = ANY (%s::uuid[])" if values else "")
        return f"EXISTS (SELECT FROM courses_courseversion v WHERE {of})", [values] if values else []
    if test.field == AudienceField.HIRED:
        return _hired(test)
    return _cells(ground)


def _hired(test: Test) -> tuple[str, list[Any]]:
    if test.days is not None:
        return "coalesce(u.hired_on + %s <= d.day, false)", [test.days]
    parts, values = ["u.hired_on IS NOT NULL"], []
    for sign, day in ((">=", test.since), ("<", test.until)):
        if day is not None:
            parts.append(f"u.hired_on {sign} %s")
            values.append(day)
    return " AND ".join(parts), values


def _cells(ground: Ground) -> tuple[str, list[Any]]:
    """Return whether the job role has a requirement in the matrix on the day."""
    roles: dict[tuple[date, date | None], list[str]] = {}
    for job_role, spans in ground.cells.items():
        for span in spans:
            roles.setdefault((span.valid_from, span.valid_until), []).append(str(job_role))
    part = "(p.job_role_id = ANY (%s::uuid[]) AND %s <= d.day AND (%s::date IS NULL OR %s > d.day))"
    values = [value for (since, until), ids in roles.items() for value in (ids, since, until, until)]
    return (" OR ".join([part] * len(roles)), values) if roles else ("FALSE", [])


def requirement_names(requirements: Collection[Requirement]) -> dict[str, str]:
    """Return the names in the audiences of these requirements."""
    return names_in([requirement.whom for requirement in requirements])
