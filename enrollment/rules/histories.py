"""What a list of old completions says, row by row, and what becomes of each row."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.utils.translation import gettext as _

from core.columns import matching_columns, spellings_in
from core.days import FIRST_DAY, LAST_DAY
from enrollment.choices import HistoryField, HistoryRowKind
from enrollment.rules.days import add_months, short_day
from people.rules.import_rows import HEADINGS as PEOPLE_HEADINGS
from people.rules.import_rows import SPREADSHEET_ERRORS, read_day

# As files of common systems head their columns; the first of a line is the surest
HEADINGS = spellings_in("""
employee_number: employeenumber employeeid employeeno employeenr personnelnumber personnelno staffnumber staffno
    staffid personnumber personid workernumber workerid learnernumber learnerid userid traineeid badgenumber badgeid
    payrollnumber
email: email emailaddress workemail useremail learneremail personemail participantemail
course: coursecode courseid coursenumber courseno trainingcode trainingid trainingnumber modulecode modulenumber
    courseref coursereference trainingno trainingref moduleno soptrainingcode sop sopnumber sopno sopid sopcode sopref
    procedurenumber procedureno documentno docnumber docno docid documentnumber documentcode
    itemid itemcode curriculumcode code course training trainingcourse module class curriculum kurscode kurs schulung
    formation curso
version: version versionnumber courseversion courseversionnumber documentversion revision revisionnumber rev edition
    issue fassung
completed_on: completedon datecompleted completiondate completeddate dateofcompletion completedat finishedon
    datefinished finishdate takenon datetaken passedon datepassed doneon trainedon datetrained trainingdate
    dateoftraining coursedate sessiondate attendedon dateattended day date abgeschlossenam datum fecha completed
    completion finished done when
valid_until: validuntil validto validthrough validtill expireson expires expirydate expiry expirationdate expiration
    expiresat dateexpires dateofexpiry enddate ends endson renewby renewalduedate gultigbis valablejusquau
score: score scored scorepercent scorepct finalscore testscore quizscore examscore result points mark marks grade
    percent percentage pointsscored punkte
max_score: maxscore maximumscore maximum scoremax outof maxpoints maximumpoints pointspossible possible possiblepoints
    totalpoints maxmark maxmarks
reference: reference referencetothepaperrecord paperrecord papersheet paperreference recordreference recordnumber
    recordno recordid ref refno refnumber record certificatenumber certificateno certificateid certificate
    documentreference document filenumber file folder binder evidence proof
