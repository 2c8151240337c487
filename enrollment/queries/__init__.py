"""Named reads of the enrollment room."""

from enrollment.queries.progress import ProgressMark, last_completion, open_enrollment, progress_of
from enrollment.queries.standings import STATUS_SQL, Standing, standings, status_counts

__all__ = [
    "STATUS_SQL",
    "ProgressMark",
    "Standing",
    "last_completion",
    "open_enrollment",
    "progress_of",
    "standings",
    "status_counts",
]
