"""Named reads of the enrollment room."""

from enrollment.queries.ladders import Ladders, ladders_in_force
from enrollment.queries.progress import ProgressMark, last_completion, open_enrollment, progress_of
from enrollment.queries.qualifications import Qualification, qualifications_at, qualified_at, qualified_for
from enrollment.queries.reaches import (
    Changes,
    Effect,
    Leaving,
    Move,
    Reach,
    changes_for,
    effect_of_position,
    lacking,
    people_with,
    reach_key,
    reached_by,
    recently_switched_on,
)
from enrollment.queries.reminders import Remindable, remindable, remindable_now
from enrollment.queries.requirements import (
    RequirementRow,
    course_titles,
    courses_offered,
    requirement_counts,
    requirement_rows,
    sentence_of,
)
from enrollment.queries.standings import STATUS_SQL, Standing, standings, status_counts

__all__ = [
    "STATUS_SQL",
    "Changes",
    "Effect",
    "Ladders",
    "Leaving",
    "Move",
    "ProgressMark",
    "Qualification",
    "Reach",
    "Remindable",
    "RequirementRow",
    "Standing",
    "changes_for",
    "course_titles",
    "courses_offered",
    "effect_of_position",
    "lacking",
    "ladders_in_force",
    "last_completion",
    "open_enrollment",
    "people_with",
    "progress_of",
    "qualifications_at",
    "qualified_at",
    "qualified_for",
    "reach_key",
    "reached_by",
    "recently_switched_on",
    "remindable",
    "remindable_now",
    "requirement_counts",
    "requirement_rows",
    "sentence_of",
    "standings",
    "status_counts",
]
