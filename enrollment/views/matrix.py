"""The training matrix: which job role must learn what, from which day on; changed with its effect in sight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from core.clock import now
from core.ids import ids_in
from core.sheets import csv_answer
from core.views import requires
from courses.models import Course
from enrollment.actions import ReachChanged, ReasonMissing, draft_requirement
from enrollment.actions.matrix import AlreadyInForce, draft_matrix_change, put_matrix_change_in_force
from enrollment.actions.requirements import NothingChanged
from enrollment.choices import AudienceField, CountedFrom
from enrollment.forms.matrix import SinceForm, changes_ticked
from enrollment.models import MatrixChange, Requirement
from enrollment.permissions import requirements_editable_by, requirements_readable_by, sites_of
from enrollment.queries import course_titles, courses_offered
from enrollment.queries.audiences import matrix_cells
from enrollment.queries.effects import Effect, effect_of
from enrollment.queries.matrix import Column, changes_of_cells, heads, matrix_columns
from enrollment.rules import Span, day_in
from enrollment.rules.matrix import CellChange, holds_on, read_change
from people.choices import AccessRole
from people.models import JobRole
from people.permissions import administrator, administrator_everywhere, administrator_or_auditor
from people.requests import PersonRequest

ROLES_A_PAGE = 25


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell says: whether it is set on the day that is shown, and what else is known of it."""

    column: Column
    name: str  # of its field
    was_set: bool
    is_set: bool  # ticked, as it was shown or typed
    words: str
    may_edit: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A job role, how many hold it, and its cells."""

    role: JobRole
    people: int
    cells: Sequence[Cell]


@requires(administrator_or_auditor)
@require_http_methods(["GET", "HEAD", "POST"])
def matrix(request: PersonRequest) -> HttpResponse:
    """The grid, to read and to tick; what was ticked is shown with its effect before it holds."""
    columns = matrix_columns(requirements_readable_by(request.user))
    mine = editable_ids(request)
    query = " ".join(request.GET.get("q", "").split())
    roles = JobRole.objects.filter(name__icontains=query) if query else JobRole.objects.all()
    page = Paginator(roles.order_by("name", "pk"), ROLES_A_PAGE).get_page(request.GET.get("page"))
    today = today_of(request)
    form = SinceForm(request.POST if request.method == "POST" else None, initial={"since": today})
    if request.method == "POST" and form.is_valid():
        changes = changes_ticked(
            columns=[column for column in columns if column.id in mine],
            roles=[role.pk for role in page],
            ticked=frozenset(request.POST.getlist("cell")),
            was=frozenset(request.POST.getlist("was")),
            since=form.cleaned_data["since"],
        )
        return drafted(request, changes)
    ticked = set(request.POST.getlist("cell")) if request.method == "POST" else None
    context = {
        "columns": columns,
        "page": page,
        "lines": _lines(request, list(page), columns, mine, ticked),
        "form": form,
        "query": query,
        "may_edit": bool(mine) and any(column.id in mine for column in columns),
        "may_add": administrator_everywhere(request.user),
        "trainings": _trainings() if administrator_everywhere(request.user) else [],
        "trail": [(_("Requirements"), reverse("enrollment:requirements")), (_("Training matrix"), "")],
    }
    return render(request, "enrollment/matrix/grid.html", context, status=422 if form.errors else 200)


@requires(administrator)
@require_http_methods(["GET", "HEAD", "POST"])
def matrix_change(request: PersonRequest, change_id: UUID) -> HttpResponseBase:
    """What a change of the matrix would do; then it is put in force with a reason, or left."""
    found = get_object_or_404(MatrixChange, pk=change_id, owner=request.user)
    changes = [read_change(item) for item in found.items]
    mine = editable_ids(request)
    if any(change.requirement not in mine for change in changes):
        return redirect("enrollment:matrix")
    if request.method == "POST" and request.POST.get("do") == "download":
        return csv_answer(effect_of(changes_of_cells(changes, at=now())).sheet(), name="matrix-change")
    refusal, status = "", 200
    if request.method == "POST":
        try:
            people = put_matrix_change_in_force(
                change=found,
                by=request.user,
                at=now(),
                reason=request.POST.get("reason", ""),
                expected=request.POST.get("expected", "-") or "-",
            )
        except AlreadyInForce as known:
            messages.info(request, str(known))
            return redirect("enrollment:matrix")
        except (ReasonMissing, NothingChanged) as problem:
            refusal, status = str(problem), 422
        except ReachChanged as problem:
            refusal, status = str(problem), 409
        else:
            words = ngettext(
                "The matrix is in force as you changed it. That changes something for {count} person now.",
                "The matrix is in force as you changed it. That changes something for {count} people now.",
                people,
            )
            if not people:
                words = _("The matrix is in force as you changed it. Nothing changes for anyone now.")
            messages.success(request, words.format(count=people))
            return redirect("enrollment:matrix")
    effect: Effect | None = None
    if found.in_force_at is None and changes:
        effect = effect_of(changes_of_cells(changes, at=now()))
    context = {
        "change": found,
        "lines": _said(changes),
        "effect": effect,
        "refusal": refusal,
        "reason": request.POST.get("reason", found.reason),
        "trail": [(_("Training matrix"), reverse("enrollment:matrix")), (_("What this changes"), "")],
    }
    return render(request, "enrollment/matrix/change.html", context, status=status)


@requires(administrator_everywhere)
@require_POST
def add_column(request: PersonRequest) -> HttpResponse:
    """Draft a requirement that the matrix gives to job roles, and go on with its terms."""
    course = courses_offered().filter(pk__in=ids_in([request.POST.get("course", "")])).first()
    if course is None:
        messages.warning(request, _("Choose the training that job roles are to have."))
        return redirect("enrollment:matrix")
    requirement = draft_requirement(
        by=request.user,
        at=now(),
        course=Course.objects.get(pk=course.pk),
        reason=_("The training matrix"),
        audience={"all": [{"field": AudienceField.MATRIX.value}]},
        counted_from=CountedFrom.ROLE,
        due_within_days=30,
    )
    messages.info(request, _("It is a column of the matrix now. Switch it on here, then tick the job roles."))
    return redirect("enrollment:requirement", requirement_id=requirement.pk)


def drafted(
    request: PersonRequest, changes: Sequence[CellChange], *, source: str = "", refused: Sequence[str] = ()
) -> HttpResponse:
    try:
        change = draft_matrix_change(changes=changes, by=request.user, at=now(), source=source, refused=refused)
    except NothingChanged as refusal:
        messages.info(request, str(refusal))
        return redirect(request.get_full_path() if not source else reverse("enrollment:matrix"))
    return redirect("enrollment:matrix_change", change_id=change.pk)


def _lines(
    request: PersonRequest,
    roles: Sequence[JobRole],
    columns: Sequence[Column],
    mine: frozenset[UUID],
    ticked: set[str] | None,
) -> list[Line]:
    today = today_of(request)
    cells = matrix_cells([column.id for column in columns])
    people = heads([role.pk for role in roles], on=today, sites=sites_seen(request))
    lines = []
    for role in roles:
        row = []
        for column in columns:
            spans = cells.get(column.id, {}).get(role.pk, [])
            name = f"{role.pk}:{column.id}"
            was_set = holds_on(spans, today)
            is_set = was_set if ticked is None else name in ticked
            row.append(Cell(column, name, was_set, is_set, _note(spans, today), column.id in mine))
        lines.append(Line(role, people.get(role.pk, 0), row))
    return lines


def _note(spans: Sequence[Span], today: date) -> str:
    """Say what is to come of a cell, or since when it holds."""
    for span in spans:
        if span.holds_on(today) and span.valid_until:
            return _("until {day}").format(day=_short(span.valid_until))
        if span.valid_from > today:
            return period_words(span, today)
    held = next((span for span in spans if span.holds_on(today)), None)
    return _("since {day}").format(day=_short(held.valid_from)) if held else ""


def period_words(span: Span, today: date) -> str:
    if span.valid_until:
        return _("{first} until {last}").format(first=_short(span.valid_from), last=_short(span.valid_until))
    if span.valid_from > today:
        return _("from {day}").format(day=_short(span.valid_from))
    return _("since {day}").format(day=_short(span.valid_from))


def _short(day: date) -> str:
    return date_format(day, "j M Y")


def _said(changes: Sequence[CellChange]) -> list[tuple[str, str, bool, str]]:
    """Return changes as they are read: job role, training, whether it is set, and from when."""
    roles = dict(JobRole.objects.filter(pk__in={each.job_role for each in changes}).values_list("pk", "name"))
    asked = Requirement.objects.filter(pk__in={each.requirement for each in changes})
    courses = dict(asked.values_list("pk", "course_id"))
    titles = course_titles(set(courses.values()))
    said = []
    for each in changes:
        days = period_words(Span(each.since, each.until), date.min)
        said.append((roles[each.job_role], titles[courses[each.requirement]], each.is_set, days))
    return sorted(said)


def _trainings() -> list[tuple[UUID, str]]:
    offered = course_titles(courses_offered().values_list("pk", flat=True))
    return sorted(offered.items(), key=lambda course: course[1].casefold())


def editable_ids(request: PersonRequest) -> frozenset[UUID]:
    if not administrator(request.user):
        return frozenset()
    return frozenset(requirements_editable_by(request.user).values_list("pk", flat=True))


def sites_seen(request: PersonRequest) -> frozenset[UUID] | None:
    """Return whose people are counted: those of the sites that somebody looks after or inspects."""
    return sites_of(request.user, AccessRole.ADMINISTRATOR, AccessRole.AUDITOR)


def today_of(request: PersonRequest) -> date:
    return day_in(request.user.zone_name, now())
