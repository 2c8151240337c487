"""All exceptions that somebody may read: waivers and more time, and one waiver with its proof."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from core.clock import now
from core.views import requires
from courses.serving import asset_file
from enrollment.actions.waiving import note_evidence_opened
from enrollment.choices import WaiverState
from enrollment.models import Extension, Requirement, Waiver
from enrollment.permissions import (
    extensions_readable_by,
    join_requests_decidable_by,
    may_except,
    waivers_decidable_by,
    waivers_readable_by,
    waivers_withdrawable_by,
)
from enrollment.queries import course_titles
from enrollment.queries.exceptions import WaiverDays, waivers_with
from enrollment.views.requirement_list import Filter
from enrollment.views.waivers import facts_of
from people.models import User
from people.permissions import administrator_everywhere, overseer, signed_in
from people.queries import matching
from people.requests import PersonRequest
from records.queries import signatures_by_id

PAGE = 25
GLYPHS = {"proposed": "doing", "granted": "waived", "returned": "todo", "withdrawn": "todo", "ended": "todo"}


@dataclass(frozen=True, slots=True)
class Line:
    """One waiver of the list: what it is of, its last day, and how it is now."""

    waiver: Waiver
    title: str
    glyph: str
    word: str


@requires(overseer)
@require_safe
def exceptions(request: PersonRequest) -> HttpResponse:
    """The list, newest first, with its filters in the address."""
    at = now()
    user, on = request.user, at.date()
    in_time = request.GET.get("kind") == "time"
    waivers, extensions = waivers_readable_by(user, on=on), extensions_readable_by(user, on=on)
    filters, waivers, extensions = _narrowed(request, waivers, extensions, in_time=in_time)
    listed: QuerySet[Any] = waivers_with(waivers)
    if in_time:
        related = ("user", "granted_by", "assignment__requirement")
        listed = extensions.select_related(*related).order_by("-granted_at", "pk")
    page = Paginator(listed, PAGE).get_page(request.GET.get("page"))
    requirement = (lambda each: each.assignment.requirement) if in_time else (lambda each: each.requirement)
    titles = course_titles({requirement(each).course_id for each in page})
    count = page.paginator.count
    context = {
        "page": page,
        "in_time": in_time,
        "waivers": [] if in_time else lines_of(page, titles, at=at),
        "extensions": [(each, titles[requirement(each).course_id]) for each in page] if in_time else [],
        "filters": filters,
        "q": request.GET.get("q", ""),
        "kept": [(name, value) for name, value in request.GET.items() if name not in ("q", "page")],
        "is_filtered": bool(request.GET.get("q")) or any(each.chosen for each in filters),
        "waiting": waivers_decidable_by(user, on=on).count(),
        "tabs": tabs_of(request, current="time" if in_time else "waivers"),
        "found": ngettext("{count} exception", "{count} exceptions", count).format(count=count),
        "may_limit": administrator_everywhere(user),
        "may_except": may_except(user),
    }
    return render(request, "enrollment/exceptions/list.html", context)


def tabs_of(request: PersonRequest, *, current: str) -> list[tuple[str, str, int, bool]]:
    """Return the tabs: waivers, more time, and what people ask to take, each with how many."""
    user, on = request.user, now().date()
    here = reverse("enrollment:exceptions")
    asked = join_requests_decidable_by(user, on=on).count()
    return [
        (_("Waivers"), here, waivers_readable_by(user, on=on).count(), current == "waivers"),
        (_("More time"), f"{here}?kind=time", extensions_readable_by(user, on=on).count(), current == "time"),
        (_("Asked to take"), reverse("enrollment:join_requests"), asked, current == "joining"),
    ]


@requires(signed_in)
@require_safe
def waiver(request: PersonRequest, waiver_id: UUID) -> HttpResponse:
    """One waiver: for whom it is, who manages or looks after them, and auditors."""
    at, user = now(), request.user
    found = _readable(request, waiver_id)
    [line] = lines_of([found], course_titles([found.requirement.course_id]), at=at)
    signature = signatures_by_id([found.signature_id]).get(found.signature_id) if found.signature_id else None
    trail = [(_("Exceptions"), reverse("enrollment:exceptions"))] if overseer(user) else [
        (_("My training"), reverse("enrollment:training"))
    ]  # fmt: skip
    context = {
        "waiver": found,
        "line": line,
        "facts": facts_of(found)[:-1],
        "signature": signature,
        "matches": signature is not None and signature.is_intact(),
        "may_decide": waivers_decidable_by(user, on=at.date()).filter(pk=found.pk).exists(),
        "may_withdraw": line.word != ended()
        and waivers_withdrawable_by(user, on=at.date()).filter(pk=found.pk).exists(),
        "record": reverse("reporting:person", args=[found.user_id]) + f"#c-{found.requirement.course_id}",
        "trail": [*trail, (found.user.name, "")],
    }
    return render(request, "enrollment/exceptions/waiver.html", context)


@requires(signed_in)
@require_safe
def evidence(request: PersonRequest, waiver_id: UUID) -> HttpResponseBase:
    """The file that proves a waiver, for whoever may read it; opening somebody else's is in the trail."""
    found = _readable(request, waiver_id)
    if found.evidence is None:
        raise Http404
    if found.user_id != request.user.pk and "Range" not in request.headers:
        note_evidence_opened(waiver=found, by=request.user, at=now())
    return asset_file(request, found.evidence)


