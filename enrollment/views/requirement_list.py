"""All requirements: what they say, how many have them, and how those stand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from core.clock import now
from core.components.charts import phrase
from core.views import requires
from enrollment.choices import AudienceField, RequirementState
from enrollment.models import Requirement
from enrollment.permissions import requirements_readable_by
from enrollment.queries import RequirementRow, course_titles, requirement_rows
from enrollment.rules import tests_in
from people.models import JobRole, Site
from people.permissions import administrator, administrator_everywhere, administrator_or_auditor
from people.requests import PersonRequest

PAGE = 25
SEEN = (RequirementState.DRAFT, RequirementState.ON, RequirementState.OFF)


@dataclass(frozen=True, slots=True)
class Filter:
    """One way to narrow the list down: what it is set to, and where its options lead."""

    key: str
    name: str
    chosen: str  # in words, or nothing
    options: list[tuple[str, str]]  # words, address


@dataclass(frozen=True, slots=True)
class Line:
    """One requirement, and how its people stand in words."""

    row: RequirementRow
    standing: list[tuple[str, str]]  # status, "4 overdue"


@requires(administrator_or_auditor)
@require_safe
def requirements(request: PersonRequest) -> HttpResponse:
    """The list, newest first, with its filters in the address."""
    readable = requirements_readable_by(request.user)
    filters, narrowed = _filters(request, readable)
    page = Paginator(narrowed.order_by("-number"), PAGE).get_page(request.GET.get("page"))
    shown = readable.filter(pk__in=[each.pk for each in page]).order_by("-number")
    count = page.paginator.count
    context = {
        "page": page,
        "lines": [Line(row, _standing(row)) for row in requirement_rows(shown, at=now())],
        "filters": filters,
        "is_filtered": any(each.chosen for each in filters),
        "found": ngettext("{count} requirement", "{count} requirements", count).format(count=count),
        "may_edit": administrator(request.user),
        "may_cap": administrator_everywhere(request.user),
    }
    return render(request, "enrollment/requirements/list.html", context)


def _standing(row: RequirementRow) -> list[tuple[str, str]]:
    return [(status.value, phrase(status.value, count)) for status, count in row.counts.items() if count]


def _filters(request: PersonRequest, readable: QuerySet[Requirement]) -> tuple[list[Filter], QuerySet[Requirement]]:
    """Return the filters, with only such options as occur, and what they leave; what is malformed is not set."""
    titles = course_titles(readable.values_list("course_id", flat=True))
    roles = JobRole.objects.filter(pk__in=_roles_asked(readable)).values_list("pk", "name")
    sites = Site.objects.filter(pk__in=readable.values("site")).values_list("pk", "name")
    offered: list[tuple[str, str, dict[str, str]]] = [
        ("state", _("State"), {state.value: str(state.label) for state in SEEN}),
        ("course", _("Training"), _by_name(titles.items())),
        ("job_role", _("Job role"), _by_name(roles)),
        ("site", _("Site"), _by_name(sites)),
    ]
    filters, narrowed = [], readable
    for key, name, options in offered:
        chosen = request.GET.get(key, "")
        if chosen in options:
            narrowed = _asking_for(narrowed, chosen) if key == "job_role" else narrowed.filter(**{key: chosen})
        addresses = [(words, _address(request, key, value)) for value, words in options.items()]
        filters.append(Filter(key, name, options.get(chosen, ""), addresses))
    return filters, narrowed


def _roles_asked(readable: QuerySet[Requirement]) -> set[str]:
    """Return the job roles that these requirements ask for."""
    audiences = readable.values_list("audience", flat=True)
    asked = (test for audience in audiences for test in tests_in(audience) if test.field == AudienceField.JOB_ROLE)
    return {value for test in asked for value in test.values}


def _asking_for(requirements: QuerySet[Requirement], job_role: str) -> QuerySet[Requirement]:
    """Keep the requirements whose audience names a job role."""
    return requirements.annotate(words=Cast("audience", TextField())).filter(words__contains=job_role)


def _address(request: PersonRequest, key: str, value: str) -> str:
    """Return this page's address with a filter set; it begins again at the first page."""
    query = request.GET.copy()
    query.pop("page", None)
    query[key] = value
    return "?" + query.urlencode()


def _by_name(rows: Iterable[tuple[UUID, str]]) -> dict[str, str]:
    """Return options by their id, in the order of their names."""
    return {str(pk): name for pk, name in sorted(rows, key=lambda row: row[1].casefold())}
