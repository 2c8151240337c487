"""One person's whole record: where they worked, what was required, what they did, and what they signed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from enrollment.choices import BY_URGENCY, Status
from enrollment.models import Completion, Extension, Waiver
from enrollment.queries import Standing, standings
from enrollment.queries.exceptions import extensions_of, waivers_in_force
from enrollment.queries.retention import keepings
from enrollment.queries.sources import Source, sources_of
from enrollment.rules.retention import Keeping
from people.models import IdentityProof, Position, User
from records.choices import CertificateStatus
from records.models import Certificate, Event, Signature
from records.queries import certificates_of, facts_about, signatures_by, signatures_by_id
from records.rules import agrees
from reporting.queries.boards import Column, columns_of

HISTORY_PAGE = 50
SIGNED = "records.signed"


@dataclass(frozen=True, slots=True)
class Requirement:
    """One requirement of the person with its course, and the certificate of its last completion."""

    course: Column
    standing: Standing
    certificate_id: UUID | None
    source: str  # how the completion is known, where it was not taken here or counts through another course
    waiver: Waiver | None  # because of which nothing is asked now
    extensions: tuple[Extension, ...]  # the latest first
    kept: Keeping | None  # until when the record of that completion is kept at least


def requirements_of(person: User, *, at: datetime, on: date) -> list[Requirement]:
    """Return what is required of a person, the most urgent first; eight queries. `on` is the reader's day."""
    found = standings(at=at, user_ids=[person.pk])
    columns = {column.id: column for column in columns_of(str(each.course_id) for each in found)}
    issued = dict(Certificate.objects.filter(holder_id=person.pk).values_list("completion_id", "id"))
    sources = sources_of(each.completion_id for each in found)
    kept = keepings((each.completion_id for each in found if each.completion_id), on=on)
    waived = [each.today for each in found if each.status == Status.WAIVED]
    waivers = waivers_in_force(user_ids=[person.pk], on=waived[0]) if waived else {}
    extensions: dict[UUID, list[Extension]] = {}
    for extension in extensions_of([each.assignment_id for each in found]):
        extensions.setdefault(extension.assignment_id, []).append(extension)
    listed = [
        Requirement(
            columns[str(each.course_id)],
            each,
            issued.get(each.completion_id) if each.completion_id else None,
            _source(each, sources),
            waivers.get((person.pk, each.requirement_id)) if each.status == Status.WAIVED else None,
            tuple(extensions.get(each.assignment_id, ())),
            kept.get(each.completion_id) if each.completion_id else None,
        )
        for each in found
        if str(each.course_id) in columns
    ]
    rank = {status: place for place, status in enumerate(BY_URGENCY)}
    listed.sort(key=lambda each: (rank[each.standing.status], each.standing.due_on or date.max, each.course.code))
    return listed


def _source(standing: Standing, sources: dict[str, Source]) -> str:
    source = sources.get(str(standing.completion_id))
    return source.towards(standing.course_id) if source else ""


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature and whether it still stands for what it signed."""

    signature: Signature
    matches: bool

    @property
    def about(self) -> str:
        """What was signed, out of the record itself: “GXP-011, 3.0”."""
        record: dict[str, Any] = self.signature.record
        course, version = record.get("course"), record.get("version")
        code = course.get("code") if isinstance(course, dict) else course
        label = version.get("label") if isinstance(version, dict) else version
        return ", ".join(str(each) for each in (code, label) if each) or self.signature.record_type


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One fact of a person's history, with the signature that belongs to it and the certificate it earned."""

    event: Event
    signed: Signed | None
    certificate: Certificate | None


@dataclass(frozen=True, slots=True)
class History:
    """A part of the history, newest first; `older` is where the next part begins, if there is one."""

    lines: tuple[HistoryLine, ...]
    older: int | None