""")
# They head numbers, addresses or names; the cells tell
PERSON_HEADINGS = ["person", "employee", "learner", "participant", "trainee", "worker", "attendee", "user", "name"]
# They head any number: that of a course where it is of letters, too, and nothing else is
NUMBER_HEADINGS = ["no", "number", "nr"]
NEEDED = frozenset({HistoryField.COURSE.value, HistoryField.COMPLETED.value})
DAYS = (HistoryField.COMPLETED.value, HistoryField.UNTIL.value)
LONGEST = {"employee_number": 40, "email": 254, "course": 40, "version": 20, "reference": 120}
MOST_POINTS = Decimal("99999.99")


@dataclass(frozen=True, slots=True)
class Told:
    """What one row says."""

    line: int
    number: str = ""
    email: str = ""
    course: str = ""
    version: str = ""
    completed_on: date | None = None
    valid_until: date | None = None
    score: Decimal | None = None
    max_score: Decimal | None = None
    reference: str = ""
    notes: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()

    @property
    def person(self) -> str:
        return self.number or self.email


class Somebody(NamedTuple):
    """A person whom a row may name."""

    id: UUID
    number: str
    email: str
    is_active: bool
    today: date  # at their site


class Edition(NamedTuple):
    """A version of a course that is, or was, in effect."""

    id: UUID
    course_id: UUID
    number: int
    label: str
    effective_on: date
    ended_on: date | None  # the day on which another one took over
    validity_months: int | None

    def was_in_effect(self, on: date) -> bool:
        return self.effective_on <= on and (self.ended_on is None or on < self.ended_on)


class Kept(NamedTuple):
    """What the record says of a completion, as far as a list may say something else."""

    valid_until: date | None = None
    score: Decimal | None = None
    max_score: Decimal | None = None
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Company:
    """Everything that rows are compared with."""

    by_number: Mapping[str, Somebody]
    by_email: Mapping[str, Sequence[Somebody]]  # in small letters
    courses: Mapping[str, Sequence[Edition]]  # by code in small letters, the oldest version first
    known: Mapping[tuple[UUID, UUID, date], Kept]  # by person, version and day: the completions that there are
    owner_id: UUID  # who brings the list
    unsigned: Mapping[UUID, str] = field(default_factory=dict)  # courses whose records a list can not bring, and why


@dataclass(frozen=True, slots=True)
class Judged:
    """What becomes of one row, with the reason or what was taken as said."""

    told: Told
    kind: HistoryRowKind
    words: str
    person_id: UUID | None = None
    version_id: UUID | None = None
    valid_until: date | None = None
    version: int = 0  # its number
    course_id: UUID | None = None
    last_on: date | None = None  # the last day that the row gives, where its version says another


class RowRefused(Exception):
    """The row can not be taken; the words say why."""


def guess_columns(headings: Sequence[str], values: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return, for each field that a heading speaks of, that heading; `values` are the first cells below each."""
    spellings = {
        key: [*known, *(each for each in PEOPLE_HEADINGS.get(key, ()) if each not in known)]
        for key, known in HEADINGS.items()
    }
    found = matching_columns(headings, spellings)
    persons = matching_columns([each for each in headings if each not in found.values()], {"who": PERSON_HEADINGS})
    for heading in persons.values():
        cells = [cell for cell in values.get(heading, ()) if cell]
        if cells and all("@" in cell for cell in cells):
            found.setdefault(HistoryField.EMAIL.value, heading)
        elif cells and all(any(letter.isdecimal() for letter in cell) for cell in cells):
            found.setdefault(HistoryField.NUMBER.value, heading)
    if HistoryField.COURSE.value not in found and {HistoryField.NUMBER.value, HistoryField.EMAIL.value} & found.keys():
        left = [each for each in headings if each not in found.values()]
        for heading in matching_columns(left, {"what": NUMBER_HEADINGS}).values():
            cells = [cell for cell in values.get(heading, ()) if cell]
            if cells and all(any(letter.isalpha() for letter in cell) for cell in cells):
                found[HistoryField.COURSE.value] = heading
    return found


def read_told(line: int, cells: Mapping[str, str], order: str) -> Told:
    """Return what the cells of a row, by field, say; with a sentence for each that can not be understood."""
    values: dict[str, Any] = {}
    faults: list[str] = []
    for key, cell in cells.items():
        text = " ".join(cell.split())
        try:
            values[key] = _read(key, text, order)
        except ValueError as fault:
            faults.append(str(fault))
    notes: list[str] = []
    try:
        score, most = _points(values.pop("score", None), values.pop("max_score", None), notes)
    except ValueError as fault:
        faults.append(str(fault))
        score = most = None
    number = values.pop("employee_number", "")
    said = {"notes": tuple(notes), "faults": tuple(faults), **values}
    return Told(line=line, number=number, score=score, max_score=most, **said)


def _read(key: str, text: str, order: str) -> Any:
    label = str(HistoryField(key).label)
    if text in SPREADSHEET_ERRORS:
        raise ValueError(_("The spreadsheet shows an error here: {value}.").format(value=text))
    if any(unicodedata.category(letter) == "Cc" for letter in text):
        raise ValueError(_("{field} has characters that nobody can see.").format(field=label))
    if len(text) > LONGEST.get(key, 40):
        words = _("{field} has more than {count} characters.")
        raise ValueError(words.format(field=label, count=LONGEST.get(key, 40)))
    if key in DAYS:
        try:
            return read_day(text, order) if text else None
        except ValueError:
            words = _("{field}: “{value}” is no date in the order that was chosen.")
            raise ValueError(words.format(field=label, value=text)) from None
    return text.lower() if key == HistoryField.EMAIL else text


_PLAIN = re.compile(r"\d{1,5}(?:[.,]\d{1,2}0*)?")
_POINTS = re.compile(r"(\d{1,5}(?:[.,]\d{1,2})?)\s*(?:(%)|(?:/|of)\s*(\d{1,5}(?:[.,]\d{1,2})?))?")


