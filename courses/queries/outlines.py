"""What a version is made of, as plain values that every page of a learner can use."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django.db.models import Prefetch

from courses.activity_kinds import Words, kind_of, outline_related
from courses.choices import VersionState
from courses.models import Activity, CourseVersion, Module
from courses.rules import is_frozen


@dataclass(frozen=True, slots=True)
class ActivityOutline:
    """One activity, without its content."""

    id: UUID
    lineage: UUID
    module_id: UUID
    number: int  # in its module, from 1
    kind: str
    kind_label: Words
    icon: str
    title: str
    minutes: int
    is_assessment: bool
    requirement_words: Words
    extent_words: Words
    limits_words: Words
    settings: Mapping[str, Any]
    revision: int


@dataclass(frozen=True, slots=True)
class ModuleOutline:
    """One module with its activities in order."""

    id: UUID
    lineage: UUID
    number: int  # in its version, from 1
    title: str
    objective: str
    minutes: int
    activities: tuple[ActivityOutline, ...]
    revision: int
    needed: int | None = None  # any so many of its activities; nothing for all of them

    @property
    def needed_count(self) -> int:
        return len(self.activities) if self.needed is None else min(self.needed, len(self.activities))


@dataclass(frozen=True)
class Outline:
    """A version with its modules and activities in order."""

    version_id: UUID
    course_id: UUID
    code: str
    number: int
    label: str
    title: str
    summary: str
    language: str
    objectives: tuple[str, ...]
    topics: tuple[str, ...]
    references: tuple[Mapping[str, str], ...]
    validity_months: int | None
    state: str
    effective_on: date | None
    next_review_on: date | None
    change_summary: str
    owner_name: str
    approver_name: str
    approved_at: datetime | None
    ended_at: datetime | None
    content_sha256: str
    revision: int
    modules: tuple[ModuleOutline, ...]
    prerequisites: tuple[UUID, ...] = ()  # courses to complete first

    @cached_property
    def activities(self) -> tuple[ActivityOutline, ...]:
        return tuple(activity for module in self.modules for activity in module.activities)

    @cached_property
    def by_id(self) -> Mapping[UUID, ActivityOutline]:
        return MappingProxyType({activity.id: activity for activity in self.activities})

    @cached_property
    def minutes(self) -> int:
        return sum(module.minutes for module in self.modules)

    @property
    def activity_count(self) -> int:
        return len(self.activities)

    @cached_property
    def needed_count(self) -> int:
        """How many activities have to be done: all, but of a module with a choice only so many."""
        return sum(module.needed_count for module in self.modules)

    @property
    def choices(self) -> tuple[ModuleOutline, ...]:
        """The modules of which some activities are enough."""
        return tuple(module for module in self.modules if module.needed is not None)

    @cached_property
    def courses(self) -> Mapping[UUID, UUID]:
        """The courses that its activities ask for, by activity; a version with some is a program."""
        steps = {each.id: each.settings["course_id"] for each in self.activities if "course_id" in each.settings}
        return MappingProxyType({activity: UUID(course) for activity, course in steps.items()})


# Content that is approved can never change, so each process keeps it. Its state and its end still
# can: they are read again when they are older than this, and at once where they were changed.
STATE_IS_FRESH_FOR = 15.0
KEPT_OUTLINES = 512
_kept: OrderedDict[UUID, tuple[float, Outline]] = OrderedDict()
_lock = threading.Lock()


def outline_of(version_id: UUID) -> Outline:
    """Return the outline of a version: without a query for approved ones, in a constant number for drafts.

    Raises CourseVersion.DoesNotExist.
    """
    with _lock:
        found = _kept.get(version_id)
        if found:
            _kept.move_to_end(version_id)
    if found is None:
        outline = _read(version_id)
    elif time.monotonic() - found[0] < STATE_IS_FRESH_FOR:
        return found[1]
    else:
        state, ended_at = CourseVersion.objects.values_list("state", "ended_at").get(pk=version_id)
        outline = replace(found[1], state=state, ended_at=ended_at)
    if is_frozen(outline.state):
        with _lock:
            _kept[version_id] = (time.monotonic(), outline)
            while len(_kept) > KEPT_OUTLINES:
                _kept.popitem(last=False)
    return outline


def forget_outline(version_id: UUID) -> None:
    """Read this version anew next time; for actions that change its state."""
    with _lock:
        _kept.pop(version_id, None)


def _read(version_id: UUID) -> Outline:
    activities = (
        Activity.objects.select_related("asset", "captions", "poster")
        .defer("body")
        .prefetch_related(*outline_related())
        .order_by("position")
    )
    modules = Module.objects.order_by("position").prefetch_related(Prefetch("activities", activities))
    version = (
        CourseVersion.objects.select_related("course", "owner", "approved_by")
        .prefetch_related(Prefetch("modules", modules))
        .get(pk=version_id)
    )
    return Outline(
        version_id=version.pk,
        course_id=version.course_id,
        code=version.course.code,
        number=version.number,
        label=version.label,
        title=version.title,
        summary=version.summary,
        language=version.language,
        objectives=tuple(version.objectives),
        topics=tuple(version.topics),
        references=tuple(MappingProxyType(reference) for reference in version.references),
        validity_months=version.validity_months,
        state=VersionState(version.state).value,
        effective_on=version.effective_on,
        next_review_on=version.next_review_on,
        change_summary=version.change_summary,
        owner_name=version.owner.name,
        approver_name=version.approved_by.name if version.approved_by else "",
        approved_at=version.approved_at,
        ended_at=version.ended_at,
        content_sha256=version.content_sha256,
        revision=version.revision,
        modules=tuple(_module(module, number) for number, module in enumerate(version.modules.all(), start=1)),
        prerequisites=tuple(version.prerequisites),
    )


def _module(module: Module, number: int) -> ModuleOutline:
    activities = tuple(_activity(each, position) for position, each in enumerate(module.activities.all(), start=1))
    return ModuleOutline(
        id=module.pk,
        lineage=module.lineage,
        number=number,
        title=module.title,
        objective=module.objective,
        minutes=sum(sorted((activity.minutes for activity in activities), reverse=True)[: module.needed]),
        activities=activities,
        revision=module.revision,
        needed=module.needed,
    )


def _activity(activity: Activity, number: int) -> ActivityOutline:
    kind = kind_of(activity.kind)
    return ActivityOutline(
        id=activity.pk,
        lineage=activity.lineage,
        module_id=activity.module_id,
        number=number,
        kind=activity.kind,
        kind_label=kind.label,
        icon=kind.icon,
        title=activity.title,
        minutes=activity.minutes,
        is_assessment=kind.is_assessment,
        requirement_words=kind.requirement_words(activity),
        extent_words=kind.extent_words(activity),
        limits_words=kind.limits_words(activity),
        settings=MappingProxyType(activity.settings),
        revision=activity.revision,
    )
