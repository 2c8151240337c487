"""The curriculum of one job role: everything it must learn and why, how that is shown, and how people stand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from uuid import UUID

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from core.clock import now
from core.components.charts import phrase
from core.sheets import csv_answer
from core.views import requires
from enrollment.choices import Status
from enrollment.forms.matrix import CellForm
from enrollment.permissions import requirements_readable_by
from enrollment.queries.curricula import Asked, curriculum_of
from enrollment.queries.matrix import heads, matrix_columns
from enrollment.rules.matrix import holds_on
from enrollment.views.matrix import drafted, editable_ids, period_words, sites_seen, today_of
from people.models import JobRole
from people.permissions import administrator_or_auditor
from people.requests import PersonRequest


@requires(administrator_or_auditor)
@require_http_methods(["GET", "HEAD", "POST"])
def curriculum(request: PersonRequest, role_id: UUID) -> HttpResponse:
    """What one job role must learn, with the days of each cell of the matrix, past and to come."""
    role = get_object_or_404(JobRole, pk=role_id)
    today, mine = today_of(request), editable_ids(request)
    editable = [each for each in matrix_columns(requirements_readable_by(request.user)) if each.id in mine]
    typed = request.POST if request.method == "POST" else None
    form = CellForm(typed, columns=editable, initial={"since": today, "do": "set"})
    if request.method == "POST" and editable and form.is_valid():
        return drafted(request, [form.change(role.pk)])
    context = {
        "role": role,
        "people": heads([role.pk], on=today, sites=sites_seen(request)).get(role.pk, 0),
        "asked": [
            (each, _periods(each, today), holds_on(each.periods, today) or not each.periods, _standing(each))
            for each in _asked(request, role)
        ],
        "form": form if editable else None,
        "trail": [(_("Training matrix"), reverse("enrollment:matrix")), (role.name, "")],
    }
    return render(request, "enrollment/matrix/curriculum.html", context, status=422 if form.errors else 200)


@requires(administrator_or_auditor)
@require_safe
def curriculum_sheet(request: PersonRequest, role_id: UUID) -> HttpResponseBase:
    """The same as CSV."""
    role = get_object_or_404(JobRole, pk=role_id)
    return csv_answer(_sheet(_asked(request, role), today_of(request)), name="curriculum")


def _asked(request: PersonRequest, role: JobRole) -> list[Asked]:
    readable = requirements_readable_by(request.user)
    return curriculum_of(role.pk, readable, day=today_of(request), at=now())


def _periods(asked: Asked, today: date) -> list[str]:
    return [period_words(span, today) for span in asked.periods]


def _standing(asked: Asked) -> list[tuple[str, str]]:
    return [(status.value, phrase(status.value, asked.counts[status])) for status in Status if status in asked.counts]


def _sheet(curriculum: Sequence[Asked], today: date) -> Iterator[list[str]]:
    yield [
        _("Requirement"),
        _("Training"),
        _("Minutes"),
        _("By when"),
        _("Why"),
        _("Shown by"),
        _("In the matrix"),
        _("People"),
        _("How they stand"),
    ]
    for each in curriculum:
        yield [
            f"R-{each.number}",
            each.title,
            str(each.minutes or ""),
            each.when,
            each.reason,
            "; ".join([*(str(check) for check in each.checks), _("Signature")]),
            "; ".join(_periods(each, today)),
            str(each.people),
            "; ".join(words for _status, words in _standing(each)),
        ]
