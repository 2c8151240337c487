"""What a whole list of people changes: rows that stand in each other's way, managers, who leaves, and the guard."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from people.choices import RowKind
from people.rules.import_diff import PLACE, Known, Planned, compare, missing
from people.rules.import_places import Places, ancestors
from people.rules.import_rows import Wanted

IN_FILE = tuple(kind for kind in RowKind if kind != RowKind.MISSING)


@dataclass(frozen=True, slots=True)
class Terms:
    """How a list is taken: the day on which it counts, and what it may do."""

    on: date
    is_complete: bool = False  # who is not in it leaves
    creates: bool = False  # unknown sites, departments and job roles are created
    own_number: str = ""  # of whoever imports: their account stays open


@dataclass(slots=True)
class Plan:
    """Everything that a list changes, row by row, and the places that it creates as (kind, name or path)."""

    rows: list[Planned]
    new_places: list[tuple[str, str]] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        """How many rows there are of each kind."""
        found = Counter(row.kind for row in self.rows)
        return {kind.value: found[kind] for kind in RowKind}

    @property
    def leaving(self) -> int:
        return sum(row.kind in (RowKind.LEFT, RowKind.MISSING) for row in self.rows)


def is_reconciled(counts: Mapping[str, int], *, rows: int) -> bool:
    """Say whether every row of a file became exactly one thing."""
    return sum(counts.get(kind.value, 0) for kind in IN_FILE) == rows


def stops(*, leaving: int, open_accounts: int, percent: Decimal | int) -> bool:
    """Say whether so many would leave that somebody has to confirm it: more than `percent` of the open accounts."""
    return leaving * 100 > percent * open_accounts


def plan(rows: Sequence[Wanted], people: Mapping[str, Known], places: Places, terms: Terms) -> Plan:
    """Return what a list changes about the people, by employee number.

    Every row gets exactly one kind. Rows that can not be taken are rejected with their reason, and so
    are those that depend on them; the others stand. Taking the same list again changes nothing.
    """
    directory = _Directory(rows, people)
    shared = _shared_addresses(rows, people, on=terms.on)
    planned = []
    for row in rows:
        prepared = _prepared(row, directory, places, terms)
        if row.line in shared:
            prepared = replace(prepared, faults=(*prepared.faults, shared[row.line]))
        own = bool(row.number) and row.number == terms.own_number
        planned.append(compare(prepared, people.get(row.number), on=terms.on, is_self=own))
    named = directory.lines.keys()
    if terms.is_complete:
        gone = (each for number, each in people.items() if each.is_active and number not in named)
        planned += [missing(each, on=terms.on) for each in gone if each.number != terms.own_number]
    _settle(planned, people)
    return Plan(planned, _new_places(planned, places))


class _Directory:
    """Whom a row can mean: people by number and address, those that the file adds among them."""

    def __init__(self, rows: Sequence[Wanted], people: Mapping[str, Known]) -> None:
        self.people = people
        self.lines: dict[str, list[int]] = {}
        for row in rows:
            if row.number:
                self.lines.setdefault(row.number, []).append(row.line)
        self.by_address = self._addresses(rows)

    def _addresses(self, rows: Sequence[Wanted]) -> dict[str, str]:
        """Return whose each address will be: an old one that a row replaces leads to nobody any more."""
        changing = {row.number for row in rows if row.values.get("email")}
        found = {
            each.email.lower(): number
            for number, each in self.people.items()
            if each.is_active and number not in changing
        }
        for row in sorted(rows, key=lambda row: row.values.get("left_on") is None):  # who stays comes last and wins
            if row.number and row.values.get("email"):
                found[row.values["email"]] = row.number
        return found

    def number_of(self, typed: str) -> str:
        """Return the employee number that is meant by a number or an address. Raises ValueError for nobody."""
        is_number = typed in self.people or typed in self.lines
        number = typed if is_number else self.by_address.get(typed.lower())
        if number is None:
            raise ValueError(_("Nobody has the number or address “{value}”.").format(value=typed[:80]))
        known = self.people.get(number)
        if known is not None and not known.is_active:
            raise ValueError(
                _("The account of {name} is closed, so nobody can report to them.").format(name=known.name)
            )
        return number


def _prepared(row: Wanted, directory: _Directory, places: Places, terms: Terms) -> Wanted:
    """Return the row with places and managers spelled as they are known; what is unknown is a fault.

    Where somebody who leaves has worked does not matter any more.
    """
    values, faults = dict(row.values), list(row.faults)
    lines = directory.lines.get(row.number, [])
    if len(lines) > 1:
        words = _("The number {number} stands in several lines: {lines}.")
        shown = ", ".join(str(line) for line in lines[:5]) + (" …" if len(lines) > 5 else "")
        faults.append(words.format(number=row.number, lines=shown))
    known = directory.people.get(row.number)
    left_on = values.get("left_on")
    if left_on is not None and left_on < terms.on:
        values = {name: value for name, value in values.items() if name not in PLACE}
    for name, find in (("site", places.site), ("department", places.department), ("job_role", places.job_role)):
        if values.get(name):
            try:
                values[name] = find(values[name], creates=terms.creates and not faults)
            except ValueError as fault:
                faults.append(str(fault))
    spoken_of = [known.place_for(values.get("since"), on=terms.on), known.place] if known else []
    for name in ("manager", "second_manager"):
        typed = values.get(name)
        held = [getattr(place, name) for place in spoken_of if place]
        if typed and typed not in held:
            try:
                values[name] = directory.number_of(typed)
            except ValueError as fault:
                holders = (directory.people.get(number) for number in held)
                same = next((each.number for each in holders if each and each.email == typed.lower()), "")
                if same:
                    values[name] = same  # somebody who has left since; nothing changes about that here
                else:
                    faults.append(str(fault))
    return replace(row, values=values, faults=tuple(faults))


def _settle(rows: list[Planned], people: Mapping[str, Known]) -> None:
    """Reject what can not stand together, and say which rows are written before which."""
    while _refuse_dependents(rows, people) or _refuse_circles(rows, people):
        pass


def _shared_addresses(rows: Sequence[Wanted], people: Mapping[str, Known], *, on: date) -> dict[int, str]:
    """Return, by line, why rows that want the same address for somebody else than its holder are rejected."""
    wanted: dict[str, list[int]] = {}
    for row in rows:
        known, left_on = people.get(row.number), row.values.get("left_on")
        address = row.values.get("email")
        is_gone = (left_on is not None and left_on < on) or (known is not None and not known.is_active)
        if address and not is_gone and (known is None or known.email.lower() != address):
            wanted.setdefault(address, []).append(row.line)
    found: dict[int, str] = {}
    for address, lines in wanted.items():
        if len(lines) > 1:
            shown = ", ".join(str(line) for line in lines[:5]) + (" …" if len(lines) > 5 else "")
            words = _("The address {address} stands in several lines: {lines}.").format(address=address, lines=shown)
            found |= dict.fromkeys(lines, words)
    return found


def _refuse_dependents(rows: list[Planned], people: Mapping[str, Known]) -> bool:
    """Give every row its turn: after whom it reports to, if new, and after who gives its address up.

    Rejects rows whose manager leaves or is rejected, whose address stays with somebody else, and those
    that wait for each other. Says whether any was.
    """
    written = {row.number: row for row in rows if row.is_written}
    holders = {each.email.lower(): each.number for each in people.values() if each.is_active}
    turns: dict[str, int] = {number: 0 for number, row in written.items() if row.left_on is not None}
    waiting: dict[str, list[str]] = {}
    found = False
    for number, row in written.items():
        if row.left_on is not None:
            continue
        try:
            waiting[number] = _needs(row, written, people, holders)
        except ValueError as fault:
            row.reject(str(fault))
            found = True
    if found:
        return True
    return _take_turns(written, waiting, turns)


def _needs(
    row: Planned, written: Mapping[str, Planned], people: Mapping[str, Known], holders: Mapping[str, str]
) -> list[str]:
    """Return the numbers of the rows before this one. Raises ValueError where one of them is not written."""
    needed = []
    own = people.get(row.number)
    held = (own.place.manager, own.place.second_manager) if own and own.place else ()
    for manager in (row.place.manager, row.place.second_manager) if row.place else ():
        if not manager:
            continue
        above, known = written.get(manager), people.get(manager)
        if above is not None and above.left_on is not None and manager not in held:
            raise ValueError(_("Their manager {name} leaves by this file.").format(name=above.name))
        if known is None:
            if above is None:
                raise ValueError(
                    _("Their manager, number {number}, gets no account by this file.").format(number=manager)
                )
            needed.append(manager)
    address = row.details.get("email")
    holder = holders.get(address, row.number) if address else row.number
    if holder != row.number:
        giving = written.get(holder)
        if giving is None or (giving.left_on is None and "email" not in giving.details):
            raise ValueError(_("{name} has an open account with this address.").format(name=people[holder].name))
        needed.append(holder)
    return needed


def _take_turns(written: Mapping[str, Planned], waiting: dict[str, list[str]], turns: dict[str, int]) -> bool:
    """Say for each row when it is written; reject those that wait for each other, and say whether there were any."""
    followers: dict[str, list[str]] = {}
    count: dict[str, int] = {}
    ready = list(turns)
    for number, needed in waiting.items():
        count[number] = len(needed)
        for each in needed:
            followers.setdefault(each, []).append(number)
        if not needed:
            turns[number] = 1
            ready.append(number)
    while ready:
        done = ready.pop()
        for number in followers.get(done, ()):
            turns[number] = max(turns.get(number, 1), turns[done] + 1)
            count[number] -= 1
            if count[number] == 0:
                ready.append(number)
    stuck = [number for number, left in count.items() if left]
    for number in stuck:
        written[number].reject(_("This row and others wait for each other: a circle of managers or of addresses."))
    for number, row in written.items():
        row.turn = turns.get(number, 0)
    return bool(stuck)


def _refuse_circles(rows: list[Planned], people: Mapping[str, Known]) -> bool:
    """Reject rows that would let somebody report to themselves in the end; say whether any was."""
    above = {number: known.place.manager for number, known in people.items() if known.place}
    moved = {row.number: row for row in rows if row.is_written and row.place is not None}
    above |= {number: row.place.manager for number, row in moved.items() if row.place}
    rejected = False
    state: dict[str, int] = {}  # 1: on the way, 2: leads to the top
    for start in moved:
        path, here = [], start
        while here and here not in state:
            state[here] = 1
            path.append(here)
            here = above.get(here, "")
        if here and state[here] == 1:
            for number in path[path.index(here) :]:
                if number in moved:
                    moved[number].reject(_("Managers would report to each other in a circle."))
                    rejected = True
        for number in path:
            state[number] = 2
    if rejected:
        return True
    for number, row in moved.items():
        here, seen = row.place.second_manager if row.place else "", set[str]()
        while here and here not in seen:
            seen.add(here)
            here = above.get(here, "")
            if here == number:
                row.reject(_("Their second manager reports to them."))
                rejected = True
                break
    return rejected


def _new_places(rows: Iterable[Planned], places: Places) -> list[tuple[str, str]]:
    """Return the places that rows which stand bring, each after what it is part of."""
    used: set[tuple[str, str]] = set()
    for row in rows:
        if row.place is not None:
            used |= {("site", row.place.site), ("job_role", row.place.job_role)}
            used |= {("department", path) for path in ancestors(row.place.department)}
    return sorted(used & places.new)
