"""Every write of the enrollment room, by noun."""

from enrollment.actions.assigning import assign_to, end_assignments, fill_requirement, follow_person
from enrollment.actions.completing import NotReady, complete_enrollment
from enrollment.actions.learning import AlreadyEnded, LockedActivity, enroll, open_activity, record_outcome
from enrollment.actions.reminding import AlreadyReminded, NothingToRemind, remind, take_reminder_steps
from enrollment.actions.requirements import (
    ChangedMeanwhile,
    NotADraft,
    NotOn,
    ReachChanged,
    ReasonMissing,
    change_requirement,
    draft_requirement,
    switch_off_requirement,
    switch_on_requirement,
)

__all__ = [
    "AlreadyEnded",
    "AlreadyReminded",
    "ChangedMeanwhile",
    "LockedActivity",
    "NotADraft",
    "NotOn",
    "NotReady",
    "NothingToRemind",
    "ReachChanged",
    "ReasonMissing",
    "assign_to",
    "change_requirement",
    "complete_enrollment",
    "draft_requirement",
    "end_assignments",
    "enroll",
    "fill_requirement",
    "follow_person",
    "open_activity",
    "record_outcome",
    "remind",
    "switch_off_requirement",
    "switch_on_requirement",
    "take_reminder_steps",
]
