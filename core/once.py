"""A form that is sent twice writes once: it carries the id of what it makes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Model, QuerySet
from django.http import Http404

from core.ids import new_id

Made = TypeVar("Made", bound=Model)
_HOLD = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"


def form_id(typed: Mapping[str, Any]) -> UUID:
    """Return the id that a form carries, or a new one where it carries none."""
    try:
        return UUID(typed.get("id", ""))
    except ValueError:
        return new_id()


@transaction.atomic
def made_once(*, id: UUID, among: QuerySet[Made], make: Callable[[], Made]) -> tuple[Made, bool]:
    """Return what a form made and whether it was made just now: what it made before, or what `make()` writes.

    `make` writes its row under this id. Of two forms sent at the same moment, the second waits until
    the first has committed, and finds what that one wrote. `among` are the rows of this person: an id
    that belongs to something else is answered as if it did not exist (Http404). What `make` raises
    leaves nothing behind.
    """
    with connection.cursor() as cursor:
        cursor.execute(_HOLD, [str(id)])
    there = among.filter(pk=id).first()
    if there is not None:
        return there, False
    if among.model._base_manager.filter(pk=id).exists():
        raise Http404
    return make(), True
