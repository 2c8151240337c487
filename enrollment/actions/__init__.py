"""Every write of the enrollment room, by noun."""

from enrollment.actions.completing import NotReady, complete_enrollment
from enrollment.actions.learning import AlreadyEnded, LockedActivity, enroll, open_activity, record_outcome

__all__ = [
    "AlreadyEnded",
    "LockedActivity",
    "NotReady",
    "complete_enrollment",
    "enroll",
    "open_activity",
    "record_outcome",
]
