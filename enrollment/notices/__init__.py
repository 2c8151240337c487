"""What the enrollment room tells people: kinds of message, and what fills them.

Each is made in the language of whoever reads it. A due day is a day at the person's site.
"""

from enrollment.notices.completions import (
    Claimed,
    InSession,
    claim_returned,
    claim_verified,
    claimed,
    history_loaded,
    recorded_for_you,
    session_decided,
    session_waits,
)
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
from enrollment.notices.joining import certificate_revoked, join_asked, join_decided, moved, no_longer_asked, reopened
from enrollment.notices.training import (
    Duty,
    assigned,
    completed,
    due_soon,
    expired,
    expires_soon,
    given_to_all,
    kind_of_step,
    overdue,
    overdue_in_team,
    reminded,
    retrain,
    window_opens,
)
from enrollment.notices.weekly import Week, week

__all__ = [
    "Claimed",
    "Duty",
    "InSession",
    "Waived",
    "Week",
    "assigned",
    "certificate_revoked",
    "claim_returned",
    "claim_verified",
    "claimed",
    "completed",
    "due_soon",
    "exceptions_done",
    "expired",
    "expires_soon",
    "given_to_all",
    "history_loaded",
    "join_asked",
    "join_decided",
    "kind_of_step",
    "more_time",
    "moved",
    "no_longer_asked",
    "overdue",
    "overdue_in_team",
    "recorded_for_you",
    "reminded",
    "reopened",
    "retrain",
    "session_decided",
    "session_waits",
    "waiver_asked",
    "waiver_granted",
    "waiver_proposed",
    "waiver_returned",
    "waiver_withdrawn",
    "week",
    "window_opens",
]
