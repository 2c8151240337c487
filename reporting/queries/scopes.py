"""Whom a compliance report is about, within what its reader may read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from enrollment.models import Assignment
from people.models import Department, Position, Site, User
from people.permissions import readable_by
from people.queries import reports_of
from people.rules import below
from reporting.choices import Scope
from reporting.queries.boards import Board, board_of, columns_of


class NothingToRead(Exception):
    """The reader may read nobody there, or there is no such thing; both look the same."""


@dataclass(frozen=True)
class Asked:
    """What a report is about: its people, as far as the reader may read them, and what it is called."""

    scope: Scope
    subject_id: UUID | None
    title: str
    people: QuerySet[User]
    course_id: UUID | None = None

    def whole(self, *, at: datetime, on: date) -> Board:
        """Return how these people stand: the same read for the screen, the spreadsheet and the PDF."""
        return board_of(self.people, at=at, on=on, course_id=self.course_id)


def asked_for(reader: User, *, scope: Scope, subject_id: UUID | None, on: date) -> Asked:
    """Return what a report of this scope is about. Raises NothingToRead."""
    if scope == Scope.TEAM:
        if not reports_of(manager=reader, on=on).exists():
            raise NothingToRead(scope)
        return Asked(scope, None, _("Team of %(name)s") % {"name": reader.name}, reports_of(manager=reader, on=on))
    if subject_id is None:
        raise NothingToRead(scope)
    return _OF[scope](reader, subject_id, on)


def _site(reader: User, subject_id: UUID, on: date) -> Asked:
    people = _working(reader, on, site=subject_id)
    site = Site.objects.filter(pk=subject_id).first()
    if site is None or not people.exists():
        raise NothingToRead(subject_id)
    return Asked(Scope.SITE, subject_id, _("Site: %(name)s") % {"name": site.name}, people)


def _department(reader: User, subject_id: UUID, on: date) -> Asked:
    tree = {str(child): str(parent) for child, parent in Department.objects.values_list("pk", "parent") if parent}
    people = _working(reader, on, department__in=below(str(subject_id), tree))
    department = Department.objects.filter(pk=subject_id).first()
    if department is None or not people.exists():
        raise NothingToRead(subject_id)
    return Asked(Scope.DEPARTMENT, subject_id, _("Department: %(name)s") % {"name": department.name}, people)


def _course(reader: User, subject_id: UUID, on: date) -> Asked:
    required = Assignment.objects.filter(user=OuterRef("pk"), course=subject_id, ended_at__isnull=True)
    people = readable_by(reader, on=on).filter(Exists(required), is_active=True)
    columns = columns_of([str(subject_id)])
    if not columns or not people.exists():
        raise NothingToRead(subject_id)
    title = _("Course: %(code)s %(title)s") % {"code": columns[0].code, "title": columns[0].title}
    return Asked(Scope.COURSE, subject_id, title, people, course_id=subject_id)


def _person(reader: User, subject_id: UUID, on: date) -> Asked:
    people = readable_by(reader, on=on).filter(pk=subject_id)
    person = people.first()
    if person is None:
        raise NothingToRead(subject_id)
    return Asked(Scope.PERSON, subject_id, _("Person: %(name)s") % {"name": person.name}, people)


_OF = {Scope.SITE: _site, Scope.DEPARTMENT: _department, Scope.COURSE: _course, Scope.PERSON: _person}


def _working(reader: User, on: date, **where: object) -> QuerySet[User]:
    held = Position.objects.held_on(on).filter(user=OuterRef("pk"), **where)
    return readable_by(reader, on=on).filter(Exists(held), is_active=True)


def scopes_of(reader: User, *, on: date) -> Mapping[Scope, list[tuple[str, str]]]:
    """Return the sites, departments and courses of which a reader may ask for a report, by name."""
    held = Position.objects.held_on(on).filter(user__in=readable_by(reader, on=on), user__is_active=True)
    sites = held.order_by("site__name").values_list("site", "site__name").distinct()
    used = {str(each) for each in held.values_list("department", flat=True).distinct()}
    tree = {str(each.pk): each for each in Department.objects.order_by("name")}
    above = set(used)
    for department in used:
        while (parent := str(tree[department].parent_id)) in tree and parent not in above:
            above.add(parent)
            department = parent
    required = Assignment.objects.filter(
        Q(user__in=readable_by(reader, on=on)), ended_at__isnull=True, user__is_active=True
    )
    courses = columns_of(str(each) for each in required.values_list("course", flat=True).distinct())
    return {
        Scope.SITE: [(str(key), name) for key, name in sites],
        Scope.DEPARTMENT: [(key, each.name) for key, each in tree.items() if key in above],
        Scope.COURSE: [(column.id, f"{column.code} {column.title}") for column in courses],
    }


def person_named(reader: User, typed: str, *, on: date) -> User | None:
    """Return the one readable person with this employee number or e-mail address."""
    words = typed.strip()
    found = readable_by(reader, on=on).filter(Q(employee_number__iexact=words) | Q(email__iexact=words))
    return found.order_by("-is_active").first() if words else None
