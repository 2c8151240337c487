"""People named in a list, as far as somebody may do something for them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from enrollment.rules.listing import Listed, ListRow, keys_in, listed
from people.models import User


def people_listed(rows: Sequence[ListRow], people: QuerySet[User]) -> Listed:
    """Return whom of these people a list names; anybody else looks as if they did not exist. One query."""
    keys = sorted(keys_in(rows))
    spelled = people.annotate(number=Lower("employee_number"), address=Lower("email"))
    found = spelled.filter(Q(number__in=keys) | Q(address__in=keys)).order_by("is_active", "pk")
    read = list(found.values_list("pk", "number", "address"))
    known: dict[str, UUID] = {address: pk for pk, _number, address in read}  # of two the one who works here
    known.update({number: pk for pk, number, _address in read})
    return listed(rows, known)
