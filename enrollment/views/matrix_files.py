"""The training matrix as a spreadsheet: written, and read again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from io import BytesIO

import xlsxwriter
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from core.sheets import xlsx_answer
from core.views import requires
from enrollment.forms.matrix import MatrixFileForm, read_matrix
from enrollment.permissions import requirements_readable_by
from enrollment.queries.audiences import matrix_cells
from enrollment.queries.matrix import matrix_columns
from enrollment.rules import Span
from enrollment.views.matrix import drafted, editable_ids, today_of
from people.models import JobRole
from people.permissions import administrator, administrator_or_auditor
from people.requests import PersonRequest
from people.uploads import UploadRefused, plain_name


@requires(administrator_or_auditor)
@require_safe
def matrix_file(request: PersonRequest) -> HttpResponse:
    """The matrix as a spreadsheet that can be changed and read again."""
    columns = matrix_columns(requirements_readable_by(request.user))
    cells = matrix_cells([column.id for column in columns])
    today = today_of(request)
    stream = BytesIO()
    with xlsxwriter.Workbook(stream, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet(_("Training matrix")[:31])
        bold, wrap = (
            book.add_format({"bold": True}),
            book.add_format({"bold": True, "text_wrap": True, "valign": "top"}),
        )
        sheet.freeze_panes(1, 1)
        sheet.set_column(0, 0, 34)
        sheet.set_column(1, max(len(columns), 1), 24)
        sheet.write_string(0, 0, _("Job role"), bold)
        for place, column in enumerate(columns, start=1):
            sheet.write_string(0, place, f"R-{column.number} {column.title}", wrap)
        for line, role in enumerate(JobRole.objects.order_by("name", "pk"), start=1):
            sheet.write_string(line, 0, role.name)
            for place, column in enumerate(columns, start=1):
                sheet.write_string(line, place, _in_file(cells.get(column.id, {}).get(role.pk, []), today))
    return xlsx_answer(stream.getvalue(), name="training-matrix")


@requires(administrator)
@require_http_methods(["GET", "HEAD", "POST"])
def import_matrix(request: PersonRequest) -> HttpResponse:
    """Read the matrix from a file; what it changes is shown before it holds."""
    posted = request.method == "POST"
    initial = {"since": today_of(request)}
    form = MatrixFileForm(request.POST if posted else None, request.FILES if posted else None, initial=initial)
    if posted and form.is_valid():
        file, since = form.cleaned_data["file"], form.cleaned_data["since"]
        mine = editable_ids(request)
        columns = [each for each in matrix_columns(requirements_readable_by(request.user)) if each.id in mine]
        roles = {name.casefold(): pk for pk, name in JobRole.objects.values_list("pk", "name")}
        try:
            read = read_matrix(file, columns=columns, roles=roles, since=since)
        except UploadRefused as refusal:
            form.add_error("file", str(refusal))
        else:
            return drafted(request, read.changes, source=plain_name(file.name or ""), refused=read.refused)
    trail = [(_("Training matrix"), reverse("enrollment:matrix")), (_("Import"), "")]
    context = {"form": form, "trail": trail}
    return render(request, "enrollment/matrix/import.html", context, status=422 if form.errors else 200)


def _in_file(spans: Sequence[Span], today: date) -> str:
    """Return a cell as it is written to a file: the period that holds, or the next one."""
    for span in spans:
        if span.valid_until is None or span.valid_until > today:
            until = f" to {span.valid_until.isoformat()}" if span.valid_until else ""
            return span.valid_from.isoformat() + until
    return ""
