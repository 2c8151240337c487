"""Searching the trail: by who, what, when, about whom and why; newest first, page by page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time
from string import Formatter
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from people.choices import AccessRole
from people.models import RoleGrant, User
from people.permissions import readable_by
from records.choices import EventKind
from records.facts import registry
from records.models import Event, Signature
from reporting.queries.records import Signed, checked

ENTRIES = 50
COUNT_AT_MOST = 10_000
CHANGES_SHOWN = 5
EXPORT_CHUNK = 500


@dataclass(frozen=True, slots=True)
class TrailFilters:
    """What is looked for; empty means anything."""

    q: str = ""
    who: str = ""
    what: str = ""  # a verb, such as courses.version_approved
    person: str = ""
    subject: str = ""  # the id of what it was about
    since: date | None = None
    until: date | None = None
    signed: bool = False
    reasoned: bool = False

    @property
    def is_empty(self) -> bool:
        return not any(asdict(self).values())


def trail(reader: User, filters: TrailFilters, *, on: date, zone: str) -> QuerySet[Event]:
    """Return the facts that a reader may see and looks for, newest first.

    Whoever looks after single sites sees what concerns their people, and what concerns nobody in
    particular. Days are those of `zone`.
    """
    found = Event.objects.filter(kind=EventKind.FACT)
    if not _sees_everyone(reader):
        found = found.filter(Q(person_id__isnull=True) | Q(person_id__in=readable_by(reader, on=on).values("pk")))
    if filters.what:
        found = found.filter(verb=filters.what)
    if filters.who:
        found = found.filter(_by(filters.who))
    if filters.person:
        found = found.filter(person_id=filters.person)
    if filters.subject:
        found = found.filter(subject_id=filters.subject)
    if filters.since:
        found = found.filter(recorded_at__gte=_begin(filters.since, zone))
    if filters.until:
        found = found.filter(recorded_at__lt=_begin(date.fromordinal(filters.until.toordinal() + 1), zone))
    if filters.signed:
        found = found.filter(signature_id__isnull=False)
    if filters.reasoned:
        found = found.exclude(reason="")
    for word in filters.q.split():
        found = found.filter(_mentions(word))
    return found.order_by("-id")


def _sees_everyone(reader: User) -> bool:
    """Say whether a role of the reader reaches the whole organisation."""
    from django.db.models.functions import Now

    roles = [AccessRole.ADMINISTRATOR, AccessRole.AUDITOR]
    return RoleGrant.objects.in_force(Now()).filter(user=reader, role__in=roles, site__isnull=True).exists()


def _by(who: str) -> Q:
    people = User.objects.filter(name__icontains=who).values("pk")
    return Q(actor_id__in=people) | Q(actor_id__isnull=True, actor_name__icontains=who)


def _mentions(word: str) -> Q:
    """Find a word in who acted, whom it concerned, why, and what the sentence is filled with."""
    people = User.objects.filter(Q(name__icontains=word) | Q(employee_number__iexact=word)).values("pk")
    verbs = [verb for verb, kind in registry.kinds.items() if word.casefold() in _fixed_words(str(kind.sentence))]
    return (
        Q(actor_id__in=people)
        | Q(person_id__in=people)
        | Q(verb__in=verbs)
        | Q(reason__icontains=word)
        | Q(payload__icontains=word)
        | Q(actor_id__isnull=True, actor_name__icontains=word)
        | _numbered(word)
    )


def _numbered(word: str) -> Q:
    """Find a number that a sentence writes with letters before it, where the payload has it alone: “R-111”."""
    found = Q()
    for verb, kind in registry.kinds.items():
        for text, field, *_rest in Formatter().parse(str(kind.sentence)):
            head = text.rpartition(" ")[2].casefold()
            number = word.casefold().removeprefix(head)
            if head and field and number != word.casefold() and number.isdecimal() and len(number) < 10:
                found |= Q(**{"verb": verb, f"payload__{field}": int(number)})
    return found


def _fixed_words(sentence: str) -> str:
    """Return a sentence without the places that a payload fills."""
    return " ".join(text for text, *_place in Formatter().parse(sentence)).casefold()


def _begin(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), tzinfo=ZoneInfo(zone))


class Change(NamedTuple):
    """One value of one row: what it was and what it is."""

    table: str
    row: str
    field: str
    old: Any
    new: Any

    @property
    def name(self) -> str:
        return self.field.replace("_", " ")

    @property
    def was(self) -> str | None:
        return _told(self.old)

    @property
    def is_now(self) -> str | None:
        return _told(self.new)

    @property
    def tells(self) -> bool:
        """Whether people can read it: ids, hashes and whole records are for the entry's own page."""
        values = [value for value in (self.old, self.new) if value is not None]
        return not any(isinstance(value, dict | list) or _OPAQUE.fullmatch(str(value)) for value in values)


