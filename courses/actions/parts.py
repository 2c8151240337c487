"""Modules and activities of a draft: added, edited, moved, removed, brought back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Max

from core.ids import new_id
from courses import facts
from courses.actions.editing import draft_for_update, open_activity, refuse_stale, report, save_draft
from courses.actions.files import store_upload
from courses.actions.paths import refuse_circle
from courses.activity_kinds import kind_of
from courses.models import Activity, CourseVersion, Module
from courses.uploads import Upload
from records.facts import Actor
from records.models import Event


class NothingToUndo(Exception):
    """What was removed is there, or it was not removed from this version."""


@transaction.atomic
def add_module(
    *, version_id: UUID, by: Actor, at: datetime, title: str, objective: str = "", needed: int | None = None
) -> Module:
    """Add a module at the end of a draft; `needed` is how many of its activities, any of them, else all."""
    version = draft_for_update(version_id)
    last = version.modules.aggregate(last=Max("position"))["last"] or 0
    module = Module(id=new_id(), version=version, position=last + 1, title=title, objective=objective, needed=needed)
    module.revision = version.revision + 1
    report(facts.MODULE_ADDED, version=version, by=by, at=at, part=module)
    save_draft(version, by=by, at=at)
    module.save(force_insert=True)
    return module


@transaction.atomic
def edit_module(
    *,
    module_id: UUID,
    by: Actor,
    at: datetime,
    title: str,
    objective: str,
    needed: int | None = None,
    seen_revision: int | None = None,
) -> Module:
    """Change the title, the objective, and how many activities a module needs. Raises NotADraft and Stale."""
    version = draft_for_update(Module.objects.values_list("version_id", flat=True).get(pk=module_id))
    module = Module.objects.get(pk=module_id)
    refuse_stale(seen_revision=seen_revision, changed_in=module.revision, part_ids=[module.pk])
    if (module.title, module.objective, module.needed) == (title, objective, needed):
        return module
    module.title, module.objective, module.needed = title, objective, needed
    report(facts.MODULE_EDITED, version=version, by=by, at=at, part=module)
    save_draft(version, by=by, at=at)
    module.revision = version.revision
    module.save(update_fields=["title", "objective", "needed", "revision"])
    return module


@transaction.atomic
def move_module(*, module_id: UUID, by: Actor, at: datetime, number: int) -> Module:
    """Put a module at a place among the modules of its draft, counted from 1."""
    version = draft_for_update(Module.objects.values_list("version_id", flat=True).get(pk=module_id))
    order = list(version.modules.order_by("position"))
    module = next(each for each in order if each.pk == module_id)
    order.remove(module)
    order.insert(max(number, 1) - 1, module)
    report(facts.MODULE_MOVED, version=version, by=by, at=at, part=module, told={"number": order.index(module) + 1})
    save_draft(version, by=by, at=at)
    _renumber(order)
    return module


@transaction.atomic
def remove_module(*, module_id: UUID, by: Actor, at: datetime) -> int:
    """Remove a module with its activities; the number that is returned brings it back (`undo_removal`)."""
    version = draft_for_update(Module.objects.values_list("version_id", flat=True).get(pk=module_id))
    module = Module.objects.get(pk=module_id)
    fact = report(facts.MODULE_REMOVED, version=version, by=by, at=at, part=module)
    save_draft(version, by=by, at=at)
    module.delete()
    return fact


@transaction.atomic
def add_activity(
    *,
    module_id: UUID,
    by: Actor,
    at: datetime,
    kind: str,
    title: str,
    minutes: int = 1,
    values: Mapping[str, Any] | None = None,
) -> Activity:
    """Add an activity at the end of a module. `values` is what its kind keeps, see `edit_activity`."""
    version = draft_for_update(Module.objects.values_list("version_id", flat=True).get(pk=module_id))
    module = Module.objects.get(pk=module_id)
    last = module.activities.aggregate(last=Max("position"))["last"] or 0
    activity = Activity(id=new_id(), module=module, position=last + 1, kind=kind, title=title, minutes=minutes)
    activity.revision = version.revision + 1
    report(facts.ACTIVITY_ADDED, version=version, by=by, at=at, part=activity, told={"kind": kind})
    save_draft(version, by=by, at=at)
    activity.save(force_insert=True)
    kind_of(kind).begin(activity)
    if values:
        kind_of(kind).change(activity, _stored(values, by=by, at=at))
        activity.save()
        _refuse_circle_by(activity, version)
    return activity


@transaction.atomic
def edit_activity(
    *,
    activity_id: UUID,
    by: Actor,
    at: datetime,
    title: str,
    minutes: int,
    values: Mapping[str, Any],
    seen_revision: int | None = None,
) -> Activity:
    """Change an activity; `values` goes to its kind, where an Upload is stored and becomes an Asset.

    Raises NotADraft, AsksInACircle, and Stale when the activity changed after `seen_revision`.
    """
    activity = open_activity(facts.ACTIVITY_EDITED, activity_id=activity_id, by=by, at=at, seen_revision=seen_revision)
    activity.title, activity.minutes = title, minutes
    kind_of(activity.kind).change(activity, _stored(values, by=by, at=at))
    activity.save()
    _refuse_circle_by(activity, activity.module.version)
    return activity


@transaction.atomic
def move_activity(*, activity_id: UUID, by: Actor, at: datetime, module_id: UUID, number: int) -> Activity:
    """Put an activity at a place in a module of the same draft, counted from 1."""
    activity = Activity.objects.select_related("module").get(pk=activity_id)
    version = draft_for_update(activity.module.version_id)
    target = version.modules.get(pk=module_id)
    order = list(target.activities.exclude(pk=activity_id).order_by("position"))
    order.insert(max(number, 1) - 1, activity)
    place = {"module": target.title, "number": order.index(activity) + 1}
    report(facts.ACTIVITY_MOVED, version=version, by=by, at=at, part=activity, told=place)
    save_draft(version, by=by, at=at)
    if activity.module_id != target.pk:
        activity.module = target
        activity.position = 0  # free for a moment: places count from 1
        activity.save(update_fields=["module", "position"])
    _renumber(order)
    return activity


@transaction.atomic
def remove_activity(*, activity_id: UUID, by: Actor, at: datetime) -> int:
    """Remove an activity; the number that is returned brings it back (`undo_removal`)."""
    activity = Activity.objects.select_related("module").get(pk=activity_id)
    version = draft_for_update(activity.module.version_id)
    fact = report(facts.ACTIVITY_REMOVED, version=version, by=by, at=at, part=activity)
    save_draft(version, by=by, at=at)
    activity.delete()
    return fact


@transaction.atomic
def undo_removal(*, version_id: UUID, fact_id: int, by: Actor, at: datetime) -> str:
    """Bring back what a removal took away, and return its title.

    The rows, those of other rooms' kinds too, are written again as the trail captured them. Raises
    NotADraft, and NothingToUndo when there is nothing to bring back into this draft.
    """
    version = draft_for_update(version_id)
    removals = [facts.MODULE_REMOVED.verb, facts.ACTIVITY_REMOVED.verb]
    fact = Event.objects.filter(pk=fact_id, kind="fact", verb__in=removals).first()
    if fact is None or fact.payload.get("version_id") != str(version.pk):
        raise NothingToUndo
    gone = list(Event.objects.filter(fact_id=fact_id, verb="deleted").order_by("-id"))
    if not gone or not _can_come_back(gone, version):
        raise NothingToUndo
    title: str = fact.payload["part"]
    report(facts.REMOVAL_UNDONE, version=version, by=by, at=at, part_title=title, told={"removal": fact_id})
    save_draft(version, by=by, at=at)
    for capture in gone:
        _insert_again(capture.subject_type, capture.old or {})
    for capture in Event.objects.filter(fact_id=fact_id, verb="updated").exclude(subject_type__startswith="courses_"):
        _point_again(capture)
    _make_room(version, gone)
    return title


def _refuse_circle_by(activity: Activity, version: CourseVersion) -> None:
    """Raise AsksInACircle when the course that an activity asks for leads back to its own."""
    if "course_id" in activity.settings:
        refuse_circle(version, in_work=True)


def _stored(values: Mapping[str, Any], *, by: Actor, at: datetime) -> dict[str, Any]:
    return {
        name: store_upload(upload=value, by=by, at=at) if isinstance(value, Upload) else value
        for name, value in values.items()
    }


def _renumber(order: Sequence[Module | Activity]) -> None:
    """Give rows the positions 1, 2, … in this order; uniqueness is checked when the transaction ends."""
    for position, row in enumerate(order, start=1):
        if row.position != position:
            row.position = position
            row.save(update_fields=["position"])


def _can_come_back(gone: Sequence[Event], version: CourseVersion) -> bool:
    """Say whether the removed module or activity is still away, and its module still there."""
    for capture in gone:
        old = capture.old or {}
        if capture.subject_type == Module._meta.db_table:
            return not Module.objects.filter(pk=old["id"]).exists()
    for capture in gone:
        old = capture.old or {}
        if capture.subject_type == Activity._meta.db_table:
            is_away = not Activity.objects.filter(pk=old["id"]).exists()
            return is_away and version.modules.filter(pk=old["module_id"]).exists()
    return False


def _insert_again(table: str, row: Mapping[str, Any]) -> None:
    name = connection.ops.quote_name(table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {name} SELECT * FROM jsonb_populate_record(NULL::{name}, %s::jsonb)",  # noqa: S608
            [json.dumps(row)],
        )


def _point_again(capture: Event) -> None:
    """Give a row of another table the value back that it lost with what was removed, if it is still as left."""
    table = connection.ops.quote_name(capture.subject_type)
    columns = ", ".join(connection.ops.quote_name(column) for column in capture.old or {})
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} AS kept SET ({columns}) = "  # noqa: S608 (names of our own tables, quoted)
            f"(SELECT {columns} FROM jsonb_populate_record(NULL::{table}, %s::jsonb)) "
            "WHERE kept.id = %s AND to_jsonb(kept) @> %s::jsonb",
            [json.dumps(capture.old), capture.subject_id, json.dumps(capture.new)],
        )


def _make_room(version: CourseVersion, came_back: Sequence[Event]) -> None:
    """Number the places anew; where two rows claim one, what came back stands first."""
    returned = {capture.subject_id for capture in came_back}
    modules = sorted(version.modules.all(), key=lambda row: (row.position, str(row.pk) not in returned))
    _renumber(modules)
    for module in modules:
        rows = sorted(module.activities.all(), key=lambda row: (row.position, str(row.pk) not in returned))
        _renumber(rows)
