"""Courses and their drafts: created, begun as a copy of what counts now, their details edited."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext

from core.ids import new_id
from courses import facts
from courses.actions.editing import draft_for_update, refuse_stale, report, save_draft
from courses.actions.paths import refuse_circle
from courses.activity_kinds import kind_of
from courses.choices import VersionState
from courses.models import Activity, Contributor, Course, CourseVersion, Module
from courses.queries import activities_with_content, effective_version, version_in_work
from courses.rules import next_label
from records.facts import Actor

DETAILS = frozenset(
    {
        "label",
        "title",
        "summary",
        "language",
        "objectives",
        "topics",
        "references",
        "validity_months",
        "prerequisites",
        "change_summary",
        "owner_id",
    }
)
COPIED = (
    "title",
    "summary",
    "language",
    "objectives",
    "topics",
    "references",
    "validity_months",
    "prerequisites",
)


class CodeTaken(Exception):
    """Another course has this code."""


class LabelTaken(Exception):
    """Another version of the course has this label."""


class AlreadyInWork(Exception):
    """The course has a draft or a version in review; there is one at a time."""

    def __init__(self, version: CourseVersion) -> None:
        super().__init__(gettext("%(version)s is in work already.") % {"version": version})
        self.version = version


@transaction.atomic
def create_course(
    *, by: Actor, at: datetime, code: str, title: str, copy_of: CourseVersion | None = None, **details: Any
) -> CourseVersion:
    """Create a course with its first draft, empty or with the parts of a version of another course.

    `details` are fields of `DETAILS`. Raises CodeTaken.
    """
    author_id = _person(by)
    if Course.objects.filter(code__iexact=code).exists():
        raise CodeTaken(gettext("The code %(code)s belongs to another course.") % {"code": code})
    course = Course(id=new_id(), code=code, created_at=at, created_by_id=author_id)
    version = CourseVersion(
        id=new_id(), course=course, number=1, title=title, owner_id=author_id, created_at=at, edited_at=at
    )
    if copy_of:
        _take_details(version, copy_of)
        version.title = title
    _set(version, {"label": next_label([]), **details})
    report(facts.COURSE_CREATED, version=version, by=by, at=at, told={"copy_of": copy_of.pk if copy_of else None})
    course.save(force_insert=True)
    _begin(version, by=by, at=at, copy_of=copy_of)
    return version


@transaction.atomic
def start_new_version(*, course: Course, by: Actor, at: datetime, **details: Any) -> CourseVersion:
    """Begin a draft as a copy of what counts now, or of the latest version where none does.

    Raises AlreadyInWork with the draft or the version in review that is there.
    """
    locked = Course.objects.select_for_update().get(pk=course.pk)
    in_work = version_in_work(locked.pk)
    if in_work:
        raise AlreadyInWork(in_work)
    versions = CourseVersion.objects.filter(course=locked)
    original = effective_version(locked.pk) or versions.order_by("-number").first()
    version = CourseVersion(
        id=new_id(),
        course=locked,
        number=(versions.aggregate(highest=Max("number"))["highest"] or 0) + 1,
        owner_id=_person(by),
        created_at=at,
        edited_at=at,
    )
    if original:
        _take_details(version, original)
        version.owner_id = original.owner_id
    _set(version, {"label": next_label(list(versions.values_list("label", flat=True))), **details})
    report(facts.VERSION_STARTED, version=version, by=by, at=at, told={"copy_of": original.pk if original else None})
    _begin(version, by=by, at=at, copy_of=original)
    return version


@transaction.atomic
def edit_version(
    *, version_id: UUID, by: Actor, at: datetime, seen_revision: int | None = None, **details: Any
) -> CourseVersion:
    """Change the details of a draft; what is not named stays.

    Raises NotADraft, LabelTaken, AsksInACircle, and Stale when the details changed after `seen_revision`.
    """
    version = draft_for_update(version_id)
    refuse_stale(seen_revision=seen_revision, changed_in=version.details_revision, part_ids=[version.pk])
    before = {name: getattr(version, name) for name in details}
    changed = sorted(name for name, value in details.items() if before[name] != value)
    if not changed:
        return version
    if "label" in changed:
        others = CourseVersion.objects.filter(course_id=version.course_id, label=details["label"])
        if others.exclude(pk=version.pk).exists():
            raise LabelTaken(gettext("Another version has the number %(label)s.") % {"label": details["label"]})
    _set(version, details)
    report(facts.VERSION_EDITED, version=version, by=by, at=at, told={"changed": changed})
    version.details_revision = version.revision + 1
    save_draft(version, by=by, at=at, fields=[*changed, "details_revision"])
    if "prerequisites" in changed:
        refuse_circle(version, in_work=True)
    return version


def _person(by: Actor) -> UUID:
    if by.actor_id is None:
        raise ValueError("only a person creates versions")
    return by.actor_id


def _set(version: CourseVersion, details: Mapping[str, Any]) -> None:
    unknown = details.keys() - DETAILS
    if unknown:
        raise ValueError(f"a version has no details called {', '.join(sorted(unknown))}")
    for name, value in details.items():
        setattr(version, name, value)


def _take_details(version: CourseVersion, original: CourseVersion) -> None:
    for name in COPIED:
        setattr(version, name, getattr(original, name))


def _begin(version: CourseVersion, *, by: Actor, at: datetime, copy_of: CourseVersion | None) -> None:
    version.state = VersionState.DRAFT
    version.save(force_insert=True)
    Contributor.objects.create(version=version, user_id=_person(by), first_at=at)
    if copy_of:
        _copy_parts(copy_of, version)


def _copy_parts(original: CourseVersion, version: CourseVersion) -> None:
    """Copy modules and activities; what a kind keeps elsewhere, when every activity has its copy."""
    modules = {
        module.pk: Module(
            id=new_id(),
            version=version,
            lineage=module.lineage,
            position=module.position,
            title=module.title,
            objective=module.objective,
            needed=module.needed,
        )
        for module in original.modules.all()
    }
    Module.objects.bulk_create(modules.values())
    originals = list(activities_with_content().filter(module__version=original))
    copies = [
        Activity(
            id=new_id(),
            module=modules[activity.module_id],
            lineage=activity.lineage,
            position=activity.position,
            kind=activity.kind,
            title=activity.title,
            minutes=activity.minutes,
            body=activity.body,
            settings=activity.settings,
            asset=activity.asset,
            captions=activity.captions,
            poster=activity.poster,
        )
        for activity in originals
    ]
    Activity.objects.bulk_create(copies)
    for activity, copy in zip(originals, copies, strict=True):
        kind_of(activity.kind).copy(activity, copy)
