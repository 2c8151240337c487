"""The log: every message, on which way it went, and what became of it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone, translation
from django.views.decorators.http import require_safe

from core.clock import now
from core.sheets import csv_answer
from core.views import requires
from notifications import actions, queries
from notifications.forms import LogForm
from notifications.models import Message
from notifications.permissions import log_readable_by
from people.models import User
from people.permissions import administrator_everywhere, administrator_or_auditor, readable_by, signed_in
from people.requests import PersonRequest

ON_A_PAGE = 50
PARTS_OF = 500  # rows read at once for a file


@require_safe
@requires(administrator_or_auditor)
def log(request: PersonRequest) -> HttpResponse:
    """Show the messages that are looked for, newest first."""
    form = LogForm(request.GET)
    filters = form.filters()
    readable = log_readable_by(request.user, on=timezone.localdate())
    context = {
        **_page(request, queries.log(readable, filters)),
        "form": form,
        "filters": filters,
        "chips": form.chips(),
        "may_decide": administrator_everywhere(request.user),
    }
    return render(request, "notifications/log.html", context)


@require_safe
@requires(administrator_or_auditor)
def log_csv(request: PersonRequest) -> HttpResponseBase:
    """Send the same messages in the same words as a file, written while it is read."""
    form = LogForm(request.GET)
    found = queries.log(log_readable_by(request.user, on=timezone.localdate()), form.filters())
    words = ", ".join(f"{name}: {value}" for _field, name, value in form.chips())
    actions.note_log_exported(rows=found.count(), filters=words, by=request.user, at=now())
    return csv_answer(_rows(found, request.user), name="messages")


@require_safe
@requires(signed_in)
def person_log(request: PersonRequest, person_id: UUID) -> HttpResponse:
    """Show what one person was told, to themselves and to whoever may read their record."""
    on = timezone.localdate()
    person = get_object_or_404(readable_by(request.user, on=on), pk=person_id)
    found = queries.log(log_readable_by(request.user, on=on).filter(recipient=person), queries.LogFilters())
    is_self = person.pk == request.user.pk
    context = {**_page(request, found), "person": person, "is_self": is_self, "bounce": queries.hard_bounce_of(person)}
    return render(request, "notifications/person_log.html", context)


def _page(request: PersonRequest, found: QuerySet[Message]) -> dict[str, Any]:
    at = now()
    page = Paginator(found, ON_A_PAGE).get_page(request.GET.get("page"))
    return {"page": page, "lines": [queries.line_of(message, at=at) for message in page], "columns": queries.columns()}


def _rows(found: QuerySet[Message], reader: User) -> Iterator[list[Any]]:
    """Yield the lines of the file; it is written after the request, so zone and language are set for each."""
    at, zone = now(), ZoneInfo(reader.zone_name)
    for message in chain([None], found.iterator(chunk_size=PARTS_OF)):
        with timezone.override(zone), translation.override(reader.language):
            if message is None:
                row = [words for _name, words in queries.columns()]
            else:
                row = queries.cells(queries.line_of(message, at=at))
        yield row