def _points(score: object, most: object, notes: list[str]) -> tuple[Decimal | None, Decimal | None]:
    """Return points and their maximum out of cells such as 18, 18/20 and 90 %."""
    text, out_of = str(score or ""), str(most or "")
    if not text:
        return None, None
    found = _POINTS.fullmatch(text)
    if found is None:
        raise ValueError(_("Score: “{value}” is no number of points.").format(value=text))
    most_points = found[3] or out_of or "100"
    if not _PLAIN.fullmatch(most_points):
        raise ValueError(_("Maximum score: “{value}” is no number.").format(value=out_of))
    points, maximum = (Decimal(each.replace(",", ".")) for each in (found[1], most_points))
    if not 0 < maximum <= MOST_POINTS or points > maximum:
        raise ValueError(_("Score: {points} of {most} can not be.").format(points=text, most=maximum))
    if not (found[2] or found[3] or out_of):
        notes.append(_("The score is taken as {points} of 100.").format(points=points))
    return points, maximum.quantize(Decimal("0.01"))


def edition_for(editions: Sequence[Edition], named: str, on: date) -> tuple[Edition, str]:
    """Return which version was completed on a day, and in words what was taken as said.

    The one that is named, by label or number; else the one that was in effect on that day, else the
    oldest. Raises RowRefused.
    """
    if named:
        bare = named.casefold().removeprefix("version").removeprefix("v").strip()
        found = [each for each in editions if each.label.casefold() in (named.casefold(), bare)]
        found = found or [each for each in editions if str(each.number) == bare]
        if not found:
            labels = ", ".join(each.label for each in editions)
            words = _("This course has no version {version} that was ever in effect. It has: {labels}.")
            raise RowRefused(words.format(version=named, labels=labels))
        return found[0], ""
    for each in reversed(editions):
        if each.was_in_effect(on):
            return each, _("Version {label} was in effect on that day.").format(label=each.label)
    oldest = editions[0]
    return oldest, _("No version was in effect on that day: taken as {label}, the oldest.").format(label=oldest.label)


def own_end(completed_on: date, validity_months: int | None) -> date | None:
    """Return how long a completion counts by what its version says; nothing where it has no end."""
    return add_months(completed_on, validity_months) if validity_months else None


def proof_end(ends_on: date | None, completed_on: date, validity_months: int | None) -> date | None:
    """Return the last day that a proof from elsewhere gives; nothing where it is the one that its version says."""
    return None if ends_on == own_end(completed_on, validity_months) else ends_on


def _compared(told: Told, ends: date | None, first: Told, first_ends: date | None) -> str:
    """Say that a row is of the same person, course and day as one before it, and where it says something else."""
    differs = {
        HistoryField.SCORE: (told.score, told.max_score) != (first.score, first.max_score),
        HistoryField.UNTIL: ends != first_ends,
        HistoryField.REFERENCE: told.reference != first.reference,
    }
    names = [str(each.label) for each, is_other in differs.items() if is_other]
    if not names:
        return _("The same as line {line}.").format(line=first.line)
    words = _(
        "Line {line} is of the same person, course and day, and counts. This one is left out, though it says "
        "something else: {fields}."
    )
    return words.format(line=first.line, fields=", ".join(names))


def _recorded(told: Told, kept: Kept) -> str:
    """Say that a row is in the record already, and what it says otherwise; what it does not say is no difference."""
    differs = []
    if told.score is not None and (told.score, told.max_score) != (kept.score, kept.max_score):
        differs.append((HistoryField.SCORE, _score(told.score, told.max_score), _score(kept.score, kept.max_score)))
    if told.valid_until is not None and told.valid_until != kept.valid_until:
        has = short_day(kept.valid_until) if kept.valid_until else ""
        differs.append((HistoryField.UNTIL, short_day(told.valid_until), has))
    if told.reference and told.reference != kept.reference:
        differs.append((HistoryField.REFERENCE, told.reference, kept.reference))
    if not differs:
        return _("It is in the record already.")
    words = _("{field}: {row} in the list, {record} in the record")
    said = [words.format(field=each.label, row=row, record=record or _("nothing")) for each, row, record in differs]
    return _("It is in the record already, and stays there as it is. It differs. {fields}.").format(
        fields="; ".join(said)
    )


