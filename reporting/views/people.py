"""The person finder, and one person's whole record."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from assessments.queries import history_of as attempts_of
from assessments.queries.observations import observed_of
from core.clock import now
from core.views import requires
from enrollment.choices import Status
from enrollment.permissions import administered_among, assignments_cared_for_by
from enrollment.queries import qualified_for
from enrollment.queries.exceptions import offers
from enrollment.queries.marks import Mark, marks
from enrollment.questions import QuestionForm
from people.choices import AccessRole
from people.models import Department, JobRole, Site, User
from people.permissions import administrator_or_auditor, overseer, readable_by, reads_people, signed_in
from people.rules import below
from reporting.actions import note_record_opened
from reporting.queries import records
from reporting.queries.boards import person_rows
from reporting.queries.people import people_found
from reporting.views.common import PAGE, Chip, address, day_of, filters_from, option_chip, reader_of, shown

PARTS = {
    "requirements": gettext_lazy("Requirements"),
    "qualified": gettext_lazy("Qualified for"),
    "history": gettext_lazy("History"),
    "attempts": gettext_lazy("Attempts"),
    "signatures": gettext_lazy("Signatures"),
    "certificates": gettext_lazy("Certificates"),
    "positions": gettext_lazy("Positions"),
}


@requires(reads_people)
@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """Find a person by name, number or e-mail address among those whose record one may read."""
    at, user = now(), reader_of(request)
    on, filters, left = day_of(user, at), filters_from(request.GET), request.GET.get("left") == "yes"
    departments = {str(each.pk): each for each in Department.objects.order_by("name")}
    parents = {key: str(each.parent_id) for key, each in departments.items() if each.parent_id}
    within = below(filters.department, parents) if filters.department else frozenset()
    found = people_found(user, on=on, filters=filters, left=left, departments=within)
    page = Paginator(found.order_by("name", "employee_number"), PAGE).get_page(request.GET.get("page"))
    rows = person_rows(User.objects.filter(pk__in=[each.pk for each in page]), on=on)
    emails = {str(each.pk): each.email for each in page}
    known = marks(at=at, user_ids=[row.id for row in rows])
    chips = [
        option_chip(request, "site", _("Site"), filters.site, Site.objects.order_by("name").values_list("pk", "name")),
        option_chip(
            request,
            "job_role",
            _("Job role"),
            filters.job_role,
            JobRole.objects.order_by("name").values_list("pk", "name"),
        ),
        option_chip(
            request,
            "department",
            _("Department"),
            filters.department,
            [(key, each.name) for key, each in departments.items()],
        ),
        _left_chip(request, left),
    ]
    if filters.q:
        chips.append(Chip(_("Search"), filters.q, address(request, q="")))
    context = {
        "page": page,
        "rows": [
            (row, emails[row.id], Counter(mark.status for mark in known.get(row.id, {}).values())) for row in rows
        ],
        "filters": filters,
        "chips": chips,
        "kept": [(name, value) for name, value in request.GET.items() if name not in ("q", "page")],
        "found": ngettext("%(n)s person", "%(n)s people", page.paginator.count) % {"n": page.paginator.count},
        "is_filtered": bool(request.GET),
    }
    return shown(request, "reporting/people.html", context, at=at)


def _named(model: type[Site] | type[JobRole]) -> list[tuple[UUID, str]]:
    return list(model.objects.order_by("name").values_list("pk", "name"))


def _tally(found: dict[str, Mark]) -> dict[str, int]:
    """Return how many requirements have each status that a template asks for by name."""
    counted = Counter(mark.status for mark in found.values())
    return {status.value: counted[status] for status in Status}


def _left_chip(request: HttpRequest, left: bool) -> Chip:
    if left:
        return Chip(_("Employment"), _("has left"), address(request, left=""))
    return Chip(_("Employment"), options=((_("has left"), address(request, left="yes")),))


@requires(signed_in)
@require_safe
def person(request: HttpRequest, person_id: UUID, part: str = "requirements") -> HttpResponse:
    """Show one part of a person's record. What an auditor opens is written to the trail."""
    if part not in PARTS:
        raise Http404(part)
    at, user = now(), reader_of(request)
    on = day_of(user, at)
    found = get_object_or_404(readable_by(user, on=on), pk=person_id)
    if AccessRole.AUDITOR in user.roles and found.pk != user.pk:
        note_record_opened(person=found, by=user, at=at)
    parts = records.parts_of(found)
    position = records.position_on(found, on)
    context = {
        "person": found,
        "position": position,
        "part": part,
        "heading": PARTS[part],
        "tabs": [
            (title, reverse("reporting:person_part", args=[found.pk, name]) if name != "requirements" else
             reverse("reporting:person", args=[found.pk]), getattr(parts, name, None), name == part)
            for name, title in PARTS.items()
        ],
        "trail": _trail(user, found),
        "may_report": overseer(user),
        "sees_trail": administrator_or_auditor(user),
        **_FILLED[part](found, request, at),
    }  # fmt: skip
    if part == "history":
        context |= _requirements(found, request, at)
        context["tally"] = context["counts"]
        context["positions"] = records.positions_of(found)
        context["proof"] = records.proof_of(found)
    return shown(request, f"reporting/person_{part}.html", context, at=at, status=context.pop("status", 200))


