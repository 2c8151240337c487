"""The rows of a checked list of people, written in batches: each one transaction, few statements, the same facts.

What `add_person`, `change_person`, `deactivate_person`, `take_position` and `set_attribute` write one by
one is written here for many; tests/people/test_import_bulk.py holds them together.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import connection, transaction
from django.db.models import Count
from django.db.models.functions import Lower
from django.utils.translation import gettext as _
from psycopg2.extras import execute_values

from core.actions import finish_job
from core.ids import new_id
from core.jobs import enqueue
from core.models import Job
from people import facts
from people.actions import imports
from people.actions.organisation import add_department, add_job_role, add_site
from people.choices import ImportState, RowKind
from people.models import AttributeValue, Department, ImportRow, PeopleImport, Position, User
from people.queries.imports import Company, attribute_fields, company_on
from people.rules.import_diff import DETAILS
from people.rules.import_places import PATH
from people.rules.import_rows import ATTRIBUTE
from records.actions import Said, record_facts
from records.facts import Actor

BATCH = 500


@transaction.atomic
def begin_writing(*, run: PeopleImport, at: datetime) -> None:
    """Create the places that a list brings, and note that it was found unchanged. Doing it again changes nothing."""
    locked = imports.locked_import(run)
    if locked.verified_at is not None or locked.state != ImportState.APPLYING:
        return
    by = imports.actor_of(locked)
    made: dict[str, Department] = {}
    for kind, name in locked.new_places:
        if kind == "site":
            zone, country = locked.new_site_zone, locked.new_site_country
            add_site(by=by, at=at, name=name, time_zone=zone, country=country)
        elif kind == "job_role":
            add_job_role(by=by, at=at, name=name)
        else:
            above, _slash, own = name.rpartition(PATH)
            parent = made.get(above) or (_department(above) if above else None)
            made[name] = add_department(by=by, at=at, name=own, parent=parent)
    imports.note_begun_writing(locked, at=at)


def _department(path: str) -> Department:
    found = None
    for name in path.split(PATH):
        found = Department.objects.get(name=name, parent=found)
    assert found is not None
    return found


@transaction.atomic
def write_batch(*, run: PeopleImport, at: datetime, most: int = BATCH) -> int:
    """Write the next rows of a list and mark them as done, in one transaction; return how many are left.

    A row about somebody who was changed since the list was checked is rejected, with its reason.
    """
    locked = imports.locked_import(run)
    waiting = ImportRow.objects.filter(run=locked, is_done=False).order_by("turn", "id")
    rows = list(waiting[:most])
    if not rows or locked.state != ImportState.APPLYING:
        return 0
    rows = [row for row in rows if row.turn == rows[0].turn]  # the next turn builds on what this one writes
    batch = _Batch(locked, at)
    batch.take(rows)
    batch.write()
    ImportRow.objects.filter(pk__in=[row.pk for row in rows]).update(is_done=True)
    return waiting.count()


@transaction.atomic
def finish_writing(*, run: PeopleImport, job: Job, at: datetime) -> PeopleImport:
    """Close a list whose rows are all written, with how many rows became what, and end its job."""
    locked = imports.locked_import(run)
    if locked.state != ImportState.APPLYING or ImportRow.objects.filter(run=locked, is_done=False).exists():
        return locked
    found = dict(ImportRow.objects.filter(run=locked).values_list("kind").annotate(count=Count("pk")))
    imports.note_written(locked, made={kind.value: found.get(kind.value, 0) for kind in RowKind}, at=at)
    finish_job(job=job, message=_("Applied"), at=at)
    return locked


@dataclass(slots=True)
class _Batch:
    """What some rows write, gathered by statement."""

    run: PeopleImport
    at: datetime
    by: Actor = field(init=False)
    reason: str = field(init=False)
    ids: dict[str, UUID] = field(default_factory=dict)
    added: list[User] = field(default_factory=list)
    changed: list[tuple[UUID, str, dict[str, Any], list[list[str]]]] = field(default_factory=list)
    left: list[tuple[UUID, str, date]] = field(default_factory=list)
    positions: list[tuple[Position, dict[str, Any], bool]] = field(default_factory=list)
    values: list[tuple[AttributeValue, str, str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.by = imports.actor_of(self.run)
        self.reason = _("List of people: {file}").format(file=self.run.file_name)

    def take(self, rows: Sequence[ImportRow]) -> None:
        """Gather the rows; those that can not stand any more are rejected."""
        numbers = [row.number for row in rows]
        list(User.objects.filter(employee_number__in=numbers).order_by("pk").select_for_update().values_list("pk"))
        places = [row.target["place"] for row in rows if row.target.get("place")]
        managers = {place[key] for place in places for key in ("manager", "second_manager") if place[key]}
        assert self.run.counts_on is not None
        company = company_on(self.run.counts_on, numbers={*numbers, *managers})
        attributes = {name: UUID(key.removeprefix(ATTRIBUTE)) for key, (name, _all) in attribute_fields().items()}
        holders = _holders({row.target["details"].get("email") for row in rows})
        self.ids = dict(company.ids)
        rejected = []
        for row in rows:
            fault = self._fault(row, company, holders, attributes)
            if fault:
                row.kind, row.reason, row.changes, row.target = RowKind.REJECTED, fault, [], {}
                rejected.append(row)
            else:
                self._gather(row, company, attributes)
                self.lines.append(row.line or 0)
        ImportRow.objects.bulk_update(rejected, ["kind", "reason", "changes", "target"])

    def _fault(self, row: ImportRow, company: Company, holders: dict[str, str], attributes: dict[str, UUID]) -> str:
        """Say why a row can not be written any more, or nothing."""
        known = company.people.get(row.number)
        if (known.fingerprint() if known else "") != row.fingerprint:
            return _("This person was changed since the list was checked. Bring the list again.")
        place = row.target.get("place")
        if place:
            names = {("site", place["site"]), ("department", place["department"]), ("job_role", place["job_role"])}
            if not names <= company.place_ids.keys():
                return _("A site, department or job role was renamed since the list was checked.")
            held = known.place if known else None
            for key in ("manager", "second_manager"):
                above = company.people.get(place[key])
                if place[key] and above is None:
                    return _("Their manager, number {number}, has no account.").format(number=place[key])
                if above is not None and not above.is_active and place[key] != getattr(held, key, ""):
                    return _("The account of {name} is closed, so nobody can report to them.").format(name=above.name)
        if holders.get(row.target["details"].get("email", ""), row.number) != row.number:
            return _("Somebody else has an open account with this address by now.")
        if not row.target["attributes"].keys() <= attributes.keys():
            return _("An attribute was renamed since the list was checked.")
        return ""

    def _gather(self, row: ImportRow, company: Company, attributes: dict[str, UUID]) -> None:
        target, known = row.target, company.people.get(row.number)
        details = {name: _typed(name, value) for name, value in target["details"].items()}
        if known is None:
            user = User(
                id=new_id(),
                employee_number=row.number,
                created_at=self.at,
                password=make_password(None),
                **details,
            )
            self.added.append(user)
            self.ids[row.number], name = user.pk, user.name
        else:
            name = details.get("name", known.name)
            if target["left_on"]:
                self.left.append((self.ids[row.number], name, date.fromisoformat(target["left_on"])))
                return
            if details:
                whole = {each: getattr(known, each) for each in DETAILS} | details
                self.changed.append((self.ids[row.number], name, whole, row.changes))
        if target["place"]:
            self._gather_position(row, name, company)
        assert self.run.counts_on is not None
        for attribute, value in target["attributes"].items():
            said = AttributeValue(
                id=new_id(),
                user_id=self.ids[row.number],
                attribute_id=attributes[attribute],
                value=value,
                valid_from=self.run.counts_on,
            )
            self.values.append((said, attribute, name))

    def _gather_position(self, row: ImportRow, name: str, company: Company) -> None:
        place, since = row.target["place"], date.fromisoformat(row.target["since"])
        position = Position(
            id=new_id(),
            user_id=self.ids[row.number],
            site_id=company.place_ids["site", place["site"]],
            department_id=company.place_ids["department", place["department"]],
            job_role_id=company.place_ids["job_role", place["job_role"]],
            employment_type=place["employment_type"],
            manager_id=self.ids.get(place["manager"]),
            second_manager_id=self.ids.get(place["second_manager"]),
            valid_from=since,
        )
        words = {"name": name, "job_role": place["job_role"], "site": place["site"], "valid_from": since}
        self.positions.append((position, {"person_id": position.user_id, **words}, row.target["corrects"]))

    def write(self) -> None:
        """Write the facts, then what they report."""
        self._say()
        User.objects.bulk_create(self.added)
        _run(_CLOSE, [(pk, left_on) for pk, _name, left_on in self.left])
        _run(_CHANGE, [(pk, *(whole[name] for name in DETAILS)) for pk, _name, whole, _changes in self.changed])
        self._write_positions()
        self._write_values()
        if self.run.sends_links:
            for user in self.added:
                enqueue("people.send_password_link", person_id=str(user.pk))

    def _say(self) -> None:
        """Report everything, as the actions for one person do."""
        about: dict[str, Any] = {"by": self.by, "at": self.at, "reason": self.reason}
        gone = [_said(pk, name) for pk, name, _left_on in self.left]
        record_facts(facts.PERSON_DEACTIVATED, subject_type="user", about=gone, **about)
        fresh = [_said(user.pk, user.name) for user in self.added]
        record_facts(facts.PERSON_ADDED, subject_type="user", about=fresh, **about)
        changed = [
            _said(pk, name, changed=sorted(each[0] for each in changes if each[0] in DETAILS), changes=changes)
            for pk, name, _whole, changes in self.changed
        ]
        record_facts(facts.PERSON_CHANGED, subject_type="user", about=changed, **about)
        moved = [Said(position.pk, payload, person_id=position.user_id) for position, payload, _same in self.positions]
        record_facts(facts.POSITION_CHANGED, subject_type="position", about=moved, **about)
        told = [
            _said(value.user_id, name, attribute=attribute, value=value.value or None, valid_from=value.valid_from)
            for value, attribute, name in self.values
        ]
        record_facts(facts.ATTRIBUTE_SET, subject_type="user", about=told, **about)
        if self.run.sends_links:
            record_facts(facts.PASSWORD_LINK_SENT, subject_type="user", about=fresh, **about)
        imports.note_batch(self.run, lines=[line for line in self.lines if line], rows=len(self.lines), at=self.at)

    def _write_positions(self) -> None:
        """End the primary positions before, and write the new ones; one that is corrected is written anew."""
        fresh = [position for position, _payload, corrects in self.positions if not corrects]
        again = [position for position, _payload, corrects in self.positions if corrects]
        _run(_END_POSITIONS, [(each.user_id, each.valid_from) for each in fresh])
        Position.objects.bulk_create(fresh)
        _run(_CORRECT_POSITIONS, [tuple(getattr(each, name) for name in _OF_POSITION) for each in again])

    def _write_values(self) -> None:
        """End what the attributes said before; what began on the same day is taken back."""
        keys = [(value.user_id, value.attribute_id, value.valid_from) for value, _attribute, _name in self.values]
        _run(_TAKE_BACK_VALUES, keys)
        _run(_END_VALUES, keys)
        AttributeValue.objects.bulk_create(value for value, _attribute, _name in self.values if value.value)


def _said(pk: UUID, name: str, **payload: Any) -> Said:
    return Said(pk, {"name": name, "person_id": pk, **payload}, person_id=pk)


def _typed(name: str, value: Any) -> Any:
    return date.fromisoformat(value) if value and name in ("hired_on", "left_on") else value


def _holders(addresses: set[Any]) -> dict[str, str]:
    """Return the numbers of who has these addresses and an open account now."""
    wanted = [address for address in addresses if address]
    open_ones = User.objects.filter(is_active=True).alias(address=Lower("email")).filter(address__in=wanted)
    return {email.lower(): number for email, number in open_ones.values_list("email", "employee_number")}


def _run(sql: str, rows: Iterable[tuple[Any, ...]]) -> None:
    """Run a statement for many rows of values at once."""
    values = [tuple(str(each) if isinstance(each, UUID) else each for each in row) for row in rows]
    if values:
        with connection.cursor() as cursor:
            execute_values(cursor.cursor, sql, values, page_size=len(values))


_OF_POSITION = (
    "user_id",
    "valid_from",
    "site_id",
    "department_id",
    "job_role_id",
    "employment_type",
    "manager_id",
    "second_manager_id",
)
_CLOSE = """
UPDATE people_user u SET is_active = false, left_on = v.left_on::date
FROM (VALUES %s) v (id, left_on) WHERE u.id = v.id::uuid
"""
_CHANGE = """
UPDATE people_user u SET name = v.name, email = v.email, language = v.language, hired_on = v.hired_on::date,
    left_on = v.left_on::date
