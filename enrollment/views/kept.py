"""Parts of pages that are the same for all who are equally far in a version.

An approved version never changes, so each process keeps what it has rendered of it. Only the
enrollment's id in the addresses differs; it is put in at the end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from uuid import UUID

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import get_current_timezone_name
from django.utils.translation import get_language

from courses.queries import Outline, outline_of
from enrollment.models import Enrollment
from enrollment.queries import ProgressMark
from enrollment.views.contents import contents

ANY_ENROLLMENT = UUID(int=0)


def contents_html(
    outline: Outline,
    *,
    progress: Mapping[UUID, ProgressMark],
    enrollment: Enrollment | None = None,
    current: UUID | None = None,
    positions: Mapping[UUID, Decimal] | None = None,
    in_full: bool = False,
) -> SafeString:
    """Return `contents` as HTML; `positions` are one's own and are not kept."""
    completed = frozenset(activity for activity, mark in progress.items() if mark.is_completed)
    state = enrollment.state if enrollment else ""
    render = _contents.__wrapped__ if positions else _contents
    html = render(
        outline.version_id,
        get_language(),
        completed,
        frozenset(progress) - completed,
        state,
        current,
        in_full,
        **({"positions": positions} if positions else {}),
    )
    if enrollment is None:
        return html
    return mark_safe(html.replace(str(ANY_ENROLLMENT), str(enrollment.pk)))  # noqa: S308 (both are ours)


@lru_cache(maxsize=1024)
def _contents(
    version_id: UUID,
    language: str | None,
    completed: frozenset[UUID],
    opened: frozenset[UUID],
    state: str,
    current: UUID | None,
    in_full: bool,
    positions: Mapping[UUID, Decimal] | None = None,
) -> SafeString:
    progress = {activity: ProgressMark("completed", None, None) for activity in completed}
    progress |= {activity: ProgressMark("opened", None, None) for activity in opened}
    parts = contents(
        outline_of(version_id),
        progress=progress,
        enrollment=Enrollment(id=ANY_ENROLLMENT, state=state) if state else None,
        current=current,
        positions=positions,
        in_full=in_full,
    )
    return render_to_string("components/outline.html", {"outline": parts, "big": in_full})


@dataclass(frozen=True, slots=True)
class About:
    """What a course page says about a version, whoever reads it."""

    head: SafeString
    objectives: SafeString
    size: SafeString
    news: SafeString
    facts: SafeString


def about(outline: Outline) -> About:
    """Return what a course page says about a version in the reader's language and zone."""
    return _about(outline.version_id, get_language(), get_current_timezone_name())


@lru_cache(maxsize=512)
def _about(version_id: UUID, language: str | None, zone: str) -> About:
    outline = outline_of(version_id)
    context = {
        "course": outline,
        "assessments": [activity for activity in outline.activities if activity.is_assessment],
    }
    names = ("head", "objectives", "size", "news", "facts")
    return About(*(render_to_string(f"enrollment/learn/course/{name}.html", context) for name in names))
