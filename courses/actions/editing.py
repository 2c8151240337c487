"""What every edit of a draft has in common: lock it, refuse what is stale, note who wrote."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext

from core.canonical import plain
from courses import facts
from courses.choices import VersionState
from courses.models import Activity, Contributor, CourseVersion, Module
from courses.queries import last_edit
from courses.rules import is_stale
from records.actions import record_fact
from records.facts import Actor, FactKind


class NotADraft(Exception):
    """Only a draft can be edited; the words say what this version is."""

    def __init__(self, version: CourseVersion) -> None:
        super().__init__(
            gettext("%(version)s is not a draft any more (%(state)s), so nothing in it can change.")
            % {"version": version, "state": version.get_state_display()}
        )
        self.version = version


class Stale(Exception):
    """Somebody else saved the same thing in the meantime; nothing was written."""

    def __init__(self, *, who: str, when: datetime | None, revision: int) -> None:
        super().__init__(gettext("%(who)s has changed this in the meantime.") % {"who": who})
        self.who, self.when, self.revision = who, when, revision


def require_transaction() -> None:
    """Raise RuntimeError outside a transaction: an edit is locked, reported and written as one."""
    if not connection.in_atomic_block:
        raise RuntimeError("an edit belongs inside a transaction")


def draft_for_update(version_id: UUID) -> CourseVersion:
    """Return a draft, locked until the end of the transaction. Raises NotADraft."""
    require_transaction()
    version = CourseVersion.objects.select_related("course").select_for_update(of=("self",)).get(pk=version_id)
    if version.state != VersionState.DRAFT:
        raise NotADraft(version)
    return version


def refuse_stale(*, seen_revision: int | None, changed_in: int, part_ids: Sequence[UUID]) -> None:
    """Raise Stale, with who and when, if one of the parts changed after the revision that the editor saw."""
    if seen_revision is None or not is_stale(seen_revision=seen_revision, changed_in_revision=changed_in):
        return
    found = last_edit(list(part_ids))
    who, when = found if found else ("", None)
    raise Stale(who=who, when=when, revision=changed_in)


def report(
    kind: FactKind,
    /,
    *,
    version: CourseVersion,
    by: Actor,
    at: datetime,
    part: Module | Activity | None = None,
    part_title: str = "",
    reason: str = "",
    signature_id: UUID | None = None,
    told: Mapping[str, Any] | None = None,
) -> int:
    """Write a fact about a version, or about one of its parts, and return its number; `told` goes into its payload."""
    subject = part or version
    title = part.title if part else part_title
    named = {"part": title} if title else {}
    return record_fact(
        kind,
        by=by,
        at=at,
        subject_type=str(subject._meta.model_name) if part else "course_version",
        subject_id=subject.pk,
        payload=plain({**about(version), **named, **(told or {})}),
        reason=reason,
        signature_id=signature_id,
    )


def about(version: CourseVersion) -> dict[str, Any]:
    """Return what every fact about a version tells."""
    return {
        "course_id": version.course_id,
        "version_id": version.pk,
        "code": version.course.code,
        "course": version.title,
        "version": version.label,
    }


def save_draft(version: CourseVersion, *, by: Actor, at: datetime, fields: Sequence[str] = ()) -> None:
    """Save a locked draft under its next revision, and note who wrote on it; the fact is recorded."""
    version.revision += 1
    version.edited_at = at
    version.save(update_fields=["revision", "edited_at", *fields])
    if by.actor_id is not None:
        one = Contributor(version=version, user_id=by.actor_id, first_at=at)
        Contributor.objects.bulk_create([one], ignore_conflicts=True)


def open_activity(
    kind: FactKind, *, activity_id: UUID, by: Actor, at: datetime, seen_revision: int | None = None, **payload: Any
) -> Activity:
    """Return an activity of a draft under its next revision, to be saved by the caller.

    Locks the draft, refuses a stale save, records `kind` and notes the contributor. Raises
    Activity.DoesNotExist, NotADraft and Stale.
    """
    version = draft_for_update(Activity.objects.values_list("module__version_id", flat=True).get(pk=activity_id))
    activity = Activity.objects.select_related("module", "asset", "captions", "poster").get(pk=activity_id)
    refuse_stale(seen_revision=seen_revision, changed_in=activity.revision, part_ids=[activity.pk])
    report(kind, version=version, by=by, at=at, part=activity, told=payload)
    save_draft(version, by=by, at=at)
    activity.revision = version.revision
    activity.module.version = version
    return activity


def note_activity_edited(
    *, activity_id: UUID, by: Actor, at: datetime, seen_revision: int | None = None, **payload: Any
) -> Activity:
    """Open an activity of a draft for a kind that edits tables of its own, such as a quiz its questions.

    Call it first, inside the transaction that then writes those tables. It locks the draft, refuses
    a stale save, records ACTIVITY_EDITED with `payload`, notes the contributor, and saves the
    activity under the next revision. Raises Activity.DoesNotExist, NotADraft and Stale.
    """
    activity = open_activity(
        facts.ACTIVITY_EDITED, activity_id=activity_id, by=by, at=at, seen_revision=seen_revision, **payload
    )
    activity.save(update_fields=["revision"])
    return activity
