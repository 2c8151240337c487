"""Whom a requirement is for, row by row, in groups: “department is one of …”, “group is not one of …”.

The rows are read from what was typed, or from an audience that was kept. A person belongs to the audience
who fits every row of some group; the first group is that of the sentence. A row that is not filled in yet,
or cannot be read, is shown again as it was typed and asks for nothing until it is mended.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any
from uuid import UUID

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.days import why_no_day
from enrollment.choices import AudienceField
from enrollment.rules import tests_in
from people.choices import EmploymentType
from people.models import Attribute, Department, Group, JobRole, Site, User

MOST_ROWS = 12
MOST_SHOWN = 3  # of what is chosen, so many are named
MOST_BOXES = 60  # of a longer list the names are typed, with those that begin alike offered
MOST_NUMBERS = 3 * MOST_ROWS  # each group has an empty row, and so has a group to come
LISTS = {
    AudienceField.JOB_ROLE: JobRole,
    AudienceField.DEPARTMENT: Department,
    AudienceField.SITE: Site,
    AudienceField.GROUP: Group,
}
HIRED_FROM, HIRED_UNTIL, HIRED_DAYS = "hired_from", "hired_until", "hired_days"
ATTRIBUTE = "attribute:"
_FIELDS: list[tuple[str, str | Promise]] = [
    (AudienceField.JOB_ROLE.value, gettext_lazy("job role")),
    (AudienceField.DEPARTMENT.value, gettext_lazy("department, with all below it")),
    (AudienceField.SITE.value, gettext_lazy("site")),
    (AudienceField.EMPLOYMENT.value, gettext_lazy("employment")),
    (AudienceField.GROUP.value, gettext_lazy("group")),
    (AudienceField.PERSON.value, gettext_lazy("person, by employee number")),
    (HIRED_FROM, gettext_lazy("first day of work on or after")),
    (HIRED_UNTIL, gettext_lazy("first day of work before")),
    (HIRED_DAYS, gettext_lazy("days since the first day of work, at least")),
    (AudienceField.MANAGES.value, gettext_lazy("others report to them")),
    (AudienceField.AUTHOR.value, gettext_lazy("they write trainings")),
    (AudienceField.MATRIX.value, gettext_lazy("their job role has it in the training matrix")),
]
_ALONE = frozenset(  # which ask for no value
    {AudienceField.MANAGES.value, AudienceField.AUTHOR.value, AudienceField.MATRIX.value}
)


@dataclass(slots=True)
class Row:
    """One condition as it is shown: what it asks for, whether it is denied, and what was chosen or typed."""

    number: int  # as its fields are named; rows to add others have one too
    asks: str = ""  # a code of the list of fields
    joins: str = "and"
    denied: bool = False
    values: list[str] = field(default_factory=list)
    error: str = ""
    options: Sequence[tuple[str, str]] = ()
    more: str = ""  # a name of a long list that was typed, and is none of it, or several
    alike: Sequence[str] = ()  # of a long list, those of which each has the name that was typed
    is_added: bool = False  # one of a long list was added just now
    place: int = 0  # among the conditions, from 1
    is_told: bool = False  # that it is not filled in was said, as an error

    @property
    def name(self) -> str:
        return f"condition-{self.number}"

    @property
    def text(self) -> str:
        return ", ".join(self.values)

    @property
    def is_long(self) -> bool:
        """Whether there is too much to choose from for a box each."""
        return len(self.options) > MOST_BOXES

    @property
    def boxes(self) -> list[tuple[str, str]]:
        """What has a box: of a long list what is chosen, or may be meant by what was typed."""
        return [each for each in self.options if not self.is_long or each[0] in (*self.values, *self.alike)]

    @property
    def chosen_words(self) -> str:
        """What was chosen of a list, by name; of many the number."""
        names = dict(self.options)
        if len(self.values) > MOST_SHOWN:
            return _("{count} chosen").format(count=len(self.values))
        return ", ".join(names.get(value, value) for value in self.values)

    @property
    def shape(self) -> str:
        """How its value is asked for: from a list, as a day, a number or text, or not at all."""
        if not self.asks or self.asks in _ALONE:
            return "none"
        if self.options or self.asks in LISTS:
            return "list"
        if self.error:
            return "text"  # a control for days or numbers shows nothing of what is neither
        return {HIRED_FROM: "day", HIRED_UNTIL: "day", HIRED_DAYS: "number"}.get(self.asks, "text")

    @property
    def words(self) -> str:
        """What is wrong with its value, or missing."""
        if self.error or not self.asks or self.is_complete:
            return self.error
        if self.shape == "list":
            return _("Choose at least one.") if self.options else _("There is nothing to choose from yet.")
        return {"day": _("Give the day."), "number": _("Give the number of days.")}.get(
            self.shape, _("Give at least one value.")
        )

    @property
    def is_complete(self) -> bool:
        return bool(self.asks) and not self.error and (self.asks in _ALONE or bool(self.values))


@dataclass(slots=True)
class Set:
    """Conditions that must all be so; `blank` adds one, as long as there is room."""

    number: int
    rows: list[Row] = field(default_factory=list)
    blank: Row | None = None


class Conditions:
    """The rows beyond the sentence of a requirement."""

    def __init__(self, typed: QueryDict | None, audience: Mapping[str, Any], *, begins_empty: bool = False) -> None:
        """Read what was typed where something was, else what is kept.

        Where the sentence itself asks for no job role and no department it `begins_empty`: the first
        condition can not be an alternative then, for there is nothing that it could be one to.
        """
        self.is_foreign = False
        rows = self._kept(audience)
        if typed is not None and "conditions" in typed and not self.is_foreign:
            rows = _typed(typed)
        if rows and begins_empty:
            rows[0].joins = "and"
        for row in rows:
            row.options = self.options_of(row.asks)
            _check(row)
        for row in rows[MOST_ROWS:]:
            words = _("There is room for {count} conditions. Remove this one, or another.")
            row.error = words.format(count=MOST_ROWS)
        self.rows = rows
        self.sets = [Set(1)]
        for row in rows:
            if row.joins == "or":
                self.sets.append(Set(len(self.sets) + 1))
            self.sets[-1].rows.append(row)
        self.other = self._number(is_alone=begins_empty and not rows)

    @property
    def fields(self) -> list[tuple[str, str | Promise]]:
        """What may be asked about a person, each with its words."""
        return [*_FIELDS, *((f"{ATTRIBUTE}{each.pk}", each.name) for each in self._attributes.values())]

    @property
    def long_lists(self) -> dict[str, Sequence[tuple[str, str]]]:
        """What is offered while a name of a long list is typed, by the code of the field."""
        return {row.asks: row.options for row in self.rows if row.is_long}

    @property
    def incomplete(self) -> list[Row]:
        return [row for row in self.rows if row.asks and not row.is_complete]

    def tell_incomplete(self) -> None:
        """Let each row that is not filled in say so as an error: it was sent as if it were done."""
        for row in self.incomplete:
            row.is_told = True

    def audience(self, sentence: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Return the audience of the sentence's own tests and of the rows that are complete."""
        sets: list[list[Mapping[str, Any]]] = []
        for each in self.sets:
            tests = list(sentence) if each.number == 1 else []
            for row in each.rows:
                if row.is_complete:
                    test = self._test(row)
                    tests.append({"not": test} if row.denied else test)
            if tests:
                sets.append(tests)
        if len(sets) < 2:
            return {"all": sets[0] if sets else []}
        return {"any": [{"all": tests} for tests in sets]}

    def _number(self, *, is_alone: bool) -> Row | None:
        """Number the rows as they stand on the page, with an empty one after each set; return one for another set.

        With nothing to be an alternative to there is none.
        """
        has_room, number = len(self.rows) < MOST_ROWS, 0
        for place, row in enumerate(self.rows, start=1):
            row.place = place
        for each in self.sets:
            for row in each.rows:
                number += 1
                row.number = number
            if has_room:
                number += 1
                each.blank = Row(number)
        return Row(number + 1, joins="or") if has_room and not is_alone else None

    def options_of(self, asks: str) -> list[tuple[str, str]]:
        """Return what a field may be, where it is one of a list."""
        if asks == AudienceField.DEPARTMENT:
            return _departments()
        if asks in LISTS:
            model: Any = LISTS[AudienceField(asks)]
            return [(str(pk), name) for pk, name in model.objects.order_by("name").values_list("pk", "name")]
        if asks == AudienceField.EMPLOYMENT:
            return [(code, str(label)) for code, label in EmploymentType.choices]
        attribute = self._attributes.get(asks.removeprefix(ATTRIBUTE)) if asks.startswith(ATTRIBUTE) else None
        return [(option, option) for option in attribute.options] if attribute else []

    @cached_property
    def _attributes(self) -> dict[str, Attribute]:
        return {str(each.pk): each for each in Attribute.objects.order_by("name")}

    def _kept(self, audience: Mapping[str, Any]) -> list[Row]:
        """Return the rows of an audience; of one that rows cannot say, none, and it is left as it is."""
        sets = [each.get("all") for each in audience["any"]] if "any" in audience else [audience.get("all")]
        rows: list[Row] = []
        for number, tests in enumerate(sets):
            if not _is_sayable(tests) or (number and not tests):
                self.is_foreign = True
                return []
            listed = beyond_sentence(tests or ()) if number == 0 else tests or ()
            for place, test in enumerate(listed):
                row = _row_of(test, len(rows) + 1)
                row.joins = "or" if number and place == 0 else "and"
                rows.append(row)
        self.is_foreign = len(rows) > MOST_ROWS or ("any" in audience and not sets[0])
        return [] if self.is_foreign else rows

    def _test(self, row: Row) -> dict[str, Any]:
        if row.asks in _ALONE:
            return {"field": row.asks}
        if row.asks.startswith(ATTRIBUTE):
            return {"field": "attribute", "attribute": row.asks.removeprefix(ATTRIBUTE), "is": row.values}
        if row.asks == AudienceField.PERSON:
            people = User.objects.filter(employee_number__in=row.values).values_list("pk", flat=True)
            return {"field": "person", "is": [str(pk) for pk in people]}
        if row.asks == HIRED_DAYS:
            return {"field": "hired", "days": int(row.values[0])}
        if row.asks in (HIRED_FROM, HIRED_UNTIL):
            return {"field": "hired", row.asks.removeprefix("hired_"): row.values[0]}
        return {"field": row.asks, "is": row.values}