def _score(points: Decimal | None, most: Decimal | None) -> str:
    if points is None or most is None:
        return ""
    return _("{points} of {most}").format(points=f"{points.normalize():f}", most=f"{most.normalize():f}")


@dataclass(slots=True)
class Judge:
    """Says of one row after the other what becomes of it; knows the rows before."""

    company: Company
    seen: dict[tuple[UUID, UUID, date], tuple[Told, date | None]] = field(default_factory=dict)  # with its end

    def judge(self, told: Told) -> Judged:
        """Return what becomes of a row."""
        try:
            if told.faults:
                raise RowRefused(" ".join(told.faults))
            return self._judged(told)
        except RowRefused as refusal:
            return Judged(told, HistoryRowKind.ERROR, str(refusal))

    def _judged(self, told: Told) -> Judged:
        person = self._person(told)
        on = told.completed_on
        if not told.course:
            raise RowRefused(_("The course code is missing."))
        editions = self.company.courses.get(told.course.casefold())
        if not editions:
            raise RowRefused(_("No course with the code {code} was ever in effect.").format(code=told.course))
        if refusal := self.company.unsigned.get(editions[0].course_id):
            raise RowRefused(refusal)
        if on is None:
            raise RowRefused(_("The day of completion is missing."))
        if on > person.today:
            raise RowRefused(_("{day} has not come yet.").format(day=short_day(on)))
        if on < FIRST_DAY:
            raise RowRefused(_("{day} is too long ago to be true.").format(day=on.isoformat()))
        if told.valid_until is not None and told.valid_until > LAST_DAY:
            words = _("{day} is too far away. Leave the last day out where there is none.")
            raise RowRefused(words.format(day=told.valid_until.isoformat()))
        edition, note = edition_for(editions, told.version, on)
        ends = told.valid_until or own_end(on, edition.validity_months)
        if told.valid_until is not None and told.valid_until <= on:
            raise RowRefused(_("It ends on {day}, not after its completion.").format(day=short_day(told.valid_until)))
        key = (person.id, edition.id, on)
        notes = [note, *told.notes]
        if told.valid_until is None and ends is not None:
            words = _("It counts until {day}, as its version says.")
            if ends < person.today:
                words = _("It counted until {day}, as its version says.")
            notes.append(words.format(day=short_day(ends)))
        kind = HistoryRowKind.NEW
        if key in self.company.known:
            kind, notes = HistoryRowKind.KNOWN, [_recorded(told, self.company.known[key])]
        elif key in self.seen:
            kind, notes = HistoryRowKind.KNOWN, [_compared(told, ends, *self.seen[key])]
        self.seen.setdefault(key, (told, ends))
        words = " ".join(filter(None, notes))
        last_on = proof_end(ends, on, edition.validity_months)
        return Judged(told, kind, words, person.id, edition.id, ends, edition.number, edition.course_id, last_on)

    def _person(self, told: Told) -> Somebody:
        if not told.person:
            raise RowRefused(_("Neither an employee number nor an e-mail address names the person."))
        person = self.company.by_number.get(told.number) if told.number else None
        if told.number and person is None:
            raise RowRefused(_("No person of yours has the number {number}.").format(number=told.number))
        if told.email:
            person = self._by_email(told, person)
        assert person is not None
        if person.id == self.company.owner_id:
            raise RowRefused(_("Nobody brings their own completions. Another administrator does."))
        return person

    def _by_email(self, told: Told, person: Somebody | None) -> Somebody:
        if person is not None:
            if person.email.lower() != told.email:
                words = _("Number {number} and address {email} are not of the same person.")
                raise RowRefused(words.format(number=told.number, email=told.email))
            return person
        found = self.company.by_email.get(told.email, ())
        found = [each for each in found if each.is_active] or list(found)
        if not found:
            raise RowRefused(_("No person of yours has the address {email}.").format(email=told.email))
        if len(found) > 1:
            raise RowRefused(_("Several people had the address {email}. Give the number.").format(email=told.email))
        return found[0]
