"""What the cells of a list of people say: columns by their headings, days, and one row at a time."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.dateformat import format as formatted
from django.utils.translation import gettext as _

from core.columns import SHOWN_LETTERS, matching_columns, plain_heading, spellings_in
from core.days import why_no_day
from people.choices import DateOrder, ImportField

ATTRIBUTE = "attribute:"  # stands before the id of an attribute where fields are named
PARTS_OF_NAME = (ImportField.FIRST_NAME.value, ImportField.LAST_NAME.value)  # as they are joined
DAYS = frozenset({ImportField.HIRED_ON.value, ImportField.LEFT_ON.value, ImportField.SINCE.value})
LONGEST = {
    ImportField.NUMBER.value: 40,
    ImportField.NAME.value: 150,
    ImportField.EMAIL.value: 254,
    ImportField.SITE.value: 120,
    ImportField.JOB_ROLE.value: 120,
    ImportField.DEPARTMENT.value: 600,  # a path; each of its parts is measured where it is read
}
SPREADSHEET_ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!"})
LONGEST_VALUE = 120  # of an attribute
# Headings as they stand in the files of common systems, without spaces, marks and accents
_SPELLINGS = """
employee_number: employeenumber employeeid employeeno empid empno number personnelnumber personnelno staffid
    staffnumber workerid personid id personalnummer mitarbeiternummer matricule
name: name fullname displayname employeename employee preferredname mitarbeiter nomcomplet
first_name: firstname givenname forename legalfirstname vorname prenom
last_name: lastname surname familyname legallastname nachname familienname nom
email: email emailaddress mail workemail primaryemail businessemail userprincipalname adressemail
language: language locale preferredlanguage sprache langue
hired_on: hiredon hiredate hired startdate dateofhire firstday firstdayofwork eintritt eintrittsdatum
left_on: lefton leavedate enddate terminationdate lastday lastdayofwork dateofleaving leavingdate austritt
    austrittsdatum
site: site location worklocation plant office facility standort werk lieu
department: department dept division orgunit organisationunit organizationunit unit team abteilung
job_role: jobrole jobtitle job role title position function stelle funktion poste
employment_type: employmenttype workertype employeetype contracttype beschaftigungsart
manager: manager managerid manageremail managernumber supervisor reportsto linemanager vorgesetzter
second_manager: secondmanager dottedlinemanager matrixmanager secondarymanager dottedline
since: since positionsince positionstart inpositionsince effectivedate effectivefrom jobstartdate
"""
HEADINGS = spellings_in(_SPELLINGS)


def guess_columns(headings: Sequence[str], attributes: Mapping[str, str]) -> dict[str, str]:
    """Return, for each field that a heading speaks of, that heading; `attributes` are names by field.

    What is just called name, beside a first name and no last one, is the last name: “Name, Vorname”.
    """
    spellings = HEADINGS | {key: [plain_heading(name)] for key, name in attributes.items()}
    found = matching_columns(headings, spellings)
    first, last = PARTS_OF_NAME
    whole = found.get(ImportField.NAME.value, "")
    if first in found and last not in found and plain_heading(whole) == "name":
        found[last] = found.pop(ImportField.NAME.value)
    return found


_PARTS = re.compile(r"(\d{1,4})[./-](\d{1,2})[./-](\d{1,4})")
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)")


def read_day(text: str, order: str) -> date:
    """Return the day that a cell names. Raises ValueError for none, and for years of two digits."""
    bare = text.split("T")[0].split(" ")[0]
    parts = _PARTS.fullmatch(bare) or _COMPACT.fullmatch(bare)
    if parts is None:
        raise ValueError(text)
    one, two, three = parts.groups()
    if len(one) == 4:
        return date(int(one), int(two), int(three))
    if len(three) != 4 or len(one) > 2 or order == DateOrder.YEAR_FIRST:
        raise ValueError(text)
    day, month = (one, two) if order == DateOrder.DAY_FIRST else (two, one)
    return date(int(three), int(month), int(day))


def guess_order(values: Iterable[str]) -> tuple[DateOrder, str]:
    """Return the order in which all these days can be read, and one of them that shows it, or nothing."""
    filled = [value for value in values if value]
    for order in (DateOrder.YEAR_FIRST, DateOrder.DAY_FIRST, DateOrder.MONTH_FIRST):
        if filled and all(_day_of(value, order) for value in filled):
            return order, filled[0]
    for order in (DateOrder.DAY_FIRST, DateOrder.MONTH_FIRST):
        example = next((value for value in filled if _day_of(value, order)), "")
        if example:
            return order, example
    return DateOrder.YEAR_FIRST, ""


def order_choices(values: Iterable[str]) -> tuple[DateOrder, list[tuple[str, str]]]:
    """Return the order in which these days are probably written, and all orders with what an example would be.

    Where it is the same day in all of them, as with 2026-11-01, it tells nothing and is left out.
    """
    guessed, example = guess_order(values)
    if example and len({_day_of(example, order) for order in DateOrder}) == 1:
        example = ""
    return guessed, [(order.value, _order_words(order, example)) for order in DateOrder]


def _order_words(order: DateOrder, example: str) -> str:
    if not example:
        return str(order.label)
    day = _day_of(example, order)
    if day is None:
        return _("{order} (does not fit “{value}”)").format(order=order.label, value=example[:SHOWN_LETTERS])
    words = _("{order}: “{value}” is {day}")
    return words.format(order=order.label, value=example[:SHOWN_LETTERS], day=formatted(day, "j F Y"))


def _day_of(text: str, order: str) -> date | None:
    try:
        return read_day(text, order)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Terms:
    """How the cells of a file are understood: the order of dates, and words by their spelling without capitals."""

    order: str = DateOrder.YEAR_FIRST
    languages: Mapping[str, str] = field(default_factory=dict)
    employment_types: Mapping[str, str] = field(default_factory=dict)
    attributes: Mapping[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)  # by field: name, options


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one row says. A field that the file does not have is not in `values`; an empty cell is empty."""

    line: int
    number: str
    values: Mapping[str, Any]
    attributes: Mapping[str, str] = field(default_factory=dict)  # by the name of the attribute
    faults: tuple[str, ...] = ()


