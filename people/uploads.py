"""A list of people as a file: recognised by its content, limited, and read row by row as text."""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import islice
from typing import Any, BinaryIO

import openpyxl
from django.utils.translation import gettext as _

MEGABYTE = 1_000_000
MOST_BYTES = 50 * MEGABYTE
MOST_ROWS = 200_000
MOST_COLUMNS = 200
LONGEST_CELL = 2000
ACCEPTED = ".csv,.txt,.tsv,.xlsx,text/csv,text/tab-separated-values"
# Of a spreadsheet, unpacked: one part of it, texts that stay in memory, all of it
MOST_UNPACKED = 400 * MEGABYTE
MOST_IN_MEMORY = 60 * MEGABYTE
MOST_PARTS = 500
MOST_TIMES_SMALLER = 150
SAMPLE = 200

Cells = list[str]


class UploadRefused(Exception):
    """The file is not a list that can be read; the words say why and what to do."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A list as its first rows show it."""

    suffix: str
    headings: Cells
    sample: list[Cells]


def examine(file: BinaryIO) -> Sheet:
    """Return the headings and first rows of a list, or raise UploadRefused. Rewinds the file."""
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    if size == 0:
        raise UploadRefused(_("The file is empty. Choose another one."))
    if size > MOST_BYTES:
        words = _("The file has {size} MB; at most {most} MB can be read. Send it in parts.")
        raise UploadRefused(words.format(size=f"{size / MEGABYTE:.1f}", most=MOST_BYTES // MEGABYTE))
    headings = headings_of(file)
    sample = [cells for _line, cells in islice(data_rows(file), SAMPLE)]
    if not sample:
        raise UploadRefused(_("There is no row below the headings. Choose another file."))
    file.seek(0)
    return Sheet(".xlsx" if _is_zip(file) else ".csv", headings, sample)


def headings_of(file: BinaryIO) -> Cells:
    """Return the headings, each another one: a blank one is named after its place, a second one is numbered."""
    rows = _rows(file)
    first = next((cells for _line, cells in rows if any(cells)), None)
    if first is None:
        raise UploadRefused(_("There are no headings in the first row. Choose another file."))
    while first and not first[-1]:
        first.pop()
    if len(first) > MOST_COLUMNS:
        raise UploadRefused(_("The file has more than {count} columns.").format(count=MOST_COLUMNS))
    headings: Cells = []
    for place, cell in enumerate(first, start=1):
        heading = " ".join(cell.split())[:150] or _("Column {place}").format(place=place)
        same = sum(1 for each in headings if each == heading or re.fullmatch(re.escape(heading) + r" \(\d+\)", each))
        headings.append(f"{heading} ({same + 1})" if same else heading)
    return headings


def data_rows(file: BinaryIO) -> Iterator[tuple[int, Cells]]:
    """Yield each row below the headings with its line, as many cells as there are headings; blank rows are left out.

    Raises UploadRefused where the file can not be read on, and after MOST_ROWS rows.
    """
    rows = _rows(file)
    width, count = 0, 0
    for line, cells in rows:
        if not any(cells):
            continue
        if not width:
            while cells and not cells[-1]:
                cells.pop()
            width = len(cells)
            continue
        count += 1
        if count > MOST_ROWS:
            words = _("The file has more than {count} rows. Send it in parts.")
            raise UploadRefused(words.format(count=f"{MOST_ROWS:,}"))
        yield line, [*cells[:width], *[""] * (width - len(cells))]


def every_row(file: BinaryIO, *, most: int) -> Iterator[tuple[int, Cells]]:
    """Yield each row that says something with its line, from the first on: for short lists that need no headings.

    Raises UploadRefused where the file can not be read on, is larger than MOST_BYTES, or has more than so many rows.
    """
    if file.seek(0, io.SEEK_END) > MOST_BYTES:
        raise UploadRefused(_("The file is too large. Send it in parts."))
    count = 0
    for line, cells in _rows(file):
        if not any(cells):
            continue
        count += 1
        if count > most:
            words = _("The list has more than {count} rows. Send it in parts.")
            raise UploadRefused(words.format(count=f"{most:,}"))
        yield line, cells


def plain_name(name: str) -> str:
    """Return the last part of a file's name without anything that a file system or header could act on."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    kept = "".join(letter for letter in last if unicodedata.category(letter)[0] != "C" and letter not in '<>:"|?*')
    return kept.strip(" .")[-120:] or "list"


def _rows(file: BinaryIO) -> Iterator[tuple[int, Cells]]:
    file.seek(0)
    return _spreadsheet_rows(file) if _is_zip(file) else _text_rows(file)


def _is_zip(file: BinaryIO) -> bool:
    head = file.read(4)
    file.seek(0)
    return head == b"PK\x03\x04"


# Text


def _text_rows(file: BinaryIO) -> Iterator[tuple[int, Cells]]:
    text = io.TextIOWrapper(file, encoding=_encoding_of(file), newline="")
    try:
        first = text.readline(100_000)
        hint = re.fullmatch(r"sep=(.)\s*", first)  # Excel's own
        if not hint:
            text.seek(0)
        delimiter = hint.group(1) if hint else _delimiter_of(first)
        reader = csv.reader(text, delimiter=delimiter, strict=True)
        line = 2 if hint else 1
        try:
            for cells in reader:
                yield line, [cell.replace("\0", "").strip()[:LONGEST_CELL] for cell in cells]
                line = reader.line_num + (2 if hint else 1)
        except csv.Error as error:
            words = _("Line {line} can not be read: a quotation mark is not closed, or stands inside a cell.")
            raise UploadRefused(words.format(line=line)) from error
    finally:
        text.detach()


def _encoding_of(file: BinaryIO) -> str:
    """Return in which encoding a text is written. Raises UploadRefused for what is no text."""
    head = file.read(4)
    file.seek(0)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _decodes(file, "utf-16") or _no_text()
    if b"\0" in file.read(8192):
        return _no_text()
    return _decodes(file, "utf-8-sig") or _decodes(file, "cp1252") or _no_text()


def _decodes(file: BinaryIO, encoding: str) -> str:
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while chunk := file.read(1 << 20):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return ""
    finally:
        file.seek(0)
    return encoding


def _no_text() -> str:
    raise UploadRefused(_("This is neither a CSV file nor an XLSX spreadsheet. Save the list as one of them."))


def _delimiter_of(line: str) -> str:
    """Return what stands most often between cells of the first line: comma, semicolon or tab."""
    bare = re.sub(r'"[^"]*"', "", line)
    return max(",;\t", key=bare.count)


# Spreadsheets (ECMA-376). Formulas are not evaluated: what was shown when the file was saved counts.


def _spreadsheet_rows(file: BinaryIO) -> Iterator[tuple[int, Cells]]:
    _refuse_bombs(file)
    try:
        book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
    except Exception as error:  # a hostile or broken file fails in any way it likes
        raise _broken() from error
    try:
        sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        if not sheets:
            raise _broken()
        sheets[0].reset_dimensions()
        blank = 0
        rows = enumerate(sheets[0].iter_rows(values_only=True, max_col=MOST_COLUMNS + 1), start=1)
        while True:
            try:
                line, values = next(rows)
            except StopIteration:
                return
            except Exception as error:
                raise _broken() from error
            blank = 0 if any(value is not None for value in values) else blank + 1
            if blank > MOST_ROWS:  # a row that says it is the millionth
                return
            yield line, [_cell(value) for value in values]
    finally:
        book.close()


def _broken() -> UploadRefused:
    return UploadRefused(_("The spreadsheet is damaged and can not be read. Save it again as XLSX, or as CSV."))


def _refuse_bombs(file: BinaryIO) -> None:
    """Refuse a spreadsheet that is far larger unpacked, or declares entities.

    The declared sizes can be believed: zipfile never unpacks more than they say.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
            too_much = len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED
            for part in parts:
                is_sheet = part.filename.startswith("xl/worksheets/")
                too_much |= not is_sheet and part.file_size > MOST_IN_MEMORY
                packed = max(part.compress_size, 1)
                too_much |= part.file_size > 10 * MEGABYTE and part.file_size > MOST_TIMES_SMALLER * packed
            if too_much:
                raise UploadRefused(_("The spreadsheet is too large when unpacked. Save the list as CSV."))
            for part in parts:
                if part.filename.endswith((".xml", ".rels")) and _declares(archive, part):
                    raise _broken()
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError) as error:
        raise _broken() from error
    finally:
        file.seek(0)


def _declares(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    """Say whether a part of a spreadsheet begins with a document type, which none needs."""
    with archive.open(part) as stream:
        head = stream.read(4096).replace(b"\0", b"")  # also as UTF-16
    return b"<!DOCTYPE" in head or b"<!ENTITY" in head


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time.min else value.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value).strip()[:LONGEST_CELL]


def column_values(sample: Sequence[Cells], place: int) -> list[str]:
    """Return what a column says in the first rows."""
    return [cells[place] for cells in sample if place < len(cells)]
