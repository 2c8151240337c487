"""Completions for people without accounts of their own: a session, signed by two, neither among the people."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import date, datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from core.canonical import plain
from core.ids import new_id
from core.reasons import is_reason
from courses.actions import store_upload
from courses.models import Course
from courses.uploads import Upload
from enrollment import facts, notices
from enrollment.actions.deciding import sign_decision
from enrollment.actions.recording import Learned, hold_people, write_learned
from enrollment.actions.telling import tell
from enrollment.choices import CompletionSource, SessionState
from enrollment.models import RecordedSession
from enrollment.notices import InSession
from enrollment.permissions import recordable_by
from enrollment.queries.claims import people_of
from enrollment.queries.elsewhere import completions_known, editions
from enrollment.queries.leading import leading
from enrollment.queries.retention import refusal_to_record
from enrollment.rules import day_in
from enrollment.rules.elsewhere import why_not_confirmed, why_not_led, why_not_on, why_not_recorded
from enrollment.rules.histories import edition_for, own_end
from notifications.wording import Notice
from people.models import User
from people.queries import administrators_of
from records.actions import record_fact
from records.choices import Components, Meaning
from records.facts import FactKind
from records.models import Signature
from records.rules import record_hash

OPEN = (SessionState.DRAFT, SessionState.SIGNED)


class SessionRefused(Exception):
    """The session can not be recorded, signed or discarded; the words say why."""


@transaction.atomic
def draft_session(
    *,
    course: Course,
    held_on: date,
    trainer: str,
    led_by: User | None = None,
    upload: Upload,
    user_ids: Collection[UUID],
    by: User,
    at: datetime,
    place: str = "",
    id: UUID | None = None,
) -> RecordedSession:
    """Write down who completed a course on a day, with the sign-in sheet; nothing counts before two have signed.

    It counts as the version that was in effect on that day. Where only qualified people lead sessions
    of the course, `led_by` is one of them. Raises SessionRefused.
    """
    people = list(User.objects.filter(pk__in=user_ids).order_by("name", "pk"))
    if not people:
        raise SessionRefused(_("Choose at least one person first."))
    refusal = why_not_on(held_on, today=day_in(by.zone_name, at))
    found = editions([course.pk]).get(course.code.casefold())
    if not refusal and not found:
        refusal = _("This course was never in effect, so nobody can have completed it.")
    refusal = refusal or refusal_to_record(course.pk, CompletionSource.PROXY)
    if refusal:
        raise SessionRefused(refusal)
    assert found
    edition, _note = edition_for(found, "", held_on)
    session = RecordedSession(
        id=id or new_id(),
        course=course,
        version_id=edition.id,
        held_on=held_on,
        place=place.strip(),
        trainer=led_by.name if led_by else trainer.strip(),
        led_by=led_by,
        user_ids=[each.pk for each in people],
        recorded_at=at,
        recorded_by=by,
    )
    _refuse_who_may_not_record(session, people, by=by, at=at)
    session.led_as = _refuse_who_may_not_lead(session, by=by, at=at)
    session.sheet = store_upload(upload=upload, by=by, at=at)
    sheet = {"name": session.sheet.name, "sha256": session.sheet.sha256}
    _say(facts.SESSION_DRAFTED, session, by=by, at=at, told={"sheet": sheet})
    session.save(force_insert=True)
    return session


@transaction.atomic
def sign_session(
    *, session: RecordedSession, by: User, at: datetime, zone: str, components: Components
) -> RecordedSession:
    """Give the first signature; tell who may give the second. Raises SessionRefused."""
    locked = _locked(session)
    if locked.state != SessionState.DRAFT or locked.recorded_by_id != by.pk:
        raise SessionRefused(_("It is signed or discarded already, or was recorded by somebody else."))
    people = people_of(locked)
    _refuse_who_may_not_record(locked, people, by=by, at=at)
    _refuse_who_may_not_lead(locked, by=by, at=at)
    content, meaning = content_of(locked, people), Meaning.RECORDED
    signature = sign_decision(
        "session", locked.pk, content, meaning, by=by, at=at, zone=zone, components=components, person_id=None
    )
    _say(facts.SESSION_SIGNED, locked, by=by, at=at, signature=signature)
    locked.state, locked.signature, locked.signed_at = SessionState.SIGNED, signature, at
    locked.save(update_fields=["state", "signature", "signed_at"])
    for each in administrators_of(locked.user_ids, at=at).exclude(pk=by.pk):
        if not why_not_second(locked, people, by=each, at=at):
            _tell(each, locked, notices.session_waits, "waits", at=at)
    return locked


@transaction.atomic
def confirm_session(
    *, session: RecordedSession, by: User, at: datetime, zone: str, components: Components, words: str = ""
) -> RecordedSession:
    """Give the second signature, with which the completions exist; tell the people. Raises SessionRefused."""
    locked = _signed(session)
    hold_people(locked.user_ids)
    people = people_of(locked)
    _refuse_who_may_not_confirm(locked, people, by=by, at=at)
    _refuse_who_may_not_lead(locked, by=by, at=at)
    unsigned = refusal_to_record(locked.course_id, CompletionSource.PROXY)
    if unsigned:
        raise SessionRefused(unsigned)
    known = _known(locked, people)
    if known:
        raise SessionRefused(_("This came into the record of {names} meanwhile. Return it.").format(names=known[0]))
    confirmed = SessionState.CONFIRMED, facts.SESSION_CONFIRMED, Meaning.CONFIRMED
    content = content_of(locked, people)
    _decide(locked, content, *confirmed, by=by, at=at, zone=zone, components=components, words=words)
    ends = own_end(locked.held_on, locked.version.validity_months)
    told = {"recorder": locked.recorded_by.name, "trainer": trainer_of(locked), "sheet_sha256": locked.sheet.sha256}
    learned = [
        Learned(each.pk, locked.version_id, locked.held_on, ends, origin={"session": locked}, told=told)
        for each in people
    ]
    kind, source = facts.COMPLETED_IN_SESSION, CompletionSource.PROXY
    write_learned(learned, source=source, kind=kind, by=by, at=at)
    record = reverse("enrollment:record")
    for each in people:
        _tell(each, locked, notices.recorded_for_you, "recorded", at=at, path=record)
    _tell(locked.recorded_by, locked, notices.session_decided, "confirmed", at=at)
    return locked


@transaction.atomic
def return_session(
    *, session: RecordedSession, by: User, at: datetime, zone: str, components: Components, words: str
) -> RecordedSession:
    """Give a session back with words, signed; nothing of it counts. Raises SessionRefused."""
    locked = _signed(session)
    people = people_of(locked)
    _refuse_who_may_not_confirm(locked, people, by=by, at=at)
    if not is_reason(words):
        raise SessionRefused(_("Say why in at least two words."))
    returned = SessionState.RETURNED, facts.SESSION_RETURNED, Meaning.SESSION_RETURNED
    content = content_of(locked, people)
    _decide(locked, content, *returned, by=by, at=at, zone=zone, components=components, words=words)
    _tell(locked.recorded_by, locked, notices.session_decided, "returned", at=at)
    return locked


@transaction.atomic
def discard_session(*, session: RecordedSession, by: User, at: datetime, reason: str) -> RecordedSession:
    """Let go of a session that has not been confirmed, by who recorded it, with a reason. Raises SessionRefused."""
    locked = _locked(session)
    if locked.state not in OPEN or locked.recorded_by_id != by.pk:
        raise SessionRefused(_("It is decided or discarded already, or was recorded by somebody else."))
    if not is_reason(reason):
        raise SessionRefused(_("Say why in at least two words."))
    _say(facts.SESSION_DISCARDED, locked, by=by, at=at, reason=reason.strip())
    locked.state, locked.discarded_at = SessionState.DISCARDED, at
    locked.save(update_fields=["state", "discarded_at"])
    return locked


@transaction.atomic
def note_sheet_opened(*, session: RecordedSession, by: User, at: datetime) -> None:
    """Write to the trail that somebody opened the sign-in sheet of a session."""
    _say(facts.SESSION_SHEET_READ, session, by=by, at=at)


def content_of(session: RecordedSession, people: Iterable[User]) -> dict[str, Any]:
    """Return what is signed: the same for both signatures."""
    version = session.version
    return {
        "course": {"id": session.course_id, "code": session.course.code, "title": version.title},
        "version": {"id": version.pk, "label": version.label, "sha256": version.content_sha256},
        "held_on": session.held_on,
        "place": session.place,
        "trainer": session.trainer,
        **_led(session),
        "sheet": {"name": session.sheet.name, "sha256": session.sheet.sha256},
        "people": [_attending(each) for each in people],
        "recorded_by": {"id": session.recorded_by_id, "name": session.recorded_by.name},
    }


def trainer_of(session: RecordedSession) -> str:
    """Return who led a session, in words, with what they were qualified for."""
    if session.led_by is None:
        return session.trainer
    named = f"{session.trainer} ({session.led_by.employee_number})"
    if not session.led_as:
        return named
    return _("{name}, qualified for: {tasks}").format(name=named, tasks=", ".join(session.led_as))


def content_sha256(session: RecordedSession, people: Iterable[User]) -> str:
    """Return the hash of what is signed."""
    return record_hash(plain(content_of(session, people)))


def why_not_second(session: RecordedSession, people: Collection[User], *, by: User, at: datetime) -> str:
    """Say why somebody can not give the second signature of a session; nothing when they can."""
    yours = set(recordable_by(by, on=at.date()).filter(pk__in=session.user_ids).values_list("pk", flat=True))
    return why_not_confirmed(
        by_recorder=by.pk == session.recorded_by_id,
        among_people=by.pk in session.user_ids,
        names_not_yours=[each.name for each in people if each.pk not in yours and each.pk != by.pk],
    )


def _refuse_who_may_not_record(session: RecordedSession, people: Collection[User], *, by: User, at: datetime) -> None:
    yours = set(recordable_by(by, on=at.date()).filter(pk__in=session.user_ids).values_list("pk", flat=True))
    refusal = why_not_recorded(
        names_not_yours=[each.name for each in people if each.pk not in yours],
        names_known=_known(session, people),
        has_oneself=by.pk in session.user_ids,
    )
    if refusal:
        raise SessionRefused(refusal)


def _refuse_who_may_not_lead(session: RecordedSession, *, by: User, at: datetime) -> list[str]:
    """Return the tasks for which whoever led it had to be qualified, and was. Raises SessionRefused."""
    who = session.led_by
    asked = leading(course_id=session.course_id, led_by=who, on=session.held_on, zone=by.zone_name, at=at)
    refusal = why_not_led(tasks=asked.tasks, who=who.name if who else "", lacking=asked.lacking, on=session.held_on)
    if refusal:
        raise SessionRefused(refusal)
    return list(asked.tasks)


def _refuse_who_may_not_confirm(session: RecordedSession, people: Collection[User], *, by: User, at: datetime) -> None:
    refusal = why_not_second(session, people, by=by, at=at)
    if refusal:
        raise SessionRefused(refusal)


def _known(session: RecordedSession, people: Iterable[User]) -> list[str]:
    """Return the names of those in whose record this is already."""
    known = completions_known(session.user_ids)
    return [each.name for each in people if (each.pk, session.version_id, session.held_on) in known]


def _led(session: RecordedSession) -> dict[str, Any]:
    who = session.led_by
    if who is None:
        return {}
    return {"led_by": {"id": who.pk, "employee_number": who.employee_number, "qualified_for": session.led_as}}


def _attending(person: User) -> dict[str, Any]:
    """Return somebody of a session as they were on its day. Source: 29 CFR 1910.1030(h)(2): names and job titles."""
    return {
        "id": person.pk, "name": person.name, "employee_number": person.employee_number, "job_title": person.title
    }  # fmt: skip


def _locked(session: RecordedSession) -> RecordedSession:
    related = ("course", "version", "sheet", "recorded_by", "led_by")
    locked = RecordedSession.objects.select_for_update(of=("self",), no_key=True)
    return locked.select_related(*related).get(pk=session.pk)


def _signed(session: RecordedSession) -> RecordedSession:
    locked = _locked(session)
    if locked.state != SessionState.SIGNED:
        raise SessionRefused(_("It does not wait for the second signature."))
    return locked


def _decide(
    session: RecordedSession,
    content: dict[str, Any],
    state: SessionState,
    kind: FactKind,
    meaning: Meaning,
    *,
    by: User,
    at: datetime,
    words: str,
    **how: Any,
) -> None:
    """Sign a decision, report it and write it down; `how` is the zone and the components of the signature."""
    signature = sign_decision("session", session.pk, content, meaning, by=by, at=at, words=words, person_id=None, **how)
    told = {"words": words} if state == SessionState.RETURNED else None
    _say(kind, session, by=by, at=at, reason=words, signature=signature, told=told)
    session.state, session.second_signature, session.decision = state, signature, words.strip()
    session.decided_at, session.decided_by = at, by
    session.save(update_fields=["state", "second_signature", "decision", "decided_at", "decided_by"])


def _say(
    kind: FactKind,
    session: RecordedSession,
    *,
    by: User,
    at: datetime,
    reason: str = "",
    signature: Signature | None = None,
    told: dict[str, Any] | None = None,
) -> None:
    about = {"course": session.version.title, "version": session.version.label, "on": session.held_on}
    record_fact(
        kind,
        by=by,
        at=at,
        subject_type="session",
        subject_id=session.pk,
        payload={**about, "people": len(session.user_ids), **(told or {})},
        reason=reason,
        signature_id=signature.pk if signature else None,
    )


def _tell(
    reader: User,
    session: RecordedSession,
    wording: Callable[[InSession], Notice],
    what: str,
    *,
    at: datetime,
    path: str = "",
) -> None:
    about = InSession(
        course=session.version.title,
        on=session.held_on,
        people=len(session.user_ids),
        recorder=session.recorded_by.name,
        decider=session.decided_by.name if session.decided_by else "",
        words=session.decision,
        confirmed=session.state == SessionState.CONFIRMED,
    )
    path = path or reverse("enrollment:session", args=[session.pk])
    tell(reader, partial(wording, about), once=f"session-{what}:{session.pk}:{reader.pk}", path=path, at=at)
