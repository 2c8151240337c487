"""Which tables the trail guards, and why the others may go without."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import PROTECT, ForeignKey, Index, Model, Q, UniqueConstraint

from tests.house import walls

REGULATED = {"capture_insert", "capture_update", "capture_delete", "refuse_truncate_regulated"}
APPEND_ONLY = {"refuse_change", "refuse_truncate"}

# Neither: with the reason why the trail does not need their every change.
UNGUARDED: dict[str, str] = {
    "assessments_response": "an answer while the quiz is open; triggers of its own freeze it with the attempt",
    "core_heartbeat": "when a process last said that it is alive",
    "core_job": "work that somebody waits for; what it makes is recorded by who makes it",
    "core_storedreply": "answers kept for two days, for requests that are sent twice",
    "enrollment_completionimportrow": "what a list would do, row by row; what it did is completions, which are guarded",
    "enrollment_exceptionbatch": "whom somebody chose, and what came out; each extension and waiver is guarded",
    "enrollment_matrixchange": "what somebody thinks of changing; the cells and the facts are guarded",
    "enrollment_place": "where a learner was last: a convenience",
    "enrollment_playback": "what was watched so far; progress, which follows from it, is guarded",
    "enrollment_remindersent": "which reminders went out; the message is the record",
    "enrollment_standing": "what can be computed again from facts, each of which is guarded",
    "enrollment_standingcheck": "what the nightly check of standings found",
    "enrollment_weeklysummary": "whose week was looked at; the message is the record",
    "people_importrow": "what a list would do, row by row; what it did is facts, and the list itself is guarded",
    "notifications_digest": "one mail a day, and how far it got; what it says are messages",
    "notifications_message": "words to people and how far they got",
    "notifications_push": "which message woke which browser; the message is the record",
    "notifications_pushdevice": "a browser that somebody lets be woken; turning it on and off are facts",
    "people_credentiallock": "wrong passwords in a row; a lock is reported as a fact",
    "records_factdelivery": "which follower has seen which fact",
    "reporting_report": "whom a report is about; asking for it and fetching it are facts",
    "reporting_reportfile": "a file that expires; asking for it and fetching it are facts",
}


def guards() -> dict[str, set[str]]:
    """Return the triggers that are always on, by table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text, array_agg(tgname::text) FROM pg_trigger "
            "WHERE NOT tgisinternal AND tgenabled = 'A' GROUP BY 1"
        )
        return {table: set(names) for table, names in cursor.fetchall()}


def unguarded(tables: list[str], found: dict[str, set[str]]) -> list[str]:
    """Return the tables that are neither regulated nor append-only."""
    return [
        table
        for table in tables
        if not found.get(table, set()) >= REGULATED and not found.get(table, set()) >= APPEND_ONLY
    ]


@pytest.mark.requirement("R-08")
def test_every_table_is_guarded_or_says_why_not(db: None) -> None:
    tables = sorted(model._meta.db_table for model in apps.get_models() if model._meta.app_label in walls.ROOMS)
    found = unguarded(tables, guards())
    assert set(found) <= set(UNGUARDED), "regulate them, or say here why not"
    assert set(UNGUARDED) & set(tables) <= set(found), "guarded by now: take them off the list"


def test_lost_guard_is_found() -> None:
    whole = {"a": REGULATED, "b": APPEND_ONLY, "c": REGULATED - {"capture_delete"}, "d": {"refuse_truncate"}}
    assert unguarded(["a", "b", "c", "d", "e"], whole) == ["c", "d", "e"]


def doubled_indexes(models: Iterable[type[Model]]) -> list[str]:
    """Return the references whose own index is written for nothing, since another one begins with them."""
    found = []
    for model in models:
        unique = [each for each in model._meta.constraints if isinstance(each, UniqueConstraint)]
        first = {
            each.fields[0]
            for each in (*model._meta.indexes, *unique)
            if each.fields and each.condition in (None, Q((f"{each.fields[0]}__isnull", False)))
        }
        own = [each for each in model._meta.local_fields if isinstance(each, ForeignKey) and each.db_index]  # type: ignore[attr-defined]
        found += [f"{model.__name__}.{each.name}" for each in own if not each.unique and each.name in first]
    return found


def test_no_reference_is_indexed_twice() -> None:
    """Each index is written with each row: in a table of millions a needless one is hundreds of megabytes."""
    assert doubled_indexes(model for label in walls.ROOMS for model in apps.get_app_config(label).get_models()) == []


def test_double_index_is_found() -> None:
    class Kept(Model):
        course = ForeignKey("courses.Course", on_delete=PROTECT, related_name="+")
        version = ForeignKey("courses.CourseVersion", on_delete=PROTECT, db_index=False, related_name="+")

        class Meta:
            app_label = "house"
            constraints = [UniqueConstraint(fields=["version", "course"], name="kept_once")]
            indexes = [Index(fields=["course"], condition=Q(course__isnull=False), name="kept_course")]

    assert doubled_indexes([Kept]) == ["Kept.course"]
