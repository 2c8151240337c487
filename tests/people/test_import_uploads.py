"""Lists of people as files: what is read, in which spelling, and what is refused with which words."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from typing import Any

import openpyxl
import pytest

from people import uploads
from people.uploads import UploadRefused, data_rows, examine, plain_name

ROWS = [["Employee number", "Name", "Site"], ["00123", "Zoë Müller", "Basel"], ["7", 'Ann "Bo" Lee', "a, b; c"]]


def text(rows: list[list[str]] = ROWS, *, delimiter: str = ",", encoding: str = "utf-8", head: str = "") -> io.BytesIO:
    lines = [delimiter.join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    return io.BytesIO((head + "\r\n".join(lines)).encode(encoding))


def book(rows: list[list[Any]]) -> io.BytesIO:
    made = openpyxl.Workbook()
    for row in rows:
        made.active.append(row)
    stream = io.BytesIO()
    made.save(stream)
    stream.seek(0)
    return stream


def changed(stream: io.BytesIO, **parts: bytes) -> io.BytesIO:
    """Return a spreadsheet with parts replaced; names with __ for / and ending without .xml."""
    made = io.BytesIO()
    with zipfile.ZipFile(stream) as before, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as after:
        fresh = {name.replace("__", "/") + ".xml": content for name, content in parts.items()}
        for name in before.namelist():
            after.writestr(name, fresh.pop(name, None) or before.read(name))
        for name, content in fresh.items():
            after.writestr(name, content)
    made.seek(0)
    return made


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_text_is_read_in_any_spelling(delimiter: str, encoding: str) -> None:
    file = text(delimiter=delimiter, encoding=encoding)
    sheet = examine(file)
    assert (sheet.suffix, [sheet.headings, *sheet.sample]) == (".csv", ROWS)
    assert list(data_rows(file)) == [(2, ROWS[1]), (3, ROWS[2])]


def test_lines_are_those_of_the_file() -> None:
    rows = [["Number", "Name"], ["1", "two\r\nlines"], ["", ""], ["3"], ["4", "x", "beyond the headings"]]
    assert list(data_rows(text(rows))) == [(2, ["1", "two\r\nlines"]), (5, ["3", ""]), (6, ["4", "x"])]
    assert next(data_rows(text(ROWS, delimiter=";", head="sep=;\r\n"))) == (3, ROWS[1])


def test_headings_differ() -> None:
    assert examine(text([["Name", "", "Name", " Name "], ["1", "2", "3", "4"]])).headings == [
        "Name", "Column 2", "Name (2)", "Name (3)",
    ]  # fmt: skip


def test_spreadsheet_is_read_as_it_shows_and_never_computed() -> None:
    file = book([
        ["Number", "Name", "Hired", "Left", "Days"],
        [20418, "Zoë", date(2026, 3, 1), datetime(2026, 12, 24, 0, 0), 1.5],  # noqa: DTZ001  a cell has no zone
        [7.0, "=1+1", None, None, True],
        [None, None, None, None, None],
        ["008", "Bo", None, None, None],
    ])  # fmt: skip
    sheet = examine(file)
    assert (sheet.suffix, sheet.headings) == (".xlsx", ["Number", "Name", "Hired", "Left", "Days"])
    assert list(data_rows(file)) == [
        (2, ["20418", "Zoë", "2026-03-01", "2026-12-24", "1.5"]),
        (3, ["7", "", "", "", "True"]),
        (5, ["008", "Bo", "", "", ""]),
    ]


SHEET = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>%s</sheetData></worksheet>'


def test_spreadsheet_with_a_row_far_down_ends() -> None:
    far = SHEET % b'<row r="1"><c r="A1"><v>1</v></c></row><row r="99999999999"><c><v>2</v></c></row>'
    with pytest.raises(UploadRefused, match="no row below"):
        examine(changed(book(ROWS), xl__worksheets__sheet1=far))


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (lambda: io.BytesIO(), "is empty"),
        (lambda: io.BytesIO(b"\n \n"), "no headings"),
        (lambda: text([["Number"]]), "no row below"),
        (lambda: text([["Number"], ["x"]], head='"open'), "quotation mark"),
        (lambda: io.BytesIO(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), "neither a CSV"),
        (lambda: io.BytesIO(b"a;b\n\x81\x8d;1"), "neither a CSV"),
        (lambda: io.BytesIO(b"PK\x03\x04 and nothing else"), "damaged"),
        (lambda: text([["h"] * 201, ["1"] * 201]), "more than 200 columns"),
        (lambda: book([["h"] * 201, ["1"] * 201]), "more than 200 columns"),
        (lambda: changed(book(ROWS), xl__worksheets__sheet1=b"<worksheet><oops"), "damaged|headings"),
        (lambda: changed(book(ROWS), xl__workbook=b'<!DOCTYPE x [<!ENTITY a "b">]><workbook/>'), "damaged"),
        (lambda: changed(book(ROWS), xl__sharedStrings=b" " * 61_000_000), "too large when unpacked"),
        (lambda: changed(book(ROWS), xl__worksheets__sheet1=b" " * 20_000_000), "too large when unpacked"),
        (lambda: changed(book(ROWS), **{f"x{n}": b"" for n in range(500)}), "too large when unpacked"),
    ],
)
def test_file_that_is_no_list_is_refused_with_words(file: Any, words: str) -> None:
    with pytest.raises(UploadRefused, match=words):
        examine(file())


def test_file_may_be_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MOST_BYTES", 20)
    with pytest.raises(UploadRefused, match="in parts"):
        examine(text())
    monkeypatch.setattr(uploads, "MOST_ROWS", 1)
    with pytest.raises(UploadRefused, match="more than 1 rows"):
        list(data_rows(text()))


@pytest.mark.parametrize(
    ("name", "plain"),
    [("people.csv", "people.csv"), ("../../etc/passwd", "passwd"), ("C:\\x\\li\x00st<>.csv", "list.csv"), ("", "list")],
)
def test_name_is_harmless(name: str, plain: str) -> None:
    assert plain_name(name) == plain
