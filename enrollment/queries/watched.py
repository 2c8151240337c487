"""How much of a video was watched."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from courses.activity_kinds import kind_of
from courses.choices import CompletedBy
from courses.queries import ActivityOutline, Outline
from enrollment.models import Enrollment, Playback
from enrollment.queries.progress import ProgressMark
from enrollment.rules.watching import DEFAULT_REQUIRED_RATIO, required_seconds

_PART = re.compile(r"\[([\d.]+),([\d.]+)\)")


@dataclass(frozen=True, slots=True)
class Watched:
    """What a person has watched of a video, without overlaps and in order, and where they are."""

    intervals: tuple[tuple[Decimal, Decimal], ...]
    position_seconds: Decimal
    duration_seconds: Decimal
    required_ratio: Decimal

    @property
    def seconds(self) -> Decimal:
        return sum((end - start for start, end in self.intervals), Decimal(0))

    @property
    def ratio(self) -> Decimal:
        return min(self.seconds / self.duration_seconds, Decimal(1)) if self.duration_seconds else Decimal(0)

    @property
    def is_enough(self) -> bool:
        needed = required_seconds(duration_seconds=self.duration_seconds, required_ratio=self.required_ratio)
        return self.duration_seconds > 0 and self.seconds >= needed


def watched_of(*, enrollment: Enrollment, activity: ActivityOutline) -> Watched:
    """Return what was watched of a video in this enrollment, which may be nothing yet."""
    playback = Playback.objects.filter(enrollment=enrollment, activity_id=activity.id).first()
    return watched_in(playback, activity)


def watched_in(playback: Playback | None, activity: ActivityOutline) -> Watched:
    """Return what a playback says about the video that it belongs to."""
    parts = _PART.findall(playback.watched) if playback else ()
    return Watched(
        intervals=tuple((Decimal(start), Decimal(end)) for start, end in parts),
        position_seconds=playback.position_seconds if playback else Decimal(0),
        duration_seconds=Decimal(str(activity.settings.get("duration_seconds") or 0)),
        required_ratio=Decimal(str(activity.settings.get("required_ratio") or DEFAULT_REQUIRED_RATIO)),
    )


def position_of(*, enrollment_id: UUID, activity: ActivityOutline) -> tuple[Decimal, Decimal]:
    """Return where a person stopped in a video, and how long it is, in seconds."""
    playback = Playback.objects.filter(enrollment_id=enrollment_id, activity_id=activity.id).first()
    watched = watched_in(playback, activity)
    return watched.position_seconds, watched.duration_seconds


def positions_of(
    *, enrollment_id: UUID, outline: Outline, progress: Mapping[UUID, ProgressMark]
) -> dict[UUID, Decimal]:
    """Return where a person stopped in the videos that they have begun; no query where there is none."""
    begun = [
        activity.id
        for activity in outline.activities
        if activity.id in progress
        and not progress[activity.id].is_completed
        and kind_of(activity.kind).completed_by == CompletedBy.WATCHING
    ]
    if not begun:
        return {}
    playbacks = Playback.objects.filter(enrollment_id=enrollment_id, activity_id__in=begun, position_seconds__gte=1)
    return dict(playbacks.values_list("activity_id", "position_seconds"))