def _trail(user: User, found: User) -> list[tuple[Any, str]]:
    """Return the way here: the list that this reader came from, then the person."""
    if reads_people(user):
        return [(_("People"), reverse("reporting:people")), (found.name, "")]
    if user.has_reports and found.pk != user.pk:
        return [(_("Team"), reverse("reporting:team")), (found.name, "")]
    return [(found.name, "")]


def _requirements(found: User, request: HttpRequest, at: datetime) -> dict[str, Any]:
    user = reader_of(request)
    listed = records.requirements_of(found, at=at, on=day_of(user, at))
    counted = Counter(each.standing.status for each in listed)
    theirs = assignments_cared_for_by(user, on=day_of(user, at)).filter(user=found)
    open_to = {}
    if user.pk != found.pk and theirs.exists():
        open_to = offers(theirs, unlimited=administered_among(user, [found.pk], on=day_of(user, at)), at=at)
    counts = {status.value: counted[status] for status in Status}
    return {"requirements": listed, "counts": counts, "may_except": bool(open_to), "offers": open_to}


def _qualified(found: User, request: HttpRequest, at: datetime) -> dict[str, Any]:
    form = QuestionForm(request.GET, at=at, zone=reader_of(request).zone_name)
    if not form.is_valid():
        return {"form": form, "qualifications": None, "status": 422}
    question = form.question
    listed = qualified_for(person_id=found.pk, at=question.at, known_at=question.known_at)
    return {"form": form, "qualifications": listed}


def _history(found: User, request: HttpRequest, at: datetime) -> dict[str, Any]:
    before = request.GET.get("before", "")
    history = records.history_of(found, before=int(before) if before.isdecimal() and len(before) < 19 else None)
    months = groupby(history.lines, key=lambda line: timezone.localtime(line.event.occurred_at).date().replace(day=1))
    return {
        "history": history,
        "months": [(date_format(month, "F Y"), list(lines)) for month, lines in months],
        "is_newest": not before,
    }


def _attempts(found: User, request: HttpRequest, at: datetime) -> dict[str, Any]:
    return {"attempts": attempts_of(found), "observations": observed_of(found)}


def _signatures(found: User, request: HttpRequest, at: datetime) -> dict[str, Any]:
    return {"signatures": records.signatures_of(found)}


def _certificates(found: User, request: HttpRequest, at: datetime) -> dict[str, Any]:
    return {"certificates": records.certificates_held(found, at=at, on=day_of(reader_of(request), at))}


def _positions(found: User, request: HttpRequest, at: datetime) -> dict[str, Any]:
    return {"positions": records.positions_of(found), "proof": records.proof_of(found)}


_FILLED = {
    "requirements": _requirements,
    "qualified": _qualified,
    "history": _history,
    "attempts": _attempts,
    "signatures": _signatures,
    "certificates": _certificates,
    "positions": _positions,
}
