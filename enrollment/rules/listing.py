"""Who stands in a list of employee numbers or e-mail addresses, and which of its lines name nobody."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from core.columns import plain_heading
from people.rules.import_rows import HEADINGS

MOST_CELLS = 30  # of a row
_NUMBER_OR_EMAIL = frozenset(HEADINGS["employee_number"]) | frozenset(HEADINGS["email"])


@dataclass(frozen=True, slots=True)
class ListRow:
    """One row of a list: its line, and what its cells say."""

    line: int
    cells: Sequence[str]

    @property
    def text(self) -> str:
        """What stands for the row where it names nobody."""
        return next((cell for cell in self.cells if cell), "")


@dataclass(frozen=True, slots=True)
class Listed:
    """Whom the rows of a list name, and which name nobody, each with the reason."""

    found: Sequence[tuple[ListRow, UUID]]
    left_out: Sequence[tuple[ListRow, str]]


def rows_of_text(text: str) -> Iterator[ListRow]:
    """Yield the lines of a pasted text that say something; cells stand apart by comma, semicolon or tab."""
    for number, line in enumerate(text.splitlines(), start=1):
        cells = [cell.strip().strip('"').strip() for cell in re.split(r"[,;\t]", line)]
        if any(cells):
            yield ListRow(number, cells)


def keys_in(rows: Iterable[ListRow]) -> set[str]:
    """Return everything in a list that may be an employee number or an e-mail address."""
    return {key_of(cell) for row in rows for cell in row.cells[:MOST_CELLS] if cell}


def key_of(cell: str) -> str:
    """Return a number or an address without what makes no difference."""
    return cell.strip().lower()


def listed(rows: Sequence[ListRow], known: Mapping[str, UUID]) -> Listed:
    """Return whom a list names; `known` are people by number and by address. A first row of headings is passed over."""
    found, left_out = [], []
    lines: dict[UUID, int] = {}
    for place, row in enumerate(rows):
        person = next((known[key] for cell in row.cells[:MOST_CELLS] if (key := key_of(cell)) in known), None)
        if person is None:
            if place or not _is_heading(row):
                left_out.append((row, _("Nobody for whom you can do this has this number or e-mail address.")))
        elif person in lines:
            left_out.append((row, _("Named on line {line} already.").format(line=lines[person])))
        else:
            lines[person] = row.line
            found.append((row, person))
    return Listed(found, left_out)


def _is_heading(row: ListRow) -> bool:
    return any(plain_heading(cell) in _NUMBER_OR_EMAIL for cell in row.cells if cell)