def lines_of(waivers: Iterable[Waiver], titles: Mapping[UUID, str], *, at: datetime) -> list[Line]:
    """Return waivers as they are now: one that was granted may have ended by itself, at its person's site."""
    listed = list(waivers)
    days = WaiverDays(listed)
    lines = []
    for each in listed:
        has_ended = each.state == WaiverState.GRANTED and each.valid_until <= days.today(each, at=at)
        word = ended() if has_ended else str(WaiverState(each.state).label)
        glyph = GLYPHS["ended" if has_ended else each.state]
        lines.append(Line(each, titles[each.requirement.course_id], glyph, word))
    return lines


def ended() -> str:
    """Return the word for a waiver whose days have passed."""
    return _("Ended")


def _readable(request: PersonRequest, waiver_id: UUID) -> Waiver:
    readable = waivers_readable_by(request.user, on=now().date())
    return get_object_or_404(waivers_with(readable), pk=waiver_id)


def _narrowed(
    request: PersonRequest, waivers: QuerySet[Waiver], extensions: QuerySet[Extension], *, in_time: bool
) -> tuple[list[Filter], QuerySet[Waiver], QuerySet[Extension]]:
    """Return the filters, with only such options as occur, and what they leave; what is malformed is not set."""
    within = {"assignments__extensions__in": extensions} if in_time else {"waivers__in": waivers}
    requirements = Requirement.objects.filter(**within).distinct().order_by("number")
    titles = course_titles(requirements.values_list("course_id", flat=True))
    named = {str(each.pk): f"R-{each.number} {titles[each.course_id]}" for each in requirements}
    offered: list[tuple[str, str, dict[str, str]]] = [("requirement", _("Requirement"), named)]
    if not in_time:
        offered.insert(0, ("state", _("State"), {each.value: str(each.label) for each in WaiverState}))
    filters = []
    for key, name, options in offered:
        chosen = request.GET.get(key, "")
        if chosen in options:
            waivers = waivers.filter(**{key: chosen})
            if key == "requirement":
                extensions = extensions.filter(assignment__requirement_id=UUID(chosen))
        addresses = [(words, _address(request, key, value)) for value, words in options.items()]
        filters.append(Filter(key, name, options.get(chosen, ""), addresses))
    if q := request.GET.get("q", "").strip()[:100]:
        people = matching(User.objects.all(), q)
        waivers, extensions = waivers.filter(user__in=people), extensions.filter(user__in=people)
    return filters, waivers, extensions


def _address(request: PersonRequest, key: str, value: str) -> str:
    query = request.GET.copy()
    query.pop("page", None)
    query[key] = value
    return "?" + query.urlencode()
