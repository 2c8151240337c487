"""Finding people whose record somebody may read."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from people.models import Position, User
from people.permissions import readable_by
from reporting.rules import Filters


def people_found(
    reader: User, *, on: date, filters: Filters, left: bool, departments: frozenset[str]
) -> QuerySet[User]:
    """Return the people whom a reader may read and the filters keep; `left` asks for those who have left.

    Every word of the search must occur in the name, the employee number or the e-mail address.
    """
    found = readable_by(reader, on=on).filter(is_active=not left)
    for word in filters.q.split():
        found = found.filter(Q(name__icontains=word) | Q(employee_number__icontains=word) | Q(email__icontains=word))
    where: dict[str, Any] = {
        "site": filters.site,
        "job_role": filters.job_role,
        "department__in": departments if filters.department else "",
    }
    asked = {name: value for name, value in where.items() if value}
    held = Position.objects.held_on(on).filter(user=OuterRef("pk"), **asked)
    return found.filter(Exists(held)) if asked else found
