"""People × required courses: read once, then filtered, counted and cut into pages without the database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import NamedTuple
from uuid import UUID

from django.db.models import F, FilteredRelation, Q, QuerySet, TextField, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce

from courses.choices import VersionState
from courses.models import CourseVersion
from enrollment.choices import BY_URGENCY, Status
from enrollment.queries.marks import Mark, Marks, marks
from people.models import Department, User
from people.queries import reports_of
from people.rules import below
from reporting.rules import PRESSING, Filters, PersonRow, added

RANK = {status: place for place, status in enumerate(BY_URGENCY)}


class Column(NamedTuple):
    """One required course."""

    id: str
    code: str
    title: str


class Line(NamedTuple):
    """One requirement of one person, for lists."""

    person: PersonRow
    course: Column
    mark: Mark


@dataclass(frozen=True)
class Board:
    """How people stand with all that is required of them."""

    people: tuple[PersonRow, ...]
    marks: Marks
    columns: tuple[Column, ...]
    parents: dict[str, str]  # departments, each with the one above it
    department_names: dict[str, str]

    def narrowed(self, filters: Filters, *, manager_id: str = "") -> Board:
        """Return the board with only the people whom the filters keep; a status asks that they have one such."""
        if filters.is_empty:
            return self
        departments = below(filters.department, self.parents) if filters.department else frozenset()
        kept = [
            person
            for person in self.people
            if filters.admits(person, manager_id=manager_id, departments=departments)
            and (not filters.status or filters.status in self.tallies.get(person.id, ()))
        ]
        return replace(self, people=tuple(kept), columns=self._columns_of(kept))

    def _columns_of(self, people: Iterable[PersonRow]) -> tuple[Column, ...]:
        used: set[str] = set()
        for person in people:
            used.update(self.marks.get(person.id, ()))
        return tuple(column for column in self.columns if column.id in used)

    @cached_property
    def tallies(self) -> dict[str, Counter[Status]]:
        """How many requirements of each person have each status."""
        return {
            person.id: Counter([mark[0] for mark in self.marks.get(person.id, {}).values()]) for person in self.people
        }

    @cached_property
    def counts(self) -> Counter[Status]:
        """How many requirements have each status, over everyone on the board."""
        return added(self.tallies.values())

    @property
    def requirement_count(self) -> int:
        return sum(self.counts.values())

    def counts_of(self, column: Column) -> Counter[Status]:
        """Return how people stand with one course."""
        return Counter(
            mark[0] for person in self.people if (mark := self.marks.get(person.id, {}).get(column.id)) is not None
        )

    @cached_property
    def by_urgency(self) -> list[Line]:
        """Every requirement of everyone, the most urgent first."""
        found = [
            Line(person, column, mark)
            for person in self.people
            for column in self.columns
            if (mark := self.marks.get(person.id, {}).get(column.id)) is not None
        ]
        found.sort(key=lambda line: (_urgency(line.mark), line.person.name, line.course.code))
        return found

    def lines(self, *, status: str = "") -> list[Line]:
        """Return the requirements by urgency; only those of one status if it is named."""
        return [line for line in self.by_urgency if line.mark.status == status] if status else self.by_urgency

    @cached_property
    def most_pressing(self) -> list[PersonRow]:
        """Whom to look at first: who is overdue or has something expired, in the order of the list by urgency."""
        pressing = [person for person in self.people if any(self.tallies[person.id][each] for each in PRESSING)]
        first = {person.id: min(map(_urgency, self.marks[person.id].values())) for person in pressing}
        return sorted(pressing, key=lambda person: (first[person.id], person.name))

    @cached_property
    def sites(self) -> dict[str, str]:
        """The sites of the people on the board, by name."""
        return _by_name({person.site_id: person.site for person in self.people})

    @cached_property
    def job_roles(self) -> dict[str, str]:
        """The job roles of the people on the board, by name."""
        return _by_name({person.job_role_id: person.title for person in self.people})

    @cached_property
    def departments(self) -> dict[str, str]:
        """The departments of the people on the board and all departments above them, by name."""
        found: set[str] = set()
        for department in {person.department_id for person in self.people}:
            while department and department not in found:
                found.add(department)
                department = self.parents.get(department, "")
        return _by_name({each: self.department_names.get(each, "") for each in found})


def board_of(people: QuerySet[User], *, at: datetime, on: date, course_id: UUID | None = None) -> Board:
    """Return the board of these people; with a course, only that one and only people who must take it.

    Four queries, whatever the number of people and courses. `on` is the reader's day: where people
    work is asked for that day, while each due day ends at its own site.
    """
    rows = person_rows(people, on=on)
    found = marks(at=at, user_ids=[row.id for row in rows], course_id=course_id)
    if course_id is not None:
        rows = [row for row in rows if row.id in found]
    departments = list(Department.objects.values_list("id", "parent_id", "name"))
    return Board(
        people=tuple(rows),
        marks=found,
        columns=columns_of({course for each in found.values() for course in each}),
        parents={str(child): str(parent) for child, parent, _name in departments if parent},
        department_names={str(department): name for department, _parent, name in departments},
    )


def team_board(manager: User, *, at: datetime, on: date) -> Board:
    """Return the board of everyone below a manager, direct and indirect."""
    return board_of(reports_of(manager=manager, on=on), at=at, on=on)


def person_rows(people: QuerySet[User], *, on: date) -> list[PersonRow]:
    """Return people with where they work on a day, by name; one query."""
    held = Q(positions__is_primary=True, positions__valid_from__lte=on) & (
        Q(positions__valid_until__isnull=True) | Q(positions__valid_until__gt=on)
    )
    fields: list[Combinable] = [Cast("id", TextField()), F("name"), F("employee_number")]
    fields += [_held(name) for name in ("job_role__name", "site__name", "department__name")]
    # Ids leave the database as text: making UUID objects of them took longer than the query.
    fields += [_held(name) for name in ("site_id", "job_role_id", "department_id", "manager_id")]
    rows = people.annotate(held=FilteredRelation("positions", condition=held)).order_by("name", "employee_number")
    return [PersonRow(*row) for row in rows.values_list(*fields)]


def _urgency(mark: Mark) -> tuple[int, date]:
    """Return what puts the most urgent first: its status, then when it expired, or else is due."""
    day = mark.valid_until if mark.status == Status.EXPIRED else mark.due_on
    return RANK[mark.status], day or date.max


def _held(name: str) -> Coalesce:
    return Coalesce(Cast(f"held__{name}", TextField()), Value("", output_field=TextField()))


def _by_name(known: dict[str, str]) -> dict[str, str]:
    pairs = sorted(known.items(), key=lambda pair: pair[1].casefold())
    return {key: name for key, name in pairs if key}


def columns_of(course_ids: Iterable[str]) -> tuple[Column, ...]:
    """Return courses by code, each called as in its effective version, else as in its latest one; one query."""
    versions = CourseVersion.objects.filter(course__in=list(course_ids)).order_by("number")
    named: dict[UUID, tuple[bool, Column]] = {}
    for course_id, code, title, state in versions.values_list("course_id", "course__code", "title", "state"):
        is_effective = state == VersionState.EFFECTIVE
        if is_effective or not named.get(course_id, (False,))[0]:
            named[course_id] = (is_effective, Column(str(course_id), code, title))
    return tuple(sorted((column for _effective, column in named.values()), key=lambda column: column.code))
