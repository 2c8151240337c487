"""What the enrollment room tells people: kinds of message, and what fills them.

Each is made in the language of whoever reads it. A due day is a day at the person's site.
"""

from enrollment.notices.exceptions import (
    Waived,
    exceptions_done,
    more_time,
    waiver_asked,
    waiver_granted,
    waiver_proposed,
    waiver_returned,
    waiver_withdrawn,
)
from enrollment.notices.joining import (
    certificate_revoked,
    join_asked,
    join_decided,
    moved,
    no_longer_asked,
    reopened,
)
from enrollment.notices.training import (
    Duty,
    assigned,
    completed,
    due_soon,
    given_to_all,
    overdue,
    overdue_in_team,
    reminded,
    retrain,
)

__all__ = [
    "Duty",
    "Waived",
    "assigned",
    "certificate_revoked",
    "completed",
    "due_soon",
    "exceptions_done",
    "given_to_all",
    "join_asked",
    "join_decided",
    "more_time",
    "moved",
    "no_longer_asked",
    "overdue",
    "overdue_in_team",
    "reminded",
    "reopened",
    "retrain",
    "waiver_asked",
    "waiver_granted",
    "waiver_proposed",
    "waiver_returned",
    "waiver_withdrawn",
]
