"""The whole content of versions and single activities."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django.db.models import Prefetch

from core.canonical import sha256_of
from courses.activity_kinds import content_related, kind_of
from courses.models import Activity, Contributor, CourseVersion
from courses.queries.outlines import Outline
from courses.queries.paths import course_names
from courses.rules import VERSION_TEXTS, VersionDifference, compare, content_record, is_frozen


def activities_with_content() -> Any:
    """Return activities in order with everything that their kinds keep, in a constant number of queries."""
    return (
        Activity.objects.select_related("asset", "captions", "poster")
        .prefetch_related(*content_related())
        .order_by("module__position", "position")
    )


def content_of(version: CourseVersion) -> dict[str, Any]:
    """Return the canonical record of a version's whole content (`courses.rules.content_record`)."""
    ordered = activities_with_content().order_by("position")
    modules = version.modules.order_by("position").prefetch_related(Prefetch("activities", ordered))
    return content_record(
        course={"id": version.course_id, "code": version.course.code},
        version={
            **{name: getattr(version, name) for name in VERSION_TEXTS},
            "prerequisites": sorted(name.code for name in course_names(version.prerequisites).values()),
        },
        modules=[
            {
                "lineage": str(module.lineage),
                "title": module.title,
                "objective": module.objective,
                "needed": module.needed,
                "activities": [_spelled(activity) for activity in module.activities.all()],
            }
            for module in modules
        ],
    )


def _spelled(activity: Activity) -> dict[str, Any]:
    return {
        "lineage": str(activity.lineage),
        "kind": activity.kind,
        "title": activity.title,
        "minutes": activity.minutes,
        "content": kind_of(activity.kind).canonical(activity),
    }


def content_sha256_of(version: CourseVersion) -> str:
    """Return the SHA-256 of a version's content as it is now."""
    return sha256_of(content_of(version))


def difference(before: CourseVersion | None, after: CourseVersion) -> VersionDifference:
    """Return what differs between two versions of a course."""
    return compare(
        content_of(before) if before else None,
        content_of(after),
        content_changes=lambda kind, old, new: kind_of(kind).differences(old, new),
    )


@lru_cache(maxsize=256)
def unchanged_activities(before_id: UUID, after_id: UUID) -> Mapping[UUID, UUID]:
    """Return the activities of a version whose content is as it was in an earlier one, each with the one it was.

    Both are approved, so this never changes; a new title alone changes no content.
    """
    was = {each.lineage: each for each in activities_with_content().filter(module__version_id=before_id)}
    found = {}
    for each in activities_with_content().filter(module__version_id=after_id):
        earlier = was.get(each.lineage)
        if earlier and earlier.kind == each.kind and _content_of(earlier) == _content_of(each):
            found[each.pk] = earlier.pk
    return MappingProxyType(found)


def _content_of(activity: Activity) -> Any:
    """Return what a learner meets in an activity; of a kind that is not installed, nothing that equals another."""
    try:
        return kind_of(activity.kind).canonical(activity)
    except LookupError:
        return object()


def contributor_ids(version: CourseVersion) -> set[UUID]:
    """Return who wrote on a version."""
    return set(Contributor.objects.filter(version=version).values_list("user_id", flat=True))


# A learner opens the same few activities all day; those of approved versions never change.
KEPT_ACTIVITIES = 1024
_kept: OrderedDict[UUID, Activity] = OrderedDict()
_lock = threading.Lock()


def activity_content(outline: Outline, activity_id: UUID) -> Activity:
    """Return one activity of this outline with its files, to be read only; kept when it cannot change.

    Raises Activity.DoesNotExist when it is not one of this version.
    """
    with _lock:
        found = _kept.get(activity_id)
        if found:
            _kept.move_to_end(activity_id)
    if found is not None and activity_id in outline.by_id:
        return found
    ordered = Activity.objects.select_related("asset", "captions", "poster")
    activity = ordered.get(pk=activity_id, module__version_id=outline.version_id)
    if is_frozen(outline.state):
        with _lock:
            _kept[activity_id] = activity
            while len(_kept) > KEPT_ACTIVITIES:
                _kept.popitem(last=False)
    return activity
