"""Where a version stands on its way, for the stepper on its pages."""

from __future__ import annotations

from typing import Any

from courses.choices import VersionState
from courses.models import CourseVersion

ROAD = (VersionState.DRAFT, VersionState.IN_REVIEW, VersionState.APPROVED, VersionState.EFFECTIVE)


def steps_of(version: CourseVersion) -> dict[str, Any]:
    """Return what `components/stepper.html` takes: the road with its marks, and the step that is now."""
    now = VersionState(version.state)
    road = list(ROAD)
    if now in (VersionState.SUPERSEDED, VersionState.RETIRED):
        never_counted = version.ended_at and not version.has_come(version.ended_at)
        road = [*(ROAD[:3] if never_counted else ROAD), now]
    at = road.index(now)
    marks = ["done" if index < at else "todo" for index in range(len(road))]
    marks[at] = "doing" if now in ROAD[:3] else "done" if now == VersionState.EFFECTIVE else version.glyph
    return {"steps": [(step.label, mark) for step, mark in zip(road, marks, strict=True)], "current": at}
