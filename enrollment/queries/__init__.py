"""Named reads of the enrollment room."""

from enrollment.queries.changes import (
    Changes,
    Leaving,
    Move,
    changes_for,
    changes_of_requirement,
    restless_requirements,
    unsettled,
)
from enrollment.queries.ladders import Ladders, ladders_in_force
from enrollment.queries.progress import ProgressMark, open_enrollment, progress_of
from enrollment.queries.qualifications import Qualification, qualifications_at, qualified_at, qualified_for
from enrollment.queries.reaches import Outlook, Reach, outlook_of, people_with, reach_key, reached_by
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
    "Ladders",
    "Leaving",
    "Move",
    "Outlook",
    "ProgressMark",
    "Qualification",
    "Reach",
    "Remindable",
    "RequirementRow",
    "Standing",
    "changes_for",
    "changes_of_requirement",
    "course_titles",
    "courses_offered",
    "ladders_in_force",
    "open_enrollment",
    "outlook_of",
    "people_with",
    "progress_of",
    "qualifications_at",
    "qualified_at",
    "qualified_for",
    "reach_key",
    "reached_by",
    "remindable",
    "remindable_now",
    "requirement_counts",
    "requirement_rows",
    "restless_requirements",
    "sentence_of",
    "standings",
    "status_counts",
    "unsettled",
]