def history_of(person: User, *, before: int | None = None) -> History:
    """Return a page of a person's history by when it happened, newest first. `before` is the number of a fact."""
    facts = facts_about(person.pk).order_by("-occurred_at", "-id")
    last = facts.filter(pk=before).first() if before is not None else None
    if last is not None:
        facts = facts.filter(Q(occurred_at__lt=last.occurred_at) | Q(occurred_at=last.occurred_at, pk__lt=last.pk))
    events = list(facts[: HISTORY_PAGE + 1])
    older = events[HISTORY_PAGE - 1].pk if len(events) > HISTORY_PAGE else None
    events = events[:HISTORY_PAGE]
    told = {event.signature_id for event in events if event.signature_id and event.verb != SIGNED}
    events = [event for event in events if event.verb != SIGNED or event.signature_id not in told]
    signed = checked(signatures_by_id(event.signature_id for event in events).values())
    of_completion = {
        str(each.completion_id): each
        for each in Certificate.objects.filter(holder_id=person.pk, completion_id__in=_completion_ids(events))
    }
    lines = (HistoryLine(event, _about(event, signed), of_completion.get(event.subject_id)) for event in events)
    return History(tuple(lines), older)


def _completion_ids(events: Iterable[Event]) -> list[str]:
    return [event.subject_id for event in events if event.subject_type == "completion"]


def _about(event: Event, signed: dict[UUID, Signed]) -> Signed | None:
    """Return the signature of a fact; one that was made for something else does not match."""
    found = signed.get(event.signature_id) if event.signature_id else None
    if found is not None and str(found.signature.record_id) != event.subject_id:
        return Signed(found.signature, matches=False)
    return found


def checked(signatures: Iterable[Signature]) -> dict[UUID, Signed]:
    """Compare signatures with their own hashes and with the completions that they stand for; one query."""
    listed = list(signatures)
    completions = {
        each.pk: each
        for each in Completion.objects.filter(
            pk__in=[each.record_id for each in listed if each.record_type == "completion"]
        ).select_related("course", "version")
    }
    return {each.pk: Signed(each, _matches(each, completions.get(each.record_id))) for each in listed}


def _matches(signature: Signature, completion: Completion | None) -> bool:
    if not signature.is_intact():
        return False
    if signature.record_type != "completion":
        return True
    if completion is None or completion.signature_id != signature.pk:
        return False
    claims = {
        "person": {"id": completion.user_id},
        "course": {"id": completion.course_id},
        "version": {"id": completion.version_id, "label": completion.version.label},
        "completed_at": completion.completed_at,
        "valid_until": completion.valid_until,
    }
    return agrees(signature.record, claims)


def signatures_of(person: User) -> list[Signed]:
    """Return everything that a person signed, newest first; two queries."""
    return list(checked(signatures_by(person.pk)).values())


@dataclass(frozen=True, slots=True)
class HeldCertificate:
    """A certificate and what it is worth now."""

    certificate: Certificate
    status: CertificateStatus
    matches: bool
    kept: Keeping | None  # until when the record is kept at least

    @property
    def is_filed(self) -> bool:
        return hasattr(self.certificate, "file")


def certificates_held(person: User, *, at: datetime, on: date) -> list[HeldCertificate]:
    """Return a person's certificates, newest first; three queries. `on` is the reader's day."""
    held = list(certificates_of(person.pk))
    kept = keepings((each.completion_id for each in held), on=on)
    return [
        HeldCertificate(each, each.status_at(at), each.matches_signature(), kept.get(each.completion_id))
        for each in held
    ]


def positions_of(person: User) -> QuerySet[Position]:
    """Return where a person worked, the latest first."""
    return person.positions.select_related("site", "department", "job_role", "manager").order_by("-valid_from")


def position_on(person: User, day: date) -> Position | None:
    """Return where a person mainly works on a day."""
    return person.position_on(day)


def proof_of(person: User) -> IdentityProof | None:
    """Return how the identity of a person was last verified."""
    return person.proofs.select_related("verified_by").order_by("-verified_at").first()


@dataclass(frozen=True, slots=True)
class Parts:
    """How much there is of each part of a record."""

    requirements: int
    attempts: int
    signatures: int
    certificates: int
    positions: int


def parts_of(person: User) -> Parts:
    """Count the parts of a record; one query."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(_PARTS, {"person": person.pk})
        return Parts(*cursor.fetchone())


_PARTS = """
    SELECT
        (SELECT count(DISTINCT course_id) FROM enrollment_assignment WHERE user_id = %(person)s AND ended_at IS NULL),
        (SELECT count(*) FROM assessments_attempt a JOIN enrollment_enrollment e ON e.id = a.enrollment_id
            WHERE e.user_id = %(person)s),
        (SELECT count(*) FROM records_signature WHERE signer_id = %(person)s),
        (SELECT count(*) FROM records_certificate WHERE holder_id = %(person)s),
        (SELECT count(*) FROM people_position WHERE user_id = %(person)s)
"""