def _departments() -> list[tuple[str, str]]:
    """Return the departments by name; where several have the same one, with those of which each is a part.

    It names as many as tell them apart.
    """
    found = {pk: (name, parent) for pk, name, parent in Department.objects.values_list("pk", "name", "parent_id")}
    labels = {pk: name for pk, (name, _parent) in found.items()}
    above = {pk: parent for pk, (_name, parent) in found.items()}  # the next one to be named
    while True:
        count = Counter(label.casefold() for label in labels.values())
        longer = {pk: up for pk, up in above.items() if up and count[labels[pk].casefold()] > 1}
        if not longer:
            return sorted(((str(pk), label) for pk, label in labels.items()), key=lambda each: each[1].casefold())
        for pk, up in longer.items():
            name, above[pk] = found[up]
            labels[pk] += f", {name}"


def in_sentence(tests: Iterable[Mapping[str, Any]]) -> dict[AudienceField, str]:
    """Return what the sentence itself says of these tests: one job role and one department."""
    said: dict[AudienceField, str] = {}
    for test in tests:
        kind, values = test.get("field"), test.get("is", ())
        if kind in (AudienceField.JOB_ROLE, AudienceField.DEPARTMENT) and len(values) == 1:
            said.setdefault(AudienceField(kind), values[0])
    return said


