"""Whom a requirement is for, row by row: “and department is one of …”, “or group is not one of …”.

The rows are read from what was typed, or from an audience that was kept. A row that is not filled in
yet is shown again and asks for nothing. Rows that begin with “or” begin another set; a person belongs
to the audience who fits every row of some set.
"""

from __future__ import annotations

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

    number: int
    asks: str = ""  # a code of the list of fields
    joins: str = "and"
    denied: bool = False
    values: list[str] = field(default_factory=list)
    error: str = ""
    options: Sequence[tuple[str, str]] = ()

    @property
    def name(self) -> str:
        return f"condition-{self.number}"

    @property
    def text(self) -> str:
        return ", ".join(self.values)

    @property
    def shape(self) -> str:
        """How its value is asked for: from a list, as a day, a number or text, or not at all."""
        if not self.asks or self.asks in _ALONE:
            return "none"
        if self.options:
            return "list"
        return {HIRED_FROM: "day", HIRED_UNTIL: "day", HIRED_DAYS: "number"}.get(self.asks, "text")

    @property
    def is_complete(self) -> bool:
        return bool(self.asks) and not self.error and (self.asks in _ALONE or bool(self.values))


class Conditions:
    """The rows beyond the sentence of a requirement."""

    def __init__(self, typed: QueryDict | None, audience: Mapping[str, Any]) -> None:
        """Read what was typed where something was, else what is kept."""
        self.is_foreign = False
        rows = _typed(typed) if typed is not None and "conditions" in typed else self._kept(audience)
        for row in rows:
            row.options = self.options_of(row.asks)
            _check(row)
        self.rows = rows
        self.blank = Row(len(rows) + 1)

    @property
    def fields(self) -> list[tuple[str, str | Promise]]:
        """What may be asked about a person, each with its words."""
        return [*_FIELDS, *((f"{ATTRIBUTE}{each.pk}", each.name) for each in self._attributes.values())]

    @property
    def incomplete(self) -> list[Row]:
        return [row for row in self.rows if row.asks and not row.is_complete]

    @property
    def all_rows(self) -> list[Row]:
        """The rows, and one to add another, as long as there is room."""
        return [*self.rows, self.blank] if len(self.rows) < MOST_ROWS else self.rows

    def audience(self, sentence: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Return the audience of the sentence's own tests and of the rows that are complete."""
        sets: list[list[Mapping[str, Any]]] = [list(sentence)]
        for row in self.rows:
            if not row.is_complete:
                continue
            if row.joins == "or" and (sets[-1] or len(sets) > 1):
                sets.append([])
            test = self._test(row)
            sets[-1].append({"not": test} if row.denied else test)
        if len(sets) == 1:
            return {"all": sets[0]}
        return {"any": [{"all": tests} for tests in sets]}

    def options_of(self, asks: str) -> list[tuple[str, str]]:
        """Return what a field may be, where it is one of a list."""
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
            if tests is None or any("field" not in _inner(test) for test in tests):
                self.is_foreign = True
                return []
            listed = beyond_sentence(tests) if number == 0 else tests
            for place, test in enumerate(listed):
                row = _row_of(test, len(rows) + 1)
                row.joins = "or" if number and place == 0 else "and"
                rows.append(row)
        return rows

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
    rows: list[Row] = []
    for number in range(1, MOST_ROWS + 1):
        name = f"condition-{number}"
        asks = typed.get(f"{name}-asks", "")
        if not asks:
            continue
        values = [value.strip() for value in typed.getlist(f"{name}-values") if value.strip()]
        joins = "or" if typed.get(f"{name}-joins") == "or" else "and"
        denied = typed.get(f"{name}-denied") == "not"
        was = typed.get(f"{name}-was", asks)
        rows.append(Row(len(rows) + 1, asks, joins, denied, values if was == asks else []))
    return rows


def _check(row: Row) -> None:
    """Note in words what is wrong with the value of a row."""
    known = {code for code, _words in _FIELDS}
    if row.asks not in known and not row.asks.startswith(ATTRIBUTE):
        row.error = _("Choose what this condition asks about.")
        return
    if not row.values or row.asks in _ALONE:
        return
    if row.options:
        chosen = {value for value, _words in row.options}
        row.values = [value for value in row.values if value in chosen]
        return
    if row.asks in (HIRED_FROM, HIRED_UNTIL):
        row.error = "" if _is_day(row.values[0]) else _("Give a day, such as 2026-11-03.")
    elif row.asks == HIRED_DAYS:
        whole = row.values[0].isdigit() and int(row.values[0]) <= 36500
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
