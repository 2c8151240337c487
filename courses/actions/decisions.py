"""What becomes of a version: submitted, returned or approved with a signature, effective, retired."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext

from core.canonical import plain
from core.reasons import is_reason
from courses import facts
from courses.actions.editing import about, draft_for_update, report, require_transaction
from courses.actions.paths import AsksInACircle, refuse_circle
from courses.actions.telling import tell_approved, tell_approvers, tell_returned
from courses.choices import RETRAINING_WITHIN_DAYS, Retraining, VersionState
from courses.models import Contributor, Course, CourseVersion
from courses.permissions import approver, author
from courses.queries import (
    content_sha256_of,
    contributor_ids,
    effective_version,
    forget_outline,
    outline_of,
    version_checks,
)
from courses.queries.versions import days_waiting
from courses.rules import may_approve, may_move, may_take_effect_on
from people.models import User
from records.actions import sign
from records.choices import Components, Meaning
from records.facts import Actor
from records.models import Signature
from records.rules import day_in


class NotAllowed(Exception):
    """A rule forbids this; the words say which."""


class SubmittedAnew(NotAllowed):
    """What was seen is not what waits for a decision now."""

    def __init__(self) -> None:
        super().__init__(
            gettext("The version was returned and submitted anew meanwhile. Look at it again before you sign.")
        )


class NotReady(Exception):
    """Something is missing before submission; the words say what."""


class ContentChanged(Exception):
    """The content is not what was submitted. This never happens while the database keeps its guards."""


@transaction.atomic
def submit_version(*, version_id: UUID, by: User, at: datetime, zone: str, components: Components) -> CourseVersion:
    """Hand a draft over for review, signed by its author as authored; from now on nothing in it changes.

    Raises NotADraft, NotAllowed, and NotReady when a check has not passed.
    """
    version = draft_for_update(version_id)
    if not author(by):
        raise NotAllowed(gettext("Only an author submits a version."))
    _refuse_circle(version, in_work=True)
    missing = [str(check.missing) for check in version_checks(version) if not check.passed]
    if missing:
        raise NotReady("; ".join(missing))
    sha256 = content_sha256_of(version)
    signature = _sign(version, by=by, at=at, zone=zone, meaning=Meaning.AUTHORED, components=components, sha256=sha256)
    report(
        facts.VERSION_SUBMITTED,
        version=version,
        by=by,
        at=at,
        signature_id=signature.pk,
        told={"content_sha256": sha256},
    )
    Contributor.objects.bulk_create([Contributor(version=version, user_id=by.pk, first_at=at)], ignore_conflicts=True)
    version.state = VersionState.IN_REVIEW
    version.submitted_at, version.submitted_by = at, by
    version.content_sha256, version.returned_note = sha256, ""
    version.minutes = outline_of(version.pk).minutes
    version.save(update_fields=["state", "submitted_at", "submitted_by", "content_sha256", "returned_note", "minutes"])
    tell_approvers(version=version, author=by, at=at)
    return version


@transaction.atomic
def return_version(
    *, version_id: UUID, by: User, at: datetime, zone: str, components: Components, note: str, seen: str = ""
) -> CourseVersion:
    """Give a version in review back to its author with a note, signed; it is a draft again.

    `seen` is the hash of the content that was looked at, if somebody did. Raises NotAllowed for whom may not
    decide, outside review, and for a note that says nothing; SubmittedAnew when another content waits.
    """
    version = _for_decision(version_id, by=by, to=VersionState.DRAFT, seen=seen)
    if not is_reason(note):
        raise NotAllowed(gettext("Say in a few words what the author should change."))
    signature = _sign(
        version,
        by=by,
        at=at,
        zone=zone,
        meaning=Meaning.RETURNED,
        components=components,
        sha256=version.content_sha256,
        note=note,
    )
    report(facts.VERSION_RETURNED, version=version, by=by, at=at, reason=note, signature_id=signature.pk)
    author_of_version = version.submitted_by
    version.state = VersionState.DRAFT
    version.submitted_at = version.submitted_by = None
    version.content_sha256, version.returned_note = "", note
    version.save(update_fields=["state", "submitted_at", "submitted_by", "content_sha256", "returned_note"])
    if author_of_version:
        tell_returned(version=version, author=author_of_version, approver=by, note=note, at=at)
    return version


@transaction.atomic
def approve_version(
    *,
    version_id: UUID,
    by: User,
    at: datetime,
    zone: str,
    components: Components,
    effective_on: date,
    seen: str = "",
    next_review_on: date | None = None,
    retraining: Retraining = Retraining.KEEP,
    retraining_within_days: int = RETRAINING_WITHIN_DAYS,
    retraining_up_to: int | None = None,
    retraining_of: Mapping[str, Sequence[str]] | None = None,
) -> CourseVersion:
    """Approve a version in review, signed over the hash of its content; effective at once if its day has come.

    `retraining` says what is asked of people who completed an older version (up to a number, and of some
    departments, sites or job roles where they are named), within how many days of taking effect.

    Days are those of `zone`, the approver's. `seen` is the hash of the content that was looked at, if somebody did.
    Raises NotAllowed for whom may not decide, outside review, and for a day in the past or before an earlier
    version's; SubmittedAnew when another content waits; ContentChanged when it is not what was submitted.
    """
    version = _for_decision(version_id, by=by, to=VersionState.APPROVED, seen=seen)
    waiting = days_waiting(version.course_id)
    answer = may_take_effect_on(effective_on=effective_on, today=day_in(zone, at), earlier=waiting)
    if not answer:
        raise NotAllowed(str(answer.reason))
    if next_review_on is not None and next_review_on <= effective_on:
        raise NotAllowed(gettext("The next review is after the day on which the version takes effect."))
    _refuse_circle(version)
    sha256 = content_sha256_of(version)
    if sha256 != version.content_sha256:
        raise ContentChanged(f"{version.pk} was submitted as {version.content_sha256} and is {sha256}")
    decided: dict[str, Any] = {
        "effective_on": effective_on,
        "effective_zone": zone,
        "next_review_on": next_review_on,
        "retraining": str(retraining),
        "retraining_within_days": retraining_within_days,
        "retraining_up_to": retraining_up_to,
        "retraining_of": {name: list(ids) for name, ids in (retraining_of or {}).items() if ids},
    }
    signature = _sign(
        version, by=by, at=at, zone=zone, meaning=Meaning.APPROVED, components=components, sha256=sha256, **decided
    )
    report(facts.VERSION_APPROVED, version=version, by=by, at=at, signature_id=signature.pk, told=decided)
    version.state = VersionState.APPROVED
    version.approved_at, version.approved_by = at, by
    for name, value in decided.items():
        setattr(version, name, value)
    version.save(update_fields=["state", "approved_at", "approved_by", *decided])
    if version.submitted_by:
        tell_approved(version=version, author=version.submitted_by, approver=by, at=at)
    if version.has_come(at):
        make_effective(version_id=version.pk, by=by, at=at)
        version.refresh_from_db()
    return version


@transaction.atomic
def make_effective(*, version_id: UUID, by: Actor, at: datetime) -> bool:
    """Let an approved version count from now on, in place of the one before; say whether it came to that.

    Nothing happens before its day, or when it is effective already.
    """
    course_id = CourseVersion.objects.values_list("course_id", flat=True).get(pk=version_id)
    Course.objects.select_for_update().get(pk=course_id)  # one version of a course at a time
    version = CourseVersion.objects.select_related("course").get(pk=version_id)
    if version.state != VersionState.APPROVED or not version.has_come(at):
        return False
    previous = effective_version(course_id)
    if previous:
        report(facts.VERSION_SUPERSEDED, version=previous, by=by, at=at, told={"successor": version.label})
        _end(previous, VersionState.SUPERSEDED, at=at)
    report(
        facts.VERSION_EFFECTIVE,
        version=version,
        by=by,
        at=at,
        told={
            "previous_version_id": previous.pk if previous else None,
            "effective_on": version.effective_on,
            "retraining": version.retraining,
        },
    )
    version.state = VersionState.EFFECTIVE
    version.save(update_fields=["state"])
    forget_outline(version.pk)
    return True


@transaction.atomic
def retire_version(*, version_id: UUID, by: User, at: datetime, reason: str) -> CourseVersion:
    """Take an approved or effective version out of use; what was completed with it stays.

    Raises NotAllowed for whom is no approver, in other states, and for a reason that says nothing.
    """
    if not approver(by):
        raise NotAllowed(gettext("Only an approver retires a version."))
    if not is_reason(reason):
        raise NotAllowed(gettext("Say in a few words why the version is retired."))
    version = _locked(version_id)
    if not may_move(version.state, VersionState.RETIRED):
        raise NotAllowed(
            gettext("%(version)s cannot be retired: it is %(state)s.")
            % {"version": version, "state": version.get_state_display().lower()}
        )
    report(facts.VERSION_RETIRED, version=version, by=by, at=at, reason=reason)
    _end(version, VersionState.RETIRED, at=at)
    return version


def signed_record(version: CourseVersion, *, sha256: str, **decided: Any) -> dict[str, Any]:
    """Return what a signature about a version covers: which version, the hash of its content, the decision."""
    return plain(
        {
            **about(version),
            "number": version.number,
            "change_summary": version.change_summary,
            "content_sha256": sha256,
            **decided,
        }
    )


def _sign(
    version: CourseVersion,
    *,
    by: User,
    at: datetime,
    zone: str,
    meaning: Meaning,
    components: Components,
    sha256: str,
    **decided: Any,
) -> Signature:
    return sign(
        by=by,
        at=at,
        zone=zone,
        meaning=meaning,
        components=components,
        record_type="course_version",
        record_id=version.pk,
        record=signed_record(version, sha256=sha256, **decided),
    )


def _refuse_circle(version: CourseVersion, *, in_work: bool = False) -> None:
    """Raise NotAllowed, with the way in words, when the version asks for its own course in the end."""
    try:
        refuse_circle(version, in_work=in_work)
    except AsksInACircle as refusal:
        raise NotAllowed(str(refusal)) from refusal


def _locked(version_id: UUID) -> CourseVersion:
    require_transaction()
    locked = CourseVersion.objects.select_for_update(of=("self",)).select_related("course")
    return locked.get(pk=version_id)


def _for_decision(version_id: UUID, *, by: User, to: VersionState, seen: str) -> CourseVersion:
    version = _locked(version_id)
    if version.state != VersionState.IN_REVIEW or not may_move(version.state, to):
        raise NotAllowed(
            gettext("%(version)s is not in review any more: it is %(state)s.")
            % {"version": version, "state": version.get_state_display().lower()}
        )
    answer = may_approve(
        user_id=by.pk,
        is_approver=approver(by),
        submitter_id=version.submitted_by_id,
        contributor_ids=contributor_ids(version),
    )
    if not answer:
        raise NotAllowed(str(answer.reason))
    if seen and seen != version.content_sha256:
        raise SubmittedAnew
    return version


def _end(version: CourseVersion, state: VersionState, *, at: datetime) -> None:
    version.state, version.ended_at = state, at
    version.save(update_fields=["state", "ended_at"])
    forget_outline(version.pk)