def beyond_sentence(tests: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the tests that the sentence does not say."""
    listed = list(tests)
    said = [{"field": kind.value, "is": [value]} for kind, value in in_sentence(listed).items()]
    return [test for test in listed if test not in said]


def _is_sayable(tests: Sequence[Mapping[str, Any]] | None) -> bool:
    """Say whether each test can stand in a row of its own, with nothing of it lost."""
    if tests is None or any("field" not in _inner(test) for test in tests):
        return False
    found = [next(tests_in(_inner(test))) for test in tests]
    is_more = ((test.since and test.until) or (test.field == AudienceField.AUTHOR and test.values) for test in found)
    return not any(is_more)


def _inner(test: Mapping[str, Any]) -> Mapping[str, Any]:
    inner: Mapping[str, Any] = test.get("not", test)
    return inner


def _row_of(test: Mapping[str, Any], number: int) -> Row:
    [found] = tests_in(_inner(test))
    row = Row(number, found.field.value, denied="not" in test, values=list(found.values))
    if found.attribute:
        row.asks = f"{ATTRIBUTE}{found.attribute}"
    elif found.field == AudienceField.PERSON:
        numbers = User.objects.filter(pk__in=found.values).values_list("employee_number", flat=True)
        row.values = sorted(numbers)
    elif found.days is not None:
        row.asks, row.values = HIRED_DAYS, [str(found.days)]
    elif found.since or found.until:
        day = found.since or found.until
        row.asks, row.values = HIRED_FROM if found.since else HIRED_UNTIL, [day.isoformat() if day else ""]
    return row


def _typed(typed: QueryDict) -> list[Row]:
    """Return the rows that ask for something; where the first one of a set was taken away, the next one begins it.

    Without scripts every empty row may be filled in at once, so that there are more than there is room for.
    """
    rows: list[Row] = []
    begins = False
    for number in range(1, MOST_NUMBERS + 1):
        name = f"condition-{number}"
        asks = typed.get(f"{name}-asks", "")
        begins |= typed.get(f"{name}-joins") == "or"
        if not asks:
            continue
        values = [value.strip() for value in typed.getlist(f"{name}-values") if value.strip()]
        denied = typed.get(f"{name}-denied") == "not"
        was = typed.get(f"{name}-was", asks)
        joins, begins = "or" if begins else "and", False
        more = " ".join(typed.get(f"{name}-more", "").split())
        row = Row(number, asks, joins, denied)
        if was == asks:  # of another field, what was chosen means nothing
            row.values, row.more = values, more
        rows.append(row)
    return rows


def _check(row: Row) -> None:
    """Note in words what is wrong with the value of a row."""
    known = {code for code, _words in _FIELDS}
    if row.asks not in known and not row.asks.startswith(ATTRIBUTE):
        row.error = _("Choose what this condition asks about.")
        return
    if not (row.values or row.more) or row.asks in _ALONE:
        return
    if row.shape == "list":
        chosen = {value for value, _words in row.options}
        row.values = [value for value in row.values if value in chosen]
        _add(row)
        return
    if row.asks in (HIRED_FROM, HIRED_UNTIL):
        row.error = "" if _is_day(row.values[0]) else _("Give a day, such as 2026-11-03.")
    elif row.asks == HIRED_DAYS:
        whole = bool(re.fullmatch("[0-9]{1,5}", row.values[0])) and int(row.values[0]) <= 36500
        row.error = "" if whole else _("Give a number of days.")
    elif row.asks == AudienceField.PERSON:
        row.values = [part for value in row.values for part in value.replace(",", " ").split()]
        known_numbers = set(
            User.objects.filter(employee_number__in=row.values).values_list("employee_number", flat=True)
        )
        missing = [value for value in row.values if value not in known_numbers]
        row.error = _("Nobody has the number {numbers}.").format(numbers=", ".join(missing)) if missing else ""
    elif row.asks.startswith(ATTRIBUTE):
        row.error = "" if _is_id(row.asks.removeprefix(ATTRIBUTE)) else _("There is no such attribute.")
        row.values = [part.strip() for value in row.values for part in value.split(",") if part.strip()]


def _add(row: Row) -> None:
    """Choose what was typed of a long list, by its name."""
    if not row.more:
        return
    named = [value for value, words in row.options if words == row.more]
    named = named or [value for value, words in row.options if words.casefold() == row.more.casefold()]
    if len(named) > 1 and not set(named).intersection(row.values):
        row.alike = named
        row.error = _("Several are called “{name}”. Choose from them.").format(name=row.more[:80])
        return
    if not named:
        row.error = _("Nothing to choose here is called “{name}”.").format(name=row.more[:80])
        return
    if len(named) == 1:
        row.values += [value for value in named if value not in row.values]
    row.more, row.is_added = "", True


def _is_day(text: str) -> bool:
    try:
        return not why_no_day(date.fromisoformat(text))
    except ValueError:
        return False


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