FROM (VALUES %s) v (id, name, email, language, hired_on, left_on) WHERE u.id = v.id::uuid
"""
_END_POSITIONS = """
UPDATE people_position p SET valid_until = v.day::date FROM (VALUES %s) v (user_id, day)
WHERE p.user_id = v.user_id::uuid AND p.is_primary AND p.valid_from < v.day::date
    AND (p.valid_until IS NULL OR p.valid_until > v.day::date)
"""
_CORRECT_POSITIONS = """
UPDATE people_position p SET site_id = v.site::uuid, department_id = v.department::uuid, job_role_id = v.role::uuid,
    employment_type = v.employment, manager_id = v.manager::uuid, second_manager_id = v.second::uuid
FROM (VALUES %s) v (user_id, day, site, department, role, employment, manager, second)
WHERE p.user_id = v.user_id::uuid AND p.is_primary AND p.valid_from = v.day::date
"""
_TAKE_BACK_VALUES = """
DELETE FROM people_attributevalue a USING (VALUES %s) v (user_id, attribute_id, day)
WHERE a.user_id = v.user_id::uuid AND a.attribute_id = v.attribute_id::uuid AND a.valid_from = v.day::date
"""
_END_VALUES = """
UPDATE people_attributevalue a SET valid_until = v.day::date FROM (VALUES %s) v (user_id, attribute_id, day)
WHERE a.user_id = v.user_id::uuid AND a.attribute_id = v.attribute_id::uuid AND a.valid_from < v.day::date
    AND (a.valid_until IS NULL OR a.valid_until > v.day::date)
"""