_OPAQUE = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{64}|[A-Za-z0-9_-]{22}")
_INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d+)?(Z|\+00:00)")


def _told(value: Any) -> str | None:
    """Return a captured value as text: instants to the second, yes and no in words."""
    if value is None:
        return None
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return _INSTANT.sub(r"\1 \2 UTC", str(value))


@dataclass(frozen=True, slots=True)
class Entry:
    """One fact with the changes that it made; `rows` counts the rows that were touched."""

    event: Event
    changes: tuple[Change, ...]
    rows: int

    @property
    def recorded(self) -> str:
        """When it was recorded, in UTC to the second."""
        return f"{self.event.recorded_at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"

    @property
    def hidden(self) -> int:
        """How many changed values are left to the entry's own page."""
        return len(self.changes) - len(self.shown)

    @property
    def shown(self) -> list[Change]:
        return [change for change in self.changes if change.tells][:CHANGES_SHOWN]


def entries_of(events: Iterable[Event], *, rows_each: int = 3) -> list[Entry]:
    """Return facts with what changed in the first rows that they touched; two queries."""
    listed = list(events)
    captures: dict[int, list[Event]] = {}
    for capture in Event.objects.filter(pk__in=_first_captures([event.pk for event in listed], rows_each)).order_by(
        "pk"
    ):
        captures.setdefault(capture.fact_id or 0, []).append(capture)
    counted = _touched([event.pk for event in listed])
    return [Entry(event, tuple(_changes(captures.get(event.pk, []))), counted.get(event.pk, 0)) for event in listed]


def _first_captures(fact_ids: list[int], rows_each: int) -> list[int]:
    """Return the numbers of the first captures of each fact: one that reached thousands must not load them all."""
    sql = """
        SELECT capture.id FROM unnest(%s::bigint[]) AS facts (id), LATERAL (
            SELECT e.id FROM records_event e WHERE e.fact_id = facts.id ORDER BY e.id LIMIT %s
        ) AS capture
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, [fact_ids, rows_each])
        return [row[0] for row in cursor.fetchall()]


def _touched(fact_ids: list[int]) -> dict[int, int]:
    sql = "SELECT fact_id, count(*) FROM records_event WHERE fact_id = ANY (%s) GROUP BY 1"
    with connection.cursor() as cursor:
        cursor.execute(sql, [fact_ids])
        return dict(cursor.fetchall())


def _changes(captures: Iterable[Event]) -> Iterator[Change]:
    for capture in captures:
        old, new = capture.old or {}, capture.new or {}
        for field in sorted({*old, *new}):
            was, is_now = old.get(field), new.get(field)
            if was != is_now and not (was is None and is_now in (None, "")):
                yield Change(capture.subject_type, capture.subject_id, field, was, is_now)


def counted(entries: QuerySet[Event]) -> tuple[int, bool]:
    """Return how many entries there are, counted no further than ten thousand, and whether there are more."""
    count = len(entries.order_by().values_list("pk", flat=True)[: COUNT_AT_MOST + 1])
    return min(count, COUNT_AT_MOST), count > COUNT_AT_MOST


def in_parts(entries: QuerySet[Event]) -> Iterator[Entry]:
    """Yield all entries, read part by part, so that neither memory nor a transaction grows with them."""
    before: int | None = None
    while True:
        part = list((entries.filter(pk__lt=before) if before else entries)[:EXPORT_CHUNK])
        yield from entries_of(part, rows_each=100)
        if len(part) < EXPORT_CHUNK:
            return
        before = part[-1].pk


def verbs_known() -> list[tuple[str, str]]:
    """Return every kind of fact with its words, by room."""
    return sorted((verb, verb_words(verb)) for verb in registry.kinds)


def verb_words(verb: str) -> str:
    """Say a kind of fact shortly: “courses: version approved”."""
    room, _dot, what = verb.partition(".")
    return f"{room}: {what.replace('_', ' ')}"


def fact(reader: User, number: int, *, on: date, zone: str) -> Event | None:
    """Return one fact that a reader may see."""
    return trail(reader, TrailFilters(), on=on, zone=zone).filter(pk=number).first()


def signature_of(event: Event) -> Signed | None:
    """Return the signature of a fact and whether it still stands for what it signed."""
    found = Signature.objects.filter(pk=event.signature_id) if event.signature_id else []
    return next(iter(checked(found).values()), None)


def is_id(text: str) -> bool:
    """Say whether a text is an id."""
    try:
        UUID(text)
    except ValueError:
        return False
    return True
