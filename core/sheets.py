"""Tables to download: spreadsheets, and comma-separated values, row by row, that nothing takes for a formula."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

ROWS_A_CHUNK = 200
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMULA_BEGINS = ("=", "+", "-", "@", "\t", "\r", "\0")


def csv_answer(rows: Iterable[Iterable[Any]], *, name: str) -> StreamingHttpResponse:
    """Answer with a CSV file, written while it is sent. It begins with the mark by which Excel knows UTF-8."""
    answer = StreamingHttpResponse(_chunks(rows), content_type="text/csv; charset=utf-8")
    _to_keep(answer, f"{name}.csv")
    return answer


def xlsx_answer(content: bytes, *, name: str) -> HttpResponse:
    """Answer with a spreadsheet to download."""
    answer = HttpResponse(content, content_type=XLSX)
    _to_keep(answer, f"{name}.xlsx")
    return answer


def safe_cell(value: Any) -> str:
    """Return text that a spreadsheet shows and never runs (OWASP ASVS 1.2.10)."""
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA_BEGINS) else text


def _to_keep(answer: HttpResponseBase, name: str) -> None:
    """Let an answer be saved under a name, kept by nothing on the way, and taken for nothing else than it is."""
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "private, no-store"
    answer["X-Content-Type-Options"] = "nosniff"


class _Echo:
    """Hand each line that the writer makes to whoever asked for it."""

    def write(self, line: str) -> str:
        return line


def _chunks(rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    waiting = ["\ufeff"]
    for row in rows:
        waiting.append(writer.writerow([safe_cell(cell) for cell in row]))
        if len(waiting) >= ROWS_A_CHUNK:
            yield "".join(waiting)
            waiting.clear()
    yield "".join(waiting)
