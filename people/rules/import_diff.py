"""What one row of a list of people changes about one person: nothing, something, or why it can not be taken."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from django.utils.dateformat import format as formatted
from django.utils.translation import gettext as _

from people.choices import EmploymentType, RowKind
from people.rules.import_rows import Wanted

DETAILS = ("name", "email", "language", "hired_on", "left_on")
PLACE = ("site", "department", "job_role", "employment_type", "manager", "second_manager")


@dataclass(frozen=True, slots=True)
class Place:
    """Where someone works, by names; managers by their employee numbers. What is unknown is empty."""

    site: str = ""
    department: str = ""
    job_role: str = ""
    employment_type: str = EmploymentType.EMPLOYEE.value
    manager: str = ""
    second_manager: str = ""

    @property
    def where(self) -> tuple[str, str, str]:
        return self.site, self.department, self.job_role


@dataclass(frozen=True, slots=True)
class Period:
    """A primary position from its first day until the day on which it is over."""

    place: Place
    since: date
    until: date


@dataclass(frozen=True, slots=True)
class Known:
    """A person as they are known; `place` is the primary position that was noted last, if it has not ended."""

    number: str
    name: str
    email: str
    language: str = "en"
    hired_on: date | None = None
    left_on: date | None = None
    is_active: bool = True
    place: Place | None = None
    since: date | None = None  # of that position
    free_from: date | None = None  # the end of it, where it has ended
    earlier: tuple[Period, ...] = ()  # primary positions before that one which are not over yet
    beside: tuple[tuple[str, str, str], ...] = ()  # positions beside the primary one
    attributes: Mapping[str, str] = field(default_factory=dict)  # what they say today, by name
    coming: Mapping[str, str] = field(default_factory=dict)  # what they will say from a later day on, by name

    def place_for(self, since: date | None, *, on: date) -> Place | None:
        """Return the position that a row speaks of: the one of the day on which it would begin.

        A day that has passed says when a position began, so today counts. Where none is held on the day,
        it is the one that was noted last.
        """
        day = max(since or self.hired_on or on, on)
        return next((each.place for each in self.earlier if each.since <= day < each.until), self.place)

    def fingerprint(self) -> str:
        """Return a text that is another one as soon as anything here is."""
        parts = [getattr(self, name) for name in self.__slots__ if name not in ("attributes", "coming")]
        spelled = repr((*parts, sorted(self.attributes.items()), sorted(self.coming.items())))
        return hashlib.sha256(spelled.encode()).hexdigest()[:32]


Change = tuple[str, str, str]  # field, old and new in words


@dataclass(slots=True)
class Planned:
    """What becomes of one row, and of one who has none; with what is to be written."""

    line: int | None
    number: str
    name: str
    kind: RowKind
    changes: tuple[Change, ...] = ()
    reason: str = ""
    details: dict[str, Any] = field(default_factory=dict)  # every detail of one who is added, else those that change
    place: Place | None = None  # where a position is written
    since: date | None = None
    corrects: bool = False  # the position of that day is written anew
    attributes: dict[str, str] = field(default_factory=dict)
    left_on: date | None = None
    fingerprint: str = ""  # of the person when this was planned
    turn: int = 0  # rows of a lower turn are written before

    def reject(self, reason: str) -> None:
        """Let nothing of this row be written, for this reason."""
        self.kind, self.reason, self.changes = RowKind.REJECTED, reason, ()
        self.details, self.attributes = {}, {}
        self.place = self.since = self.left_on = None

    @property
    def is_written(self) -> bool:
        return self.kind not in (RowKind.UNCHANGED, RowKind.REJECTED)


def compare(row: Wanted, known: Known | None, *, on: date, is_self: bool = False) -> Planned:
    """Return what a row changes about a person, whose places and managers are spelled as `known` spells them.

    `is_self` says that it is the account of whoever imports. One row has one kind: what moves somebody
    may change their details, too.
    """
    name = row.values.get("name") or (known.name if known else "")
    planned = Planned(row.line, row.number, name, RowKind.UNCHANGED)
    planned.fingerprint = known.fingerprint() if known else ""
    try:
        if row.faults:
            raise ValueError(" ".join(row.faults))
        left_on = row.values.get("left_on")
        has_left = left_on is not None and left_on < on
        if known is None:
            _add(planned, row, on=on, has_left=has_left)
        elif not known.is_active:
            if not has_left:
                raise ValueError(_("This number belongs to a closed account. Who returns gets a new number."))
            planned.reason = _("The account is closed already.")
        elif has_left and left_on is not None:
            _leave(planned, known, left_on, is_self=is_self)
        else:
            _change(planned, row, known, on=on)
    except ValueError as fault:
        planned.reject(str(fault))
    return planned


def missing(known: Known, *, on: date) -> Planned:
    """Return that someone leaves because a list that is complete does not name them."""
    planned = Planned(None, known.number, known.name, RowKind.MISSING, fingerprint=known.fingerprint())
    planned.reason = _("Not in the file")
    left_on = known.left_on if known.left_on and known.left_on <= on else on
    planned.left_on = max(left_on, known.hired_on + timedelta(days=1)) if known.hired_on else left_on
    return planned


def _add(planned: Planned, row: Wanted, *, on: date, has_left: bool) -> None:
    if has_left:
        planned.reason = _("Left before they had an account.")
        return
    values = row.values
    if not values.get("name"):
        raise ValueError(_("A new person needs a name."))
    if not values.get("email"):
        raise ValueError(_("A new person needs an e-mail address."))
    details = {field: values.get(field) for field in DETAILS}
    details["language"] = details["language"] or "en"
    _check_days(details["hired_on"], details["left_on"])
    place = _placed(row, None)
    if place is not None:
        _check_place(place, row.number)
        planned.place, planned.since = place, values.get("since") or max(details["hired_on"] or on, on)
    planned.kind, planned.details = RowKind.ADDED, details
    planned.attributes = {name: value for name, value in row.attributes.items() if value}
    shown = [*details.items(), *(_as_dict(place).items() if place else ()), *planned.attributes.items()]
    planned.changes = tuple((field, "", _words(value)) for field, value in shown if value)


def _leave(planned: Planned, known: Known, left_on: date, *, is_self: bool) -> None:
    if is_self:
        raise ValueError(_("Nobody closes their own account. Ask another administrator."))
    _check_days(known.hired_on, left_on)
    planned.kind, planned.left_on = RowKind.LEFT, left_on
    planned.changes = (("left_on", _words(known.left_on), _words(left_on)),)


def _change(planned: Planned, row: Wanted, known: Known, *, on: date) -> None:
    changes: list[Change] = []
    for name in DETAILS:
        if name not in row.values:
            continue
        value = row.values[name]
        if value in ("", None) and name != "left_on":
            continue  # an empty cell takes away a day of leaving, and nothing else that everybody has
        if value != getattr(known, name):
            planned.details[name] = value
            changes.append((name, _words(getattr(known, name)), _words(value)))
    merged = {name: planned.details.get(name, getattr(known, name)) for name in ("hired_on", "left_on")}
    if planned.details:
        _check_days(merged["hired_on"], merged["left_on"])
    current = known.place_for(row.values.get("since"), on=on)
    place = _placed(row, current)
    is_planned = current != known.place and _placed(row, known.place) == known.place  # a list may tell it early
    has_moved = place is not None and place != current and not is_planned
    if place is not None and has_moved:
        _check_place(place, row.number)
        if place.where in known.beside and (current is None or place.where != current.where):
            raise ValueError(_("They hold this position beside their main one already."))
        _start(planned, place, row.values.get("since"), known, on=on)
        before, after = _as_dict(current), _as_dict(place)
        changes += [(name, before[name], after[name]) for name in PLACE if before[name] != after[name]]
    for name, value in row.attributes.items():
        held = known.attributes.get(name, "")
        if value in (held, known.coming.get(name)):  # a list may tell a later one early
            continue
        if name in known.coming:
            raise ValueError(_("A later value of {attribute} is known already.").format(attribute=name))
        planned.attributes[name] = value
        changes.append((name, held, value))
    planned.changes = tuple(changes)
    if changes:
        planned.kind = RowKind.MOVED if has_moved else RowKind.CHANGED


def _placed(row: Wanted, before: Place | None) -> Place | None:
    """Return where the row says that one works; nothing where it says nothing about that."""
    given = {name: row.values[name] for name in PLACE if name in row.values}
    for name in ("site", "department", "job_role", "employment_type"):
        if not given.get(name):
            given.pop(name, None)
    if before is None and not any(given.get(name) for name in ("site", "department", "job_role")):
        if given.get("manager") or given.get("second_manager"):
            raise ValueError(_("A manager needs a position: site, department and job role."))
        return None
    return replace(before or Place(), **given)


def _check_place(place: Place, number: str) -> None:
    labels = {"site": _("the site"), "department": _("the department"), "job_role": _("the job role")}
    lacking = [label for name, label in labels.items() if not getattr(place, name)]
    if lacking:
        raise ValueError(_("A position lacks {what}.").format(what=", ".join(lacking)))
    if number in (place.manager, place.second_manager):
        raise ValueError(_("Nobody is their own manager."))
    if place.manager and place.manager == place.second_manager:
        raise ValueError(_("The second manager is somebody else than the first."))


def _start(planned: Planned, place: Place, explicit: date | None, known: Known, *, on: date) -> None:
    """Say from when the position holds.

    A day in the file that is not after the start of the position before says when that one began and not
    when this change happened, so today counts; history is not written anew. On its first day a position
    is corrected.
    """
    begun = known.free_from or known.since  # nothing begins before
    since = explicit or max(known.hired_on or on, on)
    if begun is not None:
        is_later = explicit is not None and (explicit > begun or explicit == known.free_from)
        since = explicit if explicit is not None and is_later else on
        if since < begun:
            words = _("A position from {day} on is noted already. Correct it on the person's page.")
            raise ValueError(words.format(day=formatted(begun, "j M Y")))
    planned.place, planned.since = place, since
    planned.corrects = known.place is not None and since == known.since


def _check_days(hired_on: date | None, left_on: date | None) -> None:
    if hired_on and left_on and left_on <= hired_on:
        raise ValueError(_("The last day comes after the first day of work."))


def _as_dict(place: Place | None) -> dict[str, str]:
    return {name: getattr(place, name) if place else "" for name in PLACE}


def _words(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value or "")
