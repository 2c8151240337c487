"""What a requirement asked once and for whom it held: one that is switched off, and each earlier wording."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.sheets import csv_answer
from core.views import requires
from enrollment.models import Requirement
from enrollment.permissions import requirements_readable_by, sites_of
from enrollment.queries import course_titles
from enrollment.queries.wordings import Wording, all_outlooks_until, held_until, outlooks_until, wordings_of
from enrollment.views.reaches import PAGE, people_words, sheet
from people.choices import AccessRole
from people.permissions import administrator_or_auditor
from people.requests import PersonRequest

RELATED = ("course", "site", "created_by", "edited_by", "switched_on_by", "switched_off_by")


@requires(administrator_or_auditor)
@require_safe
def wording(request: PersonRequest, requirement_id: UUID, number: int) -> HttpResponse:
    """One earlier wording, and whom it held for when it ended; what is in force has the page of its requirement."""
    found = readable_requirement(request, requirement_id)
    every = wordings_of(found)
    readable = readable_wordings(request, every)
    shown = _numbered(readable, number)
    if shown is every[-1]:
        return redirect("enrollment:requirement", requirement_id=found.pk)
    following = every[number]
    context = _ended(request, found, shown) | {
        "following": following,
        "new_sentence": following.sentence if following in readable else "",
        "download": reverse("enrollment:wording_people", args=[found.pk, number]),
        "trail": [
            (_("Requirements"), reverse("enrollment:requirements")),
            (f"R-{found.number}", reverse("enrollment:requirement", args=[found.pk])),
            (_("Wording {number}").format(number=number), ""),
        ],
    }
    return render(request, "enrollment/requirements/wording.html", context)


@requires(administrator_or_auditor)
@require_safe
def wording_people(request: PersonRequest, requirement_id: UUID, number: int) -> HttpResponseBase:
    """Whom an earlier wording held for when it ended, as a file: the rows of the screen."""
    found = readable_requirement(request, requirement_id)
    shown = _numbered(readable_wordings(request, wordings_of(found)), number)
    if shown.until is None:
        return redirect("enrollment:requirement_people", requirement_id=found.pk)
    return wording_sheet(found, shown)


def switched_off(request: PersonRequest, found: Requirement) -> HttpResponse:
    """Show a requirement that is off: what it asked, who ended it and why, and whom it held for on its last day."""
    every = readable_wordings(request, wordings_of(found))
    context = _ended(request, found, every[-1]) | {
        "earlier": every[-2::-1],
        "download": reverse("enrollment:requirement_people", args=[found.pk]),
        "trail": [(_("Requirements"), reverse("enrollment:requirements")), (f"R-{found.number}", "")],
    }
    return render(request, "enrollment/requirements/off.html", context)


def wording_sheet(found: Requirement, shown: Wording) -> HttpResponseBase:
    """Answer with the people for whom a wording held when it ended."""
    assert shown.until is not None
    people = all_outlooks_until(found, asks=shown.asks, until=shown.until)
    return csv_answer(sheet(people), name=f"R-{found.number}-{shown.number}")


def readable_requirement(request: PersonRequest, requirement_id: UUID) -> Requirement:
    """Return a requirement that the reader may read; to others it does not exist."""
    return get_object_or_404(requirements_readable_by(request.user).select_related(*RELATED), pk=requirement_id)


def readable_wordings(request: PersonRequest, every: Sequence[Wording]) -> list[Wording]:
    """Return those of the wordings that the reader may read: as the requirement, it was one of their sites.

    Who may read the requirement may always read the last one.
    """
    sites = sites_of(request.user, AccessRole.ADMINISTRATOR, AccessRole.AUDITOR)
    return [each for each in every if sites is None or each.asks.site_id in sites]


def _numbered(every: Sequence[Wording], number: int) -> Wording:
    found = next((each for each in every if each.number == number), None)
    if found is None:
        raise Http404
    return found


def _ended(request: PersonRequest, found: Requirement, shown: Wording) -> dict[str, Any]:
    """Return what both pages show of a wording that has ended, with one page of its people."""
    assert shown.until is not None
    held: QuerySet[Any] = held_until(found, until=shown.until).select_related("user")
    page: Page[Any] = Paginator(held, PAGE).get_page(request.GET.get("page"))
    page.object_list = outlooks_until(list(page.object_list), asks=shown.asks, until=shown.until)
    return {
        "requirement": found,
        "title": course_titles([found.course_id])[found.course_id],
        "wording": shown,
        "page": page,
        "people_words": people_words(shown.people),
    }
