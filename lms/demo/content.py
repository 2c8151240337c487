"""Turns the folders of `lms/demo/courses/` into courses, through the actions that authors use."""

from __future__ import annotations

import io
import tomllib
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from assessments.actions import import_quiz
from courses.actions import (
    add_activity,
    add_module,
    approve_version,
    create_course,
    edit_activity,
    start_new_version,
    submit_version,
)
from courses.choices import UploadKind
from courses.models import Activity, CourseVersion
from courses.queries.paths import CourseName, offered_names
from courses.uploads import Upload, examine
from people.models import User
from records.choices import Components
from records.rules import day_in

FOLDER = Path(__file__).parent / "courses"
DETAILS = ("summary", "language", "objectives", "topics", "references", "validity_months", "change_summary")
FILES = {"asset": "source", "captions": "captions", "poster": "poster"}
KINDS = {
    ("file", "asset"): UploadKind.DOCUMENT,
    ("video", "asset"): UploadKind.VIDEO,
    ("video", "captions"): UploadKind.CAPTIONS,
    ("video", "poster"): UploadKind.IMAGE,
}


@dataclass(frozen=True, slots=True)
class Desk:
    """Who writes and who approves, at which instant and in which zone they sign."""

    author: User
    approver: User
    at: datetime
    zone: str = "Europe/Zurich"

    @property
    def today(self) -> date:
        """The day where they sit."""
        return day_in(self.zone, self.at)


def load_course(name: str, *, desk: Desk, effective_on: date, next_review_on: date) -> CourseVersion:
    """Create the course of a folder, submit and approve it, effective from a day on."""
    folder = FOLDER / name
    written = tomllib.loads((folder / "course.toml").read_text())
    version = create_course(
        by=desk.author,
        at=desk.at,
        code=written["code"],
        title=written["title"],
        label=written["version_label"],
        prerequisites=[name.course_id for name in _called(written.get("asks_first", []))],
        **{field: written[field] for field in DETAILS if field in written},
    )
    passages: dict[str, UUID] = {}
    for module in written["modules"]:
        row = add_module(
            version_id=version.pk,
            by=desk.author,
            at=desk.at,
            title=module["title"],
            objective=module["objective"],
            needed=module.get("needed"),
        )
        for activity in module["activities"]:
            added = _add_activity(folder, activity, module_id=row.pk, desk=desk)
            if "source" in activity:
                passages[activity["source"]] = added.lineage
            if activity["kind"] == "quiz":
                quiz = tomllib.loads((folder / activity["source"]).read_text())
                import_quiz(quiz_id=added.pk, content=quiz, passages=passages, by=desk.author, at=desk.at)
    return approve(version, desk=desk, effective_on=effective_on, next_review_on=next_review_on)


def approve(version: CourseVersion, *, desk: Desk, effective_on: date, next_review_on: date) -> CourseVersion:
    """Submit a draft and approve it, each signed by whoever does it."""
    signed: dict[str, Any] = {"at": desk.at, "zone": desk.zone, "components": Components.ALL}
    submit_version(version_id=version.pk, by=desk.author, **signed)
    return approve_version(
        version_id=version.pk,
        by=desk.approver,
        effective_on=effective_on,
        next_review_on=next_review_on,
        **signed,
    )


def begin_revision(version: CourseVersion, *, desk: Desk, passage: str, change_summary: str) -> CourseVersion:
    """Begin the next version of a course, with one paragraph more on its first page."""
    draft = start_new_version(course=version.course, by=desk.author, at=desk.at, change_summary=change_summary)
    page = Activity.objects.filter(module__version=draft, kind="page").order_by("module__position", "position")[0]
    edit_activity(
        activity_id=page.pk,
        by=desk.author,
        at=desk.at,
        title=page.title,
        minutes=page.minutes,
        values={"body": f"{page.body.rstrip()}\n\n{passage}\n"},
    )
    return draft


def _add_activity(folder: Path, written: dict[str, Any], *, module_id: UUID, desk: Desk) -> Activity:
    kind = written["kind"]
    values: dict[str, Any] = {}
    if kind == "page":
        values["body"] = (folder / written["source"]).read_text()
    if kind == "course":
        [values["course"]] = _called([written["course"]])
    if kind == "practice":
        values["points"] = written["points"]
    for name, key in FILES.items():
        if (kind, name) in KINDS:
            values[name] = _examined(folder / written[key], KINDS[kind, name])
    return add_activity(
        module_id=module_id,
        by=desk.author,
        at=desk.at,
        kind=kind,
        title=written["title"],
        minutes=written.get("minutes", 1),  # a course as a step brings its own
        values=values,
    )


def _called(codes: list[str]) -> list[CourseName]:
    """Return the courses in effect with these codes."""
    by_code = {name.code: name for name in offered_names()} if codes else {}
    return [by_code[code] for code in codes]


def _examined(path: Path, kind: UploadKind) -> Upload:
    return examine(io.BytesIO(path.read_bytes()), name=path.name, kind=kind)
