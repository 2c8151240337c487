"""The trail: what happened, by whom, and what it changed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from core.clock import now
from core.sheets import csv_answer
from core.views import requires
from people.models import User
from people.permissions import administrator_or_auditor
from reporting.actions import note_export
from reporting.forms import TrailForm
from reporting.queries import trail as queries
from reporting.queries.trail import Change, Entry, TrailFilters, entries_of
from reporting.views.common import Chip, address, day_of, reader_of, shown

CHANGES_OF_AN_ENTRY = 200


@requires(administrator_or_auditor)
@require_safe
def trail(request: HttpRequest) -> HttpResponse:
    """Show the entries that are looked for, newest first, with what was and what is."""
    at, user = now(), reader_of(request)
    form = TrailForm(request.GET)
    filters = form.filters()
    found = queries.trail(user, filters, on=day_of(user, at), zone=user.zone_name)
    before = request.GET.get("before", "")
    part = found.filter(pk__lt=int(before)) if before.isdecimal() and len(before) < 19 else found
    events = list(part[: queries.ENTRIES + 1])
    older = events[queries.ENTRIES - 1].pk if len(events) > queries.ENTRIES else None
    count, is_more = queries.counted(found)
    query = request.GET.copy()
    query.pop("before", None)
    context = {
        "form": form,
        "filters": filters,
        "chips": _chips(request, filters),
        "entries": entries_of(events[: queries.ENTRIES]),
        "older": address(request, before=str(older)) if older else "",
        "is_newest": not before,
        "newest": address(request, before=""),
        "found": _count_words(count, is_more=is_more),
        "query": query.urlencode(),
    }
    return shown(request, "reporting/trail.html", context, at=at)


def _count_words(count: int, *, is_more: bool) -> str:
    if is_more:
        return _("More than %(n)s entries") % {"n": count}
    return ngettext("%(n)s entry", "%(n)s entries", count) % {"n": count}


def _chips(request: HttpRequest, filters: TrailFilters) -> list[Chip]:
    """Return the filters that are set, each with the address without it."""
    chips = []
    if filters.q:
        chips.append(Chip(_("Search"), filters.q, address(request, q="")))
    if filters.person:
        name = User.objects.filter(pk=filters.person).values_list("name", flat=True).first()
        chips.append(Chip(_("Person"), name or _("unknown"), address(request, person="")))
    if filters.who:
        chips.append(Chip(_("By"), filters.who, address(request, who="")))
    if filters.what:
        chips.append(Chip(_("What"), queries.verb_words(filters.what), address(request, what="")))
    if filters.since:
        chips.append(Chip(_("From"), filters.since.isoformat(), address(request, since="")))
    if filters.until:
        chips.append(Chip(_("Until"), filters.until.isoformat(), address(request, until="")))
    if filters.subject:
        chips.append(Chip(_("About"), filters.subject, address(request, subject="")))
    if filters.signed:
        chips.append(Chip(_("Only"), _("with a signature"), address(request, signed="")))
    if filters.reasoned:
        chips.append(Chip(_("Only"), _("with a reason"), address(request, reasoned="")))
    return chips


@requires(administrator_or_auditor)
@require_safe
def entry(request: HttpRequest, number: int) -> HttpResponse:
    """Show one entry with everything that it changed."""
    at, user = now(), reader_of(request)
    event = queries.fact(user, number, on=day_of(user, at), zone=user.zone_name)
    if event is None:
        raise Http404(str(number))
    (found,) = entries_of([event], rows_each=CHANGES_OF_AN_ENTRY)
    context = {
        "entry": found,
        "payload": sorted(event.payload.items()),
        "signature": queries.signature_of(event),
        "is_cut": found.rows > CHANGES_OF_AN_ENTRY,
        "rows_shown": CHANGES_OF_AN_ENTRY,
        "where": [(_("Trail"), reverse("reporting:trail")), (_("Entry %(n)s") % {"n": number}, "")],
    }
    return shown(request, "reporting/entry.html", context, at=at)


@requires(administrator_or_auditor)
@require_safe
def trail_file(request: HttpRequest, format: str) -> HttpResponseBase:
    """Send the entries that are looked for as CSV or JSON, written while they are read."""
    at, user = now(), reader_of(request)
    filters = TrailForm(request.GET).filters()
    found = queries.trail(user, filters, on=day_of(user, at), zone=user.zone_name)
    newest = found.values_list("pk", flat=True).first() or 0  # what is written below about this stays out of it
    count, is_more = queries.counted(found)
    words = ", ".join(f"{chip.name}: {chip.value}" for chip in _chips(request, filters))
    rows = count + 1 if is_more else count
    note_export(what=_("the trail"), format=format.upper(), rows=rows, filters=words, by=user, at=at)
    entries = queries.in_parts(found.filter(pk__lte=newest))
    if format == "csv":
        return csv_answer(_csv(entries), name="trail")
    answer = StreamingHttpResponse(_json(entries), content_type="application/json")
    answer["Content-Disposition"] = 'attachment; filename="trail.json"'
    answer["Cache-Control"] = "private, no-store"
    return answer


COLUMNS = (
    "entry", "recorded_at", "occurred_at", "who", "roles", "what", "sentence", "about", "about_id", "person_id",
    "was", "is", "reason", "signature_id", "request_id", "version",
)  # fmt: skip


def _csv(entries: Iterator[Entry]) -> Iterator[list[Any]]:
    yield list(COLUMNS)
    for each in entries:
        plain = _plain(each)
        plain["was"] = _spelled(each.changes, "old")
        plain["is"] = _spelled(each.changes, "new")
        yield ["" if plain[name] is None else plain[name] for name in COLUMNS]


def _spelled(changes: tuple[Change, ...], side: str) -> str:
    values = [(f"{change.table}.{change.field}", getattr(change, side)) for change in changes]
    return "; ".join(f"{name}={value}" for name, value in values if value is not None)


def _json(entries: Iterator[Entry]) -> Iterator[str]:
    yield "[\n"
    for place, each in enumerate(entries):
        changes = [change._asdict() for change in each.changes]
        yield (",\n" if place else "") + json.dumps({**_plain(each), "changes": changes}, ensure_ascii=False)
    yield "\n]\n"


def _plain(each: Entry) -> dict[str, Any]:
    event = each.event
    return {
        "entry": event.pk,
        "recorded_at": event.recorded_at.isoformat(),
        "occurred_at": event.occurred_at.isoformat(),
        "who": event.actor_name,
        "roles": event.actor_roles,
        "what": event.verb,
        "sentence": event.sentence,
        "about": event.subject_type,
        "about_id": event.subject_id,
        "person_id": str(event.person_id) if event.person_id else None,
        "reason": event.reason,
        "signature_id": str(event.signature_id) if event.signature_id else None,
        "request_id": event.request_id,
        "version": event.app_version,
    }