def read_row(line: int, cells: Mapping[str, str], terms: Terms) -> Wanted:
    """Return what the cells of a row, by field, say; with a sentence for each that can not be understood.

    First and last name make the name, where there is no column of the whole one or its cell is empty.
    """
    values: dict[str, Any] = {}
    attributes: dict[str, str] = {}
    faults: list[str] = []
    for key, cell in cells.items():
        text = " ".join(cell.split())
        try:
            if text in SPREADSHEET_ERRORS:
                raise ValueError(_("The spreadsheet shows an error here: {value}.").format(value=text))
            if key.startswith(ATTRIBUTE):
                name, options = terms.attributes[key]
                attributes[name] = _option(text, name, options)
            else:
                values[key] = _read(key, text, terms)
        except ValueError as fault:
            faults.append(str(fault))
    parts = [values.pop(key, "") for key in PARTS_OF_NAME]
    joined = " ".join(part for part in parts if part)
    if joined and not values.get(ImportField.NAME.value):
        try:
            values[ImportField.NAME.value] = _read(ImportField.NAME, joined, terms)
        except ValueError as fault:
            faults.append(str(fault))
    number = values.pop(ImportField.NUMBER.value, "")
    if not number and not faults:
        faults.append(_("The employee number is missing."))
    return Wanted(line, number, values, attributes, tuple(faults))


def _read(key: str, text: str, terms: Terms) -> Any:
    label = str(ImportField(key).label)
    longest = LONGEST.get(key)
    if longest and len(text) > longest:
        raise ValueError(_("{field} has more than {count} characters.").format(field=label, count=longest))
    if any(unicodedata.category(letter) == "Cc" for letter in text):
        raise ValueError(_("{field} has characters that nobody can see.").format(field=label))
    if key in DAYS:
        return _day(text, label, terms.order) if text else None
    if key == ImportField.EMAIL:
        return _address(text)
    if key == ImportField.LANGUAGE:
        return _word(text, label, terms.languages)
    if key == ImportField.EMPLOYMENT_TYPE:
        return _word(text, label, terms.employment_types)
    return text


def _day(text: str, label: str, order: str) -> date:
    try:
        day = read_day(text, order)
    except ValueError:
        words = _("{field}: “{value}” is no date in the order {order}.")
        order_words = str(DateOrder(order).label).lower()
        raise ValueError(words.format(field=label, value=text[:40], order=order_words)) from None
    if refusal := why_no_day(day):
        raise ValueError(_("{field}: “{value}”. {refusal}").format(field=label, value=text[:40], refusal=refusal))
    return day


def _address(text: str) -> str:
    if text:
        try:
            validate_email(text)
        except ValidationError:
            raise ValueError(_("“{value}” is no e-mail address.").format(value=text[:80])) from None
    return text.lower()


def _word(text: str, label: str, known: Mapping[str, str]) -> str:
    if not text:
        return ""
    code = known.get(text.casefold())
    if code is None:
        words = _("{field}: “{value}” is not known. Known are: {known}.")
        choices = ", ".join(sorted(set(known.values())))
        raise ValueError(words.format(field=label, value=text[:40], known=choices))
    return code


def _option(text: str, name: str, options: tuple[str, ...]) -> str:
    if len(text) > LONGEST_VALUE:
        raise ValueError(_("{field} has more than {count} characters.").format(field=name, count=LONGEST_VALUE))
    if text and options and text not in options:
        words = _("{field}: “{value}” is none of its options: {options}.")
        raise ValueError(words.format(field=name, value=text[:40], options=", ".join(options)))
    return text
